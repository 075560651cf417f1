"""The ears and the mouth of an agent, for tests and load: a participant with a token it was given."""

from collections.abc import Callable
from typing import Self

from callcenter.cli.simulator.leg import Experience, Leg
from callcenter.cli.simulator.sounds import Sound, voice
from callcenter.cli.simulator.speaking import Mouth


class AgentEars(Leg):
    """Joins with any token and opens its microphone as soon as it is allowed to, as the desk does."""

    def __init__(self, sound: Sound, tell: Callable[[Experience], None] | None = None, *, talks: bool = True) -> None:
        super().__init__(sound, tell)
        self._talks = talks
        self._opening = False
        self.room.on("participant_permissions_changed", self._open_when_allowed)

    @classmethod
    async def join(
        cls,
        ws_url: str,
        token: str,
        *,
        sound: Sound | None = None,
        talks: bool = True,
        tell: Callable[[Experience], None] | None = None,
    ) -> Self:
        """Enter the room the token names. With ``talks`` False the microphone stays shut. Raises NoLiveKit."""
        agent = cls(sound or voice("phone"), tell, talks=talks)
        await agent._connect(ws_url, token)
        agent._open_when_allowed()
        return agent

    @property
    def may_talk(self) -> bool:
        """Whether the server allows it to publish."""
        return self.room.local_participant.permissions.can_publish

    @property
    def talks(self) -> bool:
        """Whether its microphone is published."""
        return self._mouth.is_open

    async def wait_talks(self, timeout: float) -> None:
        """Until its microphone is published."""
        await self.wait_until(lambda: self.talks, timeout, "did not talk")

    def mute(self) -> None:
        """Mute the microphone; it stays published."""
        self._mouth.mute()

    def unmute(self) -> None:
        """Undo mute()."""
        self._mouth.unmute()

    def _open_when_allowed(self) -> None:
        if self._talks and self.may_talk and not self._opening:
            self._opening = True
            self._spawn(self._open())
        elif self._opening and not self.may_talk:
            self._opening = False
            self._spawn(self._shut())

    async def _open(self) -> None:
        self._mouth.say(self.sound)
        await self._mouth.open(self.room.local_participant)
        self._notice()

    async def _shut(self) -> None:
        """The server has taken the track away; the next one is a new one."""
        taken, self._mouth = self._mouth, Mouth()
        self._notice()
        await taken.close()
