"""Instants and durations as text, in the viewer's zone and manner, without a request to the server."""

import json

import reflex as rx

from callcenter.platform.reflex import server_clock
from callcenter.platform.reflex.clock import duration, elapsed_or_days
from callcenter.platform.reflex.messages import LOCALE


def since(at: rx.Var[str]) -> rx.Component:
    """``02:17`` since an ISO instant, counting; whole days after the first, which count no more."""
    return rx.el.span(elapsed_or_days(since=at), class_name="cc-num")


def short_time(at: rx.Var[str]) -> rx.Var[str]:
    """``22 Nov, 20:03``, with the year when it is another one."""
    manner = json.dumps({"day": "2-digit", "month": "short", "hour": "2-digit", "minute": "2-digit"})
    this_year = f"new Date({server_clock.NOW} || Date.now()).getFullYear()"
    year = f"new Date({at!s}).getFullYear() === {this_year} ? undefined : 'numeric'"
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
    text = f'({at!s} ? new Date({at!s}).toLocaleString({LOCALE}, {manner}) : "")'
    return rx.Var(text, _var_data=at._get_all_var_data()).to(str)
