"""Times that count in the browser from an instant the server named."""

from typing import Any

import reflex as rx
from reflex.vars import VarData

from callcenter.platform.reflex import server_clock
from callcenter.platform.reflex.client_hooks import effect, put
from callcenter.platform.reflex.component_parts import ClientStateVar
from callcenter.platform.reflex.messages import LOCALE, in_unit

DAY_MS = 86_400_000

_NOW = ClientStateVar.create("now", default=0, global_ref=False)
"""Milliseconds; of its component alone, so that a tick draws nothing else anew."""
_TICK = put(_NOW, rx.Var(server_clock.NOW))
_HEAR = f"addEventListener('{server_clock.SET}', tick)"
_TICKING = (
    effect(_TICK),
    effect(f"const timer = setInterval(() => {_TICK}, 1000)", undo="clearInterval(timer)"),
    effect(f"const tick = () => {_TICK}; {_HEAR}", undo=f"removeEventListener('{server_clock.SET}', tick)"),
)
_HOOKS = VarData(imports={"react": ["useEffect"]}, hooks={f"{line!s}": None for line in _TICKING})

now: rx.Var[int] = rx.Var("now", _var_data=VarData.merge(_NOW.value._get_all_var_data(), _HOOKS)).to(int)
"""The server's clock. Moves every second; 0 before it is known, as on the server that draws the page in advance."""


def _at(instant: rx.Var[str]) -> rx.Var[int]:
    return rx.Var(f"Date.parse({instant})").to(int)


def _seconds(milliseconds: Any) -> rx.Var[float]:
    """None before the clock runs."""
    return rx.cond(now > 0, milliseconds / 1000, 0).to(float)


def _two(number: rx.Var[int]) -> rx.Var[str]:
    return rx.Var(f"String({number}).padStart(2, '0')").to(str)


def seconds_until(instant: rx.Var[str]) -> rx.Var[float]:
    """Seconds from now to an ISO instant."""
    return _seconds(_at(instant) - now)


def duration(seconds: rx.Var[Any]) -> rx.Var[str]:
    """``03:05`` of a number of seconds; ``1:03:05`` from an hour on."""
    whole = rx.Var(f"Math.max(0, Math.round({seconds}))").to(int)
    hours = whole // 3600
    return rx.cond(hours > 0, hours.to_string() + ":", "").to(str) + _two(whole // 60 % 60) + ":" + _two(whole % 60)


def running(since: rx.Var[str]) -> rx.Var[str]:
    """``02:17`` since an ISO instant. Draws its component anew every second."""
    return duration(_seconds(now - _at(since)))


@rx.memo
def elapsed(since: rx.Var[str]) -> rx.Component:
    """``02:17`` since an ISO instant; nothing without one."""
    return rx.fragment(rx.cond(since, rx.text.span(running(since))))


@rx.memo
def remaining(until: rx.Var[str]) -> rx.Component:
    """``00:12`` until an ISO instant."""
    return rx.fragment(rx.cond(until, rx.text.span(duration(seconds_until(until)))))


@rx.memo
def emptying_ring(until: rx.Var[str], whole: rx.Var[int], label: rx.Var[str]) -> rx.Component:
    """A ring that empties, with the seconds that are left in it."""
    left = rx.cond(now > 0, (_at(until) - now) / 1000, whole)
    full = rx.Var(f"Math.min(1, Math.max(0, {left} - 1) / Math.max(1, {whole}))").to(float)
    return rx.fragment(
        rx.el.div(
            rx.el.svg(
                rx.el.svg.circle(cx="56", cy="56", r="50"),
                rx.el.svg.circle(
                    cx="56",
                    cy="56",
                    r="50",
                    class_name="cc-left",
                    style={"strokeDasharray": 314, "strokeDashoffset": (1 - full) * 314},
                ),
                view_box="0 0 112 112",
                aria_hidden=True,
            ),
            rx.el.b(rx.Var(f"Math.max(0, Math.ceil({left}))").to(int), class_name="cc-num"),
            class_name="cc-ring",
            role="timer",
            aria_label=label,
        )
    )


@rx.memo
def after(since: rx.Var[str], milliseconds: rx.Var[int], children: rx.Var[rx.Component]) -> rx.Component:
    """Shows its children only once that much time has passed."""
    return rx.fragment(rx.cond((now > 0) & (now - _at(since) > milliseconds), rx.fragment(children)))


@rx.memo
def elapsed_or_days(since: rx.Var[str]) -> rx.Component:
    """``02:17`` since an ISO instant, counting; whole days after the first, which count no more."""
    ago = (now - _at(since)).to(int)
    days = in_unit(rx.Var(f"Math.floor({ago} / {DAY_MS})").to(int), "day")
    return rx.fragment(rx.cond(since, rx.text.span(rx.cond((now > 0) & (ago >= DAY_MS), days, running(since)))))


@rx.memo
def day_and_time(at: rx.Var[str]) -> rx.Component:
    """An instant in the viewer's zone and manner."""
    manner = rx.Var.create({"dateStyle": "medium", "timeStyle": "short"})
    shown = rx.Var(f"new Date({at}).toLocaleString({LOCALE}, {manner})").to(str)
    return rx.fragment(rx.text.span(rx.cond((now > 0) & (at != ""), shown, "")))
