"""The app is installed from our own website: there and back, exchanged by the same job as any installation, then read."""

from urllib.parse import urlencode, urlsplit

import pytest

from harness import wait_until

from web_kit import SESSION, Person, Visitor, people, query_of


@pytest.fixture(scope="module")
def own(new_site):
    return new_site(serve={"corps": "5", "visitors": "2"})


@pytest.fixture
def visitor(own):
    return Visitor(own, own.url)


def corp_of(site, place):
    return site.serve.dump()["corps"][place]


def state_of(site, corp):
    rows = site.rows("select state from mirror.corp where auth_corp_id = %s", (corp,))
    return rows[0][0] if rows else None


def way_out(visitor):
    answer = visitor.get("/wecom/install")
    assert answer.status == 302, answer
    return answer.location


class TestRefused:
    """Before anybody installs."""

    def done(self, visitor, **query):
        return visitor.get("/wecom/install/done?" + urlencode(query))

    def test_what_wecom_is_asked(self, own, visitor):
        asked = query_of(way_out(visitor))
        assert urlsplit(visitor.last.location).path == "/3rdapp/install"
        assert asked["suite_id"] == own.settings.suite_id and asked["pre_auth_code"]
        assert asked["redirect_uri"] == own.url + "/wecom/install/done"
        calls = own.serve.calls("service/set_session_info")
        assert calls == 0 or own.serve.answered("service/set_session_info") == calls

    def test_without_a_state(self, own, visitor):
        for query in ({"auth_code": "made-up"}, {"auth_code": "made-up", "state": "abc"}, {"state": "abc"},
                      {"auth_code": "x" * 600, "state": "abc"}):
            answer = self.done(visitor, **query)
            assert answer.status in (302, 400, 403), answer
        assert own.rows("select count(*) from mirror.job where target like 'code:%%'") == [(0,)]

    def test_of_another_browser(self, own, visitor):
        state = query_of(way_out(visitor))["state"]
        thief = Visitor(own, own.url)
        assert self.done(thief, auth_code="made-up", state=state, expires_in=600).status in (302, 400, 403)
        assert own.rows("select count(*) from mirror.job where target like 'code:%%'") == [(0,)]

    def test_a_state_of_a_login(self, own, visitor):
        state = query_of(visitor.set_out())["state"]
        assert self.done(visitor, auth_code="made-up", state=state).status in (302, 400, 403)
        assert own.rows("select count(*) from mirror.job where target like 'code:%%'") == [(0,)]


def test_an_installation(own, visitor):
    corp = corp_of(own, 3)["id"]
    back = visitor.click(way_out(visitor), Person(corp, ""))
    assert query_of(back)["state"]
    old = visitor.copy()
    answer = visitor.request("GET", back)
    assert answer.status in (200, 302), answer
    if answer.status == 302:
        assert "auth_code" not in answer.location
        assert visitor.request("GET", answer.location).status == 200
    wait_until(lambda: state_of(own, corp) == "active", 30, "the exchange of the code")
    own.drained(60)
    assert own.rows("select backfilled_at is not null from wecom.corp where auth_corp_id = %s", (corp,), user="postgres") == [(True,)]
    found = own.compare()
    assert found, repr(found)
    assert own.serve.answered("service/v2/get_permanent_code") == 4  # three that were told of, and this one
    again = old.request("GET", back)
    assert again.status in (302, 400, 403), again
    own.drained(30)
    assert own.serve.answered("service/v2/get_permanent_code") == 4 and not own.serve.violations()

    admin = Visitor(own, own.url).log_in(Person(corp, corp_of(own, 3)["admins"][0]["id"]) if corp_of(own, 3)["auth_mode"] == 0
                                         else people(own).admin)
    assert SESSION in admin.cookies and admin.api("settings").json()["backfill"]["done"] is True


def test_no_secret_in_any_log(own):
    """Codes, tokens and tickets of all this are in no line of the pages' log."""
    text = own.pages["nginx"].text()
    codes = [row["code"] for row in own.serve.dump()["codes"]]
    assert text and not [code for code in codes if code in text]
    assert own.settings.leaked(text) == [] and "access_token=" not in text and "auth_code=" not in text
    assert not [row for row in own.rows("select body::text from mirror.event") for code in codes if code in row[0]]


def test_wecom_does_not_answer(own, visitor):
    """A page that says so, in time."""
    own.serve.fault("http_502", count=5, api="service/get_pre_auth_code")
    try:
        answer = visitor.get("/wecom/install")
    finally:
        own.serve.ask(do="api_reset")
    assert answer.status in (302, 502, 503, 504), answer
    assert visitor.get("/wecom/install").status == 302
