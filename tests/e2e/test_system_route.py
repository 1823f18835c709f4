"""The provider's system route exists only when its token and key are configured, and has its own account."""

from harness import client
from support import Watch, cdata, message, now, unique


def event(site, corp):
    return message(cdata("ServiceCorpId", site.settings.provider_corp_id), cdata("InfoType", "auto_activate"),
                   cdata("AuthCorpId", corp), f"<TimeStamp>{now()}</TimeStamp>")


def test_without_key_it_is_not_there(new_site):
    site = new_site(system=False, web=("nginx", "apache"))
    for name in ("nginx", "apache"):
        port = site.web[name].port
        watch = Watch(site)
        crafted = site.sim.craft(route="command", method="POST", message=event(site, "wpX"))
        answer = client.request(port, "POST", "/api/v1/wecom/system?" + crafted["query"], crafted["body"])
        watch.assert_refused_or_at_the_door(answer, 404)
        assert site.sim.verify(port, "command", "77").body == b"77"
    assert "WECOM_SYSTEM_TOKEN_FILE" not in site.settings.values


def test_the_accounts_are_apart(site, port, watch):
    """Signed with the suite's token, an event does not pass the system route, and the other way round."""
    for route, path in (("command", "/api/v1/wecom/system"), ("system", "/api/v1/wecom/command")):
        watch.renew()
        crafted = site.sim.craft(route=route, method="POST", message=event(site, unique("wp")))
        watch.assert_refused(client.request(port, "POST", f"{path}?{crafted['query']}", crafted["body"]), 403)


def test_a_secret_of_the_registration_is_masked(site, port, watch):
    corp = unique("wp")
    text = message(cdata("ServiceCorpId", site.settings.provider_corp_id), cdata("InfoType", "register_corp"),
                   f"<TimeStamp>{now()}</TimeStamp>", cdata("RegisterCode", "RegisterCodeInClear"), cdata("AuthCorpId", corp),
                   "<ContactSync>" + cdata("AccessToken", "AccessTokenInClear") + "<ExpiresIn>7200</ExpiresIn></ContactSync>")
    assert site.sim.post(port, text, "system").body == b"success"
    body = watch.one_row(corp)["body"]
    assert body["ContactSync"]["ExpiresIn"] == "7200"
    assert "InClear" not in str(body) and "InClear" not in site.pool.text(watch.mark)
