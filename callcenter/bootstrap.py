"""Builds the services once. Tests put others in their place."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import partial

from callcenter.accounts.authentication import SEEN_SECONDS, AuthService
from callcenter.accounts.own_sessions import SignIns
from callcenter.accounts.service import AccountService
from callcenter.audit import service as audit_service
from callcenter.audit.service import AuditService
from callcenter.call_control.media_admission import Admission
from callcenter.call_control.service import CallService
from callcenter.core.after_commit import count, log, publish
from callcenter.core.agent_state_cache import BoardNow
from callcenter.core.call_termination import Endings, apply_next_presences
from callcenter.core.deadline_sweeper import Sweeper
from callcenter.core.domain.agents import SYSTEM
from callcenter.core.domain.events import AgentEvent, CallEvent, CallStarted
from callcenter.core.livekit.room_client import LiveKitServer
from callcenter.core.outbound_progress import Phones
from callcenter.core.ports.media_server import Media
from callcenter.core.ports.telephony_provider import Telephony
from callcenter.core.unit_of_work import Clock, UnitOfWorkFactory, When, utc_now
from callcenter.dialing.errors import CallerIdNotOwned
from callcenter.dialing.guard import DialGuard
from callcenter.dialing.rules import DialRules
from callcenter.entry.identification import Identification
from callcenter.event_stream.broadcaster import News
from callcenter.event_stream.feed import Feed
from callcenter.history.number_search_indexer import NOTE_SECONDS, PartyNumbers
from callcenter.history.retention import KEEP_SECONDS, Keeping
from callcenter.history.service import HistoryService
from callcenter.monitoring.gauges import FiguresService
from callcenter.monitoring.health import HealthService
from callcenter.platform import registry
from callcenter.platform.database.engine import Database
from callcenter.platform.database.limits import Limits
from callcenter.platform.jobs.leader_election import Leader
from callcenter.platform.jobs.periodic_job import Loop
from callcenter.platform.overload.event_loop_lag import Load
from callcenter.platform.pubsub.change_bus import Hub
from callcenter.platform.pubsub.redis_bridge import Relay
from callcenter.platform.words.catalogues import LANGUAGES
from callcenter.platform.words.refusals import said
from callcenter.presence.connection_leases import Attendance
from callcenter.presence.service import PresenceService
from callcenter.room_events.network_numbers import NetworkNumbers
from callcenter.room_events.reconciler import Reconciler
from callcenter.room_events.room_observer import Observer
from callcenter.room_events.webhook_batcher import Intake
from callcenter.routing.service import FREEING, MATCHING, Router
from callcenter.settings import Settings, get_settings
from callcenter.team.service import TeamService
from callcenter.telephony.gateway.provider import WebhookGateway
from callcenter.telephony.gateway.service import GatewayService
from callcenter.telephony.line_provisioning import LineSetup
from callcenter.telephony.line_status import LinesService
from callcenter.telephony.livekit_sip.provider import LiveKitSip
from callcenter.telephony.no_provider import NoLine
from callcenter.telephony.plan import TelephonyPlan, keys_allowed
from callcenter.telephony.plan_file import load_plan
from callcenter.telephony.simulated_provider import SimulatedPhones
from callcenter.workspace.service import DeskService

logger = logging.getLogger(__name__)


@dataclass
class Core:
    """What every capability stands on: the record, the media server, the phones, and how calls end."""

    settings: Settings
    clock: Clock
    db: Database
    hub: Hub
    relay: Relay
    leader: Leader
    load: Load
    media: Media
    plan: TelephonyPlan
    telephony: Telephony
    units: UnitOfWorkFactory
    endings: Endings
    phones: Phones
    board: BoardNow


@dataclass
class Accounts:
    auth: AuthService
    identification: Identification
    sign_ins: SignIns
    accounts: AccountService


@dataclass
class RoomEvents:
    intake: Intake
    reconciler: Reconciler


@dataclass
class CallControl:
    dial_rules: DialRules
    calls: CallService
    admission: Admission


@dataclass
class Lines:
    """The telephone lines as administrators and a gateway see them."""

    line_setup: LineSetup
    lines: LinesService
    gateway: GatewayService


@dataclass
class History:
    history: HistoryService
    keeping: Keeping
    party_numbers: PartyNumbers


@dataclass
class EventStream:
    feed: Feed
    news: News


@dataclass
class Monitoring:
    figures: FiguresService
    health: HealthService


@dataclass(kw_only=True)
class Services(Core, Accounts, RoomEvents, CallControl, Lines, History, EventStream, Monitoring):
    """All that this process has, for what starts and stops it, and for tests."""

    audit: AuditService
    presence: PresenceService
    attendance: Attendance
    desk: DeskService
    team: TeamService
    sweeper: Sweeper
    loops: tuple[Loop, ...]

    async def start(self) -> None:
        """Begin looking at deadlines and rooms. Says what would keep every call from going out."""
        try:
            self.dial_rules.check_caller_id()
        except CallerIdNotOwned as refusal:
            logger.error("%s", said(refusal))
        self.load.start()
        self.relay.start()
        if self.db.is_shared:
            self.leader.start()
        else:
            self.leader.lead_alone()
        for loop in self.loops:
            loop.start()

    async def stop(self) -> None:
        await self.load.stop()
        for loop in self.loops:
            await loop.stop()
        await self.leader.stop()
        await self.news.stop()
        await self.units.stop()
        await self.relay.stop()
        await self.telephony.close()
        await self.media.close()
        await self.db.close()


def build(
    settings: Settings,
    media: Media | None = None,
    telephony: Telephony | None = None,
    clock: Clock = utc_now,
    plan: TelephonyPlan | None = None,
) -> Services:
    """The one place where parts are put together. Without a plan the file named by the settings is read."""
    core = build_core(settings, media, telephony, clock, plan)
    units = core.units
    accounts, events, stream = build_accounts(core), build_room_events(core), build_event_stream(core)
    units.before_commit = [When(FREEING, apply_next_presences), When(MATCHING, Router(settings, core.endings).assign)]
    units.after_commit = [
        When((CallStarted,), stream.feed.take),  # before anybody is woken who would read the same
        When((CallEvent, AgentEvent), publish(core.hub)),
        When((CallEvent,), count),
        When((CallEvent,), log),
    ]
    history = build_history(core)
    attendance = Attendance(settings, units, core.board, accounts.auth.in_use)
    keep_audit = timedelta(days=settings.audit_days)
    tidying = (accounts.auth.forget, events.intake.forget, partial(audit_service.forget, after=keep_audit))
    sweeper = Sweeper(settings, units, core.media, core.endings, events.reconciler.look, tidying)
    together = (core, accounts, events, stream, history, build_call_control(core), build_lines(core))
    return Services(
        **{name: part for one in (*together, build_monitoring(core)) for name, part in vars(one).items()},
        audit=AuditService(units),
        presence=PresenceService(settings, units, core.media),
        attendance=attendance,
        desk=DeskService(units, core.plan, core.board, keys=keys_allowed(settings.telephone_keys, core.plan)),
        team=TeamService(core.board, clock),
        sweeper=sweeper,
        loops=(
            Loop("sweeper", sweeper.run, settings.sweep_seconds, core.leader.turn),
            Loop("reconciler", events.reconciler.run, settings.reconcile_seconds, core.leader.turn),
            Loop("keeping", history.keeping.run, KEEP_SECONDS),
            Loop("attendance", attendance.run, attendance.seconds),
            Loop("numbers", history.party_numbers.run, NOTE_SECONDS, core.leader.turn),
            Loop("sign-ins", accounts.auth.write_seen, SEEN_SECONDS),
        ),
    )


def build_core(
    settings: Settings, media: Media | None, telephony: Telephony | None, clock: Clock, plan: TelephonyPlan | None
) -> Core:
    db, hub = Database(settings.database_url, _limits(settings)), Hub()
    if plan is None:
        file = settings.telephony_file
        plan = load_plan(file, settings.phone_region) if file else TelephonyPlan()
    media = media or LiveKitServer(settings, keys=keys_allowed(settings.telephone_keys, plan))
    telephony = telephony or provider(settings, media, plan)
    units, endings = UnitOfWorkFactory(db, hub, clock), Endings(settings, media, telephony)
    return Core(
        settings=settings,
        clock=clock,
        db=db,
        hub=hub,
        relay=Relay(settings.redis_url, hub),
        leader=Leader(db, hub.origin),
        load=Load(settings.overload_lag_seconds),
        media=media,
        plan=plan,
        telephony=telephony,
        units=units,
        endings=endings,
        phones=Phones(settings, units, telephony, endings),
        board=BoardNow(units),
    )


def build_accounts(core: Core) -> Accounts:
    auth = AuthService(core.settings, core.units, core.media, core.load)
    accounts = AccountService(core.settings, core.units, core.media, LANGUAGES)
    return Accounts(auth, Identification(auth.identify), SignIns(core.units, auth), accounts)


def build_room_events(core: Core) -> RoomEvents:
    numbers = network_numbers(core.plan, core.settings.phone_region)
    observer = Observer(core.settings, core.media, core.endings, numbers)
    reconciler = Reconciler(core.settings, core.units, core.media, core.telephony, observer, core.endings)
    return RoomEvents(Intake(core.units, core.media, observer), reconciler)


def build_call_control(core: Core) -> CallControl:
    settings, units, media = core.settings, core.units, core.media
    rules = DialRules(settings, core.plan)
    guard = DialGuard(settings, units, rules)
    calls = CallService(settings, units, media, core.telephony, core.phones, core.plan, core.endings, guard)
    return CallControl(rules, calls, Admission(units, media))


def build_lines(core: Core) -> Lines:
    settings, units, plan = core.settings, core.units, core.plan
    return Lines(
        LineSetup(settings, units, plan),
        LinesService(settings, units, plan, core.telephony.name),
        GatewayService(settings, units, core.media, plan, core.phones),
    )


def build_history(core: Core) -> History:
    history = HistoryService(core.units, core.plan, core.load, core.settings.phone_region)
    return History(history, Keeping(core.settings, core.units), PartyNumbers(core.units))


def build_event_stream(core: Core) -> EventStream:
    feed = Feed(core.units, core.board)
    return EventStream(feed, News(core.units, feed))


def build_monitoring(core: Core) -> Monitoring:
    return Monitoring(FiguresService(core.settings, core.units, core.board), HealthService(core.units, core.media))


def _limits(settings: Settings) -> Limits:
    return Limits(
        pool_size=settings.database_pool_size,
        statement_seconds=settings.database_statement_seconds,
        lock_seconds=settings.database_lock_seconds,
        idle_seconds=settings.database_idle_seconds,
    )


def network_numbers(plan: TelephonyPlan, region: str) -> NetworkNumbers:
    """Returns what reads the numbers of callers, as the plan says that the carrier writes them."""
    plus_left_out = plan.inbound is not None and plan.inbound.numbers_without_plus == "e164"
    return NetworkNumbers([one.number for one in plan.numbers], region, plus_left_out=plus_left_out)


def provider(settings: Settings, media: Media, plan: TelephonyPlan) -> Telephony:
    """Who carries calls, as the settings say or, when they do not, as there is something to carry them with."""
    chosen = settings.telephony
    if not chosen:
        lines = bool(settings.livekit_sip_trunk_id) or plan.outbound is not None
        chosen = "livekit" if lines else "simulated" if settings.debug else "none"
    if chosen == "webhook":
        return WebhookGateway(settings, media)
    if chosen == "livekit":
        return LiveKitSip(settings, media, plan)
    return SimulatedPhones() if chosen == "simulated" else NoLine()


_services: Services | None = None


def services() -> Services:
    """Returns the services of this process, and builds and registers them the first time."""
    if _services is None:
        set_services(build(get_settings()))
    assert _services is not None
    return _services


@asynccontextmanager
async def opened() -> AsyncIterator[None]:
    """Has the services of this process, for a command that does one thing with them."""
    known = services()
    try:
        yield
    finally:
        await known.stop()
        set_services(None)


def set_services(replacement: Services | None) -> None:
    """Makes these the services of this process, or none (for tests)."""
    global _services
    _services = replacement
    registry.clear()
    if replacement is not None:
        registry.register(*(getattr(replacement, part.name) for part in fields(replacement)))


__all__ = ["SYSTEM", "Services", "build", "services", "set_services"]
