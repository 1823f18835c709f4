/*
 * What libcurl alone can do: the same calls as the reconciler's chat pulls, so many in flight, their answers thrown
 * away.  `bare_loop url ca-file in-flight calls < chat-ids` prints calls, seconds and CPU microseconds a call.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>

#include <curl/curl.h>

#define IDS_MAX 100000
#define ID_BYTES 136
#define WAIT_MS 1000

struct call {
	CURL *easy;
	struct curl_slist *headers;
	char body[ID_BYTES + 64];
	size_t received_n;
};

static char ids[IDS_MAX][ID_BYTES];
static size_t ids_n, asked_n, failed_n;

static double
seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t
take(char *bytes, size_t size, size_t n, void *self)
{
	struct call *call = self;

	(void)bytes;
	call->received_n += size * n;
	return size * n;
}

static void
begin(CURLM *multi, struct call *call)
{
	snprintf(call->body, sizeof(call->body), "{\"chat_id\":\"%s\",\"need_name\":1}", ids[asked_n++ % ids_n]);
	curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, call->body);
	call->received_n = 0;
	curl_multi_add_handle(multi, call->easy);
}

static bool
prepare(struct call *call, const char *url, const char *ca)
{
	call->easy = curl_easy_init();
	call->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (call->easy == NULL || call->headers == NULL)
		return false;
	curl_easy_setopt(call->easy, CURLOPT_URL, url);
	curl_easy_setopt(call->easy, CURLOPT_CAINFO, ca);
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
	curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(call->easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(call->easy, CURLOPT_TIMEOUT, 20L);
	return true;
}

/* Take up what ended; how many are done. */
static size_t
collect(CURLM *multi, size_t most)
{
	size_t done_n = 0;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL) {
		CURL *easy = message->easy_handle;
		struct call *call = NULL;
		long status = 0;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		failed_n += message->data.result != CURLE_OK || status != 200 || call->received_n < 100;
		curl_multi_remove_handle(multi, easy);
		done_n++;
		if (asked_n < most)
			begin(multi, call);
	}
	return done_n;
}

static int
read_ids(void)
{
	while (ids_n < IDS_MAX && fgets(ids[ids_n], ID_BYTES, stdin) != NULL) {
		ids[ids_n][strcspn(ids[ids_n], "\n")] = '\0';
		ids_n += ids[ids_n][0] != '\0';
	}
	return ids_n > 0;
}

int
main(int argc, char **argv)
{
	size_t flight_n, most, done_n = 0;
	double started, ended;
	struct rusage usage;
	struct call *calls;
	CURLM *multi;
	int running;

	if (argc != 5 || !read_ids()) {
		fputs("usage: bare_loop url ca-file in-flight calls < chat-ids\n", stderr);
		return EX_USAGE;
	}
	flight_n = strtoul(argv[3], NULL, 10);
	most = strtoul(argv[4], NULL, 10);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	calls = calloc(flight_n, sizeof(*calls));
	if (multi == NULL || calls == NULL || flight_n == 0)
		return EX_OSERR;
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)flight_n);
	started = seconds(CLOCK_MONOTONIC);
	for (size_t i = 0; i < flight_n; i++) {
		if (!prepare(&calls[i], argv[1], argv[2]))
			return EX_OSERR;
		begin(multi, &calls[i]);
	}
	while (done_n < asked_n) {
		curl_multi_perform(multi, &running);
		done_n += collect(multi, most);
		if (done_n < asked_n)
			curl_multi_poll(multi, NULL, 0, WAIT_MS, NULL);
	}
	ended = seconds(CLOCK_MONOTONIC);
	getrusage(RUSAGE_SELF, &usage);
	printf("calls=%zu failed=%zu seconds=%.3f cpu_us=%.1f\n", done_n, failed_n, ended - started,
	    ((double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)) /
		(double)done_n);
	for (size_t i = 0; i < flight_n; i++) {
		curl_easy_cleanup(calls[i].easy);
		curl_slist_free_all(calls[i].headers);
	}
	curl_multi_cleanup(multi);
	free(calls);
	return failed_n == 0 ? EX_OK : EX_UNAVAILABLE;
}
