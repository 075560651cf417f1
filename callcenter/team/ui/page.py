"""Everybody's status and since when."""

from typing import Any

import reflex as rx

from callcenter.accounts.ui import texts as accounts_texts
from callcenter.core.domain.agent_state import Shape
from callcenter.core.domain.agents import AgentStatus, Role
from callcenter.entry import page_frame
from callcenter.entry.party import party
from callcenter.platform.reflex import list_page
from callcenter.platform.reflex.datetime_format import since
from callcenter.platform.reflex.widgets import words
from callcenter.team.ui import texts as team_texts
from callcenter.team.ui.state import TeamBoard, TeamGroup, TeamRow

ON_LOAD = [TeamBoard.watch_team]


def _dot(shape: rx.Var[str] | str) -> rx.Component:
    return rx.el.span(class_name="cc-dot", custom_attrs={"data-status": shape}, aria_hidden=True)


def _call(one: rx.Var[TeamRow]) -> rx.Component:
    """With whom, for those who may know."""
    return rx.cond(
        one.call_id > 0,
        rx.fragment(
            " · ",
            list_page.link(
                party(one.call_party),
                href=f"/call?id={one.call_id}",
                class_name="cp-link",
                aria_label=team_texts.open_call_with(party(one.call_party)),
            ),
        ),
    )


def _person(one: rx.Var[TeamRow]) -> rx.Component:
    return rx.el.li(
        _dot(one.shape),
        rx.el.div(
            rx.el.strong(
                one.name, rx.cond(one.role != Role.AGENT, rx.el.small(" ", words(one.role, accounts_texts.ROLES)))
            ),
            rx.el.p(words(one.doing, team_texts.DOING, one.doing), _call(one)),
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
                    team_texts.show_all(found.total),
                    on_click=TeamBoard.show_whole(status),
                    variant="soft",
                    color_scheme="gray",
                    size="2",
                )
            ),
        ),
    )
    nobody = rx.cond(TeamBoard.search == "", rx.el.p(team_texts.GROUP_EMPTY[status], class_name="cc-empty"))
    return rx.cond(
        ((TeamBoard.only == "") | (TeamBoard.only == status)) & ((found.total > 0) | (TeamBoard.search == "")),
        rx.el.section(
            rx.el.h2(accounts_texts.STATUS[status], rx.el.small(found.total, class_name="cc-num")),
            rx.cond(found.total > 0, people, nobody),
            class_name="cp-group",
            aria_label=accounts_texts.STATUS[status],
            id=f"team-{status.lower()}",
        ),
    )


def _filter(status: AgentStatus, count: rx.Var[int], shape: Shape) -> rx.Component:
    return rx.el.button(
        rx.el.b(count, class_name="cc-num"),
        rx.el.span(_dot(shape), accounts_texts.STATUS[status]),
        type="button",
        class_name="cp-sum",
        title=team_texts.SHOW_ONLY[status],
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
        _figure(TeamBoard.summary.waiting, team_texts.WAITING_CALLERS, "hourglass", id="team-waiting"),
        _figure(
            rx.cond(TeamBoard.summary.waiting > 0, since(at=TeamBoard.summary.longest_waiting_since), "–"),
            team_texts.LONGEST_WAIT,
            "timer",
            id="team-longest",
        ),
        class_name="cp-sums",
    )


def _groups() -> rx.Component:
    found = TeamBoard.available.total + TeamBoard.busy.total + TeamBoard.offline.total
    everybody = rx.button(team_texts.SHOW_EVERYBODY, on_click=TeamBoard.show_everybody, variant="soft", size="2")
    return rx.cond(
        (found == 0) & ((TeamBoard.search != "") | (TeamBoard.only != "")),
        list_page.empty(
            "user-search", team_texts.NO_MATCHES_TITLE, team_texts.NO_MATCHES_TEXT, everybody, id="team-none"
        ),
        rx.cond(
            TeamBoard.summary.people == 0,
            list_page.empty("users", team_texts.NOBODY_TITLE, team_texts.NOBODY_TEXT),
            rx.fragment(
                _group(AgentStatus.AVAILABLE, TeamBoard.available),
                _group(AgentStatus.BUSY, TeamBoard.busy),
                _group(AgentStatus.OFFLINE, TeamBoard.offline),
            ),
        ),
    )


def team() -> rx.Component:
    search = list_page.search_field(
        team_texts.TEAM_SEARCH, team_texts.TEAM_SEARCH_HINT, TeamBoard.search, TeamBoard.look_for, id="team-search"
    )
    return page_frame.shell(
        list_page.page(
            list_page.head(team_texts.TEAM, search),
            rx.cond(
                TeamBoard.loaded, rx.fragment(_summary(), rx.cond(TeamBoard.trouble, _stale()), _groups()), _first()
            ),
            label=team_texts.TEAM,
            id="team",
        ),
        title=team_texts.TEAM,
        current="/team",
    )


def _stale() -> rx.Component:
    return rx.el.p(
        rx.icon("triangle-alert", size=16, aria_hidden=True),
        team_texts.STALE,
        class_name="cc-notice cc-inset",
        role="status",
    )


def _first() -> rx.Component:
    return rx.cond(TeamBoard.trouble, list_page.broken(TeamBoard.show_everybody), list_page.waiting(9, "46px"))
