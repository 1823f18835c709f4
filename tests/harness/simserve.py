"""The simulated WeCom in one piece: `wecom-sim serve` holds the truth, pushes callbacks and serves the API over TLS.

Control is one JSON line to its Unix socket and one back; what cannot be done is a HarnessError with its sentence.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from .certificate import make_certificate
from .process import Child, HarnessError, free_port, wait_until


class Control:
    """Asks a `wecom-sim serve` that runs, whoever started it: by its control socket.

            .deed(kind, corp=…, …)      something happens in the truth, and its callback is made
            .set(lose=0.05, …)          rates and settings, from now on
            .fault(name, share=… | count=…, api=…, corp=…)    an API fault
            .stop_activity()            nothing more by itself; what is under way is still delivered
            .counts() .dump()           numbers; the whole truth
            .compare(conninfo)          a Comparison
    """

    def __init__(self, program, control, account):
        self.program, self.control, self.account = program, Path(control), account

    def ask(self, seconds=30, **command):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(str(self.control))
            connection.sendall(json.dumps(command).encode() + b"\n")
            with connection.makefile("rb") as file:
                line = file.readline()
        if not line:
            raise HarnessError(f"wecom-sim serve gave no answer to {command.get('do')}")
        found = json.loads(line)
        if isinstance(found, dict) and found.get("error"):
            raise HarnessError(f"wecom-sim serve, {command}: {found['error']}")
        return found

    def deed(self, kind, **more):
        return self.ask(do="deed", kind=kind, **more)

    def set(self, **rates):
        return self.ask(do="set", **rates)

    def fault(self, name, **how):
        return self.ask(do="fault", name=name, **how)

    def revoke_tokens(self, **which):
        return self.ask(do="revoke_tokens", **which)

    def stop_activity(self):
        return self.ask(do="stop_activity")

    def counts(self):
        return self.ask(do="counts")

    def dump(self):
        return self.ask(do="dump")

    def calls(self, api=None):
        """API calls so far: of one path, or all."""
        found = self.counts()["api"]
        return found["by_api"].get(api, {}).get("calls", 0) if api else found["calls"]

    def answered(self, api):
        """API calls of one path that got what they asked for."""
        return self.counts()["api"]["by_api"].get(api, {}).get("ok", 0)

    def violations(self):
        """What a well-behaved client never does, by kind; {} is as it should be."""
        return {name: n for name, n in self.counts()["api"]["violations"].items() if n}

    def compare(self, conninfo, timeout=600):
        done = subprocess.run([str(self.program), "compare", "--control", str(self.control), "--database", conninfo],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=timeout, check=False, cwd="/", **self.account.popen_arguments())
        return Comparison(done.returncode, done.stdout)


class SimServe(Control):
    """`program` with the settings that the product has.  options are those of `wecom-sim serve` by name.

            .start(url) .stop() .close()
            .settings                   what the product must be told to talk to it
            .web_settings               and what its pages must, to send people to the pages of login and install
            and everything of Control
    state: file in which the truth outlives a restart.
    """

    def __init__(self, program, settings_path, account, folder, *, environment=None, port=None, state=None, log=None,
                 **options):
        self.folder = account.make_folder(folder)
        super().__init__(account.lend(Path(program).resolve(), self.folder), self._control_path(account), account)
        self.settings_path = Path(settings_path)
        self.environment = environment
        self.port = port or free_port()
        self.pages_port = free_port()  # plain http: a browser does not know the authority of the API's certificate
        self.state = state
        self.log = Path(log) if log else self.folder / "serve.log"
        self.options = options
        self.certificate = make_certificate(self.folder / "tls", account)
        self.child = None

    def _control_path(self, account):
        """A short one: a socket's path has little room."""
        place = self.folder / "control"
        if len(os.fsencode(place)) <= 100:
            return place
        made = Path(tempfile.mkdtemp(prefix="wecom-sim-"))
        account.own(made)
        return made / "control"

    @property
    def api_base(self):
        return f"https://127.0.0.1:{self.port}"

    @property
    def settings(self):
        """What the product must be told to talk to it."""
        return {"WECOM_API_BASE": self.api_base, "WECOM_API_CA_FILE": str(self.certificate.authority)}

    @property
    def pages_base(self):
        return f"http://127.0.0.1:{self.pages_port}"

    @property
    def web_settings(self):
        """Where people log in and install."""
        return {name: self.pages_base for name in ("WECOM_OAUTH_BASE", "WECOM_LOGIN_BASE", "WECOM_INSTALL_BASE")}

    def arguments(self, url):
        found = [self.program, "serve", "-c", self.settings_path, "--url", url, "--listen", f"127.0.0.1:{self.port}",
                 "--cert", self.certificate.certificate, "--key", self.certificate.key, "--control", self.control,
                 "--pages", f"127.0.0.1:{self.pages_port}"]
        options = {**self.options, **({"state": self.state} if self.state else {})}
        for name, value in options.items():
            if value is False or value is None:
                continue
            found.append("--" + name.replace("_", "-"))
            if value is not True:
                found.append(value)
        return found

    def launch(self, url):
        if self.control.parent != self.folder:
            self.account.make_folder(self.control.parent)
        self.control.unlink(missing_ok=True)
        self.child = Child(self.arguments(url), self.account, log=self.log, env=self.environment)

    def start(self, url, seconds=20):
        self.launch(url)
        wait_until(self._answers, seconds, f"wecom-sim serve; its log is {self.log}")
        return self

    def _answers(self):
        if not self.child.alive:
            code = self.child.reap()
            lines = self.log.read_text(errors="replace").splitlines()[-3:] if self.log.exists() else []
            raise HarnessError(f"wecom-sim serve ended at once (exit code {code}): {'; '.join(lines) or 'no log'}")
        try:
            return self.counts() is not None
        except OSError:
            return False

    @property
    def alive(self):
        return self.child is not None and self.child.alive

    def stop(self):
        """TERM, so that it saves its state; the exit code."""
        return self.close()

    def close(self):
        if self.child is None:
            return None
        code = self.child.close(signal.SIGTERM, 15)
        self.child = None
        if self.control.parent != self.folder:
            shutil.rmtree(self.control.parent, ignore_errors=True)
        return code


class Comparison:
    """What `wecom-sim compare` found: true when the mirror equals the truth."""

    def __init__(self, code, text):
        self.code, self.text = code, text

    @property
    def lines(self):
        return self.text.splitlines()

    def __bool__(self):
        return self.code == 0 and any(line.startswith("0 differences") for line in self.lines)

    def __repr__(self):
        head = self.lines[:30]
        return "\n".join([f"compare: exit code {self.code}", *head, *(["…"] if len(self.lines) > 30 else []),
                          *self.lines[-3:][len(self.lines) <= 30 and 3:]])
