"""Builds the services once. Tests put others in their place."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import partial

from callcenter import registry
from callcenter.domain.agents import SYSTEM
from callcenter.domain.errors import CallerIdNotOwned
from callcenter.services import audit
from callcenter.services.accounts import AccountService
from callcenter.services.admission import Admission
from callcenter.services.attendance import Attendance
from callcenter.services.audit import AuditService
from callcenter.services.auth import SEEN_SECONDS, AuthService
from callcenter.services.board_now import BoardNow
from callcenter.services.calls import CallService
from callcenter.services.desk import DeskService
from callcenter.services.dial_guard import DialGuard
from callcenter.services.dialing import DialRules
from callcenter.services.endings import Endings
from callcenter.services.feed import Feed
from callcenter.services.figures import FiguresService
from callcenter.services.gateway import GatewayService
from callcenter.services.health import HealthService
from callcenter.services.history import HistoryService
from callcenter.services.hub import Hub
from callcenter.services.identification import Identification
from callcenter.services.intake import Intake
from callcenter.services.keeping import KEEP_SECONDS, Keeping
from callcenter.services.leader import Leader
from callcenter.services.line_setup import LineSetup
from callcenter.services.lines import LinesService
from callcenter.services.livekit.server import LiveKitServer
from callcenter.services.load import Load
from callcenter.services.loops import Loop
from callcenter.services.media import Media
from callcenter.services.network_numbers import NetworkNumbers
from callcenter.services.news import News
from callcenter.services.observer import Observer
from callcenter.services.party_numbers import NOTE_SECONDS, PartyNumbers
from callcenter.services.phones import Phones
from callcenter.services.presence import PresenceService
from callcenter.services.reconciler import Reconciler
from callcenter.services.relay import Relay
from callcenter.services.routing import Router
from callcenter.services.sign_ins import SignIns
from callcenter.services.sweeper import Sweeper
from callcenter.services.team import TeamService
from callcenter.services.telephony.livekit_sip import LiveKitSip
from callcenter.services.telephony.no_line import NoLine
from callcenter.services.telephony.plan import TelephonyPlan, keys_allowed, load_plan
from callcenter.services.telephony.provider import Telephony
from callcenter.services.telephony.simulated import SimulatedPhones
from callcenter.services.telephony.webhook import WebhookGateway
from callcenter.services.unit import Clock, Units, utc_now
from callcenter.settings import Settings, get_settings
from callcenter.storage.database import Database
from callcenter.storage.limits import Limits

logger = logging.getLogger(__name__)


@dataclass
class Services:
    """All that pages, REST and the command line call."""

    settings: Settings
    clock: Clock
    db: Database
    hub: Hub
    relay: Relay
    leader: Leader
    media: Media
    plan: TelephonyPlan
    telephony: Telephony
    units: Units
    auth: AuthService
    identification: Identification
    sign_ins: SignIns
    accounts: AccountService
    audit: AuditService
    presence: PresenceService
    attendance: Attendance
    dial_rules: DialRules
    calls: CallService
    phones: Phones
    admission: Admission
    desk: DeskService
    team: TeamService
    history: HistoryService
    line_setup: LineSetup
    lines: LinesService
    gateway: GatewayService
    board: BoardNow
    feed: Feed
    keeping: Keeping
    news: News
    party_numbers: PartyNumbers
    figures: FiguresService
    health: HealthService
    intake: Intake
    sweeper: Sweeper
    reconciler: Reconciler
    load: Load
    loops: tuple[Loop, ...] = ()

    async def start(self) -> None:
        """Begin looking at deadlines and rooms. Says what would keep every call from going out."""
        try:
            self.dial_rules.check_caller_id()
        except CallerIdNotOwned as refusal:
            logger.error("%s", refusal)
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
    db, hub = Database(settings.database_url, _limits(settings)), Hub()
    if plan is None:
        file = settings.telephony_file
        plan = load_plan(file, settings.phone_region) if file else TelephonyPlan()
    keys = keys_allowed(settings.telephone_keys, plan)
    media = media or LiveKitServer(settings, keys=keys)
    telephony = telephony or provider(settings, media, plan)
    units = Units(db, hub, clock)
    board, load = BoardNow(units), Load(settings.overload_lag_seconds)
    leader, feed = Leader(db, hub.origin), Feed(units, board)
    endings = Endings(settings, media, telephony)
    rules = DialRules(settings, plan)
    guard = DialGuard(settings, units, rules)
    phones = Phones(settings, units, telephony, endings)
    call_service = CallService(settings, units, media, telephony, phones, plan, endings, guard)
    units.follow = feed.take
    units.assign = Router(settings, endings).assign
    observer = Observer(settings, media, endings, network_numbers(plan, settings.phone_region))
    auth = AuthService(settings, units, media, load)
    keeping, party_numbers = Keeping(settings, units), PartyNumbers(units)
    attendance = Attendance(settings, units, board, auth.in_use)
    reconciler = Reconciler(settings, units, media, telephony, observer, endings)
    intake = Intake(units, media, observer)
    tidying = (auth.forget, intake.forget, partial(audit.forget, after=timedelta(days=settings.audit_days)))
    sweeper = Sweeper(settings, units, media, endings, reconciler.look, tidying)
    return Services(
        settings=settings,
        clock=clock,
        db=db,
        hub=hub,
        relay=Relay(settings.redis_url, hub),
        leader=leader,
        media=media,
        plan=plan,
        telephony=telephony,
        units=units,
        auth=auth,
        identification=Identification(auth.identify),
        sign_ins=SignIns(units, auth),
        accounts=AccountService(settings, units, media),
        audit=AuditService(units),
        presence=PresenceService(settings, units, media),
        attendance=attendance,
        dial_rules=rules,
        calls=call_service,
        phones=phones,
        admission=Admission(units, media),
        gateway=GatewayService(settings, units, media, plan, phones),
        desk=DeskService(units, plan, board, keys=keys),
        team=TeamService(board, clock),
        history=HistoryService(units, plan, load, settings.phone_region),
        line_setup=LineSetup(settings, units, plan),
        lines=LinesService(settings, units, plan, telephony.name),
        board=board,
        feed=feed,
        keeping=keeping,
        news=News(units, feed),
        party_numbers=party_numbers,
        figures=FiguresService(settings, units, board),
        health=HealthService(units, media),
        intake=intake,
        sweeper=sweeper,
        reconciler=reconciler,
        load=load,
        loops=(
            Loop("sweeper", sweeper.run, settings.sweep_seconds, leader.turn),
            Loop("reconciler", reconciler.run, settings.reconcile_seconds, leader.turn),
            Loop("keeping", keeping.run, KEEP_SECONDS),
            Loop("attendance", attendance.run, attendance.seconds),
            Loop("numbers", party_numbers.run, NOTE_SECONDS, leader.turn),
            Loop("sign-ins", auth.write_seen, SEEN_SECONDS),
        ),
    )


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
