"""Which ordinary user the started programs run as, and which files that user can reach.

PostgreSQL refuses to run as root, and nothing else here needs to.  Never changes a right on a file it did not make.
"""

import grp
import os
import pwd
import shutil
import stat
from pathlib import Path

from .process import HarnessError


class Account:
    """The user of the started programs: ourselves, or when we are root `name`, else WECOM_RUN_USER, else nobody."""

    def __init__(self, name=None):
        self.is_other = os.geteuid() == 0
        name = name if name not in (None, "root") else os.environ.get("WECOM_RUN_USER", "nobody")
        entry = pwd.getpwnam(name) if self.is_other else pwd.getpwuid(os.geteuid())
        self.name, self.uid, self.gid = entry.pw_name, entry.pw_uid, entry.pw_gid
        self.group = grp.getgrgid(self.gid).gr_name

    def popen_arguments(self):
        """What subprocess needs to start a program as this user."""
        if not self.is_other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path):
        """Give a file that we made to this user."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)

    def make_folder(self, path, mode=0o700):
        """A folder that this user may write to; the ones above it are made readable for all when missing."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        try:
            path.mkdir(mode=0o700)
            self.own(path)
            path.chmod(mode)
        except FileExistsError:
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.uid:
                raise HarnessError(f"{path} is not a folder of the user {self.name}") from None
        return path

    def write(self, path, text, mode=0o600):
        """A file of this user, never readable for others in between."""
        path = Path(path)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        self.own(path)
        path.chmod(mode)
        return path

    def _allowed(self, path, bit):
        """bit: 4 read, 2 write, 1 search or execute."""
        found = os.stat(path)
        shift = 6 if found.st_uid == self.uid else 3 if found.st_gid == self.gid else 0
        return bool(found.st_mode >> shift & bit)

    def can_enter(self, folder):
        """May the user walk down to this folder?"""
        if not self.is_other:
            return True
        folder = Path(folder).resolve()
        return all(self._allowed(step, 1) for step in [folder, *folder.parents])

    def can_read(self, path):
        if not self.is_other:
            return os.access(path, os.R_OK)
        return self.can_enter(Path(path).resolve().parent) and self._allowed(path, 4)

    def lend(self, path, folder):
        """The path itself when the user can read it, else a copy of the same mode inside `folder`."""
        path = Path(path)
        if self.can_read(path):
            return path
        copy = Path(folder) / path.name
        if path.is_dir():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(path, copy)
            for found in [copy, *copy.rglob("*")]:
                self.own(found)
            return copy
        copy.unlink(missing_ok=True)
        shutil.copyfile(path, copy)
        self.own(copy)
        copy.chmod(stat.S_IMODE(path.stat().st_mode))
        return copy
