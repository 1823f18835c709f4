"""Both languages say the same things, and everything that is said has words."""

import re
from pathlib import Path

PAGES = Path(__file__).resolve().parents[2] / "src/web/page"
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in PAGES.iterdir() if path.suffix in (".js", ".html")}


def strings(page):
    page.open("/wecom/login")
    return page.driver.execute_async_script(
        "const done = arguments[0]; import('/wecom/static/strings.js').then((module) => done(module.strings))"
    )


def test_languages_have_the_same_keys(page):
    both = strings(page)
    assert set(both) == {"zh", "en"}
    assert sorted(both["zh"]) == sorted(both["en"])
    assert len(both["zh"]) > 400


def test_sentences_take_the_same_values(page):
    both = strings(page)
    differing = [
        key
        for key in both["zh"]
        if sorted(re.findall(r"\{\w+\}", both["zh"][key])) != sorted(re.findall(r"\{\w+\}", both["en"][key]))
    ]
    assert differing == []
    assert [key for language in both.values() for key, sentence in language.items() if not sentence.strip()] == []


def test_chinese_is_chinese_and_english_is_not(page):
    both = strings(page)
    assert [key for key, sentence in both["en"].items() if re.search(r"[\u4e00-\u9fff]", sentence)] == []
    latin = [key for key, sentence in both["zh"].items() if not re.search(r"[\u4e00-\u9fff]", sentence)]
    assert latin == ["info_type.suite_ticket"]


def test_every_key_named_has_words(page):
    keys = strings(page)["zh"]
    named = set()
    for name, source in SOURCES.items():
        named |= (
            set(re.findall(r"\btext\('([^']+)'", source))
            if name.endswith(".js")
            else set(re.findall(r'data-(?:text|label)="([^"]+)"', source))
        )
    assert len(named) > 120
    assert sorted(named - set(keys)) == []


def test_every_column_has_a_heading(page):
    keys = strings(page)["zh"]
    columns = set()
    for name in ("lists.js", "detail.js", "trust.js", "queue.js", "tags.js", "authorisation.js"):
        for key, rest in re.findall(r"\{ key: '(\w+)'([^}]*)", SOURCES[name]):
            label = re.search(r"label: '([\w.]+)'", rest)
            columns.add(label[1] if label else f"col.{key}")
    assert len(columns) > 60
    assert sorted(columns - set(keys)) == []
