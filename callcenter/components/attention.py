"""Draws the agent's eye and ear: ring, notification, tab title, favicon, cues, keys, and a question before leaving."""

import json
from typing import Any

import reflex as rx
from reflex.vars import VarData

from callcenter.components import media_vars as media
from callcenter.components import texts

_KEYS = """
const pressKey = (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  const plain = event.key === "?" && !typing && !event.ctrlKey && !event.metaKey;
  if (!plain && !(event.altKey && !event.ctrlKey && !event.metaKey)) return;
  const found = document.querySelector(`[data-key="${plain ? "?" : event.code}"]:not(:disabled)`);
  if (!found) return;
  event.preventDefault();
  if (event.repeat) return;
  found.focus();
  if (found.ariaHasPopup) found.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  else if (found.tagName !== "INPUT") found.click();
};
const ring = (caller, title) => {
  const sound = new Audio("/ring.wav"), before = document.activeElement;
  const kept = (name) => localStorage.getItem("callcenter." + name);
  let note;
  sound.loop = true;
  sound.volume = Number(kept("ring_volume") || "0.8");
  Promise.resolve(sound.setSinkId?.(kept("ring") || "")).catch(() => {}).then(() => sound.play()).catch(() => {});
  if (window.Notification?.permission === "granted" && !document.hasFocus()) {
    note = new Notification(title, { body: caller, tag: "offer", requireInteraction: true });
    note.onclick = () => { window.focus(); note.close(); };
  }
  document.getElementById("offer")?.focus();
  return () => {
    sound.pause();
    sound.src = "";
    note?.close();
    if (before?.isConnected) before.focus();
  };
};
const leaving = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
"""


class Attention(rx.Fragment):
    """Has no picture of its own."""

    offer: rx.Var[int]
    caller: rx.Var[str]
    call: rx.Var[int]
    since: rx.Var[str]
    page_title: rx.Var[str]
    ready: rx.Var[bool]

    def add_imports(self) -> dict[str, Any]:
        return {"react": ["useEffect", "useRef"]}

    def add_custom_code(self) -> list[str]:
        return [_KEYS]

    def _exclude_props(self) -> list[str]:
        return [*super()._exclude_props(), "offer", "caller", "call", "since", "page_title", "ready"]

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        used = VarData.merge(
            *(
                var._get_all_var_data()
                for var in (self.offer, self.caller, self.call, self.since, self.page_title, self.ready)
            )
        )
        facts = (
            f"const seen = {{ offer: {self.offer!s}, caller: {self.caller!s}, call: {self.call!s},"
            f" since: {self.since!s}, title: {self.page_title!s}, ready: {self.ready!s} }};"
        )
        offer_title, call_title, incoming = map(json.dumps, (texts.TITLE_OFFER, texts.TITLE_CALL, texts.INCOMING))
        return [
            rx.Var(facts, _var_data=used),
            "const titled = useRef('');",
            "const was = useRef({ since: seen.since, call: seen.call });",
            f"useEffect(() => {{ if (seen.offer) return ring(seen.caller, {incoming}); }}, [seen.offer]);",
            "useEffect(() => { window.addEventListener('keydown', pressKey);"
            " return () => window.removeEventListener('keydown', pressKey); }, []);",
            "useEffect(() => { if (!seen.call) return;"
            " window.addEventListener('beforeunload', leaving, { capture: true });"
            " return () => window.removeEventListener('beforeunload', leaving, { capture: true }); }, [seen.call]);",
            rx.Var(
                "useEffect(() => { if (!seen.ready) return;"
                " const before = was.current; was.current = { since: seen.since, call: seen.call };"
                f" if (seen.since && !before.since && before.call === seen.call)"
                f" ({media.play('/cue-connected.wav')})();"
                f" if (!seen.call && before.since) ({media.play('/cue-ended.wav')})();"
                " }, [seen.ready, seen.since, seen.call]);"
            ),
            "useEffect(() => { const show = () => {"
            "  const ago = Math.max(0, Math.floor((Date.now() - Date.parse(seen.since)) / 1000));"
            "  const time = [Math.floor(ago / 60), ago % 60].map((n) => String(n).padStart(2, '0')).join(':');"
            f"  const title = seen.offer ? {offer_title} + seen.caller : seen.since ? time + {call_title} : '';"
            "  if (title) document.title = titled.current = title;"
            "  else if (titled.current && document.title === titled.current) document.title = seen.title;"
            "  const icon = document.querySelector('link[rel=icon]');"
            "  const file = '/favicon' + (seen.offer ? '-ringing' : seen.call ? '-call' : '') + '.svg';"
            "  if (icon && icon.getAttribute('href') !== file) icon.setAttribute('href', file); };"
            " show(); const timer = setInterval(show, 1000); return () => clearInterval(timer);"
            " }, [seen.offer, seen.call, seen.since, seen.title]);",
        ]


@rx.memo
def attention(
    offer: rx.Var[int],
    caller: rx.Var[str],
    call: rx.Var[int],
    since: rx.Var[str],
    page_title: rx.Var[str],
    ready: rx.Var[bool],
) -> rx.Component:
    """``offer``: its id while one rings; ``call`` and ``since``: the running call and when it was connected;
    ``ready``: the server has said how things stand."""
    return Attention.create(offer=offer, caller=caller, call=call, since=since, page_title=page_title, ready=ready)
