"""Every page in every state: drawn without an error, fits a phone, speaks both languages, and can be used by all (axe-core)."""

import re

import pytest

import mock

NORTH = mock.CORPS["north"]
CUSTOMER = NORTH.customers[3]["external_userid"]
CHAT = NORTH.chats[2]["chat_id"]
LISTS = [
    "customers",
    "losses",
    "channels",
    "transfers",
    "staff",
    "groups",
    "owners",
    "group_changes",
    "duplicates",
    "tag_orders",
]
PUBLIC = {"home": "/", "login": "/wecom/login", "install": "/wecom/install/done", "error": "/mock/status/503"}
VIEWS = {
    **{name: f"/wecom/workspace#/{name}" for name in ["overview", *LISTS, "tags"]},
    "customer": f"/wecom/workspace#/customer?id={CUSTOMER}",
    "chat": f"/wecom/workspace#/chat?id={CHAT}",
    **{name: f"/wecom/settings#/{name}" for name in ["authorisation", "trust", "queue", "reading"]},
}
ALL = {**PUBLIC, **VIEWS}


CHECK = """const done = arguments[0];
    axe.run(document, { resultTypes: ['violations'],
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((result) =>
        done(result.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`)))"""


def barriers(page, axe):
    """What keeps people out, as axe-core finds it.  It comes in by the driver: the page's policy would refuse it, rightly."""
    # rows are alike; the awkward ones are among the first
    page.run("document.querySelectorAll('tbody tr:nth-child(n+30)').forEach((row) => row.remove())")
    page.run(axe + "; window.axe = axe;")
    return page.driver.execute_async_script(CHECK)


def chinese_words(page):
    return page.run(
        """return [...document.querySelectorAll('h1, .card-head h2, thead th, .menu a, .note, .button, dt, .figure-name, .pager .total')]
        .map((one) => one.textContent).filter((text) => /[\\u4e00-\\u9fff]/.test(text))"""
    )


@pytest.mark.parametrize("name", ALL)
def test_page_on_a_desktop(page, axe, name):
    """Drawn without an error, in both languages, and usable by all."""
    page.expected = {"error": ["503"], "install": ["404"]}.get(name, [])
    page.open(ALL[name])
    assert page.one("h1").text.strip() != ""
    assert page.run("return window.harmed") is None
    assert page.all(".state.refused") == []
    # no key without words, no value that is not one
    assert (
        re.findall(r"undefined|NaN|\[object|Invalid Date|\b(?:col|list|state|figure)\.\w+", page.one("main").text) == []
    )
    assert chinese_words(page) != []
    assert barriers(page, axe) == []
    page.one("[data-language=en]").click()
    page.settle()
    assert page.run("return document.documentElement.lang") == "en"
    data = {NORTH.customers[3]["name"], NORTH.chats[2]["name"]}
    assert [word for word in chinese_words(page) if word not in data] == []


@pytest.mark.parametrize("name", ALL)
def test_page_on_a_phone(page, axe, name):
    """Nothing is wider than the screen, in the language with the longer words first."""
    page.expected = {"error": ["503"], "install": ["404"]}.get(name, [])
    page.speak("en")
    page.size(375, 812)
    page.open(ALL[name])
    assert page.run("return [document.documentElement.scrollWidth, innerWidth]") == [375, 375]
    assert barriers(page, axe) == []
    page.one("[data-language=zh]").click()
    page.settle()
    assert page.run("return [document.documentElement.scrollWidth, innerWidth]") == [375, 375]


@pytest.mark.parametrize("name", ["overview", *LISTS, "tags"])
def test_corp_without_data_says_so(page, name):
    page.play(corp="empty")
    page.open(f"/wecom/workspace#/{name}")
    assert page.all(".state.refused") == []
    if name == "overview":
        assert [one.text for one in page.all(".figure-value")] == ["0"] * 10
    else:
        assert page.one(".state.empty").text.startswith("没有数据")


@pytest.mark.parametrize("name", ["authorisation", "trust", "queue", "reading"])
def test_settings_without_data(page, name):
    page.play(corp="empty")
    page.open(f"/wecom/settings#/{name}")
    assert page.all(".state.refused") == []
    assert page.one("h1").text
