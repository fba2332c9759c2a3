"""Export jobs beside downloads: the same rows and encoders, but into a file instead of an answer.

A job is timed as its owner sees it: from sending `startExport` to the COMPLETED of `exportJobProgress`. Until then its
rows have been counted, hashed, written to a file on the disk, synchronised and renamed. The download it takes turns with
goes to `curl -o /dev/null`, which is spared all of that.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from comparisons import download, size, thousands
from databases import Dataset
from export_job import delete, finish, formats, start
from memory import IdleServer, Watch, add
from server import RECORDS, Server, load, say
from stopwatch import Race, Sample

PATHS = {"CSV": "csv", "JSON": "json", "XLSX": "excel", "PARQUET": "parquet"}
AIM = 0.9


@dataclass
class JobSample(Sample):
    """`made_seconds` is the work alone, by the job's own times: without the queue and the telling."""

    made_seconds: float | None = None


@dataclass
class JobContender:
    """A job of all records; it is deleted again when its time has been taken."""

    name: str
    server: Server
    form: str
    rows: int

    def run(self):
        """Once."""
        started = time.perf_counter()
        job = finish(self.server, start(self.server, self.form))
        seconds = time.perf_counter() - started
        delete(self.server, job["id"])
        if job["rowsDone"] != self.rows:
            raise SystemExit(f"an export job of {job['rowsDone']:,} rows, not of {self.rows:,}")
        made = datetime.fromisoformat(job["completedAt"]) - datetime.fromisoformat(job["startedAt"])
        return JobSample(seconds, bytes=int(job["bytes"]), made_seconds=made.total_seconds())

    def rate(self, sample):
        """Rows a second."""
        return self.rows / sample.seconds


def race(chosen, report, server, dataset):
    """Each format: a job and a download in turns."""
    for form in formats(server, PATHS):
        job = JobContender("job", server, form, dataset.records)
        stream = download(server, RECORDS.format(PATHS[form]), dataset.records)
        rounds = chosen.xlsx_rounds if form == "XLSX" else chosen.rounds
        turns = Race([job, stream], rounds)
        ratio = turns.ratio(stream)
        report.add(
            what=f"{form}, export job",
            database=dataset.database.name,
            ours=f"{thousands(turns.rates(job))} rows/s{size(turns, job)}",
            rival=f"our download: {thousands(turns.rates(stream))} rows/s",
            ratio=f"{ratio:.2f} ×",
            aim=f"≥ {AIM:g} ×",
            is_met=ratio >= AIM,
            details={"ratio": ratio, "rows": job.rows, "samples": turns.details()},
        )
        say(f"{form} job, {dataset.database.name}: {ratio:.2f} times the download's rate")


def memory(chosen, report, full):
    """Few rows, all rows, and more than that if asked for, in each format; a fresh server for every figure."""
    datasets = [Dataset(full.database, "few", chosen.few_records, max(1, chosen.few_records // 5)), full]
    if chosen.most_records:
        datasets.append(Dataset(full.database, "most", chosen.most_records, 1))
    for dataset in datasets:
        load(chosen, dataset)
    with Server(chosen.binary, full) as server:
        known = formats(server, PATHS)
    for form in known:
        least = None
        for dataset in datasets:
            peak = one_job(chosen, dataset, form)
            least = least or peak
            grown = f"{peak.above - least.above:+.1f} MiB against {chosen.few_records:,} rows"
            add(report, dataset, f"{form} job, memory, {dataset.records:,} rows", peak, grown if peak != least else "")


def one_job(chosen, dataset, form):
    """The memory of the server while it makes one file."""
    with IdleServer(chosen.binary, dataset) as server:
        with Watch(server.pid) as watch:
            job = finish(server, start(server, form))
        delete(server, job["id"])
    return watch.peak
