/*
 * One bounded HTTPS exchange by libcurl, which is used nowhere else.  Each thread has a handle of its own whose connection
 * is kept.  URLs hold tokens: nothing here prints one.
 */
#ifndef WECOM_API_TRANSPORT_H
#define WECOM_API_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf.h"
#include "status.h"

#define API_URL_BYTES 8192

struct api_transport;

/*
 * conf (api_base, api_ca_file, api_timeout_ms, api_body_max_bytes) and stopping are borrowed and outlive it.  NULL with a
 * sentence: no memory, libcurl without TLS, the CA file cannot be read or holds no certificate.
 */
struct api_transport *api_transport_new(const struct conf *conf, const _Atomic bool *stopping, struct detail *why);

/* Other threads have ended by now: their handles went with them, the caller's goes here. */
void api_transport_free(struct api_transport *transport);

struct api_reply {
	const char *text;	/* borrowed from the thread's handle until api_transport_forget; a NUL follows */
	size_t n;
	int64_t begun_us;	/* CLOCK_MONOTONIC: right before the request was sent */
	int64_t ended_us;
	int64_t date_s;		/* of the Date header, seconds since 1970; 0: none that can be read */
};

/*
 * GET, or POST when body is not NULL; TLS 1.2 or newer, certificate and host name verified; no redirects.  Bounded by
 * conf's time (connecting included) and bytes (unpacked); a call under way when the program is told to stop gets five
 * more seconds.
 *   path    "/cgi-bin/…?…", together with the base below API_URL_BYTES
 *   body    borrowed
 * True: status 200 and the whole body is here.  False: `why` says what failed; the times are set.  Afterwards, either way:
 * api_transport_forget.
 */
bool api_transport_exchange(struct api_transport *transport, const char *path, const char *body, size_t body_n,
    struct api_reply *ret_reply, struct detail *why);

/* Cleanse what the last exchange of this thread received. */
void api_transport_forget(struct api_transport *transport);

#endif
