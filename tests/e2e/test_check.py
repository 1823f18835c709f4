"""`wecom-callback -n`: every fault at once, in sentences, with an exit code; and what it refuses it also refuses to run."""

import pytest

from harness import Account, HarnessError, Pool, Settings


@pytest.fixture
def settings(site, tmp_path_factory):
    folder = site.folder / tmp_path_factory.mktemp("check").name
    return Settings(folder, Account(), WECOM_DATABASE=site.settings.values["WECOM_DATABASE"])


def pool_of(site, settings):
    settings.write()
    return Pool(settings.folder / "pool", Account(), site.build / "wecom-callback", settings.path)


def test_all_in_order(site, settings):
    code, told = pool_of(site, settings).check()
    assert (code, "in order" in told) == (0, True), told


def test_every_fault_at_once(site, settings):
    settings.unset("WECOM_SUITE_ID")
    settings.set(WECOM_WORKERS="many", WECOM_NO_SUCH_NAME="1", WECOM_BODY_MAX_BYTES="5", WECOM_LOG_REQUESTS="perhaps")
    settings.account.write(settings.values["WECOM_AES_KEY_FILE"], "tooShort\n")
    settings.account.write(settings.values["WECOM_MASTER_KEY_FILE"], "not sixty-four hexadecimal digits\n")
    code, told = pool_of(site, settings).check()
    assert code != 0
    for name in ("WECOM_SUITE_ID", "WECOM_WORKERS", "WECOM_NO_SUCH_NAME", "WECOM_BODY_MAX_BYTES", "WECOM_LOG_REQUESTS",
                 "WECOM_AES_KEY_FILE", "WECOM_MASTER_KEY_FILE"):
        assert any(name in line for line in told.splitlines()), (name, told)
    assert "tooShort" not in told and "sixty-four" not in told.replace("64", "")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602])
def test_a_secret_others_can_read_is_refused(site, settings, mode):
    file = settings.folder / "token"
    file.chmod(mode)
    pool = pool_of(site, settings)
    code, told = pool.check()
    assert code != 0 and "WECOM_TOKEN_FILE" in told
    assert settings.token not in told
    with pytest.raises(HarnessError):
        pool.start()


@pytest.mark.parametrize("fault", ["missing", "empty", "folder", "long"])
def test_a_secret_that_is_none(site, settings, fault):
    file = settings.folder / "token"
    file.unlink()
    if fault == "empty":
        settings.account.write(file, "\n")
    elif fault == "long":
        settings.account.write(file, "x" * 5000)
    elif fault == "folder":
        file.mkdir()
    code, told = pool_of(site, settings).check()
    assert code != 0 and "WECOM_TOKEN_FILE" in told


def test_no_database_and_its_password_is_never_told(site, settings):
    settings.set(WECOM_DATABASE=f"host={settings.folder} dbname=nothing user=nobody password=PasswordInClear")
    code, told = pool_of(site, settings).check()
    assert code != 0 and "WECOM_DATABASE" in told
    assert "PasswordInClear" not in told


def test_a_database_without_the_schema(site, settings):
    settings.set(WECOM_DATABASE=site.cluster.conninfo("wecom_callback", "template1"))
    code, told = pool_of(site, settings).check()
    assert code != 0 and "WECOM_DATABASE" in told


def test_no_settings_file(site, settings):
    pool = pool_of(site, settings)
    pool.settings_path.unlink()
    code, told = pool.check()
    assert code != 0 and str(pool.settings_path) in told
