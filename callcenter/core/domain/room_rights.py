"""Under which name an agent is in the room of a call, and what they may do there.

The name is a new one for each handover: each time a call is offered to somebody, or dialled. So rights that were
granted for one of them are never those of a later one, and whoever comes back with an old token is known by the name.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from callcenter.core.domain.calls import CallState

DIALLED = 0
"""The handover of a call that its agent has dialled. Others have the number of the offer."""
SECOND_CONNECTION = "#"
"""LiveKit puts this and a word of the client's choice behind the name of who asks for a connection more."""
LONGEST_NUMBER = 18


class Right(StrEnum):
    """What somebody may do in a room now."""

    NONE = "none"
    WAIT = "wait"
    """The call rings at them: they may be there, and neither hear nor speak."""
    TALK = "talk"


def stay_name(agent_name: Any, handover: Any) -> Any:
    """The name of an agent in a room. Both are text, or both columns of text."""
    return agent_name + "." + handover


def read_stay(identity: str) -> tuple[str, int | None]:
    """The agent's own name and the handover; None for a name that no token of ours has."""
    name, more, _ = identity.partition(SECOND_CONNECTION)
    agent_name, _, number = name.rpartition(".")
    if not agent_name or not _is_number(number):
        return name, None
    return agent_name, None if more else int(number)


@dataclass(frozen=True)
class Handover:
    """To whom a call was given last."""

    number: int = DIALLED
    offered_to: int | None = None
    rings: bool = False


def right_in(state: CallState, has_it: int | None, last: Handover, agent_id: int, number: int | None) -> Right:
    """What an agent may do who is in the room of a call in ``state`` for the handover ``number``.

    ``has_it``: the agent who has the call.
    """
    if number != last.number:
        return Right.NONE
    if state.is_engaged and has_it == agent_id:
        return Right.TALK
    rings = state is CallState.OFFERED and last.rings and last.offered_to == agent_id
    return Right.WAIT if rings else Right.NONE


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER and str(int(text)) == text
