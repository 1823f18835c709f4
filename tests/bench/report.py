"""The figures as a table for the terminal and as Markdown.  Measures nothing, asserts nothing: targets stand beside."""

from statistics import median

PARTS = ("nginx", "worker", "postgresql", "client")
RATIO_TARGETS = {16: "≥ 0.8 (0.6)", 32: "≥ 1.0 (0.7)", 64: "≥ 1.0 (0.7)"}
SLOW_TARGET = "≥ 0.9"
CPU_TARGETS = {"nginx": "≤ 35", "worker": "≤ 40", "postgresql": "≤ 60", "client": "–"}
P99_TARGET = "≤ 1.5"
POOL_TARGET = "≤ 24 MB"
PARSE_TARGET = "≤ 20 us"


def spread(values, form="{:.2f}"):
    """median (lowest–highest)"""
    if not values:
        return "–"
    return f"{form.format(median(values))} ({form.format(min(values))}–{form.format(max(values))})"


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
    def target(self):
        return SLOW_TARGET if self.slow else RATIO_TARGETS.get(self.connections, "–")

    def ratio(self):
        return spread([receiver.rate / limit.rate for limit, receiver in self.pairs])

    def p99_ratio(self):
        return spread([receiver.p99_ms / limit.p99_ms for limit, receiver in self.pairs])

    def rates(self):
        return [f"{middle(self.limits, lambda s: s.rate):.0f}", f"{middle(self.receivers, lambda s: s.rate):.0f}"]

    def latency(self, side):
        return f"{middle(side, lambda s: s.p50_ms):.1f} / {middle(side, lambda s: s.p99_ms):.1f}"

    def cpu(self, side):
        parts = {name: middle(side, lambda s, name=name: s.cpu_us.get(name, 0.0)) for name in PARTS}
        return [f"{parts[name]:.0f}" if parts[name] else "–" for name in PARTS]


def speed_rows(lines):
    rows = [["connections", "nginx workers", "limit/s", "receiver/s", "ratio", "target", "limit p50 / p99 ms",
             "receiver p50 / p99 ms", "ratio of p99", "target", "events a commit"]]
    for line in lines:
        rows.append([f"{line.connections}{', flushes 2 ms slower' if line.slow else ''}", line.label, *line.rates(),
                     line.ratio(), line.target, line.latency(line.limits), line.latency(line.receivers), line.p99_ratio(),
                     P99_TARGET, f"{middle(line.receivers, lambda s: s.events_a_commit):.1f}"])
    return rows


def cpu_rows(lines):
    rows = [["CPU us a callback", "nginx", "workers", "PostgreSQL", "client", "PostgreSQL of pgbench", "pgbench",
             "others' share of the machine"]]
    for line in lines:
        limit = line.cpu(line.limits)
        others = middle(line.limits + line.receivers, lambda s: s.others)
        rows.append([f"{line.connections}{' slow' if line.slow else ''}, nginx {line.label}", *line.cpu(line.receivers), *limit[2:],
                     f"{others:.0%}"])
    rows.append(["target", *(CPU_TARGETS[name] for name in PARTS), "–", "–", "–"])
    return rows


def other_rows(memory_kb, parse_us):
    parent, *children = memory_kb
    return [["what", "measured", "target"],
            ["pool in all, Pss", f"{sum(memory_kb) / 1024:.1f} MB", POOL_TARGET],
            ["parent; each child, Pss", f"{parent / 1024:.1f}; " + ", ".join(f"{kb / 1024:.1f}" for kb in children) + " MB", "–"],
            ["verify + decrypt + parse + identity", f"{parse_us:.1f} us", PARSE_TARGET]]


def plain(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def markdown(rows):
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
