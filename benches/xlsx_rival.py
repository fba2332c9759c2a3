"""xlsx_rival.py ROWS.tsv TARGET.xlsx: what a Python user writes to get the spreadsheet of records.

xlsxwriter in constant-memory mode, with the same look as sellerbook's: bold frozen header, autofilter, widths, real
dates, dollars. It reads the rows from a file in PostgreSQL's text format, so it is spared the database; and it calls
write_string and write_number themselves, which is faster than write(), and works out each date only once.
"""

import datetime
import functools
import re
import sys

import xlsxwriter

from databases import RECORD_COLUMNS

KINDS = "ttdtn$$$$$$$tt$$"  # text, date, number, dollars: one for each column
WIDTHS = {"t": 24, "d": 12, "n": 8, "$": 14}
EPOCH = datetime.date(1899, 12, 30)
ESCAPE = re.compile(r"\\(.)")
ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


def main(source, target):
    """Copy the rows."""
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        formats = {
            "t": None,
            "d": book.add_format({"num_format": "yyyy-mm-dd"}),
            "n": None,
            "$": book.add_format({"num_format": "$#,##0.00"}),
        }
        sheet = book.add_worksheet("records")
        write_header(sheet, book.add_format({"bold": True}))
        last = write_rows(sheet, formats, source)
        sheet.autofilter(0, 0, last, len(KINDS) - 1)


def write_header(sheet, bold):
    """Row 0, and the look of the columns."""
    sheet.freeze_panes(1, 0)
    for column, (name, kind) in enumerate(zip(RECORD_COLUMNS, KINDS)):
        sheet.set_column(column, column, WIDTHS[kind])
        sheet.write_string(0, column, name.removesuffix("_cents"), bold)


def write_rows(sheet, formats, source):
    """Everything else; the number of the last row."""
    string, number = sheet.write_string, sheet.write_number
    columns = [(column, kind, formats[kind]) for column, kind in enumerate(KINDS)]
    row = 0
    with open(source, encoding="utf-8", newline="\n") as lines:
        for row, line in enumerate(lines, 1):
            for (column, kind, form), cell in zip(columns, line[:-1].split("\t")):
                if cell == "\\N":
                    continue
                if kind == "t":
                    string(row, column, unescaped(cell) if "\\" in cell else cell)
                elif kind == "$":
                    number(row, column, int(cell) / 100, form)
                elif kind == "d":
                    number(row, column, serial(cell), form)
                else:
                    number(row, column, int(cell))
    return row


@functools.lru_cache(maxsize=None)
def serial(day):
    """A date as a spreadsheet counts it."""
    return (datetime.date.fromisoformat(day) - EPOCH).days


def unescaped(cell):
    """Text as it was before PostgreSQL escaped it."""
    return ESCAPE.sub(lambda found: ESCAPES.get(found[1], found[1]), cell)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
