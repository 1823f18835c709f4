"""documents.sh as tests, one a check, so that `make documents` counts them; and every statement that the documents print.

Statements run in a private database, with the rights that the documents say they need, and are rolled back.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness import Account, Cluster, prepared
from harness.site import MIGRATE

SCRIPT = Path(__file__).with_name("documents.sh")
ROOT = SCRIPT.resolve().parents[2]
CHECKS = subprocess.run([SCRIPT, "-l"], capture_output=True, text=True, check=True).stdout.split()
GUIDES = ["README.md", "deploy/README.zh-CN.md"]
MANUALS = ["src/callback/wecom-callback.8", "src/sync/wecom-sync.8", "src/web/wecom-web.8"]
PSQL = re.compile(r"""psql (?P<options>(?:-[^c]\S* \S+ )*)-c (?P<quote>['"])(?P<sql>.*?)(?P=quote)(?=\s|$)""")


@pytest.mark.parametrize("check", CHECKS)
def test_documents(check):
    ran = subprocess.run([SCRIPT, check], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")


def statements_of(document):
    """(role, statement): after `psql -c` in a block for readers, that of make run; all else is for operators."""
    text = (ROOT / document).read_text(encoding="utf-8")
    if document in MANUALS:
        text = text.replace(r"\(dq", '"')
        return [("operator", found["sql"]) for found in PSQL.finditer(text)]
    blocks = [line for line in text.splitlines() if line.startswith("    ") or line.startswith("psql ")]
    found = [("operator" if "-U" in one["options"] else "wecom_report", one["sql"])
             for line in blocks for one in PSQL.finditer(line)]
    return found + [("operator", span) for span in re.findall(r"`(select [^`]*)`", text)]


STATEMENTS = [(document, *found) for document in GUIDES + MANUALS for found in statements_of(document)]


@pytest.fixture(scope="module")
def database():
    place = Path(tempfile.mkdtemp(prefix="wecom-doc-"))
    place.chmod(0o755)
    made = Cluster(place / "pg", Account(), settings={"fsync": "off"})
    prepared.create(made, MIGRATE)
    with made as cluster:
        cluster.migrated_copy(MIGRATE, "wecom")
        cluster.query("create role operator login")
        cluster.query("grant wecom_owner, wecom_report to operator")
        cluster.query("insert into wecom.corp (auth_corp_id, suite_id, state) values ('wpXXXX', 'wwXXXX', 'active')")
        yield cluster
    shutil.rmtree(place, ignore_errors=True)


def test_statements_are_found():
    """None at all would pass, too."""
    assert [sum(found[0] == document for found in STATEMENTS) > 2 for document in GUIDES] == [True, True]
    assert any("wecom.unpark" in sql for _, _, sql in STATEMENTS)


@pytest.mark.parametrize("role,sql", [found[1:] for found in STATEMENTS],
                         ids=[f"{found[0]}-{number}" for number, found in enumerate(STATEMENTS)])
def test_statement_runs(database, role, sql):
    connection = database.connect(role, autocommit=False)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()
    finally:
        connection.rollback()
        connection.close()
