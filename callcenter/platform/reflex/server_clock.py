"""The server's clock as the browser knows it. The PC's own may be wrong, or be set while the page is open.

The server is asked what it shows; what has passed since then is measured with the browser's stopwatch
(``performance.now()``), which nobody sets. It is asked again when the answer is old, and when the PC's clock and the
stopwatch have parted: the clock was set, or the PC has slept and the stopwatch stood still.
"""

import reflex as rx

from callcenter.platform.reflex.client_hooks import Hooks, effect, handler

SET = "server-clock"
"""The event that says that the server's clock is known anew."""
NOW = "(globalThis.serverClock ? serverClock.ahead + performance.now() : 0)"
"""Milliseconds; 0 until the server has answered, and on the server that draws the page in advance."""
SLOW_MS, REST_MS, OLD_MS, PARTED_MS = 1_000, 5_000, 600_000, 500
"""An answer that took longer than the first is used only if nothing better is known; the next question waits for the
second."""

_FIT = f"const fits = () => Math.abs(Date.now() - performance.now() - globalThis.serverClock?.parted) < {PARTED_MS}"
_FRESH = f"const fresh = () => performance.now() - serverClock.at < {OLD_MS}"
_HOW = f"{{ cache: 'no-store', signal: AbortSignal.timeout({REST_MS}) }}"
_PARTED = f"parted: took < {SLOW_MS} ? Date.now() - at : NaN"
_KEEP = handler(
    "const at = performance.now(), took = at - sent",
    "const ahead = Date.parse(told.now) + took / 2 - at",
    f"const better = ahead && (took < {SLOW_MS} || !fits())",
    f"better && (globalThis.serverClock = {{ ahead, at, {_PARTED} }})",
    f"better && dispatchEvent(new Event('{SET}'))",
    f"rest = took >= {SLOW_MS}",
    taking="told, sent",
)
_FETCH = (
    f"fetch('/api/time', {_HOW}).then((answer) => answer.json()).then((told) => keep(told, sent)).catch(() => {{}})"
)
_REST = f"setTimeout(() => {{ rest = false }}, {REST_MS})"
_ASK = handler("const sent = performance.now()", "rest = true", _REST, _FETCH)
_LOOK = handler("(fits() && fresh()) || rest || ask()")


@rx.memo
def server_clock() -> rx.Component:
    """Keeps it right for as long as the page is open."""
    steps = ["let rest = false", _FIT, _FRESH, f"const keep = {_KEEP}", f"const ask = {_ASK}", f"const look = {_LOOK}"]
    begin = "; ".join([*steps, "look()", "const timer = setInterval(look, 1000)"])
    return Hooks.create(lines=[effect(begin, undo="clearInterval(timer)")])
