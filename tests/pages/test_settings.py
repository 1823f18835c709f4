"""The business settings and their buttons; and the pages for everybody."""

import pytest
from selenium.webdriver.common.by import By

import mock


def posted():
    return [(one["path"], one["form"], one["token"]) for one in mock.POSTS]


def test_permissions_are_told_in_words(page):
    page.open("/wecom/settings")
    rows = page.texts(".permission")
    assert any("读取客户基本信息" in row and "externalcontact:base:base" in row and "已授权" in row for row in rows)
    missing = page.texts(".permission.missing")
    assert len(missing) == 1 and "externalcontact:groupchat:stat" in missing[0] and "未授权" in missing[0]
    assert any("future:thing" in row and "其他权限" in row for row in rows)
    assert [one.text for one in page.all(".count-value")] == ["1,248", "37", "0"]


def test_suspension_is_explained(page):
    page.play(state="suspended")
    page.open("/wecom/settings#/authorisation")
    assert "48004: api forbidden" in page.one(".facts").text
    assert "已暂停" in page.one(".facts").text


def test_trust_adds_up(page):
    page.open("/wecom/settings#/trust")
    received = page.run(
        """return [...document.querySelectorAll('.card:nth-of-type(3) tbody tr')]
        .reduce((sum, row) => sum + Number(row.children[2].textContent.replace(/,/g, '')), 0)"""
    )
    assert page.one("[data-figure=received] .figure-value").text == f"{received:,}"
    assert page.one("[data-figure=drift] .figure-value").text == "0"
    assert "7 分钟" in page.one(".facts").text


def test_parked_job_is_tried_again(page):
    page.open("/wecom/settings#/queue")
    assert page.one("[data-count=parked] .count-value").text == "2"
    row = page.all(".card")[1].find_elements(By.CSS_SELECTOR, "tbody tr")[1]
    assert mock.HTML in row.find_element(By.CSS_SELECTOR, ".id").text or mock.HTML == row.find_element(
        By.CSS_SELECTOR, ".id"
    ).get_attribute("title")
    row.find_element(By.CSS_SELECTOR, "button").click()
    page.until("return document.querySelector('.outcome.done')")
    assert page.one(".outcome.done").text == "已提交 1 个任务"
    assert posted() == [("/wecom/api/unpark", {"kind": "customer", "target": mock.HTML}, "token-of-the-session")]


def test_refused_action_says_why(page):
    page.expected = ["503"]
    page.play(fail="unpark:503")
    page.open("/wecom/settings#/queue")
    page.one("td .action button").click()
    page.until("return document.querySelector('.outcome.failed')")
    assert "数据库暂时不可用" in page.one(".outcome.failed").text
    assert page.one("#announcement").get_attribute("textContent") == page.one(".outcome.failed").text


def test_everything_of_a_kind_is_read_again(page):
    page.open("/wecom/settings#/reading")
    buttons = page.all(".resync button")
    assert len(buttons) == 5
    buttons[2].click()
    page.until("return document.querySelector('.outcome.done')")
    assert posted() == [("/wecom/api/resync", {"kind": "customer_list", "target": ""}, "token-of-the-session")]


def test_one_object_is_read_again(page):
    page.open("/wecom/settings#/reading")
    button = page.one(".resync-one button")
    button.click()
    assert page.one(".target").get_attribute("aria-invalid") == "true"
    assert posted() == []
    page.one(".target").send_keys(" wrSomeChat \n")
    page.until("return document.querySelector('.resync-one .outcome.done')")
    assert posted() == [("/wecom/api/resync", {"kind": "chat", "target": "wrSomeChat"}, "token-of-the-session")]
    page.one(".target").clear()
    page.one(".target").send_keys("nothing")
    button.click()
    page.until("return document.querySelector('.resync-one .outcome').textContent === '没有需要执行的任务'")


def test_backfill_shows_how_far_it_is(page):
    page.play(corp="south")
    page.open("/wecom/settings#/reading")
    bars = page.run(
        """return [...document.querySelectorAll('[role=progressbar]')].map((one) =>
            [one.getAttribute('aria-valuenow'), one.firstChild.style.width])"""
    )
    assert bars == [["100", "100%"], ["82", "82%"], ["41", "41%"], ["100", "100%"]]
    assert "已存 10,233 · 还剩 2,211" in page.one(".steps").text


def test_settings_are_refused_to_members(page):
    page.expected = ["403"]
    page.play(admin=0)
    page.open("/wecom/settings")
    assert "只有应用管理员" in page.one(".state.refused").text


def test_leaving_ends_the_session(page):
    page.open("/wecom/settings")
    page.one("#leave").click()
    page.until(
        """return location.pathname === '/wecom/login' && !document.getElementById('reason').hidden &&
            document.getElementById('reason').textContent"""
    )
    assert page.one("#reason").text == "您已退出登录。"
    assert posted() == [("/wecom/logout", {}, "token-of-the-session")]


def test_home_leads_to_workspace_and_installation(page):
    page.open("/")
    assert [one.get_attribute("href") for one in page.all(".actions a")] == [
        page.base + "/wecom/workspace",
        page.base + "/wecom/install",
    ]


@pytest.mark.parametrize(
    "given,kept",
    [
        ("/wecom/workspace#/losses?sort=-lost_at", "/wecom/workspace#/losses?sort=-lost_at"),
        ("/wecom/settings", "/wecom/settings"),
        ("//evil.example/wecom/", "/wecom/workspace"),
        ("https://evil.example/", "/wecom/workspace"),
        ("/wecom/\\evil", "/wecom/workspace"),
        ("/wecom//evil.example", "/wecom/workspace"),
        ("javascript:alert(1)", "/wecom/workspace"),
        ("/wecom/login", "/wecom/workspace"),
        ("/elsewhere", "/wecom/workspace"),
        ("", "/wecom/workspace"),
    ],
)
def test_login_goes_on_to_our_own_pages_only(page, given, kept):
    page.open("/wecom/login")
    page.run("location.href = '/wecom/login?next=' + encodeURIComponent(arguments[0])", given)
    page.until(
        "return location.search.startsWith('?next=') && document.getElementById('login-web').search.includes('next')"
    )
    nexts = page.run(
        """return ['login-web', 'login-inside'].map((id) => {
            const at = new URL(document.getElementById(id).href);
            return [at.pathname, at.searchParams.get('how'), at.searchParams.get('next')]; })"""
    )
    assert nexts == [["/wecom/login/start", "web", kept], ["/wecom/login/start", "oauth", kept]]


def test_login_tells_known_reasons_only(page):
    page.open("/wecom/login?reason=outsider")
    assert page.one("#reason").text == "您不是已安装企业的成员。"
    page.open("/wecom/login?reason=<b>anything</b>")
    assert not page.one("#reason").is_displayed()


def stages(page):
    return page.run("return [...document.querySelectorAll('.stage')].map((one) => one.className.split(' ')[1])")


def test_installation_shows_what_is_being_read(page):
    """The exchange first, by the installer's cookie; then how far reading is, by the session."""
    page.expected = ["404"]
    page.play(corp="south", install="waiting")
    page.open("/wecom/install/done")
    page.until("return document.querySelector('.stages').textContent.includes('正在换取')")
    assert stages(page) == ["done", "now", "next", "next"]
    page.play(corp="south")
    page.until("return document.querySelector('.stage.now [role=progressbar]')")
    assert stages(page) == ["done", "done", "now", "next"]
    assert mock.CORPS["south"].title in page.one(".stages").text
    page.play(corp="north")
    page.until("return [...document.querySelectorAll('.stage')].every((one) => one.classList.contains('done'))")


def test_installation_that_failed_says_so(page):
    page.play(install="failed", login=0)
    page.open("/wecom/install/done")
    page.until("return document.querySelector('.stage.failed')")
    assert stages(page) == ["done", "failed", "next", "next"]


def test_installation_without_a_session_offers_the_login(page):
    page.expected = ["401", "404"]
    page.play(login=0, install="waiting")
    page.open("/wecom/install/done")
    page.until("return document.querySelector('.stages').textContent.includes('正在换取')")
    page.play(login=0)
    page.until("return document.querySelector('#progress a.first')")
    assert page.one("#progress a").get_attribute("href") == page.base + "/wecom/login?next=/wecom/settings"
    assert stages(page) == ["done", "done", "now", "next"]


@pytest.mark.parametrize(
    "status,sentence,again",
    [
        (503, "企业微信暂时没有应答，请稍后重试。", True),
        (404, "没有这个页面", False),
        (403, "没有权限", False),
        (400, "请求有误", False),
        (500, "出错了", True),
    ],
)
def test_error_page_says_what_happened(page, status, sentence, again):
    page.expected = [str(status)]
    page.open(f"/mock/status/{status}")
    assert page.one("#status").text == str(status)
    assert page.one("#sentence").text == sentence
    assert page.one("#again").is_displayed() == again
    assert "01HX-7" in page.one("#request").text
