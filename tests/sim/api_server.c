/*
 * The HTTPS side: libmicrohttpd, one thread per kept-alive connection, so that an artificial delay is a plain sleep.
 * Faults of the transport are made here; what an answer says is decided before (api_call.c).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_inside.h"
#include "page.h"

#define CONNECTIONS_MAX 4096
#define IDLE_SECONDS 120
#define STACK_BYTES (512 << 10)
#define PEM_MAX_BYTES (256 << 10)
#define PREFIX "/cgi-bin/"
#define BLOCK_BYTES (32 << 10)

/* A body that is made while it is sent: what there is, then filler, then its end; or an end before its time. */
struct stream {
	struct text head;
	uint64_t total;
	uint64_t cut_at; /* the connection ends here */
};

void
api_sleep(struct api *api, double ms)
{
	struct timespec until;
	int64_t ns = (int64_t)(ms * 1e6);

	if (ns <= 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	ns += until.tv_nsec;
	until.tv_sec += (time_t)(ns / 1000000000);
	until.tv_nsec = (long)(ns % 1000000000);
	pthread_mutex_lock(&api->lock);
	while (!api->is_stopping && pthread_cond_timedwait(&api->stopped, &api->lock, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&api->lock);
}

static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned int status, const char *type, struct MHD_Response *response)
{
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
answer_page(struct MHD_Connection *connection, unsigned int status, const char *page)
{
	union {
		const char *from;
		void *to;
	} body = {.from = page};

	return answer(connection, status, "text/html; charset=UTF-8",
	    MHD_create_response_from_buffer(strlen(page), body.to, MHD_RESPMEM_PERSISTENT));
}

static ssize_t
read_stream(void *self, uint64_t at, char *to, size_t most)
{
	static const char end[] = "\"}";
	struct stream *stream = self;
	uint64_t end_at = stream->total - strlen(end);
	size_t n = 0;

	if (at >= stream->cut_at)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (most > stream->cut_at - at)
		most = (size_t)(stream->cut_at - at);
	for (; n < most && at < stream->total; n++, at++) {
		if (at < stream->head.n)
			to[n] = stream->head.at[at];
		else
			to[n] = at < end_at ? 'a' : end[at - end_at];
	}
	return (ssize_t)n;
}

static void
free_stream(void *self)
{
	struct stream *stream = self;

	text_free(&stream->head);
	free(stream);
}

/* Takes the body over. */
static enum MHD_Result
answer_stream(struct api_call *call, struct text *body)
{
	static const char filler[] = ",\"filler\":\"";
	struct stream *stream = memset(fault_resize(NULL, sizeof(*stream)), 0, sizeof(*stream));

	if (call->fault == FAULT_HUGE_BODY) {
		if (body->n > 0)
			body->n--;
		text_adds(body, filler);
		stream->total = body->n + (uint64_t)api_setting_value(call->api, SETTING_HUGE_BYTES);
		stream->cut_at = stream->total;
	} else {
		stream->total = body->n;
		stream->cut_at = body->n / 2;
	}
	stream->head = *body;
	*body = (struct text){0};
	return answer(call->connection, MHD_HTTP_OK, "application/json; charset=UTF-8",
	    MHD_create_response_from_callback(stream->total, BLOCK_BYTES, read_stream, stream, free_stream));
}

/* Takes the body over. */
static enum MHD_Result
send_answer(struct api_call *call, struct text *body)
{
	struct MHD_Response *response;

	switch (call->fault) {
	case FAULT_CUT_BEFORE:
		return MHD_NO;
	case FAULT_HTTP_502:
		return answer_page(call->connection, MHD_HTTP_BAD_GATEWAY,
		    "<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>");
	case FAULT_CUT_MIDDLE:
	case FAULT_HUGE_BODY:
		return answer_stream(call, body);
	default:
		break;
	}
	text_reserve(body, 0);
	response = MHD_create_response_from_buffer(body->n, body->at, MHD_RESPMEM_MUST_FREE);
	if (response != NULL)
		*body = (struct text){0};
	return answer(call->connection, MHD_HTTP_OK, "application/json; charset=UTF-8", response);
}

static enum MHD_Result
serve(struct api_call *call)
{
	struct api *api = call->api;
	struct text body = {0};
	enum MHD_Result result;

	if (call->is_too_large)
		return answer_page(call->connection, MHD_HTTP_CONTENT_TOO_LARGE, "<html>413</html>");
	if (call->endpoint == NULL) {
		api_count_violation(call, VIOLATION_PATH);
		return answer_page(call->connection, MHD_HTTP_NOT_FOUND, "<html>404</html>");
	}
	pthread_mutex_lock(&api->lock);
	if (++api->counters.in_flight > api->counters.in_flight_most)
		api->counters.in_flight_most = api->counters.in_flight;
	pthread_mutex_unlock(&api->lock);
	api_call_run(call, &body);
	api_sleep(api, api_setting_value(api, SETTING_LATENCY_MS));
	if (call->fault == FAULT_SLOW)
		api_sleep(api, api_setting_value(api, SETTING_SLOW_MS));
	pthread_mutex_lock(&api->lock);
	api->counters.in_flight--;
	pthread_mutex_unlock(&api->lock);
	api_limit_leave(call);
	result = send_answer(call, &body);
	text_free(&body);
	return result;
}

static enum MHD_Result
handle(void *self, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *data, size_t *data_n, void **ret_call)
{
	struct api_call *call = *ret_call;

	(void)version;
	if (page_is_known(url))
		return page_serve(self, connection, method, url);
	if (call == NULL) {
		call = memset(fault_resize(NULL, sizeof(*call)), 0, sizeof(*call));
		call->api = self;
		call->connection = connection;
		call->is_post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
		if (strncmp(url, PREFIX, strlen(PREFIX)) == 0)
			call->endpoint = api_endpoint_find(url + strlen(PREFIX));
		*ret_call = call;
		return MHD_YES;
	}
	if (*data_n == 0)
		return serve(call);
	call->is_too_large = call->is_too_large || call->raw.n + *data_n > API_REQUEST_MAX_BYTES;
	if (!call->is_too_large)
		text_add(&call->raw, data, *data_n);
	*data_n = 0;
	return MHD_YES;
}

static void
completed(void *self, struct MHD_Connection *connection, void **at_call, enum MHD_RequestTerminationCode why)
{
	struct api_call *call = *at_call;

	(void)self;
	(void)connection;
	(void)why;
	if (call == NULL)
		return;
	json_object_put(call->request);
	text_free(&call->raw);
	free(call);
	*at_call = NULL;
}

/* Owned text of a PEM file. */
static char *
read_pem(const char *path, struct fault *fault)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t n;

	if (file == NULL) {
		fault_set(fault, "cannot open %.150s: %s", path, strerror(errno));
		return NULL;
	}
	text = fault_resize(NULL, PEM_MAX_BYTES);
	n = fread(text, 1, PEM_MAX_BYTES - 1, file);
	fclose(file);
	text[n] = '\0';
	if (strstr(text, "-----BEGIN ") != NULL)
		return text;
	fault_set(fault, "%.150s is no PEM file", path);
	free(text);
	return NULL;
}

/* Loopback only: this server gives tokens to whoever asks. */
static bool
read_address(const char *listen, struct sockaddr_storage *ret_address, struct fault *fault)
{
	struct sockaddr_in *four = (struct sockaddr_in *)ret_address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret_address;
	const char *colon = strrchr(listen, ':');
	char host[64], *end;
	unsigned long port;

	memset(ret_address, 0, sizeof(*ret_address));
	if (colon == NULL || colon == listen || (size_t)(colon - listen) >= sizeof(host))
		return fault_set(fault, "the API listens on 127.0.0.1:PORT or [::1]:PORT, not on %.60s", listen);
	memcpy(host, listen, (size_t)(colon - listen));
	host[colon - listen] = '\0';
	port = strtoul(colon + 1, &end, 10);
	if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port > 65535)
		return fault_set(fault, "%.60s has no port from 0 to 65535", listen);
	if (strcmp(host, "[::1]") == 0) {
		six->sin6_family = AF_INET6;
		six->sin6_addr = in6addr_loopback;
		six->sin6_port = htons((uint16_t)port);
		return true;
	}
	four->sin_family = AF_INET;
	four->sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, host, &four->sin_addr) == 1 && ntohl(four->sin_addr.s_addr) >> 24 == 127)
		return true;
	return fault_set(fault, "the API listens on 127.0.0.1:PORT or [::1]:PORT, not on %.60s", listen);
}

/* tls ends with MHD_OPTION_END; NULL: plain http.  NULL with a sentence. */
static struct MHD_Daemon *
open_daemon(struct api *api, const char *listen, MHD_AccessHandlerCallback take, struct MHD_OptionItem *tls,
    struct fault *fault)
{
	static struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
	unsigned int flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
	struct sockaddr_storage address;
	struct MHD_Daemon *daemon;

	if (!read_address(listen, &address, fault))
		return NULL;
	flags |= address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0;
	flags |= tls != NULL ? MHD_USE_TLS : 0;
	daemon = MHD_start_daemon(flags, 0, NULL, NULL, take, api, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned int)IDLE_SECONDS, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES, MHD_OPTION_NOTIFY_COMPLETED,
	    completed, api, MHD_OPTION_ARRAY, tls == NULL ? none : tls, MHD_OPTION_END);
	if (daemon == NULL)
		fault_set(fault, "cannot serve on %.60s: %s", listen,
		    errno == 0 ? "is the certificate's key the right one?" : strerror(errno));
	return daemon;
}

static unsigned int
port_of(struct MHD_Daemon *daemon)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info == NULL ? 0 : info->port;
}

static bool
open_api(struct api *api, struct fault *fault)
{
	const struct api_options *options = &api->options;
	struct MHD_OptionItem tls[] = {
	    {MHD_OPTION_HTTPS_MEM_CERT, 0, NULL},
	    {MHD_OPTION_HTTPS_MEM_KEY, 0, NULL},
	    {MHD_OPTION_END, 0, NULL},
	};

	if ((options->cert_file == NULL) != (options->key_file == NULL))
		return fault_set(fault, "a certificate needs its key, and a key its certificate");
	if (options->cert_file != NULL) {
		api->cert = read_pem(options->cert_file, fault);
		api->key = api->cert == NULL ? NULL : read_pem(options->key_file, fault);
		if (api->key == NULL)
			return false;
		tls[0].ptr_value = api->cert;
		tls[1].ptr_value = api->key;
	}
	api->daemon = open_daemon(api, options->listen, handle, api->cert == NULL ? NULL : tls, fault);
	if (api->daemon == NULL)
		return false;
	api->port = port_of(api->daemon);
	return true;
}

/* For browsers, which do not know the authority that signed the API's certificate. */
static enum MHD_Result
handle_page(void *self, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
    const char *data, size_t *data_n, void **ret_call)
{
	(void)version;
	(void)data;
	(void)data_n;
	(void)ret_call;
	return page_serve(self, connection, method, url);
}

bool
api_server_start(struct api *api, struct fault *fault)
{
	if (!open_api(api, fault))
		return false;
	if (api->options.pages_listen == NULL)
		return true;
	api->pages = open_daemon(api, api->options.pages_listen, handle_page, NULL, fault);
	if (api->pages == NULL)
		return false;
	api->pages_port = port_of(api->pages);
	return true;
}

void
api_server_stop(struct api *api)
{
	pthread_mutex_lock(&api->lock);
	api->is_stopping = true;
	pthread_cond_broadcast(&api->stopped);
	pthread_mutex_unlock(&api->lock);
	if (api->pages != NULL)
		MHD_stop_daemon(api->pages);
	if (api->daemon != NULL)
		MHD_stop_daemon(api->daemon);
	free(api->cert);
	free(api->key);
}
