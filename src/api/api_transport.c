/*
 * libcurl.  A handle a thread, made at its first call and freed at its end, keeps its connection: with TLS a new one costs
 * more than a call.  HTTP/1.1, for a handle has one call at a time anyway.
 */
#include "api_transport.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define CONNECT_MAX_MS 5000
#define STOP_GRACE_MS 5000
#define KEPT_BYTES ((size_t)64 * 1024)	/* a larger buffer is not kept for the next answer */
#define HEADERS_MAX_BYTES ((size_t)64 * 1024)
#define DATE_BYTES 64

struct api_transport {
	const struct conf *conf;
	const _Atomic bool *stopping;
	struct curl_slist *headers;
	pthread_key_t key;		/* each thread's struct line */
};

/* A thread's handle, and the answer that is being received. */
struct line {
	CURL *curl;
	struct api_transport *transport;
	char *text;
	size_t n, size;
	size_t headers_n;
	bool is_too_large;
	int64_t stopping_since_ms;	/* 0: not told to stop */
	char date[DATE_BYTES];
	char url[API_URL_BYTES];
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_started;

static void
start_curl(void)
{
	curl_started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void
forget(struct line *line)
{
	if (line->text != NULL)
		OPENSSL_cleanse(line->text, line->n);
	line->n = 0;
	if (line->size > KEPT_BYTES) {
		free(line->text);
		line->text = NULL;
		line->size = 0;
	}
}

static void
line_free(void *pointer)
{
	struct line *line = pointer;

	curl_easy_cleanup(line->curl);
	forget(line);
	free(line->text);
	free(line);
}

/* Room for n more bytes and a NUL; what was received so far does not stay behind anywhere. */
static bool
make_room(struct line *line, size_t n)
{
	size_t size = line->size > 0 ? line->size : 4096;
	char *text;

	while (size <= line->n + n)
		size *= 2;
	if (size == line->size)
		return true;
	text = malloc(size);
	if (text == NULL)
		return false;
	if (line->text != NULL) {
		memcpy(text, line->text, line->n);
		OPENSSL_cleanse(line->text, line->n);
		free(line->text);
	}
	line->text = text;
	line->size = size;
	return true;
}

static size_t
take_body(char *bytes, size_t size, size_t n, void *pointer)
{
	struct line *line = pointer;

	n *= size;
	line->is_too_large = n > (size_t)line->transport->conf->api_body_max_bytes - line->n;
	if (line->is_too_large || !make_room(line, n))
		return 0;
	memcpy(line->text + line->n, bytes, n);
	line->n += n;
	return n;
}

static size_t
take_header(char *bytes, size_t size, size_t n, void *pointer)
{
	struct line *line = pointer;
	size_t value_n;

	n *= size;
	line->headers_n += n;
	if (line->headers_n > HEADERS_MAX_BYTES) {
		line->is_too_large = true;
		return 0;
	}
	if (n > 5 && strncasecmp(bytes, "Date:", 5) == 0) {
		value_n = n - 5 < DATE_BYTES - 1 ? n - 5 : DATE_BYTES - 1;
		memcpy(line->date, bytes + 5, value_n);
		line->date[value_n] = '\0';
	}
	return n;
}

/* Not 0 ends the exchange. */
static int
look_up(void *pointer, curl_off_t download_n, curl_off_t downloaded_n, curl_off_t upload_n, curl_off_t uploaded_n)
{
	struct line *line = pointer;
	int64_t now_ms;

	(void)download_n;
	(void)downloaded_n;
	(void)upload_n;
	(void)uploaded_n;
	if (!*line->transport->stopping)
		return 0;
	now_ms = clock_monotonic_ms();
	if (line->stopping_since_ms == 0)
		line->stopping_since_ms = now_ms;
	return now_ms - line->stopping_since_ms > STOP_GRACE_MS;
}

/* A proxy from the environment is used for WeCom, never for this machine. */
static bool
is_loopback(const char *base)
{
	const char *host = strstr(base, "://");

	host = host == NULL ? base : host + 3;
	return strncmp(host, "127.", 4) == 0 || strncmp(host, "[::1]", 5) == 0 || strncmp(host, "localhost", 9) == 0;
}

static bool
set_security(CURL *curl, const struct conf *conf)
{
	bool is_http = strncmp(conf->api_base, "http://", 7) == 0;

	return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, is_http ? "http" : "https") == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
	    (conf->api_ca_file[0] == '\0' || (curl_easy_setopt(curl, CURLOPT_CAINFO, conf->api_ca_file) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK)) &&
	    (!is_loopback(conf->api_base) || curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK) &&
	    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
}

static bool
set_bounds(CURL *curl, const struct conf *conf)
{
	long timeout_ms = (long)conf->api_timeout_ms;

	return curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms < CONNECT_MAX_MS ? timeout_ms :
	    (long)CONNECT_MAX_MS) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)conf->api_body_max_bytes) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
}

static bool
set_ways(struct line *line)
{
	CURL *curl = line->curl;

	return curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_USERAGENT, "wecom-mirror") == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, line->transport->headers) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_WRITEDATA, line) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_HEADERDATA, line) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_up) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, line) == CURLE_OK;
}

/* The thread's line; NULL: no memory, or libcurl lacks what must not be lacking. */
static struct line *
own_line(struct api_transport *transport)
{
	struct line *line = pthread_getspecific(transport->key);

	if (line != NULL)
		return line;
	line = calloc(1, sizeof(*line));
	if (line == NULL)
		return NULL;
	line->transport = transport;
	line->curl = curl_easy_init();
	if (line->curl == NULL || !set_security(line->curl, transport->conf) || !set_bounds(line->curl, transport->conf) ||
	    !set_ways(line) || pthread_setspecific(transport->key, line) != 0) {
		line_free(line);
		return NULL;
	}
	return line;
}

/* Told now rather than by every call that fails. */
static bool
is_ca_file_good(const char *path)
{
	X509_STORE *store = X509_STORE_new();
	bool is_good = store != NULL && X509_STORE_load_file(store, path) == 1;

	X509_STORE_free(store);
	return is_good;
}

static const char *
what_is_missing(const struct conf *conf)
{
	if (pthread_once(&curl_once, start_curl) != 0 || curl_started != CURLE_OK)
		return "libcurl cannot start";
	if ((curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_SSL) == 0)
		return "this libcurl cannot speak TLS";
	if (conf->api_ca_file[0] != '\0' && !is_ca_file_good(conf->api_ca_file))
		return "WECOM_API_CA_FILE cannot be read, or holds no certificates";
	return NULL;
}

struct api_transport *
api_transport_new(const struct conf *conf, const _Atomic bool *stopping, struct detail *why)
{
	const char *missing = what_is_missing(conf);
	struct api_transport *transport;
	struct curl_slist *first;

	if (missing != NULL) {
		detail_set(why, "%s", missing);
		return NULL;
	}
	transport = calloc(1, sizeof(*transport));
	first = curl_slist_append(NULL, "Content-Type: application/json");
	/* "Expect: 100-continue" would cost a round trip */
	if (transport != NULL && first != NULL)
		transport->headers = curl_slist_append(first, "Expect:");
	if (transport == NULL || transport->headers == NULL || pthread_key_create(&transport->key, line_free) != 0) {
		detail_set(why, "no memory");
		curl_slist_free_all(first);
		free(transport);
		return NULL;
	}
	transport->conf = conf;
	transport->stopping = stopping;
	return transport;
}

void
api_transport_free(struct api_transport *transport)
{
	struct line *line;

	if (transport == NULL)
		return;
	line = pthread_getspecific(transport->key);
	if (line != NULL)
		line_free(line);
	pthread_key_delete(transport->key);
	curl_slist_free_all(transport->headers);
	free(transport);
}

/* libcurl's own sentences and nothing of the request: those with details may hold the address. */
static void
tell(const struct line *line, CURLcode code, struct detail *why)
{
	long verified = 0;

	if (line->is_too_large)
		detail_set(why, "the answer is larger than WECOM_API_BODY_MAX_BYTES");
	else if (code == CURLE_FILESIZE_EXCEEDED)
		detail_set(why, "the answer would be larger than WECOM_API_BODY_MAX_BYTES");
	else if (code == CURLE_ABORTED_BY_CALLBACK)
		detail_set(why, "given up, for the program is to stop");
	else if (code == CURLE_PEER_FAILED_VERIFICATION &&
	    curl_easy_getinfo(line->curl, CURLINFO_SSL_VERIFYRESULT, &verified) == CURLE_OK && verified != 0)
		detail_set(why, "the certificate is refused: %s", X509_verify_cert_error_string(verified));
	else
		detail_set(why, "%s", curl_easy_strerror(code));
}

static bool
set_request(struct line *line, const char *path, const char *body, size_t body_n)
{
	int n = snprintf(line->url, sizeof(line->url), "%s%s", line->transport->conf->api_base, path);
	CURL *curl = line->curl;

	if (n < 0 || (size_t)n >= sizeof(line->url) || curl_easy_setopt(curl, CURLOPT_URL, line->url) != CURLE_OK)
		return false;
	if (body == NULL)
		return curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	return curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_n) == CURLE_OK;
}

static int64_t
read_date(const char *text)
{
	time_t date = text[0] == '\0' ? -1 : curl_getdate(text, NULL);

	return date > 0 ? (int64_t)date : 0;
}

static bool
exchange(struct line *line, struct api_reply *reply, struct detail *why)
{
	long status = 0;
	CURLcode code;

	line->headers_n = 0;
	line->is_too_large = false;
	line->stopping_since_ms = 0;
	line->date[0] = '\0';
	reply->begun_us = clock_monotonic_us();
	code = curl_easy_perform(line->curl);
	reply->ended_us = clock_monotonic_us();
	if (code != CURLE_OK) {
		tell(line, code, why);
		return false;
	}
	if (curl_easy_getinfo(line->curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status != 200) {
		detail_set(why, "HTTP status %ld instead of 200", status);
		return false;
	}
	if (!make_room(line, 0)) {
		detail_set(why, "no memory");
		return false;
	}
	line->text[line->n] = '\0';
	reply->text = line->text;
	reply->n = line->n;
	reply->date_s = read_date(line->date);
	return true;
}

bool
api_transport_exchange(struct api_transport *transport, const char *path, const char *body, size_t body_n,
    struct api_reply *ret_reply, struct detail *why)
{
	struct line *line = own_line(transport);
	bool is_here;

	*ret_reply = (struct api_reply){.begun_us = clock_monotonic_us()};
	ret_reply->ended_us = ret_reply->begun_us;
	if (line == NULL) {
		detail_set(why, "no memory for a connection");
		return false;
	}
	forget(line);
	if (!set_request(line, path, body, body_n)) {
		OPENSSL_cleanse(line->url, sizeof(line->url));
		detail_set(why, "the request is too long");
		return false;
	}
	is_here = exchange(line, ret_reply, why);
	OPENSSL_cleanse(line->url, strlen(line->url));
	return is_here;
}

void
api_transport_forget(struct api_transport *transport)
{
	struct line *line = pthread_getspecific(transport->key);

	if (line != NULL)
		forget(line);
}
