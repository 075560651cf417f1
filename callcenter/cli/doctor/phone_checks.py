"""The telephone side: Redis, livekit-sip, the carrier, and trunks as they are declared."""

from collections.abc import AsyncIterator

import httpx

from callcenter.cli.doctor.finding import Finding, Group
from callcenter.settings import Settings
from callcenter.telephony.gateway.provider import new_client, post
from callcenter.telephony.line_health import OK, UNKNOWN, described_change, redis_answers
from callcenter.telephony.livekit_sip import options_ping
from callcenter.telephony.livekit_sip.call_counters import NoCounts
from callcenter.telephony.livekit_sip.call_counters import read as read_counts
from callcenter.telephony.livekit_sip.insecure_trunks import open_doors
from callcenter.telephony.livekit_sip.trunk_diff import changes
from callcenter.telephony.livekit_sip.trunks import LinesUnavailable, NoRedis, Trunks
from callcenter.telephony.plan import TelephonyPlan, keys_bypass_rules

NAME = "Telephones"
APPLY = "Run: python -m callcenter telephony apply"


async def check(settings: Settings, plan: TelephonyPlan) -> AsyncIterator[Finding]:
    group = Group(NAME)
    if settings.telephony == "webhook":
        yield await _gateway(group, settings)
        return
    by_livekit = settings.telephony in ("", "livekit")
    used = plan.inbound or plan.outbound or settings.livekit_sip_trunk_id
    if not (by_livekit and used):
        yield _without_lines(group, settings)
        return
    yield await _redis(group, settings)
    yield await _service(group, settings)
    if settings.sip_metrics_url:
        yield await _counts(group, settings.sip_metrics_url)
    async for finding in _lines(group, settings, plan):
        yield finding
    if plan.inbound and not plan.inbound.user:
        yield group.warn(
            "callers are let in by their address alone, and over UDP an address can be forged",
            "Set user and its password in [inbound] if the carrier can, and let the firewall pass only its addresses.",
        )
    if plan.outbound and keys_bypass_rules(plan) and settings.telephone_keys == "allow":
        yield group.warn(
            f"who may press keys in a call may write into the {plan.outbound.transport.upper()} connection to the "
            "carrier, and so call past the dial rules",
            "Where agents are not to be trusted so far, set TELEPHONE_KEYS=refuse; docs/decisions/telephone-keys.md.",
        )
    if plan.outbound:
        yield await _carrier(group, plan.outbound.address, plan.outbound.transport)


async def _gateway(group: Group, settings: Settings) -> Finding:
    """Whether it is there and knows the secret. The address may hold a password, so it is not shown."""
    try:
        async with new_client() as client:
            status = await post(client, settings, {"action": "ping"})
    except httpx.HTTPError as error:
        mend = "Start the gateway, or correct TELEPHONY_WEBHOOK_URL."
        return group.fail(f"the telephony gateway does not answer ({type(error).__name__})", mend)
    except httpx.InvalidURL:
        return group.fail("TELEPHONY_WEBHOOK_URL is no address", "Write it like https://gateway.example.com/orders.")
    if status in (401, 403):
        mend = "Give both sides the same TELEPHONY_WEBHOOK_SECRET, and see whether their clocks agree."
        return group.fail("the telephony gateway does not believe our signature", mend)
    if status >= 300:
        mend = 'It has to answer {"action": "ping"} with 2xx: see docs/telephony-gateway.md.'
        return group.warn(f"the telephony gateway answers with HTTP {status}", mend)
    return group.ok("the telephony gateway answers, and believes our signature")


def _without_lines(group: Group, settings: Settings) -> Finding:
    if settings.telephony == "livekit":
        return group.fail(
            f"TELEPHONY=livekit, and neither {settings.telephony_file} nor LIVEKIT_SIP_TRUNK_ID names a line",
            "Copy telephony.example.toml to it, and declare your lines there.",
        )
    simulated = settings.telephony == "simulated" or (settings.debug and not settings.telephony)
    text = "simulated phones answer when somebody dials" if simulated else "no line is declared: nobody can dial out"
    return group.ok(f"{text}; nothing to check")


async def _redis(group: Group, settings: Settings) -> Finding:
    state, problem = await redis_answers(settings.redis_url)
    if state == UNKNOWN:
        return group.warn("Redis was not asked", "Set REDIS_URL to the one that LiveKit and livekit-sip share.")
    return group.ok("Redis answers") if state == OK else group.fail(problem)


async def _service(group: Group, settings: Settings) -> Finding:
    if not settings.sip_address:
        return group.warn("livekit-sip was not asked", "Set SIP_ADDRESS to its host:port, such as 127.0.0.1:5060.")
    try:
        await options_ping.ask(settings.sip_address)
    except options_ping.NoAnswer as error:
        return group.fail(f"livekit-sip does not answer at {settings.sip_address} ({error})", "Start it; see its log.")
    return group.ok(f"livekit-sip answers at {settings.sip_address}")


async def _counts(group: Group, address: str) -> Finding:
    try:
        await read_counts(address)
    except NoCounts as error:
        mend = "Set prometheus_port in livekit-sip's configuration, and SIP_METRICS_URL to that port."
        return group.warn(f"refused callers cannot be counted: SIP_METRICS_URL, {error}", mend)
    return group.ok("livekit-sip's counts can be read")


async def _lines(group: Group, settings: Settings, plan: TelephonyPlan) -> AsyncIterator[Finding]:
    try:
        async with Trunks(settings) as trunks:
            found = await trunks.found()
    except NoRedis as error:
        yield group.fail("LiveKit has no Redis", str(error))
        return
    except LinesUnavailable as error:
        yield group.fail("LiveKit cannot be asked about its lines", str(error))
        return
    if (wanted := settings.livekit_sip_trunk_id) and wanted not in {one.sip_trunk_id for one in found.outbound}:
        yield group.fail(f"there is no outbound trunk {wanted} in LiveKit", "Correct LIVEKIT_SIP_TRUNK_ID.")
    needed = changes(plan, found)
    for change in needed:
        yield group.fail(described_change(change), APPLY)
    if not needed:
        yield group.ok("trunks and dispatch rule are as declared")
    for warning in open_doors(found):
        yield group.fail(warning)


async def _carrier(group: Group, address: str, transport: str) -> Finding:
    try:
        status = await options_ping.ask(address, transport)
    except options_ping.NoAnswer as error:
        mend = "Some carriers do not answer OPTIONS: if calls go out all the same, let it be. Else correct [outbound]."
        return group.warn(f"the carrier does not answer at {address} over {transport.upper()} ({error})", mend)
    return group.ok(f"the carrier answers at {address} over {transport.upper()} ({status})")
