"""How the parts of the telephone side are doing, looked at from outside and remembered for some seconds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import redis.asyncio
from redis.exceptions import AuthenticationError, RedisError

from callcenter.settings import Settings
from callcenter.telephony.livekit_sip import options_ping
from callcenter.telephony.livekit_sip.call_counters import Counts, NoCounts
from callcenter.telephony.livekit_sip.call_counters import read as read_counts
from callcenter.telephony.livekit_sip.insecure_trunks import open_doors
from callcenter.telephony.livekit_sip.trunk_diff import Change, Found, changes
from callcenter.telephony.livekit_sip.trunks import LinesUnavailable, NoRedis, Trunks
from callcenter.telephony.plan import TelephonyPlan

OK, MISSING, DIFFERS, DOWN, UNKNOWN, NOT_USED = "ok", "missing", "differs", "down", "unknown", "not_used"
FRESH = timedelta(seconds=10)
PATIENCE_SECONDS = 3.0
APPLY = "Run: python -m callcenter telephony apply"


@dataclass(frozen=True)
class LineStates:
    """One of the six words for each part, and a sentence for everything that needs doing."""

    at: datetime
    inbound: str = UNKNOWN
    outbound: str = UNKNOWN
    service: str = UNKNOWN
    redis: str = UNKNOWN
    problems: tuple[str, ...] = ()
    counts: Counts | None = None


@dataclass(frozen=True)
class _Lines:
    inbound: str = UNKNOWN
    outbound: str = UNKNOWN
    redis: str = UNKNOWN
    problems: Sequence[str] = field(default_factory=list)


class Watch:
    """Looks when it is asked, and not more often than every ten seconds."""

    def __init__(self, settings: Settings, plan: TelephonyPlan, provider: str) -> None:
        self._settings = settings
        self._plan = plan
        self._dials = provider == "livekit"
        self._used = self._dials or plan.inbound is not None
        self._last: LineStates | None = None
        self._lock = asyncio.Lock()

    async def states(self, *, afresh: bool = False) -> LineStates:
        """What was found out last, or now."""
        async with self._lock:
            if afresh or self._last is None or datetime.now(UTC) - self._last.at > FRESH:
                self._last = await self._look()
            return self._last

    async def _look(self) -> LineStates:
        if not self._used:
            return LineStates(datetime.now(UTC), NOT_USED, NOT_USED, NOT_USED, NOT_USED)
        lines, (redis_state, redis_problem), (service, service_problem, counted) = await asyncio.gather(
            self._lines(), redis_answers(self._settings.redis_url), self._service()
        )
        problems = [*lines.problems, redis_problem, service_problem]
        return LineStates(
            at=datetime.now(UTC),
            inbound=lines.inbound,
            outbound=lines.outbound if self._dials else NOT_USED,
            service=service,
            redis=lines.redis if redis_state == UNKNOWN else redis_state,
            problems=tuple(one for one in problems if one),
            counts=counted,
        )

    async def _lines(self) -> _Lines:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), Trunks(self._settings) as trunks:
                return lines_beside(self._settings, self._plan, await trunks.found())
        except NoRedis as error:
            return _Lines(DOWN, DOWN, MISSING, [str(error)])
        except LinesUnavailable as error:
            return _Lines(problems=[str(error)])
        except TimeoutError:
            return _Lines(problems=[f"LiveKit did not answer within {PATIENCE_SECONDS:g} seconds."])

    async def _service(self) -> tuple[str, str, Counts | None]:
        """livekit-sip by its SIP address, else by its counts; and the counts."""
        counted, problem = None, ""
        if self._settings.sip_metrics_url:
            try:
                counted = await read_counts(self._settings.sip_metrics_url)
            except NoCounts as error:
                problem = f"livekit-sip's counts cannot be read at SIP_METRICS_URL: {error}."
        if not self._settings.sip_address:
            known = OK if counted else DOWN if problem else UNKNOWN
            return known, problem, counted
        try:
            await options_ping.ask(self._settings.sip_address)
        except options_ping.NoAnswer as error:
            silent = f"livekit-sip does not answer at {self._settings.sip_address} ({error}). Start it."
            return DOWN, silent, counted
        return OK, problem, counted


def lines_beside(settings: Settings, plan: TelephonyPlan, found: Found) -> _Lines:
    """LiveKit beside the plan, in words."""
    needed = changes(plan, found)
    coming = [one for one in needed if one.kind != "outbound trunk"]
    going = [one for one in needed if one.kind == "outbound trunk"]
    inbound = _state(coming, declared=plan.inbound is not None)
    outbound = _state(going, declared=plan.outbound is not None)
    problems = [f"{described_change(one)}. {APPLY}" for one in needed]
    if trunk_id := settings.livekit_sip_trunk_id:
        outbound = OK if any(one.sip_trunk_id == trunk_id for one in found.outbound) else MISSING
        if outbound == MISSING:
            problems.append(f"There is no outbound trunk {trunk_id} in LiveKit. Correct LIVEKIT_SIP_TRUNK_ID.")
    return _Lines(inbound, outbound, OK, [*problems, *open_doors(found)])


def _state(needed: Sequence[Change], *, declared: bool) -> str:
    if any(one.action == "create" for one in needed):
        return MISSING
    if needed:
        return DIFFERS
    return OK if declared else NOT_USED


def described_change(change: Change) -> str:
    """What is amiss, without a full stop."""
    where = f"“{change.name}” ({change.id})" if change.id else f"“{change.name}”"
    if change.action == "create":
        return f"The {change.kind} {where} is declared and not in LiveKit"
    if change.action == "delete":
        return f"The {change.kind} {where} is in LiveKit and not declared"
    return f"The {change.kind} {where} differs from what is declared in {', '.join(one.name for one in change.fields)}"


async def redis_answers(url: str, timeout: float = 2.0) -> tuple[str, str]:
    """Its state and what to do, from a PING; unknown when no address is set."""
    if not url:
        return UNKNOWN, ""
    try:
        client = redis.asyncio.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout)
    except ValueError:
        return DOWN, "REDIS_URL is no address of a Redis. Write it like redis://127.0.0.1:6379."
    try:
        async with asyncio.timeout(timeout):
            answer: Any = client.ping()
            await answer
    except AuthenticationError:
        return DOWN, "Redis does not accept the password in REDIS_URL. Correct it."
    except (RedisError, OSError, TimeoutError):
        return DOWN, "Redis does not answer at REDIS_URL. Start it; until then no call comes in or goes out."
    finally:
        await client.aclose()
    return OK, ""
