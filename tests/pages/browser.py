"""Debian's Chromium, headless, as the tests drive it."""

import shutil
import tempfile
from base64 import b64decode
from pathlib import Path
from urllib.parse import quote

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--lang=zh-CN",
]
WAIT_S = 60


class Browser:
    """A browser with a profile of its own.  `problems()` is what went wrong on the page since the last call."""

    def __init__(self, base, width=1440, height=900):
        self.base = base
        self.profile = tempfile.mkdtemp(prefix="wecom-pages-")
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in [*FLAGS, f"--user-data-dir={self.profile}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_script_timeout(WAIT_S)
        self.size(width, height)

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def size(self, width, height=900, scale=1):
        """Of the page, not of the window; a phone's width is a phone's."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600},
        )

    def aside(self):
        """Where cookies and storage of the site can be set without a page of it running."""
        if not self.driver.current_url.endswith("/icon.svg"):
            self.driver.get(self.base + "/wecom/static/icon.svg")

    def play(self, **choice):
        """What the mock shall play from now on; see mock.py."""
        if not self.driver.current_url.startswith(self.base):
            self.aside()
        self.driver.delete_all_cookies()
        if not choice:
            return
        value = quote("&".join(f"{name}={one}" for name, one in choice.items()), safe="")
        self.driver.add_cookie({"name": "mock", "value": value})

    def speak(self, language):
        self.aside()
        self.run("localStorage.setItem('wecom-mirror-language', arguments[0])", language)

    def open(self, path, settled=True):
        """A fresh page: never only another fragment of the one that is open."""
        self.driver.get("about:blank")
        self.driver.get(self.base + path)
        if settled:
            self.settle()

    def settle(self):
        """Until nothing is being read and charts are drawn.  What a click set off begins a task later: that one is let go first."""
        self.driver.execute_async_script("setTimeout(arguments[0], 40)")
        self.until(
            """return document.readyState === 'complete' && !document.querySelector('.state.loading, [aria-busy=true]') &&
            [...document.querySelectorAll('canvas')].every((one) => !window.Chart || Chart.getChart(one))"""
        )

    def until(self, script, *args):
        return WebDriverWait(self.driver, WAIT_S, 0.05).until(lambda driver: driver.execute_script(script, *args))

    def run(self, script, *args):
        return self.driver.execute_script(script, *args)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)", selector)

    def problems(self):
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def picture(self, path, whole=True):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if not whole:
            self.driver.save_screenshot(str(path))
            return
        answer = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True})
        self.write(path, answer["data"])

    def paper(self, path):
        answer = self.driver.execute_cdp_cmd(
            "Page.printToPDF",
            {"printBackground": True, "paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": False},
        )
        self.write(path, answer["data"])

    @staticmethod
    def write(path, data):
        Path(path).write_bytes(b64decode(data))
