"""LiveKit's signalling without any sound: as much of a client as gets the tokens that a server sends to clients."""

import asyncio
from types import TracebackType
from typing import Self

import jwt
import websockets
from livekit.protocol.rtc import SignalResponse

PROTOCOL = 16


class Signalling:
    """A participant that only listens to what the server tells it."""

    def __init__(self, ws_url: str, token: str) -> None:
        self._address = f"{ws_url}/rtc?access_token={token}&protocol={PROTOCOL}&auto_subscribe=1&sdk=python"
        self._refreshed: list[str] = []
        self._more = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._socket = await websockets.connect(self._address, proxy=None)
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._socket.close()

    async def wait_refreshed(self, timeout: float, *, may_talk: bool) -> str:
        """The token that LiveKit has made anew once it has (not) the rights to hear and to speak."""
        async with asyncio.timeout(timeout):
            while True:
                for token in reversed(self._refreshed):
                    video = jwt.decode(token, options={"verify_signature": False})["video"]
                    if (video["canPublish"], video["canSubscribe"]) == (may_talk, may_talk):
                        return token
                self._more.clear()
                await self._more.wait()

    async def _listen(self) -> None:
        async for frame in self._socket:
            response = SignalResponse.FromString(frame if isinstance(frame, bytes) else frame.encode())
            if response.refresh_token:
                self._refreshed.append(response.refresh_token)
                self._more.set()
