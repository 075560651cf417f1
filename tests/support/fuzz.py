"""How thoroughly tests that make up their own input search: briefly and always alike, or for hours (``--fuzz``)."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TIMES = 0
"""How many times as many examples; 0: the usual ones, the same in each run."""


def search_longer(times: int) -> None:
    """From now on tests try so many times as many examples, and others with each run."""
    global TIMES
    TIMES = times


def effort(examples: int, steps: int = 50) -> settings:
    """Settings for a test that tries so many examples (of so many steps) within ``make test``."""
    return settings(
        max_examples=examples * max(1, TIMES),
        stateful_step_count=steps,
        derandomize=not TIMES,
        database=None,
        deadline=timedelta(seconds=30) if TIMES else None,
        print_blob=bool(TIMES),
        suppress_health_check=list(HealthCheck),
    )


def made_up(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """So many examples, for tests that wait for something."""
    found: list[Any] = []

    @effort(count)
    @given(strategy)
    def keep(one: Any) -> None:
        found.append(one)

    keep()
    return found
