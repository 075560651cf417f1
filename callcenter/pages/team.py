"""Everybody's status and since when."""

from typing import Any

import reflex as rx

from callcenter.components import lists, shell
from callcenter.components import texts_pages as texts
from callcenter.components.moments import since
from callcenter.components.parts import party, words
from callcenter.domain.agent_state import Shape
from callcenter.domain.agents import AgentStatus, Role
from callcenter.state.team import TeamBoard, TeamGroup, TeamRow

ON_LOAD = [TeamBoard.watch_team]


def _dot(shape: rx.Var[str] | str) -> rx.Component:
    return rx.el.span(class_name="cc-dot", custom_attrs={"data-status": shape}, aria_hidden=True)


def _call(one: rx.Var[TeamRow]) -> rx.Component:
    """With whom, for those who may know."""
    return rx.cond(
        one.call_id > 0,
        rx.fragment(
            " · ",
            lists.link(
                party(one.call_party),
                href=f"/call?id={one.call_id}",
                class_name="cp-link",
                aria_label=texts.open_call_with(party(one.call_party)),
            ),
        ),
    )


def _person(one: rx.Var[TeamRow]) -> rx.Component:
    return rx.el.li(
        _dot(one.shape),
        rx.el.div(
            rx.el.strong(one.name, rx.cond(one.role != Role.AGENT, rx.el.small(" ", words(one.role, texts.ROLES)))),
            rx.el.p(words(one.doing, texts.DOING, one.doing), _call(one)),
        ),
        since(at=one.since),
        class_name="cp-person",
        custom_attrs={"data-shape": one.shape, "data-doing": one.doing, "data-agent": one.id},
        title=one.name,
        key=one.id.to_string(),
    )


def _group(status: AgentStatus, found: rx.Var[TeamGroup]) -> rx.Component:
    hidden = TeamBoard.hidden[status].to(int)
    people = rx.fragment(
        rx.el.ul(rx.foreach(found.rows, _person), class_name="cp-people"),
        rx.cond(
            hidden > 0,
            rx.el.div(
                rx.button(
                    texts.show_all(found.total),
                    on_click=TeamBoard.show_whole(status),
                    variant="soft",
                    color_scheme="gray",
                    size="2",
                )
            ),
        ),
    )
    nobody = rx.cond(TeamBoard.search == "", rx.el.p(texts.GROUP_EMPTY[status], class_name="cc-empty"))
    return rx.cond(
        ((TeamBoard.only == "") | (TeamBoard.only == status)) & ((found.total > 0) | (TeamBoard.search == "")),
        rx.el.section(
            rx.el.h2(texts.STATUS[status], rx.el.small(found.total, class_name="cc-num")),
            rx.cond(found.total > 0, people, nobody),
            class_name="cp-group",
            aria_label=texts.STATUS[status],
            id=f"team-{status.lower()}",
        ),
    )


def _filter(status: AgentStatus, count: rx.Var[int], shape: Shape) -> rx.Component:
    return rx.el.button(
        rx.el.b(count, class_name="cc-num"),
        rx.el.span(_dot(shape), texts.STATUS[status]),
        type="button",
        class_name="cp-sum",
        title=texts.SHOW_ONLY[status],
        aria_pressed=rx.cond(TeamBoard.only == status, "true", "false"),
        on_click=TeamBoard.show_only(status),
        id=f"only-{status.lower()}",
    )


def _figure(value: Any, label: Any, icon: str, **props: Any) -> rx.Component:
    tone = rx.cond(TeamBoard.summary.waiting > 0, "warn", "")
    return rx.el.div(
        rx.el.b(value, class_name="cc-num"),
        rx.el.span(rx.icon(icon, size=13, aria_hidden=True), label),
        custom_attrs={"data-tone": tone},
        class_name=f"cp-sum {props.pop('class_name', '')}",
        **props,
    )


def _summary() -> rx.Component:
    return rx.el.div(
        _filter(AgentStatus.AVAILABLE, TeamBoard.summary.available, Shape.AVAILABLE),
        _filter(AgentStatus.BUSY, TeamBoard.summary.busy, Shape.BUSY),
        _filter(AgentStatus.OFFLINE, TeamBoard.summary.offline, Shape.OFFLINE),
        _figure(TeamBoard.summary.waiting, texts.WAITING_CALLERS, "hourglass", id="team-waiting"),
        _figure(
            rx.cond(TeamBoard.summary.waiting > 0, since(at=TeamBoard.summary.longest_waiting_since), "–"),
            texts.LONGEST_WAIT,
            "timer",
            id="team-longest",
        ),
        class_name="cp-sums",
    )


def _groups() -> rx.Component:
    found = TeamBoard.available.total + TeamBoard.busy.total + TeamBoard.offline.total
    everybody = rx.button(texts.SHOW_EVERYBODY, on_click=TeamBoard.show_everybody, variant="soft", size="2")
    return rx.cond(
        (found == 0) & ((TeamBoard.search != "") | (TeamBoard.only != "")),
        lists.empty("user-search", texts.NO_MATCHES_TITLE, texts.NO_MATCHES_TEXT, everybody, id="team-none"),
        rx.cond(
            TeamBoard.summary.people == 0,
            lists.empty("users", texts.NOBODY_TITLE, texts.NOBODY_TEXT),
            rx.fragment(
                _group(AgentStatus.AVAILABLE, TeamBoard.available),
                _group(AgentStatus.BUSY, TeamBoard.busy),
                _group(AgentStatus.OFFLINE, TeamBoard.offline),
            ),
        ),
    )


def team() -> rx.Component:
    search = lists.search_field(
        texts.TEAM_SEARCH, texts.TEAM_SEARCH_HINT, TeamBoard.search, TeamBoard.look_for, id="team-search"
    )
    return shell.shell(
        lists.page(
            lists.head(texts.TEAM, search),
            rx.cond(
                TeamBoard.loaded, rx.fragment(_summary(), rx.cond(TeamBoard.trouble, _stale()), _groups()), _first()
            ),
            label=texts.TEAM,
            id="team",
        ),
        title=texts.TEAM,
        current="/team",
    )


def _stale() -> rx.Component:
    return rx.el.p(
        rx.icon("triangle-alert", size=16, aria_hidden=True),
        texts.STALE,
        class_name="cc-notice cc-inset",
        role="status",
    )


def _first() -> rx.Component:
    return rx.cond(TeamBoard.trouble, lists.broken(TeamBoard.show_everybody), lists.waiting(9, "46px"))
