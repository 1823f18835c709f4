"""CONF=: `make run` with the operator's own ids and keys."""

from pathlib import Path

from harness import Account, Settings


def test_their_keys_are_used(new_run, place):
    settings = Settings(place / "conf", Account(), system=False).write()
    run = new_run(CONF=str(settings.path)).start().ready()
    run.wait_events(3)
    ids = run.query("select distinct body->>'SuiteId' from mirror.event where body ? 'SuiteId'")
    assert ids == [(settings.suite_id,)]
    assert run.end() == 0


def test_broken_settings(new_run, place):
    settings = Settings(place / "conf", Account(), WECOM_WORKERS="many").write()
    told = new_run(CONF=str(settings.path)).start().refused()
    assert "WECOM_WORKERS" in told and settings.leaked(told) == []


def test_a_key_that_others_can_read(new_run, place):
    settings = Settings(place / "conf", Account()).write()
    Path(settings.values["WECOM_TOKEN_FILE"]).chmod(0o644)
    assert "WECOM_TOKEN_FILE" in new_run(CONF=str(settings.path)).start().refused()


def test_no_such_file(new_run, place):
    assert str(place / "none.conf") in new_run(CONF=str(place / "none.conf")).start().refused()
