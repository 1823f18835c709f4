"""The load: encrypted callbacks for wrk, and the same kind of event as JSON for pgbench.

Every event of one corp and chat set, all of the same second, distinct by members and versions.  Nothing here measures.
"""

import hashlib
import json
import subprocess
import time

CORPS = 20
CHATS = 4000
MEMBERS = 8
CHUNK = 4000  # callbacks handed to the simulator at once
SETTLE_S = 3  # what the receiver adds to a chat event's second before its job is due


def chat_of(number):
    """Which chat the event of that number is about: evenly spread, in no order, the same in every run."""
    return int(hashlib.md5(f"chat {number}".encode(), usedforsecurity=False).hexdigest()[:8], 16) % CHATS


def corp(chat):
    return f"wpbench{chat % CORPS:025d}"


def chat_id(chat):
    return f"wrOgQhDgAAMYQiS5ol9G7g{chat:08d}"


def _member(number):
    return f"wmO9wPCAAAGMJ1nGTxq3{number:012d}"


def _version(number):
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def event(suite_id, number, second):
    """(element, value) pairs of a group chat's member change: about 1 kB of XML."""
    chat = chat_of(number)
    return [
        ("SuiteId", suite_id), ("AuthCorpId", corp(chat)), ("InfoType", "change_external_chat"),
        ("TimeStamp", str(second)), ("ChatId", chat_id(chat)), ("ChangeType", "update"), ("UpdateDetail", "add_member"),
        ("JoinScene", "3"), ("QuitScene", "0"), ("MemChangeCnt", str(MEMBERS)),
        ("MemChangeList", [_member(number * MEMBERS + i) for i in range(MEMBERS)]),
        ("LastMemVer", _version(number)), ("CurMemVer", _version(number + 1)),
    ]


def xml(pairs):
    """As WeCom writes it: CDATA for texts, none for numbers, items plain."""
    lines = []
    for name, value in pairs:
        if isinstance(value, list):
            items = "".join(f"\n\t\t<Item>{item}</Item>" for item in value)
            lines.append(f"\t<{name}>{items}\n\t</{name}>")
        elif value.isdigit():
            lines.append(f"\t<{name}>{value}</{name}>")
        else:
            lines.append(f"\t<{name}><![CDATA[{value}]]></{name}>")
    return "<xml>\n" + "\n".join(lines) + "\n</xml>"


class Stock:
    """Callbacks on disk, made once and sent in every measurement (the tables are emptied in between)."""

    def __init__(self, path, sim, settings):
        self.path = path
        self.sim = sim
        self.settings = settings
        self.second = int(time.time())
        self.n = 0

    def make(self, n):
        """At least n of them, none twice."""
        with open(self.path, "ab") as file:
            while self.n < n:
                self._append(file, min(CHUNK, n - self.n))

    def _append(self, file, n):
        messages = [xml(event(self.settings.suite_id, i, self.second)) for i in range(self.n, self.n + n)]
        wishes = "".join(json.dumps({"route": "command", "message": message}) + "\n" for message in messages)
        done = subprocess.run([self.sim.program, "craft", "-c", self.settings.path], input=wishes.encode(), cwd="/",
                              stdout=subprocess.PIPE, check=True, **self.sim.account.popen_arguments())
        for line in done.stdout.splitlines():
            made = json.loads(line)
            file.write(f"{made['path']}?{made['query']}\t{made['body']}\n".encode())
        self.n += n

    def limit_variables(self):
        """For pgbench's -D: what limit.sql puts around hash and chat number, as the receiver would send it."""
        body = dict(event(self.settings.suite_id, 0, self.second))
        item = {
            "id": "019a204a-7547-70b4-91ef-0123456789ab", "hash": "HASH", "time_s": self.second,
            "received_us": self.second * 1000000 + 123456, "route": "command", "info_type": body["InfoType"],
            "change_type": body["ChangeType"], "body": body, "job_kind": "chat", "job_target": "TARGET",
            "due_us": (self.second + SETTLE_S) * 1000000, "secret_kind": None, "secret_name": None,
            "secret_sealed": None,
        }
        text = json.dumps([item], separators=(",", ":"))
        head, rest = text.split("HASH")
        middle, tail = rest.split("TARGET")
        return {"head": head, "middle": middle + chat_id(0)[:-8], "tail": tail, "chats": CHATS, "corps": CORPS}
