"""What was measured, the aim, and what it stands beside: figures of two machines can be compared by their ratios."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import median
from typing import Any, Self

COLUMNS = ("measure", "figure", "median", "n", "aim", "", "beside", "that", "ratio")


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

    @property
    def max_ms(self) -> float:
        return max(self.seconds) * 1000


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``value`` is what the aim is about; ``met`` is None where there is no aim."""

    measure: str
    value: float
    unit: str = "ms"
    word: str = ""
    """Which value it is, such as p95."""
    median: float | None = None
    n: int = 1
    aim: str = ""
    met: bool | None = None
    beside: str = ""
    baseline: float | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    """More about it, for those who look into it."""

    @classmethod
    def of(cls, sample: Sample, beside: Sample | None = None, *, limit_ms: float | None = None, **facts: Any) -> Self:
        """The p95 of a sample; a limit in milliseconds is its aim."""
        p95 = round(sample.p95_ms, 2)
        made = cls(
            sample.name,
            p95,
            word="p95",
            median=round(sample.median_ms, 2),
            n=len(sample.seconds),
            facts={"max_ms": round(sample.max_ms, 1), **facts},
        )
        if limit_ms is not None:
            made = made.aimed(f"≤ {limit_ms:g} ms", p95 <= limit_ms)
        return made.beside_of(beside.name, beside.median_ms) if beside else made

    def aimed(self, aim: str, met: bool) -> Self:
        """With an aim."""
        return replace(self, aim=aim, met=met)

    def beside_of(self, name: str, value: float) -> Self:
        """With something of the same run and unit to compare its median with."""
        return replace(self, beside=name, baseline=round(value, 3))

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Self:
        """What ``as_dict`` gave."""
        return cls(**{name: value for name, value in facts.items() if name != "ratio"})

    @property
    def ratio(self) -> float | None:
        """To the baseline: medians where there is one."""
        if not self.baseline:
            return None
        return round((self.value if self.median is None else self.median) / self.baseline, 2)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}

    def cells(self) -> tuple[str, ...]:
        result = "" if self.met is None else "met" if self.met else "**missed**"
        return (
            self.measure,
            f"{self.word} {amount(self.value, self.unit)}".strip(),
            "" if self.median is None else amount(self.median, self.unit),
            str(self.n),
            self.aim,
            result,
            self.beside,
            "" if self.baseline is None else amount(self.baseline, self.unit),
            "" if self.ratio is None else f"{self.ratio:.2g}" if self.ratio < 10 else f"{self.ratio:,.0f}",
        )


def amount(value: float, unit: str) -> str:
    """With as many digits as mean something."""
    if not unit:
        return f"{value:,g}"
    digits = 2 if value < 1 else 1 if value < 100 else 0
    return f"{value:,.{digits}f} {unit}".strip()


def table(figures: Sequence[Figure]) -> str:
    """For people, and as Markdown, so that it can be copied into the documentation."""
    return grid([COLUMNS, *(figure.cells() for figure in figures)])


def grid(lines: Sequence[Sequence[str]]) -> str:
    """The first line is the head."""
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(lines[0]))]
    texts = []
    for line in lines:
        texts.append("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |")
    return "\n".join([texts[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *texts[1:]])
