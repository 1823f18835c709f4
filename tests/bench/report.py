"""The figures as a table for the terminal and as Markdown.  Measures nothing, asserts nothing: targets stand beside."""

from statistics import median

PARTS = ("nginx", "worker", "postgresql", "client")
RATIO_TARGETS = {16: "≥ 0.8 (0.6)", 32: "≥ 1.0 (0.7)", 64: "≥ 1.0 (0.7)"}
SLOW_TARGET = "≥ 0.9"
CPU_TARGETS = {"nginx": "≤ 35", "worker": "≤ 40", "postgresql": "≤ 60", "client": "–"}
P99_TARGET = "≤ 1.5"
POOL_TARGET = "≤ 24 MB"
PARSE_TARGET = "≤ 20 us"


def spread(values):
    """median (lowest–highest)"""
    if not values:
        return "–"
    return f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def middle(samples, of):
    return median(of(sample) for sample in samples) if samples else float("nan")


class Line:
    """One receiver beside the limit at one number of connections: the rounds of both, in pairs."""

    def __init__(self, label, connections, pairs, slow=False):
        self.label = label
        self.connections = connections
        self.slow = slow
        self.void = [reason for pair in pairs for sample in pair for reason in sample.void]
        self.pairs = [pair for pair in pairs if not pair[0].void and not pair[1].void]
        self.limits = [pair[0] for pair in self.pairs]
        self.receivers = [pair[1] for pair in self.pairs]

    @property
    def name(self):
        return f"{self.connections}{', slow flushes' if self.slow else ''}, nginx {self.label}"

    @property
    def target(self):
        return SLOW_TARGET if self.slow else RATIO_TARGETS.get(self.connections, "–")

    def ratio(self):
        return spread([receiver.rate / limit.rate for limit, receiver in self.pairs])

    def p99_ratio(self):
        return spread([receiver.p99_ms / limit.p99_ms for limit, receiver in self.pairs])

    def cpu_ratio(self):
        """CPU time of all that serves a callback, the limit's over the receiver's: what the ratio would be were the
        processors alone the bound, and less touched by what else runs on the machine."""
        return spread([sum(limit.cpu_us.values()) / sum(receiver.cpu_us.values()) for limit, receiver in self.pairs])

    def speed_row(self):
        return [self.name, f"{middle(self.limits, lambda s: s.rate):.0f}",
                f"{middle(self.receivers, lambda s: s.rate):.0f}", self.ratio(), self.target, self.cpu_ratio(),
                _latency(self.limits), _latency(self.receivers), self.p99_ratio(), P99_TARGET]

    def cpu_row(self):
        receiver = [f"{_part(self.receivers, name):.0f}" for name in PARTS]
        limit = [f"{_part(self.limits, name):.0f}" for name in PARTS[2:]]
        others = middle(self.limits + self.receivers, lambda s: s.others)
        shared = middle(self.receivers, lambda s: s.events_a_commit)
        return [self.name, *receiver, *limit, f"{shared:.1f}", f"{others:.0%}"]


def _latency(side):
    return f"{middle(side, lambda s: s.p50_ms):.1f} / {middle(side, lambda s: s.p99_ms):.1f}"


def _part(side, name):
    return middle(side, lambda s: s.cpu_us.get(name, 0.0))


def speed_rows(lines):
    head = ["connections", "limit/s", "receiver/s", "ratio", "target", "ratio by CPU time", "limit p50 / p99 ms",
            "receiver p50 / p99 ms", "ratio of p99", "target"]
    return [head, *(line.speed_row() for line in lines)]


def cpu_rows(lines):
    head = ["CPU us a callback", "nginx", "workers", "PostgreSQL", "client", "limit: PostgreSQL", "limit: client",
            "events a commit", "others on the machine"]
    targets = ["target", *(CPU_TARGETS[name] for name in PARTS), "–", "–", "–", "–"]
    return [head, *(line.cpu_row() for line in lines), targets]


def other_rows(memory_kb, parse_us):
    parent, *children = memory_kb
    each = ", ".join(f"{kb / 1024:.1f}" for kb in children)
    return [["what", "measured", "target"],
            ["pool in all, Pss", f"{sum(memory_kb) / 1024:.1f} MB", POOL_TARGET],
            ["parent; each child, Pss", f"{parent / 1024:.1f}; {each} MB", "–"],
            ["verify + decrypt + parse + identity", f"{parse_us:.1f} us", PARSE_TARGET]]


def plain(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def markdown(rows):
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
