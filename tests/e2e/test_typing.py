"""What is typed into a field stays there: no letter and no character of Option or AltGr is taken for a shortcut."""

from collections.abc import AsyncIterator, Iterable, Mapping

import pytest
from playwright.async_api import Page, Playwright, expect

from tests.e2e.conftest import ANNA_TONE, CallIn, OpenDesk
from tests.support.browser import Desk
from tests.support.desk_app import DeskApp
from tests.support.every_page import SIGNED_IN_PAGES

SHORTCUTS = "ADHKMS?"
ON_A_MAC = {"A": "å", "D": "∂", "H": "˙", "K": "˚", "M": "µ", "S": "ß"}
"""What Option types with each letter of a shortcut."""
ALT, ALT_GR = {"altKey": True}, {"modifierAltGraph": True}
TYPED: list[Mapping[str, object]] = [
    *[{"code": f"Key{letter}", "key": letter.lower()} for letter in ON_A_MAC],
    *[{"code": f"Key{letter}", "key": character, **ALT} for letter, character in ON_A_MAC.items()],
    *[{"code": f"Key{letter}", "key": "Dead", **ALT} for letter in ON_A_MAC],
    *[{"code": f"Key{letter}", "key": "ą", **ALT, **ALT_GR, "ctrlKey": True} for letter in ON_A_MAC],
    *[{"code": f"Key{letter}", "key": "ą", **ALT_GR} for letter in ON_A_MAC],
    *[{"code": f"Key{letter}", "key": letter.lower(), **ALT, **ALT_GR} for letter in ON_A_MAC],
    *[{"code": f"Key{letter}", "key": letter.lower(), **ALT, "isComposing": True} for letter in ON_A_MAC],
    *[{"code": f"Key{letter}", "key": "Process", **ALT, "keyCode": 229} for letter in ON_A_MAC],
    {"code": "Slash", "key": "?", "shiftKey": True},
    {"code": "", "key": ""},
]
"""Letters, Option on a Mac, AltGr as Windows and as Linux tell it, and an input method."""
PLANTED = """
(shortcuts) => {
  window.pressed = [];
  const place = document.querySelector('[role=dialog]') ?? document.body;
  for (const letter of shortcuts) {
    const button = document.createElement('button');
    button.dataset.key = letter === '?' ? '?' : 'Key' + letter;
    button.onclick = () => pressed.push(letter);
    place.prepend(button);
  }
  const more = document.createElement('div');
  more.innerHTML = `<textarea></textarea><p contenteditable>text <b>with</b> parts</p>
    <div role="textbox" tabindex="0">another</div>`;
  place.append(more);
}
"""
"""A button for every shortcut, whatever the page itself has, and fields of kinds that no page has yet."""
FIELDS = "input:not([type=hidden]), textarea, select, [contenteditable], [role=textbox]"
TAKEN = """
([fields, events]) => {
  const place = document.querySelector('[role=dialog]') ?? document;
  return [...place.querySelectorAll(fields)].filter((one) => one.checkVisibility() && !one.disabled).map((field) => {
  field.focus();
  const taken = events.filter((init) => {
    const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init });
    return !(field.querySelector('b') ?? field).dispatchEvent(event);
  });
  return { field: field.outerHTML.slice(0, 120), focused: document.activeElement === field, taken };
  });
}
"""
PRESSED = """
(events) => events.map((init) => {
  window.pressed = [];
  document.activeElement.blur();
  document.body.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }));
  return pressed.join('');
})
"""
ON_MAC = "Object.defineProperty(navigator, 'platform', { value: 'MacIntel' });"


@pytest.fixture(scope="module")
async def ada(
    playwright: Playwright, shared_desk: DeskApp, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """An administrator, who sees every page."""
    shared_desk.fill_history("ada", 2)
    desk = await Desk.open(playwright, shared_desk.url, tmp_path_factory.mktemp("ada"), ANNA_TONE)
    await desk.sign_in("ada")
    yield desk
    await desk.close()


async def nothing_is_taken(page: Page, typed: list[Mapping[str, object]] = TYPED) -> int:
    """Type into every field there is; returns how many fields the page itself has."""
    await page.evaluate(PLANTED, SHORTCUTS)
    fields = await page.evaluate(TAKEN, [FIELDS, typed])
    assert [field for field in fields if field["taken"] or not field["focused"]] == []
    assert await page.evaluate("pressed") == []
    return len(fields) - 3


async def test_no_field_of_any_page_gives_a_character_away(ada: Desk) -> None:
    found = 0
    for address in SIGNED_IN_PAGES:
        await ada.visit(address)
        await expect(ada.page.locator("[aria-busy=true]")).to_have_count(0)
        found += await nothing_is_taken(ada.page)
    await ada.visit("/accounts")
    await ada.button("Add an account").click()
    await expect(ada.page.get_by_role("dialog")).to_be_visible()
    found += await nothing_is_taken(ada.page)
    assert found > 15, "the fields of the pages were not looked at"


async def test_on_a_mac_option_is_for_typing_in_every_field(ada: Desk) -> None:
    page = await ada.context.new_page()
    await page.add_init_script(ON_MAC)
    await page.goto(f"{ada.url}/history")
    await expect(page.get_by_role("searchbox")).to_be_visible()
    plain: Iterable[Mapping[str, object]] = ({"code": f"Key{one}", "key": one.lower(), **ALT} for one in ON_A_MAC)
    assert await nothing_is_taken(page, [*TYPED, *plain]) > 3
    option = [{"code": f"Key{letter}", "key": one, **ALT, **ALT_GR} for letter, one in ON_A_MAC.items()]
    assert await page.evaluate(PRESSED, option) == list(ON_A_MAC), "Firefox says AltGraph of Option"
    await page.close()


async def test_outside_of_fields_a_shortcut_is_the_letter_on_the_key(ada: Desk) -> None:
    await ada.visit("/team")
    await ada.page.evaluate(PLANTED, SHORTCUTS)
    pressed = {
        "s": {"code": "KeyS", "key": "s", **ALT},
        "with the shift lock": {"code": "KeyS", "key": "S", **ALT},
        "Option on a Mac": {"code": "KeyS", "key": "ß", **ALT},
        "Cyrillic": {"code": "KeyS", "key": "ы", **ALT},
        "Dvorak": {"code": "Semicolon", "key": "s", **ALT},
        "another letter on Dvorak": {"code": "KeyS", "key": "o", **ALT},
        "AltGr on Windows": {"code": "KeyS", "key": "ś", **ALT, **ALT_GR, "ctrlKey": True},
        "AltGr on Linux": {"code": "KeyS", "key": "ś", **ALT_GR},
        "held": {"code": "KeyS", "key": "s", **ALT, "repeat": True},
        "an input method": {"code": "KeyS", "key": "Process", **ALT, "isComposing": True},
        "filled in by the browser": {},
        "help": {"code": "Slash", "key": "?", "shiftKey": True},
    }
    found = dict(zip(pressed, await ada.page.evaluate(PRESSED, list(pressed.values())), strict=True))
    acts = {"s": "S", "with the shift lock": "S", "Option on a Mac": "S", "Cyrillic": "S", "Dvorak": "S", "help": "?"}
    assert found == {name: acts.get(name, "") for name in pressed}


async def test_a_call_is_not_answered_by_a_character_in_the_number_field(
    shared_desk: DeskApp, open_desk: OpenDesk, call_in: CallIn
) -> None:
    anna = await open_desk()
    caller = await call_in()
    await expect(anna.button("Answer")).to_be_visible()
    await nothing_is_taken(anna.page)
    await expect(anna.button("Answer")).to_be_visible()
    assert not caller.answered
    await anna.button("Decline").click()
