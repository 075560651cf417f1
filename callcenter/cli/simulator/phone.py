"""The simulated phone that gets called: its number decides how it behaves."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from callcenter.cli.simulator.connection import Connection, sip_attributes
from callcenter.cli.simulator.leg import CallEnded, Experience, Leg
from callcenter.cli.simulator.sounds import voice

ALONE_SECONDS = 30.0


@dataclass(frozen=True)
class Behaviour:
    """What a phone does when it is called; times in seconds, None is never."""

    words: str
    rings: bool = True
    after: float | None = 2.0
    then: str = "answered"
    talks: float | None = None


DEFAULT = Behaviour("rings 2 s, answers, speaks, and stays until the other side ends the call")
BEHAVIOURS = {
    "01": Behaviour("busy after 1 s", rings=False, after=1.0, then="busy"),
    "02": Behaviour("rings, and declines after 2 s", then="declined"),
    "03": Behaviour("rings and is never answered", after=None),
    "04": Behaviour("out of service, at once", rings=False, after=0.0, then="failed"),
    "05": Behaviour("answers after 0.5 s and hangs up after 5 s of talk", after=0.5, talks=5.0),
}


def behaviour_of(number: str) -> Behaviour:
    """How the phone of this number behaves: its last two digits say so."""
    return BEHAVIOURS.get(number[-2:], DEFAULT)


class SimulatedPhone(Leg):
    """A called phone. It tells its states: dialing, ringing, answered, and last, exactly one of:

    busy, declined, no_answer (it was given up while it rang), failed, or over (after an answer).
    """

    def __init__(self, number: str, tell: Callable[[Experience], None] | None = None) -> None:
        super().__init__(voice("phone"), tell)
        self.number = number
        self.behaviour = behaviour_of(number)
        self._answered = False
        self._verdict = ""
        self._alone_timer: asyncio.TimerHandle | None = None
        self._alone_seconds = ALONE_SECONDS

    @classmethod
    async def join(
        cls,
        connection: Connection,
        *,
        room: str,
        identity: str,
        number: str,
        caller_id: str = "",
        tell: Callable[[Experience], None] | None = None,
        alone_seconds: float = ALONE_SECONDS,
    ) -> Self:
        """Enter the room in the state dialing. Raises NoLiveKit."""
        phone = cls(number, tell)
        phone._alone_seconds = alone_seconds
        token = connection.phone_token(room, identity, number, sip_attributes("dialing", number, caller_id))
        await phone._connect(connection.ws_url, token)
        phone._connection = connection
        phone.room.on("participant_connected", phone._see_whether_alone)
        phone.room.on("participant_disconnected", phone._see_whether_alone)
        phone._see_whether_alone()
        phone._experience("dialing", "is being dialled")
        return phone

    async def live_through(self) -> None:
        """Do what its number says until the call is over."""
        try:
            await self._ring()
            if self.behaviour.then == "answered":
                await self._answer()
            else:
                self._verdict = self.behaviour.then
                await self.hang_up()
        except CallEnded:
            pass

    async def hang_up(self) -> None:
        """Put the phone down."""
        await self._show_status("hangup")
        await self.leave()

    async def _ring(self) -> None:
        if self.behaviour.rings:
            await self._show_status("ringing")
            self._experience("ringing", "ringing")
        await self._stay(self.behaviour.after)

    async def _answer(self) -> None:
        await self._show_status("active")
        self._mouth.say(self.sound)
        await self._mouth.open(self.room.local_participant)
        self._answered = True
        self._experience("answered", "answered")
        await self._stay(self.behaviour.talks)
        await self.hang_up()

    async def _stay(self, seconds: float | None) -> None:
        """Let time pass. Raises CallEnded when the call is over before."""
        try:
            await self.wait_over(seconds)
        except TimeoutError:
            return
        raise CallEnded(f"{self} is over: {self.ended_by}")

    def _see_whether_alone(self) -> None:
        if self._alone_timer is not None:
            self._alone_timer.cancel()
            self._alone_timer = None
        if not self.others and not self.over:
            self._alone_timer = self._loop.call_later(self._alone_seconds, lambda: self._spawn(self.hang_up()))

    def _ended(self) -> None:
        if self._alone_timer is not None:
            self._alone_timer.cancel()
        if self._answered:
            self._experience("over", f"call over after {self.seconds:.0f} s")
        elif self.ended_by == "failed":
            return
        else:
            verdict = self._verdict or "no_answer"
            self._experience(verdict, verdict.replace("_", " "))
