"""The server under measurement: load its demo data, start it, stop it, and check that it says what the rival says."""

import csv
import io
import itertools
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

from databases import free_port

TOKEN = re.compile(r"sb_[A-Za-z0-9_-]+")
RECORDS = "/export/records/{}"
SELLERS = "/export/sellers/{}"


class Process:
    """`sellerbook <arguments>` on a port of its own, from start to stop."""

    def __init__(self, binary, dataset, *arguments):
        self.folder = dataset.database.folder
        self.command = [str(binary.resolve()), *arguments]
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = self.folder / f"{arguments[0]}-{dataset.database.name}-{dataset.name}.log"
        self.environment = self._environment(dataset)
        self.child = None

    def __enter__(self):
        with open(self.log, "w") as log:
            self.child = subprocess.Popen(
                self.command, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return self

    def __exit__(self, *_):
        self.child.terminate()
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    @property
    def pid(self):
        return self.child.pid

    def wait_ready(self, seconds):
        """Until it answers that it is ready."""
        self.wait_until(self._is_ready, seconds, "to be ready")

    def wait_until(self, is_so, seconds, what):
        """Until something is so, or the process is gone, or time is up."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if self.child.poll() is not None:
                raise SystemExit(f"{' '.join(self.command)} ended with {self.child.returncode}: see {self._tail()}")
            if time.monotonic() > deadline:
                raise SystemExit(f"waited {seconds} s for {' '.join(self.command)} {what}: see {self._tail()}")
            time.sleep(0.05)

    def _is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.address}/health/ready", timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def _tail(self):
        return f"{self.log}\n{self.log.read_text(errors='replace')[-2000:]}"

    def _environment(self, dataset):
        spool = self.folder / "spool"
        spool.mkdir(exist_ok=True)
        ours = {
            "DATABASE_URL": dataset.url,
            "SELLERBOOK_LISTEN": f"127.0.0.1:{self.port}",
            "SELLERBOOK_STORAGE_URL": f"file:{dataset.database.files}",
            "TMPDIR": str(spool),
        }
        return {**os.environ, **ours}


class Server(Process):
    """`sellerbook serve` on a loaded database, ready."""

    def __init__(self, binary, dataset, *arguments):
        super().__init__(binary, dataset, "serve", *arguments)
        self.token = dataset.token

    def __enter__(self):
        super().__enter__()
        try:
            self.wait_ready(60)
        except BaseException:
            self.__exit__()
            raise
        return self

    def curl(self, path, *more):
        """The command that downloads a path to nowhere, and prints first byte, total time and size."""
        figures = "%{time_starttransfer} %{time_total} %{size_download}"
        quietly = ["curl", "-sS", "--fail", "-o", "/dev/null", "-w", figures]
        return [*quietly, "-H", f"Authorization: Bearer {self.token}", *more, self.address + path]

    def graphql(self, query, variables):
        """The data of one GraphQL answer; errors raise."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}/graphql", body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            result = json.load(answer)
        if result.get("errors"):
            raise ValueError(json.dumps(result["errors"])[:500])
        return result["data"]

    def open(self, path):
        """A download as a readable stream."""
        request = urllib.request.Request(self.address + path, headers={"Authorization": f"Bearer {self.token}"})
        return urllib.request.urlopen(request, timeout=60)


def load(chosen, dataset):
    """Fill a dataset with the demo's rows, unless an earlier run with --keep left it."""
    note = note_of(dataset)
    wanted = {"records": dataset.records, "sellers": dataset.sellers}
    if note.exists():
        kept = json.loads(note.read_text())
        dataset.token = kept.pop("token")
        if kept == wanted:
            return
        note.unlink()
    started = time.monotonic()
    dataset.database.create(dataset.name)
    dataset.token = fill(chosen, dataset)
    dataset.database.settle(dataset.name)
    note.write_text(json.dumps({**wanted, "token": dataset.token}))
    say(f"{dataset.database.name}: {dataset.records:,} records loaded in {time.monotonic() - started:.0f} s")


def fill(chosen, dataset):
    """Run the demo until all rows are there; its administrator's token."""
    migrate = Process(chosen.binary, dataset, "migrate")
    subprocess.run(migrate.command, env=migrate.environment, cwd=migrate.folder, check=True, stdout=sys.stderr)
    size = ["--records", str(dataset.records), "--sellers", str(dataset.sellers), "--no-runs"]
    with Process(chosen.binary, dataset, "demo", *size) as demo:
        demo.wait_ready(chosen.load_seconds)
        demo.wait_until(dataset.is_loaded, chosen.load_seconds, "to load")
        demo.wait_until(lambda: TOKEN.search(demo.log.read_text()), 60, "to print a token")
        return admin_token(demo.log.read_text())


def admin_token(text):
    """The token on the line that says admin, or else the first one."""
    lines = [line for line in text.splitlines() if TOKEN.search(line)]
    line = next((line for line in lines if "admin" in line.lower()), lines[0])
    return TOKEN.search(line).group()


def note_of(dataset):
    """Where it is written down what a kept database holds."""
    return dataset.database.folder / f"{dataset.database.name}-{dataset.name}.json"


def verify(server, dataset):
    """Compare every row of the server's CSV with the rival's: ids apart, whose form differs, and the formula guard."""
    command = dataset.database.csv_command(dataset.name, dataset.records_query())
    rival = subprocess.Popen(command, stdout=subprocess.PIPE)
    theirs = io.TextIOWrapper(rival.stdout, encoding="utf-8", newline="")
    try:
        with server.open(RECORDS.format("csv")) as answer:
            ours = io.TextIOWrapper(answer, encoding="utf-8", newline="")
            rows, differing, first = compare(csv.reader(ours), csv.reader(theirs))
    finally:
        theirs.close()
        rival.terminate()
        rival.wait()
    if rows != dataset.records:
        raise SystemExit(f"{dataset.database.name}: the server's CSV has {rows:,} rows, not {dataset.records:,}")
    if differing:
        say(f"WARNING: {differing:,} rows differ from {dataset.database.shell}'s; the first: {first}")
    dataset.verified = True
    return {"database": dataset.database.name, "rows": rows, "rows_differing": differing, "first_difference": first}


def compare(ours, theirs):
    """Rows of ours, how many differ from theirs, and the first that does."""
    rows = differing = 0
    first = None
    next(ours), next(theirs)  # the headers
    for mine, other in itertools.zip_longest(ours, theirs):
        rows += mine is not None
        if mine is None or other is None or list(map(unguarded, mine[1:])) != other[1:]:
            differing += 1
            first = first or {"sellerbook": mine, "rival": other}
    return rows, differing, first


def unguarded(cell):
    """A text cell without the quote that keeps spreadsheets from running it."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@\t\r" else cell


def say(text):
    """Progress, away from the table."""
    print(text, file=sys.stderr, flush=True)
