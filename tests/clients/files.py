"""Reads the downloads back with other software: Python's csv and json, openpyxl, pyarrow, DuckDB, and LibreOffice where
there is one.

    python3 tests/clients/files.py http://127.0.0.1:8080 sb_…

Every format must tell the same rows. Needs tests/clients/requirements.txt. Exits 1 at the first difference.
"""

import csv
import datetime
import decimal
import io
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import duckdb
import openpyxl
import pyarrow
import pyarrow.parquet

MONEY = "$#,##0.00"
# LibreOffice's CSV filter: comma, double quote, character set 76 (UTF-8), from line 1.
CSV_IN_UTF8 = "csv:Text - txt - csv (StarCalc):44,34,76,1"


def download(base, token, path):
    request = urllib.request.Request(base + path, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.read(), answer.headers


def same(what, left, right):
    if left != right:
        sys.exit(f"{what}: {left!r} is not {right!r}")


def unprefixed(text):
    """The `'` that keeps a spreadsheet from running a text, taken off again."""
    rest = text.lstrip("'")
    return text[1:] if text.startswith("'") and rest[:1] in tuple("=+-@\t\r") else text


def as_text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def check_csv(base, token, kind, rows):
    data, headers = download(base, token, f"/export/{kind}/csv")
    same("media type", headers["Content-Type"], "text/csv; charset=utf-8; header=present")
    same("line breaks", data.count(b"\r\n") >= len(rows) + 1, True)
    read = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
    same(f"{kind} csv rows", len(read), len(rows))
    for line, (found, row) in enumerate(zip(read, rows), 2):
        found = {key: unprefixed(value) for key, value in found.items()}
        same(f"{kind} csv line {line}", found, {key: as_text(value) for key, value in row.items()})


def check_ndjson(base, token, kind, rows):
    data, _ = download(base, token, f"/export/{kind}/ndjson")
    same(f"{kind} ndjson", [json.loads(line) for line in data.decode("utf-8").split("\n") if line], rows)


def excel_value(key, value):
    """What a cell must hold for the value of the JSON file."""
    if value is None or not isinstance(value, str):
        return value / 100 if key.endswith("_cents") and value is not None else value
    if key == "sale_date":
        return datetime.datetime.fromisoformat(value)
    if key == "created_at":
        return datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).replace(tzinfo=None)
    return value


def equal(left, right):
    if isinstance(left, datetime.datetime) and isinstance(right, datetime.datetime):
        return abs(left - right) < datetime.timedelta(milliseconds=2)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return abs(left - right) < 1e-9
    # Inside a cell, Excel breaks lines with LF alone, and so do we.
    if isinstance(left, str) and isinstance(right, str):
        return left == right.replace("\r\n", "\n").replace("\r", "\n")
    return left == right


def check_sheet(kind, sheet, rows):
    same("frozen row", sheet.freeze_panes, "A2")
    keys = list(rows[0])
    header = [cell.value for cell in sheet[1]]
    same("header", header, [key.removesuffix("_cents") for key in keys])
    same("bold header", all(cell.font.bold for cell in sheet[1]), True)
    last = sheet.cell(row=len(rows) + 1, column=len(keys)).coordinate
    same("filter", sheet.auto_filter.ref, f"A1:{last}")
    same(f"{kind} xlsx rows", sheet.max_row, len(rows) + 1)
    for number, row in enumerate(rows, 2):
        for column, (key, value) in enumerate(row.items(), 1):
            cell = sheet.cell(row=number, column=column)
            if not equal(cell.value, excel_value(key, value)):
                sys.exit(f"{kind} xlsx {cell.coordinate}: {cell.value!r} is not {excel_value(key, value)!r}")
            if isinstance(value, str) and key not in ("sale_date", "created_at"):
                same(f"type of {cell.coordinate}", cell.data_type, "s")
            if key.endswith("_cents") and value is not None:
                same(f"format of {cell.coordinate}", cell.number_format, MONEY)
            if key == "sale_date":
                same(f"date {cell.coordinate}", cell.is_date, True)


def check_xlsx(base, token, kind, rows):
    data, headers = download(base, token, f"/export/{kind}/excel")
    same("extension", ".xlsx" in headers["Content-Disposition"], True)
    book = openpyxl.load_workbook(io.BytesIO(data))
    same("sheets", book.sheetnames, [kind.capitalize()])
    check_sheet(kind, book.active, rows)
    check_libreoffice(kind, data, rows)


def parquet_type(key):
    """What a column must be, to pyarrow and to DuckDB."""
    if key.endswith("_cents"):
        return pyarrow.int64(), "BIGINT"
    if key in ("qty", "times_seen", "feedback_count"):
        return pyarrow.int32(), "INTEGER"
    others = {
        "sale_date": (pyarrow.date32(), "DATE"),
        "feedback_percent": (pyarrow.float64(), "DOUBLE"),
        "flagged": (pyarrow.bool_(), "BOOLEAN"),
        "created_at": (pyarrow.timestamp("us", tz="UTC"), "TIMESTAMP WITH TIME ZONE"),
    }
    return others.get(key, (pyarrow.string(), "VARCHAR"))


def parquet_value(key, value):
    """What a cell must hold for the value of the JSON file."""
    if value is None:
        return None
    if key == "sale_date":
        return datetime.date.fromisoformat(value)
    if key == "created_at":
        return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value


def check_parquet(base, token, kind, rows):
    data, headers = download(base, token, f"/export/{kind}/parquet")
    same("media type", headers["Content-Type"], "application/vnd.apache.parquet")
    table = pyarrow.parquet.read_table(io.BytesIO(data))
    keys = list(rows[0])
    same(f"{kind} parquet types", [(field.name, field.type) for field in table.schema],
         [(key, parquet_type(key)[0]) for key in keys])
    facts = pyarrow.parquet.read_metadata(io.BytesIO(data)).metadata
    same("kind", facts[b"kind"].decode(), kind)
    expected = [{key: parquet_value(key, value) for key, value in row.items()} for row in rows]
    for number, (found, row) in enumerate(zip(table.to_pylist(), expected), 1):
        same(f"{kind} parquet row {number}", found, row)
    same(f"{kind} parquet rows", table.num_rows, len(rows))
    check_dollars(base, token, kind, table)
    check_duckdb(kind, data, keys, table)


def check_dollars(base, token, kind, table):
    data, _ = download(base, token, f"/export/{kind}/parquet?money=decimal")
    dollars = pyarrow.parquet.read_table(io.BytesIO(data))
    for key in (name for name in table.column_names if name.endswith("_cents")):
        column = dollars[key.removesuffix("_cents")]
        same(f"type of {key} in dollars", column.type, pyarrow.decimal128(18, 2))
        cents = [None if value is None else decimal.Decimal(value) / 100 for value in table[key].to_pylist()]
        same(f"{key} in dollars", column.to_pylist(), cents)


def check_duckdb(kind, data, keys, table):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.parquet"
        path.write_bytes(data)
        types = duckdb.sql(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
        same(f"{kind} types in DuckDB", [row[:2] for row in types], [(key, parquet_type(key)[1]) for key in keys])
        count = duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchall()
        same(f"{kind} rows in DuckDB", count, [(table.num_rows,)])
        for key in (key for key in keys if key.endswith("_cents")):
            total = duckdb.sql(f"SELECT coalesce(sum({key}), 0) FROM '{path}'").fetchall()
            same(f"sum of {key} in DuckDB", total, [(sum(value or 0 for value in table[key].to_pylist()),)])


def check_libreoffice(kind, data, rows):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        print("  LibreOffice is not installed: left out")
        return
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "export.xlsx").write_bytes(data)
        subprocess.run(
            [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", CSV_IN_UTF8,
             "--outdir", folder, f"{folder}/export.xlsx"],
            check=True, capture_output=True, timeout=300,
        )
        text = (Path(folder) / "export.csv").read_bytes().decode("utf-8")
    read = list(csv.reader(io.StringIO(text, newline="")))
    same(f"{kind} rows in LibreOffice", len(read), len(rows) + 1)


def main():
    base, token = sys.argv[1].rstrip("/"), sys.argv[2]
    for kind in ("records", "sellers"):
        data, _ = download(base, token, f"/export/{kind}/json")
        envelope = json.loads(data)
        same("array last", list(envelope)[-1], kind)
        rows = envelope[kind]
        same("rows to look at", len(rows) > 0, True)
        check_csv(base, token, kind, rows)
        check_ndjson(base, token, kind, rows)
        check_xlsx(base, token, kind, rows)
        check_parquet(base, token, kind, rows)
        print(f"{kind}: {len(rows)} rows are the same in JSON, CSV, NDJSON, XLSX and Parquet")


if __name__ == "__main__":
    main()
