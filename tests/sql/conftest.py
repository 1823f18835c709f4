"""Shared by the SQL tests that need several sessions.  run.sh has set PGHOST, PGPORT, PGUSER and PGDATABASE."""
import hashlib
import json
import os
import pathlib
import threading
import time
import uuid

import psycopg2
import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["PGDATABASE"] = "wecom_" + os.environ["PYTEST_XDIST_WORKER"]
SQL_DIR = pathlib.Path(__file__).resolve().parents[2] / "sql"
EVENT_S = 1772000000


def element(content, chat=None, due_s=3, **members):
    """One element of wecom.ingest's p_events; the same content gives the same hash."""
    item = {
        "id": str(uuid.uuid4()),
        "hash": hashlib.sha256(content.encode()).hexdigest(),
        "time_s": EVENT_S,
        "received_us": (EVENT_S + 1) * 1000000,
        "route": "command",
        "info_type": "change_external_chat",
        "change_type": "update",
        "body": {"Content": content},
        "job_kind": None if chat is None else "chat",
        "job_target": chat,
        "due_us": None if chat is None else (EVENT_S + due_s) * 1000000,
        "secret_kind": None,
        "secret_name": None,
        "secret_sealed": None,
    }
    item.update(members)
    return item


def ingest(cursor, corp, items):
    cursor.execute("select wecom.ingest(%s, %s)", (corp, json.dumps(items)))
    return cursor.fetchone()[0]


def connect(user="postgres", database=None):
    return psycopg2.connect(user=user, **({"dbname": database} if database else {}))


def waits(cursor, connection):
    """True once the other session waits for a lock, False when it does not within ten seconds."""
    for _ in range(1000):
        cursor.execute("select wait_event_type = 'Lock' from pg_stat_activity where pid = %s", (connection.info.backend_pid,))
        if cursor.fetchone()[0]:
            return True
        time.sleep(0.01)
    return False


def run_all(works):
    """Run the callables in threads of their own, from one starting line; raise the first failure."""
    line = threading.Barrier(len(works))
    failures = []

    def run(work):
        try:
            line.wait(60)
            work()
        except BaseException as failure:  # told below, in the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads), "a session hangs"
    if failures:
        raise failures[0]


@pytest.fixture
def db():
    """A session of the superuser, each statement a transaction, on an empty log and queue."""
    connection = connect()
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("truncate wecom.event, wecom.job, wecom.corp_due, wecom.secret, wecom.pull")
    yield cursor
    connection.close()


@pytest.fixture
def session():
    """Open further sessions: session(user) gives a connection, a transaction open from its first statement."""
    opened = []

    def open_one(user="wecom_callback"):
        opened.append(connect(user))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()
