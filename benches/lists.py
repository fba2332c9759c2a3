"""Pages of a list through POST /graphql, with wrk: the first page, and one from the middle of the list."""

import json
import re
import statistics
import subprocess
from pathlib import Path

from server import say

CONNECTIONS = 16
SCRIPT = Path(__file__).resolve().parent / "post.lua"
PAGE = """
query Page($after: String, $filter: RecordFilter) {
  records(first: 50, after: $after, filter: $filter) {
    nodes {
      id ebayOrderId saleDate itemName qty salePriceCents ebayFeesCents earningsNetCents profitCents status
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
CURSOR = """
query Cursor($day: Date!) {
  records(first: 1, filter: { saleDateTo: $day }) { pageInfo { endCursor } }
}
"""


def measure(chosen, report, server, dataset):
    """Both pages in turns."""
    pages = {"first page": {}, "page from the middle": middle(server, dataset)}
    bodies = {name: body(server, name, variables) for name, variables in pages.items()}
    runs = {name: [] for name in pages}
    for _ in range(chosen.rounds):
        for name in pages:
            runs[name].append(wrk(chosen, server, bodies[name]))
    for name, samples in runs.items():
        add(report, dataset, name, samples)


def middle(server, dataset):
    """After the first record sold on the day in the middle of the list; with the filter if the cursor insists on it."""
    day = dataset.middle_date()
    cursor = server.graphql(CURSOR, {"day": day})["records"]["pageInfo"]["endCursor"]
    try:
        server.graphql(PAGE, {"after": cursor})
        return {"after": cursor}
    except ValueError as refusal:
        say(f"the cursor of a filtered list is refused elsewhere ({refusal}): keeping the filter")
        return {"after": cursor, "filter": {"saleDateTo": day}}


def body(server, name, variables):
    """The request as a file, once it has been seen to answer a full page that is not the last."""
    page = server.graphql(PAGE, variables)["records"]
    if len(page["nodes"]) != 50 or not page["pageInfo"]["hasNextPage"]:
        raise SystemExit(f"a page of {len(page['nodes'])} records, not of 50")
    file = server.folder / f"{name.replace(' ', '-')}.json"
    file.write_text(json.dumps({"query": PAGE, "variables": variables}))
    return file


def wrk(chosen, server, request):
    """One run."""
    command = [
        "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{chosen.list_seconds}s", "--latency", "-s", str(SCRIPT),
        f"{server.address}/graphql", "--", str(request), server.token,
    ]  # fmt: skip
    text = subprocess.check_output(command, text=True)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", text)
    if wrong:
        raise SystemExit(f"wrk: {wrong.group()}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)
    slowest = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    return {"per_second": float(rate), "p99_ms": float(slowest[1]) * {"us": 0.001, "ms": 1, "s": 1000}[slowest[2]]}


def add(report, dataset, name, samples):
    """One line."""
    rate = statistics.median(sample["per_second"] for sample in samples)
    slowest = statistics.median(sample["p99_ms"] for sample in samples)
    report.add(
        what=f"List, {name} (50 × 10 fields, {CONNECTIONS} connections)",
        database=dataset.database.name,
        ours=f"{rate:,.0f} requests/s, p99 {slowest:.1f} ms",
        rival="",
        ratio="",
        aim="",
        is_met=None,
        details={"samples": samples},
    )
    say(f"list, {name}, {dataset.database.name}: {rate:,.0f} requests/s")
