"""baresip, a SIP phone that nobody here wrote, with a tone for a voice and an ear that is measured.

What it hears is written to a file as it arrives; tones in it are found as in the simulator.
"""

import asyncio
import contextlib
import json
import shutil
import signal
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from callcenter.cli.simulator.hearing import QUIET_DBFS, TONE_SHARE, level_dbfs, tone_shares
from tests.support import sip_messages
from tests.support.livekit_server import free_port
from tests.support.ports import steady_port
from tests.support.sip_messages import SipMessage
from tests.support.waiting import until

MODULES = ("/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules", "/usr/local/lib/baresip/modules")
PATIENCE = 60.0
VOICE_SECONDS = 120
WINDOW_SECONDS = 0.4
HEADER_BYTES = 44


@dataclass(frozen=True)
class Codec:
    """``name`` as in an account's audio_codecs; the rate at which its sound comes and goes here."""

    name: str
    module: str
    rate: int = 8000
    channels: int = 1


PCMU = Codec("PCMU", "g711")
PCMA = Codec("PCMA", "g711")
G722 = Codec("G722", "g722", 16000)
OPUS = Codec("opus", "opus", 48000, 2)


class Baresip:
    """One phone. Make it with boot(); close() it."""

    def __init__(
        self, home: Path, *, codec: Codec = PCMU, tone: int = 440, answers: bool = False, number: str = "phone",
        user: str = "",
        password: str = "", port: int = 0,
    ) -> None:  # fmt: skip
        self.codec = codec
        self.port = port or steady_port()
        self.home = home / f"baresip-{self.port}"
        self._control = free_port()
        self._events: list[dict[str, Any]] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None
        self.home.mkdir(parents=True)
        _write_voice(self.home / "voice.wav", tone, codec)
        (self.home / "config").write_text(self._config())
        account = f"<sip:{number}@127.0.0.1:{self.port}>;regint=0;audio_codecs={codec.name}"
        account += f";auth_user={user};auth_pass={password}" if password else ""
        account += f";answermode={'auto' if answers else 'manual'}"
        (self.home / "accounts").write_text(account + "\n")
        (self.home / "contacts").write_text("")

    @classmethod
    async def boot(cls, home: Path, **options: Any) -> Self:
        """A phone that is switched on."""
        phone = cls(home, **options)
        await phone._start()
        return phone

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[SipMessage]:
        return sip_messages.of_baresip(self._output(), self.address)

    @property
    def received(self) -> list[str]:
        return sip_messages.received(self.messages)

    @property
    def finals(self) -> list[int]:
        return sip_messages.finals(self.messages)

    @property
    def keys(self) -> str:
        """Those pressed at the other end, as RFC 4733 events brought them."""
        return "".join(str(event.get("param", "")) for event in self._events if event.get("type") == "CALL_DTMF_START")

    async def dial(self, uri: str) -> None:
        await self._tell("dial", uri)

    async def answer(self) -> None:
        await self._tell("accept")

    async def hang_up(self) -> None:
        await self._tell("hangup")

    async def press(self, digits: str) -> None:
        """Keys of the phone, sent as RFC 4733 events."""
        for digit in digits:
            await self._tell("sndcode", digit)

    async def rings(self, timeout: float = PATIENCE) -> None:
        """Until it rings here (a call comes in) or there (it has dialled)."""
        await self._event("CALL_RINGING", "CALL_INCOMING", timeout=timeout)

    async def talks(self, timeout: float = PATIENCE) -> None:
        await self._event("CALL_ESTABLISHED", timeout=timeout)

    async def over(self, timeout: float = PATIENCE) -> str:
        """Until the call has ended; returns why, in the words of baresip."""
        event = await self._event("CALL_CLOSED", timeout=timeout)
        return str(event.get("param", ""))

    async def hears(self, tone: int, timeout: float = PATIENCE) -> None:
        """Until that tone (Hz) reaches the phone."""
        await until(lambda: tone in self.tones(tone), timeout, lambda: f"{tone} Hz does not reach the phone")

    async def hears_not(self, tone: int, timeout: float = PATIENCE) -> None:
        """Until that tone (Hz) does not reach the phone any more."""
        await until(lambda: tone not in self.tones(tone), timeout, lambda: f"{tone} Hz still reaches the phone")

    def tones(self, *frequencies: int) -> set[int]:
        """Those of ``frequencies`` (Hz) in what was heard last."""
        sound = self.heard()[-int(self.codec.rate * WINDOW_SECONDS) :]
        if level_dbfs(sound) <= QUIET_DBFS:
            return set()
        return {hz for hz, share in tone_shares(sound, self.codec.rate, frequencies).items() if share >= TONE_SHARE}

    def heard(self) -> np.ndarray[Any, np.dtype[np.int16]]:
        """All the sound that has reached the phone, in one channel."""
        parts = [path.read_bytes()[HEADER_BYTES:] for path in sorted(self.home.glob("dump-*-dec.wav"))]
        data = b"".join(part[: len(part) // 4 * 4] for part in parts)
        return np.frombuffer(data, np.int16)[:: self.codec.channels]

    def vanish(self) -> None:
        """As with an empty battery: no word and no sound any more."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
        if self._writer is not None:
            self._writer.close()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, 2)
        self.vanish()

    async def _start(self) -> None:
        with (self.home / "output.log").open("wb") as output:
            command = [shutil.which("baresip") or "baresip", "-f", str(self.home), "-s"]
            self._process = subprocess.Popen(  # noqa: ASYNC220
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        await until(lambda: "baresip is ready" in self._output(), PATIENCE, lambda: f"no phone: {self._output()}")
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._control)
        self._listening = asyncio.create_task(self._listen(reader))

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                message = json.loads((await reader.readexactly(length + 1))[:-1])
                self._events.append(message)

    async def _tell(self, command: str, parameters: str = "") -> None:
        assert self._writer is not None
        text = json.dumps({"command": command, "params": parameters})
        self._writer.write(f"{len(text)}:{text},".encode())
        await self._writer.drain()

    async def _event(self, *kinds: str, timeout: float) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            return next((one for one in self._events if one.get("type") in kinds), None)

        found = await until(look, timeout, lambda: f"no {kinds[0]} at the phone, which saw {' '.join(self.received)}")
        assert found is not None
        return found

    def _output(self) -> str:
        path = self.home / "output.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _config(self) -> str:
        modules = next((path for path in MODULES if Path(path).exists()), MODULES[0])
        rate, channels = self.codec.rate, self.codec.channels
        lines = [
            "poll_method epoll",
            f"sip_listen 127.0.0.1:{self.port}",
            "net_interface 127.0.0.1",
            f"audio_source aufile,{self.home / 'voice.wav'}",
            "audio_player aubridge,nowhere",
            *(f"{end}_{what} {value}" for end in ("ausrc", "auplay") for what, value in _format(rate, channels)),
            f"ctrl_tcp_listen 127.0.0.1:{self._control}",
            f"snd_path {self.home}",
            f"module_path {modules}",
            f"module {self.codec.module}.so",
            "module aufile.so",
            "module aubridge.so",
            "module sndfile.so",
            "module ctrl_tcp.so",
            "module_app account.so",
            "module_app menu.so",
        ]
        return "\n".join(lines) + "\n"


def _format(rate: int, channels: int) -> list[tuple[str, int]]:
    return [("srate", rate), ("channels", channels)]


def _write_voice(path: Path, tone: int, codec: Codec) -> None:
    t = np.arange(codec.rate * VOICE_SECONDS) / codec.rate
    samples = (np.sin(2 * np.pi * tone * t) * 0.4 * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(codec.channels)
        file.setsampwidth(2)
        file.setframerate(codec.rate)
        file.writeframes(np.repeat(samples, codec.channels).tobytes())
