"""The sound of any number of phones, in a process of its own: ``python -m bench.sound``.

All phones name one UDP port, which is printed first. Whoever sends sound there gets a tone back. Each line on standard
input is answered with one line of JSON: what came from every sender since the line before.
"""

import asyncio
import itertools
import json
import os
import select
import socket
import struct
import sys
import time
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from bench.machine import ROOT

RATE = 8000
PACKET_SECONDS = 0.02
PACKET = int(RATE * PACKET_SECONDS)
GONE_SECONDS = 1.0
TONE_HZ = 440
LOUD = bytes(((~code >> 4) & 7) >= 3 for code in range(256))
"""Which codes of G.711 µ-law stand for more than a hundredth of the loudest."""


@dataclass
class Stream:
    """What one sender has sent; times are of the wall clock, as in SIPp's trace."""

    packets: int = 0
    loud: int = 0
    first_at: float = 0.0
    loud_at: float = 0.0
    last_at: float = 0.0


def mu_law(samples: NDArray[np.int16]) -> bytes:
    """Samples as G.711 µ-law."""
    magnitude = np.minimum(np.abs(samples.astype(np.int32)), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    codes = (samples < 0) * 128 | exponent << 4 | (magnitude >> (exponent + 3)) & 15
    return bytes((~codes & 255).astype(np.uint8))


def tone_packets() -> list[bytes]:
    """A second of tone, in the pieces of which RTP packets are made."""
    wave = mu_law((8000 * np.sin(2 * np.pi * TONE_HZ * np.arange(RATE) / RATE)).astype(np.int16))
    return [wave[at : at + PACKET] for at in range(0, RATE, PACKET)]


class Phones:
    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self._streams: dict[tuple[str, int], Stream] = {}
        self._tone = tone_packets()

    def run(self) -> None:
        """Until standard input is closed."""
        print(self._socket.getsockname()[1], flush=True)
        due = time.monotonic()
        for tick in itertools.count():
            while (left := due - time.monotonic()) > 0:
                ready, _, _ = select.select([self._socket, sys.stdin], [], [], left)
                if self._socket in ready:
                    self._take_in()
                if sys.stdin in ready and not self._answer():
                    return
            self._send(tick)
            due += PACKET_SECONDS

    def _take_in(self) -> None:
        now = time.time()
        while True:
            try:
                packet, sender = self._socket.recvfrom(2048)
            except BlockingIOError:
                return
            if len(packet) < 12 + PACKET or packet[1] & 127:
                continue
            stream = self._streams.setdefault(sender, Stream(first_at=now))
            stream.packets += 1
            stream.last_at = now
            if 1 in packet[12:].translate(LOUD):
                stream.loud += 1
                stream.loud_at = stream.loud_at or now

    def _send(self, tick: int) -> None:
        header = struct.pack(">BBHII", 128, 0, tick & 0xFFFF, tick * PACKET & 0xFFFFFFFF, 7)
        packet, quiet = header + self._tone[tick % len(self._tone)], time.time() - GONE_SECONDS
        for sender, stream in self._streams.items():
            if stream.last_at > quiet:
                self._socket.sendto(packet, sender)

    def _answer(self) -> bool:
        if not os.read(sys.stdin.fileno(), 1024):
            return False
        print(json.dumps({port: asdict(stream) for (_, port), stream in self._streams.items()}), flush=True)
        quiet = time.time() - GONE_SECONDS
        alive = {sender: stream for sender, stream in self._streams.items() if stream.last_at > quiet}
        self._streams = {
            sender: Stream(first_at=stream.first_at, loud_at=stream.loud_at, last_at=stream.last_at)
            for sender, stream in alive.items()
        }
        return True


class Sounds:
    """The same, from another process."""

    def __init__(self) -> None:
        self.port = 0
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> "Sounds":
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.sound", stdin=pipe, stdout=pipe, cwd=ROOT, limit=2**20
        )
        self.port = int(await self._line())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process:
            self._process.kill()
            await self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def take(self) -> dict[int, Stream]:
        """What came since the last time, by the port it came from."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        return {int(port): Stream(**facts) for port, facts in json.loads(await self._line()).items()}

    async def _line(self) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        return await self._process.stdout.readline()


if __name__ == "__main__":
    Phones().run()
