/* Why a request is refused: one table (reason.c) with the HTTP code, a word for programs and a sentence for people. */
#ifndef WECOM_REASON_H
#define WECOM_REASON_H

#include "status.h"

enum reason {
	REASON_NONE,
	REASON_BAD_REQUEST,
	REASON_LOGIN,		/* nobody is logged in */
	REASON_EXPIRED,		/* the session has ended */
	REASON_SUSPENDED,	/* of the corp */
	REASON_CANCELLED,
	REASON_PENDING,
	REASON_NOT_INSTALLED,
	REASON_NOT_ADMIN,
	REASON_FORGED,		/* CSRF */
	REASON_OUTSIDER,	/* logged in at WeCom, but no member of a corp */
	REASON_STATE,		/* back from WeCom too late, twice, or in another browser */
	REASON_DENIED,		/* back from WeCom without a code */
	REASON_FAILED,		/* WeCom does not take the code */
	REASON_NOT_FOUND,
	REASON_METHOD,
	REASON_TOO_LARGE,
	REASON_DATABASE,	/* away, or too slow */
	REASON_WECOM,		/* cannot be asked now */
	REASON_CROWDED,
	REASON_BUG,
	REASON_N
};

int reason_http(enum reason reason);
const char *reason_name(enum reason reason);
const char *reason_sentence(enum reason reason);

/* As which of the outcomes it is counted. */
enum status reason_status(enum reason reason);

#endif
