"""Hostile and broken surroundings: headers and paths written by hand, a database that is away, a corp that leaves."""

import re
import socket
import time

import pytest

from harness import Lag, raw_request, wait_until
from harness.client import open_socket, read_answer

from web_kit import FOR_MEMBERS, PAGES, SESSION, Visitor, people

STATIC = ("style.css", "workspace.js", "icon.svg", "vendor/chart.js")


class TestHeaders:
    @pytest.mark.parametrize("path", [*PAGES, "/wecom/no-such-page", "/wecom/install/done"])
    def test_pages(self, admin, path):
        answer = admin.get(path)
        headers = answer.headers
        if answer.status == 302:
            return
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy or "default-src 'self'" in policy
        assert "unsafe-inline" not in policy and "unsafe-eval" not in policy and "*" not in policy.split()
        for part in ("frame-ancestors", "base-uri", "form-action", "script-src"):
            assert part in policy
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] in ("no-referrer", "same-origin", "origin")
        assert headers["Content-Type"].replace(" ", "").lower() == "text/html;charset=utf-8"
        assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|<style|\sstyle=|javascript:", answer.text)

    def test_answers(self, admin):
        for path in ("/wecom/api/me", "/wecom/csv/customers", "/wecom/api/none"):
            assert admin.get(path).headers["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize("name", STATIC)
    def test_files(self, guest, name):
        answer = guest.get(f"/wecom/static/{name}")
        assert answer.status == 200 and answer.headers["X-Content-Type-Options"] == "nosniff", answer.headers
        wanted = {"css": "text/css", "js": "javascript", "svg": "image/svg+xml"}[name.rpartition(".")[2]]
        assert wanted in answer.headers["Content-Type"] and "Set-Cookie" not in answer.headers

    def test_no_words_about_ourselves(self, guest):
        for path in ("/", "/wecom/api/me", "/wecom/static/none", "/none"):
            answer = guest.get(path)
            assert not re.search(r"/\d", answer.headers.get("Server", "")) and "X-Powered-By" not in answer.headers


class TestPaths:
    """Who gets where by writing an address in an odd way."""

    @pytest.mark.parametrize("path", [
        "/wecom/static/../settings", "/wecom/static/%2e%2e/settings", "/wecom/static/..%2fsettings", "/wecom/static/....//",
        "/wecom/static/../../../../etc/passwd", "/wecom/static/%2e%2e%2f%2e%2e%2fetc/passwd", "/wecom/static/..\\..\\etc\\passwd",
        "/wecom/static/vendor/../../../../../../etc/passwd", "/wecom/static/%00", "/wecom/static/style.css%00.js",
        "/wecom/static/", "/wecom/static/vendor/", "/wecom/static", "//wecom/settings", "/wecom//settings", "/wecom/settings/",
        "/WECOM/settings", "/wecom/settings%2f", "/wecom/settings;x=1", "/wecom/settings%20", "/wecom/settings.html",
        "/wecom/static/workspace.html", "/wecom/static/settings.html", "/.git/config", "/wecom/.env", "/wecom/api/../settings", "/metrics",
        "/wecom/metrics", "/wecom/%73ettings", "/./wecom/settings", "/wecom/api", "/wecom/api/", "/wecom/csv/"])
    def test_a_stranger(self, guest, url, path):
        port = int(url.rpartition(":")[2])
        answer = raw_request(port, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        assert answer.status in (301, 302, 307, 308, 400, 401, 403, 404) or (
            answer.status == 200 and path.startswith("/wecom/static/")), (answer.status, answer.text[:200])
        assert "root:" not in answer.text and "[core]" not in answer.text and "wecom_callback_" not in answer.text
        location = answer.headers.get("location", "")
        assert not location or location.startswith(("/wecom/", url + "/")) and not location.startswith("//"), location

    @pytest.mark.parametrize("line", [
        b"X-Forwarded-Host: evil.example", b"X-Forwarded-Proto: https", b"X-Original-URL: /wecom/settings",
        b"X-Rewrite-URL: /wecom/settings", b"X-HTTP-Method-Override: POST", b"Proxy: http://evil.example",
        b"X-Forwarded-For: 127.0.0.1", b"X-Userid: admin", b"Remote-User: admin", b"X-Accel-Redirect: /etc/passwd",
        b"Wecom-Session: x", b"Script-Name: /wecom/settings", b"Request-Uri: /wecom/settings"])
    def test_headers_are_no_rights(self, url, line):
        port = int(url.rpartition(":")[2])
        for path in ("/wecom/settings", "/wecom/api/settings"):
            answer = raw_request(port, b"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\nConnection: close\r\n\r\n" % (
                path.encode(), port, line))
            assert answer.status in (302, 401), answer
            assert "evil" not in answer.headers.get("location", "")

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "evil.example:80@127.0.0.1", "a" * 300, ""])
    def test_the_host_of_a_request_leads_nowhere(self, url, host):
        port = int(url.rpartition(":")[2])
        answer = raw_request(port, f"GET /wecom/login/start?how=oauth HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert answer.status in (302, 400, 404, 421), answer
        assert "evil" not in answer.headers.get("location", "")

    @pytest.mark.parametrize("data", [
        b"GET /wecom/api/me HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /wecom/api/me HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /wecom/api/me HTTP/1.1\r\nHost: x\r\nCookie: wecom_session=a\r\nCookie: wecom_session=b\r\nConnection: close\r\n\r\n",
        b"GET /wecom/api/me HTTP/1.1\r\nHost: x\r\nCookie: " + b"a=b; " * 1500 + b"\r\nConnection: close\r\n\r\n",
        b"GET /wecom/api/me?" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /wecom/api/me?x=%zz&y=%f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /wecom/api/me?x=%00%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/wecom/settings HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"TRACE /wecom/workspace HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"DELETE /wecom/api/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"HEAD /wecom/workspace HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"POST /wecom/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /wecom/api/me HTTP/9.9\r\n\r\n", b"\r\n\r\n\r\n", b"GET\r\n\r\n"])
    def test_requests_by_hand(self, site, url, data):
        port = int(url.rpartition(":")[2])
        answer = raw_request(port, data, finish=True)
        assert answer.status == 0 or answer.status in (301, 302) or 400 <= answer.status < 500 or answer.status == 505 or (
            answer.status == 200 and data.startswith((b"HEAD", b"OPTIONS"))), answer
        assert Visitor(site, url).get("/healthz").status == 200

    def test_a_slow_sender_holds_nobody_up(self, site, url):
        port = int(url.rpartition(":")[2])
        held = [open_socket(port) for _ in range(40)]
        try:
            for connection in held:
                connection.sendall(b"POST /wecom/api/resync HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nkind=")
            with Lag() as lag:
                began = time.monotonic()
                assert Visitor(site, url).get("/wecom/login").status == 200
                assert time.monotonic() - began < 3 + lag.seconds
        finally:
            for connection in held:
                connection.close()

    def test_kept_connections(self, site, url, member):
        """One visitor's answers never reach another over the same connection."""
        port = int(url.rpartition(":")[2])
        cookie = f"Cookie: {SESSION}={member.cookies[SESSION]}\r\n"
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            for mine in (True, False, True, False):
                connection.sendall((f"GET /wecom/api/me HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n" + (cookie if mine else "") +
                                    "\r\n").encode())
                assert read_answer(connection).status == (200 if mine else 401)


class TestHealth:
    def test_it_says_so(self, guest):
        answer = guest.get("/healthz")
        assert answer.status == 200 and "wp" not in answer.text

    def test_figures_are_not_for_the_public(self, guest):
        assert guest.get("/metrics").status in (403, 404)


class TestLeaving:
    """The corp removes the app while a page is open."""

    def test_cancelled(self, new_site):
        own = new_site()
        who = people(own)
        admin, other = Visitor(own, own.url).log_in(who.admin), Visitor(own, own.url).log_in(who.other)
        assert admin.api("overview").status == other.api("overview").status == 200
        time.sleep(1.1)  # within one second nobody installs and leaves
        own.serve.deed("cancel", corp=who.admin.corp)
        wait_until(lambda: admin.api("overview").status != 200, 20, "the end of the session")
        for name in FOR_MEMBERS:
            assert admin.api(name).status in (401, 403), admin.last
        assert admin.get("/wecom/workspace").status in (302, 403)
        assert admin.csv("customers").status in (401, 403)
        assert admin.post("/wecom/api/resync", {"X-CSRF-Token": "x"}, kind="tag", target="").status in (401, 403)
        again = Visitor(own, own.url).log_in(who.admin)
        assert SESSION not in again.cookies and again.api("me").status == 401
        own.drained(30)
        assert own.rows("select count(*) from wecom.session where auth_corp_id = %s", (who.admin.corp,), user="postgres") == [(0,)]
        assert other.api("overview").status == 200

    def test_no_administrator_any_more(self, new_site):
        """WeCom's list decides, not what was so when the session began."""
        own = new_site()
        who = people(own)
        visitor = Visitor(own, own.url).log_in(who.admin)
        own.rows("update wecom.session set begun_at = begun_at - interval '1 hour'", user="postgres")
        assert visitor.get("/wecom/settings").status == 200

        def is_admin():
            corp = own.serve.dump()["corps"][0]
            return any(row["id"] == who.admin.user and row["auth_type"] == 1 for row in corp["admins"])

        for _ in range(200):
            if not is_admin():
                break
            own.serve.deed("admins", corp=who.admin.corp)
        assert not is_admin()
        own.drained(60)
        wait_until(lambda: visitor.get("/wecom/settings").status == 403, 20, "the end of the rights")
        assert visitor.api("settings").status == 403 and visitor.api("me").json()["is_admin"] is False
        assert visitor.act("resync", kind="tag", target="").status == 403


def test_the_database_is_away(cluster, new_site):
    """A page that says so, in time; and all is well when it is back."""
    own = new_site()
    visitor = Visitor(own, own.url).log_in(people(own).admin)
    cluster.freeze()
    try:
        for path in ("/wecom/api/overview", "/wecom/workspace", "/wecom/csv/customers", "/wecom/login/start?how=oauth", "/healthz"):
            with Lag() as lag:
                began = time.monotonic()
                answer = visitor.get(path)
                took = time.monotonic() - began
            assert answer.status == 503 and took < 8 + lag.seconds, (path, answer, took)
        assert visitor.get("/").status == visitor.get("/wecom/static/style.css").status == 200
        assert "json" in visitor.api("me").headers["Content-Type"]
    finally:
        cluster.thaw()
    wait_until(lambda: visitor.api("overview").status == 200, 20, "the pages after the outage")
    cluster.stop("immediate")
    try:
        with Lag() as lag:
            began = time.monotonic()
            answer = visitor.get("/wecom/workspace")
            assert answer.status == 503 and time.monotonic() - began < 8 + lag.seconds
        assert "text/html" in answer.headers["Content-Type"] and "psql" not in answer.text and "socket" not in answer.text
        assert SESSION in visitor.cookies
    finally:
        cluster.start()
    wait_until(lambda: visitor.api("overview").status == 200, 30, "the pages after the restart")
