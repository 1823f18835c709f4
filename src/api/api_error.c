/*
 * What WeCom's error codes ask of us: protocol section 18.2 as data, ordered by code.  Where the protocol leaves a choice
 * ("G or B", "C or G") the one is taken that loses nothing: neither a deletion without evidence nor an endless repetition.
 */
#include "api_internal.h"

#include <stdlib.h>

#define OUTSIDE "left, deleted or outside the app's visible scope"
#define LOGIN "a login's code or ticket is no longer good: the visitor logs in again"
#define TRANSFER "the rules of transfers forbid it"
#define MISSING "a parameter of the request is missing"
#define WELCOME "the welcome code can no longer be used"
#define BARRED "the app may not call this API: ask for the permission, release the app and let the corp confirm it"
#define LICENCE "no interface licence for this member: buy or activate one, then resync"
#define GROUP "refused by a rule of group chats"

static const struct api_meaning meanings[] = {
	{-1, API_RETRY, ABSENCE_NONE, "WeCom is busy"},
	{0, API_OK, ABSENCE_NONE, "success"},
	{6000, API_RETRY, ABSENCE_NONE, "the data was being changed by somebody else"},
	{40001, API_TOKEN, ABSENCE_NONE, "the token is not accepted"},
	{40003, API_GONE, ABSENCE_OUT_OF_SCOPE, "the user id is not known: " OUTSIDE},
	{40013, API_OURS, ABSENCE_NONE, "the corp id is wrong"},
	{40014, API_TOKEN, ABSENCE_NONE, "the token is invalid"},
	{40029, API_OURS, ABSENCE_NONE, LOGIN},
	{40031, API_GONE, ABSENCE_OUT_OF_SCOPE, "the user ids are not known: " OUTSIDE},
	{40033, API_OURS, ABSENCE_NONE, "the request holds characters that are not allowed"},
	{40035, API_OURS, ABSENCE_NONE, "a parameter of the request is wrong"},
	{40050, API_GONE, ABSENCE_GONE, "there is no such chat"},
	{40056, API_OURS, ABSENCE_NONE, "the agent id is wrong"},
	{40058, API_OURS, ABSENCE_NONE, "a parameter of the request is wrong"},
	{40063, API_OURS, ABSENCE_NONE, "a parameter of the request is empty"},
	{40068, API_GONE, ABSENCE_GONE, "there is no such tag or tag group"},
	{40077, API_OURS, ABSENCE_NONE, "the pre_auth_code is not known: fetch a new one"},
	{40078, API_OURS, ABSENCE_NONE, "the auth code is wrong or was used: install the app again"},
	{40080, API_CONFIG, ABSENCE_NONE,
	    "the suite secret is wrong: see WECOM_SUITE_ID and WECOM_SUITE_SECRET_FILE"},
	{40082, API_TOKEN, ABSENCE_NONE, "the suite token is invalid"},
	{40083, API_CONFIG, ABSENCE_NONE, "the suite id is wrong: see WECOM_SUITE_ID"},
	{40084, API_AUTHORISATION, ABSENCE_NONE,
	    "the permanent code is not accepted: the corp has removed the app, or reset it"},
	{40085, API_TICKET, ABSENCE_NONE,
	    "the suite_ticket is not accepted: the next one comes within ten minutes, or push it from the console"},
	{40093, API_OURS, ABSENCE_NONE, "the page's signature is wrong"},
	{40096, API_GONE, ABSENCE_OUT_OF_SCOPE,
	    "the external user id is not known here, or no visible member follows it"},
	{40097, API_OURS, ABSENCE_NONE, TRANSFER},
	{40100, API_OURS, ABSENCE_NONE, TRANSFER},
	{40125, API_OURS, ABSENCE_NONE, "the open_userid is wrong or of another provider"},
	{40126, API_CONFIG, ABSENCE_NONE, "the corp has reached its number of tags: remove some"},
	{40128, API_OURS, ABSENCE_NONE, TRANSFER},
	{40129, API_OURS, ABSENCE_NONE, TRANSFER},
	{40130, API_OURS, ABSENCE_NONE, TRANSFER},
	{40131, API_OURS, ABSENCE_NONE, TRANSFER},
	{40141, API_CONFIG, ABSENCE_NONE, "the corp is not available or was banned: ask WeCom"},
	{40144, API_CONFIG, ABSENCE_NONE, "the corp has reached its number of tags: remove some"},
	{41001, API_OURS, ABSENCE_NONE, "the token is missing"},
	{41021, API_OURS, ABSENCE_NONE, MISSING},
	{41022, API_OURS, ABSENCE_NONE, MISSING},
	{41023, API_OURS, ABSENCE_NONE, MISSING},
	{41024, API_OURS, ABSENCE_NONE, MISSING},
	{41025, API_OURS, ABSENCE_NONE, MISSING},
	{41035, API_OURS, ABSENCE_NONE, "the external user id is missing"},
	{41049, API_OURS, ABSENCE_NONE, WELCOME},
	{41050, API_OURS, ABSENCE_NONE, WELCOME},
	{41051, API_OURS, ABSENCE_NONE, WELCOME},
	{41053, API_OURS, ABSENCE_NONE, WELCOME},
	{41096, API_RETRY, ABSENCE_NONE, "another welcome message is being sent"},
	{42001, API_TOKEN, ABSENCE_NONE, "the token has expired"},
	{42003, API_OURS, ABSENCE_NONE, LOGIN},
	{42006, API_OURS, ABSENCE_NONE, LOGIN},
	{42007, API_OURS, ABSENCE_NONE, "the pre_auth_code has expired: fetch a new one"},
	{42009, API_TOKEN, ABSENCE_NONE, "the suite token has expired"},
	{42012, API_OURS, ABSENCE_NONE, "the page's ticket has expired"},
	{42022, API_OURS, ABSENCE_NONE, LOGIN},
	{43016, API_OURS, ABSENCE_NONE, LOGIN},
	{43017, API_OURS, ABSENCE_NONE, LOGIN},
	{45009, API_WAIT, ABSENCE_NONE, "the limit of calls is reached"},
	{45029, API_OURS, ABSENCE_NONE, "the answer would be too large: ask for less"},
	{45033, API_WAIT, ABSENCE_NONE, "too many calls at once"},
	{45035, API_RETRY, ABSENCE_NONE, "the record is being written by somebody else"},
	{45036, API_WAIT, ABSENCE_NONE,
	    "WeCom sees unusual traffic: if it stays, look for other programs of the corp and ask WeCom"},
	{46004, API_GONE, ABSENCE_OUT_OF_SCOPE, "the member is not known: " OUTSIDE},
	{48001, API_CONFIG, ABSENCE_NONE, BARRED},
	{48002, API_CONFIG, ABSENCE_NONE, BARRED},
	{48003, API_CONFIG, ABSENCE_NONE,
	    "the suite id does not belong to this token: see WECOM_SUITE_ID and WECOM_SUITE_SECRET_FILE"},
	{48004, API_AUTHORISATION, ABSENCE_NONE, "the corp's authorisation is not valid or was withdrawn"},
	{48005, API_OURS, ABSENCE_NONE, "WeCom has withdrawn this API"},
	{48006, API_CONFIG, ABSENCE_NONE,
	    "the permission was taken back, the app was not used for long: the corp's administrator turns it on again"},
	{48008, API_OURS, ABSENCE_NONE, "an app that edits contacts may not call this API"},
	{48010, API_CONFIG, ABSENCE_NONE, "the TLS version is too old: the way to WeCom must speak TLS 1.2 or newer"},
	{48011, API_CONFIG, ABSENCE_NONE,
	    "too few of the corp's members are active for customer data: the corp's administrator sees how many"},
	{49008, API_GONE, ABSENCE_GONE, "the group chat is dissolved"},
	{50001, API_CONFIG, ABSENCE_NONE, "the address is not a trusted domain of the app: enter it in the console"},
	{50002, API_GONE, ABSENCE_OUT_OF_SCOPE, "the member is not in the app's scope"},
	{50003, API_CONFIG, ABSENCE_NONE, "the app is disabled: the corp's administrator turns it on"},
	{50100, API_RESTART, ABSENCE_NONE, "the cursor is no longer valid"},
	{60003, API_GONE, ABSENCE_GONE, "there is no such department"},
	{60011, API_GONE, ABSENCE_OUT_OF_SCOPE,
	    "no right on this member, department or tag: outside the scope, or not in this mode of authorisation"},
	{60020, API_CONFIG, ABSENCE_NONE,
	    "this machine's address is not on the provider's list: enter it in the console, all calls wait"},
	{60021, API_GONE, ABSENCE_OUT_OF_SCOPE, "outside the app's visible scope"},
	{60030, API_GONE, ABSENCE_OUT_OF_SCOPE, "outside the app's visible scope"},
	{60031, API_CONFIG, ABSENCE_NONE, "the app is barred from this API: ask WeCom"},
	{60111, API_GONE, ABSENCE_OUT_OF_SCOPE, "the member is not known: " OUTSIDE},
	{60123, API_GONE, ABSENCE_GONE, "there is no such department"},
	{60221, API_OURS, ABSENCE_NONE, "the open_userid is wrong or of another provider"},
	{60268, API_RESTART, ABSENCE_NONE, "the cursor is no longer valid"},
	{80001, API_CONFIG, ABSENCE_NONE, "the trusted domain has no valid filing: see the console"},
	{81011, API_OURS, ABSENCE_NONE, "no right on this tag"},
	{81013, API_GONE, ABSENCE_OUT_OF_SCOPE, "none of the ids is known: " OUTSIDE},
	{81017, API_OURS, ABSENCE_NONE, "too many things asked for at once: ask for less"},
	{84014, API_OURS, ABSENCE_NONE, LOGIN},
	{84015, API_OURS, ABSENCE_NONE, LOGIN},
	{84061, API_GONE, ABSENCE_NO_RELATION,
	    "there is no customer relation: deleted by the member, or not confirmed yet"},
	{84074, API_GONE, ABSENCE_OUT_OF_SCOPE, "the member may not have customers, or the app may not see them"},
	{84084, API_GONE, ABSENCE_NO_RELATION, "the member does not follow this customer, or is outside the scope"},
	{85005, API_CONFIG, ABSENCE_NONE, "the domain's ownership was not proved: put the WW_verify file into place"},
	{85008, API_CONFIG, ABSENCE_NONE, "the trusted domain has no valid filing: see the console"},
	{86001, API_GONE, ABSENCE_GONE, "there is no such chat"},
	{86003, API_GONE, ABSENCE_GONE, "there is no such chat"},
	{90500, API_OURS, ABSENCE_NONE, GROUP ": its owner has not left"},
	{90501, API_GONE, ABSENCE_OUT_OF_SCOPE, "it is not a customer group"},
	{90502, API_OURS, ABSENCE_NONE, GROUP},
	{90503, API_OURS, ABSENCE_NONE, GROUP},
	{90504, API_OURS, ABSENCE_NONE, GROUP},
	{90505, API_OURS, ABSENCE_NONE, GROUP},
	{90506, API_OURS, ABSENCE_NONE, GROUP},
	{90507, API_OURS, ABSENCE_NONE, GROUP ": it is being handed over"},
	{90508, API_OURS, ABSENCE_NONE, GROUP ": it was handed over"},
	{90509, API_GONE, ABSENCE_OUT_OF_SCOPE, "it is not a customer group"},
	{90510, API_CONFIG, ABSENCE_NONE, "the corp was inactive for a year: its administrator becomes active again"},
	{90511, API_OURS, ABSENCE_NONE, GROUP},
	{90512, API_OURS, ABSENCE_NONE, GROUP},
	{90513, API_OURS, ABSENCE_NONE, GROUP},
	{90514, API_OURS, ABSENCE_NONE, GROUP},
	{92000, API_GONE, ABSENCE_OUT_OF_SCOPE, "outside the app's visible scope"},
	{301007, API_CONFIG, ABSENCE_NONE, "the corp is not available or was banned: ask WeCom"},
	{610023, API_CONFIG, ABSENCE_NONE, "the corp has more customers than it may: it enlarges its quota"},
	{610024, API_CONFIG, ABSENCE_NONE, "the corp's papers are missing: its administrator hands them in"},
	{701008, API_CONFIG, ABSENCE_NO_LICENCE, LICENCE},
	{701088, API_CONFIG, ABSENCE_NO_LICENCE, LICENCE},
	{701089, API_CONFIG, ABSENCE_NO_LICENCE, LICENCE},
	{701099, API_CONFIG, ABSENCE_NO_LICENCE, LICENCE},
	{701105, API_RESTART, ABSENCE_NONE, "the cursor is no longer valid"},
	{2000002, API_OURS, ABSENCE_NONE, "the corp id is not known"},
};

static const struct api_meaning unknown = {0, API_OURS, ABSENCE_NONE,
	"an error code that the table does not know: see WeCom's list of error codes"};
static const struct api_meaning bad_secret = {40001, API_CONFIG, ABSENCE_NONE,
	"the suite secret is wrong: see WECOM_SUITE_SECRET_FILE"};
static const struct api_meaning warned = {0, API_OURS, ABSENCE_NONE,
	"WeCom warns of a wrong format: it has passed over parts of the request"};

static int
compare_codes(const void *key, const void *element)
{
	int code = *(const int *)key, other = ((const struct api_meaning *)element)->code;

	return code < other ? -1 : code > other;
}

const struct api_meaning *
api_meaning(int code)
{
	const struct api_meaning *found = bsearch(&code, meanings, sizeof(meanings) / sizeof(meanings[0]),
	    sizeof(meanings[0]), compare_codes);

	return found != NULL ? found : &unknown;
}

const struct api_meaning *
api_meaning_in_call(int code, bool is_warned, bool asks_for_token)
{
	if (code == 0 && is_warned)
		return &warned;
	return code == bad_secret.code && asks_for_token ? &bad_secret : api_meaning(code);
}
