"""What the pages may not do, read off their text: a strict policy is kept by writing them so, not by hope."""

import re
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[2] / "src/web/page"
SCRIPTS = sorted(PAGES.glob("*.js"))
DOCUMENTS = sorted(PAGES.glob("*.html"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_makes_no_markup_of_text(path):
    source = path.read_text(encoding="utf-8")
    assert (
        re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\('style'|cssText|DOMParser",
            source,
        )
        == []
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_document_has_nothing_inline(path):
    source = path.read_text(encoding="utf-8")
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", source) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', source) == []
    assert source.startswith('<!doctype html>\n<html lang="zh-CN">')


def test_all_pages_are_there():
    assert {path.stem for path in DOCUMENTS} == {"home", "login", "workspace", "settings", "install", "error"}
