"""The two databases, and what their own users would type instead of sellerbook.

PostgreSQL is a fresh cluster made by `initdb` with the defaults of its version (fsync on, shared_buffers 128 MB, no
TLS), listening on 127.0.0.1 only and trusting local users; the C.UTF-8 locale. After loading: VACUUM (ANALYZE) and
CHECKPOINT, so that neither side pays for hint bits or for the load. psql connects over TCP like the server does.
SQLite is the file the server made; after loading its WAL is folded in. The sqlite3 shell runs with its defaults.
"""

import contextlib
import os
import shlex
import shutil
import socket
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

RECORD_COLUMNS = [
    "id", "ebay_order_id", "sale_date", "item_name", "qty", "sale_price_cents", "ebay_fees_cents",
    "earnings_net_cents", "amazon_price_cents", "amazon_tax_cents", "amazon_shipping_cents", "cogs_total_cents",
    "amazon_order_id", "status", "return_label_cost_cents", "profit_cents",
]  # fmt: skip
END = "-- end --"
SELLER_COLUMNS = [
    "display_name", "normalized_name", "platform", "platform_id", "times_seen", "feedback_percent", "feedback_count",
    "flagged", "created_at",
]  # fmt: skip


@dataclass
class Dataset:
    """One loaded database: the full one, or the small one of the memory section."""

    database: "Sqlite | Postgres"
    name: str
    records: int
    sellers: int
    token: str = ""
    verified: bool = False

    @property
    def url(self):
        """What DATABASE_URL says."""
        return self.database.url(self.name)

    def is_loaded(self):
        """Whether all records are there."""
        return int(self.value("select count(*) from record")) >= self.records

    def records_query(self):
        """The default export of records, in its usual order."""
        return f"select {self._columns()} from record where {self._live()} order by sale_date desc, record.id desc"

    def sellers_query(self):
        """The default export of sellers, in its usual order."""
        return f"select {', '.join(SELLER_COLUMNS)} from seller where {self._live()} order by created_at desc, id desc"

    def middle_date(self):
        """The day of the sale in the middle of the list."""
        middle = f"order by sale_date desc, id desc limit 1 offset {self.records // 2}"
        return self.value(f"select sale_date from record where {self._live()} {middle}")

    def value(self, sql):
        """The one value a query gives."""
        return self.database.value(self.name, sql)

    def _live(self):
        org = self.value(self.database.org_literal)
        return f"org_id = {org} and deleted_at is null"

    def _columns(self):
        return ", ".join([self._id(), *RECORD_COLUMNS[1:]])

    def _id(self):
        """Printable on SQLite too, where a UUID is a blob and the shell would cut it at its first zero byte.

        The order names `record.id`, or SQLite would sort by this expression instead of reading the index.
        """
        if self.database.name == "sqlite" and self.value("select typeof(id) from record limit 1") == "blob":
            return "hex(id) as id"
        return "id"


class Sqlite:
    """One file for each dataset."""

    name = "sqlite"
    shell = "sqlite3"
    org_literal = "select quote(id) from organisation where slug = 'demo'"

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def path(self, dataset):
        """The file."""
        return self.folder / f"{dataset}.db"

    def url(self, dataset):
        return f"sqlite://{self.path(dataset)}"

    def describe(self):
        """The versions on both sides are not the same: the server brings its own."""
        version = subprocess.check_output(["sqlite3", "--version"], text=True).split()[0]
        return f"sqlite3 shell {version}"

    def create(self, dataset):
        """Nothing but room: the server makes the file."""
        for file in self.folder.glob(f"{dataset}.db*"):
            file.unlink()

    def settle(self, dataset):
        """Fold the WAL of the load into the file."""
        self._rows(dataset, "pragma wal_checkpoint(truncate)")

    def value(self, dataset, sql):
        return self._rows(dataset, sql)[0][0]

    @contextlib.contextmanager
    def session(self, dataset):
        """A connection that stays open, with `value`; each statement is a transaction."""
        connection = sqlite3.connect(self.path(dataset), timeout=30, isolation_level=None)
        with contextlib.closing(connection):
            yield SqliteSession(connection)

    def csv_command(self, dataset, sql):
        return ["sqlite3", "-csv", "-header", str(self.path(dataset)), sql]

    def json_command(self, dataset, sql):
        return ["sqlite3", "-json", str(self.path(dataset)), sql]

    def dump(self, dataset, sql, target):
        """The rows in PostgreSQL's text format, for the XLSX rivals."""
        connection = sqlite3.connect(self.path(dataset))
        with contextlib.closing(connection), open(target, "w", encoding="utf-8", newline="\n") as file:
            for row in connection.execute(sql):
                file.write("\t".join(map(copy_text, row)) + "\n")

    def _rows(self, dataset, sql):
        connection = sqlite3.connect(self.path(dataset), timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


class Postgres:
    """A cluster of its own, started and stopped here; one database for each dataset."""

    name = "postgres"
    shell = "psql"
    org_literal = "select quote_literal(id::text) from organisation where slug = 'demo'"

    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "postgres"
        self.log = folder / "postgres.log"
        self.port = free_port()
        self.bin = newest_postgres()

    def __enter__(self):
        if not (self.data / "PG_VERSION").exists():
            self._init()
        self.log.touch()
        as_owner(self.log)
        listen = f"-h 127.0.0.1 -p {self.port} -k {shlex.quote(str(self.data))}"
        self._run("pg_ctl", "start", "-w", "-s", "-D", self.data, "-l", self.log, "-o", listen)
        return self

    def __exit__(self, *_):
        self._run("pg_ctl", "stop", "-w", "-s", "-D", self.data, "-m", "fast")

    def url(self, dataset):
        return f"postgres://postgres@127.0.0.1:{self.port}/{dataset}"

    def describe(self):
        return self.value("full", "select version()")

    def create(self, dataset):
        """An empty database."""
        if self.value("postgres", f"select 1 from pg_database where datname = '{dataset}'"):
            self.value("postgres", f'drop database "{dataset}"')
        self.value("postgres", f'create database "{dataset}"')

    def settle(self, dataset):
        """Neither side pays for what the load left behind."""
        self.value(dataset, "vacuum (analyze)")
        self.value(dataset, "checkpoint")

    def value(self, dataset, sql):
        return subprocess.check_output([*self._psql(dataset), "-Atc", sql], text=True).strip()

    @contextlib.contextmanager
    def session(self, dataset):
        """A connection that stays open, with `value`; each statement is a transaction."""
        command = [*self._psql(dataset), "-At"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        with subprocess.Popen(command, **pipes) as shell:
            yield PsqlSession(shell)

    def csv_command(self, dataset, sql):
        return [*self._psql(dataset), "-c", rf"\copy ({sql}) to stdout with (format csv, header)"]

    def json_command(self, dataset, sql):
        """Through \\copy, which streams; a plain select would first gather the whole answer in psql."""
        return [*self._psql(dataset), "-c", rf"\copy (select row_to_json(r) from ({sql}) r) to stdout"]

    def dump(self, dataset, sql, target):
        """The rows in text format, for the XLSX rivals."""
        with open(target, "wb") as file:
            subprocess.run([*self._psql(dataset), "-c", rf"\copy ({sql}) to stdout"], check=True, stdout=file)

    def _psql(self, dataset):
        return ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url(dataset)]

    def _init(self):
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        as_owner(self.data)
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")

    def _run(self, program, *arguments):
        """One of PostgreSQL's own programs, which refuse to work for root."""
        command = [str(self.bin / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@dataclass
class SqliteSession:
    """An open file."""

    connection: sqlite3.Connection

    def value(self, sql):
        """The one value a statement gives, if any."""
        row = self.connection.execute(sql).fetchone()
        return row and row[0]


@dataclass
class PsqlSession:
    """A psql that is told one statement after the other. A new one for each would take longer than its statement."""

    shell: subprocess.Popen

    def value(self, sql):
        """The one value a statement gives, if any."""
        self.shell.stdin.write(f"{sql};\n\\echo {END}\n")
        lines = []
        for line in self.shell.stdout:
            if line == f"{END}\n":
                return lines[0].rstrip("\n") if lines else None
            lines.append(line)
        raise SystemExit(f"psql refused: {sql}")


def newest_postgres():
    """Debian keeps the server's programs out of the PATH, one folder for each version."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if folders:
        return max(folders, key=lambda folder: float(folder.parent.name))
    initdb = shutil.which("initdb")
    if not initdb:
        raise SystemExit("missing: PostgreSQL's initdb")
    return Path(initdb).parent


def as_owner(path):
    """Give a path to the user PostgreSQL runs as."""
    if os.geteuid() == 0:
        shutil.chown(path, "postgres", "postgres")


def free_port():
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


COPY_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
)


def copy_text(value):
    """A value the way PostgreSQL's text format writes it."""
    return "\\N" if value is None else str(value).translate(COPY_ESCAPES)
