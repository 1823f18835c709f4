"""What the kernel says about processes and about this machine: CPU time, memory, load.  Starts nothing."""

import os
import platform
import resource
import subprocess
import time
from pathlib import Path

TICK_US = 1000000 / os.sysconf("SC_CLK_TCK")


def _cpu_fields(pid):
    """utime, stime, cutime, cstime in ticks; zeros for a process that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return (0, 0, 0, 0)
    return tuple(int(field) for field in text.rpartition(")")[2].split()[11:15])


def _family(pid):
    found = [pid]
    for member in found:
        try:
            for task in os.listdir(f"/proc/{member}/task"):
                text = Path(f"/proc/{member}/task/{task}/children").read_text(encoding="ascii")
                found += [int(child) for child in text.split()]
        except OSError:
            pass
    return found


def cpu_us(pid):
    """CPU time of a process, its living descendants, and those of its children that have ended."""
    _, _, ended_user, ended_system = _cpu_fields(pid)
    living = sum(sum(_cpu_fields(member)[:2]) for member in _family(pid))
    return (living + ended_user + ended_system) * TICK_US


def ended_children_us():
    """CPU time of our own children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (usage.ru_utime + usage.ru_stime) * 1e6


def machine_us():
    """(busy, in all) of all processors since boot."""
    ticks = [int(field) for field in Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
    idle = ticks[3] + ticks[4]
    return (sum(ticks) - idle) * TICK_US, sum(ticks) * TICK_US


def pss_kb(pid):
    """{pid: proportional set size} of a process and its descendants."""
    found = {}
    for member in _family(pid):
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        found[member] = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return found


def _processor():
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.splitlines()[0].strip() if done.stdout else command[0]


def load_average():
    return " ".join(f"{load:.1f}" for load in os.getloadavg())


def machine(folder, postgres):
    """{what: value} for the head of the report.  folder: where the database's files are."""
    system = _version("stat", "-f", "-c", "%T", folder)
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processors": f"{os.cpu_count()} x {_processor()}",
        "system": f"{platform.system()} {platform.release()}",
        "file system": system,
        "PostgreSQL": _version(postgres, "--version").replace("postgres (PostgreSQL) ", ""),
        "nginx": _version("nginx", "-v").rpartition("/")[2],
        "load average": load_average(),
    }
