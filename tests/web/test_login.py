"""Logging in and out, in every way there is, and in those that must not be one."""

import re
import time
from urllib.parse import urlencode, urlsplit

import pytest

from web_kit import FOR_ADMINS, FOR_MEMBERS, SESSION, Person, Visitor, query_of, session_of

OPEN_REDIRECTS = ["//evil.example/", "https://evil.example/", "http://evil.example", "/\\evil.example", "\\\\evil.example",
                  "/wecom/..//evil.example", "/wecom/../../evil.example", "javascript:alert(1)", "/wecom/%0d%0aSet-Cookie:a=b",
                  "/wecom/\r\nX-Evil: 1", "/%2f/evil.example", "///evil.example", "/wecom/@evil.example/../..//evil.example",
                  "wecom/workspace", "/wecom/" + "a" * 5000, "/wecom/login/start?how=oauth", "/wecom\t//evil.example",
                  "https:evil.example", "/.evil.example", "/wecom/workspace\x00//evil.example"]


class TestWays:
    @pytest.mark.parametrize("how", ["oauth", "web", "console"])
    def test_an_administrator(self, site, url, who, how):
        visitor = Visitor(site, url).log_in(who.admin, how)
        assert visitor.last.status == 302, visitor.last
        assert urlsplit(visitor.last.location).path == ("/wecom/settings" if how == "console" else "/wecom/workspace")
        me = visitor.api("me").json()
        assert (me["corp_id"], me["userid"], me["is_admin"], me["state"]) == (*who.admin, True, "active")
        assert me["corp_name"] == site.serve.dump()["corps"][0]["name"] and me["time_zone"] == "Asia/Shanghai"
        assert visitor.get("/wecom/settings").status == visitor.get("/wecom/workspace").status == 200

    @pytest.mark.parametrize("how", ["oauth", "web"])
    def test_a_member(self, site, url, who, how):
        visitor = Visitor(site, url).log_in(who.member, how)
        me = visitor.api("me").json()
        assert (me["userid"], me["is_admin"]) == (who.member.user, False)
        assert visitor.get("/wecom/workspace").status == 200
        assert visitor.get("/wecom/settings").status == 403
        assert [visitor.api(name).status for name in FOR_MEMBERS] == [200] * len(FOR_MEMBERS)
        assert [visitor.api(name).status for name in FOR_ADMINS] == [403] * len(FOR_ADMINS)
        assert visitor.act("resync", kind="tag", target="").status == 403
        assert visitor.act("unpark", kind="tag", target="").status == 403

    def test_a_corp_without_administrators(self, site, url, who):
        """Authorised by its members: everybody sees the workspace, nobody the settings."""
        visitor = Visitor(site, url).log_in(who.third)
        assert visitor.api("me").json()["is_admin"] is False and visitor.get("/wecom/settings").status == 403

    def test_the_page_asked_for_is_the_page_shown(self, guest, who):
        answer = guest.get("/wecom/settings")
        assert answer.status == 302 and urlsplit(answer.location).path == "/wecom/login"
        assert query_of(answer.location)["next"].startswith("/wecom/settings")
        guest.log_in(who.admin, next="/wecom/settings")
        assert urlsplit(guest.last.location).path == "/wecom/settings"

    def test_nothing_secret_stays_in_the_address(self, site, url, who):
        visitor = Visitor(site, url).log_in(who.admin, "console")
        assert "code" not in visitor.last.location
        visitor.log_in(who.admin)
        assert "code" not in visitor.last.location and "state" not in visitor.last.location

    def test_what_wecom_is_asked(self, site, guest):
        asked = query_of(guest.set_out("oauth"))
        assert (asked["appid"], asked["scope"], asked["response_type"]) == (site.settings.suite_id, "snsapi_base", "code")
        assert asked["redirect_uri"] == guest.url + "/wecom/login/done"
        assert guest.last.location.endswith("#wechat_redirect")
        asked = query_of(guest.set_out("web"))
        assert (asked["appid"], asked["login_type"]) == (site.settings.values["WECOM_LOGIN_SUITE_ID"], "ServiceApp")
        assert re.fullmatch(r"[a-zA-Z0-9]{16,128}", asked["state"])

    @pytest.mark.parametrize("how", ["", "sms", "oauth%00", "OAUTH"])
    def test_ways_that_there_are_not(self, guest, how):
        assert guest.get("/wecom/login/start", how=how).status in (400, 404)


class TestRefusedByTheCorp:
    def test_somebody_of_no_corp(self, guest):
        guest.log_in(Person("", ""))
        assert guest.last.status in (302, 403) and SESSION not in guest.cookies
        assert guest.last.status == 403 or guest.last.location.startswith(("/wecom/login", guest.url + "/wecom/login"))

    def test_a_corp_that_has_not_installed(self, guest, who):
        guest.log_in(who.outsider)
        assert SESSION not in guest.cookies and guest.api("me").status == 401


class TestState:
    """The state is bound to the browser that set out, and good once."""

    def back(self, guest, who, **change):
        location = guest.click(guest.set_out(), who.member)
        query = {**query_of(location), **change}
        return "/wecom/login/done?" + urlencode(query)

    def refused(self, visitor, address):
        answer = visitor.get(address)
        assert answer.status in (302, 400, 403), answer
        assert answer.status != 302 or "/wecom/login" in answer.location
        assert SESSION not in visitor.cookies and visitor.api("me").status == 401

    def test_another_browser(self, site, guest, who):
        self.refused(Visitor(site, guest.url), self.back(guest, who))

    def test_another_browser_that_has_set_out_too(self, site, guest, who):
        victim = Visitor(site, guest.url)
        victim.set_out()
        self.refused(victim, self.back(guest, who))

    def test_twice(self, site, guest, who):
        address = self.back(guest, who)
        before = guest.copy()
        assert guest.get(address).status == 302 and SESSION in guest.cookies
        self.refused(before, address)

    @pytest.mark.parametrize("state", ["", "a", "0" * 64, "a" * 5000, "' or 1=1 --", "\x00", "ä"])
    def test_made_up(self, guest, who, state):
        self.refused(guest, self.back(guest, who, state=state))

    def test_none_at_all(self, guest, who):
        location = guest.click(guest.set_out(), who.member)
        self.refused(guest, "/wecom/login/done?code=" + query_of(location)["code"])
        self.refused(guest, "/wecom/login/done")

    def test_too_late(self, site, guest, who):
        address = self.back(guest, who)
        site.rows("update wecom.login_state set expires_at = now() - interval '1 second'", user="postgres")
        self.refused(guest, address)


class TestCode:
    def test_of_somebody_else(self, site, guest, who):
        """A code works once: whoever got hold of it later gets nothing, even with a state of his own."""
        code = query_of(guest.click(guest.set_out(), who.member))["code"]
        state = query_of(guest.set_out())["state"]
        assert guest.get("/wecom/login/done", code=code, state=state).status == 302 and SESSION in guest.cookies
        thief = Visitor(site, guest.url)
        state = query_of(thief.set_out())["state"]
        thief.get("/wecom/login/done", code=code, state=state)
        assert SESSION not in thief.cookies

    def test_too_late(self, site, guest, who):
        site.serve.set(code_seconds=0.1)
        try:
            back = guest.click(guest.set_out(), who.member)
            time.sleep(0.2)
            guest.request("GET", back)
        finally:
            site.serve.set(code_seconds=300)
        assert SESSION not in guest.cookies and guest.last.status in (302, 400, 403)

    @pytest.mark.parametrize("code", ["", "made-up", "a" * 600, "' or 1=1 --", "\x00", "<script>"])
    def test_made_up(self, guest, code):
        state = query_of(guest.set_out())["state"]
        answer = guest.get("/wecom/login/done", code=code, state=state)
        assert answer.status in (302, 400, 403) and SESSION not in guest.cookies and "<script>" not in answer.text.replace(
            "<script type", "").replace("<script src", "")

    def test_of_the_other_suite(self, site, guest, who):
        """A code of the web login is no good for the way inside WeCom."""
        code = query_of(guest.click(guest.set_out("web"), who.member))["code"]
        state = query_of(guest.set_out("oauth"))["state"]
        guest.get("/wecom/login/done", code=code, state=state)
        assert SESSION not in guest.cookies

    @pytest.mark.parametrize("code", ["made-up", "a" * 600, ""])
    def test_from_the_console_made_up(self, guest, code):
        answer = guest.get("/wecom/settings", auth_code=code)
        assert answer.status in (302, 400, 403) and SESSION not in guest.cookies

    def test_from_the_console_twice(self, site, guest, who):
        back = guest.here(guest.click(f"{site.serve.pages_base}/admin", who.admin))
        assert guest.request("GET", back).status == 302 and SESSION in guest.cookies
        thief = Visitor(site, guest.url)
        thief.request("GET", back)
        assert SESSION not in thief.cookies


@pytest.mark.parametrize("target", OPEN_REDIRECTS)
def test_next_leads_nowhere_else(site, guest, who, target):
    answer = guest.get("/wecom/login/start", how="oauth", next=target)
    assert answer.status in (302, 400), answer
    assert "X-Evil" not in answer.headers and "a" not in answer.cookies
    if answer.status == 302:
        guest.request("GET", guest.click(answer.location, who.member))
        parts = urlsplit(guest.last.location)
        assert guest.last.status == 302 and parts.netloc in ("", urlsplit(guest.url).netloc), guest.last
        assert parts.path.startswith("/wecom/") and "//" not in parts.path and ".." not in parts.path, guest.last
        assert "X-Evil" not in guest.last.headers and "a" not in guest.last.cookies


@pytest.mark.parametrize("target", OPEN_REDIRECTS[:8])
def test_the_login_page_links_nowhere_else(guest, target):
    text = guest.get("/wecom/login", next=target).text
    assert "evil.example" not in re.sub(r"next=[^\"'&]*", "", text)


class TestSession:
    def test_the_cookie(self, site, guest, who):
        guest.log_in(who.member)
        line = guest.last.cookies[SESSION].lower().replace(" ", "")
        assert ";httponly" in line and ";samesite=lax" in line and ";path=/" in line and "domain=" not in line
        value = session_of(guest.last.cookies[SESSION])
        assert len(value) >= 43 and who.member.user not in value
        stored = site.rows("select encode(session_hash, 'hex') from wecom.session", user="postgres")
        assert stored and not any(row[0] in value or value in row[0] for row in stored)
        assert value not in site.pages["nginx"].text() and value not in site.pages["apache"].text()

    def test_each_login_is_a_new_one(self, site, guest, who):
        guest.log_in(who.member)
        first = guest.cookies[SESSION]
        guest.log_in(who.member)
        assert guest.cookies[SESSION] != first

    def test_a_session_given_before_the_login_is_not_kept(self, guest, who):
        guest.cookies[SESSION] = "A" * 86
        guest.log_in(who.member)
        assert guest.cookies[SESSION] != "A" * 86

    @pytest.mark.parametrize("spoil", [
        lambda value: value[:-1] + ("A" if value[-1] != "A" else "B"),
        lambda value: ("A" if value[0] != "A" else "B") + value[1:],
        lambda value: value[:len(value) // 2],
        lambda value: value + "A",
        lambda value: value + "; " + SESSION + "=x",
        lambda value: value.swapcase(),
        lambda value: "",
        lambda value: "A" * 8000,
        lambda value: "%00" + value,
        lambda value: value.replace(".", "..") if "." in value else value[::-1],
        lambda value: "' or 1=1 --",
        lambda value: "\xe4" * 43,
    ])
    def test_a_forged_one(self, member, spoil):
        value = member.cookies[SESSION]
        member.cookies[SESSION] = spoil(value)
        answer = member.api("me")
        # a cookie given twice may be taken by its first value, or refused
        assert answer.status in (400, 401, 431, 502) or (SESSION + "=x" in spoil(value) and answer.status == 200), answer
        assert member.get("/wecom/workspace").status in (302, 400, 431, 502) or SESSION + "=x" in spoil(value)

    def test_half_of_two(self, site, member, other):
        """The id of one with the signature of the other."""
        one, two = member.cookies[SESSION], other.cookies[SESSION]
        for cut in range(0, min(len(one), len(two)), 7):
            member.cookies[SESSION] = one[:cut] + two[cut:]
            assert member.api("me").status == 401 or member.cookies[SESSION] in (one, two)

    def test_it_expires(self, site, member, who):
        site.rows("update wecom.session set expires_at = now() - interval '1 second' where userid = %s", (who.member.user,),
                  user="postgres")
        assert member.api("me").status == 401
        assert member.get("/wecom/workspace").status == 302

    def test_a_stolen_one_dies_with_the_logout(self, member):
        thief = member.copy()
        assert thief.api("me").status == 200
        answer = member.post("/wecom/logout", {"X-CSRF-Token": member.token})
        assert answer.status in (200, 302, 303) and SESSION not in member.cookies
        assert thief.api("me").status == 401 and thief.get("/wecom/workspace").status == 302
        assert thief.csv("customers").status == 401

    def test_logout_is_no_link(self, member):
        """An image on another site cannot log anybody out."""
        assert member.get("/wecom/logout").status in (404, 405)
        assert member.post("/wecom/logout").status == 403
        assert member.api("me").status == 200


    def test_nobody(self, guest):
        for name in (*FOR_MEMBERS, *FOR_ADMINS, "customer", "chat", "jssdk"):
            answer = guest.api(name)
            assert answer.status == 401 and set(answer.json()) >= {"error", "request_id"}, answer
            assert guest.csv(name).status in (401, 404)
        for path in ("/wecom/workspace", "/wecom/settings"):
            answer = guest.get(path)
            assert answer.status == 302 and urlsplit(answer.location).path == "/wecom/login"
        assert guest.post("/wecom/api/resync", kind="tag", target="").status in (401, 403)
