"""What the browser knows about sound, as Vars, and what a click can do about it.

All of it is client state: kept in the browser, unknown to the server. A page goes on telling the truth
about the microphone while the server is away, and a handler made here acts at once, where an ordinary
event would wait for the server to come back.
"""

from typing import Any

import reflex as rx

from callcenter.platform.reflex import server_clock
from callcenter.platform.reflex.client_hooks import handler, put
from callcenter.platform.reflex.component_parts import ClientStateVar
from callcenter.workspace.media.commands import WANTED

PREFERENCES = ("mic", "speaker", "ring", "ring_volume", "echo", "noise", "gain", "checked", "dense")
"""Kept in the browser's own storage as ``callcenter.<name>``."""

_state = ClientStateVar.create
SEEN = _state(
    "mediaSeen",
    default={"phase": "idle", "mic": "closed", "hears": False, "blocked": False, "quality": "unknown", "call": 0},
)
"""Told by components.livekit, which alone knows it."""
DEVICES = _state("mediaDevices", default={"inputs": [], "outputs": []})
LEVELS = {side: _state(f"level{side}", default=0) for side in ("you", "other", "check")}
MIC_ERROR = _state("micError", default="")
TUNED = _state("micTuned", default="")
"""When another microphone was taken, or the same tried again."""
CHECKING = _state("mediaChecking", default="")
CHECK_ERROR = _state("checkError", default="")
LOST_SINCE = _state("lostSince", default="")
ATTEMPT = _state("mediaAttempt", default=0)
"""Counts how often one tried to connect; a new number is a new connection."""
SOUND = _state("soundAllowed", default=0)
"""Counts the clicks that allow sound."""
KEPT = _state("keptHere", default={})
"""The browser's localStorage and sessionStorage in one."""

NOW = rx.Var(f"new Date({server_clock.NOW} || Date.now()).toISOString()").to(str)
LOOK_UP_KEPT = put(KEPT, rx.Var("({ ...localStorage, ...sessionStorage })"))


def _kept(name: str, default: str = "") -> rx.Var[str]:
    return rx.Var(f"({KEPT.value}[{'callcenter.' + name!r}] || {default!r})").to(str)


def _keep(storage: str, name: str, value: rx.Var[Any] | str) -> rx.Var[Any]:
    return rx.Var(f"{storage}.setItem({'callcenter.' + name!r}, {value})")


phase: rx.Var[str] = SEEN.value["phase"].to(str)
"""idle | joining | joined | reconnecting | lost | replaced"""
mic: rx.Var[str] = SEEN.value["mic"].to(str)
"""closed | opening | open | muted | failed | gone"""
hears: rx.Var[bool] = SEEN.value["hears"].to(bool)
"""A track of the other party is being played."""
blocked: rx.Var[bool] = SEEN.value["blocked"].to(bool)
"""The browser waits for a click before it plays sound."""
quality: rx.Var[str] = SEEN.value["quality"].to(str)
"""excellent | good | poor | lost | unknown"""
media_call: rx.Var[int] = SEEN.value["call"].to(int)
lost_since: rx.Var[str] = LOST_SINCE.value.to(str)
checking: rx.Var[str] = CHECKING.value.to(str)
"""'' | 'mic' | 'failed': the microphone check."""
mic_error: rx.Var[str] = rx.cond(
    checking == "failed", CHECK_ERROR.value, rx.cond(mic == "gone", "DeviceGone", MIC_ERROR.value)
).to(str)
"""The name of the browser's exception, such as NotAllowedError, or DeviceGone."""
inputs = DEVICES.value["inputs"].to(list[dict[str, str]])
outputs = DEVICES.value["outputs"].to(list[dict[str, str]])
default_output: rx.Var[str] = rx.Var(f"({outputs}.some((one) => one.id === 'default') ? 'default' : '')").to(str)
"""Chromium lists the system's choice as a device of this name. Firefox does not, and takes an empty name for it."""
speaker_can_be_chosen: rx.Var[bool] = rx.Var(
    "typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype"
).bool()
"""Not in Safari, where the system's settings say it."""
_call = WANTED.value["call"].to(int)
muted: rx.Var[bool] = (_call > 0) & (_kept("muted") == _call.to_string())
"""Of this call; a reload of the page does not change it."""
muted_since: rx.Var[str] = rx.cond(muted, _kept("muted_since"), "").to(str)


def level(side: str) -> rx.Var[int]:
    """How loud ``you``, the ``other`` or the ``check`` is: 0 to 100 in steps of ten."""
    return LEVELS[side].value.to(int)


def preference(name: str, default: str = "") -> rx.Var[str]:
    """A preference of this browser, such as the chosen microphone."""
    if name not in PREFERENCES:
        raise KeyError(name)
    return _kept(name, default)


def mute() -> Any:
    """Handler: the other side no longer hears this one."""
    return handler(_keep("sessionStorage", "muted", _call), _keep("sessionStorage", "muted_since", NOW), LOOK_UP_KEPT)


def unmute() -> Any:
    """Handler: the other side hears this one again."""
    return handler(_keep("sessionStorage", "muted", "''"), LOOK_UP_KEPT)


def prefer(name: str, value: str | None = None) -> Any:
    """Handler: keep a preference; without ``value`` what the changed field holds."""
    chosen = "event.target.value" if value is None else rx.Var.create(value)
    return handler(_keep("localStorage", name, chosen), LOOK_UP_KEPT, taking="event")


def prefer_switch(name: str) -> Any:
    """Handler of a checkbox: keep ``on`` or ``off``."""
    return handler(_keep("localStorage", name, "event.target.checked ? 'on' : 'off'"), LOOK_UP_KEPT, taking="event")


def check() -> Any:
    """Handler: listen to the microphone without sending it anywhere."""
    return handler(put(CHECK_ERROR, ""), put(CHECKING, "mic"))


def checked() -> Any:
    """Handler: end the check."""
    return handler(put(CHECKING, ""), put(LEVELS["check"], 0))


def retry_microphone() -> Any:
    """Handler: once more after a failure."""
    return handler(put(MIC_ERROR, ""), put(TUNED, NOW))


def rejoin() -> Any:
    """Handler: connect anew at once."""
    return handler(put(ATTEMPT, ATTEMPT.value.to(int) + 1))


def allow_sound() -> Any:
    """Handler: the click a browser wants before it plays sound."""
    return handler(put(SOUND, SOUND.value.to(int) + 1))


def play(source: str, to: str = "speaker") -> Any:
    """Handler: play a file on the speaker, or on the device and as loud as chosen for ``ring``."""
    volume = preference("ring_volume", "0.8") if to == "ring" else rx.Var.create("1")
    return handler(
        f"const sound = Object.assign(new Audio({source!r}), {{ volume: {volume} }})",
        f"Promise.resolve(sound.setSinkId?.({preference(to)})).catch(() => {{}}).then(() => sound.play())",
    )


def do(script: str) -> Any:
    """Handler: an expression of one's own, for what the browser alone can do."""
    return handler(script, taking="...args")
