"""The workspace as it is used: figures, charts, lists, details; every expectation is taken from the server's own answers."""

import json
import time
import urllib.error
import urllib.request
from datetime import date, timedelta

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import mock

NORTH = mock.CORPS["north"]


def answer(page, path, corp="north"):
    request = urllib.request.Request(page.base + path, headers={"Cookie": f"mock=corp%3D{corp}"})
    with urllib.request.urlopen(request, timeout=10) as got:
        return json.load(got)


def figures(page):
    return dict(
        zip(
            page.run("return [...document.querySelectorAll('.figure')].map((one) => one.dataset.figure)"),
            page.texts(".figure-value"),
        )
    )


def written(value, signed=False):
    text = f"{abs(value):,}"
    return f"−{text}" if value < 0 else f"+{text}" if signed and value else text


def column(page, number):
    return page.texts(f"tbody tr > :nth-child({number})")


def chart(page, number):
    return page.run(
        """const chart = Chart.getChart(document.querySelectorAll('canvas')[arguments[0]]);
        return { labels: chart.data.labels, data: Object.fromEntries(chart.data.datasets.map((one) => [one.key, one.data])) }""",
        number,
    )


def test_figures_are_those_of_the_server(page):
    page.open("/wecom/workspace")
    got = answer(page, "/wecom/api/overview")
    assert figures(page) == {one["name"]: written(one["value"], one["name"] == "net") for one in got["figures"]}
    changes = page.texts(".figure-change")
    new = next(one for one in got["figures"] if one["name"] == "new")
    assert written(new["value"] - new["previous"], True) in changes[1]


def test_charts_are_drawn_with_the_figures_of_the_server(page):
    page.open("/wecom/workspace#/overview")
    got = answer(page, "/wecom/api/overview")
    first = chart(page, 0)
    assert first["labels"] == [row["day"] for row in got["customer_daily"]]
    assert first["data"]["new"] == [row["new"] for row in got["customer_daily"]]
    assert first["data"]["lost_by_customer"] == [-row["lost_by_customer"] for row in got["customer_daily"]]
    assert first["data"]["net"] == [row["net"] for row in got["customer_daily"]]
    assert chart(page, 1)["data"]["total_end"] == [row["total_end"] for row in got["customer_daily"]]
    third = chart(page, 2)
    assert third["data"]["join_qr"] == [row["join_qr"] for row in got["group_daily"]]
    comings = [sum(third["data"][key]) for key in ("join_invite", "join_qr", "join_other")]
    assert sum(comings) == int(
        figures(page)["joined"].replace(",", "")
    ), "those whose way is not known are in the chart, too"
    assert sum(first["data"]["new"]) == int(figures(page)["new"].replace(",", ""))


def test_charts_are_not_blank(page):
    page.open("/wecom/workspace#/overview")
    colours = page.run(
        """return [...document.querySelectorAll('canvas')].map((canvas) => {
        const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        return new Set(pixels).size; })"""
    )
    assert len(colours) == 4
    assert min(colours) > 20


def test_chart_has_its_figures_as_a_table(page):
    page.open("/wecom/workspace#/overview")
    card = page.all(".plot-card")[0]
    assert not card.find_element(By.CSS_SELECTOR, "table").is_displayed()
    card.find_elements(By.CSS_SELECTOR, ".segments button")[1].click()
    assert card.find_element(By.CSS_SELECTOR, "table").is_displayed()
    assert not card.find_element(By.CSS_SELECTOR, "canvas").is_displayed()
    rows = answer(page, "/wecom/api/overview")["customer_daily"]
    cells = [one.text for one in card.find_elements(By.CSS_SELECTOR, "tbody tr:first-child > *")]
    assert cells[:3] == [rows[-1]["day"], written(rows[-1]["total_end"]), written(rows[-1]["new"])]
    assert len(card.find_elements(By.CSS_SELECTOR, "tbody tr")) == 30


def test_days_without_a_row_are_zero_and_totals_go_on(page):
    page.open("/wecom/workspace")
    days = page.driver.execute_async_script(
        """const done = arguments[0]; import('/wecom/static/overview.js').then(({ everyDay }) => done(everyDay(
        [{ day: '2026-02-27', total_end: 7, new: 2 }], { from: '2026-02-26', to: '2026-03-01' }, ['total_end'])))"""
    )
    assert days == [
        {"day": "2026-02-26", "total_end": 0},
        {"day": "2026-02-27", "total_end": 7, "new": 2},
        {"day": "2026-02-28", "total_end": 7},
        {"day": "2026-03-01", "total_end": 7},
    ]


def test_range_is_kept_in_the_address_and_in_links(page):
    page.open("/wecom/workspace#/overview")
    page.all(".range .segments button")[0].click()
    page.settle()
    today = page.run("return document.querySelector('.dates input:last-of-type').value")
    begin = (date.fromisoformat(today) - timedelta(days=6)).isoformat()
    assert page.run("return location.hash") == f"#/overview?from={begin}&to={today}"
    assert len(chart(page, 0)["labels"]) == 7
    assert page.all(".range .segments button")[0].get_attribute("aria-pressed") == "true"
    page.one("[data-figure=lost]").click()
    page.settle()
    assert page.run("return location.hash") == f"#/losses?from={begin}&to={today}"
    page.driver.back()
    page.settle()
    assert page.one("h1").text == "概览"
    assert len(chart(page, 0)["labels"]) == 7


@pytest.mark.parametrize(
    "query,complaint",
    [
        ("from=2026-02-30", "日期有误"),
        ("from=2026-03-02&to=2026-03-01", "晚于"),
        ("from=1926-01-01&to=2026-01-01", "最长 400 天"),
        ("from=%3Cb%3E", "日期有误"),
    ],
)
def test_range_that_cannot_be_is_explained(page, query, complaint):
    page.open(f"/wecom/workspace#/losses?{query}")
    assert complaint in page.one(".state.refused").text
    page.all(".range .segments button")[1].click()
    page.settle()
    assert page.all(".state.refused") == []


def test_list_is_sorted_by_the_server(page):
    page.open("/wecom/workspace#/staff")
    page.one("[data-sort=customers]").click()
    page.settle()
    assert page.run("return location.hash") == "#/staff?sort=-customers"
    down = [int(one.replace(",", "")) for one in column(page, 2)]
    assert down == sorted(down, reverse=True)
    assert page.one("th[aria-sort]").get_attribute("aria-sort") == "descending"
    assert page.run("return document.activeElement.dataset.sort") == "customers"
    page.one("[data-sort=customers]").click()
    page.settle()
    assert [int(one.replace(",", "")) for one in column(page, 2)] == down[::-1]
    assert page.one("th[aria-sort]").get_attribute("aria-sort") == "ascending"


def test_list_is_paged(page):
    page.open("/wecom/workspace#/customers")
    assert page.one(".pager .total").text == "共 500 条"
    assert len(page.all("tbody tr")) == 50
    first = column(page, 8)
    page.one(".pager .step:last-child").click()
    page.settle()
    assert page.run("return location.hash") == "#/customers?offset=50"
    assert page.one(".pager .page").text == "2 / 10"
    assert not set(first) & set(column(page, 8))
    page.run(
        "const size = document.querySelector('.pager select'); size.value = '500'; size.dispatchEvent(new Event('change'))"
    )
    page.until("return document.querySelectorAll('tbody tr').length === 500")
    assert page.run("return location.hash") == "#/customers?limit=500"
    assert [one.get_attribute("disabled") for one in page.all(".pager .step")] == ["true", "true"]


def test_page_beyond_the_end_goes_back_to_the_first(page):
    page.open("/wecom/workspace#/customers?offset=5000")
    page.until("return document.querySelectorAll('tbody tr').length === 50")
    assert page.run("return location.hash") == "#/customers"


def test_search_narrows_and_keeps_the_focus(page):
    page.open("/wecom/workspace#/customers?offset=50")
    box = page.one("input[type=search]")
    box.send_keys("小雨")
    page.until("return document.querySelectorAll('tbody tr').length === 1")
    assert column(page, 1) == ["🌸 小雨 🌈"]
    assert page.run("return [location.hash, document.activeElement.value]") == [
        "#/customers?q=%E5%B0%8F%E9%9B%A8",
        "小雨",
    ]
    assert "q=%E5%B0%8F%E9%9B%A8" in page.one(".card a[download]").get_attribute("href")
    box.send_keys("<b>")
    page.until("return document.querySelector('.state.empty')?.textContent.includes('小雨<b>')")


def test_csv_link_brings_the_file_of_what_is_shown(page):
    page.open("/wecom/workspace#/losses?sort=-kept_days&q=wm&from=2026-01-01&to=2026-02-01")
    link = page.one(".card a[download]").get_attribute("href")
    assert link == page.base + "/wecom/csv/losses?from=2026-01-01&to=2026-02-01&sort=-kept_days&q=wm"
    text = page.driver.execute_async_script(
        """const done = arguments[1];
            fetch(arguments[0]).then((got) => got.arrayBuffer()).then((got) => done([...new Uint8Array(got).slice(0, 3)]))""",
        link,
    )
    assert text == [0xEF, 0xBB, 0xBF]


def test_row_leads_to_the_customer_and_back(page):
    page.open("/wecom/workspace#/customers?q=小雨")
    page.one("tbody th a").click()
    page.until("return document.querySelector('.timeline')")
    page.settle()
    assert page.one("h1").text == "🌸 小雨 🌈"
    assert page.driver.title.startswith("🌸 小雨 🌈")
    assert page.run("return document.activeElement.tagName") == "H1"
    assert "something_new" in page.one(".timeline").text, "a kind nobody has heard of is shown as it came"
    assert "发起添加（待通过）" in page.one(".timeline").text
    assert "客户拒绝" in page.one(".timeline").text
    assert page.one(".timeline a").get_attribute("href").endswith("#/chat?id=" + NORTH.chats[0]["chat_id"])
    page.driver.back()
    page.settle()
    assert page.one("input[type=search]").get_attribute("value") == "小雨"


def test_chat_shows_roster_ledger_and_changes(page):
    chat = NORTH.chats[0]
    page.open("/wecom/workspace#/groups?limit=20")
    page.one("tbody th a").click()
    page.until("return document.querySelectorAll('.card').length === 4")
    cards = page.all(".card")
    assert len(cards[1].find_elements(By.CSS_SELECTOR, "tbody tr")) == 500
    assert len(cards[2].find_elements(By.CSS_SELECTOR, "tbody tr")) == 120
    assert "欢迎入群！" in cards[0].text
    assert page.one(".facts").text.count("500") == 1
    links = [one.get_attribute("href") for one in page.all("a[download]")]
    assert links == [f"{page.base}/wecom/csv/{name}?chat_id={chat['chat_id']}" for name in ("roster", "ledger")]


def test_customer_nobody_knows(page):
    page.open("/wecom/workspace#/customer?id=wmNobody")
    assert "没有找到" in page.one(".state.refused").text
    assert page.one(".centre a").get_attribute("href").endswith("#/customers")


def test_tags_are_in_the_order_of_wecom(page):
    page.open("/wecom/workspace#/tags")
    got = answer(page, "/wecom/api/tags")["groups"]
    assert [one.split("已删除")[0].rstrip("0123456789 个") for one in page.texts(".tag-group h2")] == [
        group["name"] for group in got
    ]
    assert [one.removesuffix("已删除") for one in column(page, 1)] == [
        tag["tag_name"] for group in got for tag in group["tags"]
    ]
    page.open("/wecom/workspace#/tag_orders")
    assert page.texts("tbody tr:first-child .order:first-child li")[:2] == ["高意向", "一般"]
    assert "et-gone" in page.one("tbody").text


def test_names_with_markup_stay_text(page):
    for path in (
        "customers",
        "losses?from=2025-12-01&to=2026-11-30",
        "groups",
        "tags",
        f"chat?id={NORTH.chats[2]['chat_id']}",
        f"customer?id={NORTH.customers[3]['external_userid']}",
    ):
        page.open(f"/wecom/workspace#/{path}")
        assert page.run("return [window.harmed, document.querySelectorAll('main img, main b').length]") == [
            None,
            0,
        ], path
    assert page.one("h1").text == mock.HTML


def test_two_corps_are_told_apart(page):
    page.play(corp="south")
    page.open("/wecom/workspace#/customers")
    assert page.one("#corp").text == mock.CORPS["south"].title
    assert page.one(".pager .total").text == "共 40 条"
    assert not set(column(page, 8)) & {row["external_userid"] for row in NORTH.customers}


def test_slow_answer_shows_that_it_is_being_read(page):
    page.play(slow="staff:8000")
    page.open("/wecom/workspace#/staff", settled=False)
    page.until("return document.querySelector('.state.loading')?.textContent.includes('正在读取')")
    page.settle()
    assert len(page.all("tbody tr")) == 20


def test_share_of_those_old_enough(page):
    page.open("/wecom/workspace#/staff")
    row = answer(page, "/wecom/api/staff")["rows"][0]
    cell = page.one("tbody tr:first-child > :nth-child(8) span")
    assert cell.text == f"{row['retained_d1'] / row['old_enough_d1']:.1%}"
    assert cell.get_attribute("title") == f"{row['retained_d1']} / {row['old_enough_d1']}"


def test_figure_leads_to_the_losses_of_a_member(page):
    page.open("/wecom/workspace#/staff?from=2026-01-01&to=2026-06-01")
    userid = page.one("tbody tr:first-child .member").get_attribute("title")
    page.one("tbody tr:first-child > :nth-child(4) a").click()
    page.settle()
    assert page.run("return location.hash") == f"#/losses?from=2026-01-01&to=2026-06-01&q={userid}"
    assert {one.get_attribute("title") for one in page.all("tbody .member")} <= {userid}


def test_tags_of_losses_have_names(page):
    page.open("/wecom/workspace#/losses?limit=500&from=2025-12-01&to=2026-11-30")
    chips = set(page.texts("tbody .chip"))
    assert {"高意向", "一般", "et-gone"} <= chips
    assert not {"et00", "et01"} & chips


def test_what_came_late_does_not_overwrite_what_is_wanted(page):
    page.play(slow="staff:8000")
    page.open("/wecom/workspace#/staff", settled=False)
    page.until("return document.querySelector('.state.loading')")
    page.run("location.hash = '#/owners'")
    page.until("return document.querySelectorAll('tbody tr').length > 0")
    time.sleep(8.2)
    assert page.one("h1").text == "群主排行"
    assert page.one("thead th").text == "群主"


@pytest.mark.parametrize(
    "status,sentence", [(503, "数据库暂时不可用"), (400, "请求的参数有误"), (403, "只有应用管理员"), (500, "读取失败"), (1, "应答无法读取")]
)
def test_refusal_is_said_and_can_be_tried_again(page, status, sentence):
    page.play(fail=f"staff:{status}")
    page.expected = [str(status)] if status > 1 else []
    page.open("/wecom/workspace#/staff")
    card = page.one(".state.refused")
    assert sentence in card.text
    assert card.get_attribute("role") == "alert"
    if status > 1:
        assert "01HX-7" in card.text
    page.driver.delete_all_cookies()
    card.find_element(By.CSS_SELECTOR, "button").click()
    page.settle()
    assert len(page.all("tbody tr")) == 20


def test_session_that_ended_offers_the_login_and_the_way_back(page):
    page.expected = ["401"]
    page.play(fail="losses:401")
    page.open("/wecom/workspace#/losses?sort=-lost_at")
    assert (
        page.one(".state.refused a").get_attribute("href")
        == page.base + "/wecom/login?next=%2Fwecom%2Fworkspace%23%2Flosses%3Fsort%3D-lost_at"
    )
    page.play(login=0)
    page.open("/wecom/workspace")
    assert "登录已过期" in page.one(".state.refused").text


def test_suspended_corp_is_told(page):
    page.play(state="suspended")
    page.open("/wecom/workspace")
    assert "拒绝本应用" in page.one(".banner").text


def test_settings_are_offered_to_administrators_only(page):
    page.open("/wecom/workspace")
    assert page.one("#to-settings").is_displayed()
    page.play(admin=0)
    page.open("/wecom/workspace")
    assert not page.one("#to-settings").is_displayed()


def test_language_is_switched_at_once_and_remembered(page):
    page.open("/wecom/workspace#/staff")
    assert page.one("h1").text == "员工排行"
    page.one("[data-language=en]").click()
    page.settle()
    assert page.one("h1").text == "Staff ranking"
    assert page.run("return document.documentElement.lang") == "en"
    page.open("/wecom/login")
    assert page.one("h1").text == "Log in to the workspace"
    page.one("[data-language=zh]").click()
    assert page.one("h1").text == "登录工作台"
    assert page.run("return document.documentElement.lang") == "zh-CN"


def test_keyboard_reaches_everything(page):
    page.open("/wecom/workspace#/staff")
    seen = []
    for _ in range(45):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        seen.append(
            page.run(
                """const one = document.activeElement; const style = getComputedStyle(one);
            return [one.className || one.id || one.tagName, one.dataset?.sort ?? '',
                style.outlineStyle !== 'none' && style.outlineWidth !== '0px']"""
            )
        )
        if seen[-1][0] == "table-box":
            break
    names = [one[0] for one in seen]
    assert names[0] == "skip"
    assert "table-box" in names, "a table that scrolls can be scrolled by keys"
    assert [one for one in seen if not one[2]] == [], "the focus is seen everywhere"
    page.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert page.run("return document.activeElement.dataset.sort") == "userid"
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    page.settle()
    assert page.run("return location.hash") == "#/staff?sort=userid"


def test_skip_link_leads_to_the_content_and_keeps_the_view(page):
    page.open("/wecom/workspace#/staff")
    page.driver.switch_to.active_element.send_keys(Keys.TAB)
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.run("return [document.activeElement.id, location.hash]") == ["main", "#/staff"]


def test_changes_are_announced(page):
    page.open("/wecom/workspace#/customers")
    assert page.one("#announcement").get_attribute("textContent") == "客户：共 500 条"


def test_menu_of_a_phone_opens_and_closes(page):
    page.size(375, 812)
    page.open("/wecom/workspace#/overview")
    assert not page.one("#menu").is_displayed()
    page.one("#menu-button").click()
    assert page.one("#menu").is_displayed()
    page.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not page.one("#menu").is_displayed()
    page.one("#menu-button").click()
    page.one("#menu a[href^='#/groups']").click()
    page.settle()
    assert page.one("h1").text == "客户群列表"
    assert not page.one("#menu").is_displayed()


def test_names_come_from_the_component_where_it_works(page):
    page.play(names=1)
    page.open("/wecom/workspace#/staff")
    page.until("return document.querySelectorAll('tbody ww-open-data').length === 20")
    userid = page.one("tbody .member").get_attribute("title")
    assert page.one("tbody .member").text == f"姓名{userid[-3:]}"


@pytest.mark.parametrize("choice", [{"names": "refused"}, {"names": 1, "fail": "jssdk:503"}, {}])
def test_ids_stand_where_the_component_does_not_work(page, choice):
    page.play(**choice)
    page.expected = ["503"]
    page.open("/wecom/workspace#/staff")
    assert page.all("ww-open-data") == []
    assert page.one("tbody .member").text == page.one("tbody .member").get_attribute("title")


def test_chart_library_that_did_not_come_leaves_the_figures(page):
    page.expected = ["vendor/chart.js"]
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*vendor/chart.js*"]})
    try:
        page.open("/wecom/workspace#/overview")
        page.until("return [...document.querySelectorAll('.plot-card table')].every((one) => one.offsetParent)")
    finally:
        page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
        page.driver.execute_cdp_cmd("Network.disable", {})


def test_paper_has_no_buttons(page):
    page.open("/wecom/workspace#/overview")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert [one for one in page.all(".top, .menu, .range, .tools, .pager button") if one.is_displayed()] == []
        assert page.one(".printed-corp").is_displayed()
        assert page.all("canvas")[0].is_displayed()
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_stranger_among_endpoints_is_refused_by_the_mock(page):
    """The stand-in itself refuses what the real one refuses."""
    for path in ("/wecom/api/staff?sort=nonsense", "/wecom/api/staff?limit=501", "/wecom/api/losses?from=x"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            answer(page, path)
        assert refused.value.code == 400
