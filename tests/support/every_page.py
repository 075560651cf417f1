"""The pages of the desk, the sizes and lights they are looked at in, and what is wrong with one of them."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

SIGNED_IN_PAGES = [
    "/",
    "/history",
    "/history?period=dates",
    "/call?id=1",
    "/call?id=999",
    "/team",
    "/telephones",
    "/accounts",
    "/my-account",
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LIGHTS = ("light", "dark")
SIZES = [(1280, 720), (900, 700), (420, 800)]
TOO_SMALL = """
[...document.querySelectorAll("button, select, input:not([type=hidden]), a[href], [role=button]")].filter((one) => {
  const { width, height } = (one.closest("label") ?? one).getBoundingClientRect();
  const counts = one.checkVisibility({ visibilityProperty: true }) && !one.matches("p a, td a, .cc-skip");
  return counts && Math.min(width, height) < 32;
}).map((one) => one.outerHTML.slice(0, 200))
"""
"""Smaller than a finger on a tablet hits (32 px), links in text and in tables left out."""
AT_REST = """() => document.getAnimations().every((one) => one.playState !== 'running'
    || one.effect.getComputedTiming().endTime === Infinity)"""
"""Nothing fades in any more: half of a colour has half of its contrast."""


async def violations(page: Page, within: str | None = None) -> list[str]:
    """What axe finds wrong, each with the first place where it is. A menu keeps the focus, so what it hides from
    screen readers is none of its business: that is looked at ``within``."""
    await page.wait_for_function(AT_REST)
    report = await Axe().run(page, within, options={"runOnly": TAGS, "resultTypes": ["violations"]})
    return [
        f"{wrong['id']} ({len(wrong['nodes'])}): {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}"
        for wrong in report.response["violations"]
        for node in wrong["nodes"][:1]
    ]
