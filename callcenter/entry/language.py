"""The language a page speaks: one's own if one has chosen one, else the browser's.

The pages are built in English, and React has to find them so when it takes them over. So the first picture is English
and at once another one; a browser that wants another language does not show the first (``html:not([data-spoken])``).
"""

import json

import reflex as rx

from callcenter.entry.page_session import Session
from callcenter.platform.reflex.client_hooks import Hooks, effect
from callcenter.platform.reflex.messages import LOCALE, SPOKEN
from callcenter.platform.words.catalogues import COOKIE, COOKIE_SECONDS, LANGUAGES, SOURCE

_KNOWN = json.dumps(LANGUAGES)
_BROWSERS = f"(navigator.languages.map((one) => one.slice(0, 2)).find((one) => {_KNOWN}.includes(one)) ?? {SOURCE!r})"
_KEPT = rf"/(?:^|; ){COOKIE}=(\w+)/.exec(document.cookie)?.[1]"
"""Of whoever signed in here last: known before the server has said who it is."""
_FIRST = f"({_KEPT} || {_BROWSERS})"
_REGIONAL = f"navigator.languages.find((one) => one.startsWith({SPOKEN})) ?? {SPOKEN}"
_KEEP = f"document.cookie = `{COOKIE}=${{own}}; path=/; SameSite=Lax; max-age=${{own ? {COOKIE_SECONDS} : 0}}`"
_SHOW = "Object.assign(document.documentElement, { lang: language }).dataset.spoken = language"

HEAD = rx.el.script(f"document.documentElement.lang = {_FIRST}")
"""Before the first picture."""


@rx.memo
def spoken(children: rx.Var[rx.Component]) -> rx.Component:
    """The pages, each drawn anew when the language changes."""
    known, own = Session.me.id > 0, Session.me.language
    wanted = f"typeof document === 'undefined' ? {SOURCE!r} : {known} ? own || {_BROWSERS} : {_FIRST}"
    return Hooks.create(
        children,
        lines=[
            rx.Var(f"const own = {own};", _var_data=own._get_all_var_data()),
            rx.Var(f"const wanted = {wanted};", _var_data=known._get_all_var_data()),
            f"const language = useSyncExternalStore(() => () => {{}}, () => wanted, () => {SOURCE!r});",
            f"{SPOKEN} = language;",
            f"{LOCALE} = typeof navigator === 'undefined' ? {SOURCE!r} : {_REGIONAL};",
            effect(f"language === wanted && ({_SHOW})", rx.Var("language"), rx.Var("wanted")),
            effect(f"{known} && ({_KEEP})", known, rx.Var("own")),
        ],
        key=rx.Var("language"),
    )
