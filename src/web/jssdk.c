/* What a page needs for WeCom's component of names.  Tickets stay here; a page of ours is signed, and no other. */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "clock.h"
#include "fields.h"
#include "jssdk_sign.h"
#include "web.h"

#define URL_MAX_BYTES 2048
#define NONCE_BYTES 16

bool
jssdk_sign(const char *ticket, const char *nonce, long long timestamp, struct span url, struct arena *mem,
    char ret_signature[JSSDK_SIGNATURE_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	struct span text = arena_printf(mem, "jsapi_ticket=%s&noncestr=%s&timestamp=%lld&url=%.*s", ticket, nonce, timestamp,
	    (int)url.n, url.at);
	unsigned char digest[SHA_DIGEST_LENGTH];

	if (text.at == NULL)
		return false;
	SHA1((const unsigned char *)text.at, text.n, digest);
	for (int i = 0; i < SHA_DIGEST_LENGTH; i++) {
		ret_signature[2 * i] = digits[digest[i] >> 4];
		ret_signature[2 * i + 1] = digits[digest[i] & 15];
	}
	ret_signature[2 * SHA_DIGEST_LENGTH] = '\0';
	return true;
}

/* The address without its fragment, when it is a page of ours; absent: it is not. */
static struct span
page_address(const struct web *web, struct span url)
{
	size_t origin_n = strlen(web->conf->public_url);
	const char *mark = url.n == 0 ? NULL : memchr(url.at, '#', url.n);

	if (mark != NULL)
		url.n = (size_t)(mark - url.at);
	if (url.n > URL_MAX_BYTES || url.n <= origin_n || memcmp(url.at, web->conf->public_url, origin_n) != 0 ||
	    url.at[origin_n] != '/')
		return (struct span){NULL, 0};
	return url;
}

/* {timestamp, nonceStr, signature}; NULL: refused. */
static struct json_object *
signed_with(struct web *web, struct web_request *request, enum api_page_ticket name, struct span url)
{
	char ticket[API_TICKET_BYTES], nonce[SESSION_ID_BYTES], signature[JSSDK_SIGNATURE_BYTES];
	long long timestamp = clock_wall_us() / 1000000;
	struct json_object *object = json_object_new_object();
	struct api_answer failure;
	bool is_signed = false;

	if (!api_page_ticket_take(web->api, name, request->session.corp, ticket, &failure)) {
		detail_set(&request->why, "%s", failure.why);
		web_refuse(web, request, REASON_WECOM);
		json_object_put(object);
		return NULL;
	}
	if (session_id_new(nonce) == ST_OK) {
		nonce[NONCE_BYTES] = '\0';
		is_signed = jssdk_sign(ticket, nonce, timestamp, url, &request->mem, signature) && object != NULL &&
		    fields_put(object, "timestamp", json_object_new_int64(timestamp)) &&
		    fields_put_text(object, "nonceStr", span_of(nonce)) &&
		    fields_put_text(object, "signature", span_of(signature));
	}
	OPENSSL_cleanse(ticket, sizeof(ticket));
	if (is_signed)
		return object;
	json_object_put(object);
	web_refuse(web, request, REASON_BUG);
	return NULL;
}

static void
answer(struct web *web, struct web_request *request, struct span url)
{
	scoped(json_object) struct json_object *config = signed_with(web, request, API_PAGE_CORP, url);
	scoped(json_object) struct json_object *agent = config == NULL ? NULL : signed_with(web, request, API_PAGE_AGENT, url);
	scoped(json_object) struct json_object *all = json_object_new_object();
	char *text = NULL;

	if (config == NULL || agent == NULL)
		return;
	if (all != NULL && fields_put_text(all, "corpId", span_of(request->session.corp)) &&
	    fields_put(all, "agentId", json_object_new_int64(request->session.agent_id)) &&
	    fields_put(all, "config", json_object_get(config)) && fields_put(all, "agentConfig", json_object_get(agent)))
		text = fields_print(all);
	if (text == NULL)
		web_refuse(web, request, REASON_BUG);
	else
		web_answer_json(request, text);
}

void
web_jssdk(struct web *web, struct web_request *request)
{
	struct span url = page_address(web, form_value(&request->query, "url"));

	if (!web->conf->open_data || request->session.agent_id == 0) {
		web_refuse(web, request, REASON_NOT_FOUND);
		return;
	}
	if (url.at == NULL) {
		detail_set(&request->why, "url is no page of ours");
		web_refuse(web, request, REASON_BAD_REQUEST);
		return;
	}
	if (!web_wait_begin(web, request))
		return;
	answer(web, request, url);
	web_wait_end(web);
}
