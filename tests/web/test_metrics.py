"""/metrics as Prometheus gets it: by the shipped settings for this machine's monitoring, from a pool of several workers."""

import json
import re
import signal
import time

import pytest

from harness import Lag, wait_until
from harness.pool import samples
from harness.process import are_stopped, send_signal
from harness.prometheus import RULES, names_of_rules, promtool

from web_kit import Visitor, people

WORKERS = 3
TYPE = "text/plain; version=0.0.4; charset=utf-8"


@pytest.fixture(scope="module", params=["nginx", "apache"])
def own(request, new_site):
    return new_site(web=(request.param,), WECOM_WEB_WORKERS=WORKERS, WECOM_WORKERS="2", serve={"corps": "2", "visitors": "1"})


@pytest.fixture
def web(own):
    return own.web[own.web_names[0]]


@pytest.fixture
def pages(own):
    return own.pages[own.web_names[0]]


@pytest.fixture
def scrape(own, web):
    def ask(method="GET", path="/metrics"):
        return Visitor(own, web.local_url).request(method, path)

    def ask_whole(method="GET", path="/metrics", is_whole=True):
        """Asked again where a stall took the database's time: then its figures are missing by right."""
        if (method, path) != ("GET", "/metrics") or not is_whole:
            return ask(method, path)
        return wait_until(lambda: (answer := ask()) and "\nwecom_database_up 1\n" in answer.text and answer, 20,
                          "figures with the database's")

    return ask_whole


def figures(answer):
    assert answer.status == 200, answer
    return samples(answer.text)


def answered(found, program="web"):
    """Requests so far, whatever became of them."""
    return sum(value for name, value in found.items() if name.startswith(f"wecom_{program}_requests_total{{"))


class TestText:
    def test_promtool_accepts_it(self, scrape):
        answer = scrape()
        assert promtool("check", "metrics", text=answer.text) == (0, "")
        assert len(figures(answer)) > 60 and answer.text.endswith("\n")

    @pytest.mark.parametrize("program", ["callback", "web"])
    def test_promtool_accepts_what_the_programs_print(self, own, pages, program):
        text = (own.pool if program == "callback" else pages).figures()
        assert promtool("check", "metrics", text=text) == (0, "")
        assert all(name.startswith(f"wecom_{program}_") for name in samples(text)) and samples(text)

    def test_its_kind(self, scrape):
        answer = scrape()
        assert answer.headers["Content-Type"] == TYPE
        assert answer.headers["Cache-Control"] == "no-store" and "Set-Cookie" not in answer.headers
        assert scrape("HEAD").status == 200 and scrape("HEAD").body == b""

    @pytest.mark.parametrize("name", names_of_rules())
    def test_every_figure_of_the_alerts_is_in_it(self, scrape, name):
        """With a number, not by its name alone: an alert on what is not there stays silent for ever."""
        wait_until(lambda: name in {found.partition("{")[0] for found in figures(scrape())}, 5, name)  # calls are counted every second

    def test_every_outcome_of_the_alerts_is_in_it(self, scrape):
        """A word in an alert that no program says would never match."""
        outcomes = re.findall(r'\{outcome=~"([a-z_|]+)"\}', RULES.read_text(encoding="utf-8"))
        found = figures(scrape())
        assert outcomes
        for outcome in "|".join(outcomes).split("|"):
            assert f'wecom_callback_requests_total{{outcome="{outcome}"}}' in found

    def test_nothing_secret_and_nobody(self, own, scrape):
        text = scrape().text
        person = people(own).admin
        assert own.settings.leaked(text) == [] and person.corp not in text and person.user not in text


class TestDoors:
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
    def test_only_for_reading(self, scrape, method):
        answer = scrape(method)
        assert answer.status in (403, 405) and "wecom_" not in answer.text

    @pytest.mark.parametrize("path", ["/", "/anything-else", "/metrics/", "/metricsx", "/metrics/x", "/x/metrics", "/METRICS",
                                      "/wecom/workspace", "/wecom/api/me", "/wecom/login", "/wecom/static/style.css",
                                      "/api/v1/wecom/command"])
    def test_nothing_else_is_behind_it(self, scrape, path):
        answer = scrape(path=path)
        assert answer.status == 404 and "wecom_" not in answer.text, answer

    def test_health(self, scrape):
        assert scrape(path="/healthz").status == 200

    def test_the_public_does_not_see_them(self, own):
        answer = Visitor(own, own.url).get("/metrics")
        assert answer.status == 404 and "wecom_" not in answer.text

    def test_on_the_loopback_address_alone(self, web):
        """By the kernel's table of listening sockets, IPv4 and IPv6."""
        found = []
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            with open(table, encoding="ascii") as file:
                rows = [line.split() for line in list(file)[1:]]
            found += [row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == web.local_port]
        assert set(found) == {"0100007F"}


class TestWorkers:
    """Counters are the pool's, not those of the worker that happens to answer."""

    def one_by_one(self, pages, scrape):
        """{pid: figures}: the others are stopped while one answers; and the parent, who would take them for frozen."""
        workers, found = pages.children, {}
        assert len(workers) == WORKERS
        for pid in workers:
            mark = pages.settled_mark()
            others = [other for other in workers if other != pid]
            try:
                send_signal(pages.pid, signal.SIGSTOP)
                for other in others:
                    pages.kill_child(other, signal.SIGSTOP)
                wait_until(lambda: are_stopped(others), 5, "the other workers to stop")  # pylint: disable=cell-var-from-loop
                found[pid] = figures(scrape())
                assert f"[{pid}]" in pages.wait_line("path=/metrics ", mark)
            finally:
                for other in others:
                    pages.kill_child(other, signal.SIGCONT)
                send_signal(pages.pid, signal.SIGCONT)
        return found

    def test_each_tells_the_same(self, pages, scrape):
        scrape()
        found = list(self.one_by_one(pages, scrape).values())
        told = [{name: value for name, value in one.items() if name.startswith("wecom_callback_") and "_age_" not in name}
                for one in found]
        assert len(told[0]) > 30 and told == [told[0]] * WORKERS
        # a request is counted when it is answered: each sees those before it
        assert [answered(one) - answered(found[0]) for one in found] == list(range(WORKERS))

    def test_each_counts(self, own, pages, scrape):
        """What one answered is told by the others."""
        before = figures(scrape())
        mark = pages.settled_mark()
        for _ in range(20):
            assert Visitor(own, own.url).get("/wecom/api/me").status == 401
        pages.wait_requests(20, mark)
        for one in self.one_by_one(pages, scrape).values():
            assert one['wecom_web_requests_total{outcome="denied"}'] == before['wecom_web_requests_total{outcome="denied"}'] + 20
            assert one["wecom_web_duration_seconds_count"] == answered(one)

    def test_new_workers_go_on_counting(self, pages, scrape):
        before = figures(scrape())
        old = pages.children
        pages.hup()
        wait_until(lambda: len(pages.children) == WORKERS and not set(pages.children) & set(old), 20, "new workers")
        after = figures(scrape())
        assert answered(after) > answered(before)
        assert after["wecom_web_worker_restarts_total"] == before["wecom_web_worker_restarts_total"]
        victim = pages.children[0]
        pages.kill_child(victim)
        wait_until(lambda: len(pages.children) == WORKERS and victim not in pages.children, 20, "another worker")
        # the kernel's list of children may lack one while another ends: what counts is the figure
        wait_until(lambda: figures(scrape())["wecom_web_worker_restarts_total"] > before["wecom_web_worker_restarts_total"], 20,
                   "a restart that is counted")
        last = figures(scrape())
        assert last["wecom_web_worker_restarts_total"] == before["wecom_web_worker_restarts_total"] + 1
        assert answered(last) > answered(after)
        assert last["wecom_web_start_time_seconds"] == before["wecom_web_start_time_seconds"]


class TestTruth:
    def test_of_the_receiver(self, own, scrape):
        before = figures(scrape())
        mark = own.pool.settled_mark()
        assert own.sim.verify(own.port).status == 200
        assert own.sim.verify(own.port, signature="0" * 40).status == 403
        own.pool.wait_requests(2, mark)
        after = figures(scrape())
        for outcome in ("ok", "denied"):
            name = f'wecom_callback_requests_total{{outcome="{outcome}"}}'
            assert after[name] == before[name] + 1
        assert after["wecom_callback_up"] == after["wecom_database_up"] == 1
        assert {name: value for name, value in samples(own.pool.figures()).items() if "requests" in name} == {
            name: value for name, value in after.items() if name.startswith("wecom_callback_requests")}

    def test_of_the_database(self, own, scrape):
        Visitor(own, own.url).log_in(people(own).admin)
        found = figures(scrape())
        assert found['wecom_corps{state="active"}'] == 1
        assert found["wecom_web_sessions"] == own.rows("select count(*) from wecom.session", user="postgres")[0][0]
        for suite in (own.settings.suite_id, own.settings.values["WECOM_LOGIN_SUITE_ID"]):
            assert 0 <= found[f'wecom_suite_ticket_age_seconds{{suite="{suite}"}}'] < 600

    def test_of_the_calls(self, own, scrape):
        """They are counted in the database every second."""
        token = 'wecom_api_calls_total{api="service/get_suite_token"}'
        found = wait_until(lambda: (now := figures(scrape())).get(token) and now, 5, token)
        for api, calls in own.rows("select api, sum(calls) from report.api_usage where day = (now() at time zone 'UTC')::date group by 1"):
            assert found[f'wecom_api_calls_total{{api="{api}"}}'] <= calls

    def test_without_the_database(self, own, cluster, scrape):
        """What is known without it is told without it, in the time that the web server gives."""
        cluster.freeze()
        try:
            with Lag() as lag:
                began = time.monotonic()
                answer = scrape(is_whole=False)
                took = time.monotonic() - began
        finally:
            cluster.thaw()
        assert took < 8 + lag.seconds
        found = figures(answer)
        assert found["wecom_database_up"] == 0 and found["wecom_callback_up"] == 1
        assert answered(found, "callback") > 0 and "wecom_web_sessions" not in found
        assert promtool("check", "metrics", text=answer.text) == (0, "")
        wait_until(lambda: figures(scrape())["wecom_database_up"] == 1, 30, "the database's figures")


class TestAlerts:
    """promtool evaluates the shipped alerts on what was really scraped: before something happened, and after."""

    def fired(self, tmp_path, alert, before, after, minutes):
        """The labels of what fires when `after` has lasted for so long."""
        series = [{"series": name, "values": " ".join([str(before.get(name, "_"))] * 11 + [str(value)] * (minutes + 10))}
                  for name, value in after.items()]
        rules = tmp_path / "rules.yml"
        rules.write_text(RULES.read_text(encoding="utf-8"), encoding="utf-8")
        test = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [
            {"interval": "1m", "input_series": series,
             "alert_rule_test": [{"eval_time": f"{11 + minutes}m", "alertname": alert, "exp_alerts": []}]}]}
        (tmp_path / "test.yml").write_text(json.dumps(test), encoding="utf-8")
        code, said = promtool("test", "rules", str(tmp_path / "test.yml"))
        assert "error" not in said.lower(), said
        return re.findall(r"Labels:(\{.*?\})", said.partition("got:")[2]) if code else []

    def test_drift(self, own, scrape, tmp_path):
        before = figures(scrape())
        corp = people(own).admin.corp
        own.rows("insert into wecom.counter (auth_corp_id, day, name, n) values (%s, (now() at time zone 'UTC')::date, 'drift_chat', 3)",
                 (corp,), user="postgres")
        try:
            after = figures(scrape())
        finally:
            own.rows("delete from wecom.counter where name = 'drift_chat'", user="postgres")
        assert self.fired(tmp_path, "WecomDrift", before, before, 1) == []
        found = self.fired(tmp_path, "WecomDrift", before, after, 1)
        assert len(found) == 1 and 'kind="chat"' in found[0], found

    def test_a_ticket_that_never_came(self, own, scrape, tmp_path):
        suite = own.settings.values["WECOM_LOGIN_SUITE_ID"]
        before = figures(scrape())
        kept = own.rows("delete from wecom.secret where auth_corp_id = %s returning auth_corp_id, kind, name, secret_at, sealed",
                        (f"suite:{suite}",), user="postgres")
        try:
            after = figures(scrape())
        finally:
            for row in kept:
                own.rows("insert into wecom.secret (auth_corp_id, kind, name, secret_at, sealed) values (%s, %s, %s, %s, %s)",
                         row, user="postgres")
        assert kept and self.fired(tmp_path, "WecomNoTicket", before, before, 20) == []
        found = self.fired(tmp_path, "WecomNoTicket", before, after, 20)
        assert len(found) == 1 and f'suite="{suite}"' in found[0], found
