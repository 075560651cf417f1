"""Settings and addresses: what can be told without asking anybody."""

from collections.abc import AsyncIterator, Iterable
from urllib.parse import urlsplit

from callcenter.cli.doctor.finding import Finding, Group
from callcenter.core.domain.errors import NumberInvalid
from callcenter.core.phone_numbers import normalise
from callcenter.platform.words.refusals import said
from callcenter.settings import KNOWN_WEAK, SHORTEST_SECRET, Settings
from callcenter.telephony.plan import TelephonyPlan

NAME = "Settings"
LOCAL = {"localhost", "127.0.0.1", "::1"}
SHORTEST_PASSWORD = 16
FEWEST_CHARACTERS = 8
"""A secret with fewer different characters was typed, not drawn."""


async def check(settings: Settings, plan: TelephonyPlan) -> AsyncIterator[Finding]:
    group = Group(NAME)
    yield group.ok("can be used") if not settings.debug else _debug(group, settings)
    yield _secret(group, settings)
    yield _notifications(group, settings)
    yield _page(group, settings)
    yield _media(group, settings)
    for finding in (*_numbers(group, settings, plan), *_password(group, plan)):
        yield finding


def _debug(group: Group, settings: Settings) -> Finding:
    if _host(settings.public_url) in {"", *LOCAL}:
        return group.ok("can be used, for development: DEBUG is on")
    return group.fail(
        "DEBUG is on, and others can reach this desk: whoever finds it can register", "Set DEBUG=false in .env."
    )


def _secret(group: Group, settings: Settings) -> Finding:
    secrets = {"SECRET_KEY": settings.secret_key, "LIVEKIT_API_SECRET": settings.livekit_api_secret}
    if settings.livekit_webhook_key:
        secrets["LIVEKIT_WEBHOOK_SECRET"] = settings.livekit_webhook_secret
    for name, value in secrets.items():
        if len(value) < SHORTEST_SECRET or value.lower() in KNOWN_WEAK or len(set(value)) < FEWEST_CHARACTERS:
            make = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
            text = f"{name} can be guessed"
            mend = f"Set {name} to what this prints: {make}"
            return group.warn(text, mend) if settings.debug else group.fail(text, mend)
    return group.ok(f"{' and '.join(secrets)} are strong")


def _notifications(group: Group, settings: Settings) -> Finding:
    if settings.livekit_webhook_key:
        return group.ok(f"LiveKit signs notifications with a key of its own, {settings.livekit_webhook_key}")
    text = "LiveKit signs notifications with the key that agents' room tokens are signed with"
    if settings.debug:
        return group.ok(text)
    return group.warn(text, "Give it a second pair, LIVEKIT_WEBHOOK_KEY and LIVEKIT_WEBHOOK_SECRET (docs/secrets.md).")


def _page(group: Group, settings: Settings) -> Finding:
    address = settings.public_url or f"http://localhost:{settings.port}"
    parts = urlsplit(address)
    if parts.scheme == "https" or parts.hostname in LOCAL:
        return group.ok(f"browsers give the microphone to {address}")
    return group.fail(
        f"browsers give no microphone to {address}: it is neither HTTPS nor localhost",
        "Put a proxy with a certificate before the desk (docs/deployment.md) and set PUBLIC_URL=https://…",
    )


def _media(group: Group, settings: Settings) -> Finding:
    media, page = urlsplit(settings.media_url), urlsplit(settings.public_url)
    if media.scheme not in ("ws", "wss") or not media.hostname:
        return group.fail(
            f"LIVEKIT_WS_URL={settings.media_url} is no address", "Write it like wss://media.example.com."
        )
    if page.scheme == "https" and media.scheme != "wss":
        return group.fail(
            f"a page over HTTPS may not connect to {settings.media_url}",
            "Set LIVEKIT_WS_URL to the wss:// address at which your proxy passes LiveKit on.",
        )
    if media.hostname in LOCAL and _host(settings.public_url) not in {"", *LOCAL}:
        return group.fail(
            f"agents' browsers are sent to {settings.media_url}, which is their own machine",
            "Set LIVEKIT_WS_URL to the address of LiveKit that agents can reach.",
        )
    return group.ok(f"browsers find LiveKit at {settings.media_url}")


def _numbers(group: Group, settings: Settings, plan: TelephonyPlan) -> Iterable[Finding]:
    owned = {one.number for one in plan.numbers}
    shown = settings.outbound_caller_id
    if shown:
        try:
            shown = normalise(shown, settings.phone_region)
        except NumberInvalid as error:
            yield group.fail(f"OUTBOUND_CALLER_ID: {said(error)}", "Write it with its country code.")
            return
        if owned and shown not in owned:
            yield group.fail(
                f"OUTBOUND_CALLER_ID={shown} is none of the numbers in {settings.telephony_file}: nobody can dial",
                "Add it there, or choose one of them.",
            )
    if plan.inbound and plan.inbound.ring_seconds <= settings.queue_timeout_seconds:
        yield group.warn(
            f"callers ring for {plan.inbound.ring_seconds:g} s and may wait for {settings.queue_timeout_seconds:g} s: "
            "the line hangs up before the queue does",
            f"Set inbound ring_seconds in {settings.telephony_file} above QUEUE_TIMEOUT_SECONDS.",
        )


def _password(group: Group, plan: TelephonyPlan) -> Iterable[Finding]:
    """See docs/decisions/telephone-keys.md."""
    password = plan.inbound.password if plan.inbound else ""
    if password and (len(password) < SHORTEST_PASSWORD or len(set(password)) < FEWEST_CHARACTERS):
        yield group.warn(
            "the password of the inbound trunk can be guessed by those who see a call's SIP headers, as agents may",
            f"Agree on a random one of {SHORTEST_PASSWORD} characters or more with the carrier.",
        )


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""
