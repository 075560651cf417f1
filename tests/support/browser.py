"""An agent at a desk in Chromium or Firefox, with a tone for a voice."""

import contextlib
import os
import re
import shutil
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, BrowserContext, Page, Playwright, expect

from callcenter.accounts.cli import DEMO_PASSWORD
from tests.support import firefox

CHROMIUM, FIREFOX = "chromium", "firefox"
RATE = 48_000
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
RAW_SOUND = "for (const name of ['echo', 'noise', 'gain']) localStorage.setItem('callcenter.' + name, 'off');"
"""A steady tone is what noise suppression is there to remove, so it is switched off as a user would."""
CHECKED = "localStorage.setItem('callcenter.checked', 'yes');"
HEARD_DB, SILENT_DB = -60, -80
LISTEN = """
() => {
  if (window.ears) return;
  const context = new AudioContext(), ears = context.createAnalyser();
  ears.fftSize = 8192; ears.smoothingTimeConstant = 0; ears.minDecibels = -120;
  const joined = new WeakSet();
  const join = () => document.querySelectorAll('audio').forEach((element) => {
    const stream = element.srcObject;
    if (!stream || joined.has(stream) || !stream.getAudioTracks().length) return;
    joined.add(stream); context.createMediaStreamSource(stream).connect(ears);
  });
  join(); setInterval(join, 50); context.resume();
  window.ears = { ears, context };
}
"""
LOUDNESS = """
(tone) => {
  if (!window.ears) return -999;
  const { ears, context } = window.ears, bins = new Float32Array(ears.frequencyBinCount);
  ears.getFloatFrequencyData(bins);
  const at = Math.round(tone / (context.sampleRate / ears.fftSize));
  return Math.max(...bins.slice(at - 2, at + 3));
}
"""
SPEECH = """
() => {
  if (!window.ears) return 0;
  const wave = new Float32Array(window.ears.ears.fftSize);
  window.ears.ears.getFloatTimeDomainData(wave);
  return Math.max(...wave.map(Math.abs));
}
"""
WATCH = f"""
(tone) => {{
  const loudness = {LOUDNESS};
  let heard = performance.now();
  window.longestSilence = 0;
  setInterval(() => {{
    const now = performance.now();
    if (loudness(tone) > {HEARD_DB}) heard = now;
    window.longestSilence = Math.max(window.longestSilence, now - heard);
  }}, 20);
}}
"""
AT_THE_DOOR = re.compile(r"/sign-in/?(\?|$)")
SPOKEN = 0.02
MOVED = re.compile("[1-9]")


def write_tone(path: Path, hertz: int, seconds: float = 10) -> Path:
    """A WAV file for Chromium's simulated microphone, which plays it in a loop."""
    t = np.arange(int(RATE * seconds)) / RATE
    samples = (np.sin(2 * np.pi * hertz * t) * 0.4 * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path


async def launch(playwright: Playwright, microphone: Path | None = None, *, allowed: bool = True) -> Browser:
    """Chromium; its simulated microphone plays ``microphone``, when its user has ``allowed`` one."""
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or None
    flags = [*FLAGS, *([f"--use-file-for-fake-audio-capture={microphone}"] if microphone else [])]
    if not allowed:
        flags.remove("--use-fake-ui-for-media-stream")
    return await playwright.chromium.launch(executable_path=path, args=flags)


@dataclass
class Desk:
    """One agent's browser."""

    url: str
    browser: Browser
    context: BrowserContext
    page: Page
    tone: int

    @classmethod
    async def open(
        cls,
        playwright: Playwright,
        url: str,
        home: Path,
        tone: int,
        *,
        kind: str = CHROMIUM,
        checked: bool = True,
        allowed: bool = True,
        script: str = "",
        **context: object,
    ) -> "Desk":
        """A browser of its own, whose microphone hears ``tone`` (Hz). ``checked``: it has been tried out before;
        ``allowed``: its user lets the page have it, which in Firefox everybody does; ``script`` runs before each page.
        """
        if kind == FIREFOX:
            browser = await firefox.launch(playwright, home, tone)
        else:
            browser = await launch(playwright, write_tone(home / f"tone-{tone}.wav", tone), allowed=allowed)
        made = await browser.new_context(viewport={"width": 1280, "height": 720}, **context)  # type: ignore[arg-type]
        microphone = ["microphone"] if allowed and kind == CHROMIUM else []
        await made.grant_permissions([*microphone, "notifications"], origin=url)
        await made.add_init_script(RAW_SOUND + (CHECKED if checked else "") + script)
        return cls(url, browser, made, await made.new_page(), tone)

    async def sign_in(self, username: str, password: str = DEMO_PASSWORD) -> None:
        await self.page.goto(f"{self.url}/sign-in")
        await self.try_to_sign_in(username, password)
        await self.page.wait_for_url(f"{self.url}/")
        await expect(self.page.locator("#status-menu")).to_be_visible()

    async def try_to_sign_in(self, username: str, password: str = DEMO_PASSWORD) -> None:
        """Fill the form of the sign-in page, which is open, and send it off."""
        await self.page.get_by_label("User name").fill(username)
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Sign in").click()

    async def sign_out(self) -> None:
        await self.page.locator("#account-menu").click()
        await self.page.get_by_role("menuitem", name="Sign out").click()
        await self.page.wait_for_url(AT_THE_DOOR)

    async def become(self, status: str = "Available") -> None:
        """Choose a status and wait until the desk shows it. Whoever becomes Available while callers wait is offered
        a call at once: then the desk shows the call instead."""
        await self.choose(status)
        menu = self.page.locator("#status-menu")
        shown = menu.filter(has_text=status)
        if status == "Available":
            shown = shown.or_(menu.filter(has=self.page.locator("[data-status=busy]")))
        await expect(shown).to_be_visible()

    async def choose(self, entry: str) -> None:
        """An entry of the status menu."""
        await self.page.locator("#status-menu").click()
        await self.page.get_by_role("menuitem", name=entry).first.click()
        await expect(self.page.get_by_role("menu")).to_be_hidden()

    async def visit(self, address: str) -> None:
        """Another page by its address, as from a bookmark, and wait until it is alive."""
        await self.page.goto(f"{self.url}{address}")
        await expect(self.page.locator("#account-menu")).not_to_have_text("")

    async def dial(self, number: str) -> None:
        await self.page.get_by_label("Phone number").fill(number)
        await self.button("Dial").click()

    def button(self, name: str):  # type: ignore[no-untyped-def]
        return self.page.get_by_role("button", name=name).first

    async def second_tab(self) -> "Desk":
        page = await self.context.new_page()
        await page.goto(self.url)
        return Desk(self.url, self.browser, self.context, page, self.tone)

    async def hears(self, tone: int, timeout: float = 10) -> None:
        """Until the page plays this tone (Hz)."""
        await self._loudness(tone, f"> {HEARD_DB}", timeout)

    async def hears_not(self, tone: int, timeout: float = 10) -> None:
        """Until the page plays nothing of this tone (Hz)."""
        await self._loudness(tone, f"< {SILENT_DB}", timeout)

    async def watches(self, tone: int) -> None:
        """Once the page plays this tone (Hz), note for how long it ever did not."""
        await self.hears(tone)
        await self.page.evaluate(WATCH, tone)

    async def longest_silence(self) -> float:
        """In seconds, since ``watches``. Fails when the page was loaded anew since then."""
        return float(await self.page.evaluate("longestSilence")) / 1000

    async def sees_sound_both_ways(self) -> None:
        """Until both meters of the call have moved."""
        for side in ("you", "other"):
            await expect(self.page.locator(f"[data-level={side}]")).to_have_attribute("aria-valuenow", MOVED)

    async def hears_speech(self, timeout: float = 10) -> None:
        """Until the page plays something loud enough to be understood."""
        await self.page.evaluate(LISTEN)
        await self.page.wait_for_function(f"() => ({SPEECH})() > {SPOKEN}", timeout=timeout * 1000)

    async def _loudness(self, tone: int, wanted: str, timeout: float) -> None:
        await self.page.evaluate(LISTEN)
        await self.page.wait_for_function(f"(tone) => ({LOUDNESS})(tone) {wanted}", arg=tone, timeout=timeout * 1000)

    async def close(self) -> None:
        with contextlib.suppress(Exception):
            await self.browser.close()
