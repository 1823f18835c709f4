"""The shipped alerts, and promtool, which judges them and the figures."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

RULES = Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "wecom-mirror.rules.yml"


def promtool(*arguments, text=""):
    """(exit code, what it says); `text` is its input."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not on this machine (Debian: prometheus)")
    ran = subprocess.run([program, *arguments], input=text, capture_output=True, text=True, check=False, timeout=300)
    return ran.returncode, ran.stdout + ran.stderr


def names_of_rules():
    text = "\n".join(re.findall(r"expr: (?:>\s*)?((?:.|\n)*?)\n\s+(?:for|labels):", RULES.read_text(encoding="utf-8")))
    return sorted(set(re.findall(r"wecom_[a-z_]+", text)))
