"""Bad input, for certain: a clear status, one log line, nothing stored, no worker lost, no secret or plaintext told."""

import base64
import re
import time

import pytest

from harness import Lag, client
from support import cdata, command, customer, message, unique

MARK = "PlaintextThatNobodyMayLog"


def good(site):
    """A message that would be stored, with words that must not be logged."""
    return command(site, "change_external_contact", cdata("ChangeType", "edit_external_contact"), cdata("UserID", "woA"),
                   cdata("ExternalUserID", unique("wm")), cdata("State", MARK), corp=unique("wp"))


def send(site, port, crafted, body=None, query=None, headers=None):
    target = f"{crafted['path']}?{crafted['query'] if query is None else query}"
    return client.request(port, "POST", target, crafted["body"] if body is None else body, headers)


def crafted_good(site, **wish):
    return site.sim.craft(route="command", method="POST", message=good(site), **wish)


# the envelope: what cannot even be checked

ENVELOPES = {
    "empty": lambda body: "",
    "blanks": lambda body: " \r\n ",
    "not xml": lambda body: "hello",
    "cut off": lambda body: body[:-12],
    "no Encrypt": lambda body: re.sub(r"Encrypt>", "Decrypt>", body),
    "two Encrypt": lambda body: re.sub(r"(<Encrypt>.*?</Encrypt>)", r"\1\1", body, flags=re.S),
    "empty Encrypt": lambda body: re.sub(r"<Encrypt>.*?</Encrypt>", "<Encrypt></Encrypt>", body, flags=re.S),
    "Encrypt with a child": lambda body: re.sub(r"<Encrypt>.*?</Encrypt>", "<Encrypt><a>QUJD</a></Encrypt>", body, flags=re.S),
    "DOCTYPE": lambda body: '<!DOCTYPE xml [<!ENTITY a "b">]>' + body,
    "external entity": lambda body: '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + body,
    "entity bomb": lambda body: "<!DOCTYPE x [<!ENTITY a0 'lol'>" + "".join(
        f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10)) + "]><xml><Encrypt>&a9;</Encrypt></xml>",
    "10 000 deep": lambda body: "<xml>" + "<a>" * 10000 + "</a>" * 10000 + body[5:],
    "NUL": lambda body: body.replace("<Encrypt>", "\0<Encrypt>"),
    "invalid UTF-8": lambda body: body.replace("<Encrypt>", "<A>\udcff\udcfe</A><Encrypt>"),
    "json without Encrypt": lambda body: '{"ToUserName":"x"}',
    "json cut off": lambda body: '{"Encrypt":"QUJD',
    "json with a number": lambda body: '{"Encrypt":5}',
    "json list": lambda body: '[{"Encrypt":"QUJD"}]',
    "json 10 000 deep": lambda body: '{"a":' * 10000 + "1" + "}" * 10000,
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_envelope(site, port, watch, name):
    crafted = crafted_good(site)
    body = ENVELOPES[name](crafted["body"]).encode("utf-8", "surrogateescape")
    watch.assert_refused(send(site, port, crafted, body), 400, MARK)


# the query

QUERIES = {
    "none": lambda query: "",
    "no signature": lambda query: re.sub(r"&?msg_signature=[^&]*", "", query),
    "no timestamp": lambda query: re.sub(r"&?timestamp=[^&]*", "", query),
    "no nonce": lambda query: re.sub(r"&?nonce=[^&]*", "", query),
    "repeated nonce": lambda query: query + "&nonce=1",
    "repeated signature": lambda query: query + "&msg_signature=" + "0" * 40,
    "escape of no hex": lambda query: re.sub(r"nonce=", "nonce=%zz", query),
    "escape cut off": lambda query: re.sub(r"nonce=[^&]*", "", query) + "&nonce=5%4",
}


@pytest.mark.parametrize("name", QUERIES)
def test_query(site, port, watch, name):
    crafted = crafted_good(site)
    answer = send(site, port, crafted, query=QUERIES[name](crafted["query"]).strip("&"))
    watch.assert_refused(answer, 400, MARK)


def test_overlong_query(site, port, watch):
    crafted = crafted_good(site)
    assert send(site, port, crafted, query=crafted["query"] + "&x=" + "y" * 9000).status in (400, 414)
    watch.assert_untouched(MARK)


@pytest.mark.parametrize("name", ["none", "no echostr", "repeated echostr"])
def test_query_of_a_verification(site, port, watch, name):
    crafted = site.sim.craft(route="command", method="GET", message=MARK)
    query = {"none": "", "no echostr": re.sub(r"&?echostr=[^&]*", "", crafted["query"]),
             "repeated echostr": crafted["query"] + "&echostr=QUJD"}[name].strip("&")
    watch.assert_refused(client.request(port, "GET", f"{crafted['path']}?{query}"), 400, MARK)


# the signature

SIGNATURES = {
    "of zeros": "0" * 40,
    "upper case": None,
    "empty": "",
    "too short": "abc",
    "too long": "a" * 400,
    "not hexadecimal": "z" * 40,
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(site, port, watch, name):
    crafted = crafted_good(site)
    wrong = crafted["signature"].upper() if name == "upper case" else SIGNATURES[name]
    answer = send(site, port, crafted, query=crafted["query"].replace(crafted["signature"], wrong))
    watch.assert_refused(answer, 403, MARK)


@pytest.mark.parametrize("part", ["token", "aes_key", "nonce", "timestamp", "body", "route"])
def test_another_part_than_the_signed(site, port, watch, part):
    if part == "token":
        crafted = crafted_good(site, token="anotherToken")
    else:
        crafted = crafted_good(site)
    query, body, path = crafted["query"], crafted["body"], crafted["path"]
    if part in ("nonce", "timestamp"):
        query = query.replace(f"{part}=", f"{part}=9")
    elif part == "body":
        body = crafted_good(site)["body"]
    elif part == "route":
        path = "/api/v1/wecom/system"
    elif part == "aes_key":
        # the right token with another key: signed well, and not to be decrypted
        crafted = crafted_good(site, aes_key="A" * 43)
        watch.assert_refused(send(site, port, crafted), 400, MARK)
        return
    watch.assert_refused(client.request(port, "POST", f"{path}?{query}", body), 403, MARK)


# the ciphertext, always with a signature that fits

CIPHERS = {
    "no base64": "!!!!not-base64!!!!",
    "with a blank": None,
    "odd length": None,
    "padding in the middle": None,
    "rubbish of whole blocks": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMQ==",
    "one block": "QUJDREVGR0hJSktMTU5PUA==",
}


@pytest.mark.parametrize("name", CIPHERS)
def test_cipher_text(site, port, watch, name):
    cipher = CIPHERS[name]
    if cipher is None:
        right = crafted_good(site)["cipher"]
        cipher = {"with a blank": right[:20] + " " + right[20:], "odd length": right[:-3],
                  "padding in the middle": right[:8] + "==" + right[10:]}[name]
    watch.assert_refused(send(site, port, crafted_good(site, cipher=cipher)), 400, MARK)


@pytest.mark.parametrize("bytes_cut", [1, 5, 15, 31])
def test_cipher_not_whole_blocks(site, port, watch, bytes_cut):
    watch.assert_refused(send(site, port, crafted_good(site, truncate=bytes_cut)), 400, MARK)


@pytest.mark.parametrize("length", [4294967295, 2147483648, 100000, 1 << 24])
def test_length_field_beyond_the_end(site, port, watch, length):
    watch.assert_refused(send(site, port, crafted_good(site, msg_len=length)), 400, MARK)


def test_length_field_too_small(site, port, watch):
    watch.assert_refused(send(site, port, crafted_good(site, msg_len=10)), 400, MARK)


@pytest.mark.parametrize("pad", [0, 33, 64, 128, 255])
def test_padding_byte_out_of_range(site, port, watch, pad):
    watch.assert_refused(send(site, port, crafted_good(site, pad=pad)), 400, MARK)


def test_padding_of_every_length_in_range_is_taken(site, watch):
    port, seen = site.port, set()
    for length in range(32):
        crafted = crafted_good_of_length(site, length)
        assert send(site, port, crafted).body == b"success"
        seen.add(length)
    assert len(seen) == 32 and watch.rows_n() == watch.count + 32


def crafted_good_of_length(site, more):
    text = command(site, "change_auth", cdata("State", "s" * more), corp=unique("wp"))
    return site.sim.craft(route="command", method="POST", message=text)


# the content, signed and encrypted well

def deep(n):
    return message("<a>" * n + "</a>" * n)


CONTENTS = {
    "empty": lambda site: "",
    "rubbish": lambda site: "rubbish " + MARK,
    "cut off": lambda site: good(site)[:-5],
    "two roots": lambda site: good(site) + good(site),
    "DOCTYPE": lambda site: "<!DOCTYPE xml>" + good(site),
    "external entity": lambda site: '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + good(site).replace(MARK, "]]>&e;<![CDATA["),
    "entity bomb": lambda site: "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]>" + message("<A>&b;</A>"),
    "unknown entity": lambda site: message("<A>&nbsp;</A>"),
    "10 000 deep": lambda site: deep(10000),
    "deeper than allowed": lambda site: deep(80),
    "NUL": lambda site: good(site).replace(MARK, MARK + "\0"),
    "control character": lambda site: message("<A>\x01</A>"),
    "another suite": lambda site: command(site, "cancel_auth", corp=unique("wp"), suite="ww0000000000000000"),
    "json cut off": lambda site: '{"SuiteId":"x"',
    "json list": lambda site: "[1,2]",
    "json text": lambda site: '"' + MARK + '"',
}


@pytest.mark.parametrize("name", CONTENTS)
def test_content(site, port, watch, name):
    answer = site.sim.post(port, CONTENTS[name](site), "command")
    watch.assert_refused(answer, 400, MARK)


def test_content_of_invalid_utf8(site, port, watch):
    raw = good(site).encode().replace(MARK.encode(), b"\xff\xfe\xc0\x80")
    answer = site.sim.post(port, None, "command", message_base64=base64.b64encode(raw).decode())
    watch.assert_refused(answer, 400)


@pytest.mark.parametrize("receiveid", ["", "wpSomebodyElse", "ww0000000000000000"])
def test_receiver_of_a_command(site, port, watch, receiveid):
    watch.assert_refused(site.sim.post(port, good(site), "command", receiveid=receiveid), 400, MARK)


def test_receiver_of_data_is_the_corp_inside(site, port, watch):
    text = message(cdata("ToUserName", "wpOne"), cdata("FromUserName", "woA"), "<CreateTime>1800000000</CreateTime>",
                   cdata("MsgType", "text"), cdata("Content", MARK))
    for receiveid in ("wpAnother", "", "wpOn"):
        watch.renew()
        watch.assert_refused(site.sim.post(port, text, "data", receiveid=receiveid), 400, MARK)


# sizes

def test_a_little_too_large_is_refused_by_the_receiver(site, port, watch):
    crafted = crafted_good(site)
    body = crafted["body"] + " " * ((1 << 20) + 1 - len(crafted["body"]))
    watch.assert_refused(send(site, port, crafted, body), 413, MARK)


def test_just_not_too_large_is_taken(site, port):
    crafted = crafted_good(site)
    body = crafted["body"] + " " * ((1 << 20) - len(crafted["body"]))
    assert send(site, port, crafted, body).body == b"success"


def test_far_too_large_is_refused_at_the_door(site, port, watch):
    crafted = crafted_good(site)
    answer = send(site, port, crafted, crafted["body"] + " " * (8 << 20))
    # a server may close while we still write
    assert answer.status in (413, 0)
    watch.assert_untouched(MARK)


def test_far_too_large_announced_only(site, port, watch):
    crafted = crafted_good(site)
    head = f"POST {site.sim.target(crafted)} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
    assert client.raw_request(port, head.encode()).status == 413
    watch.assert_untouched(MARK)


def test_chunked_body_is_taken(site, port):
    crafted = crafted_good(site)
    data = crafted["body"].encode()
    parts = [data[i:i + 100] for i in range(0, len(data), 100)]
    answer = send(site, port, crafted, iter(parts), headers={"Transfer-Encoding": "chunked"})
    # a server that cannot hold a slow chunked body back may ask for a length instead
    assert (answer.status, answer.body) == (200, b"success") or (answer.status == 411 and port != site.web["nginx"].port)


def test_chunked_body_too_large(site, port, watch):
    crafted = crafted_good(site)
    answer = send(site, port, crafted, iter([crafted["body"].encode()] + [b" " * 65536] * 40),
                  headers={"Transfer-Encoding": "chunked"})
    assert answer.status in (413, 411, 0)
    time.sleep(0.2)
    watch.assert_untouched(MARK)


def test_no_length_at_all(site, port, watch):
    crafted = crafted_good(site)
    answer = client.raw_request(port, f"POST {site.sim.target(crafted)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    watch.assert_refused(answer, 400, MARK)


def test_length_shorter_than_the_body(site, port, watch):
    crafted = crafted_good(site)
    data = crafted["body"].encode()
    head = (f"POST {site.sim.target(crafted)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            f"Content-Length: {len(data) - 30}\r\n\r\n").encode()
    watch.assert_refused(client.raw_request(port, head + data), 400, MARK)


def test_length_longer_than_the_body(site, port, watch):
    crafted = crafted_good(site)
    data = crafted["body"].encode()
    head = f"POST {site.sim.target(crafted)} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data) + 50}\r\n\r\n".encode()
    with Lag() as lag:
        began = time.monotonic()
        answer = client.raw_request(port, head + data, timeout=20)
        assert answer.status in (0, 400, 408, 502)
        assert time.monotonic() - began < 10 + lag.seconds
    watch.assert_untouched(MARK)


@pytest.mark.parametrize("length", ["-1", "abc", "99999999999999999999999999"])
def test_length_that_is_no_number(site, port, watch, length):
    crafted = crafted_good(site)
    head = f"POST {site.sim.target(crafted)} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()
    assert client.raw_request(port, head + b"x").status in (400, 413)
    watch.assert_untouched(MARK)


# methods and paths

@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_methods_that_a_route_does_not_take(site, port, watch, method):
    answer = client.request(port, method, "/api/v1/wecom/command", "x" if method in ("PUT", "PATCH") else None)
    watch.assert_refused_or_at_the_door(answer, 405)


@pytest.mark.parametrize("path", ["/api/v1/wecom/other", "/api/v1/wecom/command/", "/api/v1/wecom/commandx", "/api/v1/wecom",
                                  "/API/v1/wecom/command", "/api/v1/wecom/system2"])
def test_unknown_paths(site, port, watch, path):
    crafted = crafted_good(site)
    answer = client.request(port, "POST", f"{path}?{crafted['query']}", crafted["body"])
    assert answer.status == 404
    watch.assert_untouched(MARK)


def test_a_good_event_after_all_this(site, port):
    assert site.sim.post(port, customer(site)).body == b"success"
