"""`wecom-sync -n` tells every fault; and no secret is ever told, by anybody, anywhere."""

import shutil
import signal
import subprocess

import pytest

from harness import Account, Settings, Sync, make_certificate
from harness.cluster import bin_folder
from harness.process import wait_until
from harness.web import DEPLOY
from sync_kit import Calls, corp_of, quiet_site, settle


@pytest.fixture(scope="module")
def site(cluster, build):
    with quiet_site(cluster, build) as made:
        yield made


@pytest.fixture
def settings(site, tmp_path_factory):
    folder = site.folder / tmp_path_factory.mktemp("check").name
    return Settings(folder, Account(), WECOM_DATABASE=site.conninfo("wecom_sync"), **site.serve.settings)


def sync_of(site, settings):
    settings.write()
    return Sync(settings.folder / "sync", Account(), site.build / "wecom-sync", settings.path)


def refused(site, settings, *names):
    """A failure that names the settings and no secret; the run refuses, too."""
    sync = sync_of(site, settings)
    code, told = sync.check()
    assert code != 0 and told.strip(), told
    for name in names:
        assert any(name in line for line in told.splitlines()), (name, told)
    assert settings.leaked(told) == []
    return told


def test_all_in_order(site, settings):
    code, told = sync_of(site, settings).check()
    assert (code, "in order" in told) == (0, True), told


def test_help_and_settings(site, settings):
    sync = sync_of(site, settings)
    code, told = sync.check("-h")
    assert code == 0 and "usage" in told
    code, told = sync.check("-S")
    assert code == 0 and "WECOM_SYNC_CALLS=" in told
    assert sync.check("-x")[0] != 0
    assert sync.check("surplus")[0] != 0


def test_every_fault_at_once(site, settings):
    settings.unset("WECOM_SUITE_ID", "WECOM_SUITE_SECRET_FILE")
    settings.set(WECOM_SYNC_CALLS="many", WECOM_NO_SUCH_NAME="1", WECOM_LEASE_SECONDS="1", WECOM_API_BASE="ftp://example")
    refused(site, settings, "WECOM_SUITE_ID", "WECOM_SUITE_SECRET_FILE", "WECOM_SYNC_CALLS", "WECOM_NO_SUCH_NAME",
            "WECOM_LEASE_SECONDS", "WECOM_API_BASE")


@pytest.mark.parametrize("name", ["WECOM_SUITE_SECRET_FILE", "WECOM_MASTER_KEY_FILE"])
@pytest.mark.parametrize("fault", ["readable", "missing", "empty"])
def test_a_secret_that_is_none(site, settings, name, fault):
    path = settings.folder / name.removeprefix("WECOM_").removesuffix("_FILE").lower()
    if fault == "readable":
        path.chmod(0o644)
    elif fault == "missing":
        path.unlink()
    else:
        settings.account.write(path, "\n")
    refused(site, settings, name)


def test_plain_http_only_to_loopback(site, settings):
    settings.set(WECOM_API_BASE="http://198.51.100.1")
    refused(site, settings, "WECOM_API_BASE")


@pytest.mark.parametrize("text", [None, "no certificate\n"])
def test_a_certificate_file_that_is_none(site, settings, text):
    path = settings.folder / "ca.pem"
    if text:
        settings.account.write(path, text)
    settings.set(WECOM_API_CA_FILE=str(path))
    refused(site, settings, "API")


def test_no_database_and_its_password_is_never_told(site, settings):
    settings.set(WECOM_SYNC_DATABASE=f"host={settings.folder} dbname=nothing user=nobody password=PasswordInClear")
    assert "PasswordInClear" not in refused(site, settings, "WECOM_SYNC_DATABASE")


def test_a_database_without_the_schema(site, settings):
    settings.set(WECOM_DATABASE=site.cluster.conninfo("wecom_sync", "template1"))
    refused(site, settings, "WECOM_DATABASE")


def test_a_role_that_may_not(site, settings):
    settings.set(WECOM_DATABASE=site.conninfo("wecom_callback"))
    assert "wecom_sync" in refused(site, settings, "WECOM_DATABASE")


def test_a_server_with_another_certificate_is_not_believed(site, settings, cluster, build):
    """Signed by somebody else: no call is made, and the daemon says why."""
    other = make_certificate(settings.folder / "other", Account(), "other")
    with quiet_site(cluster, build, installed=False, sync=0) as own:
        own.settings.set(WECOM_API_CA_FILE=str(other.authority)).write()
        with Calls(own) as made:
            daemon = own.add_daemon()
            daemon.wait_line("certificate|TLS|SSL", seconds=20)
        assert made.total == 0
        assert daemon.alive


def secrets_of(site):
    """Everything that must be in no log and not in clear in the database."""
    truth = site.serve.dump()
    found = dict(site.settings.secrets)
    for corp in truth["corps"]:
        if corp.get("permanent_code"):
            found[f"permanent code of {corp['id']}"] = corp["permanent_code"]
    for code in truth.get("codes", []):
        found[f"auth code {len(found)}"] = code["code"]
    if truth.get("ticket"):
        found["suite ticket"] = truth["ticket"]
    return {name: value for name, value in found.items() if len(value) > 8}


def test_no_secret_in_any_log_or_in_clear_in_the_database(site):
    site.serve.fault("all", share=0.05)  # failures say more than successes
    site.serve.fault("huge_body", share=0)
    site.resync(corp_of(site))
    site.drained(60)
    site.serve.fault("all", share=0)
    site.resync(corp_of(site))
    settle(site, 60)
    secrets = secrets_of(site)
    assert len(secrets) >= 7 and any("permanent" in name for name in secrets)
    logs = "".join(daemon.text() for daemon in site.daemons) + site.pool.text()
    assert [name for name, value in secrets.items() if value in logs] == []
    assert "access_token=" not in logs
    dump = subprocess.run([str(bin_folder() / "pg_dump"), "-d", site.cluster.conninfo(database=site.database)],
                          capture_output=True, text=True, timeout=60, check=True).stdout
    assert "wecom.secret" in dump
    assert [name for name, value in secrets.items() if value in dump] == []
    assert "-----BEGIN" not in dump


def test_nothing_secret_on_the_command_line(site):
    with open(f"/proc/{site.daemons[0].pid}/cmdline", "rb") as file:
        words = file.read().decode()
    assert site.settings.leaked(words) == []


@pytest.mark.parametrize("question", ["verify", "security"])
def test_the_unit_is_accepted_and_sandboxed(tmp_path, question):
    analyze = shutil.which("systemd-analyze", path="/usr/bin:/bin")
    if analyze is None:
        pytest.skip("systemd-analyze is not on this machine")
    text = (DEPLOY / "systemd" / "wecom-sync.service").read_text(encoding="utf-8")
    unit = tmp_path / "wecom-sync.service"
    unit.write_text(text.replace("/usr/local/bin/wecom-sync", "/bin/true"), encoding="utf-8")
    options = {"verify": ["--man=no"], "security": ["--offline=yes", "--no-pager", "--threshold=15"]}[question]
    done = subprocess.run([analyze, question, *options, str(unit)], capture_output=True, text=True, timeout=50, check=False)
    told = done.stdout + done.stderr
    if "Unknown command verb" in told or "unrecognized option" in told:
        pytest.skip("this systemd-analyze cannot judge unit files offline")
    assert done.returncode == 0, told


def test_hup_begins_anew_with_todays_settings(site, settings):
    """In the same process; settings that are faulty change nothing; TERM ends it as ever."""
    settings.set(WECOM_SYNC_CALLS="3")
    sync = sync_of(site, settings)
    with sync.start():
        pid = sync.pid
        settings.set(WECOM_SYNC_CALLS="5")
        settings.write()
        since = sync.mark()
        sync.child.send(signal.SIGHUP)
        wait_until(lambda: " ready: 5 calls in flight" in sync.text(since), 15, "the new settings")
        assert sync.alive and sync.pid == pid

        settings.set(WECOM_SYNC_CALLS="many")
        settings.write()
        since = sync.mark()
        sync.child.send(signal.SIGHUP)
        wait_until(lambda: "going on with the old ones" in sync.text(since), 15, "the refusal of the settings")
        assert "WECOM_SYNC_CALLS" in sync.text(since) and " ready: " not in sync.text(since)
        assert sync.alive and sync.pid == pid
        assert sync.stop() == 0
