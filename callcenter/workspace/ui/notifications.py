"""Draws the agent's eye and ear: ring, notification, tab title, favicon, cues, keys, and a question before leaving."""

from typing import Any

import reflex as rx

from callcenter.platform.reflex import keyboard
from callcenter.platform.reflex.client_hooks import Hooks, effect, handler, put
from callcenter.platform.reflex.clock import running
from callcenter.platform.reflex.component_parts import ClientStateVar
from callcenter.workspace.media import client_state as media
from callcenter.workspace.ui import texts as workspace_texts

_HEARD = ClientStateVar.create("heard", default={"call": 0, "since": ""}, global_ref=False)
"""The call, and since when it was connected, that the last cue told."""

_help = (rx.Var("event.key").to(str) == "?") & ~keyboard.in_field & keyboard.alone
_asked = rx.cond(_help, "?", rx.cond(keyboard.shortcut, "Key" + keyboard.letter, ""))
_FOUND = f"const found = document.querySelector(`[data-key=${{JSON.stringify({_asked})}}]:not(:disabled)`)"
# Radix opens a menu on a key or on a real pointer, not on a click.
_OPEN = "found.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))"
_PRESS = f"found.ariaHasPopup ? {_OPEN} : found.tagName === 'INPUT' || found.click()"
_pressed = handler(
    _FOUND,
    "found && event.preventDefault()",
    f"found && !event.repeat && (found.focus(), {_PRESS})",
    taking="event",
)
_ask_first = handler("event.preventDefault()", "event.stopImmediatePropagation()", taking="event")


@rx.memo
def ringing(caller: rx.Var[str]) -> rx.Component:
    """Rings on its own device, tells who looks elsewhere, and has the focus, for as long as it is mounted."""
    device, volume = media.preference("ring"), media.preference("ring_volume", "0.8")
    sound = "document.getElementById('ring')"
    aside = rx.Var("window.Notification?.permission === 'granted' && !document.hasFocus()").bool()
    told = rx.Var.create({"body": caller, "tag": "offer", "requireInteraction": True})
    look = handler("window.focus()", "click.target.close()", taking="click")
    note = f"Object.assign(new Notification({rx.Var.create(workspace_texts.INCOMING)}, {told}), {{ onclick: {look} }})"
    on_device = f"Promise.resolve({sound}.setSinkId?.({device})).catch(() => {{}})"
    focus = "const before = document.activeElement; document.getElementById('offer')?.focus()"
    return rx.fragment(
        rx.el.audio(src="/ring.wav", loop=True, id="ring"),
        Hooks.create(
            lines=[
                effect(f"{sound}.volume = {volume}", volume),
                effect(f"{on_device}.then(() => {sound}?.play()).catch(() => {{}})", device),
                effect(f"const note = {aside} && {note}", undo="note && note.close()"),
                effect(focus, undo="before?.isConnected && before.focus()"),
            ]
        ),
    )


@rx.memo
def tab_title(offer: rx.Var[int], caller: rx.Var[str], since: rx.Var[str], page: rx.Var[str]) -> rx.Component:
    """Who calls, else how long the call has been on, else the page."""
    in_call = rx.cond(since, workspace_texts.tab_call(running(since)), page)
    title = rx.cond(offer > 0, workspace_texts.tab_offer(caller), in_call)
    return Hooks.create(lines=[effect(f"document.title = {title}", title)])


def _cues(call: rx.Var[int], since: rx.Var[str], ready: rx.Var[bool]) -> list[rx.Var[Any]]:
    """A server that comes back knows of no call for a moment; that ends none."""
    heard = _HEARD.value
    begun = ready & (since != "") & (heard["since"].to(str) == "") & (heard["call"].to(int) == call)
    over = ready & (call == 0) & (heard["since"].to(str) != "")
    return [
        effect(f"{begun} && ({media.play('/cue-connected.wav')})()", begun),
        effect(f"{over} && ({media.play('/cue-ended.wav')})()", over),
        effect(f"{ready} && {put(_HEARD, {'call': call, 'since': since})}", ready, call, since),
    ]


@rx.memo
def attention(
    offer: rx.Var[int], caller: rx.Var[str], call: rx.Var[int], since: rx.Var[str], ready: rx.Var[bool]
) -> rx.Component:
    """``offer``: its id while one rings; ``call`` and ``since``: the running call and when it was connected;
    ``ready``: the server has said how things stand."""
    picture = rx.cond(offer > 0, "/favicon-ringing.svg", rx.cond(call > 0, "/favicon-call.svg", "/favicon.svg"))
    # Reflex drops its connection when the browser merely asks whether to leave: it must not hear of it.
    first = "{ capture: true, signal: over.signal }"
    asks = f"{call > 0} && window.addEventListener('beforeunload', {_ask_first}, {first})"
    return rx.fragment(
        rx.window_event_listener(on_key_down=_pressed),
        rx.cond(offer > 0, rx.fragment(ringing(caller=caller), key=offer)),
        Hooks.create(
            lines=[
                effect(f"document.querySelector('link[rel=icon]')?.setAttribute('href', {picture})", picture),
                effect(f"const over = new AbortController(); {asks}", call > 0, undo="over.abort()"),
                *_cues(call, since, ready),
            ]
        ),
    )
