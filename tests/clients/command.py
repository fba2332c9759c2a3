"""Imports files of 10,000 records, made by other software, with the program's own command: CSV, JSON, NDJSON by Python, a
workbook by openpyxl. Each is read, known again, exported, and undone; one with faults is refused.

    python3 tests/clients/command.py target/debug/sellerbook

Makes a database of its own. Needs openpyxl. Exits 1 at the first difference.
"""

import csv
import datetime
import io
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import openpyxl

ROWS = 10_000
COLUMNS = ["ebay_order_id", "sale_date", "item_name", "qty", "sale_price_cents", "ebay_fees_cents", "order_remark"]
OF_MAIN = ["--org", "acme", "--account", "MAIN"]


def row(number):
    """Everything that a reader of files could spoil, now and then."""
    day = datetime.date(2026, 1, 1) + datetime.timedelta(days=number % 300)
    remark = [None, "two\nlines", 'a "quoted", one', "=SUM(A1)", "日本 🎧", "  spaces  "][number % 6]
    return [f"{number:08}", day.isoformat(), f"Thing {number}", number % 7 + 1, number * 100 + 5, None if number % 3 else 0, remark]


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])


def write_json(path, rows):
    path.write_text(json.dumps([dict(zip(COLUMNS, row)) for row in rows], ensure_ascii=False, indent=1), encoding="utf-8")


def write_ndjson(path, rows):
    path.write_text("".join(json.dumps(dict(zip(COLUMNS, row))) + "\n" for row in rows), encoding="utf-8")


def write_xlsx(path, rows):
    """As a person has it: real days, and money as money. A formula would have no value; a text must say so."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Orders")
    sheet.append([column.removesuffix("_cents") for column in COLUMNS])
    for number, day, name, qty, price, fees, remark in rows:
        text = openpyxl.cell.WriteOnlyCell(sheet, value=remark)
        if remark is not None:
            text.data_type = "s"
        day = datetime.date.fromisoformat(day)
        sheet.append([number, day, name, qty, price / 100, None if fees is None else fees / 100, text])
    book.save(path)


FORMATS = {"csv": (write_csv, ["--raw-formulas"]), "json": (write_json, []), "ndjson": (write_ndjson, []),
           "xlsx": (write_xlsx, ["--money", "decimal"])}


class Program:
    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.environment = {
            "DATABASE_URL": f"sqlite://{folder}/command.db",
            "SELLERBOOK_STORAGE_URL": f"file:{folder}/files",
            "TERM": "xterm",
        }

    def run(self, *arguments, stderr=subprocess.PIPE):
        command = [self.program, *map(str, arguments)]
        return subprocess.run(command, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=stderr, text=True, timeout=300)

    def succeed(self, *arguments):
        done = self.run(*arguments)
        same(f"{arguments}: {done.stderr}", done.returncode, 0)
        return done

    def on_terminal(self, *arguments):
        """The same with a terminal for standard error: what is seen there, and standard output."""
        ours, its = pty.openpty()
        command = [self.program, *map(str, arguments)]
        child = subprocess.Popen(command, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=its, text=True)
        os.close(its)
        seen = b""
        try:
            while piece := os.read(ours, 4096):
                seen += piece
        except OSError:  # Linux says so at the end.
            pass
        stdout, _ = child.communicate(timeout=300)
        same("exit code on a terminal", child.returncode, 0)
        return seen.decode("utf-8", "replace"), stdout


def same(what, left, right):
    if left != right:
        sys.exit(f"{what}: {left!r:.2000} is not {right!r:.2000}")


def exported(program):
    done = program.succeed("export", "records", "--org", "acme", "--format", "csv", "--output", "-",
                           "--formulas", "raw", "--columns", ",".join(COLUMNS))
    found = list(csv.reader(io.StringIO(done.stdout, newline="")))
    same("columns", found[0], COLUMNS)
    return sorted(found[1:])


def check_format(program, path, stated, rows):
    arguments = ["import", "records", *OF_MAIN, *stated, path]
    would = program.succeed(*arguments, "--check")
    same("stdout", would.stdout, f"would be {ROWS} added, 0 changed, 0 unchanged; nothing was written\n")
    same("records after a check", exported(program), [])
    done = program.succeed(*arguments)
    same("stdout", done.stdout, f"{ROWS} added, 0 changed, 0 unchanged\n")
    undo = re.search(r"sellerbook (import rollback .*)", done.stderr)
    expected = sorted(["" if value is None else str(value) for value in row] for row in rows)
    for found, row in zip(exported(program), expected, strict=True):
        same(path.name, found, row)
    seen, again = program.on_terminal(*arguments)
    same("stdout", again, f"0 added, 0 changed, {ROWS} unchanged\n")
    for shown in ["looking into it", "10,000 of 10,000"]:
        same(f"{shown} on the terminal: {seen}", shown in seen, True)
    undone = program.succeed(*undo.group(1).split())
    same("stdout", undone.stdout, f"{ROWS} removed, 0 changed back\n")
    same("records after the undoing", exported(program), [])


def check_faults(program, folder, rows):
    """The first faults with their lines, and the way to all of them."""
    path, faults = folder / "faulty.csv", folder / "faults.csv"
    broken = [[*row[:3], 0, *row[4:]] if number % 100 == 50 else row for number, row in enumerate(rows)]
    write_csv(path, broken)
    reader = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    lines, start = [], 1
    for found in reader:
        if len(found) > 3 and found[3] == "0":
            lines.append(start)
        start = reader.line_num + 1
    refused = program.run("import", "records", *OF_MAIN, path)
    same("exit code", refused.returncode, 1)
    same("stdout", refused.stdout, "")
    told = refused.stderr.splitlines()
    same("first line", told[0], "error: 100 faults in the file; nothing was imported")
    same("faults told", [line.split(":")[0] for line in told[1:21]], [f"line {line}, column qty" for line in lines[:20]])
    same("the rest", told[21:], ["… and 80 more; --faults FILE writes them to a CSV"])
    refused = program.run("import", "records", *OF_MAIN, "--faults", faults, path)
    same("exit code", refused.returncode, 1)
    same("the rest", refused.stderr.splitlines()[21:], [f"… and 80 more, in {faults}"])
    with faults.open(newline="", encoding="utf-8") as file:
        same("the list", [int(row["line"]) for row in csv.DictReader(file)], lines)
    same("records after a refusal", exported(program), [])


def check_usage(program, folder):
    for arguments, code, said in [
        (["import", "records", "--org", "acme"], 2, "FILE"),
        (["import", "records", *OF_MAIN, "--money", "pence", "x.csv"], 2, "cents, decimal"),
        (["import", "records", *OF_MAIN, folder / "nowhere.csv"], 1, "nowhere.csv: No such file"),
        (["import", "records", *OF_MAIN, folder], 1, "is a directory"),
        (["import", "records", "--org", "nobody", folder / "records.csv"], 1, "nobody"),
        (["import", "rollback", "--org", "acme", "import_" + "0" * 32], 1, "no import with that id"),
    ]:
        done = program.run(*arguments)
        same(f"{arguments}: {done.stderr}", done.returncode, code)
        same(f"{said} in {done.stderr}", said in done.stderr, True)
        same("stdout", done.stdout, "")


def main():
    program = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        program = Program(program, folder)
        program.succeed("org", "create", "--slug", "acme", "--name", "Acme")
        program.succeed("account", "add", "--org", "acme", "--code", "MAIN", "--name", "Main Street Deals")
        rows = [row(number) for number in range(ROWS)]
        for name, (write, stated) in FORMATS.items():
            path = folder / f"records.{name}"
            write(path, rows)
            check_format(program, path, stated, rows)
        check_faults(program, folder, rows)
        check_usage(program, folder)
    print(f"command: {len(FORMATS)} files of {ROWS} rows")


main()
