"""A stand-in for wecom-web, for work on the pages alone: their files under the strict policy, and plausible answers for two corps.

    mock.py [PORT]        then open http://127.0.0.1:PORT/wecom/workspace

What it plays is chosen by a cookie `mock`, name=value pairs joined by `&`:
    corp=north|south|empty   whose data; default north
    admin=0|1                an administrator? default 1
    state=active|suspended   of the corp
    names=1                  ww-open-data by a script of our own; names=refused: the signature is refused
    fail=losses:503,me:401   these endpoints answer so; `all:503` every one
    slow=staff:1500          milliseconds that this endpoint takes
    login=0                  no session
    install=waiting|failed   of the installation that this browser began
Figures are made from a fixed seed; days end today.  POSTs are kept and shown at /mock/posts.
"""

import json
import random
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "src/web/page"
CHART = Path("/usr/share/javascript/chart.js/chart.min.js")
# that of wecom-web without the component for names
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; font-src 'self'; script-src 'self'; "
    "style-src 'self'; img-src 'self' data:; connect-src 'self'"
)
ZONE = timezone(timedelta(hours=8))
HTML = '<img src=x onerror="window.harmed=1"><b>粗体</b>'
FAMILY = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"
CHANNELS = ["官网首页", "门店海报", "春季展会", "短视频", "老客推荐", "公众号菜单", None, "直播间 A", "包裹卡"]
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
NAMES_SCRIPT = """
window.ww = { register(options) { this.options = options; }, async initOpenData() {
	if (!(await this.options.getAgentConfigSignature()).signature) throw new Error('unsigned');
	window.WWOpenData = { bindAll(list) { for (const one of list) one.textContent = '姓名' + one.getAttribute('openid').slice(-3); } };
} };
"""
POSTS = []


def today():
    return datetime.now(ZONE).date()


def instant(day, minutes):
    return (
        (datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(minutes=minutes))
        .astimezone(timezone.utc)
        .isoformat()
    )


class Corp:
    """The truth of one corp, made once."""

    def __init__(self, name, title, seed, size):
        self.rng = random.Random(seed)
        self.name, self.title, self.size = name, title, size
        self.staff = [f"wo{name}{self.token(20)}{number:03}" for number in range(max(1, size // 25))] if size else []
        self.days = [today() - timedelta(days=back) for back in range(399, -1, -1)]
        self.customer_days, self.group_days = self.make_days()
        self.customers = [self.customer(number) for number in range(size)]
        self.chats = [self.chat(number) for number in range(size // 8)]

    def token(self, length):
        return "".join(
            self.rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789_-") for _ in range(length)
        )

    def minutes(self):
        return self.rng.randrange(8 * 60, 21 * 60)

    def person(self, number):
        return {
            3: HTML,
            5: "🌸 小雨 🌈",
            8: None,
            11: "Alexandra Konstantinopoulou-Wolfeschlegelsteinhausenberger",
            14: "阿布都热合曼·买买提艾力江",
            17: "'); drop table customer;--",
        }.get(
            number, self.rng.choice(FAMILY) + "".join(self.rng.choice(GIVEN) for _ in range(self.rng.choice((1, 2, 2))))
        )

    def make_days(self):
        customers, groups, total, external, chats = [], [], self.size * 10, self.size * 14, self.size // 8
        for day in self.days:
            busy = self.size / 40 * (0.45 if day.weekday() > 4 else 1)

            def about(share, busy=busy):
                return max(0, round(self.rng.gauss(busy * share, busy * share / 3))) if busy else 0

            new, staff, customer, away = (
                about(1),
                about(0.12),
                about(0.4),
                about(0.04) if self.rng.random() < 0.2 else 0,
            )
            total += new - staff - customer - away
            customers.append(
                {
                    "day": day.isoformat(),
                    "total_end": total,
                    "new": new,
                    "half": about(0.2),
                    "half_converted": about(0.12),
                    "lost_by_staff": staff,
                    "lost_by_customer": customer,
                    "transferred_away": away,
                    "net": new - staff - customer - away,
                    "distinct_new": max(0, new - about(0.05)),
                    "distinct_lost": staff + customer,
                    "readded": about(0.06),
                }
            )
            invite, code, quitters, kicked = about(1.2), about(0.8), about(0.7), about(0.15)
            external += invite + code + bool(busy) - quitters - kicked
            opened, closed = int(self.rng.random() < 0.2), int(self.rng.random() < 0.05)
            chats += (opened - closed) if self.size else 0
            groups.append(
                {
                    "day": day.isoformat(),
                    "groups_total": chats,
                    "groups_new": opened,
                    "groups_dismissed": closed,
                    "members_staff": chats * 2,
                    "members_external": external,
                    "join_invite": invite,
                    "join_qr": code,
                    "quit_self": quitters,
                    "kicked": kicked,
                    "joined": invite + code + bool(busy),
                    "quit": quitters + kicked,
                    "net": invite + code + bool(busy) - quitters - kicked,
                    "distinct_joined": max(0, invite + code - about(0.1)),
                    "left_all_groups": about(0.3),
                }
            )
        return customers, groups

    def customer(self, number):
        added = self.days[-1 - self.rng.randrange(380)]
        status = self.rng.choice(["active"] * 7 + ["half", "deleted_by_customer", "deleted_by_staff", "transferred"])
        lost = None if status in ("active", "half") else added + timedelta(days=self.rng.randrange(1, 40))
        lost = min(lost, today()) if lost else None
        company = self.rng.choice([None, None, None, "华东精密制造有限公司", "Acme & Söhne <GmbH>"])
        return {
            "external_userid": f"wm{self.token(26)}{number:04}",
            "name": self.person(number),
            "type": 2 if company else 1,
            "corp_name": company,
            "followers": self.rng.randrange(1, 4),
            "added_at": instant(added, self.minutes()),
            "lost_at": instant(lost, self.minutes()) if lost else None,
            "status": status,
            "userid": self.rng.choice(self.staff),
            "state": self.rng.choice(CHANNELS),
            "kept_days": (lost - added).days if lost else None,
            "tags": self.rng.sample(
                ["et00", "et01", "et02", "et03", "et12", "et20", "et24", "et-gone"], self.rng.randrange(0, 5)
            ),
        }

    def chat(self, number):
        members = self.rng.randrange(3, 480)
        title = {2: HTML, 4: "🎉 会员福利群 🎁", 6: None}.get(
            number, f"{self.rng.choice(['会员福利', '门店', '新品体验', '售后服务', '老客'])} {number + 1} 群"
        )
        return {
            "chat_id": f"wr{self.token(26)}{number:04}",
            "name": title,
            "owner": self.rng.choice(self.staff),
            "created_at": instant(self.days[self.rng.randrange(300)], self.minutes()),
            "members": members,
            "external": members - 2,
            "today_join": self.rng.randrange(6),
            "today_quit": self.rng.randrange(4),
            "last_change_at": instant(today() - timedelta(days=self.rng.randrange(20)), self.minutes()),
            "member_version": self.token(32),
            "sync_state": self.rng.choice(["current"] * 8 + ["waiting", "parked"]),
            "last_pull_at": instant(today() - timedelta(days=self.rng.randrange(3)), self.minutes()),
        }


class Answers:
    """One method an endpoint: (corp, args) → the JSON; ValueError is a refusal with 400."""

    def __init__(self, corp, choice):
        self.corp, self.choice = corp, choice
        self.rng = random.Random(7)

    @staticmethod
    def range(args):
        try:
            end = datetime.strptime(args["to"], "%Y-%m-%d").date() if "to" in args else today()
            begin = datetime.strptime(args["from"], "%Y-%m-%d").date() if "from" in args else end - timedelta(days=29)
        except ValueError as error:
            raise ValueError("from and to are days, YYYY-MM-DD") from error
        if begin > end or (end - begin).days >= 400:
            raise ValueError("the range is empty or longer than 400 days")
        return begin.isoformat(), end.isoformat()

    @staticmethod
    def listed(rows, args, *searched):
        """Search, sort, page: as the server promises."""
        wanted = args.get("q", "").lower()
        if wanted:
            rows = [row for row in rows if any(wanted in str(row.get(key) or "").lower() for key in searched)]
        sort = args.get("sort", "")
        key = sort.lstrip("-")
        if key:
            if rows and key not in rows[0]:
                raise ValueError(f"cannot sort by {key}")
            known = [row for row in rows if row[key] is not None]
            known.sort(key=lambda row: row[key], reverse=sort.startswith("-"))
            rows = known + [row for row in rows if row[key] is None]
        limit, offset = int(args.get("limit", 50)), int(args.get("offset", 0))
        if not 1 <= limit <= 500 or offset < 0:
            raise ValueError("limit is 1 to 500, offset not below 0")
        return {"rows": rows[offset : offset + limit], "total": len(rows), "limit": limit, "offset": offset}

    def me(self, _):
        return {
            "corp_id": f"wp{self.corp.name}000000000001",
            "corp_name": self.corp.title,
            "userid": "woAdmin0000000000000000000001",
            "is_admin": self.choice.get("admin", "1") == "1",
            "csrf_token": "token-of-the-session",
            "time_zone": "Asia/Shanghai",
            "state": self.choice.get("state", "active"),
            "today": today().isoformat(),
            "open_data": "names" in self.choice,
        }

    def jssdk(self, _):
        signature = "" if self.choice["names"] == "refused" else "0123456789abcdef"
        config = {"timestamp": 1, "nonceStr": "n", "signature": signature}
        return {
            "corpId": "wp1",
            "agentId": "1000001",
            "config": config,
            "agentConfig": config,
            "script": "/mock/names.js",
        }

    def overview(self, args):
        begin, end = self.range(args)
        length = (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).days + 1
        before_end = (datetime.fromisoformat(begin) - timedelta(days=1)).date().isoformat()
        before_begin = (datetime.fromisoformat(begin) - timedelta(days=length)).date().isoformat()

        def pick(days, low, high):
            return [row for row in days if low <= row["day"] <= high]

        def figures(low, high):
            customer, group = pick(self.corp.customer_days, low, high), pick(self.corp.group_days, low, high)
            if not customer:
                return {}
            added = {key: sum(row[key] for row in customer) for key in ("new", "net", "half", "readded")}
            return {
                "customers_total": customer[-1]["total_end"],
                **added,
                "lost": sum(row["lost_by_staff"] + row["lost_by_customer"] for row in customer),
                "groups_total": group[-1]["groups_total"],
                "group_members_external": group[-1]["members_external"],
                "joined": sum(row["joined"] for row in group),
                "quit": sum(row["quit"] for row in group),
            }

        now, before = figures(begin, end), figures(before_begin, before_end)
        order = [
            "customers_total",
            "new",
            "lost",
            "net",
            "half",
            "readded",
            "groups_total",
            "group_members_external",
            "joined",
            "quit",
        ]
        return {
            "from": begin,
            "to": end,
            "previous_from": before_begin,
            "previous_to": before_end,
            "figures": [{"name": name, "value": now.get(name, 0), "previous": before.get(name)} for name in order],
            "customer_daily": pick(self.corp.customer_days, begin, end),
            "group_daily": pick(self.corp.group_days, begin, end),
        }

    def customers(self, args):
        keys = ("external_userid", "name", "type", "corp_name", "followers", "added_at", "lost_at", "status")
        return self.listed(
            [{key: row[key] for key in keys} for row in self.corp.customers], args, "name", "external_userid"
        )

    def losses(self, args):
        begin, end = self.range(args)
        rows = [
            {
                "external_userid": row["external_userid"],
                "customer_name": row["name"],
                "userid": row["userid"],
                "direction": row["status"],
                "source": ["event", "event", "listing"][number % 3],
                "state": row["state"] or "",
                "tags": row["tags"],
                "added_at": row["added_at"],
                "lost_at": row["lost_at"],
                "kept_days": row["kept_days"],
                "readded_at": row["lost_at"] if number % 9 == 0 else None,
            }
            for number, row in enumerate(self.corp.customers)
            if row["lost_at"] and begin <= row["lost_at"][:10] <= end
        ]
        return self.listed(rows, {"sort": "-lost_at", **args}, "customer_name", "external_userid", "userid", "state")

    def rates(self, new):
        old = [new, new * 3 // 4, self.rng.choice([0, new // 2])]
        return {
            f"{name}_d{days}": count
            for days, of, share in zip((1, 7, 30), old, (0.97, 0.91, 0.82))
            for name, count in (("retained", round(of * share)), ("old_enough", of))
        }

    def channels(self, args):
        rows = []
        for state in CHANNELS if self.corp.size else []:
            adds = self.rng.randrange(20, 5200)
            lost = adds // self.rng.randrange(3, 9)
            rows.append(
                {
                    "state": state or "",
                    "adds": adds,
                    "half_adds": adds // 7,
                    "converted": adds // 9,
                    "lost": lost,
                    "net": adds - lost - 7,
                    "transferred_away": 7,
                    "distinct_customers": adds - adds // 20,
                    **self.rates(adds),
                    "first_at": instant(self.corp.days[20], 600),
                    "last_at": instant(today(), 700),
                }
            )
        return self.listed(rows, args, "state")

    def staff(self, args):
        self.range(args)
        rows = []
        for number, userid in enumerate(self.corp.staff):
            new, customer, staff = self.rng.randrange(200), self.rng.randrange(90), self.rng.randrange(30)
            rows.append(
                {
                    "userid": userid,
                    "customers": self.rng.randrange(20, 4000),
                    "new": new,
                    "lost_by_staff": staff,
                    "lost_by_customer": customer,
                    "net": new - staff - customer,
                    "transferred_away": number % 2,
                    **self.rates(new),
                    "delete_alert": number % 7 == 3,
                }
            )
        return self.listed(rows, {"sort": "-new", **args}, "userid")

    def groups(self, args):
        return self.listed(self.corp.chats, args, "name", "chat_id", "owner")

    def owners(self, args):
        self.range(args)
        rows = [
            {
                "owner": userid,
                "groups": self.rng.randrange(1, 30),
                "members": self.rng.randrange(20, 5000),
                "joined": 40 + number,
                "quit": 3 * number,
                "net": 40 - 2 * number,
                "dismissed": number % 3,
            }
            for number, userid in enumerate(self.corp.staff)
        ]
        rows.append({"owner": "", "groups": 1, "members": 3, "joined": 0, "quit": 0, "net": 0, "dismissed": 0})
        return self.listed(rows if self.corp.size else [], {"sort": "-net", **args}, "owner")

    def duplicates(self, args):
        rows = [
            {
                "external_userid": row["external_userid"],
                "name": row["name"],
                "groups": 2 + number % 6,
                "chat_ids": [chat["chat_id"] for chat in self.corp.chats[number % 9 : number % 9 + 2 + number % 6]],
            }
            for number, row in enumerate(self.corp.customers[:60])
        ]
        return self.listed(rows, args, "external_userid")

    def group_changes(self, args):
        begin, _ = self.range(args)
        low = datetime.fromisoformat(begin).date()
        rows = [
            {
                "at": instant(low + timedelta(days=number % 5), self.rng.randrange(1300)),
                "chat_id": chat["chat_id"],
                "chat_name": chat["name"],
                "field": field,
                "old": old,
                "new": new,
            }
            for number, chat in enumerate(self.corp.chats[:8])
            for field, old, new in [("name", "旧群名", chat["name"]), ("notice", None, "本周六 14:00 直播，不见不散！" * 6)][
                number % 2 :
            ]
        ]
        return self.listed(rows, {"sort": "-at", **args}, "chat_id", "chat_name")

    def tags(self, _):
        groups = []
        for number, (name, words) in enumerate(
            [
                ("客户意向", ["高意向", "一般", "暂无意向", HTML]),
                ("成交阶段", ["初访", "报价", "已成交"]),
                ("地区", ["华东", "华南", "华北", "西南", "海外 🌏"]),
                ("旧分组", []),
            ]
        ):
            groups.append(
                {
                    "group_id": f"etgroup{number}",
                    "name": name,
                    "sort_order": 100 - number,
                    "deleted_at": None if number < 3 else instant(today(), 5),
                    "tags": [
                        {
                            "tag_id": f"et{number}{at}",
                            "tag_name": word,
                            "sort_order": 50 - at,
                            "customers": self.rng.randrange(2400),
                            "added_7d": self.rng.randrange(60),
                            "added_30d": self.rng.randrange(260),
                            "deleted_at": instant(today(), 9) if word == "暂无意向" else None,
                        }
                        for at, word in enumerate(words)
                    ],
                }
            )
        return {"groups": groups if self.corp.size else []}

    def tag_orders(self, args):
        rows = [
            {
                "at": instant(today() - timedelta(days=at), 640),
                "scope": scope,
                "group_name": {"etgroup0": "客户意向"}.get(scope),
                "old_order": old,
                "new_order": list(reversed(old)),
            }
            for at, (scope, old) in enumerate(
                [
                    ("etgroup0", ["et00", "et01", "et02", "et03"]),
                    ("", ["etgroup0", "etgroup1", "etgroup2"]),
                    ("etgroup2", ["et20", "et21", "et22", "et23", "et24", "et-gone"]),
                ]
            )
        ]
        return self.listed(rows if self.corp.size else [], args)

    def transfers(self, args):
        rows = [
            {
                "handover": one,
                "takeover": other,
                "moved": 20 + at,
                "refused": at,
                "limit_exceed": at // 2,
                "pending": 3,
                "success_rate": round((20 + at) / (23 + 2 * at), 4),
            }
            for at, (one, other) in enumerate(zip(self.corp.staff, self.corp.staff[1:]))
        ]
        return self.listed(rows, args)

    def customer(self, args):
        row = next((one for one in self.corp.customers if one["external_userid"] == args.get("external_userid")), None)
        if row is None:
            return {"customer": None, "follows": [], "tags": [], "timeline": []}
        first, second = (self.corp.staff * 2)[:2]
        return {
            "customer": {**row, "position": "采购经理", "gender": 1, "synced_at": instant(today(), 800)},
            "follows": [
                {
                    "userid": row["userid"],
                    "status": row["status"],
                    "remark": HTML,
                    "description": "展会认识，关注报价",
                    "add_way": 1,
                    "state": row["state"],
                    "added_at": row["added_at"],
                    "lost_at": row["lost_at"],
                },
                {
                    "userid": second,
                    "status": "transferred",
                    "remark": None,
                    "description": None,
                    "add_way": 202,
                    "state": None,
                    "added_at": instant(self.corp.days[5], 610),
                    "lost_at": instant(self.corp.days[90], 610),
                },
            ],
            "tags": [
                {
                    "tag_id": name,
                    "tag_name": HTML if name == "et03" else f"标签 {name}",
                    "userid": row["userid"],
                    "added_at": row["added_at"],
                }
                for at, name in enumerate(row["tags"])
            ],
            "timeline": [
                {"at": instant(self.corp.days[5], 610), "type": "half", "userid": second, "detail": "春季展会"},
                {"at": instant(self.corp.days[5], 655), "type": "added", "userid": second, "detail": None},
                {"at": instant(self.corp.days[6], 655), "type": "tag_added", "userid": second, "detail": HTML},
                {
                    "at": instant(self.corp.days[7], 655),
                    "type": "group_join",
                    "userid": None,
                    "detail": self.corp.chats[0]["chat_id"],
                },
                {
                    "at": instant(self.corp.days[8], 655),
                    "type": "transfer_failed",
                    "userid": first,
                    "detail": "customer_refused",
                },
                {"at": instant(self.corp.days[90], 610), "type": "transferred", "userid": second, "detail": None},
                {
                    "at": instant(self.corp.days[91], 610),
                    "type": "something_new",
                    "userid": first,
                    "detail": "text as it came",
                },
                {"at": row["added_at"], "type": "readded", "userid": row["userid"], "detail": row["state"]},
            ],
        }

    def chat(self, args):
        chat = next((one for one in self.corp.chats if one["chat_id"] == args.get("chat_id")), None)
        if chat is None:
            return {"chat": None, "admins": [], "members": [], "ledger": [], "changes": []}
        people = self.corp.customers[:498]
        members = [
            {
                "member_id": userid,
                "type": 1,
                "name": None,
                "group_nickname": None,
                "join_at": chat["created_at"],
                "join_scene": 1,
                "invitor": None,
            }
            for userid in self.corp.staff[:2]
        ]
        members += [
            {
                "member_id": row["external_userid"],
                "type": None if at % 40 == 39 else 2,
                "name": row["name"],
                "group_nickname": None if at % 3 else HTML,
                "join_at": row["added_at"],
                "join_scene": 1 + at % 3,
                "invitor": self.corp.staff[0],
            }
            for at, row in enumerate(people)
        ]
        ledger = [
            {
                "at": row["added_at"],
                "member_id": row["external_userid"],
                "name": row["name"],
                "type": 2,
                "action": "quit" if at % 4 == 3 else "join",
                "scene": 0 if at % 4 == 3 else 3,
                "origin": "event" if at % 5 else "pull",
                "event_id": at,
            }
            for at, row in enumerate(people[:120])
        ]
        ledger.sort(key=lambda row: row["at"], reverse=True)
        return {
            "chat": {
                **chat,
                "notice": "欢迎入群！\n请勿发送广告。 " + HTML,
                "synced_at": instant(today(), 800),
                "dismissed_at": None,
            },
            "admins": self.corp.staff[1:3],
            "members": members,
            "ledger": ledger,
            "changes": [{"at": chat["created_at"], "field": "name", "old": "旧群名", "new": chat["name"]}],
        }

    def settings(self, _):
        done = self.corp.name != "south"
        return {
            "corp": {
                "corp_id": f"wp{self.corp.name}000000000001",
                "corp_name": self.corp.title,
                "state": self.choice.get("state", "active"),
                "suspended_reason": "48004: api forbidden" if self.choice.get("state") == "suspended" else None,
                "agent_id": 1000002,
                "auth_mode": 0,
                "installed_at": instant(self.corp.days[0], 600),
                "backfilled_at": instant(self.corp.days[0], 601),
                "reconcile_at": instant(today() + timedelta(days=1), 130),
            },
            "permissions": [
                "contact:base:base",
                "externalcontact:base:base",
                "externalcontact:contact:tag",
                "externalcontact:contact:transfer",
                "contact:sensitive:avatar",
                "externalcontact:customer_acquisition:basic",
                "future:thing",
            ],
            "admins": [{"userid": userid, "auth_type": at % 2} for at, userid in enumerate(self.corp.staff[:3])],
            "scope": {"members": 1248, "departments": 37, "tags": 0},
            "credentials": {
                "suite_ticket_age_s": 412,
                "token_expires_at": (datetime.now(timezone.utc) + timedelta(minutes=83)).isoformat(),
                "state": "active",
            },
            "jobs": {
                "kinds": [
                    {"kind": "chat", "due": 12, "leased": 2, "parked": 1, "oldest_due_at": instant(today(), 500)},
                    {"kind": "customer", "due": 1043, "leased": 8, "parked": 1, "oldest_due_at": instant(today(), 480)},
                ]
                if self.corp.size
                else [],
                "parked": [
                    {
                        "kind": "chat",
                        "target": "wr" + "x" * 30,
                        "attempts": 12,
                        "last_error": "60020: not allow to access from your ip",
                    },
                    {
                        "kind": "customer",
                        "target": HTML,
                        "attempts": 3,
                        "last_error": "84061: not external contact " + HTML,
                    },
                ]
                if self.corp.size
                else [],
            },
            "backfill": {
                "done": done,
                "steps": [
                    {"kind": "member", "left": 0, "stored": 1248},
                    {"kind": "customer", "left": 0 if done else 2211, "stored": 10233},
                    {"kind": "chat", "left": 0 if done else 90, "stored": 62},
                    {"kind": "tag", "left": 0, "stored": 12},
                ],
            },
            "openid": {"mapped": 1200, "unmapped": 41, "invalid": 7, "frozen_until": None},
        }

    def install(self, _):
        if "install" not in self.choice:
            raise LookupError
        return {"state": self.choice["install"]}

    def trust(self, args):
        begin, end = self.range(args)
        rows = [
            {
                "day": day,
                "info_type": kind,
                "received": self.rng.randrange(4000),
                "duplicates": self.rng.randrange(90),
                "out_of_order": self.rng.randrange(40),
                "gaps": gaps,
                "repaired": gaps,
                "repair_p50_s": round(self.rng.uniform(0.4, 4), 2),
                "repair_p95_s": round(self.rng.uniform(4, 90), 1),
                "stale_pulls": self.rng.randrange(6),
                "parked": 0,
                "backlog": 0,
                "drift": 0,
            }
            for row in reversed(self.corp.customer_days)
            if begin <= (day := row["day"]) <= end
            for kind in ("change_external_contact", "change_external_chat")
            for gaps in [self.rng.randrange(9)]
        ]
        return {"rows": rows if self.corp.size else []}

    def usage(self, args):
        begin, end = self.range(args)
        rows = [
            {
                "day": row["day"],
                "api": api,
                "calls": self.rng.randrange(900),
                "errors": self.rng.randrange(4),
                "limited": self.rng.randrange(3),
                "saved": self.rng.randrange(4000),
            }
            for row in reversed(self.corp.customer_days)
            if begin <= row["day"] <= end
            for api in ("externalcontact/get", "externalcontact/groupchat/get")
        ]
        return {"rows": rows if self.corp.size else []}


CORPS = {
    "north": Corp("north", "北辰家居有限公司", 1, 500),
    "south": Corp("south", "South Harbour Trading <Ltd> & Sons 南港贸易集团股份有限公司", 2, 40),
    "empty": Corp("empty", "空白公司", 3, 0),
}


class Handler(BaseHTTPRequestHandler):
    """The routes of wecom-web, as far as the pages need them."""

    protocol_version = "HTTP/1.1"
    pages = {
        "/": "home",
        "/wecom/workspace": "workspace",
        "/wecom/settings": "settings",
        "/wecom/login": "login",
        "/wecom/install/done": "install",
    }

    def log_message(self, *args):
        """Quiet: the tests say what they saw."""

    def choice(self):
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("mock")
        return dict(parse_qsl(unquote(cookie.value))) if cookie else {}

    def send(self, status, kind, body, **headers):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def send_page(self, status, name):
        body = (PAGES / f"{name}.html").read_text(encoding="utf-8")
        if name == "error":
            for mark, value in (
                ("request", "01HX-7"),
                ("status", str(status)),
                ("reason", {503: "wecom"}.get(status, "bug")),
            ):
                body = body.replace(f'name="wecom-{mark}" content=""', f'name="wecom-{mark}" content="{value}"')
        self.send(status, TYPES[".html"], body, Content_Security_Policy=POLICY, Referrer_Policy="no-referrer")

    def send_error_json(self, status, sentence, reason="bug"):
        self.send(status, "application/json", json.dumps({"error": sentence, "reason": reason, "request_id": "01HX-7"}))

    def do_GET(self):  # pylint: disable=invalid-name
        split = urlsplit(self.path)
        path, args = split.path, dict(parse_qsl(split.query))
        if path in self.pages:
            self.send_page(200, self.pages[path])
        elif path.startswith("/wecom/static/"):
            self.send_static(path.removeprefix("/wecom/static/"))
        elif path.startswith(("/wecom/api/", "/wecom/csv/")):
            self.send_data(path.split("/")[2], path.split("/", 3)[3], args)
        elif path == "/mock/posts":
            self.send(200, "application/json", json.dumps(POSTS))
        elif path == "/favicon.ico":
            self.send(200, TYPES[".svg"], (PAGES / "icon.svg").read_bytes())
        elif path == "/mock/names.js":
            self.send(200, TYPES[".js"], NAMES_SCRIPT)
        elif path.startswith("/mock/status/"):
            self.send_page(int(path.rsplit("/", 1)[1]), "error")
        else:
            self.send_page(404, "error")

    def send_static(self, name):
        file = CHART if name == "vendor/chart.js" else PAGES / name
        if "/" in name.removeprefix("vendor/") or file.suffix not in TYPES or not file.is_file():
            self.send_page(404, "error")
        else:
            self.send(200, TYPES[file.suffix], file.read_bytes())

    def send_data(self, form, name, args):
        choice = self.choice()
        failures = dict(one.split(":") for one in choice.get("fail", "").split(",") if one)
        slow = dict(one.split(":") for one in choice.get("slow", "").split(",") if one)
        time.sleep(int(slow.get(name, 0)) / 1000)
        status = int(failures.get(name, failures.get("all", 0)))
        answers = Answers(CORPS[choice.get("corp", "north")], choice)
        if (choice.get("login") == "0" and name != "install") or status == 401:
            self.send_error_json(401, "You are not logged in.", "login")
        elif status == 1:
            self.send(200, "text/html", "<p>not json")
        elif status:
            self.send_error_json(status, "the mock was told to fail")
        elif name in ("settings", "trust", "usage") and choice.get("admin") == "0":
            self.send_error_json(403, "Only administrators.", "not_admin")
        elif form == "csv":
            self.send_csv(name, answers, args)
        elif not hasattr(answers, name) or name in ("range", "listed", "rates"):
            self.send_error_json(404, "no such endpoint")
        else:
            try:
                self.send(200, "application/json", json.dumps(getattr(answers, name)(args), ensure_ascii=False))
            except ValueError as error:
                self.send_error_json(400, str(error))
            except LookupError:
                self.send_error_json(404, "There is nothing here.", "not_found")

    def send_csv(self, name, answers, args):
        rows = getattr(answers, name)({**args, "limit": 500}).get("rows", []) if hasattr(answers, name) else []
        text = (
            "\r\n".join([",".join(rows[0])] + [",".join(str(value) for value in row.values()) for row in rows])
            if rows
            else ""
        )
        self.send(
            200, "text/csv; charset=utf-8", "\ufeff" + text, Content_Disposition=f'attachment; filename="{name}.csv"'
        )

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = dict(parse_qsl(body, keep_blank_values=True))
        failures = dict(one.split(":") for one in self.choice().get("fail", "").split(",") if one)
        name = self.path.rsplit("/", 1)[1]
        POSTS.append({"path": self.path, "form": form, "token": self.headers.get("X-CSRF-Token")})
        if self.headers.get("X-CSRF-Token") != "token-of-the-session":
            self.send_error_json(403, "the token is missing")
        elif name in failures:
            self.send_error_json(int(failures[name]), "the mock was told to fail")
        else:
            self.send(200, "application/json", json.dumps({"raised": 0 if form.get("target") == "nothing" else 1}))


def serve(port=0):
    """A running server; its port is server.server_port, shutdown() ends it."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    running = serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8090)
    print(f"http://127.0.0.1:{running.server_port}/wecom/workspace", flush=True)
    threading.Event().wait()
