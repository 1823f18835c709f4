"""WeCom's scripts turned on: which hosts a page may use, how it is signed, and that tickets are few and stay here."""

import hashlib
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import wait_until

from web_kit import FOR_ADMINS, FOR_MEMBERS, LISTS, PAGES, Visitor, people

SCRIPTS = Path(__file__).resolve().parents[2] / "src" / "web" / "page"
WORKERS = 3
HOSTS = {"https://wwcdn.weixin.qq.com", "https://res.wx.qq.com", "https://open.work.weixin.qq.com"}
TICKETS = {"config": ("corp", "get_jsapi_ticket"), "agentConfig": ("agent", "ticket/get")}


@pytest.fixture(scope="module")
def own(new_site):
    return new_site(WECOM_OPEN_DATA="on", WECOM_WEB_WORKERS=WORKERS, serve={"corps": "4", "visitors": "1"})


@pytest.fixture(scope="module")
def persons(own):
    return people(own)


@pytest.fixture
def visitor(own, persons):
    return Visitor(own, own.url).log_in(persons.admin)


def calls(site):
    return [site.serve.calls(path) for _, path in TICKETS.values()]


def ticket_of(site, corp, kind):
    return site.serve.ask(do="jsapi_ticket", corp=corp, kind=kind)["ticket"]


def is_signed(site, corp, answer, page):
    """By the tickets that WeCom gave to that corp."""
    return all(said["signature"] == hashlib.sha1(
        f"jsapi_ticket={ticket_of(site, corp, kind)}&noncestr={said['nonceStr']}&timestamp={said['timestamp']}&url={page}"
        .encode()).hexdigest() for said, kind in ((answer[part], kind) for part, (kind, _) in TICKETS.items()))


def policy(answer):
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";")]
    assert len({words[0] for words in parts}) == len(parts), "the second of a name would be passed over"
    return {words[0]: set(words[1:]) for words in parts}


class TestTickets:
    """The first tests: nothing has been signed yet."""

    def test_one_call_for_all_who_come_at_once(self, own, persons):
        visitors = [Visitor(own, own.url).log_in(persons.admin) for _ in range(4)]  # half of a worker's threads: none is turned away
        assert calls(own) == [0, 0]
        page = own.url + "/wecom/workspace"
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda one: one.api("jssdk", url=page), visitors))
        assert [answer.status for answer in answers] == [200] * 4, answers
        assert all(is_signed(own, persons.admin.corp, answer.json(), page) for answer in answers)
        assert calls(own) == [1, 1]

    def test_no_further_one(self, own, visitor, persons):
        """Not for another page, nor another member, nor by new workers: they find them in the database."""
        assert visitor.api("jssdk", url=own.url + "/").status == 200
        before = calls(own)
        member = Visitor(own, own.url).log_in(persons.member)
        for i in range(15):
            for one in (visitor, member):
                assert one.api("jssdk", url=f"{own.url}/wecom/workspace?{i}").status == 200
        pool = own.pages["nginx"]
        old = pool.children
        pool.hup()
        wait_until(lambda: len(pool.children) == WORKERS and not set(pool.children) & set(old), 20, "new workers")
        for _ in range(15):
            assert visitor.api("jssdk", url=own.url + "/wecom/workspace").status == 200
        assert calls(own) == before and not own.serve.violations()

    def test_of_another_corp(self, own, visitor, persons):
        page = own.url + "/wecom/workspace"
        other = Visitor(own, own.url).log_in(persons.other).api("jssdk", url=page).json()
        assert other["corpId"] == persons.other.corp and is_signed(own, persons.other.corp, other, page)
        assert not is_signed(own, persons.admin.corp, other, page)
        assert is_signed(own, persons.admin.corp, visitor.api("jssdk", url=page).json(), page)

    def test_wecom_refuses_one(self, own, persons):
        """No half answer; and so few calls an hour are allowed that a refusal is remembered, by each worker."""
        visitor = Visitor(own, own.url).log_in(persons.third)
        own.serve.fault("errcode", code=48002, count=1000, api="ticket/get", corp=persons.third.corp)
        before = calls(own)
        try:
            for _ in range(20):
                answer = visitor.api("jssdk", url=own.url + "/wecom/workspace")
                assert answer.status == 503 and answer.json()["reason"] == "wecom", answer
                assert "signature" not in answer.text and "48002" not in answer.text
            asked = calls(own)[1] - before[1]
        finally:
            own.serve.ask(do="api_reset")
        assert 1 <= asked <= WORKERS
        assert "48002" in own.pages["nginx"].text()

    def test_they_stay_here(self, own, visitor, persons):
        """No answer of any kind holds one, nor a token; neither does the log, nor the database as it stands."""
        visitor.api("jssdk", url=own.url + "/wecom/workspace")
        secrets = [ticket_of(own, persons.admin.corp, kind) for kind, _ in TICKETS.values()]
        secrets.append(own.serve.ask(do="token", corp=persons.admin.corp)["access_token"])
        answers = [visitor.get(path) for path in (*PAGES, "/wecom/no-such-page", "/healthz", "/wecom/install/done")]
        answers += [visitor.api(name) for name in (*FOR_MEMBERS, *FOR_ADMINS, "none")] + [visitor.csv(name) for name in LISTS]
        answers += [visitor.api("jssdk", url=url) for url in (own.url + "/wecom/workspace", own.url + "/", "", "https://evil.example/")]
        answers.append(Visitor(own, own.web["nginx"].local_url).get("/metrics"))
        assert all(secrets) and len(answers) > 30 and {200, 400, 404} <= {answer.status for answer in answers}
        for answer in answers:
            assert not [one for one in secrets if one in answer.text or one in str(answer.headers)], answer
        assert not [one for one in secrets if one in own.pages["nginx"].text()]
        rows = own.rows("select t::text from wecom.token as t where kind like '%%ticket%%' or kind = 'access_token'", user="postgres")
        assert len(rows) >= 3 and not [one for one in secrets for row in rows if one in row[0]]


class TestSignature:
    @pytest.mark.parametrize("path", ["/", "/wecom/workspace", "/wecom/workspace?a=1&b=%E5%AE%A2", "/wecom/settings?x=a+b%2Bc"])
    def test_of_a_page(self, own, visitor, persons, path):
        page = own.url + path
        assert is_signed(own, persons.admin.corp, visitor.api("jssdk", url=page).json(), page)
        assert is_signed(own, persons.admin.corp, visitor.api("jssdk", url=page + "#/losses?from=2026-01-01").json(), page)

    def test_of_now_and_once(self, own, visitor):
        answers = [visitor.api("jssdk", url=own.url + "/").json() for _ in range(5)]
        said = [answer[part] for answer in answers for part in TICKETS]
        assert len({one["nonceStr"] for one in said}) == len({one["signature"] for one in said}) == 10
        assert all(abs(one["timestamp"] - time.time()) < 60 and len(one["nonceStr"]) >= 16 for one in said)
        assert all(set(one) == {"timestamp", "nonceStr", "signature"} for one in said)

    @pytest.mark.parametrize("spoil", ["{}.evil.example/", "{}0/", "{}@evil.example/", "{}:80/", "{}", "{}#/", "{}\\/", "{}?/",
                                       "x{}/", " {}/"])
    def test_of_no_other_place(self, own, visitor, spoil):
        """What only begins like our address."""
        answer = visitor.api("jssdk", url=spoil.format(own.url))
        assert answer.status == 400 and "signature" not in answer.text, answer


class TestPolicy:
    @pytest.mark.parametrize("path", [*PAGES, "/wecom/no-such-page", "/wecom/install/done"])
    def test_of_the_pages(self, visitor, path):
        """WeCom's three hosts and ourselves, by name and over TLS; the frame is for the one that shows names."""
        found = policy(visitor.get(path))
        assert found["default-src"] == found["base-uri"] == found["frame-ancestors"] == {"'none'"}
        assert found["script-src"] == found["style-src"] == found["connect-src"] == {"'self'"} | HOSTS
        assert found["img-src"] == {"'self'", "data:"} | HOSTS
        assert found["font-src"] == found["form-action"] == {"'self'"}
        assert found["frame-src"] == {"https://open.work.weixin.qq.com"}
        assert visitor.last.headers["X-Frame-Options"] == "DENY"

    def test_of_what_is_no_page(self, visitor):
        for path in ("/wecom/api/me", "/wecom/api/none", "/wecom/csv/customers", "/wecom/csv/none", "/healthz"):
            assert policy(visitor.get(path)) == {"default-src": {"'none'"}, "frame-ancestors": {"'none'"}}

    def test_our_scripts_load_from_nowhere_else(self):
        text = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS.glob("*.js"))
        found = set(re.findall(r"https://[a-z0-9.-]*(?:weixin|wx)\.qq\.com", text))
        assert found and found <= HOSTS


class TestTurnedOff:
    """As it is for all other tests of the pages."""

    def test_nothing_is_signed(self, member, url):
        answer = member.api("jssdk", url=url + "/wecom/workspace")
        assert answer.status == 404 and "signature" not in answer.text

    def test_no_other_host(self, admin):
        for path in (*PAGES, "/wecom/no-such-page"):
            found = policy(admin.get(path))
            assert found["script-src"] == found["style-src"] == found["connect-src"] == {"'self'"} and "frame-src" not in found
            assert "https:" not in admin.last.headers["Content-Security-Policy"]
