"""The telephone side, for administrators: does it work, and what went wrong lately."""

from typing import Any

import reflex as rx

from callcenter.entry import page_frame
from callcenter.entry.party import party
from callcenter.platform.reflex import list_page
from callcenter.platform.reflex.datetime_format import full_time, short_time
from callcenter.platform.reflex.widgets import in_place, notice, words
from callcenter.telephony.ui import texts as telephony_texts
from callcenter.telephony.ui.state import Telephones
from callcenter.telephony.views import LineErrorView, NumberView, RefusalView, RefusedCountView

ON_LOAD = [Telephones.watch_lines]

_lines = Telephones.lines
_LOOK = {
    "ok": ("circle-check", "good"),
    "missing": ("circle-x", "bad"),
    "differs": ("triangle-alert", "warn"),
    "down": ("circle-x", "bad"),
    "unknown": ("circle-help", ""),
    "not_used": ("circle-minus", ""),
}


def _part(name: str, state: rx.Var[str]) -> rx.Component:
    icons = [(key, rx.icon(icon, size=18, aria_hidden=True)) for key, (icon, _) in _LOOK.items()]
    tones = [(key, tone) for key, (_, tone) in _LOOK.items()]
    return rx.el.div(
        rx.el.span(telephony_texts.PARTS[name]),
        rx.el.b(
            rx.match(state, *icons, rx.fragment()), words(state, telephony_texts.STATES, state), class_name="cp-state"
        ),
        rx.el.span(
            words(
                state, telephony_texts.SERVER_NOTES if name in telephony_texts.SERVERS else telephony_texts.LINE_NOTES
            )
        ),
        class_name="cp-sum cp-part",
        custom_attrs={"data-tone": rx.match(state, *tones, ""), "data-part": name, "data-state": state},
    )


def _parts() -> rx.Component:
    states = {name: getattr(_lines, name) for name in telephony_texts.PARTS}
    return rx.el.div(
        *[_part(name, state) for name, state in states.items()],
        rx.el.div(
            rx.el.span(telephony_texts.CALLS_NOW),
            rx.el.b(rx.cond(_lines.refused_known, _lines.calls_now.to_string(), "–"), class_name="cc-num"),
            class_name="cp-sum cp-part",
        ),
        class_name="cp-sums",
    )


def _problems() -> rx.Component:
    return rx.cond(
        _lines.problems.length() > 0,
        notice(
            rx.el.div(
                rx.el.strong(telephony_texts.TO_DO),
                rx.el.ul(rx.foreach(_lines.problems, rx.el.li), class_name="cp-todo"),
                class_name="cc-says",
            ),
            class_name="cc-inset",
            role="status",
            id="line-problems",
        ),
    )


def _panel(title: Any, *content: Any, under: Any = "", **props: Any) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name="cp-h2"),
        rx.cond(under, rx.el.p(under, class_name="cp-under cp-h2-under")),
        *content,
        class_name="cp-panel",
        aria_label=title,
        **props,
    )


def _table(title: Any, columns: list[rx.Component], rows: rx.Component) -> rx.Component:
    return rx.el.table(
        rx.el.caption(title, class_name="cc-hidden"),
        rx.el.thead(rx.el.tr(*columns)),
        rx.el.tbody(rows),
        class_name="cp-table",
    )


def _number(one: rx.Var[NumberView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.b(one.display, class_name="cc-num")),
        rx.el.td(rx.cond(one.label, one.label, "–")),
        rx.el.td(words(one.leads_to, telephony_texts.LEADS, one.leads_to)),
        key=one.number,
    )


def _numbers() -> rx.Component:
    columns = [
        list_page.column(label) for label in (telephony_texts.NUMBER, telephony_texts.LABEL, telephony_texts.LEADS_TO)
    ]
    return _panel(
        telephony_texts.NUMBERS,
        rx.cond(
            _lines.numbers.length() > 0,
            _table(telephony_texts.NUMBERS, columns, rx.foreach(_lines.numbers, _number)),
            list_page.empty("hash", telephony_texts.NO_NUMBERS_TITLE, telephony_texts.NO_NUMBERS_TEXT),
        ),
        id="numbers",
    )


def _count(one: rx.Var[RefusedCountView]) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.text, class_name="cc-what"),
        rx.el.b(one.count, class_name="cc-num"),
        class_name="cc-row",
    )


def _refused() -> rx.Component:
    counted = rx.cond(
        _lines.refused.length() > 0,
        rx.el.ul(rx.foreach(_lines.refused, _count), class_name="cc-list cp-inside"),
        rx.el.p(telephony_texts.REFUSED_NONE, class_name="cp-inside cp-text"),
    )
    return _panel(
        telephony_texts.REFUSED,
        rx.cond(
            _lines.refused_known, counted, rx.el.p(telephony_texts.REFUSED_UNKNOWN, class_name="cp-inside cp-text")
        ),
        under=rx.cond(_lines.refused_known, telephony_texts.REFUSED_SINCE, ""),
        id="refused-calls",
    )


def _when(at: rx.Var[str]) -> rx.Component:
    return rx.el.td(rx.el.span(short_time(at), title=full_time(at)), class_name="cp-quiet cc-num cp-hide-2")


def _error(one: rx.Var[LineErrorView]) -> rx.Component:
    said = rx.cond(one.sip_code > 0, f"{one.sip_code} {one.sip_phrase}", telephony_texts.NO_ANSWER)
    what = words(one.reason, telephony_texts.REASONS, one.reason)
    return rx.el.tr(
        rx.el.td(
            list_page.link(
                party(one.number_display),
                href=f"/call?id={one.call_id}",
                class_name="cp-open cc-num",
                custom_attrs={"data-row": ""},
            ),
            rx.el.small(short_time(one.at), " · ", one.agent_name, class_name="cp-more"),
        ),
        rx.el.td(what, rx.el.small(said, class_name="cp-more")),
        rx.el.td(said, class_name="cc-num cp-hide-2"),
        rx.el.td(rx.cond(one.agent_name, one.agent_name, telephony_texts.NOBODY), class_name="cp-hide-2"),
        _when(one.at),
        key=one.id.to_string(),
    )


def _errors() -> rx.Component:
    columns = [
        list_page.column(telephony_texts.NUMBER),
        list_page.column(telephony_texts.WHAT),
        list_page.column(telephony_texts.NETWORK_SAID, "cp-hide-2"),
        list_page.column(telephony_texts.AGENT, "cp-hide-2"),
        list_page.column(telephony_texts.WHEN, "cp-hide-2"),
    ]
    return _panel(
        telephony_texts.ERRORS,
        rx.cond(
            _lines.errors.length() > 0,
            _table(telephony_texts.ERRORS, columns, rx.foreach(_lines.errors, _error)),
            list_page.empty("circle-check", telephony_texts.NO_ERRORS_TITLE, telephony_texts.NO_ERRORS_TEXT),
        ),
        custom_attrs=list_page.row_keys(),
        id="line-errors",
    )


def _refusal(one: rx.Var[RefusalView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(one.number_display, class_name="cc-num cp-one-line"),
        rx.el.td(
            one.text, rx.el.small(short_time(one.at), " · ", one.agent_name, class_name="cp-more"), class_name="cp-wrap"
        ),
        rx.el.td(rx.cond(one.agent_name, one.agent_name, telephony_texts.NOBODY), class_name="cp-hide-2"),
        _when(one.at),
        key=one.id.to_string(),
    )


def _refusals() -> rx.Component:
    columns = [
        list_page.column(telephony_texts.NUMBER),
        list_page.column(telephony_texts.WHY),
        list_page.column(telephony_texts.AGENT, "cp-hide-2"),
        list_page.column(telephony_texts.WHEN, "cp-hide-2"),
    ]
    return _panel(
        telephony_texts.REFUSALS,
        rx.cond(
            _lines.refusals.length() > 0,
            _table(telephony_texts.REFUSALS, columns, rx.foreach(_lines.refusals, _refusal)),
            list_page.empty("shield-check", telephony_texts.NO_REFUSALS_TITLE, telephony_texts.NO_REFUSALS_TEXT),
        ),
        id="dial-refusals",
    )


def _known() -> rx.Component:
    again = rx.button(
        rx.icon("rotate-cw", size=16, aria_hidden=True),
        in_place(
            rx.cond(Telephones.looking, telephony_texts.REFRESHING, telephony_texts.REFRESH),
            telephony_texts.REFRESHING,
            telephony_texts.REFRESH,
        ),
        on_click=Telephones.look_again,
        variant="surface",
        color_scheme="gray",
        id="look-again",
    )
    under = rx.el.span(
        words(_lines.provider, telephony_texts.PROVIDERS, _lines.provider),
        " · ",
        telephony_texts.checked(short_time(_lines.checked_at)),
    )
    return rx.fragment(
        list_page.head(telephony_texts.TELEPHONES, again, under=under),
        rx.cond(Telephones.problem, notice(telephony_texts.STALE, class_name="cc-inset", role="status")),
        _parts(),
        _problems(),
        rx.el.div(_numbers(), _refused(), class_name="cp-pair"),
        _errors(),
        _refusals(),
    )


def telephones() -> rx.Component:
    title = list_page.head(telephony_texts.TELEPHONES)
    not_allowed = list_page.not_allowed(telephony_texts.NOT_ALLOWED_TITLE, telephony_texts.NOT_ALLOWED_TEXT)
    waiting = rx.cond(Telephones.problem, list_page.broken(Telephones.look_again), list_page.waiting(8, "44px"))
    content = rx.match(
        Telephones.access,
        ("yes", _known()),
        ("no", rx.fragment(title, not_allowed)),
        rx.fragment(title, waiting),
    )
    return page_frame.shell(
        list_page.page(content, label=telephony_texts.TELEPHONES),
        title=telephony_texts.TELEPHONES,
        current="/telephones",
    )
