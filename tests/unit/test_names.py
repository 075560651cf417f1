"""Names are names in any script; what cannot be seen is none."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.accounts.service import username_key
from callcenter.accounts.ui.accounts_state import _matches
from callcenter.accounts.ui.form_validation import what_is_wrong
from callcenter.accounts.views import AccountView
from callcenter.core.domain.agents import SYSTEM, AgentStatus, Role
from callcenter.platform.errors import InvalidInput
from callcenter.platform.names import NotAName, folded, tidy
from callcenter.team.ui.state import group
from callcenter.team.views import TeamMemberView, TeamView
from callcenter.telephony.plan_file import PlanError, load_plan
from tests.builders import PASSWORD, Centre
from tests.support.fuzz import effort
from tests.support.refusals import refused

ZWNJ, ZWJ = "\u200c", "\u200d"
NAMES = {
    "a Persian name": f"\u0639\u0644\u06cc{ZWNJ}\u0631\u0636\u0627 \u0645\u06cc{ZWNJ}\u062e\u0648\u0627\u0647\u0645",
    "a Sinhala name": f"\u0dc1\u0dca{ZWJ}\u0dbb\u0dd3 \u0db8\u0dad\u0dd3",
    "a Kannada name": f"\u0cb0\u0ccd{ZWJ}\u0cb5 \u0cb6\u0cc6\u0c9f\u0ccd\u0c9f\u0cbf",
    "joined emoji": "Team \U0001f469\u200d\U0001f4bb \u2764\ufe0f",
    "an Irish name": "Se\u00e1n O\u2019Connor-N\u00ed Bhriain",
    "a Chinese name": "\u738b\u5c0f\u660e",
    "a Hebrew name with points": "\u05d9\u05b4\u05e6\u05b0\u05d7\u05b8\u05e7",
}
NO_NAMES = {
    "nothing": "",
    "spaces of all widths": " \u00a0\u2003\u3000\t\n",
    "joiners alone": ZWNJ + ZWJ,
    "marks that show nothing": "\u200b\u2060\ufeff\u00ad",
    "an empty letter": "\u3164\u115f\u2800",
    "an accent alone": "\u0301",
    "a variant of nothing": "\ufe0f",
    "a control character": "Eva\x00",
    "an escape": "Eva\x1b[2J",
    "the other writing direction": "Eva \u202etxt.exe",
    "an isolated direction": "Eva \u2067avE\u2069",
    "a separator of lines": "Eva\u2028Admin",
    "a separator of paragraphs": "Eva\u2029Admin",
    "a private character": "Eva \ue000",
    "an unassigned character": "Eva \u0378",
    "half a character": "Eva \ud83d",
    "a noncharacter": "Eva \uffff",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_a_full_name_may_be_of_any_script(centre: Centre, name: str) -> None:
    assert what_is_wrong(None, name, PASSWORD) == ("", "")
    view = await centre.services.accounts.add(SYSTEM, "dora", PASSWORD, name, Role.AGENT)
    assert view.full_name == name


@pytest.mark.parametrize("name", NO_NAMES.values(), ids=NO_NAMES)
async def test_what_cannot_be_seen_is_no_name(centre: Centre, name: str) -> None:
    assert what_is_wrong(None, name, PASSWORD) == ("full_name", "full_name")
    with refused(InvalidInput, "full name"):
        await centre.services.accounts.add(SYSTEM, "dora", PASSWORD, name, Role.AGENT)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Jose\u0301  Muñoz", "José Muñoz"),
        ("\ufeffEva\u00a0Novak\u200b ", "Eva Novak"),
        ("Eva\r\nNovak", "Eva Novak"),
        ("\u200fEva\u200e", "Eva"),
        ("e\u200b\u0301", "é"),
    ],
)
def test_what_comes_along_with_copied_text_is_left_out(typed: str, kept: str) -> None:
    assert tidy(typed) == kept


@effort(100)
@given(st.text(st.characters(), max_size=40))
def test_a_kept_name_is_kept_as_it_is(text: str) -> None:
    try:
        name = tidy(text)
    except NotAName:
        return
    assert tidy(name) == name == unicodedata.normalize("NFC", name)
    assert not {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} & {unicodedata.category(one) for one in name}
    assert " ".join(name.split()) == name


@pytest.mark.parametrize("typed", ["ada", " ADA ", "\uff41\uff44\uff41", "\uff21da\u3000"])
def test_a_user_name_is_known_however_wide_it_was_typed(typed: str) -> None:
    assert username_key(typed) == "ada"


def test_labels_of_numbers_are_names(tmp_path: Path) -> None:
    file = tmp_path / "telephony.toml"
    entry = '[[numbers]]\nnumber = "+4930901820"\nlabel = "{}"\n'
    file.write_text(entry.format(NAMES["a Persian name"]), encoding="utf-8")
    assert load_plan(file).numbers[0].label == NAMES["a Persian name"]
    file.write_text(entry.format("Sales \\u202eseilpuS"), encoding="utf-8")
    with pytest.raises(PlanError, match="a name that can be seen"):
        load_plan(file)


@pytest.mark.parametrize("typed", ["jose\u0301", "JOSÉ", "\uff2a\uff4f\uff53é", "josé mun\u0303oz"])
def test_people_are_found_however_their_accents_are_typed(typed: str) -> None:
    team = TeamView([TeamMemberView(id=1, full_name="José Muñoz", username="jm"), TeamMemberView(full_name="Eva")])
    assert [one.name for one in group(team, AgentStatus.OFFLINE, typed).rows] == ["José Muñoz"]
    assert _matches(AccountView(full_name="José Muñoz"), folded(typed).split())
