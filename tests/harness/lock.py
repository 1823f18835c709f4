"""Who runs in a run folder: a locked file with pid and start time, so that a reused pid is never signalled."""

import fcntl
import os
import signal
from pathlib import Path

from .process import HarnessError, start_time, wait_until

STOP_SECONDS = 60


class RunLock:
    """Held while a run lasts; HarnessError when somebody else holds it or the folder cannot be written."""

    def __init__(self, folder):
        self.path = Path(folder) / "run.pid"
        self.descriptor = None

    def __enter__(self):
        try:
            self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise HarnessError(f"cannot write to {self.path.parent}: {error.strerror}; name another folder with "
                               "RUN_DIR=") from error
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = (self.path.read_text(encoding="ascii").split() or ["?"])[0]
            os.close(self.descriptor)
            raise HarnessError(f"it already runs in {self.path.parent} (process {pid}); `make stop` ends it") from error
        os.ftruncate(self.descriptor, 0)
        os.write(self.descriptor, f"{os.getpid()} {start_time(os.getpid())}\n".encode())
        return self

    def __exit__(self, *_):
        self.path.unlink(missing_ok=True)
        os.close(self.descriptor)


def stop_other(folder):
    """End the run of `folder` and wait until it is gone; returns what to say."""
    try:
        pid, started = (int(part) for part in (Path(folder) / "run.pid").read_text(encoding="ascii").split())
    except FileNotFoundError:
        return f"nothing runs in {folder}"
    except (OSError, ValueError) as error:
        raise HarnessError(f"cannot read {folder}/run.pid: {error}") from error
    if start_time(pid) != started:
        return f"nothing runs in {folder}"
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError as error:
        raise HarnessError(f"process {pid} belongs to another user; stop it as that user") from error
    wait_until(lambda: start_time(pid) != started, STOP_SECONDS, f"the end of process {pid}")
    return f"stopped process {pid}"
