"""Many subscribers of one export job: what each costs, how soon each is told, and what they cost while nothing happens.

All watch `exportJobProgress` of the same job over `graphql-transport-ws`, on one server; they and the server share the
machine's processors (watchers.py). The job is held back in the queue by a `run_at` in the future, so that everyone is
there before it begins. Then it changes in two ways:

    told    PostgreSQL only: as if another process worked on it. Four times a second its row is updated, with the
            NOTIFY of the same transaction, and each time counts from *before* that transaction is sent. So the time
            to each socket has the commit in it, the notification, the server's reading of the row, the writing of
            the message, and all sends before this one.
    export  on both databases: it is let go, and the server itself makes an XLSX of all records, with a change every
            250 ms. Each time counts from the row's `updated_at`, which is taken before the transaction begins; the
            row is looked at every 25 ms to learn it.

Everyone must hear the first and the last state and the end of the stream, and nothing out of order.
"""

import json
import statistics
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import datetime

from export_job import start
from memory import IdleServer, resident
from server import Server, say
from watchers import Crowd, allow_files, processor_seconds

QUERY = """
subscription Watch($id: ID!) {
  exportJobProgress(id: $id) {
    id status rowsDone rowsTotal percent rowsPerSecond etaSeconds queuePosition error { code message }
  }
}
"""
AIM_KIB = 40
AIM_P99_MS = 100
AIM_IDLE_SECONDS = 0.1
CHANGES_PER_SECOND = 4
SETTLE_SECONDS = 3
LOOK_SECONDS = 0.025
LONGEST_EXPORT_SECONDS = 600
FAR = "2999-01-01T00:00:00+00:00"
COMPLETE = b'{"id":"1","type":"complete"}'
LOOK = "select status || ' ' || rows_done || ' ' || updated_at from export_job"
NOTIFY = "select pg_notify('sellerbook_changed', 'export ' || id) from changed"


def measure(chosen, report, dataset):
    """All subscribers while the job changes; then fewer of them while nothing happens."""
    allow_files(max(chosen.subscribers, chosen.idle_subscribers) + 200)
    with held_job(chosen, dataset) as job, IdleServer(chosen.binary, dataset) as server:
        before = resident(server.pid)
        with Crowd(server, chosen.subscribers, QUERY, {"id": job.id}) as crowd:
            crowd.listen_until(lambda: crowd.count() >= crowd.number, 60, "to hear the first state")
            crowd.listen(SETTLE_SECONDS)
            add_memory(report, dataset, crowd, before, resident(server.pid))
            if dataset.database.name == "postgres":
                add_times(report, dataset, crowd, "changes made elsewhere", told(chosen, job, server, crowd))
                job.change("rows_done = 0, status = 'PENDING'")
                crowd.listen(1)
            add_times(report, dataset, crowd, "while the server makes it", exported(job, server, crowd))
    with held_job(chosen, dataset) as job, IdleServer(chosen.binary, dataset) as server:
        alone = idle_seconds(chosen, server, time.sleep)
        with Crowd(server, chosen.idle_subscribers, QUERY, {"id": job.id}) as crowd:
            crowd.listen(SETTLE_SECONDS)
            add_idle(chosen, report, dataset, alone, idle_seconds(chosen, server, crowd.listen))


class HeldJob:
    """A job that waits for longer than the benchmark lasts, and a connection to change it by."""

    def __init__(self, dataset, job_id, session):
        self.dataset, self.id, self.session = dataset, job_id, session
        self.session.value(f"update job set run_at = '{FAR}' where state = 'PENDING'")

    def change(self, assignments):
        """Change the row and tell the other processes, in one transaction (PostgreSQL)."""
        update = f"update export_job set {assignments}, revision = revision + 1, updated_at = now() returning id"
        self.session.value(f"with changed as ({update}) {NOTIFY}")

    def let_go(self):
        """Let a worker have it: at once on PostgreSQL, at the next slow poll on SQLite."""
        self.session.value("update job set run_at = created_at where state = 'PENDING'")
        if self.dataset.database.name == "postgres":
            self.session.value("select pg_notify('sellerbook_job', '')")

    def look(self):
        """Its state as subscribers see it, and when that was written."""
        status, rows, at = self.session.value(LOOK).split(" ", 2)
        return (status, int(rows)), round(datetime.fromisoformat(at).timestamp() * 1e9)


@contextmanager
def held_job(chosen, dataset):
    """Started on a server that leaves jobs to others; gone at the end."""
    with dataset.database.session(dataset.name) as session:
        forget_jobs(session)
        with Server(chosen.binary, dataset, "--no-work") as server:
            job_id = start(server, "XLSX")
        yield HeldJob(dataset, job_id, session)
        forget_jobs(session)


def forget_jobs(session):
    """None but ours is ever there."""
    for table in ("export_job", "job"):
        session.value(f"delete from {table}")


class Changes:
    """What the subscribers heard while a job changed, what that took, and when each change began."""

    def __init__(self, server):
        self.server = server
        self.begun_ns, self.heard = {}, []
        self.seconds = self.processor = self.peak_mib = 0.0

    @contextmanager
    def accounted(self, crowd):
        """Everything that a block makes the server do."""
        crowd.take()
        processor, started = processor_seconds(self.server.pid), time.monotonic()
        yield
        self.seconds = time.monotonic() - started
        self.processor = processor_seconds(self.server.pid) - processor
        self.peak_mib = resident(self.server.pid)["VmHWM"]
        self.heard = crowd.take()

    def milliseconds(self):
        """From the beginning of a change to each socket, of all changes whose beginning is known."""
        states = {text: state_of(text) for text in {heard.text for heard in self.heard}}
        begun = {text: self.begun_ns.get(state) for text, state in states.items()}
        return sorted((at_ns - begun[text]) / 1e6 for _, at_ns, text in self.heard if begun[text])

    def most_skipped(self, crowd):
        """Changes that the client with the fewest did not hear of, once it is seen that all heard the last in order."""
        states = {text: state_of(text) for text in {heard.text for heard in self.heard}}
        per_client = defaultdict(list)
        for client, _, text in self.heard:
            if states[text] and states[text][1]:
                per_client[client].append(states[text])
        for heard in per_client.values():
            if [rows for _, rows in heard] != sorted(rows for _, rows in heard) or heard[-1] != self.last():
                raise SystemExit(f"a subscriber heard {heard[-5:]} at the end, not in order to {self.last()}")
        if len(per_client) < crowd.number:
            raise SystemExit(f"only {len(per_client):,} of {crowd.number:,} subscribers heard anything")
        return sum(rows > 0 for _, rows in self.begun_ns) - min(map(len, per_client.values()))

    def last(self):
        """The state that everyone must have heard last."""
        return list(self.begun_ns)[-1]


def state_of(text):
    """What tells one state of the job from another; none for what tells no state."""
    message = json.loads(text)
    if message["type"] != "next":
        return None
    job = message["payload"]["data"]["exportJobProgress"]
    return job["status"], job["rowsDone"]


def told(chosen, job, server, crowd):
    """Changes from outside, as another process makes them."""
    changes = Changes(server)
    number = chosen.subscriber_seconds * CHANGES_PER_SECOND
    with changes.accounted(crowd):
        begun = time.monotonic()
        for rows in range(1, number + 1):
            crowd.listen(begun + rows / CHANGES_PER_SECOND - time.monotonic())
            changes.begun_ns["PROCESSING", rows] = time.time_ns()
            job.change(f"status = 'PROCESSING', started_at = created_at, rows_total = {number}, rows_done = {rows}")
        crowd.listen(1 / CHANGES_PER_SECOND)
    crowd.listen(1)
    changes.heard += crowd.take()
    return changes


def exported(job, server, crowd):
    """Changes that the server makes while it works, to the end."""
    changes = Changes(server)
    job.let_go()
    crowd.listen_until(lambda: job.look()[0][0] == "PROCESSING", 30, "to hear that it begins")
    with changes.accounted(crowd):

        def is_over():
            changes.begun_ns.setdefault(*job.look())
            return crowd.times(COMPLETE) == crowd.number

        crowd.listen_until(is_over, LONGEST_EXPORT_SECONDS, "to hear the end", LOOK_SECONDS)
    return changes


def idle_seconds(chosen, server, wait):
    """What the server's processors did while nothing happened."""
    before = processor_seconds(server.pid)
    wait(chosen.idle_seconds)
    return processor_seconds(server.pid) - before


def add_memory(report, dataset, crowd, before, after):
    """What each has cost once it has heard the first state."""
    kib = (after["VmRSS"] - before["VmRSS"]) * 1024 / crowd.number
    report.add(
        what=f"{crowd.number:,} subscribers of one job, memory",
        database=dataset.database.name,
        ours=f"{kib:.1f} KiB each (from {before['VmRSS']:.1f} to {after['VmRSS']:.1f} MiB)",
        rival="",
        ratio="",
        aim=f"< {AIM_KIB} KiB",
        is_met=kib < AIM_KIB,
        details={"kib_each": kib, "before": before, "after": after},
    )
    say(f"{crowd.number:,} subscribers, {dataset.database.name}: {kib:.1f} KiB each")


def add_times(report, dataset, crowd, how, changes):
    """How soon the changes were told, and what that took."""
    times, skipped = changes.milliseconds(), changes.most_skipped(crowd)
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
    rate = len(times) / changes.seconds
    work = f"{changes.processor:.1f} s of processor in {changes.seconds:.0f} s"
    report.add(
        what=f"{crowd.number:,} subscribers of one job, {how}",
        database=dataset.database.name,
        ours=f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, worst {times[-1]:.0f} ms; {rate:,.0f} events/s, {work}",
        rival="",
        ratio="",
        aim=f"p99 < {AIM_P99_MS} ms",
        is_met=p99 < AIM_P99_MS,
        details={
            "p50_ms": p50,
            "p99_ms": p99,
            "worst_ms": times[-1],
            "events": len(times),
            "changes": len(changes.begun_ns),
            "most_skipped": skipped,
            "seconds": changes.seconds,
            "processor_seconds": changes.processor,
            "peak_mib": changes.peak_mib,
        },
    )
    say(f"{crowd.number:,} subscribers, {how}, {dataset.database.name}: p99 {p99:.0f} ms; {work}; {skipped} skipped")


def add_idle(chosen, report, dataset, alone, seconds):
    """What open subscriptions cost that have nothing to tell."""
    report.add(
        what=f"{chosen.idle_subscribers:,} idle subscribers for {chosen.idle_seconds} s",
        database=dataset.database.name,
        ours=f"{seconds:.2f} s of processor ({alone:.2f} without them)",
        rival="",
        ratio="",
        aim=f"< {AIM_IDLE_SECONDS} s",
        is_met=seconds < AIM_IDLE_SECONDS,
        details={"processor_seconds": seconds, "processor_seconds_without": alone},
    )
    say(f"{chosen.idle_subscribers:,} idle subscribers, {dataset.database.name}: {seconds:.2f} s, {alone:.2f} without")
