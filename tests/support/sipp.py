"""SIPp, a SIP stack that nobody here wrote, as a phone: it calls or is called as one of tests/phones/scenarios says.

A scenario that waits for its user gets a cue from the test: a NOTIFY of the same dialogue, which SIPp takes for one
of its peer's.
"""

import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Self

import numpy as np

from tests.support import sip_messages
from tests.support.ports import steady_port
from tests.support.sip_messages import SipMessage
from tests.support.waiting import until

SCENARIOS = Path(__file__).resolve().parents[1] / "phones" / "scenarios"
RATE = 8000
LONGEST_SECONDS = 120
PATIENCE = 60.0
_MU = 255


class Sipp:
    """One run of one scenario with one call (or ``calls``), in a directory of its own."""

    def __init__(
        self,
        scenario: str,
        home: Path,
        *,
        target: str = "",
        keys: dict[str, str] | None = None,
        credentials: tuple[str, str] = ("", ""),
        port: int = 0,
        address: str = "127.0.0.1",
        tone: int = 0,
        calls: int = 1,
    ) -> None:
        self.port = port or steady_port()
        self.address = address
        self.home = home / f"sipp-{scenario}-{self.port}"
        self.home.mkdir(parents=True)
        (self.home / "voice.ulaw").write_bytes(_voice(tone))
        self.scenario = Path(shutil.copy(SCENARIOS / f"{scenario}.xml", self.home))
        options = {
            "-sf": self.scenario.name,
            "-i": address,
            "-p": str(self.port),
            "-m": str(calls),
            "-l": str(calls),
            "-message_file": "messages.log",
            "-error_file": "errors.log",
            "-mp": str(steady_port(4)),
            "-au": credentials[0],
            "-ap": credentials[1],
            "-timeout": f"{LONGEST_SECONDS}s",
        }
        self._command = [
            shutil.which("sipp") or "sipp",
            *(word for pair in options.items() if pair[1] for word in pair),
        ]
        self._command += ["-nostdin", "-trace_msg", "-trace_err", "-timeout_error"]
        self._command += [word for name, value in (keys or {}).items() for word in ("-key", name, value)]
        self._command += [target] if target else []
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def caller(
        cls,
        home: Path,
        sip: str,
        *,
        to: str,
        number: str = "",
        shown_as: str = "",
        user: str = "carrier",
        password: str = "",
        header: str = "X-Test: yes",
        **options: object,
    ) -> Self:
        """A phone that dials ``to`` by way of livekit-sip at ``sip`` (host:port). ``shown_as``: the whole From."""
        host = sip.partition(":")[0]
        keys = {
            "to": to,
            "from": shown_as or f"<sip:{number}@{host}>",
            "more": header,
        }
        return cls("caller", home, target=sip, keys=keys, credentials=(user, password), **options)  # type: ignore[arg-type]

    @classmethod
    def callee(cls, home: Path, port: int, *, answers: bool = False, **options: object) -> Self:
        """A phone at ``port`` that rings until it is cued, or answers at once."""
        return cls("answering_callee" if answers else "callee", home, port=port, **options)  # type: ignore[arg-type]

    @classmethod
    def refusing(cls, home: Path, port: int, code: int, phrase: str, **options: object) -> Self:
        """A phone at ``port`` that is refused with this answer."""
        phone = cls("refusing_callee", home, port=port, **options)  # type: ignore[arg-type]
        text = phone.scenario.read_text()
        phone.scenario.write_text(text.replace("SIP/2.0 486 Busy Here", f"SIP/2.0 {code} {phrase}"))
        return phone

    def start(self) -> Self:
        with (self.home / "output.log").open("wb") as output:
            self._process = subprocess.Popen(self._command, cwd=self.home, stdout=output, stderr=output)
        return self

    @property
    def messages(self) -> list[SipMessage]:
        """All so far, in order."""
        return sip_messages.of_sipp(self._text("messages.log"))

    @property
    def received(self) -> list[str]:
        return sip_messages.received(self.messages)

    @property
    def finals(self) -> list[int]:
        """The final answers to its call."""
        return sip_messages.finals(self.messages)

    async def listening(self) -> Self:
        """Until it can be called."""

        def bound() -> bool:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                try:
                    probe.bind((self.address, self.port))
                except OSError:
                    return True
            return False

        await until(bound, PATIENCE, lambda: f"SIPp does not listen: {self.state()}")
        return self

    async def got(self, brief: str, timeout: float = PATIENCE) -> SipMessage:
        """The first message received of that kind (``180``, ``BYE``), waited for."""

        def look() -> SipMessage | None:
            return next((one for one in self.messages if not one.sent and one.brief == brief), None)

        found = await until(look, timeout, lambda: f"SIPp got no {brief}: {self.state()}")
        assert found is not None
        return found

    async def until(self, what: Callable[[list[SipMessage]], bool], timeout: float = PATIENCE) -> None:
        await until(lambda: what(self.messages), timeout, lambda: f"SIPp: {self.state()}")

    async def hang_up(self) -> None:
        """The user puts the phone down, or picks it up when that is what the scenario waits for."""
        self._cue(await until(lambda: self.messages, PATIENCE, lambda: f"SIPp has no call: {self.state()}"))

    pick_up = hang_up

    async def over(self, timeout: float = PATIENCE) -> None:
        """Until the scenario has run to its end. Raises AssertionError when SIPp found fault with it."""
        process = self._process
        assert process is not None
        await until(lambda: process.poll() is not None, timeout, lambda: f"SIPp goes on: {self.state()}")
        assert process.returncode == 0, f"SIPp ended with {process.returncode}: {self.state()}"

    def kill(self) -> None:
        """No word and no sound any more."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _cue(self, messages: list[SipMessage]) -> None:
        peers = next(one for one in reversed(messages) if not one.sent)
        ours, theirs = ("To", "From") if not peers.code else ("From", "To")
        lines = [
            f"NOTIFY sip:phone@{self.address}:{self.port} SIP/2.0",
            "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-cue",
            f"From: {peers.header(theirs)}",
            f"To: {peers.header(ours)}",
            f"Call-ID: {peers.header('Call-ID')}",
            "CSeq: 900 NOTIFY",
            "Content-Length: 0",
        ]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), (self.address, self.port))

    def _text(self, name: str) -> str:
        path = self.home / name
        return path.read_text(errors="replace") if path.exists() else ""

    def state(self) -> str:
        """What was said so far, and SIPp's errors."""
        seen = " ".join(("> " if one.sent else "< ") + one.brief for one in self.messages)
        return f"{seen or 'no message'} {self._text('errors.log')[-600:]}"


def _voice(tone: int) -> bytes:
    """Two seconds of a tone (Hz), or of silence, in G.711 µ-law; it is played over and over."""
    t = np.arange(RATE * 2) / RATE
    samples = np.sin(2 * np.pi * tone * t) * 0.4 if tone else np.zeros(len(t))
    magnitude = np.clip(np.abs(samples) * 32635 + 132, 132, 32767).astype(int)
    exponent = np.floor(np.log2(magnitude)).astype(int) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    coded: bytes = (~(sign | (exponent << 4) | mantissa) & _MU).astype(np.uint8).tobytes()
    return coded
