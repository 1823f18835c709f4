"""The simulator's API by itself: it answers from the truth, keeps WeCom's rules and notices who does not.

No product here: the client below is a test's own, so that a mistake of both sides cannot hide.
"""

import contextlib
import http.client
import http.server
import json
import secrets
import shutil
import ssl
import tempfile
import threading
import time
from pathlib import Path

import pytest

from harness import Account, HarnessError, Settings, SimServe, wait_until

HALF, ACTIVE, BY_CUSTOMER, BY_STAFF = range(4)
CHAT = "externalcontact/groupchat/get"
CHATS = "externalcontact/groupchat/list"
PERMISSIONS = "agent/get_permissions"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Says `success` to every callback."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"success")

    def log_message(self, *_):  # pylint: disable=arguments-differ
        """Nothing to tell."""


class Client:
    """Calls by path; a corp is its place in the truth."""

    def __init__(self, sim, settings):
        self.sim, self.settings = sim, settings
        self.context = ssl.create_default_context(cafile=str(sim.certificate.authority))
        self.suite_token, self.codes, self.tokens = None, {}, {}

    def connect(self):
        made = http.client.HTTPSConnection("127.0.0.1", self.sim.port, context=self.context, timeout=20)
        made.connect()
        return made

    @staticmethod
    def post_over(connection, path, body=b"{}"):
        """Over a connection that is kept."""
        connection.request("POST", "/cgi-bin/" + path, body)
        return json.loads(connection.getresponse().read())

    def raw(self, method, path, body=None):
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, "/cgi-bin/" + path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def post(self, path, /, **body):
        return json.loads(self.raw("POST", path, json.dumps(body, ensure_ascii=False).encode())[1])

    def get(self, path):
        return json.loads(self.raw("GET", path)[1])

    def ask_suite_token(self, **other):
        return self.post("service/get_suite_token", **{
            "suite_id": self.settings.suite_id, "suite_secret": self.settings.secrets["WECOM_SUITE_SECRET_FILE"],
            "suite_ticket": self.sim.dump()["ticket"], **other})

    def suite(self, path, **body):
        if self.suite_token is None:
            self.suite_token = self.ask_suite_token()["suite_access_token"]
        return self.post(f"{path}?suite_access_token={self.suite_token}", **body)

    def exchange(self, place):
        code = [row for row in self.sim.dump()["codes"] if row["corp"] == place][-1]["code"]
        answer = self.suite("service/v2/get_permanent_code", auth_code=code)
        self.codes[answer["auth_corp_info"]["corpid"]] = answer["permanent_code"]
        return code

    def renew(self, corp):
        self.tokens[corp] = self.suite("service/get_corp_token", auth_corpid=corp,
                                       permanent_code=self.codes[corp])["access_token"]

    def of(self, corp, path, **query):
        return f"{path}?access_token={self.tokens[corp]}" + "".join(f"&{name}={value}" for name, value in query.items())

    def read(self, corp, path, **query):
        return self.get(self.of(corp, path, **query))

    def ask(self, corp, path, /, **body):
        return self.post(self.of(corp, path), **body)

    def pages(self, corp, path, name, **body):
        """All items of a listing, and the number of its pages."""
        found, cursor = [], ""
        for n in range(1, 200):
            answer = self.ask(corp, path, cursor=cursor, **body)
            assert code(answer) == 0, answer
            found += answer[name]
            cursor = answer["next_cursor"]
            if not cursor:
                return found, n
        raise AssertionError("a listing without end")


def code(answer):
    return answer.get("errcode", 0)


def crowd(client, corp, n, rounds=1, pause=0.0):
    """The codes of n calls together, in so many rounds: over connections that are open before the first of them."""
    found, line = [], threading.Barrier(n)

    def call():
        with contextlib.closing(client.connect()) as connection:
            for _ in range(rounds):
                line.wait(60)
                found.append(code(client.post_over(connection, client.of(corp, PERMISSIONS))))
                time.sleep(pause)

    threads = [threading.Thread(target=call) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture(scope="module")
def client(build):
    folder = Path(tempfile.mkdtemp(prefix="wecom-sim-api-"))  # another account must get in, which pytest's own folders forbid
    folder.chmod(0o755)
    account = Account()
    settings = Settings(folder / "settings", account).write()
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    sim = SimServe(build / "wecom-sim", settings.path, account, folder / "sim", corps="3", rate="0", seed="11",
                   members="24", relations="200", chats="12", roster="12")
    try:
        sim.start(f"http://127.0.0.1:{receiver.server_port}")
        made = Client(sim, settings)
        wait_until(lambda: code(made.ask_suite_token()) == 0, 20, "the first ticket")
        wait_until(lambda: all(corp["state"] == 1 for corp in sim.dump()["corps"]), 20, "the installations")
        for place, corp in enumerate(sim.dump()["corps"]):
            made.exchange(place)
            made.renew(corp["id"])
        yield made
    finally:
        assert sim.close() in (0, None)
        receiver.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sim(client):
    """Counts from zero before; afterwards no fault and no setting is left."""
    before = client.sim.ask(do="api_settings")
    del before["faults"]
    client.sim.ask(do="api_reset")
    yield client.sim
    client.sim.set(**before)
    client.sim.fault("all", share=0)
    client.sim.ask(do="api_reset")


@pytest.fixture
def corp(client, sim):
    """The corp that is open to the app."""
    assert sim
    return client.sim.dump()["corps"][0]["id"]


def corps(sim):
    return sim.dump()["corps"]


class TestAuthorisation:
    @pytest.mark.parametrize("wrong,expected", [({"suite_ticket": "old"}, 40085), ({"suite_id": "ww0"}, 40083)])
    def test_a_suite_token_needs_everything_right(self, client, sim, wrong, expected):
        assert sim
        assert code(client.ask_suite_token(**wrong)) == expected

    def test_the_ticket_before_the_last_is_good_for_a_while(self, client, sim):
        before = sim.dump()["ticket"]
        sim.deed("ticket")
        wait_until(lambda: sim.dump()["ticket"] != before and code(client.ask_suite_token()) == 0, 10, "a new ticket")
        assert code(client.ask_suite_token(suite_ticket=before)) == 0
        sim.set(ticket_overlap_seconds=0)
        assert code(client.ask_suite_token(suite_ticket=before)) == 40085

    def test_the_same_token_inside_its_life(self, client, sim, corp):
        assert sim
        first = client.tokens[corp]
        client.renew(corp)
        assert client.tokens[corp] == first
        assert client.ask_suite_token()["suite_access_token"] == client.suite_token

    def test_a_code_works_once(self, client, sim):
        used = sim.dump()["codes"][0]["code"]
        assert code(client.suite("service/v2/get_permanent_code", auth_code=used)) == 40078
        assert code(client.suite("service/v2/get_permanent_code", auth_code="none")) == 40078
        assert sim.violations() == {}
        assert code(client.suite("service/v2/get_permanent_code", auth_code=used)) == 40078
        assert sim.violations() == {"code_again": 1}

    def test_a_drawn_fault_never_loses_a_code(self, client, sim, corp):
        """It works only once: what chance took could not be had again."""
        sim.deed("install", corp=corp)
        given = next(row["code"] for row in sim.dump()["codes"] if row["corp"] == 0 and not row["is_used"])
        sim.set(slow_ms=1)
        sim.fault("all", share=1)
        sim.fault("revoke", share=0)
        for _ in range(100):
            with contextlib.suppress(http.client.HTTPException, ConnectionError):
                answer = client.suite("service/v2/get_permanent_code", auth_code=given)
                if code(answer) == 0:
                    break
                assert code(answer) == -1, answer
        assert answer["permanent_code"] == client.codes[corp]  # one of each corp, however many codes
        assert sim.counts()["api"]["faults"].keys() <= {"slow", "cut_before", "busy"}

    def test_wrong_permanent_codes_and_unknown_corps(self, client, sim, corp):
        assert sim
        for path in ("service/get_corp_token", "service/v2/get_auth_info"):
            assert code(client.suite(path, auth_corpid=corp, permanent_code="x")) == 40084
            assert code(client.suite(path, auth_corpid="wpNone", permanent_code="x")) == 40013

    def test_what_the_corp_granted(self, client, sim):
        for row in corps(sim):
            answer = client.suite("service/v2/get_auth_info", auth_corpid=row["id"],
                                  permanent_code=client.codes[row["id"]])
            agent, = answer["auth_info"]["agent"]
            assert answer["auth_corp_info"]["corp_name"] == row["name"]
            assert (agent["agentid"], agent["auth_mode"]) == (row["agent"], row["auth_mode"])
            assert agent["privilege"]["allow_user"] == [user["id"] for user in row["scope_users"]]
            assert len(client.ask(row["id"], PERMISSIONS)["app_permissions"]) == row["permissions"].bit_count()
            admins = client.ask(row["id"], "agent/get_admin_list")["admin"]
            assert len(admins) == (0 if row["auth_mode"] else len(row["admins"]))

    def test_cancelled(self, client, sim):
        gone = corps(sim)[2]["id"]
        sim.deed("cancel", corp=gone)
        assert code(client.ask(gone, PERMISSIONS)) == 48004
        before = client.codes[gone]
        assert code(client.suite("service/get_corp_token", auth_corpid=gone, permanent_code=before)) == 40084
        time.sleep(1.1)
        sim.deed("install", corp=gone)
        assert code(client.ask(gone, PERMISSIONS)) == 40014  # a token of the life before
        client.exchange(2)
        client.renew(gone)
        assert code(client.ask(gone, PERMISSIONS)) == 0


class TestTruth:
    """What is told is what is so."""

    def test_members(self, client, sim):
        for row in corps(sim):
            seen = {member["id"] for member in row["members"]
                    if code(client.read(row["id"], "user/get", userid=member["id"])) == 0}
            assert seen
            departments = client.read(row["id"], "department/simplelist")
            if row["auth_mode"] == 1:
                assert code(departments) == 60011
                assert code(client.read(row["id"], "user/list", department_id=99)) == 60011
                listed, n = client.pages(row["id"], "user/list_member_auth", "member_auth_list", limit=5)
                assert {item["open_userid"] for item in listed} == seen and n == (len(seen) + 4) // 5
                continue
            listed = set()
            for department in departments["department_id"]:
                answer = client.read(row["id"], "user/list", department_id=department["id"])
                assert code(answer) in (0, 60011)
                listed |= {user["userid"] for user in answer.get("userlist", [])}
            assert listed <= seen
        assert code(client.read(corps(sim)[0]["id"], "user/get", userid="woNobody")) == 60111
        assert sim.violations() == {}

    def test_customers_of_each_member(self, client, sim):
        """Whom the customer deleted is still shown, half a relation is not, nor one that the member ended."""
        for kind in ("delete_by_customer", "add_half", "delete") * 3:
            sim.deed(kind, corp=corps(sim)[0]["id"])
        assert {item["status"] for item in corps(sim)[0]["relations"]} == {HALF, ACTIVE, BY_CUSTOMER, BY_STAFF}
        for row in corps(sim):
            users = client.read(row["id"], "externalcontact/get_follow_user_list")["follow_user"]
            members = {member["id"]: member for member in row["members"]}
            assert users
            for user in users:
                truth = {item["customer"] for item in row["relations"]
                         if item["user"] == user and item["status"] in (ACTIVE, BY_CUSTOMER)}
                answer = client.read(row["id"], "externalcontact/list", userid=user)
                if row["is_license_enforced"] and not members[user]["is_licensed"]:
                    assert code(answer) == 701008
                elif not truth:
                    assert code(answer) == 84061
                else:
                    assert set(answer["external_userid"]) == truth
                    found, _ = client.pages(row["id"], "externalcontact/batch/get_by_user", "external_contact_list",
                                            userid_list=[user], limit=3)
                    assert sorted(item["external_contact"]["external_userid"] for item in found) == sorted(truth)

    def test_followers_in_pages(self, client, sim, corp):
        sim.set(followers_page=1)
        row = corps(sim)[0]
        users = set(client.read(corp, "externalcontact/get_follow_user_list")["follow_user"])
        for customer in {item["customer"] for item in row["relations"]}:
            truth = sorted(item["user"] for item in row["relations"] if item["customer"] == customer
                           and item["status"] in (ACTIVE, BY_CUSTOMER) and item["user"] in users)
            found, cursor = [], ""
            while True:
                answer = client.read(corp, "externalcontact/get", external_userid=customer, cursor=cursor)
                if code(answer) != 0:
                    assert truth == [] and code(answer) in (40096, 84061)
                    break
                found += [follower["userid"] for follower in answer["follow_user"]]
                cursor = answer.get("next_cursor", "")
                if not cursor:
                    assert sorted(found) == truth
                    break

    def test_chats(self, client, sim):
        for row in corps(sim):
            listed, _ = client.pages(row["id"], CHATS, "group_chat_list", limit=5)
            listed = {item["chat_id"] for item in listed}
            for chat in row["chats"]:
                answer = client.ask(row["id"], CHAT, chat_id=chat["id"], need_name=1)
                assert (code(answer) == 0) == (chat["id"] in listed), answer
                if code(answer) != 0:
                    assert code(answer) in (701008, 60011, 49008)
                    continue
                told, now = answer["group_chat"], chat["now"]
                assert (told["name"], told["owner"], told["notice"], told["member_version"]) == (
                    now["name"], now["owner"], now["notice"], now["version"])
                assert {(item["userid"], item["name"], item["type"]) for item in told["member_list"]} == {
                    (item["id"], item["name"], 1 if item["is_staff"] else 2) for item in now["roster"]}
        assert code(client.ask(corps(sim)[0]["id"], CHAT, chat_id="wrNone")) == 40050

    def test_a_dismissed_chat(self, client, sim, corp):
        sim.deed("dismiss_chat", corp=corp)
        gone = [chat["id"] for chat in corps(sim)[0]["chats"] if chat["dismiss_s"]]
        assert gone and {code(client.ask(corp, CHAT, chat_id=chat)) for chat in gone} == {49008}
        listed, _ = client.pages(corp, CHATS, "group_chat_list", limit=100)
        assert not {item["chat_id"] for item in listed} & set(gone)

    def test_owners_must_be_named_when_there_are_many(self, client, sim, corp):
        sim.set(owners_max=3)
        assert code(client.ask(corp, CHATS, limit=10)) == 81017
        owner = corps(sim)[0]["chats"][0]["now"]["owner"]
        assert code(client.ask(corp, CHATS, limit=10, owner_filter={"userid_list": [owner]})) == 0

    def test_tags(self, client, sim):
        path = "externalcontact/get_corp_tag_list"
        for row in corps(sim):
            groups = {group["id"]: group for group in row["groups"] if not group["delete_s"]}
            answer = client.ask(row["id"], path)
            assert {group["group_id"]: group["order"] for group in answer["tag_group"]} == {
                name: group["order"] for name, group in groups.items()}
            for group in answer["tag_group"]:
                assert {(tag["id"], tag["name"], tag["order"]) for tag in group["tag"]} == {
                    (tag["id"], tag["name"], tag["order"]) for tag in groups[group["group_id"]]["tags"]
                    if not tag["delete_s"]}
            one = client.ask(row["id"], path, tag_id=[answer["tag_group"][0]["tag"][0]["id"]])["tag_group"]
            assert len(one) == 1 and len(one[0]["tag"]) == 1 and one[0]["deleted"] is False
        assert code(client.ask(corps(sim)[0]["id"], path, tag_id=["etNone"])) == 40068

    def test_a_deleted_tag_says_so_when_asked_by_id(self, client, sim, corp):
        for _ in range(20):
            sim.deed("delete_tag", corp=corp)
            gone = [tag["id"] for group in corps(sim)[0]["groups"] for tag in group["tags"] if tag["delete_s"]]
            if gone:
                break
        group, = client.ask(corp, "externalcontact/get_corp_tag_list", tag_id=gone[:1])["tag_group"]
        assert [(tag["id"], tag["deleted"]) for tag in group["tag"]] == [(gone[0], True)]
        everything = client.ask(corp, "externalcontact/get_corp_tag_list")["tag_group"]
        assert not {tag["id"] for group in everything for tag in group["tag"]} & set(gone)

    def test_open_ids_and_the_block(self, client, sim, corp):
        path = "batch/userid_to_openuserid"
        known = [member["id"] for member in corps(sim)[0]["members"]]
        answer = client.ask(corp, path, userid_list=["plain." + name for name in known] + ["bad"])
        assert {pair["open_userid"] for pair in answer["open_userid_list"]} <= set(known)
        assert "bad" in answer["invalid_userid_list"] and code(answer) == 0
        sim.set(openid_errors=5)
        bad = [f"bad{i}" for i in range(6)]
        assert [code(client.ask(corp, path, userid_list=bad)) for _ in range(2)] == [0, 45009]
        assert sim.violations() == {"blocked": 1}


class TestWrongCalls:
    """Each is refused and noticed."""

    def test_tokens_in_wrong_places(self, client, sim, corp):
        assert code(client.get("user/get?userid=x")) == 41001
        assert code(client.get(f"user/get?userid=x&access_token={client.suite_token}")) == 40014
        assert code(client.post(PERMISSIONS, access_token=client.tokens[corp])) == 41001
        assert sim.violations() == {"parameter": 1, "token_kind": 1, "token_in_body": 1}

    @pytest.mark.parametrize("body,expected,violations", [
        (b'{"a":"\\u4e2d"}', 40033, {"unicode_escape": 1}),
        (b'{"a":"\\\\u4e2d"}', 0, {}),
        ('{"a":"中"}'.encode(), 0, {}),
        (b'{"a":"\\u0007"}', 0, {}),
        (b'{"a":', 40035, {"body": 1}),
        (b"[]", 40035, {"body": 1}),
        (b"", 0, {}),
    ])
    def test_bodies(self, client, sim, corp, body, expected, violations):
        assert code(json.loads(client.raw("POST", client.of(corp, PERMISSIONS), body)[1])) == expected
        assert sim.violations() == violations

    def test_methods_and_paths(self, client, sim, corp):
        assert code(client.read(corp, PERMISSIONS)) == 40035
        assert client.raw("GET", "nothing")[0] == 404
        assert sim.violations() == {"method": 1, "path": 1}

    @pytest.mark.parametrize("path,body", [
        (CHATS, {}), (CHATS, {"limit": 0}), (CHATS, {"limit": 1001}), (CHAT, {}), (CHAT, {"chat_id": 7}),
        ("externalcontact/batch/get_by_user", {"userid_list": []}),
        ("externalcontact/batch/get_by_user", {"userid_list": ["x"] * 101}),
        ("externalcontact/batch/get_by_user", {"userid_list": [1]}),
        ("batch/userid_to_openuserid", {"userid_list": ["x"] * 1001}),
    ])
    def test_parameters(self, client, sim, corp, path, body):
        assert code(client.ask(corp, path, **body)) in (40058, 40063, 40031)
        assert sim.violations() == {"parameter": 1}

    def test_bodies_without_end(self, client, sim, corp):
        assert sim
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            assert client.raw("POST", client.of(corp, PERMISSIONS), b" " * (2 << 20))[0] == 413
        assert code(client.ask(corp, PERMISSIONS)) == 0


class TestTokens:
    def test_revoked_and_used_again(self, client, sim, corp):
        sim.revoke_tokens(corp=corp)
        assert crowd(client, corp, 2) == [40014, 40014]
        assert sim.violations() == {}  # what was under way at the first refusal
        time.sleep(2.2)
        assert code(client.ask(corp, PERMISSIONS)) == 40014
        assert sim.violations() == {"old_token": 1}
        client.renew(corp)
        assert code(client.ask(corp, PERMISSIONS)) == 0

    def test_expired(self, client, sim, corp):
        sim.set(token_seconds=6)
        sim.revoke_tokens(corp=corp)
        client.renew(corp)
        assert code(client.ask(corp, PERMISSIONS)) == 0
        time.sleep(6.1)
        assert code(client.ask(corp, PERMISSIONS)) == 42001
        sim.set(token_seconds=7200)
        client.renew(corp)

    def test_the_suites(self, client, sim, corp):
        sim.revoke_tokens(kind="suite")
        assert code(client.suite("service/get_corp_token", auth_corpid=corp, permanent_code="x")) == 40082
        assert code(client.ask(corp, PERMISSIONS)) == 0
        client.suite_token = client.ask_suite_token()["suite_access_token"]


class TestLimits:
    def test_a_window(self, client, sim, corp):
        # calls that follow a refusal at once were under way: however long the machine takes over them
        sim.set(quota_calls=3, quota_window_ms=12000, quota_slack_ms=60000)
        assert [code(client.ask(corp, PERMISSIONS)) for _ in range(5)] == [0, 0, 0, 45009, 45009]
        assert code(client.ask(corp, "agent/get_admin_list")) == 0
        assert code(client.ask(corps(sim)[1]["id"], PERMISSIONS)) == 0
        assert sim.violations() == {}
        sim.set(quota_slack_ms=100)
        time.sleep(0.2)
        assert code(client.ask(corp, PERMISSIONS)) == 45009
        assert sim.violations() == {"while_limited": 1}
        wait_until(lambda: code(client.ask(corp, PERMISSIONS)) == 0, 30, "the end of the window", 0.2)

    def test_too_many_at_once(self, client, sim, corp):
        # so long that all eight are under way together, whatever else the machine does
        sim.set(concurrency=3, latency_ms=4000)
        found = crowd(client, corp, 8)
        assert found.count(0) == 3 and found.count(45033) == 5
        sim.set(latency_ms=150)
        assert set(crowd(client, corp, 3)) == {0}
        assert sim.violations() == {}
        assert sim.counts()["api"]["by_corp"][corp]["in_flight_most"] == 3

        # three rounds on end that come soon after a refusal and are as large; a machine that stands still breaks the row
        def is_noticed():
            crowd(client, corp, 8, rounds=6, pause=0.05)
            return list(sim.violations()) == ["concurrency_kept"]

        wait_until(is_noticed, 10, "the crowd that is kept to be noticed")


class TestFaults:
    def strike(self, client, corp, fault, path=CHATS, **more):
        client.sim.fault(fault, count=1, api=path, **more)
        return client.raw("POST", client.of(corp, path), b'{"limit":3}')

    def test_the_transport(self, client, sim, corp):
        with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
            self.strike(client, corp, "cut_before")
        with pytest.raises(http.client.IncompleteRead):
            self.strike(client, corp, "cut_middle")
        status, body = self.strike(client, corp, "http_502")
        assert status == 502 and body.startswith(b"<html>")
        sim.set(slow_ms=300)
        began = time.monotonic()
        self.strike(client, corp, "slow")
        assert time.monotonic() - began >= 0.3
        sim.set(huge_bytes=5_000_000)
        assert len(self.strike(client, corp, "huge_body")[1]) > 5_000_000
        assert sim.counts()["api"]["faults"] == dict.fromkeys(
            ("slow", "cut_before", "cut_middle", "http_502", "huge_body"), 1)

    def test_answers_that_are_none(self, client, sim, corp):
        assert sim
        for _ in range(12):
            body = self.strike(client, corp, "bad_json")[1]
            with contextlib.suppress(ValueError):
                assert not isinstance(json.loads(body), dict), body

    def test_members(self, client, sim, corp):
        """What is struck is what no client can do without."""
        assert sim
        whole = json.loads(client.raw("POST", client.of(corp, CHATS), b'{"limit":3}')[1])["group_chat_list"]
        for _ in range(6):
            for fault in ("wrong_type", "missing_member", "null_member"):
                found = json.loads(self.strike(client, corp, fault)[1]).get("group_chat_list")
                assert found != whole, fault
        body = self.strike(client, corp, "duplicate_member")[1]
        assert body.count(b'"errcode"') >= 3 and isinstance(json.loads(body), dict)
        assert "wrong json format" in json.loads(self.strike(client, corp, "warning")[1])["errmsg"]

    def test_codes(self, client, sim, corp):
        other = corps(sim)[1]["id"]
        sim.fault("errcode", code=60011, count=2, api=CHATS, corp=corp)
        assert code(client.ask(other, CHATS, limit=3)) == 0
        assert [code(client.ask(corp, CHATS, limit=3)) for _ in range(3)] == [60011, 60011, 0]
        assert code(json.loads(self.strike(client, corp, "busy")[1])) == -1
        assert code(json.loads(self.strike(client, corp, "conflict")[1])) == 6000

    def test_cursors(self, client, sim, corp):
        first = json.loads(self.strike(client, corp, "cursor_loop")[1])
        again = client.ask(corp, CHATS, limit=3, cursor=first["next_cursor"])
        assert again["group_chat_list"] == first["group_chat_list"]
        sim.fault("cursor_expired", count=1)
        assert code(client.ask(corp, CHATS, limit=3)) == 0  # it waits for a cursor
        assert code(client.ask(corp, CHATS, limit=3, cursor=again["next_cursor"])) == 50100
        assert code(client.ask(corp, CHATS, limit=3, cursor="nonsense")) == 50100
        assert code(client.ask(corps(sim)[1]["id"], CHATS, limit=3, cursor=again["next_cursor"])) == 50100
        assert len(json.loads(self.strike(client, corp, "short_page")[1])["group_chat_list"]) == 1
        sim.set(cursor_seconds=0)
        assert code(client.ask(corp, CHATS, limit=3, cursor=again["next_cursor"])) == 50100

    def test_a_listing_is_whole_whatever_happens_meanwhile(self, client, sim, corp):
        before, _ = client.pages(corp, CHATS, "group_chat_list", limit=100)
        first = client.ask(corp, CHATS, limit=2)
        sim.deed("create_chat", corp=corp)
        found, cursor = first["group_chat_list"], first["next_cursor"]
        sim.fault("short_page", share=0.5)
        while cursor:
            answer = client.ask(corp, CHATS, limit=2, cursor=cursor)
            found, cursor = found + answer["group_chat_list"], answer["next_cursor"]
        assert found == before

    def test_rates(self, client, sim, corp):
        sim.fault("busy", share=0.3)
        found = [code(client.ask(corp, PERMISSIONS)) for _ in range(200)]
        assert 30 <= found.count(-1) <= 95 and set(found) == {0, -1}

    @pytest.mark.parametrize("command", [
        {"do": "fault", "name": "nonsense", "share": 0.1}, {"do": "fault", "name": "slow", "share": 2},
        {"do": "fault", "name": "slow"}, {"do": "fault", "name": "errcode", "count": 1},
        {"do": "fault", "name": "slow", "count": 1, "api": "nothing"}, {"do": "set", "latency_ms": "much"},
        {"do": "set", "quota_calls": -1}, {"do": "set", "nonsense": 1}, {"do": "revoke_tokens", "kind": "x"},
    ])
    def test_commands_that_are_wrong(self, sim, command):
        with pytest.raises(Exception, match="wecom-sim serve"):
            sim.ask(**command)


def test_stale_reads(client, sim, corp):
    """As of up to four seconds ago, and never older."""
    sim.set(stale_ms=4000)
    time.sleep(4.1)
    before = {chat["id"]: chat["now"]["name"] for chat in corps(sim)[0]["chats"] if not chat["dismiss_s"]}
    sim.deed("change_name", corp=corp)
    at = time.monotonic()
    after = {chat["id"]: chat["now"]["name"] for chat in corps(sim)[0]["chats"] if not chat["dismiss_s"]}
    changed, = [chat for chat, name in after.items() if before[chat] != name]
    seen = []
    while time.monotonic() - at < 3 and len(set(seen)) < 2:
        seen.append(client.ask(corp, CHAT, chat_id=changed)["group_chat"]["name"])
        time.sleep(0.02)
    assert set(seen) == {before[changed], after[changed]}
    assert sim.counts()["api"]["stale"] > 0
    time.sleep(max(0, 4.05 - (time.monotonic() - at)))
    assert {client.ask(corp, CHAT, chat_id=changed)["group_chat"]["name"] for _ in range(30)} == {after[changed]}


def test_other_stale_reads(client, sim, corp):
    """A relation that has just begun is not seen at once, one that has just ended a little longer; never beyond 8 s."""
    before = {(item["user"], item["customer"]): item["status"] for item in corps(sim)[0]["relations"]}
    sim.set(stale_ms=8000, stale_all=1)
    sim.deed("add", corp=corp)
    sim.deed("delete", corp=corp)
    at = time.monotonic()
    after = {(item["user"], item["customer"]): item["status"] for item in corps(sim)[0]["relations"]}
    began, = [pair for pair in after if pair not in before]
    ended, = [pair for pair in before if before[pair] != after[pair]]

    def shows(pair):
        answer = client.read(corp, "externalcontact/list", userid=pair[0])
        return pair[1] in answer.get("external_userid", [])

    seen = {(shows(began), shows(ended)) for _ in range(60)}
    assert {item[0] for item in seen} >= {False} and {item[1] for item in seen} >= {True}
    time.sleep(max(0, 8.1 - (time.monotonic() - at)))
    assert {(shows(began), shows(ended)) for _ in range(20)} == {(True, False)}


def test_the_providers_own_calls(client, sim, corp):
    assert len(client.get(f"service/get_pre_auth_code?suite_access_token={client.suite_token}")["pre_auth_code"]) > 20
    token = client.post("service/get_provider_token", corpid=client.settings.provider_corp_id, provider_secret="any")
    path = f"license/get_app_license_info?provider_access_token={token['provider_access_token']}"
    found = client.post(path, corpid=corp, suite_id=client.settings.suite_id)
    assert found["license_status"] == 0 and found["trail_info"]["end_time"] > time.time()
    assert code(client.post(path, corpid="wpNone", suite_id=client.settings.suite_id)) == 2000002
    assert sim.violations() == {}


def test_counts(client, sim, corp):
    for _ in range(3):
        client.ask(corp, PERMISSIONS)
    client.ask(corp, CHAT, chat_id=secrets.token_hex(8))
    found = sim.counts()["api"]
    assert found["calls"] == 4 and found["ok"] == 3
    assert found["by_api"] == {PERMISSIONS: {"calls": 3, "ok": 3, "errors": 0},
                               CHAT: {"calls": 1, "ok": 0, "errors": 1}}
    assert found["by_corp"][corp]["by_api"] == {PERMISSIONS: 3, CHAT: 1}
    assert found["codes"] == {"0": 3, "40050": 1} and found["violations_n"] == 0


def test_figures_by_day(client, sim):
    """What happened is counted as it happens; totals of a day are what there is less what came later."""
    corp = client.sim.dump()["corps"][0]["id"]
    start = sim.ask(do="figures", corp=corp)
    assert sum(day["new"] for day in start["days"]) >= 200  # those it began with, and what other cases did here
    assert start["days"][-1]["total_end"] == start["now"]["pairs"]
    deeds = {"add": 3, "add_half": 2, "delete_by_customer": 1, "transfer": 1, "create_chat": 2, "dismiss_chat": 1, "join": 4}
    for kind, n in deeds.items():
        assert client.sim.deed(kind, corp=corp, count=n)["done"] == n
    found = sim.ask(do="figures", corp=corp)
    change = {name: sum(day[name] for day in found["days"]) - sum(day[name] for day in start["days"])
              for name in found["days"][0] if name != "day"}
    assert (change["new"], change["half"], change["half_converted"]) == (4, 2, 0)  # whoever takes over gains one, too
    assert (change["lost_by_customer"], change["transferred_away"], change["lost_by_staff"]) == (1, 1, 0)
    assert (change["groups_new"], change["groups_dismissed"]) == (2, 1)
    assert change["join_invite"] + change["join_qr"] >= 4
    assert found["days"][-1]["total_end"] == found["now"]["pairs"] == start["now"]["pairs"] + 4 - 2
    assert found["days"][-1]["groups_total"] == found["now"]["groups"]
    today = found["days"][-1]["day"]
    assert sim.ask(do="figures", corp=corp, **{"from": today, "to": today})["days"] == found["days"][-1:]
    empty = sim.ask(do="figures", corp=corp, **{"from": "2020-01-01", "to": "2020-01-02"})["days"]
    assert [(day["new"], day["total_end"]) for day in empty] == [(0, 0), (0, 0)]
    with pytest.raises(HarnessError):
        sim.ask(do="figures", corp=corp, **{"from": "yesterday", "to": today})
