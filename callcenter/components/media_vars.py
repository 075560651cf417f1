"""What the browser itself knows about sound, as Vars.

The media connection lives in the browser and outlasts the server. Its condition is kept in a small
store beside Reflex's own state (``refs.media``), so that a page goes on telling the truth about the
microphone while the server is away. Functions of the store are called straight from a click for the
same reason: an ordinary event would wait for the server to come back.
"""

from typing import Any

import reflex as rx
from reflex.vars import VarData
from reflex_base.utils.imports import ImportVar

PREFERENCES = ("mic", "speaker", "ring", "ring_volume", "echo", "noise", "gain", "checked", "dense")
"""Kept in the browser's own storage as ``callcenter.<name>``."""

STORE = """
refs.media ??= (() => {
  let view = { phase: "idle", mic: "closed", micError: "", muted: false, mutedSince: "", lostSince: "", hears: false,
    blocked: false, quality: "unknown", call: 0, inputs: [], outputs: [], checking: "", rtt: 0, jitter: 0, loss: 0,
    prefs: {} };
  const first = view;
  const heard = new Set();
  return {
    get: () => view, first: () => first, listen: (fn) => { heard.add(fn); return () => heard.delete(fn); },
    set: (change) => { view = { ...view, ...change }; heard.forEach((fn) => fn()); },
    pref: (name, other = "") => localStorage.getItem("callcenter." + name) ?? other,
    report: () => {}, command: (next) => { refs.media.pending = next; },
  };
})();
"""
"""Idempotent, because every compiled module that shows media carries it."""

_HOOK = "const media = useSyncExternalStore(refs.media.listen, refs.media.get, refs.media.first);"

STORE_IMPORTS = {"$/utils/state": [ImportVar(tag="refs")]}


class MediaStore(rx.Fragment):
    """Carries the store's definition into the module it is compiled into."""

    def add_imports(self) -> dict[str, Any]:
        return STORE_IMPORTS

    def add_custom_code(self) -> list[str]:
        return [STORE]


def _media(field: str, kind: Any) -> rx.Var[Any]:
    return rx.Var(
        _js_expr=f"(media.{field})",
        _var_type=kind,
        _var_data=VarData(
            hooks={_HOOK: None},
            imports={**STORE_IMPORTS, "react": [ImportVar(tag="useSyncExternalStore")]},
            components=(MediaStore.create(),),
        ),
    ).to(kind)


phase = _media("phase", str)
"""idle | joining | joined | reconnecting | lost | replaced"""
mic = _media("mic", str)
"""closed | opening | open | muted | failed | gone"""
mic_error = _media("micError", str)
muted = _media("muted", bool)
muted_since = _media("mutedSince", str)
lost_since = _media("lostSince", str)
hears = _media("hears", bool)
"""A track of the other party is being played."""
blocked = _media("blocked", bool)
"""The browser waits for a click before it plays sound."""
quality = _media("quality", str)
"""excellent | good | poor | lost | unknown"""
media_call = _media("call", int)
checking = _media("checking", str)
"""'' | 'mic' | 'failed': the microphone check."""
rtt = _media("rtt", int)
jitter = _media("jitter", int)
loss = _media("loss", float)
inputs = _media("inputs", list[dict[str, str]])
outputs = _media("outputs", list[dict[str, str]])


def preference(name: str, default: str = "") -> rx.Var[str]:
    """A preference of this browser, such as the chosen microphone."""
    if name not in PREFERENCES:
        raise KeyError(name)
    return _media(f"prefs[{name!r}] ?? {default!r}", str)


def do(script: str) -> Any:
    """A handler that runs in the browser at once, whether or not the server is there."""
    return rx.Var(
        _js_expr=f"((...args) => {{ {script}; }})",
        _var_data=VarData(imports=STORE_IMPORTS, components=(MediaStore.create(),)),
    ).to(rx.EventChain)
