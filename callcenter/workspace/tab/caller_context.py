"""What stands beside the call: earlier calls with that number, this call so far, and numbers to dial again."""

from dataclasses import dataclass, field

from callcenter.core.domain.agents import Actor
from callcenter.history.service import HistoryFilter, HistoryService
from callcenter.history.views import CallEventView, CallRowView
from callcenter.platform.errors import NotFound
from callcenter.platform.registry import the
from callcenter.workspace.views import DeskView

EARLIER_SHOWN = 6
RECENT_READ = 30
RECENT_SHOWN = 5

Key = tuple[int, str, bool, int, int]


@dataclass(frozen=True)
class AsideView:
    number: str = ""
    display: str = ""
    earlier: list[CallRowView] = field(default_factory=list)
    timeline: list[CallEventView] = field(default_factory=list)
    recent: list[CallRowView] = field(default_factory=list)


def key(view: DeskView) -> Key:
    """Changes whenever the aside has to be read again."""
    return view.call.id, view.call.state, view.call.agent_here, view.offer.id, view.ended.id


async def read(actor: Actor, view: DeskView) -> AsideView:
    """Of the running call, else the offered one, else the one just ended."""
    call_id = view.call.id or view.offer.call_id or view.ended.id
    number = view.call.other_party or view.offer.caller_id or view.ended.other_party
    shown = view.call.other_party_display or view.offer.caller_display or view.ended.other_party_display
    history = the(HistoryService)
    own = await history.page(actor, HistoryFilter(agent_id=actor.id), limit=RECENT_READ)
    recent = list({row.caller_id: row for row in reversed(own.rows) if row.call_back}.values())[::-1]
    if not call_id:
        return AsideView(recent=recent[:RECENT_SHOWN])
    same = await history.page(actor, HistoryFilter(party=number), limit=EARLIER_SHOWN + 1) if number else None
    try:
        timeline = (await history.detail(actor, call_id)).timeline
    except NotFound:
        timeline = []
    return AsideView(
        number=number,
        display=shown,
        earlier=[row for row in same.rows if row.id != call_id][:EARLIER_SHOWN] if same else [],
        timeline=timeline,
        recent=recent[:RECENT_SHOWN],
    )
