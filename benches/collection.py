"""A whole collection run against the marketplace inside the product, which answers at once, and what lists cost meanwhile.

The run is timed as its owner sees it: from sending `startCollectionRun` until the answer that it has ended. All the while
one client asks for a page of 50 sellers, one request after another, and each answer is timed: a run must not hold up the
lists. Every round has a fresh database, in which every seller is new.
"""

import os
import statistics
import threading
import time
from dataclasses import dataclass

from databases import Dataset
from server import Server, fill, say

PRESET = "{ presets(first: 1) { nodes { id isBuiltin } } }"
START = """
mutation Start($preset: ID!) {
  startCollectionRun(input: { collection: { presetId: $preset } }) { collectionRun { id } userErrors { code } }
}
"""
LOOK = """
query Look($id: ID!) {
  collectionRun(id: $id) { status reason progress { productsDone productsTotal sellersNew failedItems } }
}
"""
PAGE = "{ sellers(first: 50) { nodes { id displayName timesSeen feedbackCount createdAt } pageInfo { endCursor } } }"
ENDS = {"COMPLETED", "FAILED", "CANCELLED"}
AIM_SECONDS = 60
AIM_PAGE_MS = 50


@dataclass
class Run:
    """What came of one run."""

    seconds: float
    products: int
    sellers: int
    pages: list


def measure(chosen, report, full):
    """So many whole runs."""
    os.environ["SELLERBOOK_CATALOGUE_LATENCY_MS"] = "0"
    dataset = Dataset(full.database, "run", 0, 1)
    runs = [once(chosen, dataset) for _ in range(chosen.rounds)]
    seconds = statistics.median(run.seconds for run in runs)
    pages = sorted(page * 1_000 for run in runs for page in run.pages)
    p50, p99 = statistics.median(pages), pages[int(len(pages) * 0.99)]
    report.add(
        what=f"collection run, {runs[0].products:,} products",
        database=dataset.database.name,
        ours=f"{seconds:.1f} s, {runs[0].sellers:,} new sellers",
        rival="",
        ratio="",
        aim=f"< {AIM_SECONDS} s",
        is_met=seconds < AIM_SECONDS,
        details={"seconds": [run.seconds for run in runs]},
    )
    report.add(
        what="a page of 50 sellers during the run",
        database=dataset.database.name,
        ours=f"p50 {p50:.1f} ms, p99 {p99:.1f} ms of {len(pages):,}",
        rival="",
        ratio="",
        aim=f"p99 < {AIM_PAGE_MS} ms",
        is_met=p99 < AIM_PAGE_MS,
        details={"p50_ms": p50, "p99_ms": p99},
    )
    say(f"collection, {dataset.database.name}: {seconds:.1f} s; pages at p99 {p99:.1f} ms")


def once(chosen, dataset):
    """One run from its start to its end."""
    dataset.database.create(dataset.name)
    dataset.token = fill(chosen, dataset)
    with Server(chosen.binary, dataset) as server:
        preset = server.graphql(PRESET, {})["presets"]["nodes"][0]["id"]
        has_ended, pages = threading.Event(), []
        reader = threading.Thread(target=read_pages, args=(server, has_ended, pages))
        started = time.perf_counter()
        payload = server.graphql(START, {"preset": preset})["startCollectionRun"]
        if payload["userErrors"]:
            raise SystemExit(f"the run was refused: {payload['userErrors']}")
        reader.start()
        run = wait(server, payload["collectionRun"]["id"])
        seconds = time.perf_counter() - started
        has_ended.set()
        reader.join()
    progress = run["progress"]
    if run["status"] != "COMPLETED" or progress["productsDone"] != progress["productsTotal"] or progress["failedItems"]:
        raise SystemExit(f"the run ended as {run}")
    return Run(seconds, progress["productsDone"], progress["sellersNew"], pages)


def wait(server, run_id):
    """The run, once it has ended."""
    while True:
        run = server.graphql(LOOK, {"id": run_id})["collectionRun"]
        if run["status"] in ENDS:
            return run
        time.sleep(0.1)


def read_pages(server, has_ended, pages):
    """Pages of the list, one after another; how long each took, in seconds."""
    while not has_ended.is_set():
        started = time.perf_counter()
        server.graphql(PAGE, {})
        pages.append(time.perf_counter() - started)
