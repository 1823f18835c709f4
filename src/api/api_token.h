/*
 * Tokens of suite, login suite, provider and corps, and the tickets of pages: in memory, and sealed in wecom.token, where
 * all processes share them.  One refresh at a time: in a process by a flag, across processes by the slot of
 * wecom.token_take.
 */
#ifndef WECOM_API_TOKEN_H
#define WECOM_API_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "api_corp.h"

enum api_token_kind {
	TOKEN_NONE,	/* the call that gets the suite's token */
	TOKEN_SUITE,
	TOKEN_CORP,
	TOKEN_LOGIN,		/* of the login suite */
	TOKEN_PROVIDER,
	TOKEN_JSAPI_TICKET,	/* tickets are kept like tokens, and never go into a URL */
	TOKEN_AGENT_TICKET,
	API_TOKEN_KINDS_N
};

/* A caller's copy: cleansed after use. */
struct api_token_copy {
	char text[API_TOKEN_BYTES];
	int64_t generation;
};

/* What stands before it in the URL of a call: "?suite_access_token=" or "?access_token=". */
const char *api_token_parameter(enum api_token_kind kind);

/*
 * A token that lives: from memory, from the database, or fetched (which may take calls of its own).  When a tenth of its
 * life is left it is renewed; should that fail the old one serves to its end.
 *   corp         of TOKEN_CORP and the tickets; of no meaning else
 * False: *ret_failure says why, as an answer to the call it was wanted for.
 */
bool api_token_take(struct api *api, enum api_token_kind kind, const char *corp, struct api_token_copy *ret_token,
    struct api_answer *ret_failure);

/* This token was refused: forget it, here and in the database, unless a newer one has taken its place. */
void api_token_drop(struct api *api, enum api_token_kind kind, const char *corp, const struct api_token_copy *token);

#endif
