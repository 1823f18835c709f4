/* See reason.h.  The sentences are English; the pages say it in the reader's language by word and code. */
#include "reason.h"

#include <stddef.h>

static const struct {
	const char *name;
	const char *sentence;
	int http;
	enum status status;
} rows[REASON_N] = {
	[REASON_NONE] = {"none", "", 200, ST_OK},
	[REASON_BAD_REQUEST] = {"bad_request", "The request cannot be understood.", 400, ST_BAD_INPUT},
	[REASON_LOGIN] = {"login", "You are not logged in.", 401, ST_DENIED},
	[REASON_EXPIRED] = {"expired", "Your login has expired: please log in again.", 401, ST_DENIED},
	[REASON_SUSPENDED] = {"suspended",
	    "WeCom refuses the app's calls for your company at present: an administrator looks at its authorisation.", 401,
	    ST_DENIED},
	[REASON_CANCELLED] = {"cancelled", "Your company has removed the app.", 401, ST_DENIED},
	[REASON_PENDING] = {"pending", "The app is being installed for your company: please come back in a minute.", 401,
	    ST_DENIED},
	[REASON_NOT_INSTALLED] = {"not_installed", "Your company does not have the app.", 401, ST_DENIED},
	[REASON_NOT_ADMIN] = {"not_admin", "Only administrators of the app may see this.", 403, ST_DENIED},
	[REASON_FORGED] = {"forged", "The request does not come from a page of yours: please load the page again.", 403,
	    ST_DENIED},
	[REASON_OUTSIDER] = {"outsider", "You are not a member of a company that has the app.", 403, ST_DENIED},
	[REASON_STATE] = {"state", "This login was used, took too long or began in another browser: please log in again.", 403,
	    ST_DENIED},
	[REASON_DENIED] = {"denied", "WeCom gave no permission to log in.", 403, ST_DENIED},
	[REASON_FAILED] = {"failed", "WeCom does not accept this login: please log in again.", 403, ST_DENIED},
	[REASON_NOT_FOUND] = {"not_found", "There is nothing here.", 404, ST_NOT_FOUND},
	[REASON_METHOD] = {"method", "This address does not take such requests.", 405, ST_BAD_METHOD},
	[REASON_TOO_LARGE] = {"too_large", "The request is too large.", 413, ST_TOO_LARGE},
	[REASON_DATABASE] = {"database", "The database does not answer in time: please try again.", 503, ST_BUSY},
	[REASON_WECOM] = {"wecom", "WeCom does not answer at present: please try again.", 503, ST_BUSY},
	[REASON_CROWDED] = {"crowded", "Too many people are logging in at this moment: please try again.", 503, ST_BUSY},
	[REASON_BUG] = {"bug", "Something went wrong here.", 500, ST_BUG},
};

static size_t
row_of(enum reason reason)
{
	return (unsigned int)reason < REASON_N ? (size_t)reason : REASON_BUG;
}

int
reason_http(enum reason reason)
{
	return rows[row_of(reason)].http;
}

const char *
reason_name(enum reason reason)
{
	return rows[row_of(reason)].name;
}

const char *
reason_sentence(enum reason reason)
{
	return rows[row_of(reason)].sentence;
}

enum status
reason_status(enum reason reason)
{
	return rows[row_of(reason)].status;
}
