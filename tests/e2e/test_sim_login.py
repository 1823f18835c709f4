"""The simulator's side of login and install by itself: what a browser is shown, and what the codes are good for.

No product here, as in test_sim_api.py.
"""

import base64
import http.client
import http.server
import re
import shutil
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from harness import Account, Settings, SimServe, wait_until
from harness.sim import PATHS

from test_sim_api import Client, Receiver, code

BACK = "http://127.0.0.1:8080/wecom/login/done"
INSTALLED, CANCELLED = 1, 2
USER_INFO = "service/auth/getuserinfo3rd"


class Browser(Client):
    """The other half: pages by path, never following."""

    login_token = None

    def page(self, path, /, **query):
        connection = http.client.HTTPConnection("127.0.0.1", self.sim.pages_port, timeout=10)
        try:
            connection.request("GET", path + "?" + urlencode(query))
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location"), answer.read().decode()
        finally:
            connection.close()

    @property
    def corps(self):
        return self.sim.dump()["corps"]

    def oauth(self, **more):
        return self.page("/connect/oauth2/authorize", **{"appid": self.settings.suite_id, "redirect_uri": BACK,
                         "response_type": "code", "scope": "snsapi_base", "state": "s1", **more})

    def web(self, **more):
        return self.page("/wwlogin/sso/login", **{"login_type": "ServiceApp", "redirect_uri": BACK, "state": "s2",
                         "appid": self.settings.values["WECOM_LOGIN_SUITE_ID"], **more})

    def install(self, **more):
        return self.page("/3rdapp/install", **{"suite_id": self.settings.suite_id, "redirect_uri": BACK, "state": "s3",
                         "pre_auth_code": self.pre_auth_code(), **more})

    def suite_get(self, path, **query):
        if self.suite_token is None:
            self.suite_token = self.ask_suite_token()["suite_access_token"]
        return self.get(f"{path}?" + urlencode({"suite_access_token": self.suite_token, **query}))

    def login_get(self, path, **query):
        if self.login_token is None:
            wait_until(lambda: code(self.ask_login_token()) == 0, 10, "the login suite's ticket")
            self.login_token = self.ask_login_token()["suite_access_token"]
        return self.get(f"{path}?" + urlencode({"suite_access_token": self.login_token, **query}))

    def ask_login_token(self, **other):
        return self.post("service/get_suite_token", **{
            "suite_id": self.settings.values["WECOM_LOGIN_SUITE_ID"], "suite_ticket": self.receiver.login_ticket,
            "suite_secret": self.settings.secrets["WECOM_LOGIN_SUITE_SECRET_FILE"], **other})

    def provider_token(self):
        return self.post("service/get_provider_token", corpid=self.settings.provider_corp_id,
                         provider_secret="any")["provider_access_token"]

    def pre_auth_code(self):
        return self.suite_get("service/get_pre_auth_code")["pre_auth_code"]

    def person(self, place=0, who=0):
        corp = self.corps[place]
        return {"sim_corp": corp["id"], "sim_user": corp["members"][who]["id"]}

    def code(self, asked):
        status, location, text = asked
        assert status == 302, text
        query = parse_qs(urlsplit(location).query)
        return (query.get("code") or query["auth_code"])[0]


def opened(sealed, key):
    """The plaintext with what stands around it; garbage under another key."""
    raw = base64.b64decode(key + "=")
    decryptor = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).decryptor()
    return (decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()).decode(errors="replace")


class Opener(Receiver):
    """A receiver that opens what it gets, to know the login suite's ticket."""

    login_ticket = ""
    key = login_suite = None

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        plain = opened(re.search(r"<Encrypt><!\[CDATA\[(.*?)\]\]>", body).group(1), Opener.key)
        if Opener.login_suite in plain:
            Opener.login_ticket = re.search(r"<SuiteTicket><!\[CDATA\[(.*?)\]\]>", plain).group(1)
            assert Opener.login_suite in plain.split("</xml>")[1], "its receiveid is the login suite's id, too"
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"success")


@pytest.fixture(scope="module")
def browser(build):
    folder = Path(tempfile.mkdtemp(prefix="wecom-sim-login-"))  # another account must get in, which pytest's own folders forbid
    folder.chmod(0o755)
    account = Account()
    settings = Settings(folder / "settings", account, login=True).write()
    Opener.key = settings.aes_key
    Opener.login_suite = settings.values["WECOM_LOGIN_SUITE_ID"]
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Opener)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    sim = SimServe(build / "wecom-sim", settings.path, account, folder / "sim", corps="4", visitors="1", rate="0",
                   seed="11", trusted="127.0.0.1:8080,pages.example", settings_url="http://127.0.0.1:8080/wecom/settings")
    try:
        sim.start(f"http://127.0.0.1:{receiver.server_port}")
        made = Browser(sim, settings)
        made.receiver = Opener
        wait_until(lambda: code(made.ask_suite_token()) == 0, 20, "the first ticket")
        wait_until(lambda: [corp["state"] for corp in made.corps][:3] == [INSTALLED] * 3, 20, "the installations")
        for place in range(3):
            made.exchange(place)
            made.renew(made.corps[place]["id"])
        yield made
    finally:
        assert sim.close() in (0, None)
        receiver.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sim(browser):
    before = browser.sim.ask(do="api_settings")
    del before["faults"]
    browser.sim.ask(do="api_reset")
    yield browser.sim
    browser.sim.set(**before)


def test_the_visitor_waits(browser):
    """It stays out until somebody installs the app on the website."""
    assert browser.corps[3]["state"] == 0


class TestOauth:
    def test_a_list_and_a_click(self, browser, sim):
        status, _, text = browser.oauth()
        assert status == 200
        for corp in browser.corps:
            assert all(member["id"] in text for member in corp["members"])
        assert not any(corp["name"] in text for corp in browser.corps if "<" in corp["name"])
        href = re.search(rf'href="([^"]*sim_user={browser.person()["sim_user"]})"', text).group(1).replace("&amp;", "&")
        click = urlsplit(href)
        status, location, _ = browser.page(click.path, **dict(parse_qsl(click.query)))
        assert status == 302 and location.startswith(BACK + "?code=") and location.endswith("&state=s1")
        answer = browser.suite_get(USER_INFO, code=browser.code((status, location, "")))
        who = browser.person()
        assert (code(answer), answer["corpid"], answer["userid"], answer["open_userid"]) == (
            0, who["sim_corp"], who["sim_user"], who["sim_user"])
        assert not sim.violations()

    def test_a_code_is_good_once(self, browser, sim):
        found = browser.code(browser.oauth(**browser.person()))
        assert code(browser.suite_get(USER_INFO, code=found)) == 0
        assert code(browser.suite_get(USER_INFO, code=found)) == 42003

    def test_and_not_for_ever(self, browser, sim):
        sim.set(code_seconds=0.2)
        found = browser.code(browser.oauth(**browser.person()))
        time.sleep(0.3)
        assert code(browser.suite_get(USER_INFO, code=found)) == 42003

    def test_an_unknown_code(self, browser, sim):
        assert code(browser.suite_get(USER_INFO, code="made-up")) == 40029
        assert code(browser.suite_get(USER_INFO)) == 40058

    def test_somebody_of_no_corp(self, browser, sim):
        answer = browser.suite_get(USER_INFO, code=browser.code(browser.oauth(sim_corp="", sim_user="")))
        assert code(answer) == 0 and answer["openid"] and "userid" not in answer and "corpid" not in answer

    def test_a_corp_without_the_app(self, browser, sim):
        who = browser.person(3)
        answer = browser.suite_get(USER_INFO, code=browser.code(browser.oauth(**who)))
        assert (answer["corpid"], answer["userid"]) == (who["sim_corp"], who["sim_user"])

    @pytest.mark.parametrize("uri", ["http://evil.example/wecom/login/done", "http://127.0.0.1:8081/", "http://127.0.0.1/",
                                     "http://127.0.0.1:8080@evil.example/", "//127.0.0.1:8080/", "javascript:alert(1)",
                                     "http://127.0.0.1:8080.evil.example/", "http://127.0.0.1:8080\\@evil.example/"])
    def test_back_to_the_trusted_domain_only(self, browser, sim, uri):
        status, location, text = browser.oauth(redirect_uri=uri, **browser.person())
        assert (status, location) == (400, None) and "50001" in text

    @pytest.mark.parametrize("wrong", [{"appid": "wwother"}, {"response_type": "token"}, {"scope": "all"},
                                       {"state": "a" * 129}, {"state": "a-b"}, {"redirect_uri": ""}])
    def test_what_wecom_refuses(self, browser, sim, wrong):
        assert browser.oauth(**browser.person(), **wrong)[0] == 400

    def test_nobody_can_be_made_up(self, browser, sim):
        assert browser.oauth(sim_corp=browser.corps[0]["id"], sim_user=browser.corps[1]["members"][0]["id"])[0] == 400

    def test_the_parameters_are_only_words(self, browser, sim):
        text = browser.oauth(redirect_uri=BACK + '?"><script>x</script>')[2]
        assert "<script>" not in text and '"><' not in text.replace('">', "").replace("</a><", "")
        assert browser.oauth(redirect_uri=BACK + "?a=1", **browser.person())[1].startswith(BACK + "?a=1&code=")


class TestWebLogin:
    def test_its_code_belongs_to_the_login_suite(self, browser, sim):
        status, _, text = browser.web()
        assert status == 200 and browser.person()["sim_user"] in text
        who = browser.person(1)
        assert code(browser.suite_get(USER_INFO, code=browser.code(browser.web(**who)))) == 40029
        answer = browser.login_get(USER_INFO, code=browser.code(browser.web(**who)))
        assert (answer["corpid"], answer["userid"]) == (who["sim_corp"], who["sim_user"])
        assert code(browser.login_get(USER_INFO, code=browser.code(browser.oauth(**who)))) == 40029

    @pytest.mark.parametrize("wrong, expected", [({"redirect_uri": "http://evil.example/"}, "-31020"), ({"appid": "ww1"}, "-31027"),
                                                 ({"login_type": "CorpApp"}, "-31040")])
    def test_what_wecom_refuses(self, browser, sim, wrong, expected):
        status, _, text = browser.web(**browser.person(), **wrong)
        assert status == 400 and expected in text
        assert "-31037" in browser.web(appid=browser.settings.suite_id)[2]

    def test_its_token_is_good_for_nothing_else(self, browser, sim):
        assert code(browser.login_get("service/get_pre_auth_code")) == 40014
        assert sim.violations() == {"token_kind": 1}

    def test_its_secret_and_ticket(self, browser, sim):
        assert code(browser.ask_login_token(suite_secret="wrong")) == 40080
        assert code(browser.ask_login_token(suite_ticket=browser.sim.dump()["ticket"])) == 40085
        assert code(browser.ask_suite_token(suite_secret="wrong")) == 40080
        assert code(browser.ask_suite_token(suite_ticket=browser.receiver.login_ticket)) == 40085
        assert code(browser.ask_suite_token(suite_id="wwother")) == 40083


class TestAdminConsole:
    def test_an_admin_jumps(self, browser, sim):
        status, _, text = browser.page("/admin")
        admins = {admin["id"] for corp in browser.corps if corp["state"] == INSTALLED and corp["auth_mode"] == 0
                  for admin in corp["admins"]}
        assert status == 200 and admins and set(re.findall(r"sim_user=([\w-]+)", text)) == admins
        who = browser.person()
        status, location, _ = browser.page("/admin", **who)
        assert status == 302 and location.startswith("http://127.0.0.1:8080/wecom/settings?auth_code=")
        answer = browser.login_get(USER_INFO, code=browser.code((status, location, "")))
        assert (answer["corpid"], answer["userid"]) == (who["sim_corp"], who["sim_user"])

    def test_the_old_way(self, browser, sim):
        who = browser.person()
        found = browser.code(browser.page("/admin", **who))
        path = f"service/get_login_info?access_token={browser.provider_token()}"
        answer = browser.post(path, auth_code=found)
        assert (answer["user_info"]["userid"], answer["corp_info"]["corpid"]) == (who["sim_user"], who["sim_corp"])
        assert answer["agent"][0]["auth_type"] == 1
        assert code(browser.post(path, auth_code=found)) == 42003
        assert code(browser.post(path, auth_code=browser.code(browser.oauth(**who)))) == 40029

    def test_nobody_else_does(self, browser, sim):
        assert browser.page("/admin", **browser.person(who=5))[0] == 400


class TestInstall:
    def test_one_click_installs(self, browser, sim):
        """And nothing is pushed for it: the code goes back with the browser only."""
        corp = browser.corps[3]["id"]
        before = sim.counts()["events"]
        pre_auth = browser.pre_auth_code()
        path = f"service/set_session_info?suite_access_token={browser.suite_token}"
        assert code(browser.post(path, pre_auth_code=pre_auth, session_info={"auth_type": 0})) == 0
        assert code(browser.post(path, pre_auth_code="no", session_info={"auth_type": 0})) == 40077
        assert code(browser.post(path, pre_auth_code=pre_auth, session_info={"auth_type": 7})) == 40058
        status, _, text = browser.install(pre_auth_code=pre_auth)
        assert status == 200 and re.findall(r"sim_corp=([\w-]+)", text) == [corp]
        status, location, _ = browser.install(pre_auth_code=pre_auth, sim_corp=corp)
        query = parse_qs(urlsplit(location).query)
        assert status == 302 and query["expires_in"] == ["600"] and query["state"] == ["s3"]
        assert browser.corps[3]["state"] == INSTALLED
        assert "42007" in browser.install(pre_auth_code=pre_auth)[2]

        found = query["auth_code"][0]
        answer = browser.suite("service/v2/get_permanent_code", auth_code=found)
        assert answer["auth_corp_info"]["corpid"] == corp
        assert code(browser.suite("service/v2/get_permanent_code", auth_code=found)) == 40078
        wait_until(lambda: sim.counts()["events"] > before and not sim.counts()["pending"], 10, "its members' events")
        assert "40013" in browser.install(sim_corp=corp)[2]

    def test_without_a_code(self, browser, sim):
        assert "40077" in browser.install(pre_auth_code="made-up")[2]
        sim.set(pre_auth_seconds=0.2)
        old = browser.pre_auth_code()
        time.sleep(0.3)
        assert "42007" in browser.install(pre_auth_code=old)[2]
        assert "50001" in browser.install(redirect_uri="http://evil.example/")[2]
        assert "40083" in browser.install(suite_id="wwother")[2]


class TestTickets:
    def ask(self, browser, path, **query):
        corp = browser.corps[0]["id"]
        return browser.read(corp, path, **query)

    def test_two_tickets(self, browser, sim):
        corp_ticket = self.ask(browser, "get_jsapi_ticket")
        agent = self.ask(browser, "ticket/get", type="agent_config")
        assert corp_ticket["ticket"] != agent["ticket"] and 7100 < agent["expires_in"] <= 7200
        assert self.ask(browser, "get_jsapi_ticket")["ticket"] == corp_ticket["ticket"]
        assert code(self.ask(browser, "ticket/get", type="jsapi")) == 40058
        corp = browser.corps[0]["id"]
        assert sim.ask(do="jsapi_ticket", corp=corp, kind="agent")["ticket"] == agent["ticket"]
        assert sim.ask(do="jsapi_ticket", corp=corp, kind="corp")["ticket"] == corp_ticket["ticket"]

    def test_a_ticket_is_no_token(self, browser, sim):
        ticket = self.ask(browser, "get_jsapi_ticket")["ticket"]
        assert code(browser.get(f"get_jsapi_ticket?access_token={ticket}")) == 40014

    def test_they_expire(self, browser, sim):
        first = self.ask(browser, "ticket/get", type="agent_config")["ticket"]
        sim.set(token_seconds=2)
        other = browser.corps[1]["id"]
        one = browser.read(other, "ticket/get", type="agent_config")["ticket"]
        assert one != first
        time.sleep(1.2)
        assert browser.read(other, "ticket/get", type="agent_config")["ticket"] != one

    def test_a_hundred_an_hour(self, browser, sim):
        answers = [code(self.ask(browser, "ticket/get", type="agent_config")) for _ in range(101)]
        assert answers == [0] * 100 + [45009]
        assert code(browser.read(browser.corps[1]["id"], "ticket/get", type="agent_config")) == 0
        sim.ask(do="api_reset")
        assert code(self.ask(browser, "ticket/get", type="agent_config")) == 0
        sim.set(hour_seconds=0.3)
        for _ in range(101):
            answer = self.ask(browser, "ticket/get", type="agent_config")
            assert code(answer) in (0, 45009)
        time.sleep(0.4)
        assert code(self.ask(browser, "ticket/get", type="agent_config")) == 0


@pytest.mark.parametrize("path", ["/", "/connect/oauth2/", "/wwlogin", "/admin/x", "/cgi-bin/get_jsapi_ticket"])
def test_other_paths(browser, sim, path):
    assert browser.page(path)[0] == 404


def test_a_page_is_for_get(browser, sim):
    connection = http.client.HTTPConnection("127.0.0.1", browser.sim.pages_port, timeout=10)
    connection.request("POST", "/admin", "a=" + quote("x" * 100000))
    assert connection.getresponse().status == 405
    connection.close()


def test_the_pages_are_beside_the_api_too(browser, sim):
    connection = http.client.HTTPSConnection("127.0.0.1", browser.sim.port, context=browser.context, timeout=10)
    connection.request("GET", "/admin")
    assert connection.getresponse().status == 200
    connection.close()


class Splitter(Receiver):
    """A receiver that notes which path each body came by."""

    got = []

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        Splitter.got.append((urlsplit(self.path).path, re.search(r"<Encrypt><!\[CDATA\[(.*?)\]\]>", body).group(1)))
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"success")


def test_a_login_suite_with_keys_of_its_own(build, place):
    """Its ticket comes by its own path, under its own key; everything else by the app's."""
    account = Account()
    settings = Settings(place / "settings", account, login=True, login_keys=True).write()
    suite = settings.values["WECOM_LOGIN_SUITE_ID"]
    keys = {PATHS["login"]: settings.login_aes_key, PATHS["command"]: settings.aes_key, PATHS["data"]: settings.aes_key}
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Splitter)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    sim = SimServe(build / "wecom-sim", settings.path, account, place / "sim", corps="2", rate="0", seed="11")
    try:
        sim.start(f"http://127.0.0.1:{receiver.server_port}")
        wait_until(lambda: {path for path, _ in Splitter.got} >= {PATHS["login"], PATHS["command"]} and len(Splitter.got) >= 4, 20,
                   "tickets and installations")
    finally:
        sim.close()
        receiver.shutdown()
    told = [(path, opened(sealed, keys[path])) for path, sealed in Splitter.got]
    assert [(path, "suite_ticket" in text) for path, text in told if suite in text] == [(PATHS["login"], True)]
    assert PATHS["login"] not in {path for path, text in told if settings.suite_id in text} >= {PATHS["command"]}
