"""Timing commands in turns."""

import statistics
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass
class Sample:
    """One run of one command. What curl says of itself is kept beside our own watch."""

    seconds: float
    curl_first_byte: float | None = None
    curl_total: float | None = None
    bytes: int | None = None


@dataclass
class Contender:
    """A command that moves `rows` rows; `output` is the file it leaves, `is_curl` says it prints curl's figures."""

    name: str
    command: list
    rows: int
    output: Path | None = None
    is_curl: bool = False

    def run(self):
        """Once, timed from the start of the process to its end."""
        stdout = subprocess.PIPE if self.is_curl else subprocess.DEVNULL
        started = time.perf_counter()
        done = subprocess.run(self.command, check=True, stdout=stdout, stdin=subprocess.DEVNULL)
        sample = Sample(time.perf_counter() - started)
        if self.is_curl:
            first, total, size = done.stdout.split()
            sample.curl_first_byte, sample.curl_total, sample.bytes = float(first), float(total), int(size)
        if self.output:
            sample.bytes = self.output.stat().st_size
            self.output.unlink()
        return sample

    def rate(self, sample):
        """Rows a second."""
        return self.rows / sample.seconds


class Race:
    """Contenders taking turns, ours first."""

    def __init__(self, contenders, rounds, warm_up=True):
        self.contenders = contenders
        self.samples = {contender.name: [] for contender in contenders}
        for contender in contenders if warm_up else []:
            contender.run()
        for _ in range(rounds):
            for contender in contenders:
                self.samples[contender.name].append(contender.run())

    def rates(self, contender):
        """Rows a second, round by round."""
        return [contender.rate(sample) for sample in self.samples[contender.name]]

    def ratio(self, rival):
        """How many times the rival's rate ours is: the median over the rounds."""
        pairs = zip(self.rates(self.contenders[0]), self.rates(rival))
        return statistics.median(ours / theirs for ours, theirs in pairs)

    def details(self):
        """Everything, for the JSON."""
        return {name: [asdict(sample) for sample in samples] for name, samples in self.samples.items()}
