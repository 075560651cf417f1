"""SIPp as the callers: it makes the calls, and its trace says when each message was sent or came."""

import asyncio
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import sip_messages
from tests.support.sip_messages import SipMessage

SCENARIO = Path(__file__).with_name("caller.xml")
RINGING = 180


@dataclass
class Call:
    """One call as its phone saw it; times are of the wall clock, 0 when it did not come to that."""

    number: str
    invited_at: float = 0.0
    rang_at: float = 0.0
    answered_at: float = 0.0
    ended_at: float = 0.0
    status: int = 0
    """The final answer to the INVITE."""
    sound_port: int = 0
    """Where livekit-sip sends the sound from."""


@dataclass
class Callers:
    """One run of SIPp. ``pairs``: who calls and which number, one pair a call."""

    home: Path
    target: str
    sound_port: int
    pairs: Sequence[tuple[str, str]]
    hold_seconds: float
    rate: float = 1.0
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    @property
    def _trace(self) -> Path:
        return self.home / "messages.log"

    async def start(self) -> None:
        """Raises RuntimeError when there is no SIPp."""
        sipp = shutil.which("sipp")
        if not sipp:
            raise RuntimeError("These measures need SIPp (Debian: sip-tester).")
        self.home.mkdir(parents=True)
        lines = ["SEQUENTIAL", *(f"{caller};{dialled}" for caller, dialled in self.pairs)]
        (self.home / "calls.csv").write_text("\n".join(lines) + "\n")
        count = str(len(self.pairs))
        options = [
            *("-sf", str(SCENARIO), "-inf", str(self.home / "calls.csv"), "-key", "sound", str(self.sound_port)),
            *("-m", count, "-l", count, "-r", f"{self.rate * 100:.0f}", "-rp", "100000"),
            *("-d", f"{self.hold_seconds * 1000:.0f}", "-i", "127.0.0.1", "-nostdin", "-trace_msg"),
            *("-message_file", str(self._trace), "-timeout", "180s"),
        ]
        with (self.home / "sipp.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sipp, self.target, *options, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home
            )

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def wait(self) -> None:
        """Until every call is over."""
        if self._process:
            await self._process.wait()

    async def stop(self) -> None:
        """End it, whatever it does."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def calls(self) -> dict[str, Call]:
        """What has happened so far, by the number that calls."""
        return read_trace(self._trace.read_text(errors="replace")) if self._trace.exists() else {}


def read_trace(text: str) -> dict[str, Call]:
    """The calls of a message trace, by the number that calls."""
    calls: dict[str, Call] = {}
    for message in sip_messages.of_sipp(text):
        caller = re.search(r"sip:([^@;>]+)@", message.header("From"))
        if caller:
            _note(calls.setdefault(caller[1], Call(caller[1])), message)
    # What has no INVITE is the end of another run's call.
    return {number: call for number, call in calls.items() if call.invited_at}


def _note(call: Call, message: SipMessage) -> None:
    if message.brief == "INVITE":
        call.invited_at = call.invited_at or message.at
    elif message.brief == "BYE":
        call.ended_at = call.ended_at or message.at
    elif message.method == "INVITE" and message.code == RINGING:
        call.rang_at = call.rang_at or message.at
    elif message.method == "INVITE" and message.code >= sip_messages.FINAL:
        call.status, call.answered_at = message.code, call.answered_at or message.at
        port = re.search(r"^m=audio (\d+)", message.text, re.MULTILINE)
        call.sound_port = int(port[1]) if port else 0
