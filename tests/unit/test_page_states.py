"""What the team, history and accounts pages decide without a browser."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from callcenter.accounts.ui.form_validation import read_role, what_is_wrong
from callcenter.core.domain.agents import AgentStatus, Role
from callcenter.history.service import HistoryFilter
from callcenter.history.ui.filter_state import Chosen, csv_address
from callcenter.platform.zones import zone_named
from callcenter.team.ui.state import doing, group, row
from callcenter.team.views import TeamMemberView, TeamView
from tests.builders import Centre


class TestHistoryFilter:
    def test_the_usual_filter_needs_no_query(self) -> None:
        assert Chosen.read({}).address == "/history"
        assert not Chosen.read({}).narrowed

    def test_an_address_says_what_was_chosen_and_nothing_else(self) -> None:
        chosen = Chosen.read({"period": "30d", "status": "Missed", "number": " +49 30 "})
        assert chosen.address == "/history?period=30d&status=Missed&number=%2B49+30"
        assert chosen.narrowed

    def test_a_plus_that_an_address_made_a_space_is_a_plus(self) -> None:
        for number, party in ((" 43 1 23", " 4312345"), ("+43 1 23", "+4312345")):
            chosen = Chosen.read({"number": number, "party": party})
            assert (chosen.number, chosen.party) == ("+43 1 23", "+4312345")
        assert Chosen.read(dict(parse_qsl(chosen.address.partition("?")[2]))) == chosen

    def test_the_file_holds_the_calls_of_the_same_caller(self) -> None:
        wanted = Chosen.read({"period": "all", "party": "door-5 & co"}).wanted(UTC, datetime.now(UTC))
        assert wanted.party == "door-5 & co"
        assert csv_address(wanted) == "/auth/history.csv?party=door-5+%26+co"

    @pytest.mark.parametrize(
        "asked",
        [
            {"period": "ever", "direction": "Sideways", "status": "Lost", "agent": "1; DROP", "since": "yesterday"},
            {"agent": "99999999999999", "until": "2026-13-01", "period": "7d"},
            {"since": "2026-11-01"},
        ],
    )
    def test_what_makes_no_sense_is_left_out(self, asked: dict[str, str]) -> None:
        assert Chosen.read(asked) == Chosen()

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"agent": "9" * 5000, "status": "Missed"}, ["agent"]),
            ({"period": "dates", "since": "0001-01-01", "until": "10000-01-01"}, ["until"]),
            ({"since": "2026-11-01", "number": "9" * 65, "utm_source": "mail"}, ["since", "number"]),
            ({"period": "30d", "direction": "Inbound", "number": " +49 30 ", "agent": "7", "after": "x" * 200}, []),
        ],
    )
    def test_what_is_left_out_is_named(self, asked: dict[str, str], said: list[str]) -> None:
        assert Chosen.read(asked).left_out(asked) == said

    def test_another_choice_begins_at_the_newest_call(self) -> None:
        chosen = Chosen.read({"period": "all", "after": "abc"}).changed("direction", "Inbound")
        assert (chosen.after, chosen.direction, chosen.period) == ("", "Inbound", "all")

    @pytest.mark.parametrize(
        ("asked", "zone", "since", "until"),
        [
            ({}, "Europe/Berlin", "2026-11-15T23:00Z", None),
            ({"period": "today"}, "Europe/Berlin", "2026-11-21T23:00Z", None),
            ({"period": "today"}, "Asia/Tokyo", "2026-11-22T15:00Z", None),
            ({"period": "30d"}, "Europe/Berlin", "2026-10-23T22:00Z", None),
            ({"period": "all"}, "Europe/Berlin", None, None),
            ({"period": "dates", "since": "2026-03-29"}, "Europe/Berlin", "2026-03-28T23:00Z", None),
            ({"period": "dates", "until": "2026-03-29"}, "Europe/Berlin", None, "2026-03-29T22:00Z"),
            ({"period": "dates", "since": "2026-04-24"}, "Africa/Cairo", "2026-04-23T22:00Z", None),
            ({"period": "dates", "since": "0001-01-01", "until": "9999-12-31"}, "Asia/Tokyo", None, None),
        ],
    )
    def test_days_begin_where_the_viewer_is(
        self, asked: dict[str, str], zone: str, since: str | None, until: str | None
    ) -> None:
        now = datetime(2026, 11, 22, 20, tzinfo=UTC)
        wanted = Chosen.read({**asked, "agent": "7"}).wanted(zone_named(zone), now)
        expected = [datetime.fromisoformat(at) if at else None for at in (since, until)]
        assert wanted == HistoryFilter(since=expected[0], until=expected[1], agent_id=7)

    @pytest.mark.parametrize(
        "name", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "Europe", "None", "\0", "x" * 999]
    )
    def test_what_is_no_zone_is_utc(self, name: str) -> None:
        assert zone_named(name) is UTC

    def test_the_file_holds_the_same_selection(self) -> None:
        wanted = HistoryFilter(since=datetime(2026, 11, 15, tzinfo=UTC), number="+4930", agent_id=7)
        assert csv_address(wanted) == (
            "/auth/history.csv?since=2026-11-15T00%3A00%3A00%2B00%3A00&number=%2B4930&agent_id=7"
        )
        assert csv_address(HistoryFilter(), "Europe/Berlin") == "/auth/history.csv?zone=Europe%2FBerlin"


def member(name: str, status: str = "Busy", **facts: object) -> TeamMemberView:
    return TeamMemberView(id=len(name), full_name=name, username=name.lower(), status=status, **facts)  # type: ignore[arg-type]


class TestTeam:
    @pytest.mark.parametrize(
        ("facts", "said", "shape"),
        [
            ({"work": "talking", "presence": "available"}, "talking", "busy"),
            ({"presence": "not_ready", "presence_reason": "lunch"}, "lunch", "not_ready"),
            ({"presence": "not_ready"}, "not_ready", "not_ready"),
            ({"presence": "available", "routable": "missed"}, "missed", "not_ready"),
            ({"presence": "available"}, "away", "not_ready"),
            ({"presence": "available", "status": "Available"}, "ready", "available"),
            ({"presence": "available", "status": "Offline"}, "away", "offline"),
            ({"presence": "not_ready", "presence_reason": "lunch", "status": "Offline"}, "away", "offline"),
            ({"presence": "offline", "status": "Offline"}, "signed_off", "offline"),
        ],
    )
    def test_one_word_for_what_somebody_does(self, facts: dict[str, str], said: str, shape: str) -> None:
        one = member("Anna", **facts)
        assert (doing(one), row(one).shape) == (said, shape)

    def test_a_large_group_is_cut_but_counted(self) -> None:
        team = TeamView(members=[member(f"Agent {number:03}") for number in range(500)])
        found = group(team, AgentStatus.BUSY, limit=60)
        assert (found.total, len(found.rows), found.rows[0].name) == (500, 60, "Agent 000")

    def test_the_search_finds_names_and_callers_in_any_order(self) -> None:
        team = TeamView(members=[member("Anna Koch", call_party="+49 30 1234"), member("Ben Koch")])
        assert [one.name for one in group(team, AgentStatus.BUSY, "koch anna").rows] == ["Anna Koch"]
        assert [one.name for one in group(team, AgentStatus.BUSY, "+49301").rows] == ["Anna Koch"]
        assert group(team, AgentStatus.OFFLINE, "").total == 0


class TestAccountForm:
    @pytest.mark.parametrize(
        ("username", "full_name", "password", "field"),
        [
            ("anna", " ", "long enough 1", "full_name"),
            ("!", "Anna", "long enough 1", "username"),
            ("anna", "Anna", "short", "password"),
            ("anna", "Anna", "ä" * 129, "password"),
            ("Anna.Albers@example", "Anna", "long enough 1", ""),
        ],
    )
    def test_the_field_that_will_not_do_is_named(
        self, username: str, full_name: str, password: str, field: str
    ) -> None:
        named, reason = what_is_wrong(username, full_name, password)
        assert named == field
        assert bool(reason) == bool(field)

    def test_an_odd_role_is_the_least_one(self) -> None:
        assert [read_role(value) for value in ("admin", "root", None)] == [Role.ADMIN, Role.AGENT, Role.AGENT]


class TestRoster:
    async def test_tabs_woken_together_share_one_reading(self, centre: Centre) -> None:
        anna = await centre.agent("anna")
        sam = await centre.agent("sam", role=Role.SUPERVISOR)
        views = await asyncio.gather(*(centre.services.team.view(actor) for actor in (anna, anna, sam)))
        assert views[0] is views[1]
        assert views[0] is not views[2]
