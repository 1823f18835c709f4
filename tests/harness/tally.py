"""Add up the JUnit reports of all suites and print the closing line `N passed, M failed`.

    tally.py FOLDER [SUITE ...]

Every SUITE named must have left at least one report with at least one test in it: a suite that did not run is a failure.
Exit status 1 when anything failed or is missing.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

REASON_CHARACTERS = 300


def reason_of(failure):
    """What a failure says, in a few words: pytest puts it into the attribute, cmocka into the text."""
    text = failure.get("message") or failure.text or ""
    return " / ".join(line.strip() for line in text.splitlines() if line.strip())[:REASON_CHARACTERS]


def count(report):
    """(passed, failed, skipped, the failed: name and reason) of one report."""
    passed = failed = skipped = 0
    names = []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        failure = next((found for found in (case.find("failure"), case.find("error")) if found is not None), None)
        if failure is not None:
            failed += 1
            names.append(f"{case.get('classname') or report.stem}: {case.get('name')}: {reason_of(failure)}".rstrip(": "))
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped, names


def reports_of(folder, suite, suites):
    """SUITE.xml and SUITE-*.xml, but not those of another suite whose name goes on from this one's."""
    others = [other for other in suites if other.startswith(suite + "-")]
    for report in sorted(folder.glob(f"{suite}*.xml")):
        stem = report.stem
        if (stem == suite or stem.startswith(suite + "-")) and not any(
                stem == other or stem.startswith(other + "-") for other in others):
            yield report


def count_suite(folder, suite, suites):
    """[passed, failed, skipped] of the suite's reports, and the names of what failed."""
    total, failures = [0, 0, 0], []
    for report in reports_of(folder, suite, suites):
        try:
            *numbers, names = count(report)
        except ElementTree.ParseError as error:
            numbers, names = [0, 1, 0], [f"{report.name}: not readable: {error}"]
        total = [a + b for a, b in zip(total, numbers)]
        failures += names
    return total, failures


def tell(folder, suites):
    """Print a line for each suite, the names of what failed, and the closing line; the exit status."""
    total, failures = [0, 0, 0], []
    for suite in suites:
        here, names = count_suite(folder, suite, suites)
        if sum(here[:2]) == 0:
            here[1] += 1
            names.append(f"{suite}: ran no test")
        print(f"  {suite:<12} {here[0]:5} passed {here[1]:4} failed {here[2]:4} skipped")
        total = [a + b for a, b in zip(total, here)]
        failures += names
    for name in failures:
        print(f"  FAILED {name}")
    passed, failed, skipped = total
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(tell(Path(sys.argv[1]), sys.argv[2:]))
