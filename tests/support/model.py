"""The rules of the centre once more, as briefly as they can be said: lists in memory, one thing at a time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.core.domain.agents import Presence, Routable
from callcenter.settings import Settings

CONNECTED = "connected"


@dataclass
class ModelAgent:
    id: int
    idle_since: datetime
    presence_since: datetime
    presence: Presence = Presence.OFFLINE
    afterwards: Presence | None = None
    routable: Routable = Routable.OK
    pause_until: datetime | None = None
    wraps_up_until: datetime | None = None
    desk: bool = False
    desk_seen: datetime | None = None
    """Until when it counts as seen, once it is closed."""


@dataclass
class ModelCall:
    id: int
    joined_at: datetime
    turn_away_at: datetime
    state: str = "queued"
    agent: int | None = None
    """Who has it, or at whom it rings."""
    deadline: datetime | None = None
    """Of the ringing, or of the microphone that has to open."""
    let_pass: dict[int, datetime] = field(default_factory=dict)


class Model:
    """Every method takes the time, and leaves everything decided that can be decided."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.agents: dict[int, ModelAgent] = {}
        self.calls: dict[int, ModelCall] = {}
        """Those that are open."""

    # Callers

    def joins(self, call_id: int, now: datetime) -> None:
        self.calls[call_id] = ModelCall(call_id, now, now + self._seconds("queue_timeout"))
        self._route(now)

    def ends(self, call_id: int, now: datetime) -> None:
        """By whoever hangs up. Who has talked wraps up."""
        call = self.calls.pop(call_id)
        if call.state == CONNECTED and call.agent:
            agent = self.agents[call.agent]
            agent.idle_since, agent.wraps_up_until = now, now + self._seconds("wrap_up")
        self._route(now)

    # Agents and calls

    def answers(self, call_id: int, now: datetime) -> None:
        call = self.calls[call_id]
        call.state, call.deadline = "connecting", now + self._seconds("connect")

    def speaks(self, call_id: int) -> None:
        call = self.calls[call_id]
        call.state, call.deadline = CONNECTED, None

    def declines(self, call_id: int, now: datetime) -> None:
        call = self.calls[call_id]
        agent = self.agents[call.agent or 0]
        agent.routable, agent.pause_until = Routable.REJECTED, now + self._seconds("decline_pause")
        self._back(call, now, asked=True)
        self._route(now)

    # Agents

    def opens_desk(self, agent_id: int, now: datetime) -> None:
        self.agents[agent_id].desk = True
        self._route(now)

    def closes_desk(self, agent_id: int, now: datetime) -> None:
        agent = self.agents[agent_id]
        agent.desk, agent.desk_seen = False, now + self._seconds("session_grace")
        self._stop_ringing(agent_id, now)
        self._route(now)

    def chooses(self, agent_id: int, presence: Presence, now: datetime) -> None:
        agent = self.agents[agent_id]
        if agent.presence is Presence.OFFLINE is not presence:
            agent.idle_since = now
        self._becomes(agent, presence, now)
        if presence is Presence.AVAILABLE:
            agent.routable, agent.pause_until = Routable.OK, None
        else:
            self._stop_ringing(agent_id, now)
        self._route(now)

    def chooses_for_afterwards(self, agent_id: int, presence: Presence | None, now: datetime) -> None:
        if presence is not None and self.work(agent_id, now) in ("idle", "wrapup"):
            self.chooses(agent_id, presence, now)
        else:
            self.agents[agent_id].afterwards = presence

    def clears(self, agent_id: int, now: datetime) -> None:
        self.agents[agent_id].routable, self.agents[agent_id].pause_until = Routable.OK, None
        self._route(now)

    def finishes_wrap_up(self, agent_id: int, now: datetime) -> None:
        agent = self.agents[agent_id]
        if agent.wraps_up_until:
            agent.wraps_up_until, agent.idle_since = None, now
        self._route(now)

    def work(self, agent_id: int, now: datetime) -> str:
        """The word for what they do."""
        for call in self.calls.values():
            if call.agent == agent_id:
                return {"offered": "ringing", CONNECTED: "talking"}.get(call.state, call.state)
        until = self.agents[agent_id].wraps_up_until
        return "wrapup" if until and until > now else "idle"

    # Time

    def time_has_passed(self, now: datetime) -> None:
        """Everything whose time is over, in the order in which it is looked at."""
        overdue = [call for call in self.calls.values() if call.deadline and call.deadline <= now]
        for call in overdue:
            agent = self.agents[call.agent or 0]
            agent.routable = Routable.MISSED if call.state == "offered" else Routable.DEVICE_ERROR
            agent.pause_until = None
            self._back(call, now, asked=True)
        for agent in self.agents.values():
            if agent.wraps_up_until and agent.wraps_up_until <= now:
                agent.wraps_up_until, agent.idle_since = None, now
            if agent.pause_until and agent.pause_until <= now:
                agent.routable, agent.pause_until = Routable.OK, None
            if self._forgotten(agent, now - self._seconds("session_forget")):
                self._becomes(agent, Presence.OFFLINE, now)
        self._route(now)

    def _forgotten(self, agent: ModelAgent, before: datetime) -> bool:
        seen = agent.desk or (agent.desk_seen is not None and agent.desk_seen > before)
        return agent.presence is not Presence.OFFLINE and agent.presence_since <= before and not seen

    # Who is offered what

    def _route(self, now: datetime) -> None:
        """Longest idle first; callers in the order in which they came; whoever let a call pass comes last for it."""
        for agent in self.agents.values():
            if agent.afterwards and self.work(agent.id, now) in ("idle", "wrapup"):
                self._becomes(agent, agent.afterwards, now)
        for call in sorted(self.calls.values(), key=lambda one: (one.joined_at, one.id)):
            if call.state != "queued":
                continue
            if call.turn_away_at <= now:
                del self.calls[call.id]
                continue
            free = [agent for agent in self.agents.values() if self._free(agent, call, now)]
            if free:
                first = min(free, key=lambda one: (one.id in call.let_pass, one.idle_since, one.id))
                call.state, call.agent, call.deadline = "offered", first.id, now + self._seconds("ring")

    def _free(self, agent: ModelAgent, call: ModelCall, now: datetime) -> bool:
        ready = agent.presence is Presence.AVAILABLE and agent.desk and agent.routable is Routable.OK
        passed = call.let_pass.get(agent.id)
        again = passed is None or passed + self._seconds("reoffer") <= now
        return ready and again and self.work(agent.id, now) == "idle"

    def _stop_ringing(self, agent_id: int, now: datetime) -> None:
        for call in self.calls.values():
            if call.state == "offered" and call.agent == agent_id:
                self._back(call, now, asked=False)

    def _back(self, call: ModelCall, now: datetime, *, asked: bool) -> None:
        """It waits again, where it was before."""
        if asked and call.agent:
            call.let_pass[call.agent] = now
        call.state, call.agent, call.deadline = "queued", None, None

    def _becomes(self, agent: ModelAgent, presence: Presence, now: datetime) -> None:
        if agent.presence is not presence:
            agent.presence, agent.presence_since = presence, now
        agent.afterwards = None

    def _seconds(self, name: str) -> timedelta:
        return timedelta(seconds=getattr(self._settings, f"{name}_seconds"))
