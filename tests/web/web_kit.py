"""Words of the tests of the pages: a visitor with cookies and without a browser, and who there is to log in."""

import http.client
import json
from collections import namedtuple
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

LISTS = ("channels", "staff", "groups", "owners", "duplicates", "group_changes", "tag_orders", "losses", "transfers", "customers")
RANGED = ("overview", "staff", "owners", "group_changes", "losses", "trust", "usage")
FOR_MEMBERS = ("me", "overview", "tags", *LISTS)
FOR_ADMINS = ("settings", "trust", "usage")
PAGES = ("/", "/wecom/login", "/wecom/workspace", "/wecom/settings")
SESSION = "wecom_session"

Person = namedtuple("Person", "corp user")
People = namedtuple("People", "admin member other third outsider")


def people(site):
    corps = site.serve.dump()["corps"]

    def pick(place, is_admin):
        admins = {admin["id"] for admin in corps[place]["admins"] if admin["auth_type"] == 1 and corps[place]["auth_mode"] == 0}
        allowed = {user["id"] for user in corps[place]["scope_users"]}
        found = [member["id"] for member in corps[place]["members"] if (member["id"] in admins) == is_admin]
        visible = [user for user in found if place != 2 or user in allowed]
        return Person(corps[place]["id"], visible[0])

    roles = ((0, True), (0, False), (1, True), (2, False), (3, False))
    return People(*(pick(*role) if role[0] < len(corps) else None for role in roles))


class Answer:
    def __init__(self, found, url):
        self.status, self.headers, self.body, self.url = found.status, found.headers, found.read(), url

    @property
    def text(self):
        return self.body.decode()

    @property
    def location(self):
        return self.headers.get("Location")

    @property
    def cookies(self):
        """By name: the whole Set-Cookie."""
        return {line.split("=", 1)[0]: line for line in self.headers.get_all("Set-Cookie") or []}

    def json(self):
        assert self.headers["Content-Type"].startswith("application/json"), (self.status, self.headers["Content-Type"])
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.url} {self.location or ''} {self.body[:300]!r}"


class Visitor:
    """Somebody with a cookie jar.  Never follows a redirect unless told to.

        .get(path, **query) .post(path, **form) .api(name, **query) .csv(name, **query)
        .log_in(Person, how="oauth"|"web"|"console", next=…)   as a click after the other; the answer of the last is .last
    """

    def __init__(self, site, url):
        self.site, self.url = site, url
        self.cookies, self.last = {}, None

    def copy(self):
        """The same cookies in another browser."""
        made = Visitor(self.site, self.url)
        made.cookies = dict(self.cookies)
        return made

    def request(self, method, target, body=None, headers=None):
        parts = urlsplit(urljoin(self.url, target))
        ours = parts.netloc == urlsplit(self.url).netloc
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if ours and self.cookies else {}
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, path, body, {**sent, **(headers or {})})
            answer = Answer(connection.getresponse(), parts.geturl())
        finally:
            connection.close()
        if ours:
            self._keep(answer)
        self.last = answer
        return answer

    def _keep(self, answer):
        for name, line in answer.cookies.items():
            value, _, attributes = line.split("=", 1)[1].partition(";")
            if "max-age=0" in attributes.lower().replace(" ", "") or value in ("", '""'):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    def get(self, path, /, **query):
        return self.request("GET", path + ("?" + urlencode(query) if query else ""))

    def post(self, path, headers=None, /, **form):
        return self.request("POST", path, urlencode(form), {
            "Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def api(self, name, /, **query):
        return self.get(f"/wecom/api/{name}", **query)

    def rows(self, name, /, **query):
        answer = self.api(name, **query)
        assert answer.status == 200, answer
        return answer.json()["rows"]

    def csv(self, name, /, **query):
        return self.get(f"/wecom/csv/{name}", **query)

    @property
    def token(self):
        return self.api("me").json()["csrf_token"]

    def act(self, name, /, **form):
        """A POST of the settings page."""
        return self.post(f"/wecom/api/{name}", {"X-CSRF-Token": self.token}, **form)

    # to WeCom and back

    def set_out(self, how="oauth", **query):
        """Where the browser is sent to log in."""
        answer = self.get("/wecom/login/start", how=how, **query)
        assert answer.status == 302, answer
        return answer.location

    def click(self, location, person):
        """What the simulated WeCom answers to the click on that person: the way back."""
        sign = "&" if "?" in location else "?"
        location = location.partition("#")[0]
        answer = Visitor(self.site, self.site.serve.pages_base).request(
            "GET", location + sign + urlencode({"sim_corp": person.corp, "sim_user": person.user}))
        assert answer.status == 302, answer
        return answer.location

    def here(self, location):
        """The same address at our web server: the console knows only one of them."""
        return urlsplit(location)._replace(scheme="", netloc="").geturl()

    def log_in(self, person, how="oauth", **query):
        if how == "console":
            back = self.here(self.click(f"{self.site.serve.pages_base}/admin", person))
        else:
            back = self.click(self.set_out(how, **query), person)
        self.request("GET", back)
        return self


def session_of(cookie):
    """The value of a Set-Cookie line."""
    return cookie.split("=", 1)[1].partition(";")[0]


def query_of(location):
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
