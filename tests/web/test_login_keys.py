"""A login app with a Token and key of its own: its ticket comes by its own path, and people log in with it."""

from urllib.parse import urlsplit

import pytest

from harness import wait_until

from web_kit import SESSION, Visitor, people

GETUSERINFO = "service/auth/getuserinfo3rd"


@pytest.fixture(scope="module")
def own(new_site):
    return new_site(login_keys=True, web=("nginx", "apache"), serve={"corps": "2", "visitors": "1"})


@pytest.fixture(scope="module")
def login_row(own):
    return f"suite:{own.settings.values['WECOM_LOGIN_SUITE_ID']}"


def tickets(site):
    return {row[0] for row in site.rows("select auth_corp_id from wecom.secret where kind = 'suite_ticket'")}


def forget(site, row):
    """As before its first ticket came; the pages are started anew, for they keep tokens in memory."""
    site.rows("delete from wecom.secret where kind = 'suite_ticket' and auth_corp_id = %s", (row,), user="postgres")
    site.rows("delete from wecom.token where auth_corp_id = %s", (row,), user="postgres")
    for pool in site.pages.values():
        pool.close()
        pool.start()


def test_the_ticket_came_by_its_own_path(own, login_row):
    wait_until(lambda: login_row in tickets(own), 20, "the login app's ticket")
    assert tickets(own) == {login_row, f"suite:{own.settings.suite_id}"}
    line = own.pool.wait_line(f"status=200 .*corp={login_row} info_type=suite_ticket")
    assert " route=login " in line and " stored=" in line


@pytest.mark.parametrize("name", ["nginx", "apache"])
@pytest.mark.parametrize("how", ["web", "console"])
def test_people_log_in_with_it(own, login_row, how, name):
    person = people(own).admin
    before = own.serve.answered(GETUSERINFO)
    visitor = Visitor(own, own.web[name].url).log_in(person, how)
    assert visitor.last.status == 302 and SESSION in visitor.cookies, visitor.last
    assert urlsplit(visitor.last.location).path == ("/wecom/settings" if how == "console" else "/wecom/workspace")
    assert visitor.api("me").json()["userid"] == person.user
    assert own.serve.answered(GETUSERINFO) == before + 1
    assert own.rows("select count(*) from wecom.token where auth_corp_id = %s and kind = 'suite_access_token'", (login_row,),
                    user="postgres") == [(1,)]
    assert not own.serve.violations()


def test_without_a_ticket(own, login_row):
    """Nobody logs in with a browser before the login app's ticket is there; inside WeCom everybody does."""
    person = people(own).admin
    forget(own, login_row)
    visitor = Visitor(own, own.url).log_in(person, "web")
    assert visitor.last.status == 503 and SESSION not in visitor.cookies, visitor.last
    line = own.pages["nginx"].wait_line("refused=wecom")
    assert f"no suite_ticket is stored for {login_row}" in line
    assert SESSION in Visitor(own, own.url).log_in(person).cookies
    assert not own.serve.violations()


def test_no_secret_in_any_log(own):
    text = own.pool.text() + "".join(pool.text() for pool in own.pages.values())
    assert text and own.settings.leaked(text) == []
