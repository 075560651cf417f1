"""How a call ends, given where it stood and who left."""

from dataclasses import dataclass

from callcenter.core.domain.calls import CallDirection, CallState, EndedBy, EndReason


@dataclass(frozen=True)
class Ending:
    state: CallState
    ended_by: EndedBy
    reason: EndReason


def other_party_left(state: CallState) -> Ending:
    """The caller, or the called phone, is gone. A phone that has not answered ends its call by DIAL_ENDINGS instead."""
    if state.is_talking:
        return Ending(CallState.COMPLETED, EndedBy.CALLER, EndReason.HUNG_UP)
    return Ending(CallState.ABANDONED, EndedBy.CALLER, EndReason.CALLER_GAVE_UP)


def agent_hung_up(direction: CallDirection, state: CallState) -> Ending:
    """The agent ended it. Before the other side answered, an outbound call is canceled."""
    if direction is CallDirection.OUTBOUND and state.is_dialled:
        return Ending(CallState.CANCELED, EndedBy.AGENT, EndReason.CANCELED)
    return Ending(CallState.COMPLETED, EndedBy.AGENT, EndReason.HUNG_UP)


def room_lost(direction: CallDirection, state: CallState) -> Ending:
    """The room is gone and nobody said why."""
    if state.is_talking:
        return Ending(CallState.COMPLETED, EndedBy.SYSTEM, EndReason.LINE_LOST)
    if direction is CallDirection.INBOUND:
        return Ending(CallState.ABANDONED, EndedBy.CALLER, EndReason.CALLER_GAVE_UP)
    return Ending(CallState.FAILED, EndedBy.SYSTEM, EndReason.LINE_LOST)


def turned_away(declined: int, missed: int) -> Ending:
    """Nobody took it in time. Rejected when everyone who was asked declined, else missed by all."""
    state = CallState.REJECTED if declined and not missed else CallState.MISSED
    return Ending(state, EndedBy.SYSTEM, EndReason.TURNED_AWAY)


def agent_lost(state: CallState) -> Ending:
    """The agent of an outbound call did not come back."""
    ended = CallState.COMPLETED if state.is_talking else CallState.CANCELED
    return Ending(ended, EndedBy.SYSTEM, EndReason.AGENT_LOST)


DIAL_ENDINGS = {
    EndReason.BUSY: Ending(CallState.REJECTED, EndedBy.CALLER, EndReason.BUSY),
    EndReason.DECLINED: Ending(CallState.REJECTED, EndedBy.CALLER, EndReason.DECLINED),
    EndReason.NO_ANSWER: Ending(CallState.MISSED, EndedBy.SYSTEM, EndReason.NO_ANSWER),
    EndReason.UNAVAILABLE: Ending(CallState.MISSED, EndedBy.SYSTEM, EndReason.UNAVAILABLE),
    EndReason.NOT_IN_SERVICE: Ending(CallState.FAILED, EndedBy.SYSTEM, EndReason.NOT_IN_SERVICE),
    EndReason.UNREACHABLE: Ending(CallState.FAILED, EndedBy.SYSTEM, EndReason.UNREACHABLE),
    EndReason.LINE_DOWN: Ending(CallState.FAILED, EndedBy.SYSTEM, EndReason.LINE_DOWN),
    EndReason.LINE_SILENT: Ending(CallState.FAILED, EndedBy.SYSTEM, EndReason.LINE_SILENT),
    EndReason.NO_TRUNK: Ending(CallState.FAILED, EndedBy.SYSTEM, EndReason.NO_TRUNK),
    EndReason.LINE_LOST: Ending(CallState.FAILED, EndedBy.SYSTEM, EndReason.LINE_LOST),
}
"""What a dial that was not answered comes to."""
