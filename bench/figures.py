"""What was measured: a median beside a baseline of the same run, so that figures of two machines can be compared."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

COLUMNS = ("measure", "median", "p95", "n", "baseline", "median", "ratio")


@dataclass(frozen=True)
class Sample:
    """Durations in seconds."""

    name: str
    seconds: Sequence[float]

    @property
    def median_ms(self) -> float:
        return median(self.seconds) * 1000

    @property
    def p95_ms(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)] * 1000


@dataclass(frozen=True)
class Row:
    """One measure and what it stands beside."""

    measure: str
    median_ms: float
    p95_ms: float
    n: int
    baseline: str
    baseline_ms: float
    ratio: float

    @classmethod
    def of(cls, measured: Sample, baseline: Sample) -> "Row":
        return cls(
            measured.name,
            round(measured.median_ms, 2),
            round(measured.p95_ms, 2),
            len(measured.seconds),
            baseline.name,
            round(baseline.median_ms, 3),
            round(measured.median_ms / baseline.median_ms, 1),
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def cells(self) -> tuple[str, ...]:
        return (
            self.measure,
            f"{self.median_ms:.1f} ms",
            f"{self.p95_ms:.1f} ms",
            str(self.n),
            self.baseline,
            f"{self.baseline_ms:.2f} ms",
            f"{self.ratio:,.1f}",
        )


def table(rows: Sequence[Row]) -> str:
    """For people, and as Markdown, so that it can be copied into the documentation."""
    return grid([COLUMNS, *(row.cells() for row in rows)])


def grid(lines: Sequence[Sequence[str]]) -> str:
    """The first line is the head."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    texts = []
    for line in lines:
        texts.append("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |")
    return "\n".join([texts[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *texts[1:]])
