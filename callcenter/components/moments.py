"""Instants and durations as text, in the viewer's zone and manner, without a request to the server."""

import json

import reflex as rx

from callcenter.components.clock import duration, elapsed

_DAY_MS = 86_400_000


def since(at: rx.Var[str]) -> rx.Component:
    """``02:17`` since an ISO instant, counting; whole days after the first, which count no more."""
    ago = f"(Date.now() - Date.parse({at!s}))"
    long_ago = rx.Var(f"({at!s} && {ago} >= {_DAY_MS})", _var_data=at._get_all_var_data()).to(bool)
    days = rx.Var(f'Math.floor({ago} / {_DAY_MS}) + " d"', _var_data=at._get_all_var_data()).to(str)
    return rx.el.span(rx.cond(long_ago, days, elapsed(since=at)), class_name="cc-num")


def short_time(at: rx.Var[str]) -> rx.Var[str]:
    """``22 Nov, 20:03``, with the year when it is another one."""
    manner = json.dumps({"day": "2-digit", "month": "short", "hour": "2-digit", "minute": "2-digit"})
    year = f"new Date({at!s}).getFullYear() === new Date().getFullYear() ? undefined : 'numeric'"
    return _shown(at, f"{{ ...{manner}, year: {year} }}")


def full_time(at: rx.Var[str]) -> rx.Var[str]:
    """With weekday, year and seconds."""
    return _shown(at, json.dumps({"dateStyle": "full", "timeStyle": "medium"}))


def day(at: rx.Var[str]) -> rx.Var[str]:
    """``22 Nov 2026``"""
    return _shown(at, json.dumps({"dateStyle": "medium"}))


def minutes(seconds: rx.Var[int]) -> rx.Var[str]:
    """``03:05``"""
    return duration(seconds)


def _shown(at: rx.Var[str], manner: str) -> rx.Var[str]:
    text = f'({at!s} ? new Date({at!s}).toLocaleString([], {manner}) : "")'
    return rx.Var(text, _var_data=at._get_all_var_data()).to(str)
