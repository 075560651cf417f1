"""What one step of the load of telephone calls was like, as a line of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from bench.figures import grid

COLUMNS = (
    "calls",
    "fault",
    "told p95",
    "200 p95",
    "least sound",
    "livekit",
    "sip",
    "redis",
    "desk",
    "clients",
    "machine",
)
SERVERS = ("livekit-server", "livekit-sip", "redis-server", "desk")


@dataclass(frozen=True)
class Use:
    """What one program needed: per cent of one core, and resident megabytes."""

    cpu: float
    memory: float


@dataclass(frozen=True)
class Step:
    """One step of the load; times in seconds, ``least_sound`` a share."""

    calls: float
    faults: list[str]
    told: float
    answered: float
    least_sound: float
    use: dict[str, Use]
    machine: float
    """Per cent of all cores."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """What ``as_dict`` gave."""
        use = {name: Use(**used) for name, used in facts["use"].items()}
        return cls(**{**facts, "use": use})

    def cells(self) -> tuple[str, ...]:
        used = [self.use.get(name) for name in (*SERVERS, "clients")]
        figures = [f"{one.cpu:.0f} %, {one.memory:.0f} MB" if one else "" for one in used]
        sound = f"{self.least_sound:.0%}" if self.least_sound else ""
        times = (f"{self.told * 1000:.0f} ms", f"{self.answered * 1000:.0f} ms")
        return (
            f"{self.calls:g}",
            self.faults[0] if self.faults else "none",
            *times,
            sound,
            *figures,
            f"{self.machine:.0f} %",
        )


def tables(found: Mapping[str, Sequence[Step]]) -> str:
    """For people, and as Markdown."""
    return "\n\n".join(
        f"{title}\n\n{grid([COLUMNS, *(step.cells() for step in steps)])}" for title, steps in found.items()
    )


def tables_of(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The same from what was kept of them."""
    return tables({title: [Step.from_dict(facts) for facts in steps] for title, steps in found.items()})
