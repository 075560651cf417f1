"""Telephone keys during a call: those pressed here go to the phone, those pressed on the phone are shown here.

Both are kept by the browser alone and forgotten with the call: they may be the digits of a card.
"""

from typing import Any

import reflex as rx

from callcenter.platform.reflex import keyboard
from callcenter.platform.reflex.client_hooks import effect, handler, put
from callcenter.platform.reflex.component_parts import ClientStateVar
from callcenter.workspace.media import client_state as media

KEYS = "123456789*0#"
_BY_CODE = "0123456789*#"
"""A key's place here is its event code (RFC 4733, section 3.2)."""
SHOWN = 24

_state = ClientStateVar.create
_ROOM = _state("keysRoom", default=None)
"""LiveKit's room object, while one is in it."""
_OPEN = _state("keypadOpen", default=False)
_SENT = _state("keysSent", default="")
_FAILED = _state("keysFailed", default=False)
_HEARD = _state("keysHeard", default=[])

usable: rx.Var[bool] = (media.phase == "joined") & (media.media_call > 0)
opened: rx.Var[bool] = _OPEN.value.to(bool)
sent: rx.Var[str] = rx.Var(f"{_SENT.value}.slice(-{SHOWN})").to(str)
failed: rx.Var[bool] = _FAILED.value.to(bool)
heard: rx.Var[list[str]] = rx.Var(f"{_HEARD.value}.slice(-{SHOWN})").to(list[str])


def _press(keys: rx.Var[Any]) -> Any:
    """Handler: send these keys one after the other. livekit-sip makes the pauses between them."""
    code = f"{_BY_CODE!r}.indexOf(key)"
    send = f"{_ROOM.value}.localParticipant.publishDtmf({code}, key).catch({handler(put(_FAILED, True))})"
    return handler(
        put(_FAILED, False),
        f"[...{keys}].forEach((key) => {send})",
        put(_SENT, rx.Var(f"{_SENT.value} + {keys}")),
    )


def press(key: str) -> Any:
    """Handler: one key."""
    return _press(rx.Var.create(key))


def toggle() -> Any:
    """Handler: open or close the keypad."""
    return handler(put(_OPEN, ~opened))


_free = keyboard.typed & ~keyboard.has("defaultPrevented") & ~keyboard.has("repeat")
_in_dialog = rx.Var("event.target.closest?.('[role=dialog]')").bool()
_is_key = rx.Var(f"event.key?.length === 1 && {_BY_CODE!r}.includes(event.key)").bool() & usable
_counts = _free & ~keyboard.in_field & ~_in_dialog & _is_key
typed = handler(
    f"{_counts} && (event.preventDefault(), {_press(rx.Var('event.key'))}())",
    f"{_free & (rx.Var('event.key').to(str) == 'Escape')} && {put(_OPEN, False)}",
    taking="event",
)
"""Handler of every key of the page while the keypad is open. One that is held counts once, as on a telephone."""
_PASTED: rx.Var[str] = rx.Var("event.clipboardData.getData('text').replace(/[^0-9*#]/g, '').slice(0, 64)")
pasted = handler(f"{usable} && {_press(_PASTED)}()", taking="event")


def in_room() -> list[Any]:
    """Hooks for a component that knows the ``room``. All is forgotten when it goes."""
    forget = handler(put(_ROOM, None), put(_OPEN, False), put(_SENT, ""), put(_FAILED, False), put(_HEARD, []))
    hear = handler("keys.push(tone.digit)", put(_HEARD, rx.Var("[...keys]")), taking="tone")
    return [
        rx.Var("const keys = useMemo(() => [], [room]);"),
        rx.Var(f"const hear = useCallback({hear}, [room]);"),
        effect("room.on('sipDTMFReceived', hear)", rx.Var("room"), undo="room.off('sipDTMFReceived', hear)"),
        effect(put(_ROOM, rx.Var("room")), rx.Var("room"), undo=f"({forget})()"),
    ]
