"""The alerts are accepted by promtool, and every figure they name is one that a program prints."""

import re
from pathlib import Path

import pytest

from harness.prometheus import RULES, names_of_rules, promtool

ROOT = Path(__file__).resolve().parents[2]
SOURCES = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/common/metrics.c", ROOT / "src/web/figures.c"))


def test_rules_are_accepted():
    code, said = promtool("check", "rules", str(RULES))
    assert code == 0 and "rules found" in said, said


def test_rules_name_something():
    assert len(names_of_rules()) >= 8


@pytest.mark.parametrize("name", names_of_rules())
def test_a_figure_that_a_rule_names_is_printed(name):
    name = re.sub(r"_bucket$", "", name)
    printed = name.replace("wecom_callback_", "wecom_%s_")
    assert name in SOURCES or printed in SOURCES
