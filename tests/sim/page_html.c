/* Plain pages: a heading, a table for each corp, a link for each person. */
#include "page_html.h"

#include <string.h>

static const char head[] =
    "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><link rel=\"icon\" href=\"data:,\">"
    "<title>模拟企业微信</title><style>"
    "body{font:14px/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1f2329;"
    "background:#f5f6f7}h1{font-size:1.2rem}section{background:#fff;border:1px solid #dee0e3;border-radius:8px;"
    "margin:1rem 0;padding:.5rem 1rem}h2{font-size:1rem;margin:.4rem 0}small{color:#8f959e}"
    "a{display:flex;justify-content:space-between;padding:.45rem .2rem;border-top:1px solid #eff0f1;color:#1456f0;"
    "text-decoration:none;font-family:ui-monospace,monospace;font-size:13px}a:hover{background:#f0f4ff}"
    "</style><p><small>模拟企业微信 · simulated WeCom, on this machine only</small></p>";

static void
add(struct text *html, const char *words)
{
	text_add_escaped(html, words, strlen(words));
}

static void
add_link(struct text *html, const struct page_link *link, const char *corp, const char *user)
{
	text_printf(html, "<a href=\"%s?", link->path);
	for (size_t i = 0; link->names[i] != NULL; i++) {
		if (link->values[i][0] == '\0')
			continue;
		text_printf(html, "%s=", link->names[i]);
		text_add_percent(html, link->values[i], strlen(link->values[i]));
		text_adds(html, "&amp;");
	}
	text_printf(html, "sim_corp=%s&amp;sim_user=%s\">", corp, user);
}

static const struct truth_admin *
find_admin(const struct truth_corp *corp, const char *user)
{
	for (size_t i = 0; i < corp->admins.n && corp->auth_mode == 0; i++) {
		const struct truth_admin *admin = list_at(&corp->admins, i);

		if (strcmp(admin->id, user) == 0)
			return admin;
	}
	return NULL;
}

bool
page_html_is_admin(const struct truth_corp *corp, const char *user)
{
	return find_admin(corp, user) != NULL;
}

static const char *
role_of(const struct truth_corp *corp, const char *user)
{
	const struct truth_admin *admin = find_admin(corp, user);

	if (admin == NULL)
		return "成员 · member";
	return admin->auth_type == 1 ? "应用管理员 · admin" : "可发消息的管理员 · may only send";
}

static void
add_person(
    struct text *html, const struct truth_corp *corp, const struct truth_member *member, const struct page_link *link)
{
	add_link(html, link, corp->id, member->id);
	text_printf(html, "<span>%s</span><small>%s%s</small></a>", member->id, role_of(corp, member->id),
	    truth_is_in_scope(corp, member) ? "" : " · 不在可见范围 · out of scope");
}

/* Ids are letters, digits, - and _: they need no escaping. */
static void
add_corp(struct text *html, const struct truth_corp *corp, const struct page_link *link, enum page_people people)
{
	static const char *const states[] = {
	    [TRUTH_NOT_INSTALLED] = "未安装 · not installed",
	    [TRUTH_INSTALLED] = "已安装 · installed",
	    [TRUTH_CANCELLED] = "已卸载 · cancelled",
	};

	text_adds(html, "<section><h2>");
	add(html, corp->name);
	text_printf(html, "</h2><small>%s · %s%s</small>", corp->id, states[corp->state],
	    corp->auth_mode == 1 ? " · 成员授权 · authorised by members" : "");
	if (people == PAGE_INSTALLERS) {
		add_link(html, link, corp->id, "");
		text_adds(html, "<span>安装 · install</span></a>");
	}
	for (size_t i = 0; i < corp->members.n && people != PAGE_INSTALLERS; i++) {
		const struct truth_member *member = list_at(&corp->members, i);

		if (people != PAGE_ADMINS || page_html_is_admin(corp, member->id))
			add_person(html, corp, member, link);
	}
	text_adds(html, "</section>");
}

void
page_html_people(struct text *html, const char *title, const struct truth *truth, const struct page_link *link,
    enum page_people people)
{
	text_printf(html, "%s<h1>%s</h1>", head, title);
	for (size_t i = 0; i < truth->corps.n; i++) {
		const struct truth_corp *corp = list_at(&truth->corps, i);
		bool is_installed = corp->state == TRUTH_INSTALLED;

		if ((people == PAGE_ADMINS && !is_installed) || (people == PAGE_INSTALLERS && is_installed))
			continue;
		add_corp(html, corp, link, people);
	}
	if (people != PAGE_ANYBODY)
		return;
	text_adds(html, "<section><h2>非企业成员 · no member of any corp</h2>");
	add_link(html, link, "", "");
	text_adds(html, "<span>openid</span></a></section>");
}

void
page_html_refusal(struct text *html, int code, const char *why)
{
	text_printf(html, "%s<h1>%d</h1><section><p>", head, code);
	add(html, why);
	text_adds(html, "</p></section>");
}
