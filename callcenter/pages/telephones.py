"""The telephone side, for administrators: does it work, and what went wrong lately."""

from typing import Any

import reflex as rx

from callcenter.components import lists, shell
from callcenter.components import texts_telephones as texts
from callcenter.components.moments import full_time, short_time
from callcenter.components.parts import in_place, notice, party, words
from callcenter.services.views import LineErrorView, NumberView, RefusalView, RefusedCountView
from callcenter.state.telephones import Telephones

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
        rx.el.span(texts.PARTS[name]),
        rx.el.b(rx.match(state, *icons, rx.fragment()), words(state, texts.STATES, state), class_name="cp-state"),
        rx.el.span(words(state, texts.SERVER_NOTES if name in texts.SERVERS else texts.LINE_NOTES)),
        class_name="cp-sum cp-part",
        custom_attrs={"data-tone": rx.match(state, *tones, ""), "data-part": name, "data-state": state},
    )


def _parts() -> rx.Component:
    states = {name: getattr(_lines, name) for name in texts.PARTS}
    return rx.el.div(
        *[_part(name, state) for name, state in states.items()],
        rx.el.div(
            rx.el.span(texts.CALLS_NOW),
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
                rx.el.strong(texts.TO_DO),
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
        rx.el.td(words(one.leads_to, texts.LEADS, one.leads_to)),
        key=one.number,
    )


def _numbers() -> rx.Component:
    columns = [lists.column(label) for label in (texts.NUMBER, texts.LABEL, texts.LEADS_TO)]
    return _panel(
        texts.NUMBERS,
        rx.cond(
            _lines.numbers.length() > 0,
            _table(texts.NUMBERS, columns, rx.foreach(_lines.numbers, _number)),
            lists.empty("hash", texts.NO_NUMBERS_TITLE, texts.NO_NUMBERS_TEXT),
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
        rx.el.p(texts.REFUSED_NONE, class_name="cp-inside cp-text"),
    )
    return _panel(
        texts.REFUSED,
        rx.cond(_lines.refused_known, counted, rx.el.p(texts.REFUSED_UNKNOWN, class_name="cp-inside cp-text")),
        under=rx.cond(_lines.refused_known, texts.REFUSED_SINCE, ""),
        id="refused-calls",
    )


def _when(at: rx.Var[str]) -> rx.Component:
    return rx.el.td(rx.el.span(short_time(at), title=full_time(at)), class_name="cp-quiet cc-num cp-hide-2")


def _error(one: rx.Var[LineErrorView]) -> rx.Component:
    said = rx.cond(one.sip_code > 0, f"{one.sip_code} {one.sip_phrase}", texts.NO_ANSWER)
    what = words(one.reason, texts.REASONS, one.reason)
    return rx.el.tr(
        rx.el.td(
            lists.link(
                party(one.number_display),
                href=f"/call?id={one.call_id}",
                class_name="cp-open cc-num",
                custom_attrs={"data-row": ""},
            ),
            rx.el.small(short_time(one.at), " · ", one.agent_name, class_name="cp-more"),
        ),
        rx.el.td(what, rx.el.small(said, class_name="cp-more")),
        rx.el.td(said, class_name="cc-num cp-hide-2"),
        rx.el.td(rx.cond(one.agent_name, one.agent_name, texts.NOBODY), class_name="cp-hide-2"),
        _when(one.at),
        key=one.id.to_string(),
    )


def _errors() -> rx.Component:
    columns = [
        lists.column(texts.NUMBER),
        lists.column(texts.WHAT),
        lists.column(texts.NETWORK_SAID, "cp-hide-2"),
        lists.column(texts.AGENT, "cp-hide-2"),
        lists.column(texts.WHEN, "cp-hide-2"),
    ]
    return _panel(
        texts.ERRORS,
        rx.cond(
            _lines.errors.length() > 0,
            _table(texts.ERRORS, columns, rx.foreach(_lines.errors, _error)),
            lists.empty("circle-check", texts.NO_ERRORS_TITLE, texts.NO_ERRORS_TEXT),
        ),
        custom_attrs=lists.row_keys(),
        id="line-errors",
    )


def _refusal(one: rx.Var[RefusalView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(one.number_display, class_name="cc-num cp-one-line"),
        rx.el.td(
            one.text, rx.el.small(short_time(one.at), " · ", one.agent_name, class_name="cp-more"), class_name="cp-wrap"
        ),
        rx.el.td(rx.cond(one.agent_name, one.agent_name, texts.NOBODY), class_name="cp-hide-2"),
        _when(one.at),
        key=one.id.to_string(),
    )


def _refusals() -> rx.Component:
    columns = [
        lists.column(texts.NUMBER),
        lists.column(texts.WHY),
        lists.column(texts.AGENT, "cp-hide-2"),
        lists.column(texts.WHEN, "cp-hide-2"),
    ]
    return _panel(
        texts.REFUSALS,
        rx.cond(
            _lines.refusals.length() > 0,
            _table(texts.REFUSALS, columns, rx.foreach(_lines.refusals, _refusal)),
            lists.empty("shield-check", texts.NO_REFUSALS_TITLE, texts.NO_REFUSALS_TEXT),
        ),
        id="dial-refusals",
    )


def _known() -> rx.Component:
    again = rx.button(
        rx.icon("rotate-cw", size=16, aria_hidden=True),
        in_place(rx.cond(Telephones.looking, texts.REFRESHING, texts.REFRESH), texts.REFRESHING, texts.REFRESH),
        on_click=Telephones.look_again,
        variant="surface",
        color_scheme="gray",
        id="look-again",
    )
    under = rx.el.span(
        words(_lines.provider, texts.PROVIDERS, _lines.provider),
        " · ",
        texts.checked(short_time(_lines.checked_at)),
    )
    return rx.fragment(
        lists.head(texts.TELEPHONES, again, under=under),
        rx.cond(Telephones.problem, notice(texts.STALE, class_name="cc-inset", role="status")),
        _parts(),
        _problems(),
        rx.el.div(_numbers(), _refused(), class_name="cp-pair"),
        _errors(),
        _refusals(),
    )


def telephones() -> rx.Component:
    title = lists.head(texts.TELEPHONES)
    not_allowed = lists.not_allowed(texts.NOT_ALLOWED_TITLE, texts.NOT_ALLOWED_TEXT)
    waiting = rx.cond(Telephones.problem, lists.broken(Telephones.look_again), lists.waiting(8, "44px"))
    content = rx.match(
        Telephones.access,
        ("yes", _known()),
        ("no", rx.fragment(title, not_allowed)),
        rx.fragment(title, waiting),
    )
    return shell.shell(lists.page(content, label=texts.TELEPHONES), title=texts.TELEPHONES, current="/telephones")
