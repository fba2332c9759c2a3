"""Imports beside the databases' own: a million records from a CSV file into empty tables with the same indexes.

Ours is `sellerbook import records`, from the start of the process to its end: by then every row has been read, checked,
compared with what is stored, committed with its history, and could be rolled back. The rivals check nothing but what the
table checks. Each run has a database of its own: a copy of one that is migrated and has one account.

What a reader would get wrong: `.import` can neither write NULL nor leave generated columns out. So its table has the same
columns without any rules, which spares it the checks, and the indexes of live records over all records, which is the same.
"""

import shutil
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from comparisons import run
from databases import Dataset
from server import Process, say
from stopwatch import Race, Sample

AIM = 0.5
SLUG, CODE = "bench", "MAIN"
COMPUTED = ["earnings_net_cents", "cogs_total_cents", "profit_cents"]
GIVEN = [
    "ebay_order_id", "sale_date", "item_name", "qty", "sale_price_cents", "ebay_fees_cents", "amazon_price_cents",
    "amazon_tax_cents", "amazon_shipping_cents", "amazon_order_id", "status", "return_label_cost_cents",
]  # fmt: skip
STORED = ["id", "org_id", "account_id", *GIVEN, "version", "created_at", "updated_at", "item_name_folded"]


@dataclass
class Import:
    """Something that fills a database from a file; the database is made before the watch starts and removed after."""

    name: str
    fresh: "callable"
    command: "callable"
    remove: "callable"
    environment: "callable"
    rows: int

    def run(self):
        """Once."""
        target = self.fresh()
        try:
            started = time.perf_counter()
            quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
            subprocess.run(self.command(target), env=self.environment(target), check=True, **quiet)
            seconds = time.perf_counter() - started
            self.check(target)
            return Sample(seconds)
        finally:
            self.remove(target)

    def check(self, target):
        """That all rows are there."""
        found = int(target.value("select count(*) from record where coalesce(cast(deleted_at as text), '') = ''"))
        if found != self.rows:
            raise SystemExit(f"{self.name}: {found:,} records, not {self.rows:,}")

    def rate(self, sample):
        """Rows a second."""
        return self.rows / sample.seconds


def measure(chosen, report, full):
    """Ours and the rival in turns, each time into an empty database."""
    database = full.database
    template = Dataset(database, "import_template", 0, 0)
    database.create(template.name)
    prepare(chosen, template)
    given, stored = database.folder / "given.csv", database.folder / "stored.csv"
    try:
        write_files(full, template, given, stored)
        sides = Sides(chosen, template, given, stored, full.records)
        race = Race([sides.ours(), sides.rival()], chosen.import_rounds, warm_up=False)
        rival = race.contenders[1]
        run(report, "import of records, CSV", database, race, {rival.name: AIM})
    finally:
        given.unlink(missing_ok=True)
        stored.unlink(missing_ok=True)
        database.create(template.name)


def prepare(chosen, template):
    """A migrated database with one organisation and one account."""
    sellerbook(chosen, template, "migrate")
    sellerbook(chosen, template, "org", "create", "--slug", SLUG, "--name", "Bench")
    sellerbook(chosen, template, "account", "add", "--org", SLUG, "--code", CODE, "--name", "Main")
    template.database.settle(template.name)


def sellerbook(chosen, dataset, *arguments):
    """One of our commands."""
    process = Process(chosen.binary, dataset, *arguments)
    subprocess.run(process.command, env=process.environment, cwd=process.folder, check=True, stdout=subprocess.DEVNULL)


def write_files(full, template, given, stored):
    """The same rows twice: as people would have them, and as the table has them."""
    database = full.database
    org, account = (template.value(f"select {text_id(database)} from {table}") for table in ("organisation", "account"))
    fixed = {"id": text_id(database), "org_id": f"'{org}'", "account_id": f"'{account}'"}
    live = "from record where deleted_at is null order by record.id"
    # One account has each order once; the demo has three accounts.
    fixed["ebay_order_id"] = "ebay_order_id || '-' || substr(account_text, 1, 8)"
    source = f"(select record.*, {text_id(database, 'account_id')} as account_text from record) as record"
    fixed["deleted_at"] = "''"
    for path, columns in ((given, GIVEN), (stored, stored_columns(database))):
        chosen = ", ".join(f"{fixed.get(name, name)} as {name}" for name in columns)
        sql = f"select {chosen} {live}".replace("from record", f"from {source}", 1)
        with open(path, "wb") as file:
            subprocess.run(database.csv_command(full.name, sql), check=True, stdout=file)
    sizes = [f"{path.stat().st_size / 1e6:,.0f} MB" for path in (given, stored)]
    say(f"{database.name}: wrote {sizes[0]} for ours, {sizes[1]} for the rival")


def stored_columns(database):
    """The columns of the rival's file."""
    return [*STORED, *COMPUTED, "deleted_at"] if database.name == "sqlite" else STORED


def text_id(database, column="id"):
    """An id that a shell can print."""
    return f"lower(hex({column}))" if database.name == "sqlite" else f"{column}::text"


@dataclass
class Sides:
    """Both sides of one race."""

    chosen: object
    template: Dataset
    given: Path
    stored: Path
    rows: int
    count: int = 0

    def ours(self):
        """The command."""

        def command(target):
            return Process(
                self.chosen.binary, target, "import", "records", "--org", SLUG, "--account", CODE, str(self.given)
            ).command

        def environment(target):
            return Process(self.chosen.binary, target, "import").environment

        return Import("sellerbook", self.fresh, command, self.remove, environment, self.rows)

    def rival(self):
        """The database's own."""
        if self.template.database.name == "sqlite":
            return Import("sqlite3 .import", self.fresh_for_shell, self.shell, self.remove, lambda _: None, self.rows)
        return Import(r"psql \copy", self.fresh, self.psql, self.remove, lambda _: None, self.rows)

    def fresh(self):
        """A copy of the template."""
        self.count += 1
        target = Dataset(self.template.database, f"import_{self.count}", self.rows, 0)
        database = self.template.database
        if database.name == "sqlite":
            database.create(target.name)
            shutil.copy(database.path(self.template.name), database.path(target.name))
        else:
            database.value("postgres", f'create database "{target.name}" template "{self.template.name}"')
        return target

    def fresh_for_shell(self):
        """The same with a table that `.import` can fill."""
        target = self.fresh()
        path = self.template.database.path(target.name)
        connection = sqlite3.connect(path)
        indexes = "select sql from sqlite_master where tbl_name = 'record' and type = 'index' and sql is not null"
        statements = [sql for (sql,) in connection.execute(indexes) if "deleted_at IS NOT NULL" not in sql]
        types = {name: kind for _, name, kind, *_ in connection.execute("pragma table_xinfo (record)")}
        columns = [f"{name} {types[name]}" for name in stored_columns(target.database)[1:]]
        connection.execute("drop table record")
        connection.execute(f"create table record (id blob primary key not null, {', '.join(columns)})")
        for sql in statements:
            connection.execute(sql.replace("WHERE deleted_at IS NULL", ""))
        connection.commit()
        connection.close()
        return target

    def shell(self, target):
        path = target.database.path(target.name)
        return ["sqlite3", str(path), "pragma journal_mode = wal", f".import --csv --skip 1 {self.stored} record"]

    def psql(self, target):
        columns = ", ".join(STORED)
        copy = rf"\copy record ({columns}) from '{self.stored}' with (format csv, header)"
        return ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", target.url, "-c", copy]

    def remove(self, target):
        """Nothing of it stays."""
        if target.database.name == "sqlite":
            target.database.create(target.name)
        else:
            target.database.value("postgres", f'drop database "{target.name}"')
