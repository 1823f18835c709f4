"""What the pages are told: figures that equal SQL, lists, files, and nothing of another corp."""

import csv
import hashlib
import io
import json
from datetime import date, timedelta

import pytest

from harness import wait_until

from web_kit import FOR_MEMBERS, LISTS, RANGED, Visitor, people

CSV_NAMES = (*LISTS, "customer_daily", "group_daily", "tags")
RUBBISH_DAYS = ["", "yesterday", "2026-13-01", "2026-02-30", "0000-00-00", "99999-01-01", "-1", "now()", "'; drop table x; --",
                "2026-11-01T00:00:00Z", "20261101", "infinity", "\u0661\u0662", "2026-11-01\x00", "1" * 3000]


def sql(site, corp, query, *parameters):
    """As an analyst of that corp sees it."""
    return site.rows(f"select set_config('app.corp', %s, false); {query}", (corp, *parameters), user="wecom_report")


def shanghai_today(site):
    return site.rows("select (now() at time zone 'Asia/Shanghai')::date")[0][0]


class TestFigures:
    def test_overview(self, site, member, who):
        answer = member.api("overview").json()
        today = shanghai_today(site)
        assert (answer["to"], answer["from"]) == (str(today), str(today - timedelta(days=29)))
        assert answer["previous_to"] == str(today - timedelta(days=30))
        figures = {row["name"]: row["value"] for row in answer["figures"]}
        assert list(figures) == ["customers_total", "new", "lost", "net", "half", "readded", "groups_total",
                                 "group_members_external", "joined", "quit"]
        daily = sql(site, who.member.corp, "select sum(new), sum(lost_by_staff + lost_by_customer), sum(net), "
                    "sum(half), sum(readded) from report.customer_daily where day between %s and %s", answer["from"], answer["to"])
        assert [int(value) for value in daily[0]] == [figures[name] for name in ("new", "lost", "net", "half", "readded")]
        assert figures["new"] > 60 and figures["lost"] >= 6

    def test_the_truths_own_count(self, site, member, who):
        """What the simulated WeCom counted itself, event by event."""
        truth = site.serve.ask(do="figures", corp=who.member.corp)
        said = {row["day"]: row for row in member.api("overview").json()["customer_daily"]}
        for day in truth["days"]:
            mine = said[day["day"]]
            for name in ("new", "lost_by_staff", "lost_by_customer", "transferred_away", "half_converted", "total_end"):
                assert int(mine[name]) == day[name], (day["day"], name)
        groups = {row["day"]: row for row in member.api("overview").json()["group_daily"]}
        for day in truth["days"]:
            mine = groups[day["day"]]
            for name in ("groups_new", "groups_dismissed", "groups_total", "join_invite", "join_qr", "quit_self", "kicked"):
                assert int(mine[name]) == day[name], (day["day"], name)
        last = groups[truth["days"][-1]["day"]]
        assert (int(last["members_staff"]), int(last["members_external"])) == (
            truth["now"]["members_staff"], truth["now"]["members_external"])

    @pytest.mark.parametrize("name, view, key", [
        ("channels", "report.channel_state", "state"), ("groups", "report.group_list", "chat_id"),
        ("duplicates", "report.duplicate_members", "external_userid"), ("customers", "mirror.customer", "external_userid")])
    def test_lists_are_whole(self, site, member, who, name, view, key):
        answer = member.api(name, limit=500).json()
        found = sorted(str(row[key]) for row in answer["rows"])
        wanted = sorted(str(row[0]) for row in sql(site, who.member.corp, f"select {key} from {view}"))
        assert found == wanted and answer["total"] == len(wanted) and wanted

    def test_staff(self, site, member, who):
        today = shanghai_today(site)
        span = (today - timedelta(days=6), today)
        rows = member.rows("staff", **{"from": span[0], "to": span[1]}, limit=500)
        wanted = sql(site, who.member.corp, "select userid, customers, new, lost_by_staff, lost_by_customer, net "
                     "from report.staff_ranking(%s, %s, %s)", who.member.corp, *span)
        columns = ("userid", "customers", "new", "lost_by_staff", "lost_by_customer", "net")
        assert sorted(tuple(row[name] for name in columns) for row in rows) == sorted(tuple(row) for row in wanted)

    def test_tags_in_wecoms_order(self, site, member, who):
        truth = next(corp for corp in site.serve.dump()["corps"] if corp["id"] == who.member.corp)
        groups = [group for group in member.api("tags").json()["groups"] if group["deleted_at"] is None]
        wanted = sorted((group for group in truth["groups"] if not group["delete_s"]), key=lambda group: -group["order"])
        assert [group["group_id"] for group in groups] == [group["id"] for group in wanted]
        for mine, real in zip(groups, wanted):
            living = sorted((tag for tag in real["tags"] if not tag["delete_s"]), key=lambda tag: -tag["order"])
            assert [tag["tag_id"] for tag in mine["tags"] if tag["deleted_at"] is None] == [tag["id"] for tag in living]

    def test_a_customer_and_a_chat(self, site, member, who):
        truth = next(corp for corp in site.serve.dump()["corps"] if corp["id"] == who.member.corp)
        relation = next(row for row in truth["relations"] if row["status"] == 1)
        answer = member.api("customer", external_userid=relation["customer"]).json()
        names = {row["id"]: row["name"] for row in truth["customers"]}
        assert answer["customer"]["name"] == names[relation["customer"]]
        assert relation["user"] in [row["userid"] for row in answer["follows"]] and answer["timeline"]
        chat = next(row for row in truth["chats"] if not row["dismiss_s"])
        answer = member.api("chat", chat_id=chat["id"]).json()
        assert (answer["chat"]["name"] or "") == chat["now"]["name"]
        assert {row["member_id"] for row in answer["members"]} >= {row["id"] for row in chat["now"]["roster"]}

    def test_settings(self, site, admin, who):
        answer = admin.api("settings").json()
        truth = next(corp for corp in site.serve.dump()["corps"] if corp["id"] == who.admin.corp)
        assert (answer["corp"]["corp_id"], answer["corp"]["corp_name"], answer["corp"]["state"]) == (
            truth["id"], truth["name"], "active")
        assert {row["userid"] for row in answer["admins"]} == {row["id"] for row in truth["admins"]}
        assert "externalcontact:base:base" in answer["permissions"] and answer["backfill"]["done"] is True
        assert answer["jobs"]["parked"] == [] and not {"secret", "ticket", "access_token"} & set(answer["credentials"])
        assert admin.rows("usage") and isinstance(admin.api("trust").json()["rows"], list)


class TestLists:
    @pytest.mark.parametrize("name", LISTS)
    def test_pages_and_order(self, member, name):
        whole = member.api(name, limit=500).json()
        assert set(whole) >= {"rows", "total", "limit", "offset"} and len(whole["rows"]) == min(whole["total"], 500)
        if whole["total"] < 3:
            return
        half = [*member.rows(name, limit=2), *member.rows(name, limit=498, offset=2)]
        assert half == whole["rows"]
        column = next(iter(whole["rows"][0]))
        for sort in (column, "-" + column):
            rows = member.rows(name, sort=sort, limit=500)
            values = [row[column] for row in rows if row[column] is not None]
            ordered = sorted(values, reverse=sort.startswith("-"))
            assert len(rows) == len(whole["rows"]) and (values == ordered or name in ("customers", "staff", "groups", "owners"))

    def test_a_search(self, member):
        one = next(row for row in member.rows("customers", limit=500) if row["name"])
        found = member.rows("customers", q=one["name"][:8], limit=500)
        assert one["external_userid"] in [row["external_userid"] for row in found]
        assert member.rows("customers", q=one["external_userid"])[0]["external_userid"] == one["external_userid"]

    @pytest.mark.parametrize("q", ["%", "_", "\\", "'", '"', "<b>", "😀", ";", "%%", "(", "[", "\u202e", "' or true --", "x" * 2000])
    def test_a_search_is_for_words(self, member, q):
        answer = member.api("customers", q=q, limit=500)
        assert answer.status in (200, 400), answer
        if answer.status == 200:
            named = [row for row in member.rows("customers", limit=500)
                     if q.lower() in (row["name"] or "").lower() or q.lower() in row["external_userid"].lower()]
            assert len(answer.json()["rows"]) == len(named)

    @pytest.mark.parametrize("query", [
        {"limit": 0}, {"limit": 501}, {"limit": -1}, {"limit": "all"}, {"limit": "9" * 30}, {"offset": -1}, {"offset": "x"},
        {"offset": "9" * 30}, {"sort": "no_such_column"}, {"sort": "name; drop table x"}, {"sort": "-"}, {"sort": "--name"},
        {"sort": "(select 1)"}, {"sort": "x" * 3000}])
    def test_arguments_that_are_none(self, member, query):
        for name in LISTS:
            answer = member.api(name, **query)
            assert answer.status == 400 and answer.json()["error"] and answer.json()["request_id"], answer

    def test_unknown_names(self, member):
        for name in ("nothing", "me/x", "overview.json", "..", "page_overview", "Overview", "%6de%00"):
            assert member.get(f"/wecom/api/{name}").status in (400, 404)
            assert member.get(f"/wecom/csv/{name}").status in (400, 404)

    @pytest.mark.parametrize("value", ["", "x", "wm" + "A" * 30, "' or 1=1 --", "<script>alert(1)</script>", "\x00", "a" * 5000, "😀"])
    def test_ids_that_are_none(self, member, value):
        for name, key in (("customer", "external_userid"), ("chat", "chat_id")):
            answer = member.api(name, **{key: value})
            # one that is well formed is no customer or chat of this corp; anything else is no id
            assert answer.status == 404 if value in ("x", "wm" + "A" * 30) else answer.status in (400, 404), answer
            assert answer.json()["error"]


class TestDays:
    @pytest.mark.parametrize("value", RUBBISH_DAYS)
    def test_rubbish(self, member, value):
        for name in ("overview", "losses"):
            for end in ("from", "to"):
                answer = member.api(name, **{end: value})
                assert answer.status == 400 or (value == "" and answer.status == 200), answer
                assert member.csv("losses", **{end: value}).status == answer.status

    def test_a_hundred_years(self, member):
        for name in ("overview", "losses", "staff", "owners", "group_changes"):
            answer = member.api(name, **{"from": "1926-01-01", "to": "2026-01-01"})
            assert answer.status == 400 and "400" in answer.json()["error"], answer

    def test_backwards(self, member):
        assert member.api("overview", **{"from": "2026-11-02", "to": "2026-11-01"}).status == 400

    def test_the_longest(self, site, member):
        today = shanghai_today(site)
        span = {"to": today, "from": today - timedelta(days=399)}
        assert member.api("overview", **span).status == 200
        assert member.api("overview", **{**span, "from": today - timedelta(days=400)}).status == 400

    def test_far_away(self, member):
        for day in ("0001-01-01", "9999-12-31"):
            assert member.api("overview", **{"from": day, "to": day}).status in (200, 400)

    def test_twice(self, member):
        """The same name twice is a mistake, or the first or last counts; never both."""
        answer = member.get("/wecom/api/overview?from=2026-11-01&from=2026-11-02&to=2026-11-03")
        assert answer.status == 400 or answer.json()["from"] in ("2026-11-01", "2026-11-02")


class TestFiles:
    def read(self, visitor, name, **query):
        answer = visitor.csv(name, **query)
        assert answer.status == 200, answer
        assert answer.headers["Content-Type"].replace(" ", "").lower() == "text/csv;charset=utf-8"
        assert answer.headers["Content-Disposition"].startswith("attachment") and ".csv" in answer.headers["Content-Disposition"]
        assert answer.body.startswith(b"\xef\xbb\xbf") and not answer.body[3:].startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(io.StringIO(answer.body[3:].decode(), newline="")))

    @pytest.mark.parametrize("name", CSV_NAMES)
    def test_each(self, member, name):
        self.read(member, name)

    @pytest.mark.parametrize("name, key", [("customers", "external_userid"), ("groups", "chat_id"), ("channels", "state"),
                                           ("staff", "userid"), ("losses", "external_userid"), ("duplicates", "external_userid")])
    def test_the_same_rows_as_the_page(self, member, name, key):
        rows = self.read(member, name)
        assert sorted(row[key] for row in rows) == sorted(row[key] or "" for row in member.rows(name, limit=500))
        assert rows or name == "losses"

    def test_names_as_they_are(self, member):
        """Chinese, emoji, quotes, markup: what the mirror holds, and no cell that a spreadsheet would run."""
        names = {row["external_userid"]: row["name"] for row in member.rows("customers", limit=500)}
        rows = {row["external_userid"]: row["name"] for row in self.read(member, "customers")}
        assert any("\u4e00" <= char <= "\u9fff" for name in names.values() for char in name or "")
        for key, name in names.items():
            assert rows[key] == (name or "") or rows[key].lstrip("'\t") == (name or "").lstrip("\t")
        assert not any(name[:1] in "=+-@" for name in rows.values() if name)

    def test_daily(self, site, member):
        today = shanghai_today(site)
        rows = self.read(member, "customer_daily", **{"from": today, "to": today})
        said = [row for row in member.api("overview").json()["customer_daily"] if row["day"] == str(today)][0]
        assert len(rows) == 1 and {name: rows[0][name] for name in ("new", "net", "total_end")} == {
            name: str(said[name]) for name in ("new", "net", "total_end")}
        assert "auth_corp_id" not in rows[0]

    def test_roster_and_ledger(self, site, member, who):
        truth = next(corp for corp in site.serve.dump()["corps"] if corp["id"] == who.member.corp)
        chat = next(row for row in truth["chats"] if not row["dismiss_s"])
        rows = self.read(member, "roster", chat_id=chat["id"])
        assert {row["member_id"] for row in rows} >= {row["id"] for row in chat["now"]["roster"]}
        assert self.read(member, "ledger", chat_id=chat["id"])
        assert len(self.read(member, "ledger")) >= len(self.read(member, "ledger", chat_id=chat["id"]))
        assert member.csv("roster", chat_id="' or 1=1 --").status in (200, 400, 404)

    def test_only_for_reading(self, member):
        assert member.post("/wecom/csv/customers").status in (403, 404, 405)


class TestApart:
    """Two corps: nothing of one is seen by the other, whatever it asks."""

    def ids(self, site, corp):
        truth = next(row for row in site.serve.dump()["corps"] if row["id"] == corp)
        return {row["id"] for kind in ("members", "customers", "chats", "groups") for row in truth[kind]} | {
            row["name"] for row in truth["customers"]}

    @pytest.mark.parametrize("name", FOR_MEMBERS)
    def test_lists(self, site, member, other, who, name):
        theirs = self.ids(site, who.other.corp) | {who.other.corp}
        text = member.api(name, limit=500).text if name in LISTS else member.api(name).text
        assert not [one for one in theirs if json.dumps(one, ensure_ascii=False)[1:-1] in text]
        if name in LISTS:
            text = member.csv(name).text
            assert not [one for one in theirs if one.replace('"', '""') in text]

    def test_single_objects(self, site, member, other, who):
        truth = next(row for row in site.serve.dump()["corps"] if row["id"] == who.other.corp)
        customers = other.rows("customers", limit=500)
        answer = member.api("customer", external_userid=customers[0]["external_userid"])
        assert customers and answer.status == 404, answer
        chats = other.rows("groups", limit=500)
        answer = member.api("chat", chat_id=chats[0]["chat_id"])
        assert chats and answer.status == 404, answer
        answer = member.csv("roster", chat_id=chats[0]["chat_id"])
        assert answer.status in (400, 404) or len(answer.text.splitlines()) == 1
        assert truth["name"] not in answer.text

    @pytest.mark.parametrize("name", ["corp", "p_corp", "auth_corp_id", "app.corp", "corp_id"])
    def test_no_argument_names_a_corp(self, member, who, name):
        mine = member.api("overview").json()
        answer = member.api("overview", **{name: who.other.corp})
        assert answer.status == 400 or answer.json()["figures"] == mine["figures"]

    def test_files_are_not_kept_by_anybody(self, member):
        for path in ("/wecom/api/me", "/wecom/csv/customers", "/wecom/workspace"):
            assert "no-store" in member.get(path).headers["Cache-Control"]


class TestActions:
    def test_resync(self, site, admin, who):
        site.drained(30)
        before = site.serve.calls("externalcontact/get_corp_tag_list")
        answer = admin.act("resync", kind="tag", target="")
        assert answer.status == 200 and answer.json()["raised"] >= 1, answer
        wait_until(lambda: site.serve.calls("externalcontact/get_corp_tag_list") > before, 20, "the read that was asked for")

    def test_a_silent_change_is_seen_after_it(self, site, admin, member, who):
        """Nobody calls back when a customer takes another name."""
        site.serve.set(silent=True)
        site.serve.deed("rename_customer", corp=who.admin.corp)
        truth = next(row for row in site.serve.dump()["corps"] if row["id"] == who.admin.corp)
        held = {row["external_userid"]: row["name"] for row in member.rows("customers", limit=500)}
        renamed = [row for row in truth["customers"] if row["id"] in held and held[row["id"]] != row["name"]]
        assert len(renamed) == 1
        assert admin.act("resync", kind="customer", target=renamed[0]["id"]).json()["raised"] == 1
        wait_until(lambda: member.api("customer", external_userid=renamed[0]["id"]).json()["customer"]["name"] ==
                   renamed[0]["name"], 20, "the new name")

    def test_unpark(self, site, admin, who):
        """A pull that WeCom refuses for want of a permission waits for a person; the button lets it go on."""
        site.drained(30)
        site.serve.fault("errcode", code=48002, count=1, api="externalcontact/get_corp_tag_list", corp=who.admin.corp)
        admin.act("resync", kind="tag", target="")

        def parked():
            return [row for row in admin.api("settings").json()["jobs"]["parked"] if row["kind"] == "tag"]

        wait_until(parked, 20, "the parked job")
        assert "48002" in parked()[0]["last_error"] or parked()[0]["last_error"]
        answer = admin.act("unpark", kind="tag", target=parked()[0]["target"])
        assert answer.status == 200 and answer.json()["raised"] == 1
        wait_until(lambda: not parked(), 20, "the end of the job")
        site.drained(30)

    @pytest.mark.parametrize("form", [{"kind": "nonsense", "target": ""}, {"kind": "purge", "target": ""}, {"target": "x"}, {},
                                      {"kind": "chat", "target": "x" * 5000}, {"kind": "chat'; --", "target": ""}])
    def test_what_there_is_not(self, admin, form):
        answer = admin.act("resync", **form)
        assert answer.status in (400, 404, 413) or (answer.status == 200 and answer.json()["raised"] == 0), answer

    @pytest.mark.parametrize("token", [None, "", "x", "0" * 64, "of another session"])
    def test_without_the_right_token(self, site, admin, url, who, token):
        if token == "of another session":
            token = Visitor(site, url).log_in(who.admin).token
        headers = {} if token is None else {"X-CSRF-Token": token}
        for path in ("/wecom/api/resync", "/wecom/api/unpark", "/wecom/logout"):
            assert admin.post(path, headers, kind="tag", target="").status == 403
        assert admin.api("me").status == 200
        # nor in the body or address, where a form of another site could put it
        assert admin.post("/wecom/api/resync", kind="tag", target="", csrf_token=admin.token).status == 403
        assert admin.post(f"/wecom/api/resync?csrf_token={admin.token}", kind="tag", target="").status == 403

    def test_not_by_get(self, admin):
        for name in ("resync", "unpark"):
            assert admin.api(name, kind="tag", target="").status in (404, 405)

    def test_another_corps_object(self, site, admin, other, who):
        chat = other.rows("groups", limit=1)[0]["chat_id"]
        before = site.rows("select count(*) from mirror.job where auth_corp_id = %s and target = %s", (who.other.corp, chat))
        admin.act("resync", kind="chat", target=chat)
        assert site.rows("select count(*) from mirror.job where auth_corp_id = %s and target = %s",
                         (who.other.corp, chat)) == before

    @pytest.mark.parametrize("body, kind", [("kind=tag&target=", "text/plain"), ('{"kind":"tag"}', "application/json"),
                                            ("x" * 2_000_000, "application/x-www-form-urlencoded"),
                                            ("&".join(f"a{i}=1" for i in range(5000)), "application/x-www-form-urlencoded")])
    def test_bodies_of_other_kinds(self, admin, body, kind):
        answer = admin.request("POST", "/wecom/api/resync", body, {"Content-Type": kind, "X-CSRF-Token": admin.token})
        assert answer.status in (200, 400, 413, 415), answer


class TestJsSdk:
    """With WeCom's scripts turned on, which the other tests leave off."""

    @pytest.fixture(scope="class")
    def site(self, new_site):  # pylint: disable=arguments-differ
        return new_site(WECOM_OPEN_DATA="on", serve={"corps": "2", "visitors": "1"})

    @pytest.fixture
    def who(self, site):
        return people(site)

    @pytest.fixture
    def member(self, site, who):
        return Visitor(site, site.url).log_in(who.member)

    def test_its_policy(self, member):
        policy = member.get("/wecom/workspace").headers["Content-Security-Policy"]
        assert "https://" in policy and "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]

    def test_the_signature(self, site, member, who):
        page = member.url + "/wecom/workspace?a=1"
        answer = member.api("jssdk", url=page).json()
        truth = next(row for row in site.serve.dump()["corps"] if row["id"] == who.member.corp)
        assert (answer["corpId"], str(answer["agentId"])) == (who.member.corp, str(truth["agent"]))
        for part, kind in (("config", "corp"), ("agentConfig", "agent")):
            ticket = site.serve.ask(do="jsapi_ticket", corp=who.member.corp, kind=kind)["ticket"]
            said = answer[part]
            text = f"jsapi_ticket={ticket}&noncestr={said['nonceStr']}&timestamp={said['timestamp']}&url={page}"
            assert said["signature"] == hashlib.sha1(text.encode()).hexdigest()
            assert ticket not in json.dumps(answer)

    def test_tickets_are_kept(self, site, member, who):
        member.api("jssdk", url=member.url + "/wecom/workspace")
        before = (site.serve.calls("get_jsapi_ticket"), site.serve.calls("ticket/get"))
        for i in range(12):
            assert member.api("jssdk", url=f"{member.url}/wecom/workspace?{i}").status == 200
        assert (site.serve.calls("get_jsapi_ticket"), site.serve.calls("ticket/get")) == before

    @pytest.mark.parametrize("page", ["", "https://evil.example/", "javascript:alert(1)", "/wecom/workspace", "x" * 5000])
    def test_only_for_our_pages(self, member, page):
        assert member.api("jssdk", url=page).status == 400


def test_ranges_default(site, member):
    for name in RANGED[:5]:
        assert member.api(name).status == 200
    assert isinstance(shanghai_today(site), date)


def test_no_call_that_wecom_would_mind(site):
    """All of this file and the others: the pages behave as clients."""
    assert not site.serve.violations()
