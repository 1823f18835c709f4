"""What `make test` counts: every failure of every suite, and those suites that crash, fall silent or cannot be built."""

import pytest

from harness import suites, tally
from harness.suites import Step, Suites

GOOD = '<testsuite><testcase classname="c" name="one"/><testcase classname="c" name="two"><skipped/></testcase></testsuite>'
BAD = ('<testsuite><testcase classname="c" name="one"/><testcase classname="c" name="two">'
       '<failure>&#10; it was&#10; blue</failure></testcase></testsuite>')
MAKEFILE = f"""
good:
	@echo '{GOOD}' > reports/good.xml
good-more:
	@echo '{BAD}' > reports/good-more.xml; false
crash:
	@echo '{GOOD}' > reports/crash.xml; echo 'the last words'; kill -9 $$$$
torn:
	@echo '<testsuite>' > reports/torn.xml; false
silent:
	@true
build:
	@echo 'no compiler'; false
built:
	@echo '{GOOD}' > reports/built.xml
"""
STEPS = [Step("build", after="", is_suite=False), Step("built"),
         *(Step(name, after="", waits=waits) for waits, name in enumerate(("good", "good-more"))),
         *(Step(name, after="", waits=True) for name in ("crash", "torn", "silent"))]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """run(names): what is printed when these are run, and the exit status of the tally."""
    (tmp_path / "Makefile").write_text(MAKEFILE)
    reports = tmp_path / "reports"
    reports.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAKEFLAGS", raising=False)

    def do(*names):
        Suites(reports, names, STEPS).run()
        code = tally.tell(reports, names)
        return capsys.readouterr().out, code

    return do


def test_all_is_well(run):
    told, code = run("good")
    assert told.endswith("1 passed, 0 failed, 1 skipped\n") and code == 0
    assert "== good: ok" in told


def test_a_failure_of_one_suite(run):
    told, code = run("good", "good-more")
    assert told.endswith("2 passed, 1 failed, 1 skipped\n") and code == 1
    assert "FAILED c: two: it was / blue\n" in told and "== good-more: FAILED" in told


def test_a_suite_that_crashes_after_its_report(run):
    told, code = run("good", "crash")
    assert told.endswith("2 passed, 1 failed, 2 skipped\n") and code == 1
    assert "the last words" in told and "FAILED crash: ends in order" in told


@pytest.mark.parametrize("name, reason", [("torn", "not readable"), ("silent", "ran no test")])
def test_a_suite_without_a_good_report(run, name, reason):
    told, code = run("good", name)
    assert told.endswith("1 passed, 1 failed, 1 skipped\n") and code == 1
    assert reason in told


def test_what_could_not_be_built(run):
    told, code = run("good", "built")
    assert told.endswith("1 passed, 1 failed, 1 skipped\n") and code == 1
    assert "no compiler" in told and "FAILED built: ran no test" in told


def test_every_suite_is_a_target_of_the_makefile():
    text = (suites.ROOT / "Makefile").read_text(encoding="utf-8")
    for step in suites.STEPS:
        for target in step.arguments or [step.name]:
            if "=" not in target and not target.startswith("-"):
                assert f"\n{target}:" in text, target
