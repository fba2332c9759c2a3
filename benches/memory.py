"""The server's peak resident memory above idle.

Each figure has a server of its own: started, left alone for two seconds (that is idle), then given one
job. The peak is VmHWM, which the kernel keeps exactly, reset at the start through /proc/PID/clear_refs; where that is
refused, and for the anonymous part (RssAnon: what the program itself allocated, without the pages of its own binary
and of mapped files), it is sampled every 20 ms.
"""

import subprocess
import threading
import time
from dataclasses import asdict, dataclass

from databases import Dataset
from server import RECORDS, Server, load, say

FORMS = {"CSV": "csv", "JSON": "json", "XLSX": "excel"}
AIM_MIB = 64
IDLE_SECONDS = 2
SAMPLE_SECONDS = 0.02
CURL_TIMED_OUT = 28


@dataclass
class Peak:
    """MiB. `anon` values belong to RssAnon."""

    idle: float
    peak: float
    idle_anon: float
    peak_anon: float
    is_exact: bool

    @property
    def above(self):
        return self.peak - self.idle

    @property
    def anon_above(self):
        return self.peak_anon - self.idle_anon


class IdleServer(Server):
    """A fresh server whose start is over."""

    def __enter__(self):
        super().__enter__()
        time.sleep(IDLE_SECONDS)
        return self


class Watch:
    """The memory of one process while a block runs."""

    def __init__(self, pid):
        self.pid = pid
        self.peak = None
        self._highest = {"VmRSS": 0.0, "RssAnon": 0.0}
        self._stop = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self):
        self._idle = resident(self.pid)
        self._is_exact = reset_peak(self.pid)
        self._sampler.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._sampler.join()
        self._look()
        highest = self._highest
        peak = resident(self.pid)["VmHWM"] if self._is_exact else highest["VmRSS"]
        self.peak = Peak(self._idle["VmRSS"], peak, self._idle["RssAnon"], highest["RssAnon"], self._is_exact)

    def _sample(self):
        while not self._stop.wait(SAMPLE_SECONDS):
            self._look()

    def _look(self):
        now = resident(self.pid)
        for key in self._highest:
            self._highest[key] = max(self._highest[key], now[key])


def measure(chosen, report, full):
    """Few rows, all rows, and all rows to many slow clients, in each format."""
    few = Dataset(full.database, "few", chosen.few_records, max(1, chosen.few_records // 5))
    load(chosen, few)
    for name, form in FORMS.items():
        path = RECORDS.format(form)
        small = one_client(chosen, few, path)
        large = one_client(chosen, full, path)
        slow, clients = slow_clients(chosen, full, path)
        add(report, full, f"{name}, memory, {few.records:,} rows", small, "")
        grown = f"{large.above - small.above:+.1f} MiB against {few.records:,} rows"
        add(report, full, f"{name}, memory, {full.records:,} rows", large, grown)
        what = f"{name}, memory, {full.records:,} rows to {chosen.slow_clients} slow clients"
        add(report, full, what, slow, f"{clients['served']} of {clients['clients']} served", clients)


def one_client(chosen, dataset, path):
    """The whole download, as fast as it goes."""
    with IdleServer(chosen.binary, dataset) as server, Watch(server.pid) as watch:
        subprocess.run(server.curl(path), check=True, stdout=subprocess.DEVNULL)
    return watch.peak


def slow_clients(chosen, dataset, path):
    """Many clients that take 1 MiB a second each, for a bounded time."""
    slowly = ["--limit-rate", "1M", "--max-time", str(chosen.slow_seconds)]
    with IdleServer(chosen.binary, dataset) as server, Watch(server.pid) as watch:
        clients = []
        try:
            for _ in range(chosen.slow_clients):
                clients.append(subprocess.Popen(
                    server.curl(path, *slowly), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
                ))  # fmt: skip
            answers = [client.communicate(timeout=chosen.slow_seconds + 30)[0] for client in clients]
        finally:
            for client in clients:
                client.kill()
                client.wait()
    ends = [client.returncode for client in clients]
    sizes = [int(answer.split()[-1]) for answer in answers]
    # XLSX begins when its last row is written: a client that is still waiting is served too.
    may_wait = path.endswith("excel")
    served = sum(end in (0, CURL_TIMED_OUT) and (size > 0 or may_wait) for end, size in zip(ends, sizes))
    return watch.peak, {"served": served, "clients": len(clients), "exits": ends, "bytes": sizes}


def resident(pid):
    """MiB by name, from /proc/PID/status."""
    with open(f"/proc/{pid}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return {key: int(fields[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM", "RssAnon")}


def reset_peak(pid):
    """Let VmHWM start again from now; false where the kernel does not let us."""
    try:
        with open(f"/proc/{pid}/clear_refs", "w") as file:
            file.write("5")
        return True
    except OSError:
        return False


def add(report, dataset, what, peak, remark, clients=None):
    """One line. Turning clients away does not count as saving memory."""
    has_served = not clients or clients["served"] == clients["clients"]
    report.add(
        what=what,
        database=dataset.database.name,
        ours=f"{peak.above:.1f} MiB above idle ({peak.anon_above:.1f} anonymous; idle {peak.idle:.1f})",
        rival=remark,
        ratio="",
        aim=f"< {AIM_MIB} MiB",
        is_met=has_served and peak.above < AIM_MIB,
        details={**asdict(peak), **(clients or {})},
    )
    say(f"{what}, {dataset.database.name}: {peak.above:.1f} MiB above idle")
