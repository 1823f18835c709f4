"""One started program and what it leaves: never ends a process that it did not start.

A child leads its own process group and gets a signal from the kernel when the thread that started it ends, so that
nothing remains even when the harness itself is killed.  (Start children from a thread that lives as long as they do.)
"""

import ctypes
import fcntl
import os
import random
import signal
import socket
import subprocess
import tempfile
import time

PR_SET_PDEATHSIG = 1
PORTS = range(20000, 32000)
PATIENCE = 4
_libc = ctypes.CDLL(None, use_errno=True)
_kept_ports = []  # descriptors of locks


class HarnessError(Exception):
    """One clear sentence about what could not be started or did not happen."""


def wait_until(question, seconds, what, every=0.02, patience=PATIENCE):
    """Ask until the answer is true and return it; HarnessError naming `what` when it is not, after `seconds`.

    Seconds are of a machine that has time; one that is busy gets so many times as long.  Where the limit is itself what
    is tested, patience is 1.  Questions become rarer while it lasts: by then a tenth of the wait is no delay.
    """
    began = time.monotonic()
    while True:
        answer = question()
        if answer:
            return answer
        waited = time.monotonic() - began
        if waited >= seconds * patience:
            raise HarnessError(f"waited {waited:.0f} s for {what}")
        time.sleep(min(max(every, waited / 10), 10 * every))


def free_port():
    """A TCP port on loopback that is ours while this process lives.

    A lock on a file of its number keeps it from other suites that run beside us, and it lies below the range from which
    the kernel takes ports for outgoing connections.
    """
    folder = os.path.join(tempfile.gettempdir(), f"wecom-ports-{os.geteuid()}")
    os.makedirs(folder, 0o700, exist_ok=True)
    for port in random.sample(PORTS, len(PORTS)):
        descriptor = os.open(os.path.join(folder, str(port)), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            os.close(descriptor)
            continue
        _kept_ports.append(descriptor)
        return port
    raise HarnessError(f"no TCP port of {PORTS.start} to {PORTS.stop - 1} is free")


def start_time(pid):
    """The kernel's start time of a process (clock ticks since boot), None when it is gone.  Tells reused pids apart."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def children_of(pid):
    """Direct children, living ones only: the kernel's list may lack one while another ends, so it must say the same twice."""
    found = listed_children(pid)
    for _ in range(10):
        again = listed_children(pid)
        if again == found:
            break
        found = again
    return found


def listed_children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += [int(child) for child in file.read().split()]
    except OSError:
        pass
    return sorted(child for child in found if start_time(child) is not None)


def descendants_of(pid):
    """Children, their children and so on; parents before children."""
    found = []
    for child in children_of(pid):
        found += [child, *descendants_of(child)]
    return found


def are_stopped(pids):
    """To the last thread: one that is on its way there may still take a connection."""
    states = set()
    for pid in pids:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/stat", encoding="ascii", errors="replace") as file:
                states.add(file.read().rpartition(")")[2].split()[0])
    return states == {"T"}


def send_signal(pid, number):
    """False when the process is gone."""
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False


class Child:
    """A program in its own process group; stdout and stderr go to `log` (appended) unless given otherwise."""

    def __init__(self, arguments, account, log=None, death_signal=signal.SIGTERM, **popen):
        self.arguments = [str(argument) for argument in arguments]
        self.name = os.path.basename(self.arguments[0])
        output = open(log, "ab") if log else None  # pylint: disable=consider-using-with
        ours = os.getpid()

        def before_exec():
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != ours:
                os._exit(127)

        popen.setdefault("stdin", subprocess.DEVNULL)
        if output:
            popen.setdefault("stdout", output)
            popen.setdefault("stderr", output)
        popen.setdefault("cwd", "/")
        try:
            self.popen = subprocess.Popen(  # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
                self.arguments, preexec_fn=before_exec, process_group=0, **account.popen_arguments(), **popen)
        except OSError as error:
            raise HarnessError(f"{self.arguments[0]}: {error.strerror}") from error
        finally:
            if output:
                output.close()
        self.pid = self.popen.pid

    @property
    def alive(self):
        """Asks without reaping, so that the process group stays ours until close()."""
        if self.popen.returncode is not None:
            return False
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def send(self, number):
        if self.popen.returncode is None:
            send_signal(self.pid, number)

    def wait(self, seconds):
        """The exit code (negative: signal); HarnessError when it is still running.  The group is not touched."""
        wait_until(lambda: not self.alive, seconds, f"the end of {self.name}", patience=1)
        return self.reap()

    def reap(self):
        """End what is left of the group (the leader has ended), then collect the exit code."""
        if self.popen.returncode is None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
            self.popen.wait()
        return self.popen.returncode

    def close(self, number=signal.SIGTERM, seconds=10):
        """Ask to end, insist after `seconds`, leave nothing of the group."""
        if self.popen.returncode is not None:
            return self.popen.returncode
        self.send(signal.SIGCONT)
        self.send(number)
        try:
            wait_until(lambda: not self.alive, seconds, f"the end of {self.name}")
        except HarnessError:
            self.send(signal.SIGKILL)
            wait_until(lambda: not self.alive, 10, f"the end of {self.name} after SIGKILL")
        return self.reap()


def run(arguments, account=None, **options):
    """Run to the end and return its output; HarnessError with the last lines of it when it fails."""
    options.setdefault("timeout", 600)
    options.setdefault("cwd", "/")
    extra = account.popen_arguments() if account else {}
    arguments = [str(argument) for argument in arguments]
    try:
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", check=False, **extra, **options)
    except OSError as error:
        raise HarnessError(f"{arguments[0]}: {error.strerror}") from error
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        raise HarnessError(f"{os.path.basename(arguments[0])} failed: {'; '.join(lines[-3:]) or 'no output'}")
    return done.stdout
