"""Keeps the browser from freezing a page in the background at which a call may ring."""

import reflex as rx

from callcenter.platform.reflex.client_hooks import Hooks, effect

_UNTIL_OVER = "() => new Promise((done) => over.signal.addEventListener('abort', done))"
_TERMS = "{ mode: 'shared', signal: over.signal }"
_LOCK = f"navigator.locks?.request('callcenter.awake', {_TERMS}, {_UNTIL_OVER}).catch(() => {{}})"


@rx.memo
def awake(wanted: rx.Var[bool]) -> rx.Component:
    """Holds a Web Lock while ``wanted``: Chromium freezes no page that holds one, however often it is hidden."""
    held = f"const over = new AbortController(); {wanted} && {_LOCK}"
    return Hooks.create(lines=[effect(held, wanted, undo="over.abort()")])
