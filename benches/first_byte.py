"""Milliseconds to the first byte of the body, from connecting; the rest of the answer is not waited for.

Stricter than curl's time_starttransfer, which the first byte of the *headers* stops (that one is in the JSON of the
csv, json and xlsx sections). For comparison: from starting the rival's process to its first byte.
"""

import http.client
import statistics
import subprocess
import time

from server import RECORDS, say

TRIES = 20
PAUSE_SECONDS = 0.3  # for the server to notice that the reader has left
AIM_MS = 50


def measure(chosen, report, server, dataset):
    """CSV and JSON have an aim; XLSX, whose format wants the end before the beginning, is only shown."""
    database = dataset.database
    rivals = {"csv": database.csv_command, "json": database.json_command}
    for form in ("csv", "json", "excel"):
        tries = TRIES if form in rivals else 1
        ours = [first_byte(server, RECORDS.format(form)) for _ in range(tries)]
        command = form in rivals and rivals[form](dataset.name, dataset.records_query())
        theirs = [first_output(command) for _ in range(tries)] if command else []
        add(report, database, form, ours, theirs)


def first_byte(server, path):
    """One download, left after its first byte."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    started = time.perf_counter()
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {server.token}"})
        answer = connection.getresponse()
        if answer.status != 200 or not answer.read(1):
            raise SystemExit(f"{path} answered {answer.status}")
        return (time.perf_counter() - started) * 1000
    finally:
        connection.close()
        time.sleep(PAUSE_SECONDS)


def first_output(command):
    """One run of a rival, ended after its first byte."""
    started = time.perf_counter()
    rival = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        rival.stdout.read(1)
        return (time.perf_counter() - started) * 1000
    finally:
        rival.stdout.close()
        rival.kill()
        rival.wait()


def add(report, database, form, ours, theirs):
    """One line: the median, and the worst."""
    has_aim = form != "excel"
    name = "XLSX" if form == "excel" else form.upper()
    report.add(
        what=f"{name}, first byte",
        database=database.name,
        ours=spread(ours),
        rival=f"{database.shell}: {spread(theirs)}" if theirs else "",
        ratio="",
        aim=f"< {AIM_MS} ms" if has_aim else "",
        is_met=statistics.median(ours) < AIM_MS if has_aim else None,
        details={"sellerbook_ms": ours, "rival_ms": theirs},
    )
    say(f"{name} first byte, {database.name}: {spread(ours)}")


def spread(milliseconds):
    """The median and the worst."""
    return f"{statistics.median(milliseconds):,.1f} ms (worst {max(milliseconds):,.1f})"
