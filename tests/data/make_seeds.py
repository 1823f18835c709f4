#!/usr/bin/python3
"""Write tests/data/fuzz/<fuzzer>/seed_*: small starting inputs for the fuzzers, from the other test data.

Crash inputs that were found are kept beside them as crash_*; both are replayed by running a fuzzer on its folder.
"""

import pathlib

HERE = pathlib.Path(__file__).parent
BODIES = (
    "<xml><ToUserName><![CDATA[s]]></ToUserName><Encrypt><![CDATA[QUJD]]></Encrypt><AgentID/></xml>",
    "<?xml version='1.0' encoding='UTF-8'?><!-- c --><xml a='&lt;'>\n<Encrypt> &#65;BC= </Encrypt></xml>",
    '{"tousername":"s","encrypt":"QUJD\\/","agentid":[1,{"a":null}]}',
    "<!DOCTYPE xml [<!ENTITY e 'x'>]><xml><Encrypt>&e;</Encrypt></xml>",
)
EVENTS = ("chat_join", "tag_shuffle_empty", "suite_ticket", "create_auth", "contact_create_user", "message_text_plain",
          "event_template_card", "event_open_approval", "auto_activate", "mixed", "secrets_deep", "lists_of_one")
QUERIES = ("msg_signature=5c45&timestamp=1409659589&nonce=263014780&echostr=P9nA%2Bz%3D%3D",
           "a=1&&msg_signature=%41&timestamp=&nonce&nonce=2", "msg_signature=1&timestamp=2&nonce=%zz")


def write(fuzzer, name, data):
    folder = HERE / "fuzz" / fuzzer
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ("seed_" + name)).write_bytes(data)


def main():
    for i, query in enumerate(QUERIES):
        write("fuzz_query", str(i), bytes([i % 2 + 48]) + query.encode())
    for i, body in enumerate(BODIES):
        write("fuzz_envelope", f"body_{i}", b"B" + body.encode())
    for pad in (1, 32, 33):
        layout = b"r" * 16 + (6).to_bytes(4, "big") + b"<xml/>" + b"ww4asffe99e54c0f4c"
        layout += bytes([pad]) * (64 - len(layout))
        write("fuzz_envelope", f"plain_{pad}", b"P" + layout)
    for i, name in enumerate(EVENTS):
        text = (HERE / "events" / (name + ".xml")).read_bytes()
        write("fuzz_event", name, bytes([48 + i % 3]) + text)
        if i % 4 == 0:
            write("fuzz_envelope", "message_" + name, b"M" + text)
    write("fuzz_event", "json", b'0{"SuiteId":"ww4asffe99e54c0f4c","InfoType":"t",'
          b'"L":[1,{"Item":[-2.5e3,true]}],"a":"\\u4f60"}')


if __name__ == "__main__":
    main()
