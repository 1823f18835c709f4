"""A real browser: Debian's Chromium without a window, driven by its own driver.

Every complaint of the browser counts: console errors, violations of the policy, requests to other hosts.
"""

import base64
import json
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--lang=zh-CN", "--hide-scrollbars")
WIDE, NARROW = (1280, 900), (390, 844)


class Browser:
    """One profile of its own.

        .open(url) .find(css) .all(css) .click(css) .wait(question, what) .text(css)
        .log_in(person)      by the simulated WeCom's list, with clicks
        .complaints()        since the last question; [] is as it should be
        .shot(path)          a picture of the whole page
    """

    def __init__(self, site, url, size=WIDE):
        self.site, self.url = site, url
        self.folder = Path(tempfile.mkdtemp(prefix="wecom-chromium-"))
        self.downloads = self.folder / "downloads"
        options = Options()
        options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
        for flag in (*FLAGS, f"--user-data-dir={self.folder / 'profile'}", f"--window-size={size[0]},{size[1]}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.add_experimental_option("prefs", {"download.default_directory": str(self.downloads),
                                                  "intl.accept_languages": "zh-CN,zh"})
        try:
            self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self.resize(size)
        self.driver.set_page_load_timeout(120)

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.folder, ignore_errors=True)

    def resize(self, size):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 600})

    def open(self, path):
        self.driver.get(self.url + path if path.startswith("/") else path)
        return self

    @property
    def path(self):
        parts = urlsplit(self.driver.current_url)
        return parts.path + (f"#{parts.fragment}" if parts.fragment else "")

    def find(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def wait(self, question, what, seconds=60):
        def ask(_):
            try:
                return question()
            except (NoSuchElementException, StaleElementReferenceException):
                return False

        return WebDriverWait(self.driver, seconds, 0.05).until(ask, what)

    def seen(self, css, seconds=60):
        return self.wait(lambda: self.find(css).is_displayed() and self.find(css), f"{css} to be seen", seconds)

    def text(self, css="body"):
        return self.find(css).text

    def click(self, css):
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", self.seen(css))
        self.find(css).click()

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def settled(self):
        """Nothing is being read or drawn any more.  What a click set off begins a task later: that one is let go first."""
        self.driver.execute_async_script("setTimeout(arguments[0], 40)")
        self.wait(lambda: self.script("return document.readyState") == "complete" and not self.all(".state.loading") and
                  not self.all('[aria-busy="true"]'), "the page to be at rest")
        return self

    def log_in(self, person, how="oauth", path="/wecom/workspace"):
        self.open(path)
        self.wait(lambda: self.path.startswith("/wecom/login"), "the login page")
        self.click("#login-inside" if how == "oauth" else "#login-web")
        self.click(f'a[href*="sim_user={person.user}"]')
        self.wait(lambda: self.path.startswith(path), f"{path} after the login")
        return self.settled()

    def complaints(self):
        found = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        return found + [f"asked {url}" for url in self.asked() if not self._is_ours(url)]

    def asked(self):
        """Every address that was asked for since the last question."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [row["params"]["request"]["url"] for row in messages if row["method"] == "Network.requestWillBeSent"]

    def _is_ours(self, url):
        return url.startswith((self.url + "/", self.site.serve.pages_base + "/", "data:", "blob:", "about:", "chrome"))

    def overflow(self):
        """By how many pixels the page is wider than the window."""
        return self.script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def shot(self, path):
        size = self.script("return [document.documentElement.scrollWidth, Math.min(document.documentElement.scrollHeight, 6000)]")
        picture = self.driver.execute_cdp_cmd("Page.captureScreenshot", {
            "captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}})
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(base64.b64decode(picture["data"]))
