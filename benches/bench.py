#!/usr/bin/env python3
"""What sellerbook costs, side by side with what a user would use instead.

Run by hand, from the repository, on a quiet machine:

    cargo build --release
    python3 benches/bench.py --json results.json            # all of it: about an hour on two cores
    python3 benches/bench.py --only csv,json --rounds 3     # a part of it
    python3 benches/bench.py --only list --keep --work-dir /var/tmp   # keeps the loaded databases ...
    python3 benches/bench.py --only csv  --keep --work-dir /var/tmp   # ... and uses them again
    python3 benches/bench.py --only jobs,subscribers                  # export jobs, and who watches them
    python3 benches/bench.py --only jobs --files /dev/shm/files       # what jobs cost where the disk costs nothing
    python3 benches/bench.py --only job-memory --most-records 5000000 --databases sqlite   # another 1.5 GB of disk

It loads `sellerbook demo` (1,000,000 records of 16 exported columns, 200,000 sellers) into an SQLite file and
into a temporary PostgreSQL cluster of its own (see databases.py for its settings), starts `sellerbook serve`,
and measures, over loopback and on both databases:

    csv         rows a second to `curl -o /dev/null` against `psql \\copy (...) to stdout` and the sqlite3 shell
    json        the same against psql's row_to_json and the sqlite3 shell's JSON mode
    xlsx        the same against Python's xlsxwriter and libxlsxwriter, both in constant-memory mode. The rivals
                get their rows for nothing, from a tab-separated file written beforehand
    first-byte  milliseconds to the first byte of the *body*, at the full number of rows
    memory      the server's peak resident memory above idle: few rows, all rows, twenty slow clients
    list        pages of 50 records with ten fields through POST /graphql, with wrk
    jobs        rows a second of an export job, from `startExport` to COMPLETED with its file on the disk, against our
                own download of the same, in each format there is
    job-memory  the server's peak resident memory above idle for one job: few rows, all rows, and --most-records
    subscribers thousands of sockets that watch one job: memory of each, milliseconds from a change to each of them,
                and the processor's time of idle ones (see subscribers.py for what is counted)
    collection  seconds of a whole collection run against the marketplace inside the product, and milliseconds of a page
                of sellers meanwhile
    imports     rows a second of `sellerbook import records` against the sqlite3 shell's .import and psql's \\copy, into
                empty tables with the same indexes

Before anything is timed, every row of the CSV is compared with the rival's. Measured commands and their rivals
then take turns (A B A B ...), after one warm-up each; a figure is the median of its rounds, a ratio the median
of the ratios within each round, so that noise which lasts longer than a round cancels. Both sides are timed by
the same watch, from starting the process to its end; curl's own times are in the JSON. Absolute numbers mean
little elsewhere; the ratios should hold.

Needs curl, sqlite3, PostgreSQL (server and psql); for xlsx also gcc, libxlsxwriter-dev and `pip install
xlsxwriter`; for list also wrk. Linux only. As root it runs PostgreSQL as the user `postgres`. Everything listens
on 127.0.0.1; all files are in one folder, removed at the end unless --keep. The twenty slow clients make the server
spool: allow 15 GB of disk there (it is on disk, not on a tmpfs, that the memory figures mean something).
"""

import argparse
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import collection
import comparisons
import first_byte
import imports
import jobs
import lists
import memory
import subscribers
from databases import Dataset, Postgres, Sqlite
from report import Report
from server import Server, load, verify

DATABASES = {"sqlite": Sqlite, "postgres": Postgres}
SECTIONS = {
    "csv": comparisons.csv,
    "json": comparisons.json,
    "xlsx": comparisons.xlsx,
    "first-byte": first_byte.measure,
    "memory": memory.measure,
    "list": lists.measure,
    "jobs": jobs.race,
    "job-memory": jobs.memory,
    "subscribers": subscribers.measure,
    "collection": collection.measure,
    "imports": imports.measure,
}
OWN_SERVERS = {"memory", "job-memory", "subscribers", "collection", "imports"}
TOOLS = {
    "csv": ["curl"],
    "json": ["curl"],
    "xlsx": ["curl", "gcc"],
    "first-byte": [],
    "memory": ["curl"],
    "list": ["wrk"],
    "jobs": ["curl"],
    "job-memory": [],
    "subscribers": [],
    "collection": [],
    "imports": [],
}


def options():
    """The command line."""
    choices = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root = Path(__file__).resolve().parent.parent
    add = choices.add_argument
    add("--databases", type=among(DATABASES), default=list(DATABASES), help="sqlite,postgres")
    add("--only", type=among(SECTIONS), default=list(SECTIONS), help=",".join(SECTIONS))
    add("--records", type=int, default=1_000_000)
    add("--sellers", type=int, default=200_000)
    add("--few-records", type=int, default=10_000, help="the small database of the memory section")
    add("--rounds", type=int, default=5)
    add("--import-rounds", type=int, default=3, help="each takes up to a minute")
    add("--files", type=Path, help="where the server keeps its files (default: the folder of everything)")
    add("--xlsx-rounds", type=int, default=3, help="Python's xlsxwriter takes over a minute a round")
    add("--list-seconds", type=int, default=10, help="length of one wrk run")
    add("--slow-clients", type=int, default=20)
    add("--slow-seconds", type=int, default=20, help="how long the slow clients read")
    add("--most-records", type=int, default=0, help="a third database for job-memory, such as 5000000")
    add("--subscribers", type=int, default=5_000)
    add("--subscriber-seconds", type=int, default=30, help="how long their job is changed from elsewhere")
    add("--idle-subscribers", type=int, default=1_000)
    add("--idle-seconds", type=int, default=30)
    add("--load-seconds", type=int, default=3600, help="give up loading after this long")
    add("--binary", type=Path, default=root / "target/release/sellerbook")
    add("--work-dir", type=Path, help="where to make the folder `sellerbook-bench` (default: a temporary one)")
    add("--keep", action="store_true", help="keep that folder, and use the databases in it again")
    add("--json", type=Path, help="also write the results, every sample included, to this file")
    chosen = choices.parse_args()
    if "xlsx" in chosen.only and chosen.records > 1_048_575:
        choices.error("the XLSX rivals write one sheet: at most 1,048,575 --records, or leave xlsx out")
    return chosen


def among(names):
    """A parser of comma-separated choices, in the order of `names`."""

    def parse(text):
        wanted = text.split(",")
        unknown = [name for name in wanted if name not in names]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(names)}")
        return [name for name in names if name in wanted]

    return parse


def main():
    """Load, verify, measure, report; whatever happens, stop what was started and remove what was made."""
    chosen = options()
    require_tools(chosen)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with contextlib.ExitStack() as cleanup:
        folder = work_folder(chosen, cleanup)
        report = Report(chosen)
        cleanup.callback(report.write)
        for name in chosen.databases:
            database = cleanup.enter_context(DATABASES[name](folder))
            database.files = chosen.files or folder / "files"
            measure(chosen, report, database)


def measure(chosen, report, database):
    """Every chosen section, on one database."""
    full = Dataset(database, "full", chosen.records, chosen.sellers)
    load(chosen, full)
    report.databases[database.name] = database.describe()
    for name in chosen.only:
        if name in OWN_SERVERS:  # fresh ones for their figures
            SECTIONS[name](chosen, report, full)
            continue
        with Server(chosen.binary, full) as server:
            if name in ("csv", "json", "xlsx") and not full.verified:
                report.checks.append(verify(server, full))
            SECTIONS[name](chosen, report, server, full)


def require_tools(chosen):
    """Say what is missing before an hour is spent."""
    wanted = {"curl"}.union(*(TOOLS[name] for name in chosen.only))
    if "sqlite" in chosen.databases:
        wanted.add("sqlite3")
    if "postgres" in chosen.databases:
        wanted.add("psql")
    missing = [tool for tool in sorted(wanted) if not shutil.which(tool)]
    if not os.access(chosen.binary, os.X_OK):
        missing.append(f"{chosen.binary} (cargo build --release, or --binary)")
    if "xlsx" in chosen.only:
        try:
            import xlsxwriter  # noqa: F401  (the rival's own process imports it again)
        except ImportError:
            missing.append("xlsxwriter (pip install xlsxwriter)")
    if missing:
        sys.exit("missing: " + ", ".join(missing))


def work_folder(chosen, cleanup):
    """The one folder everything is written to."""
    parent = chosen.work_dir.resolve() if chosen.work_dir else Path(tempfile.mkdtemp(prefix="bench-"))
    parent.mkdir(parents=True, exist_ok=True)
    folder = parent / "sellerbook-bench"
    if (folder / "postgres/postmaster.pid").exists():
        sys.exit(f"{folder} is in use, or was left by a run that was killed")
    folder.mkdir(exist_ok=True)
    if not chosen.work_dir:
        parent.chmod(0o755)  # the user postgres has to get through
    if chosen.keep:
        print(f"keeping {folder}", file=sys.stderr)
    else:
        cleanup.callback(shutil.rmtree, folder if chosen.work_dir else parent, ignore_errors=True)
    return folder


if __name__ == "__main__":
    main()
