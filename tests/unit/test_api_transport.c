/* The exchange with libcurl, against a small server on loopback: over plain http, and over TLS with certificates made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <microhttpd.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "../../src/api/api_transport.h"
#include "clock.h"

#define HUGE_BYTES 100000000
#define BOUND_BYTES 65536
#define PEM_BYTES 4096

static struct {
	struct MHD_Daemon *daemon;
	uint16_t port;
	_Atomic int connections_n, requests_n;
	_Atomic long long given_bytes;
	char base[64];
	char seen[2048];	/* of the last request */
} server;

static struct conf conf;
static _Atomic bool stopping;
static struct detail why;
static struct api_reply reply;

/* --- server ---------------------------------------------------------------------------------------------------------- */

static ssize_t
give_zeros(void *argument, uint64_t at, char *to, size_t most)
{
	(void)argument;
	memset(to, '0', most);
	server.given_bytes = (long long)(at + most);
	return at < HUGE_BYTES ? (ssize_t)most : MHD_CONTENT_READER_END_OF_STREAM;
}

static ssize_t
give_half(void *argument, uint64_t at, char *to, size_t most)
{
	(void)argument;
	if (at > 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	assert_true(most >= 12);
	memcpy(to, "{\"errcode\":0", 12);
	return 12;
}

static ssize_t
give_slowly(void *argument, uint64_t at, char *to, size_t most)
{
	(void)argument;
	(void)at;
	(void)most;
	usleep(100000);
	*to = ' ';
	return server.requests_n < 1000 ? 1 : MHD_CONTENT_READER_END_OF_STREAM;
}

/* 200 000 bytes of JSON in 232. */
static const char packed[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x41\x11\x00\x00\x0c\x02\xa0\x2a\xeb\xe9\xad"
    "\xbb\x19\xfc\x03\x39\x00";
static const char packed_end[] = "\x60\xf4\x05\x3c\x8d\xea\x3c\x40\x0d\x03\x00";
#define PACKED_BYTES 232

static struct MHD_Response *
respond_packed(void)
{
	char bytes[PACKED_BYTES] = {0};
	struct MHD_Response *response;

	memcpy(bytes, packed, sizeof(packed) - 1);
	memcpy(bytes + PACKED_BYTES - (sizeof(packed_end) - 1), packed_end, sizeof(packed_end) - 1);
	response = MHD_create_response_from_buffer(PACKED_BYTES, bytes, MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(response, "Content-Encoding", "gzip");
	return response;
}

static struct MHD_Response *
respond_text(const char *text)
{
	return MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
}

static struct MHD_Response *
respond_headers(void)
{
	struct MHD_Response *response = respond_text("{}");
	char value[1024];

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "X-Long-%d", i);
		MHD_add_response_header(response, name, value);
	}
	return response;
}

static struct MHD_Response *
respond(const char *what, unsigned int *status)
{
	struct MHD_Response *response;

	if (strcmp(what, "huge") == 0)
		return MHD_create_response_from_callback(HUGE_BYTES, 65536, give_zeros, NULL, NULL);
	if (strcmp(what, "endless") == 0)
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, give_zeros, NULL, NULL);
	if (strcmp(what, "cut") == 0)
		return MHD_create_response_from_callback(1000, 1024, give_half, NULL, NULL);
	if (strcmp(what, "cut-chunks") == 0)
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, give_half, NULL, NULL);
	if (strcmp(what, "slow") == 0)
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1, give_slowly, NULL, NULL);
	if (strcmp(what, "packed") == 0)
		return respond_packed();
	if (strcmp(what, "headers") == 0)
		return respond_headers();
	response = respond_text(strcmp(what, "empty") == 0 ? "" : "{\"errcode\":0}");
	if (strcmp(what, "502") == 0)
		*status = 502;
	if (strcmp(what, "redirect") == 0) {
		*status = 302;
		MHD_add_response_header(response, "Location", "/cgi-bin/good");
	}
	if (strcmp(what, "no-date") == 0)
		MHD_add_response_header(response, "Date", "yesterday");
	if (strcmp(what, "date") == 0)
		MHD_add_response_header(response, "Date", "Tue, 14 Nov 2023 22:13:20 GMT");
	return response;
}

static enum MHD_Result
answer(void *argument, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *upload, size_t *upload_n, void **request)
{
	static int begun;
	const char *packing = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Encoding");
	const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
	const char *expect = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Expect");
	const char *token = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "access_token");
	struct MHD_Response *response;
	unsigned int status = 200;
	enum MHD_Result result;

	(void)argument;
	(void)version;
	if (*request == NULL) {
		*request = &begun;
		snprintf(server.seen, sizeof(server.seen), "%s %s token=%s gzip=%d type=%s expect=%d ", method, url,
		    token == NULL ? "" : token, packing != NULL && strstr(packing, "gzip") != NULL,
		    type == NULL ? "" : type, expect != NULL);
		return MHD_YES;
	}
	if (*upload_n > 0) {
		size_t n = strlen(server.seen);

		snprintf(server.seen + n, sizeof(server.seen) - n, "%.*s", (int)*upload_n, upload);
		*upload_n = 0;
		return MHD_YES;
	}
	server.requests_n++;
	response = respond(strrchr(url, '/') + 1, &status);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static void
count_connection(void *argument, struct MHD_Connection *connection, void **socket_context,
    enum MHD_ConnectionNotificationCode code)
{
	(void)argument;
	(void)connection;
	(void)socket_context;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		server.connections_n++;
}

/* key and certificate: PEM, NULL for plain http; priorities: of GnuTLS. */
static void
serve(const char *key, const char *certificate, const char *priorities)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)certificate},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities},
		{MHD_OPTION_END, 0, NULL},
	};

	server.connections_n = server.requests_n = 0;
	server.given_bytes = 0;
	server.daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
	    (key != NULL ? MHD_USE_TLS : 0), 0, NULL, NULL, answer, NULL, MHD_OPTION_SOCK_ADDR, &address,
	    MHD_OPTION_NOTIFY_CONNECTION, count_connection, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)1 << 19,
	    MHD_OPTION_ARRAY, key != NULL ? tls : tls + 3,
	    MHD_OPTION_END);
	assert_non_null(server.daemon);
	server.port = MHD_get_daemon_info(server.daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	snprintf(server.base, sizeof(server.base), "%s://%s:%u", key != NULL ? "https" : "http",
	    key != NULL ? "localhost" : "127.0.0.1", (unsigned int)server.port);
	conf.api_base = server.base;
}

static int
setup(void **state)
{
	(void)state;
	memset(&conf, 0, sizeof(conf));
	conf.api_ca_file = "";
	conf.api_timeout_ms = 60000;	/* only the cases about time may meet it */
	conf.api_body_max_bytes = BOUND_BYTES;
	stopping = false;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	server.requests_n = 1000;
	if (server.daemon != NULL)
		MHD_stop_daemon(server.daemon);
	server.daemon = NULL;
	return 0;
}

static struct api_transport *
transport_new(void)
{
	struct api_transport *transport = api_transport_new(&conf, &stopping, &why);

	if (transport == NULL)
		fail_msg("%s", why.text);
	return transport;
}

/* One exchange; what people would read holds nothing of the URL. */
static bool
get(struct api_transport *transport, const char *what, const char *body)
{
	char path[128];
	bool is_here;

	snprintf(path, sizeof(path), "/cgi-bin/%s?access_token=hidden", what);
	why.text[0] = '\0';
	is_here = api_transport_exchange(transport, path, body, body == NULL ? 0 : strlen(body), &reply, &why);
	assert_true(is_here == (why.text[0] == '\0'));
	assert_null(strstr(why.text, "hidden"));
	assert_true(reply.ended_us >= reply.begun_us && reply.begun_us > 0);
	return is_here;
}

static void
assert_refused(const char *what, const char *sentence)
{
	struct api_transport *transport = transport_new();
	bool is_accepted = get(transport, what, NULL);

	/* a machine that stands still may use up the time to connect, which is no judgement: asked again */
	for (int i = 0; i < 10 && !is_accepted && strcmp(sentence, "Timeout") != 0 && strstr(why.text, "Timeout") != NULL; i++)
		is_accepted = get(transport, what, NULL);
	if (is_accepted)
		fail_msg("%s: accepted", what);
	if (strstr(why.text, sentence) == NULL)
		fail_msg("%s: \"%s\" instead of \"%s\"", what, why.text, sentence);
	/* the next answer is whole again, over whatever connection */
	if (server.daemon != NULL && strncmp(server.base, "http:", 5) == 0) {
		assert_true(get(transport, "good", NULL));
		assert_string_equal(reply.text, "{\"errcode\":0}");
	}
	api_transport_free(transport);
}

/* --- plain http ------------------------------------------------------------------------------------------------------ */

static void
test_get_and_post_over_one_connection(void **state)
{
	struct api_transport *transport;

	(void)state;
	serve(NULL, NULL, NULL);
	transport = transport_new();
	for (int i = 0; i < 20; i++) {
		assert_true(get(transport, "good", NULL));
		assert_string_equal(server.seen, "GET /cgi-bin/good token=hidden gzip=1 type=application/json expect=0 ");
		assert_true(get(transport, "good", "{\"name\":\"群\"}"));
		assert_string_equal(server.seen,
		    "POST /cgi-bin/good token=hidden gzip=1 type=application/json expect=0 {\"name\":\"群\"}");
		assert_int_equal(reply.n, strlen(reply.text));
		assert_string_equal(reply.text, "{\"errcode\":0}");
	}
	assert_int_equal(server.connections_n, 1);
	api_transport_free(transport);
}

static void
test_a_large_body_is_sent_at_once(void **state)
{
	struct api_transport *transport;
	char *body = malloc(2000001);

	(void)state;
	assert_non_null(body);
	memset(body, 'b', 2000000);
	body[2000000] = '\0';
	serve(NULL, NULL, NULL);
	transport = transport_new();
	assert_true(get(transport, "good", body));
	assert_non_null(strstr(server.seen, "expect=0 bbbb"));
	api_transport_free(transport);
	free(body);
}

static void
test_what_was_received_is_overwritten(void **state)
{
	struct api_transport *transport;
	const char *text;

	(void)state;
	serve(NULL, NULL, NULL);
	transport = transport_new();
	assert_true(get(transport, "good", NULL));
	text = reply.text;
	api_transport_forget(transport);
	assert_string_equal(text, "");
	assert_int_equal(text[5], 0);
	api_transport_free(transport);
}

static void
test_the_date_is_read(void **state)
{
	struct api_transport *transport;

	(void)state;
	serve(NULL, NULL, NULL);
	transport = transport_new();
	assert_true(get(transport, "date", NULL));
	assert_int_equal(reply.date_s, 1700000000);
	assert_true(get(transport, "no-date", NULL));
	assert_int_equal(reply.date_s, 0);
	assert_true(get(transport, "good", NULL));
	assert_in_range(reply.date_s, time(NULL) - 5, time(NULL) + 5);
	api_transport_free(transport);
}

static void
test_answers_are_bounded(void **state)
{
	(void)state;
	serve(NULL, NULL, NULL);
	assert_refused("huge", "larger than WECOM_API_BODY_MAX_BYTES");
	assert_refused("endless", "larger than WECOM_API_BODY_MAX_BYTES");
	assert_true(server.given_bytes < 50000000);
	assert_refused("packed", "larger than WECOM_API_BODY_MAX_BYTES");
	assert_refused("headers", "larger than WECOM_API_BODY_MAX_BYTES");
}

static void
test_packed_answers_are_unpacked(void **state)
{
	struct api_transport *transport;

	(void)state;
	conf.api_body_max_bytes = 1 << 20;
	serve(NULL, NULL, NULL);
	transport = transport_new();
	assert_true(get(transport, "packed", NULL));
	assert_int_equal(reply.n, 200000);
	assert_int_equal(reply.text[0], '{');
	assert_int_equal(reply.text[199999], '}');
	assert_int_equal(reply.text[200000], 0);
	assert_true(get(transport, "empty", NULL));
	assert_int_equal(reply.n, 0);
	assert_string_equal(reply.text, "");
	api_transport_free(transport);
}

static void
test_cut_answers_and_other_statuses_are_refused(void **state)
{
	(void)state;
	serve(NULL, NULL, NULL);
	assert_refused("cut", "");
	assert_refused("cut-chunks", "");
	assert_refused("502", "502");
	assert_refused("redirect", "302");
}

static void
test_time_is_bounded(void **state)
{
	int64_t begun_ms;

	(void)state;
	conf.api_timeout_ms = 600;
	serve(NULL, NULL, NULL);
	begun_ms = clock_monotonic_ms();
	assert_refused("slow", "Timeout");
	assert_in_range(clock_monotonic_ms() - begun_ms, 500, 60000);
}

static void
test_nobody_there_is_told(void **state)
{
	(void)state;
	serve(NULL, NULL, NULL);
	MHD_stop_daemon(server.daemon);
	server.daemon = NULL;
	assert_refused("good", "connect");
}

static void
test_a_path_that_is_too_long_is_refused(void **state)
{
	struct api_transport *transport;
	char path[API_URL_BYTES + 1];

	(void)state;
	serve(NULL, NULL, NULL);
	transport = transport_new();
	memset(path, 'p', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_false(api_transport_exchange(transport, path, NULL, 0, &reply, &why));
	assert_string_equal(why.text, "the request is too long");
	api_transport_free(transport);
}

static void
test_a_call_under_way_gets_little_time_once_the_program_stops(void **state)
{
	int64_t begun_ms = clock_monotonic_ms();

	(void)state;
	conf.api_timeout_ms = 30000;
	serve(NULL, NULL, NULL);
	stopping = true;
	assert_refused("slow", "is to stop");
	assert_in_range(clock_monotonic_ms() - begun_ms, 4500, 25000);
}

static void *
call_from_thread(void *argument)
{
	struct api_transport *transport = argument;
	struct detail sentence;
	struct api_reply own;

	for (int i = 0; i < 5; i++) {
		if (!api_transport_exchange(transport, "/cgi-bin/good", NULL, 0, &own, &sentence) || own.n != 13)
			return NULL;
		api_transport_forget(transport);
	}
	return transport;
}

static void
test_each_thread_has_a_connection_that_ends_with_it(void **state)
{
	struct api_transport *transport;
	pthread_t threads[8];
	void *result;

	(void)state;
	serve(NULL, NULL, NULL);
	transport = transport_new();
	for (int i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, call_from_thread, transport), 0);
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], &result);
		assert_ptr_equal(result, transport);
	}
	assert_int_equal(server.connections_n, 8);
	assert_int_equal(server.requests_n, 40);
	api_transport_free(transport);
}

/* --- TLS ------------------------------------------------------------------------------------------------------------- */

struct authority {
	EVP_PKEY *key;
	X509 *certificate;
	char path[32];		/* its certificate as a file */
};

static X509 *
certificate_new(EVP_PKEY *key, const char *name, const char *host, const struct authority *issuer, long days)
{
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_get_subject_name(certificate);
	X509V3_CTX context;
	X509_EXTENSION *extension;
	char names[64];

	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer == NULL ? 1 : 2);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -172800);
	X509_gmtime_adj(X509_getm_notAfter(certificate), days * 86400);
	X509_set_pubkey(certificate, key);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(certificate, issuer == NULL ? subject : X509_get_subject_name(issuer->certificate));
	X509V3_set_ctx(&context, issuer == NULL ? certificate : issuer->certificate, certificate, NULL, NULL, 0);
	snprintf(names, sizeof(names), "DNS:%s", host);
	extension = issuer == NULL ? X509V3_EXT_conf_nid(NULL, &context, NID_basic_constraints, "critical,CA:TRUE") :
	    X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, names);
	assert_non_null(extension);
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
	assert_true(X509_sign(certificate, issuer == NULL ? key : issuer->key, EVP_sha256()) > 0);
	return certificate;
}

static void
authority_init(struct authority *authority, const char *name)
{
	FILE *file;
	int fd;

	authority->key = EVP_EC_gen("P-256");
	assert_non_null(authority->key);
	authority->certificate = certificate_new(authority->key, name, NULL, NULL, 30);
	strcpy(authority->path, "/tmp/api-ca-XXXXXX");
	fd = mkstemp(authority->path);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, authority->certificate), 1);
	fclose(file);
}

static void
authority_done(struct authority *authority)
{
	unlink(authority->path);
	X509_free(authority->certificate);
	EVP_PKEY_free(authority->key);
}

static void
read_bio(BIO *bio, char pem[PEM_BYTES])
{
	int n = BIO_read(bio, pem, PEM_BYTES - 1);

	assert_true(n > 0);
	pem[n] = '\0';
	BIO_free(bio);
}

/* Serve with a new certificate for `host` from this authority. */
static void
serve_tls(const struct authority *authority, const char *host, long days, const char *priorities)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = certificate_new(key, "server", host, authority, days);
	static char key_pem[PEM_BYTES], certificate_pem[PEM_BYTES];
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	read_bio(bio, key_pem);
	bio = BIO_new(BIO_s_mem());
	assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
	read_bio(bio, certificate_pem);
	X509_free(certificate);
	EVP_PKEY_free(key);
	serve(key_pem, certificate_pem, priorities);
}

static void
test_the_right_authority_is_accepted(void **state)
{
	struct authority authority;
	struct api_transport *transport;

	(void)state;
	authority_init(&authority, "right");
	conf.api_ca_file = authority.path;
	serve_tls(&authority, "localhost", 30, "NORMAL");
	transport = transport_new();
	for (int i = 0; i < 5; i++) {
		if (!get(transport, "good", "{}"))
			fail_msg("%s", why.text);
		assert_string_equal(reply.text, "{\"errcode\":0}");
	}
	assert_int_equal(server.connections_n, 1);
	api_transport_free(transport);
	authority_done(&authority);
}

static void
test_another_authority_is_refused(void **state)
{
	struct authority authority, other;

	(void)state;
	authority_init(&authority, "right");
	authority_init(&other, "wrong");
	serve_tls(&authority, "localhost", 30, "NORMAL");
	conf.api_ca_file = other.path;
	assert_refused("good", "certificate");
	/* nor do the system's certificates know it */
	conf.api_ca_file = "";
	assert_refused("good", "certificate");
	assert_int_equal(server.requests_n, 0);
	authority_done(&authority);
	authority_done(&other);
}

static void
test_another_host_and_an_expired_certificate_are_refused(void **state)
{
	struct authority authority;

	(void)state;
	authority_init(&authority, "right");
	conf.api_ca_file = authority.path;
	serve_tls(&authority, "qyapi.example", 30, "NORMAL");
	assert_refused("good", "");
	assert_int_equal(server.requests_n, 0);
	MHD_stop_daemon(server.daemon);
	serve_tls(&authority, "localhost", -1, "NORMAL");
	assert_refused("good", "expired");
	assert_int_equal(server.requests_n, 0);
	authority_done(&authority);
}

static void
test_old_tls_is_refused(void **state)
{
	struct authority authority;

	(void)state;
	authority_init(&authority, "right");
	conf.api_ca_file = authority.path;
	serve_tls(&authority, "localhost", 30, "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0");
	assert_refused("good", "");
	assert_int_equal(server.requests_n, 0);
	MHD_stop_daemon(server.daemon);
	/* the same server with 1.2 is fine: it was the version */
	serve_tls(&authority, "localhost", 30, "NORMAL:-VERS-ALL:+VERS-TLS1.2");
	{
		struct api_transport *transport = transport_new();

		assert_true(get(transport, "good", NULL));
		api_transport_free(transport);
	}
	authority_done(&authority);
}

static void
test_plain_http_is_not_spoken_where_https_is_meant(void **state)
{
	(void)state;
	serve(NULL, NULL, NULL);
	snprintf(server.base, sizeof(server.base), "https://127.0.0.1:%u", (unsigned int)server.port);
	assert_refused("good", "");
	assert_int_equal(server.requests_n, 0);
}

static void
test_a_file_without_certificates_is_told_at_the_start(void **state)
{
	(void)state;
	conf.api_base = "https://localhost";
	conf.api_ca_file = "/nonexistent/ca.pem";
	assert_null(api_transport_new(&conf, &stopping, &why));
	assert_non_null(strstr(why.text, "WECOM_API_CA_FILE"));
	conf.api_ca_file = "/dev/null";
	assert_null(api_transport_new(&conf, &stopping, &why));
	api_transport_free(NULL);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_get_and_post_over_one_connection),
		CASE(test_a_large_body_is_sent_at_once),
		CASE(test_what_was_received_is_overwritten),
		CASE(test_the_date_is_read),
		CASE(test_answers_are_bounded),
		CASE(test_packed_answers_are_unpacked),
		CASE(test_cut_answers_and_other_statuses_are_refused),
		CASE(test_time_is_bounded),
		CASE(test_nobody_there_is_told),
		CASE(test_a_path_that_is_too_long_is_refused),
		CASE(test_a_call_under_way_gets_little_time_once_the_program_stops),
		CASE(test_each_thread_has_a_connection_that_ends_with_it),
		CASE(test_the_right_authority_is_accepted),
		CASE(test_another_authority_is_refused),
		CASE(test_another_host_and_an_expired_certificate_are_refused),
		CASE(test_old_tls_is_refused),
		CASE(test_plain_http_is_not_spoken_where_https_is_meant),
		CASE(test_a_file_without_certificates_is_told_at_the_start),
	};

	return cmocka_run_group_tests_name("api_transport", tests, NULL, NULL);
}
