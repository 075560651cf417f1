"""The file of the plan: how it is written, and what may not be in it."""

import re
import tomllib
from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo

from callcenter.core.domain.errors import NumberInvalid
from callcenter.core.phone_numbers import normalise
from callcenter.platform.names import NotAName, tidy
from callcenter.settings import SettingsError, environment_value, plain_text
from callcenter.telephony.plan import CentreNumber, InboundLine, OutboundLine, TelephonyPlan

CODECS = ("g722", "pcma", "pcmu")
"""What livekit-sip can speak with telephones."""
WIDEST = {4: 8, 6: 16}
"""The shortest network prefix that still says something about where calls come from."""
ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9_.-]*)(?::(?P<port>\d{1,5}))?")
"""A host name, an IPv4 address or an IPv6 address in brackets; and a port, if wanted."""


class PlanError(SettingsError):
    """The file of the plan cannot be used; each line of the text says where, what and what to do."""


def _number(text: str, info: ValidationInfo) -> str:
    try:
        return normalise(text, (info.context or {}).get("region", "DE"))
    except NumberInvalid as error:
        wrong = error.reason.replace("_", " ")
        raise ValueError(
            f"“{text}” is not a phone number ({wrong}). Write it with its country code, such as +49 30 901820."
        ) from None


def _label(text: str) -> str:
    try:
        return tidy(text) if text else ""
    except NotAName:
        raise ValueError("Write a name that can be seen, without control characters.") from None


def _network(text: str) -> str:
    advice = "Host names do not work here; ask the carrier for the addresses its calls come from."
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        meant = None
    if meant is None or "%" in text:
        raise ValueError(f"“{text}” is no IP address and no network such as 203.0.113.0/24. {advice}")
    if mapped := getattr(meant.network_address, "ipv4_mapped", None):
        raise ValueError(f"LiveKit would compare it with nobody. Write it as IPv4, such as {mapped}.")
    address = text.partition("/")[0]
    if ip_address(address) != meant.network_address:
        raise ValueError(
            f"“{text}” is an address within a network. Write {meant} for all of it, {address} for the one."
        )
    return str(meant)


def _codec(text: str) -> str:
    name = text.lower()
    if name == "opus":
        raise ValueError("livekit-sip does not speak Opus with telephones. Leave it out; browsers use it anyway.")
    if name not in CODECS:
        raise ValueError(f"“{text}” is not known here. Choose from {', '.join(CODECS)}.")
    return name


def _address(text: str) -> str:
    if text.lower().startswith(("sip:", "sips:")):
        raise ValueError('Write the host alone, without “sip:” (for TLS: transport = "tls").')
    found = ADDRESS.fullmatch(text)
    if not found:
        raise ValueError("Write host or host:port; an IPv6 address goes in brackets, transport and user have keys.")
    if found["port"] and not 0 < int(found["port"]) < 65536:
        raise ValueError("The port is a number between 1 and 65535.")
    return text


Number = Annotated[str, Field(max_length=64), AfterValidator(_number)]
Label = Annotated[str, Field(max_length=60), AfterValidator(_label)]
Network = Annotated[str, AfterValidator(_network)]
Codec = Annotated[str, AfterValidator(_codec)]
Word = Annotated[str, Field(max_length=128, pattern=r"^[^\s\x00-\x1f]*$")]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Encryption = Literal["disable", "allow", "require"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Number(_Table):
    number: Number
    label: Label = ""


class _Inbound(_Table):
    user: Word = ""
    password_env: Variable = "SIP_INBOUND_PASSWORD"  # noqa: S105
    allowed_addresses: list[Network] = []
    codecs: list[Codec] = []
    encryption: Encryption = "disable"
    media_timeout_seconds: float = Field(15, ge=1, le=600)
    ring_seconds: float = Field(180, ge=10, le=3600)
    numbers_without_plus: Literal["national", "e164"] = "national"


class _Outbound(_Table):
    address: Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_address)]
    transport: Literal["udp", "tcp", "tls"] = "udp"
    user: Word = ""
    password_env: Variable = "SIP_OUTBOUND_PASSWORD"  # noqa: S105
    codecs: list[Codec] = []
    encryption: Encryption = "disable"
    caller_id: Number | None = None


class _File(_Table):
    numbers: list[_Number] = []
    inbound: _Inbound | None = None
    outbound: _Outbound | None = None


def read(path: Path, region: str, secret: Callable[[str], str]) -> TelephonyPlan:
    """The plan in that file. Raises PlanError."""
    try:
        content = tomllib.loads(plain_text.read(path))
        file = _File.model_validate(content, context={"region": region})
    except OSError as error:
        raise PlanError(f"{path}: it cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise PlanError(f"{path}: it is no UTF-8 text. Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{path}: it is not written as TOML: {error}. See telephony.example.toml.") from None
    except ValidationError as error:
        raise PlanError("\n".join(f"{path}: {_said(item)}" for item in error.errors())) from None
    problems = list(_contradictions(file, secret))
    if problems:
        raise PlanError("\n".join(f"{path}: {problem}" for problem in problems))
    return _plan(file, secret)


def _plan(file: _File, secret: Callable[[str], str]) -> TelephonyPlan:
    numbers = tuple(CentreNumber(one.number, one.label) for one in file.numbers)
    inbound = outbound = None
    if came := file.inbound:
        inbound = InboundLine(
            user=came.user,
            password=secret(came.password_env) if came.user else "",
            allowed_addresses=tuple(came.allowed_addresses),
            codecs=tuple(came.codecs),
            encryption=came.encryption,
            media_timeout_seconds=came.media_timeout_seconds,
            ring_seconds=came.ring_seconds,
            numbers_without_plus=came.numbers_without_plus,
        )
    if goes := file.outbound:
        outbound = OutboundLine(
            address=goes.address,
            transport=goes.transport,
            user=goes.user,
            password=secret(goes.password_env) if goes.user else "",
            codecs=tuple(goes.codecs),
            encryption=goes.encryption,
            caller_id=goes.caller_id or "",
        )
    return TelephonyPlan(numbers, inbound, outbound)


def _contradictions(file: _File, secret: Callable[[str], str]) -> Iterable[str]:
    numbers = [one.number for one in file.numbers]
    for place, number in enumerate(numbers, 1):
        if number in numbers[: place - 1]:
            yield f"numbers ({place}): number = {number} is there twice. Remove one of the two."
    if file.inbound:
        yield from _inbound(file.inbound, numbers, secret)
    if file.outbound:
        yield from _outbound(file.outbound, numbers, secret)


def _inbound(line: _Inbound, numbers: list[str], secret: Callable[[str], str]) -> Iterable[str]:
    if not numbers:
        yield "inbound: there is no [[numbers]]. Add each number that callers dial; no other is let in."
    if not (line.user or line.allowed_addresses):
        yield (
            "inbound: anybody could bring calls. Set user (and its password in the environment), or "
            "allowed_addresses with the addresses of the carrier, or both."
        )
    for place, text in enumerate(line.allowed_addresses, 1):
        network = ip_network(text)
        if network.prefixlen < WIDEST[network.version] and not line.user:
            yield (
                f"inbound: allowed_addresses ({place}) = {text} lets in almost everybody. Name the carrier's own "
                "networks, or set user and its password as well."
            )
    yield from _password("inbound", line, secret)


def _outbound(line: _Outbound, numbers: list[str], secret: Callable[[str], str]) -> Iterable[str]:
    if not numbers:
        yield "outbound: there is no [[numbers]]. Add at least the one that called people see."
    elif line.caller_id and line.caller_id not in numbers:
        yield f"outbound: caller_id = {line.caller_id} is none of [[numbers]]. Add it there, or choose one of them."
    yield from _password("outbound", line, secret)


def _password(table: str, line: _Inbound | _Outbound, secret: Callable[[str], str]) -> Iterable[str]:
    if line.user and not secret(line.password_env):
        yield (
            f"{table}: user = {line.user} needs a password. Set {line.password_env} in the environment or in .env; "
            "it does not belong in this file."
        )
    if not line.user and "password_env" in line.model_fields_set:
        yield f"{table}: password_env = {line.password_env} is for a user, and none is set. Set user, or remove it."


def _said(item: Any) -> str:
    """One finding of the library in our words: where, what is there, what to do."""
    place = ""
    for part in item["loc"]:
        place += f" ({part + 1})" if isinstance(part, int) else f"{': ' if place else ''}{part}"
    kind, value = item["type"], item["input"]
    if kind == "extra_forbidden":
        return f"{place} is not known. Check its spelling with telephony.example.toml, or remove it."
    if kind == "missing":
        return f"{place} is missing. Add it."
    # A password is easily written where the name of its variable belongs.
    shown = f" = {value!r}" if isinstance(value, str | int | float | bool) and "password" not in place else ""
    advice = str(item["msg"]).removeprefix("Value error, ")
    return f"{place}{shown}: {advice}" + ("" if advice.endswith(".") else ".")


def load_plan(path: str | Path, region: str = "DE", secret: Callable[[str], str] = environment_value) -> TelephonyPlan:
    """Read the plan (TOML, see telephony.example.toml); an empty one when there is no such file, or no path.

    ``region``: the country of numbers without a country code. ``secret``: gives the value of the variable that holds
    a password. Raises PlanError naming everything that is wrong.
    """

    return read(Path(path), region, secret) if path and Path(path).exists() else TelephonyPlan()
