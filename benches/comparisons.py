"""Rows a second, ours against theirs."""

import statistics
import subprocess
import sys
from pathlib import Path

from server import RECORDS, SELLERS, say
from stopwatch import Contender, Race

HERE = Path(__file__).resolve().parent
CSV_AIM = {"postgres": 0.95, "sqlite": 2.0}
JSON_AIM = {"postgres": 2.5}
XLSX_AIM = {"Python xlsxwriter": 5.0, "libxlsxwriter": 1.0}


def csv(chosen, report, server, dataset):
    """CSV of records, and of sellers."""
    database = dataset.database
    for what, path, rows, sql in (
        ("CSV, records", RECORDS, dataset.records, dataset.records_query()),
        ("CSV, sellers", SELLERS, dataset.sellers, dataset.sellers_query()),
    ):
        ours = download(server, path.format("csv"), rows)
        rival = Contender(rival_name(database, "CSV"), database.csv_command(dataset.name, sql), rows)
        aims = {rival.name: CSV_AIM[database.name]} if path is RECORDS else {}
        run(report, what, database, Race([ours, rival], chosen.rounds), aims)


def json(chosen, report, server, dataset):
    """JSON of records."""
    database = dataset.database
    ours = download(server, RECORDS.format("json"), dataset.records)
    command = database.json_command(dataset.name, dataset.records_query())
    rival = Contender(rival_name(database, "JSON"), command, dataset.records)
    aims = {rival.name: JSON_AIM.get(database.name)}
    run(report, "JSON, records", database, Race([ours, rival], chosen.rounds), aims)


def xlsx(chosen, report, server, dataset):
    """XLSX of records. The rivals read a file, so they are spared the database."""
    folder = server.folder
    dump, target = folder / f"{dataset.database.name}.tsv", folder / "rival.xlsx"
    dataset.database.dump(dataset.name, dataset.records_query(), dump)
    ours = download(server, RECORDS.format("excel"), dataset.records)
    python = [sys.executable, str(HERE / "xlsx_rival.py"), str(dump), str(target)]
    native = [str(compiled(folder)), str(dump), str(target)]
    rivals = [
        Contender("libxlsxwriter", native, dataset.records, target),
        Contender("Python xlsxwriter", python, dataset.records, target),
    ]
    try:
        race = Race([ours, *rivals], chosen.xlsx_rounds, warm_up=False)
    finally:
        dump.unlink()
    run(report, "XLSX, records", dataset.database, race, XLSX_AIM)


def download(server, path, rows):
    """Ours."""
    return Contender("sellerbook", server.curl(path), rows, is_curl=True)


def rival_name(database, form):
    """What the table calls the database's own shell."""
    if database.name == "sqlite":
        return f"sqlite3 shell, {form} mode"
    return r"psql \copy … csv" if form == "CSV" else r"psql \copy … row_to_json"


def run(report, what, database, race, aims):
    """Put a finished race into the report, a line for each rival."""
    ours, *rivals = race.contenders
    for rival in rivals:
        ratio, aim = race.ratio(rival), aims.get(rival.name)
        report.add(
            what=what,
            database=database.name,
            ours=f"{thousands(race.rates(ours))} rows/s{size(race, ours)}",
            rival=f"{rival.name}: {thousands(race.rates(rival))} rows/s{size(race, rival)}",
            ratio=f"{ratio:.2f} ×",
            aim=f"≥ {aim:g} ×" if aim else "",
            is_met=ratio >= aim if aim else None,
            details={"ratio": ratio, "rows": ours.rows, "samples": race.details()},
        )
        say(f"{what}, {database.name}: {ratio:.2f} times {rival.name}")


def thousands(rates):
    """The median, in thousands."""
    return f"{statistics.median(rates) / 1000:,.1f} k"


def size(race, contender):
    """How large the output was, where known: a faster file may be a larger one."""
    sizes = [sample.bytes for sample in race.samples[contender.name] if sample.bytes]
    return f", {statistics.median(sizes) / 1e6:,.1f} MB" if sizes else ""


def compiled(folder):
    """The C rival, compiled as its users would."""
    program = folder / "xlsx_rival"
    source = HERE / "xlsx_rival.c"
    subprocess.run(["gcc", "-O2", "-Wall", "-o", str(program), str(source), "-lxlsxwriter"], check=True)
    return program
