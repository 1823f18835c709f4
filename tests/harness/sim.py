"""The simulated WeCom (tests/sim) as a co-process: crafts callbacks, good and bad, and sends them.

All cryptography of the tests is the simulator's: nothing of it is written here, and none is taken from the product.
"""

import json
import os
import subprocess
from pathlib import Path

from . import client
from .process import Child, HarnessError, run

PATHS = {"command": "/api/v1/wecom/command", "data": "/api/v1/wecom/callback", "system": "/api/v1/wecom/system",
         "login": "/api/v1/wecom/login"}


class Sim:
    """`program` with the settings that the receiver has.

            .craft(route=, method=, message=, …)   path, query, body … of one request (see tests/sim)
            .post(port, message, route="command")  craft and deliver; the Answer
            .verify(port, route, echo)             the GET of the console; the Answer
            .push(url, …)                          run `push` to its end; its output
            .start_push(url, log=…, …)             the same as a Child that goes on
            .events()                              every event the simulator knows, as it prints them
    """

    def __init__(self, program, settings_path, account, folder, environment=None):
        self.account = account
        self.program = account.lend(Path(program).resolve(), folder)
        self.settings_path = Path(settings_path)
        self.folder = Path(folder)
        self.environment = environment
        self._craft = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._craft is not None:
            self._craft.popen.stdin.close()
            self._craft.popen.stdout.close()
            self._craft.close()
            self._craft = None

    # crafting

    def start(self):
        """Start the co-process, once; from a thread that lives as long as it is needed (see process.py)."""
        if self._craft is None:
            self._craft = Child([self.program, "craft", "-c", self.settings_path], self.account,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                env=self.environment)
        return self

    def craft(self, **wish):
        """One request; `wish` is the JSON object of `wecom-sim craft` (bytes that are no text: message_base64)."""
        self.start()
        line = json.dumps({name: value for name, value in wish.items() if value is not None}).encode() + b"\n"
        self._craft.popen.stdin.write(line)
        self._craft.popen.stdin.flush()
        answer = self._craft.popen.stdout.readline()
        if not answer:
            raise HarnessError("wecom-sim craft ended")
        found = json.loads(answer)
        if "error" in found:
            raise HarnessError(f"wecom-sim craft: {found['error']}")
        return found

    def target(self, crafted, raw_plus=False):
        return f"{crafted['path']}?{crafted['query_raw_plus' if raw_plus else 'query']}"

    def post(self, port, message, route="command", headers=None, timeout=15, **wish):
        crafted = self.craft(route=route, method="POST", message=message, **wish)
        return client.request(port, "POST", self.target(crafted), crafted["body"], headers, timeout)

    def verify(self, port, route="command", echo="1234567890123456789", raw_plus=False, **wish):
        crafted = self.craft(route=route, method="GET", message=echo, **wish)
        return client.request(port, "GET", self.target(crafted, raw_plus))

    # streams

    def _push_arguments(self, url, options):
        arguments = [self.program, "push", "-c", self.settings_path, "--url", url]
        for name, value in options.items():
            arguments.append("--" + name.replace("_", "-"))
            if value is not True:
                arguments.append(str(value))
        return arguments

    def push(self, url, timeout=600, **options):
        return run(self._push_arguments(url, options), self.account, timeout=timeout, env=self.environment)

    def start_push(self, url, log, **options):
        return Child(self._push_arguments(url, options), self.account, log=log, env=self.environment)

    def events(self, seed=1):
        """kind, route, corp, receiveid, xml of one example of everything the simulator can send."""
        text = run([self.program, "events", "-c", self.settings_path, "--seed", seed], self.account, env=self.environment)
        return [json.loads(line) for line in text.splitlines() if line.strip()]

    @staticmethod
    def available(build):
        return os.access(Path(build) / "wecom-sim", os.X_OK)
