"""Tells a shortcut from what is being typed, for handlers of the ``keydown`` of a page.

Option on a Mac and AltGr elsewhere type characters: Option+S is ß, AltGr+A is ą. While a text field has the focus,
nothing that types a character is a shortcut.
"""

import reflex as rx

_FIELDS = "input, textarea, select, [role=textbox], [role=searchbox], [role=combobox]"
_ALT_GRAPH = rx.Var("event.getModifierState?.('AltGraph')").bool()
_MAC = rx.Var("/^(Mac|iP)/.test(navigator.platform)").bool()
"""Firefox says AltGraph of Option, too."""
_LETTER = rx.Var("/^[a-z]$/i.test(event.key)").bool()


def has(modifier: str) -> rx.Var[bool]:
    """This key is held, or this is so: a property of the event, such as ``altKey``."""
    return rx.Var(f"event.{modifier}").bool()


composing: rx.Var[bool] = has("isComposing") | rx.Var("event.keyCode === 229").bool()
"""The key belongs to a character that is not complete yet: an input method, or a dead key in a field."""
in_field: rx.Var[bool] = rx.Var(
    "[event.target, document.activeElement].some("
    f"(one) => one?.isContentEditable || one?.closest?.({rx.Var.create(_FIELDS)}))"
).bool()
alone: rx.Var[bool] = ~has("ctrlKey") & ~has("metaKey") & ~composing

_types = in_field & (_MAC | ~_LETTER)
shortcut: rx.Var[bool] = has("altKey") & alone & ~(_ALT_GRAPH & ~_MAC) & ~_types
letter: rx.Var[str] = rx.cond(
    _LETTER, rx.Var("event.key?.toUpperCase()"), rx.Var("(/^Key(.)$/.exec(event.code)?.[1] ?? '')")
).to(str)
"""As the key is labelled; by its place where the key gives no Latin letter, as with Option or on a Greek keyboard."""

typed: rx.Var[bool] = ~has("metaKey") & ~composing & (_ALT_GRAPH | (~has("altKey") & ~has("ctrlKey")))
"""The key stands for its character: * and # need AltGr on some keyboards."""
