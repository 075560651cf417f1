"""Telephones on a development machine: Redis and livekit-sip beside the media server, trunks and the rule made."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from callcenter.cli import free_ports, livekit_sip, redis_server
from callcenter.cli.environment import DEV_DIR, PHONES_FILE, write_private
from callcenter.cli.processes import Runner
from callcenter.platform.errors import Problem
from callcenter.settings import Settings, environment_value

if TYPE_CHECKING:
    from callcenter.telephony.plan import TelephonyPlan

SERVERS = ("SIP_ADDRESS", "SIP_METRICS_URL", "REDIS_URL")
PLAN = DEV_DIR / "telephony.toml"
SOFTPHONE_AFTER_SIP = 2
"""Phones that are called are expected on this port after livekit-sip's."""
_DEMO = """\
# Made by `make phones`: two numbers, callers from this machine only, and a softphone of yours for every number that is
# dialled. To declare lines of your own, copy telephony.example.toml to telephony.toml; then that one is used.

[[numbers]]
number = "+49 30 901820"
label = "Support"

[[numbers]]
number = "+49 30 901821"
label = "Orders"

[inbound]
allowed_addresses = ["127.0.0.1"]

[outbound]
address = "127.0.0.1:{softphone}"
caller_id = "+49 30 901820"
"""


@dataclass(frozen=True)
class Phones:
    """What `make phones` adds to `make run`."""

    sip: livekit_sip.Ports
    redis_port: int

    @classmethod
    def from_environment(cls) -> "Phones":
        """SIP_PORT, SIP_RTP_PORT and REDIS_PORT choose the ports. Raises Problem when one is none."""
        redis_port = free_ports.from_environment("REDIS_PORT", redis_server.DEFAULT_PORT)
        return cls(livekit_sip.Ports.from_environment(), redis_port)

    @property
    def redis_address(self) -> str:
        return f"127.0.0.1:{self.redis_port}"

    @property
    def softphone_port(self) -> int:
        return self.sip.sip + SOFTPHONE_AFTER_SIP

    @property
    def health_url(self) -> str:
        return f"http://127.0.0.1:{self.sip.health}"

    def prepare_environment(self) -> None:
        """Tell the settings of these servers, and declare demo lines where nobody has declared any."""
        servers = {
            "SIP_ADDRESS": f"127.0.0.1:{self.sip.sip}",
            "SIP_METRICS_URL": f"http://127.0.0.1:{self.sip.metrics}/metrics",
            "REDIS_URL": f"redis://{self.redis_address}",
        }
        if not environment_value("TELEPHONY_FILE") and not Path("telephony.toml").exists():
            write_private(PLAN, _DEMO.format(softphone=self.softphone_port))
            servers["TELEPHONY_FILE"] = str(PLAN)
        for name, value in servers.items():
            if not environment_value(name):
                os.environ[name] = value

    @contextmanager
    def known_to_others(self, settings: Settings) -> Iterator[None]:
        """Meanwhile `doctor` and `telephony` in another terminal know of these servers."""
        values = {name: os.environ[name] for name in (*SERVERS, "TELEPHONY_FILE") if name in os.environ}
        values |= {"PID": str(os.getpid()), "PORT": str(settings.port), "LIVEKIT_URL": settings.livekit_url}
        write_private(PHONES_FILE, "".join(f"{name}='{value}'\n" for name, value in values.items()))
        try:
            yield
        finally:
            PHONES_FILE.unlink(missing_ok=True)

    def check_ports(self) -> None:
        """Raises Problem naming the first port that is taken."""
        free_ports.check_tcp("127.0.0.1", self.redis_port, "Redis", "REDIS_PORT")
        free_ports.check_udp("127.0.0.1", self.sip.sip, "livekit-sip", "SIP_PORT")
        free_ports.check_tcp("127.0.0.1", self.sip.sip, "livekit-sip", "SIP_PORT")
        for port in (self.sip.health, self.sip.metrics):
            free_ports.check_tcp("0.0.0.0", port, "livekit-sip", "SIP_PORT (its tenth and eleventh after it too)")

    def check_lines(self, settings: Settings) -> None:
        """Raises PlanError when the lines are not declared rightly."""
        _plan(settings)

    def add_to(self, runner: Runner, settings: Settings) -> None:
        """Redis and livekit-sip, found or built. Raises Problem saying what is missing."""
        redis, sip = redis_server.find_or_install(), livekit_sip.find_or_build()
        data = DEV_DIR / f"redis-{self.redis_port}"
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        config = DEV_DIR / f"livekit-sip-{self.sip.sip}.yaml"
        key, secret = settings.livekit_api_key, settings.livekit_api_secret
        write_private(config, livekit_sip.config_text(key, secret, settings.media_url, self.redis_address, self.sip))
        # Redis greets with a page of advice; it goes where its other words are.
        arguments = [*redis_server.arguments(self.redis_port, data), "--logfile", "redis.log"]
        runner.add("redis", [str(redis), *arguments], restarts=True)
        runner.add("sip", [str(sip), "--config", str(config)], restarts=True)

    def make_lines(self, settings: Settings) -> None:
        """Bring LiveKit's trunks and dispatch rule to what is declared. Raises LinesUnavailable."""
        from callcenter.telephony.livekit_sip.trunks import Trunks

        async def apply() -> None:
            async with Trunks(settings) as trunks:
                await trunks.apply(_plan(settings))

        asyncio.run(apply())

    def welcome(self, settings: Settings) -> list[str]:
        """The lines that tell how to call and be called."""
        plan = _plan(settings)
        lines = ["", "  Call in with any softphone on this machine (account: none, or register nowhere):"]
        lines += [f"    sip:{one.number}@127.0.0.1:{self.sip.sip}   {one.label}" for one in plan.numbers]
        if plan.numbers and not (plan.inbound and plan.inbound.user):
            lines.append(f"  In a terminal:      {_call_line(plan.numbers[0].number, self.sip.sip)}")
        if plan.outbound:
            lines.append(f"  Dialled numbers go to the SIP phone at {plan.outbound.address}.")
        return lines


def _call_line(number: str, port: int) -> str:
    if shutil.which("baresip"):
        return f'baresip -e "/dial sip:{number}@127.0.0.1:{port}"'
    return f"sipp -sn uac -s {number} -m 1 -d 30000 -i 127.0.0.1 127.0.0.1:{port}"


def _plan(settings: Settings) -> "TelephonyPlan":
    from callcenter.telephony.plan_file import load_plan

    return load_plan(settings.telephony_file, settings.phone_region)


def refuse_foreign_livekit() -> None:
    """Lines are made in the LiveKit that is started here."""
    raise Problem(
        "With telephones, LiveKit is started here, and LIVEKIT_URL names another one. Leave out LIVEKIT_URL, or run "
        "Redis and livekit-sip beside that LiveKit and use `make run` (docs/telephones.md)."
    )
