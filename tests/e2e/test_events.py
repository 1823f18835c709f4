"""POST: every event becomes one row with the fields the contract names.  Expectations come from the message text."""

import datetime

import pytest

from harness import client
from support import body_of, cdata, command, message, now, unique

MASKED = {"SuiteTicket", "AuthCode", "RegisterCode", "AccessToken", "Token", "ChatKey", "ResponseCode"}


def without_masked(value):
    """The body less what must be masked, and less the blanks at the ends, which belong to no code."""
    if isinstance(value, dict):
        return {name: without_masked(inner) for name, inner in value.items() if name not in MASKED}
    if isinstance(value, list):
        return [without_masked(inner) for inner in value]
    return value.strip()


def masked_values(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in MASKED:
                yield inner
            else:
                yield from masked_values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from masked_values(inner)


def assert_stored(site, port, watch, xml, *, route, corp, info_type, change_type, **wish):
    answer = site.sim.post(port, xml, route, **wish)
    assert (answer.status, answer.body) == (200, b"success")
    row = watch.one_row(corp)
    assert (row["route"], row["info_type"], row["change_type"]) == (route, info_type, change_type)
    expected = body_of(xml)
    assert without_masked(row["body"]) == without_masked(expected)
    for secret in masked_values(expected):
        assert secret not in str(row["body"])
    assert row["deliveries"] == 1
    return row


CHAT = [cdata("ChatId", "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA")]
CUSTOMER = [cdata("UserID", "zhangsan"), cdata("ExternalUserID", "woAJ2GCAAAXtWyujaWJHDDGi0mACH71w")]
WELCOME = [cdata("State", "teststate"), cdata("WelcomeCode", "WELCOMECODE")]
MEMBERS = ["<JoinScene>1</JoinScene>", "<QuitScene>0</QuitScene>", "<MemChangeCnt>10</MemChangeCnt>",
           "<MemChangeList>\n\t\t<Item>Jack</Item>\n\t\t<Item>Rose</Item>\n\t</MemChangeList>",
           "<LastMemVer>9c3f97c2ada667dfb5f6d03308d963e1</LastMemVer>",
           "<CurMemVer>71217227bbd112ecfe3a49c482195cb4</CurMemVer>"]

SEED = {
    "add": ("change_external_contact", "add_external_contact", CUSTOMER + WELCOME),
    "half": ("change_external_contact", "add_half_external_contact", CUSTOMER + WELCOME),
    "edit": ("change_external_contact", "edit_external_contact", CUSTOMER),
    "deleted by staff": ("change_external_contact", "del_external_contact",
                         CUSTOMER + [cdata("Source", "DELETE_BY_TRANSFER")]),
    "deleted by customer": ("change_external_contact", "del_follow_user", CUSTOMER),
    "transfer failed": ("change_external_contact", "transfer_fail", [cdata("FailReason", "customer_refused")] + CUSTOMER),
    "chat created": ("change_external_chat", "create", CHAT),
    "members joined": ("change_external_chat", "update", CHAT + [cdata("UpdateDetail", "add_member")] + MEMBERS),
    "members left": ("change_external_chat", "update", CHAT + [cdata("UpdateDetail", "del_member")] + MEMBERS),
    "owner": ("change_external_chat", "update", CHAT + [cdata("UpdateDetail", "change_owner")]),
    "name": ("change_external_chat", "update", CHAT + [cdata("UpdateDetail", "change_name")]),
    "notice": ("change_external_chat", "update", CHAT + [cdata("UpdateDetail", "change_notice")]),
    "chat dismissed": ("change_external_chat", "dismiss", CHAT),
    "tag created": ("change_external_tag", "create", [cdata("Id", "TAG_ID"), cdata("TagType", "tag")]),
    "tag group updated": ("change_external_tag", "update", [cdata("Id", "TAG_ID"), cdata("TagType", "tag_group")]),
    "tag deleted": ("change_external_tag", "delete", [cdata("Id", "TAG_ID"), cdata("TagType", "tag")]),
    "tags shuffled": ("change_external_tag", "shuffle", [cdata("Id", "GROUP_ID")]),
    "all tags shuffled": ("change_external_tag", "shuffle", [cdata("Id", "")]),
    "shuffled without Id": ("change_external_tag", "shuffle", []),
    "scope changed": ("change_auth", None, [cdata("State", "x"), cdata("ExtraInfo", "")]),
    "app removed": ("cancel_auth", None, []),
    "member created": ("change_contact", "create_user", [
        cdata("UserID", "woA"), cdata("OpenUserID", "woA"), "<Department>1,2</Department>",
        "<ExtAttr><Item>" + cdata("Name", "n") + "<Type>0</Type><Text>" + cdata("Value", " v ") + "</Text></Item></ExtAttr>"]),
    "never heard of": ("change_of_next_year", "shiny", ["<Deep><Er><Est>1</Est></Er></Deep>", cdata("Text", "你好 <&> \"'")]),
}


@pytest.mark.parametrize("name", SEED)
def test_command_event(site, port, watch, name):
    info_type, change_type, parts = SEED[name]
    corp = unique("wp")
    at = now() - 30
    xml = command(site, info_type, *([cdata("ChangeType", change_type)] if change_type else []), *parts, corp=corp, at=at)
    row = assert_stored(site, port, watch, xml, route="command", corp=corp, info_type=info_type, change_type=change_type)
    assert row["event_at"] == datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    assert abs((row["received_at"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) < 30


def test_one_member_is_a_list_too(site, port, watch):
    corp = unique("wp")
    xml = command(site, "change_external_chat", cdata("ChangeType", "update"), *CHAT,
                  "<MemChangeList><Item>Jack</Item></MemChangeList>", corp=corp)
    row = assert_stored(site, port, watch, xml, route="command", corp=corp, info_type="change_external_chat",
                        change_type="update")
    assert row["body"]["MemChangeList"] == ["Jack"]


DATA = {
    "text": ("text", None, [cdata("Content", "今天 & tomorrow"), "<MsgId>1234567890123456789</MsgId>"]),
    "subscribe": ("event", "subscribe", [cdata("Event", "subscribe"), cdata("EventKey", "")]),
    "place": ("event", "LOCATION", [cdata("Event", "LOCATION"), "<Latitude>23.104</Latitude>", "<Longitude>113.320</Longitude>"]),
    "approval": ("event", "open_approval_change", [
        cdata("Event", "open_approval_change"),
        "<ApprovalInfo><ThirdNo>201806010001</ThirdNo><ApprovalNodes><ApprovalNode><NodeStatus>1</NodeStatus><Items>"
        "<Item><ItemName>x</ItemName><ItemStatus>1</ItemStatus></Item></Items></ApprovalNode></ApprovalNodes>"
        "<approverstep>0</approverstep></ApprovalInfo>"]),
    "never heard of": ("hologram", None, [cdata("Shape", "cube")]),
}


@pytest.mark.parametrize("name", DATA)
def test_data_event(site, port, watch, name):
    msg_type, event, parts = DATA[name]
    corp = unique("wp")
    xml = message(cdata("ToUserName", corp), cdata("FromUserName", "woMember"), f"<CreateTime>{now()}</CreateTime>",
                  cdata("MsgType", msg_type), *parts, "<AgentID>1000002</AgentID>")
    assert_stored(site, port, watch, xml, route="data", corp=corp, info_type=msg_type, change_type=event, receiveid=corp)


def test_suite_event_on_the_data_route(site, port, watch):
    corp = unique("wp")
    xml = command(site, "device_data_auth_change", "<AgentID>1</AgentID>", corp=corp)
    assert_stored(site, port, watch, xml, route="data", corp=corp, info_type="device_data_auth_change", change_type=None,
                  receiveid=corp)


def test_system_event(site, port, watch):
    corp = unique("wp")
    xml = message(cdata("ServiceCorpId", site.settings.provider_corp_id), cdata("InfoType", "license_pay_success"),
                  cdata("AuthCorpId", corp), cdata("OrderId", "OI00000FEA3AC66805CA325DABD6AN"),
                  f"<TimeStamp>{now()}</TimeStamp>")
    assert_stored(site, port, watch, xml, route="system", corp=corp, info_type="license_pay_success", change_type=None)


def test_well_formed_but_neither_info_nor_message_is_kept(site, port, watch):
    corp = unique("wp")
    xml = message(cdata("SuiteId", site.settings.suite_id), cdata("AuthCorpId", corp), "<Hello>1</Hello>")
    assert_stored(site, port, watch, xml, route="command", corp=corp, info_type=None, change_type=None)


@pytest.mark.parametrize("element", ["AuthCorpId", "CorpId", "PaidCorpId"])
def test_corp_is_found_under_its_three_names(site, port, watch, element):
    corp = unique("wp")
    xml = message(cdata("SuiteId", site.settings.suite_id), cdata("InfoType", "share_agent_change"), cdata(element, corp),
                  f"<TimeStamp>{now()}</TimeStamp>")
    assert_stored(site, port, watch, xml, route="command", corp=corp, info_type="share_agent_change", change_type=None)


@pytest.mark.parametrize("envelope", ["cdata", "plain", "reordered", "spaced"])
def test_envelopes_of_every_form(site, port, watch, envelope):
    corp = unique("wp")
    xml = command(site, "change_external_chat", cdata("ChangeType", "create"), *CHAT, corp=corp)
    assert_stored(site, port, watch, xml, route="command", corp=corp, info_type="change_external_chat",
                  change_type="create", envelope=envelope)


def test_json_envelope_and_json_content(site, port, watch):
    corp = unique("wp")
    text = ('{"SuiteId":"%s","AuthCorpId":"%s","InfoType":"change_contact","TimeStamp":%d,"ChangeType":"create_party",'
            '"Id":2,"Name":"2","ParentId":1}' % (site.settings.suite_id, corp, now()))
    answer = site.sim.post(port, text, "command", format="json", headers={"Content-Type": "application/json"})
    assert (answer.status, answer.body) == (200, b"success")
    row = watch.one_row(corp)
    assert (row["info_type"], row["change_type"], row["body"]["Id"]) == ("change_contact", "create_party", "2")


def test_blanks_around_codes_do_not_count(site, port, watch):
    corp = unique("wp")
    xml = message("\n  <SuiteId> ", f"<![CDATA[{site.settings.suite_id}]]>", "\n</SuiteId>", cdata("AuthCorpId", corp),
                  "<InfoType>\n<![CDATA[cancel_auth]]> </InfoType>", f"<TimeStamp> {now()} </TimeStamp>")
    answer = site.sim.post(port, xml, "command")
    assert (answer.status, answer.body) == (200, b"success")
    assert watch.one_row(corp)["info_type"] == "cancel_auth"


def test_every_kind_the_simulator_knows(site, port):
    """Whatever WeCom is known to send ends as a row and `success`."""
    kinds = site.sim.events(seed=port)
    assert len(kinds) > 60
    for kind in kinds:
        answer = site.sim.post(port, kind["xml"], kind["route"], receiveid=kind["receiveid"])
        assert (answer.status, answer.body) == (200, b"success"), kind["kind"]
        expected = body_of(kind["xml"])
        is_info = "InfoType" in expected
        names = ("InfoType", "ChangeType") if is_info else ("MsgType", "Event")
        types = tuple(without_masked(expected[name]) if name in expected else None for name in names)
        rows = site.rows("select info_type, change_type, body from mirror.event where auth_corp_id = %s and route = %s "
                         "and info_type = %s", (kind["corp"], kind["route"], types[0]))
        found = [(row[0], row[1], without_masked(row[2])) for row in rows]
        assert (*types, without_masked(expected)) in found, kind["kind"]
        shown = " ".join(str(row[2]) for row in rows)
        assert not [secret for secret in masked_values(expected) if secret and secret in shown], kind["kind"]


def test_answer_is_plain_and_complete(site, port):
    crafted = site.sim.craft(route="command", method="POST", message=command(site, "change_auth", corp=unique("wp")))
    answer = client.request(port, "POST", site.sim.target(crafted), crafted["body"])
    assert (answer.status, answer.body) == (200, b"success")
    assert answer.headers["content-type"].startswith("text/plain")
    # Apache trusts no length from behind and may chunk
    assert answer.headers.get("content-length", "7") == "7"


def test_one_line_of_log_for_an_event(site, port, watch):
    corp = unique("wp")
    assert site.sim.post(port, command(site, "share_agent_change", cdata("State", "secret-state"), corp=corp)).status == 200
    lines = site.pool.wait_requests(1, watch.mark)
    assert len(lines) == 1
    wanted = {"route": "command", "method": "POST", "status": "200", "outcome": "ok", "corp": corp,
              "info_type": "share_agent_change", "deliveries": "1", "stored": "database"}
    assert {name: lines[0].get(name) for name in wanted} == wanted
    assert float(lines[0]["ms"]) >= 0 and len(lines[0]["id"]) == 36
    assert "secret-state" not in site.pool.text(watch.mark)
