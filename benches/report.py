"""The results: one Markdown table on standard output, everything else as JSON."""

import json
import os
import platform
import time

HEAD = ["What", "Database", "sellerbook", "Beside it", "Ratio", "Aim", ""]


class Report:
    """Lines as they come; written once, also when the run was cut short."""

    def __init__(self, chosen):
        self.chosen = chosen
        self.started_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.databases = {}
        self.checks = []
        self.lines = []

    def add(self, **line):
        """what, database, ours, rival, ratio, aim, is_met (none without an aim), details."""
        self.lines.append(line)

    def write(self):
        """The table, and the file if one was asked for."""
        print(self.markdown(), flush=True)
        if self.chosen.json:
            self.chosen.json.write_text(json.dumps(self.everything(), indent=2, ensure_ascii=False) + "\n")

    def markdown(self):
        """One table."""
        rows = [HEAD, ["---"] * len(HEAD), *map(cells, self.lines)]
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)

    def everything(self):
        """The circumstances, the checks, and every sample."""
        settings = {key: plain(value) for key, value in vars(self.chosen).items() if key not in ("work_dir", "json")}
        return {
            "started_at": self.started_at,
            "machine": {"system": platform.platform(), "cpus": os.cpu_count(), "python": platform.python_version()},
            "settings": settings,
            "databases": self.databases,
            "checks": self.checks,
            "results": self.lines,
        }


def plain(value):
    """A value JSON can hold."""
    return str(value) if isinstance(value, os.PathLike) else value


def cells(line):
    """A line of the table."""
    verdict = {True: "met", False: "**missed**", None: ""}[line["is_met"]]
    return [line["what"], line["database"], line["ours"], line["rival"], line["ratio"], line["aim"], verdict]
