"""`make run` as a newcomer meets it: one click, and one is in."""

import http.client
import re
from urllib.parse import urljoin, urlsplit

from harness import wait_until


class Newcomer:
    """Follows every redirect and keeps cookies, as a browser does."""

    def __init__(self):
        self.cookies = {}

    def open(self, url):
        for _ in range(8):
            parts = urlsplit(url)
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers={"Cookie": cookies})
            answer = connection.getresponse()
            text = answer.read().decode()
            for line in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = line.partition("=")
                self.cookies[name] = value.partition(";")[0]
            connection.close()
            if answer.status != 302:
                return answer.status, url, text
            url = urljoin(url, answer.headers["Location"])
        raise AssertionError("a redirect without end")


def click(page, label):
    """The address of the first link whose words contain `label`."""
    _, url, text = page
    found = re.search(rf'<a href="([^"]*)">(?:(?!</a>).)*{label}', text)
    return urljoin(url, found.group(1).replace("&amp;", "&"))


def test_one_click(new_run):
    run = new_run().start().ready()
    wait_until(lambda: run.query("select count(*) >= 3 from mirror.corp where state = 'active'")[0][0], 60, "three corps")
    base, person = run.env()["WECOM_BASE_URL"], Newcomer()
    page = person.open(f"{base}/wecom/login/start?how=oauth")
    assert "/connect/oauth2/authorize" in page[1]
    status, url, _ = person.open(click(page, "应用管理员"))
    assert (status, urlsplit(url).path) == (200, "/wecom/workspace")
    status, _, text = person.open(f"{base}/wecom/api/overview")
    assert status == 200 and '"customers_total"' in text
    assert person.open(f"{base}/wecom/settings")[0] == 200

    # the corp that waits for it installs the app
    before, newcomer = run.query("select array_agg(auth_corp_id) from mirror.corp")[0][0], Newcomer()
    status, url, _ = newcomer.open(click(newcomer.open(f"{base}/wecom/install"), "install"))
    assert (status, urlsplit(url).path) == (200, "/wecom/install/done")
    fresh = "select count(*) from mirror.corp where state = 'active' and auth_corp_id <> all (string_to_array('%s', ','))"
    wait_until(lambda: run.query(fresh % ",".join(before))[0][0] == 1, 30, "the new corp")
    assert run.end() == 0
