"""`make run` and `make stop`: the whole product on this machine, for people to look at.

    run.py run  --build out/release --run-dir out/run --port 8080 [--conf FILE] [--sim 0|1]
    run.py stop --run-dir out/run

Everything is in the run folder and ends with this program; the data stay for the next run.  Never touches a cluster,
a port or a process that is not its own.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: its modules are of a package

try:
    from harness.demo import Demo
    from harness.lock import RunLock, stop_other
    from harness.process import HarnessError
except ImportError as missing:
    sys.exit(f"make run: {missing} (Debian: apt-get install python3-psycopg2)")


class Stop:
    """Signals set a flag; the loop looks at it."""

    def __init__(self):
        self.is_asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    def _ask(self, *_):
        self.is_asked = True


def say(text):
    """One line at once, also into a pipe."""
    print(text, flush=True)


def command_run(options):
    stop = Stop()
    folder = Path(options.run_dir).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HarnessError(f"cannot make the folder {folder}: {error.strerror}") from error
    with RunLock(folder):
        demo = Demo(folder, options, say)
        try:
            demo.start(lambda: stop.is_asked)
            while not stop.is_asked:
                demo.step()
                time.sleep(0.1)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            demo.close()
    say("stopped; the data stay for the next run")


def command_stop(options):
    say(stop_other(Path(options.run_dir).resolve()))


def parse(arguments):
    parser = argparse.ArgumentParser(prog="make run")
    parser.add_argument("command", choices=["run", "stop"])
    parser.add_argument("--build", default="out/release")
    parser.add_argument("--run-dir", default=os.environ.get("RUN_DIR") or "out/run")
    parser.add_argument("--port", default=os.environ.get("PORT") or "8080")
    parser.add_argument("--conf", default=os.environ.get("CONF") or None)
    parser.add_argument("--sim", default=os.environ.get("SIM") or None)
    return parser.parse_args(arguments)


def main():
    options = parse(sys.argv[1:])
    try:
        {"run": command_run, "stop": command_stop}[options.command](options)
    except HarnessError as error:
        print(f"make {options.command}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
