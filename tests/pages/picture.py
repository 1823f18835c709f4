"""Pictures of every page, to be looked at: desktop, phone, paper.

    picture.py FOLDER [NAME ...]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import mock  # noqa: E402  pylint: disable=wrong-import-position
from browser import Browser  # noqa: E402  pylint: disable=wrong-import-position

LANGUAGES = ("zh", "en")
NORTH = mock.CORPS["north"]
SCENES = {
    "home": ("/", {}),
    "login": ("/wecom/login?reason=expired", {}),
    "install": ("/wecom/install/done", {"corp": "south"}),
    "install-login": ("/wecom/install/done", {"login": 0}),
    "error": ("/mock/status/503", {}),
    "missing": ("/nowhere", {}),
    **{
        name: (f"/wecom/workspace#/{name}", {})
        for name in (
            "overview",
            "customers",
            "losses",
            "channels",
            "transfers",
            "staff",
            "groups",
            "owners",
            "group_changes",
            "duplicates",
            "tags",
            "tag_orders",
        )
    },
    "customer": (f"/wecom/workspace#/customer?id={NORTH.customers[9]['external_userid']}", {}),
    "chat": (f"/wecom/workspace#/chat?id={NORTH.chats[0]['chat_id']}", {}),
    "empty": ("/wecom/workspace#/losses?q=zzz", {}),
    "refused": ("/wecom/workspace#/staff", {"fail": "staff:503"}),
    "suspended": ("/wecom/workspace#/overview", {"state": "suspended", "corp": "south"}),
    **{name: (f"/wecom/settings#/{name}", {}) for name in ("authorisation", "trust", "queue", "reading")},
}


def main():
    folder = Path(sys.argv[1])
    wanted = sys.argv[2:] or list(SCENES)
    folder.mkdir(parents=True, exist_ok=True)
    server = mock.serve()
    browser = Browser(f"http://127.0.0.1:{server.server_port}")
    try:
        for language in LANGUAGES:
            browser.speak(language)
            for name in wanted:
                path, choice = SCENES[name]
                browser.play(**choice)
                for width, form in ((1440, "desktop"), (375, "phone")):
                    browser.size(width, 900 if width > 600 else 812)
                    browser.open(path)
                    browser.picture(folder / f"{name}-{form}-{language}.png")
                if language == "zh":
                    browser.size(1440)
                    browser.open(path)
                    browser.paper(folder / f"{name}.pdf")
                for problem in browser.problems():
                    print(name, problem)
    finally:
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
