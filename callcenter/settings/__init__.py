"""The only reader of the environment.

Every setting has a name an administrator can search for, a default where one is safe,
and a unit in its name or its description. ``.env.example`` explains each of them.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from callcenter.settings import service_urls
from callcenter.settings.environment import FromOutside, kept_in, meant
from callcenter.settings.ip_addresses import Networks, networks
from callcenter.settings.limit_settings import LimitSettings
from callcenter.settings.origins import origin_of

SHORTEST_SECRET = 32
LONGEST_DAYS = 36_500
LONGEST_HOURS = 24 * 365
LONGEST_MINUTES = 60 * LONGEST_HOURS
KNOWN_WEAK = {"secret", "changeme", "change-me", "devkey", "password"}


class SettingsError(RuntimeError):
    """The environment does not describe a system that can start; the text says what to do."""


class LogSettings(FromOutside):
    """What a program needs to know before it can say anything, such as that other settings are wrong."""

    debug: bool = Field(False, description="Development: demo accounts, open registration, simulated phones.")
    log_format: Literal["", "json", "console"] = Field("", description="Empty: json, with DEBUG console.")
    log_level: Literal["", "debug", "info", "warning", "error"] = Field(
        "", description="Empty: info, with DEBUG warning."
    )


class Settings(LimitSettings, LogSettings):
    """All that can be set from outside. Times are in seconds unless the name says otherwise."""

    secret_key: str = Field("", description="Signs sessions and tokens; 32 characters or more; new,old to change it.")
    database_url: str = Field("sqlite:///callcenter.db", description="Any SQLAlchemy address of SQLite or PostgreSQL.")

    database_pool_size: int = Field(8, ge=1, description="PostgreSQL: connections of each process for reading.")
    database_statement_seconds: float = Field(30, gt=0, description="PostgreSQL: how long one statement may take.")
    database_lock_seconds: float = Field(10, gt=0, description="PostgreSQL: how long to wait for a lock.")
    database_idle_seconds: float = Field(
        10, gt=0, description="PostgreSQL: a transaction that stands still for so long is undone."
    )

    livekit_url: str = Field("http://127.0.0.1:7880", description="LiveKit as this server reaches it.")
    livekit_ws_url: str = Field("", description="LiveKit as browsers reach it; derived from LIVEKIT_URL when empty.")
    livekit_api_key: str = ""
    livekit_api_secret: str = ""
    livekit_webhook_key: str = Field("", description="The key with which LiveKit signs notifications; empty: ours.")
    livekit_webhook_secret: str = ""
    livekit_old_keys: str = Field("", description="key:secret pairs, with commas, whose notifications are still taken.")
    livekit_sip_trunk_id: str = Field("", description="Outbound trunk; without one nobody can dial out.")

    public_url: str = Field("", description="The address agents open, e.g. https://desk.example.com.")
    cors_origins: str = Field("", description="Further allowed origins, separated by commas.")
    port: int = Field(3000, ge=1, le=65535)
    workers: int = Field(1, ge=1, le=64, description="Processes that serve; several need PostgreSQL and REDIS_URL.")
    trusted_proxies: str = Field(
        "", description="Addresses and networks whose X-Forwarded-For is believed, separated by commas."
    )

    telephony: Literal["", "livekit", "webhook", "simulated", "none"] = Field(
        "",
        description="Who carries calls. Empty: livekit with a trunk or a telephony file, else simulated with DEBUG.",
    )
    telephony_file: str = Field("telephony.toml", description="The declared numbers and lines; need not exist.")
    telephony_webhook_url: str = Field("", description="Where a gateway takes our requests (TELEPHONY=webhook).")
    telephony_webhook_secret: str = Field("", description="Signs what the gateway and we send each other.")
    sip_address: str = Field("", description="livekit-sip's SIP address (host:port), for checks only.")
    sip_metrics_url: str = Field("", description="livekit-sip's Prometheus address, for counts of refused calls.")
    redis_url: str = Field(
        "", description="Redis, through which workers tell each other of changes; LiveKit and livekit-sip share it too."
    )

    phone_region: str = Field("DE", description="Country assumed for numbers typed without a country code.")
    outbound_caller_id: str = Field("", description="The number the called party sees; one of the centre's own.")
    dial_countries: str = Field("", description="Countries that may be dialled (DE,AT or *); empty: PHONE_REGION only.")
    dial_prefixes: str = Field("", description="Further E.164 prefixes that may be dialled, separated by commas.")
    dial_blocked_prefixes: str = Field("", description="E.164 prefixes that may not, whatever else allows them.")
    dial_emergency: Literal["refuse", "allow"] = "refuse"
    dial_premium: Literal["refuse", "allow"] = "refuse"
    telephone_keys: Literal["", "allow", "refuse"] = Field(
        "", description="Keys in a call. Empty: refused where they open a way past the dial rules (see docs)."
    )
    dials_per_minute: int = Field(10, description="How often one agent may dial within a minute.")
    max_outbound_calls: int = Field(100, description="Outbound calls at the same time, in all.")

    token_minutes: int = Field(480, ge=1, le=LONGEST_MINUTES, description="How long an API token lives, in minutes.")
    desk_session_hours: int = Field(
        12, ge=1, le=LONGEST_HOURS, description="How long a sign-in at the desk lives unless renewed, in hours."
    )
    desk_idle_minutes: int = Field(
        60, ge=0, description="How long it lives without an open tab, in minutes; 0: as long."
    )
    metrics_token: str = Field("", description="Who reads /metrics has to bring it; empty: this machine only.")
    prometheus_multiproc_dir: str = Field("", description="Where several workers put their figures together.")
    otel_exporter_otlp_endpoint: str = Field("", description="Where traces are sent; empty: nowhere.")

    call_days: int = Field(
        0, ge=0, le=LONGEST_DAYS, description="How long calls are kept, in days; 0: until they are forgotten by hand."
    )
    audit_days: int = Field(
        365, ge=1, le=LONGEST_DAYS, description="How long the audit log keeps what happened, in days."
    )
    room_token_seconds: int = 120
    ring_seconds: float = Field(20, description="How long one agent's desk rings before the next is tried.")
    connect_seconds: float = Field(5, description="From Answer to an open microphone.")
    dial_seconds: float = Field(45, description="How long a dialled phone may ring.")
    dial_without_agent_seconds: float = Field(
        10,
        description="How long a phone goes on ringing for an agent whose desk is gone.",
    )
    wrap_up_seconds: float = 30
    session_grace_seconds: float = Field(15, description="How long a closed tab may take to come back.")
    session_forget_seconds: float = Field(300, description="After this long without a desk an agent is signed off.")
    agent_return_seconds: float = Field(25, description="How long a caller is kept for an agent who dropped out.")
    decline_pause_seconds: float = 10
    reoffer_seconds: float = Field(30, description="An agent who let a call pass is not asked again sooner.")
    queue_timeout_seconds: float = Field(120, description="A caller nobody takes is turned away after this long.")
    absent_seconds: float = Field(10, description="What is missing from a room this long is taken to be gone.")
    lease_seconds: float = Field(25, description="A desk that has not been heard of for this long is gone.")
    sweep_seconds: float = Field(0.5, description="How often deadlines are looked at.")
    reconcile_seconds: float = Field(3, description="How often rooms are compared with calls.")

    @field_validator("trusted_proxies")
    @classmethod
    def _known_proxies(cls, value: str) -> str:
        try:
            networks(value)
        except ValueError as error:
            raise ValueError(f"TRUSTED_PROXIES: {error}") from None
        return value

    @field_validator("metrics_token")
    @classmethod
    def _strong_or_none(cls, value: str) -> str:
        if value and len(value) < SHORTEST_SECRET:
            raise ValueError(f"METRICS_TOKEN is too weak ({SHORTEST_SECRET} characters or more)")
        return value

    @field_validator("redis_url")
    @classmethod
    def _address_of_redis(cls, value: str) -> str:
        return service_urls.redis(value) if value else ""

    @field_validator("database_url")
    @classmethod
    def _address_of_database(cls, value: str) -> str:
        return service_urls.normalised_database(value)

    @field_validator("livekit_url", "livekit_ws_url")
    @classmethod
    def _address_of_livekit(cls, value: str, info: ValidationInfo) -> str:
        if value or info.field_name == "livekit_url":
            service_urls.livekit(str(info.field_name).upper(), value)
        return value

    @field_validator("public_url")
    @classmethod
    def _own_origin(cls, value: str) -> str:
        return _origin("PUBLIC_URL", value) if value else ""

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: str) -> str:
        return ",".join(_origin("CORS_ORIGINS", one) for one in value.split(",") if one.strip())

    @field_validator("phone_region")
    @classmethod
    def _region(cls, value: str) -> str:
        return value.upper()

    @model_validator(mode="after")
    def _refuse_what_cannot_run(self) -> Self:
        problems = self._gateway_problems() + ([] if self.debug else self._production_problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _gateway_problems(self) -> list[str]:
        if self.telephony != "webhook":
            return []
        problems = []
        if not _is_web_address(self.telephony_webhook_url):
            problems.append("TELEPHONY_WEBHOOK_URL is missing or no http(s) address (TELEPHONY=webhook needs it)")
        secrets = self.telephony_webhook_secrets
        if not secrets or any(len(one) < SHORTEST_SECRET or one.lower() in KNOWN_WEAK for one in secrets):
            problems.append(f"TELEPHONY_WEBHOOK_SECRET is missing or too weak ({SHORTEST_SECRET} characters or more)")
        return problems

    def _production_problems(self) -> list[str]:
        problems = [
            f"{name.upper()} is missing"
            if not value
            else f"{name.upper()} is too weak ({SHORTEST_SECRET} characters or more)"
            for name, value in (
                *(("secret_key", key) for key in self.secret_keys),
                ("livekit_api_secret", self.livekit_api_secret),
                *([("livekit_webhook_secret", self.livekit_webhook_secret)] if self.livekit_webhook_key else []),
                *(("livekit_old_keys", secret) for _, secret in self.livekit_keys[1:]),
            )
            if len(value) < SHORTEST_SECRET or value.lower() in KNOWN_WEAK
        ]
        problems += [
            f"{name.upper()} is missing"
            for name, value in (("livekit_api_key", self.livekit_api_key), ("public_url", self.public_url))
            if not value
        ]
        return problems

    @property
    def telephony_webhook_secrets(self) -> list[str]:
        """All are believed; the first one signs. Two while one takes the place of the other."""
        return [one.strip() for one in self.telephony_webhook_secret.split(",") if one.strip()]

    @model_validator(mode="after")
    def _refuse_broken_keys(self) -> Self:
        if any(not key or not secret for key, secret in self.livekit_keys[1:]):
            raise ValueError("LIVEKIT_OLD_KEYS takes key:secret, several of them separated by commas")
        key, secret = self.livekit_webhook_key, self.livekit_webhook_secret
        if bool(key) != bool(secret):
            raise ValueError("LIVEKIT_WEBHOOK_KEY and LIVEKIT_WEBHOOK_SECRET belong together: set both, or neither")
        if key and (key == self.livekit_api_key or secret == self.livekit_api_secret):
            raise ValueError("LIVEKIT_WEBHOOK_KEY and its secret have to differ from LIVEKIT_API_KEY and its secret")
        return self

    @property
    def secret_keys(self) -> list[str]:
        """The first one signs, all of them verify."""
        return [key.strip() for key in self.secret_key.split(",") if key.strip()] or [""]

    @property
    def livekit_keys(self) -> list[tuple[str, str]]:
        """Keys and secrets with which LiveKit may sign notifications, the present one first."""
        own = (self.livekit_webhook_key, self.livekit_webhook_secret)
        pairs = [pair.partition(":") for pair in self.livekit_old_keys.split(",") if pair.strip()]
        old = ((key.strip(), secret.strip()) for key, _, secret in pairs)
        return [own if any(own) else (self.livekit_api_key, self.livekit_api_secret), *old]

    @property
    def livekit_room_keys(self) -> list[tuple[str, str]]:
        """Keys and secrets of room tokens: ours, and all of LiveKit's, which signs those it refreshes with any."""
        return list(dict.fromkeys([(self.livekit_api_key, self.livekit_api_secret), *self.livekit_keys]))

    @property
    def proxies(self) -> Networks:
        """The proxies whose word about their clients counts."""
        return networks(self.trusted_proxies)

    @property
    def media_url(self) -> str:
        """LiveKit's WebSocket address for browsers (ws or wss)."""
        if self.livekit_ws_url:
            return self.livekit_ws_url
        parts = urlsplit(self.livekit_url)
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        return urlunsplit(parts._replace(scheme=scheme))

    @property
    def origins(self) -> list[str]:
        """Every origin a browser may call from, as browsers write them."""
        listed = self.cors_origins.split(",") if self.cors_origins else []
        own = [self.public_url] if self.public_url else []
        local = [origin_of(f"http://{host}:{self.port}") for host in ("localhost", "127.0.0.1") if self.debug]
        return list(dict.fromkeys(own + listed + local))

    @property
    def secure_cookies(self) -> bool:
        """Cookies are marked Secure unless the desk itself is served over plain HTTP."""
        return self.public_url.startswith("https://")

    @property
    def session_cookie(self) -> str:
        """The name of the cookie with a desk token. The prefix makes browsers take it from this very host only."""
        return "__Host-callcenter_session" if self.secure_cookies else "callcenter_session"


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _origin(name: str, value: str) -> str:
    try:
        return origin_of(value)
    except ValueError as error:
        raise ValueError(
            f"{name}={service_urls.shown(value)} {error}. Write it like https://desk.example.com"
        ) from None


def environment_value(name: str) -> str:
    """A variable whose name is itself configured, such as the one with a carrier's password; empty when not set."""
    env_file = Settings.model_config.get("env_file")
    kept = kept_in(Path(str(env_file))) if env_file else {}
    return meant(os.environ.get(name) or kept.get(name) or "")


def get_log_settings() -> LogSettings:
    """How to write down what happens; as usual where the settings are not usable, which get_settings says."""
    try:
        return LogSettings()
    except (ValidationError, UnicodeDecodeError):
        return LogSettings.model_construct()


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Read the environment once. Raises SettingsError naming everything that is wrong."""
    try:
        return Settings()
    except UnicodeDecodeError:
        raise SettingsError("The settings are not usable: .env is no UTF-8 text. Save it as UTF-8.") from None
    except ValidationError as error:
        reasons = "; ".join(
            str(item["msg"]).removeprefix("Value error, ") + _where(item["loc"]) for item in error.errors()
        )
        raise SettingsError(
            f"The settings are not usable: {reasons}. Set them in the environment or in .env (see .env.example), "
            "or set DEBUG=true on a development machine."
        ) from None


def _where(location: tuple[int | str, ...]) -> str:
    return f" ({'.'.join(str(part).upper() for part in location)})" if location else ""
