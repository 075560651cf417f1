"""What the callers experience, told on the terminal: in words, or as lines of JSON."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from callcenter.cli.simulator.campaign import Outcome
from callcenter.cli.simulator.leg import Experience
from callcenter.core.phone_numbers import display


def in_words(outcome: Outcome, experience: Experience) -> None:
    """One line for people: clock, caller, what happened."""
    _line(f"{datetime.now():%H:%M:%S}  {outcome.index:>3}  {display(outcome.number)}: {experience.words}")


def as_json(outcome: Outcome, experience: Experience) -> None:
    """One line for programs; times in seconds since the caller joined."""
    _line(
        json.dumps(
            {
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "caller": outcome.index,
                "number": outcome.number,
                "room": outcome.room,
                "event": experience.name,
                "after_seconds": experience.after_seconds,
            }
        )
    )


def summary(outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
    """Counts and waiting times (seconds) over all callers; abandoned are those who gave up waiting."""
    waits = [o.answered_after for o in outcomes if o.answered_after is not None]
    unanswered = Counter(o.ending for o in outcomes if o.answered_after is None)
    abandoned, turned_away = unanswered.pop("gave_up", 0), unanswered.pop("turned_away", 0)
    return {
        "callers": len(outcomes),
        "answered": len(waits),
        "abandoned": abandoned,
        "turned_away": turned_away,
        "failed": unanswered.total(),
        "wait_median_seconds": round(float(np.median(waits)), 3) if waits else None,
        "wait_p95_seconds": round(float(np.percentile(waits, 95)), 3) if waits else None,
    }


def summary_in_words(outcomes: Sequence[Outcome]) -> None:
    """The end of a run with several callers, for people."""
    figures = summary(outcomes)
    text = "{callers} callers: {answered} answered, {abandoned} gave up, {turned_away} turned away".format(**figures)
    if figures["failed"]:
        text += f", {figures['failed']} did not get through"
    if figures["answered"]:
        text += "; waited {wait_median_seconds:.1f} s at the median, {wait_p95_seconds:.1f} s at the 95th percentile"
    _line(text.format(**figures) + ".")


def summary_as_json(outcomes: Sequence[Outcome]) -> None:
    """The end of a run, for programs."""
    _line(json.dumps({"event": "summary", **summary(outcomes)}))


def _line(text: str) -> None:
    print(text, file=sys.stdout, flush=True)
