"""A settings folder made at run time: every id, token and key is drawn anew, so that none is ever in the repository.

The reader of real settings is the product; this only writes what an operator would write.
"""

import base64
import secrets
import string
from pathlib import Path

LETTERS = string.ascii_letters + string.digits


def _word(length):
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def read_settings(path):
    """NAME=value lines of a settings file as a dict; what is no such line is left to the product to refuse."""
    found = {}
    for line in Path(path).read_text(encoding="utf-8", errors="replace").splitlines():
        name, sign, value = line.strip().partition("=")
        if sign and not name.startswith("#"):
            value = value.strip()
            is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[name.strip()] = value[1:-1] if is_quoted else value
    return found


class Settings:
    """`folder`/wecom-mirror.conf and the secret files beside it.

        Settings(folder, account, WECOM_DATABASE="host=… dbname=…", WECOM_WORKERS="2").write()
            .set(NAME="value"), .unset("NAME")      then write() again
            .secret("WECOM_TOKEN_FILE", "text")     another secret; the file's mode is 0600
    system=True configures the provider's system route as well, login=True its login authorisation, login_keys=True a
    Token and key of its own for that.
    """

    def __init__(self, folder, account, *, system=True, login=False, login_keys=False, **values):
        self.folder = Path(folder)
        self.account = account
        self.path = self.folder / "wecom-mirror.conf"
        account.make_folder(self.folder)
        self.secrets = {}
        self.provider_corp_id = "ww" + secrets.token_hex(8)
        self.suite_id = "ww" + secrets.token_hex(8)
        self.token = _word(20)
        self.aes_key = _word(43)
        self.values = {"WECOM_PROVIDER_CORP_ID": self.provider_corp_id, "WECOM_SUITE_ID": self.suite_id}
        self.secret("WECOM_TOKEN_FILE", self.token)
        self.secret("WECOM_AES_KEY_FILE", self.aes_key)
        self.secret("WECOM_SUITE_SECRET_FILE", _word(43))
        self.secret("WECOM_MASTER_KEY_FILE", secrets.token_hex(32))
        if system:
            self.system_token, self.system_aes_key = _word(20), _word(43)
            self.secret("WECOM_SYSTEM_TOKEN_FILE", self.system_token)
            self.secret("WECOM_SYSTEM_AES_KEY_FILE", self.system_aes_key)
        if login:
            self.add_login()
        if login_keys:
            self.login_token, self.login_aes_key = _word(20), _word(43)
            self.secret("WECOM_LOGIN_TOKEN_FILE", self.login_token)
            self.secret("WECOM_LOGIN_AES_KEY_FILE", self.login_aes_key)
        account.make_folder(self.folder / "state")
        account.make_folder(self.folder / "state" / "spool")
        self.values["WECOM_STATE_DIR"] = str(self.folder / "state")
        self.set(**values)

    def add_login(self):
        """The suite through which people log in with a browser."""
        self.values["WECOM_LOGIN_SUITE_ID"] = "ww" + secrets.token_hex(8)
        self.secret("WECOM_LOGIN_SUITE_SECRET_FILE", _word(43))

    def secret(self, name, text):
        """Put a secret in its file and name it in the settings."""
        file = self.folder / name.removeprefix("WECOM_").removesuffix("_FILE").lower()
        self.account.write(file, text + "\n")
        self.secrets[name] = text
        self.values[name] = str(file)

    def set(self, **values):
        self.values.update({name: str(value) for name, value in values.items()})
        return self

    def unset(self, *names):
        for name in names:
            self.values.pop(name, None)
        return self

    def write(self):
        text = "".join(f"{name}={value}\n" for name, value in self.values.items())
        self.account.write(self.path, text, 0o600)
        return self

    @classmethod
    def reopen(cls, folder, account):
        """The settings that an earlier run left in `folder`, or new ones."""
        path = Path(folder) / "wecom-mirror.conf"
        made = cls.__new__(cls) if path.exists() else cls(folder, account)
        if path.exists():
            made.folder, made.path, made.account = Path(folder), path, account
            made.values = read_settings(path)
            made.secrets = {name: Path(value).read_text(encoding="utf-8").strip()
                            for name, value in made.values.items() if name.endswith("_FILE")}
            made.provider_corp_id = made.values["WECOM_PROVIDER_CORP_ID"]
            made.suite_id = made.values["WECOM_SUITE_ID"]
        return made

    @property
    def spool_folder(self):
        return Path(self.values.get("WECOM_SPOOL_DIR", self.folder / "state" / "spool"))

    def leaked(self, text):
        """Names of the settings whose secret value stands in `text`; the key also as bytes in base64 or hexadecimal."""
        found = [name for name, value in self.secrets.items() if value in text]
        for name in ("WECOM_AES_KEY_FILE", "WECOM_SYSTEM_AES_KEY_FILE", "WECOM_LOGIN_AES_KEY_FILE"):
            if name in self.secrets:
                raw = base64.b64decode(self.secrets[name] + "=")
                found += [name for form in (raw.hex(), base64.b64encode(raw).decode()) if form in text]
        return found
