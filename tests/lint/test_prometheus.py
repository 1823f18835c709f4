"""The alerts are accepted by promtool, and every figure they name is one that a program prints."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "wecom-mirror.rules.yml"
SOURCES = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/common/metrics.c", ROOT / "src/web/figures.c"))


def promtool(*arguments):
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not on this machine (Debian: prometheus)")
    ran = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=50)
    return ran.returncode, ran.stdout + ran.stderr


def test_rules_are_accepted():
    code, said = promtool("check", "rules", str(RULES))
    assert code == 0 and "rules found" in said, said


def names_of_rules():
    text = "\n".join(re.findall(r"expr: (?:>\s*)?((?:.|\n)*?)\n\s+(?:for|labels):", RULES.read_text(encoding="utf-8")))
    return sorted(set(re.findall(r"wecom_[a-z_]+", text)))


def test_rules_name_something():
    assert len(names_of_rules()) >= 8


@pytest.mark.parametrize("name", names_of_rules())
def test_a_figure_that_a_rule_names_is_printed(name):
    name = re.sub(r"_bucket$", "", name)
    printed = name.replace("wecom_callback_", "wecom_%s_")
    assert name in SOURCES or printed in SOURCES
