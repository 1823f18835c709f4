"""The rules for SQL that the catalog cannot show, read from the text (reference: one schema on PostgreSQL and on Citus)."""
import re

import pytest

from conftest import SQL_DIR

FILES = sorted(SQL_DIR.rglob("*.sql"))
FUNCTIONS = sorted((SQL_DIR / "function").glob("*.sql"))
# tables that belong to no corp
SHARED = {"migration", "setting"}


def code(path):
    """The text without comments and without what strings hold, in lower case."""
    text = re.sub(r"--.*", "", path.read_text())
    return re.sub(r"'(?:[^']|'')*'", "''", text).lower()


def name(path):
    return str(path.relative_to(SQL_DIR))


def corp_tables():
    text = "".join(code(path) for path in (SQL_DIR / "migrate").glob("*.sql"))
    return set(re.findall(r"create table wecom\.(\w+) \(", text)) - SHARED


each_file = pytest.mark.parametrize("path", FILES, ids=name)
each_function = pytest.mark.parametrize("path", FUNCTIONS, ids=name)


def test_there_is_something_to_read():
    assert len(FILES) > 20
    assert {"event", "job", "corp_due", "lease", "pull", "corp", "secret"} <= corp_tables()


@each_file
def test_forbidden_words(path):
    words = r"\b(create\s+(or\s+replace\s+)?trigger|create\s+rule|notify|pg_notify|listen|merge\s+into|with\s+recursive|" \
            r"create\s+sequence|nextval|serial|bigserial|generated\s+(always|by\s+default)\s+as\s+identity|references|foreign\s+key|" \
            r"pg_advisory_lock|pg_try_advisory_lock|gen_random_uuid|uuid_generate_\w+)\b"
    found = re.search(words, re.sub(r"revoke[^;]*references[^;]*;", "", code(path)))
    assert found is None, found.group(0)


@each_file
def test_updates_take_the_clock_from_a_variable(path):
    for update in re.findall(r"(?:do update|update\s+wecom\.\w+(?:\s+as\s+\w+)?)\s+set\b.*?(?:;|\breturning\b)", code(path), flags=re.S):
        assert not re.search(r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|random)\s*\(|\bcurrent_timestamp\b", update)


@each_function
def test_every_statement_on_a_corp_table_names_the_corp(path):
    """Statements that read or write a corp table filter by, or write, auth_corp_id."""
    tables = "|".join(corp_tables())
    for statement in code(path).split(";"):
        if re.search(r"\b(from|join|into|update)\s+wecom\.(%s)\b(?!\()" % tables, statement):
            assert "auth_corp_id" in statement, statement


@each_function
def test_every_join_of_corp_tables_is_on_the_corp(path):
    tables = "|".join(corp_tables())
    joins = r"\bjoin\s+wecom\.(?:%s)\b(?!\().*?\bon\b(.*?)(?:\bwhere\b|\border\b|\bgroup\b|\bjoin\b|;)" % tables
    for join in re.findall(joins, code(path), flags=re.S):
        assert "auth_corp_id" in join


@each_function
def test_conflicts_are_named_by_columns(path):
    for target in re.findall(r"on conflict\s+(\S.*?)\s+do\b", code(path), flags=re.S):
        assert re.match(r"\(auth_corp_id\b", target), target


@each_function
def test_function_file(path):
    """One function a file, named as the file, with header and comment; p_corp first; definer functions fix the path."""
    text = path.read_text()
    definitions = re.findall(r"create or replace function wecom\.(\w+)\((\w*)", text)
    assert len(definitions) == 1 and definitions[0][0] == path.stem
    header = text.split("create or replace")[0]
    for word in ("-- wecom.%s(" % path.stem, "returns", "caller"):
        assert word in header
    assert re.search(r"^comment on function wecom\.%s\(" % path.stem, text, flags=re.M)
    if "p_corp" in text.split("$$")[0].split("create or replace")[1]:
        assert definitions[0][1] == "p_corp"
    if "security definer" in text:
        assert "set search_path = pg_catalog, pg_temp\n" in text
    body = text.split("$$")[1]
    assert body.count("\n") <= 80


@each_function
def test_no_constraint_names(path):
    """SQLSTATE is compared, never a constraint's name."""
    assert "constraint_name" not in code(path) and "on constraint" not in code(path)


@each_file
def test_lines_are_short(path):
    """What comments say to readers of the catalog is one string, however long."""
    for line in re.sub(r"^comment on .*';$", "", path.read_text(), flags=re.M).splitlines():
        assert len(line.expandtabs(8)) <= 130, line
