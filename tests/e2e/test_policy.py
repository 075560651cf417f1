"""What the page's policy lets a real browser reach."""

import pytest
from aiohttp import web
from livekit.api import AccessToken, VideoGrants
from playwright.async_api import Page, Playwright

from callcenter.platform.http.content_security_policy import page_policy
from tests.support.browser import launch
from tests.support.livekit_server import API_KEY, API_SECRET, LiveKitServer, free_port

TRY = """
async address => {
    const blocked = []
    document.addEventListener("securitypolicyviolation", event => blocked.push(event.blockedURI))
    const socket = new WebSocket(address)
    const end = await new Promise(done => {
        socket.onmessage = () => done("entered")
        socket.onerror = () => done("failed")
    })
    socket.close()
    const asked = await fetch(address.replace("ws", "http").replace("/rtc", "/rtc/validate")).then(
        answer => answer.status, () => 0)
    return [end, asked, blocked.length > 0]
}
"""


async def tried(page: Page, server: LiveKitServer) -> tuple[str, int, bool]:
    """How a browser's socket ended, what LiveKit's check of it answered, and whether the policy was in the way."""
    grants = VideoGrants(room_join=True, room="call_1")
    token = AccessToken(API_KEY, API_SECRET).with_identity("agent").with_grants(grants).to_jwt()
    end, asked, blocked = await page.evaluate(TRY, f"{server.ws_url}/rtc?protocol=15&access_token={token}")
    return end, asked, blocked


async def served(origin_port: int, policy: str) -> web.AppRunner:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<p>A page</p>", content_type="text/html", headers={"Content-Security-Policy": policy})

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", origin_port).start()
    return runner


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_browser_enters_livekit_by_an_address_as_well(playwright: Playwright, host: str) -> None:
    """And where the policy can name LiveKit, it reaches nothing else."""
    livekit, other, port = LiveKitServer.boot(host=host), LiveKitServer.boot(), free_port()
    runner = await served(port, page_policy([], [f"http://127.0.0.1:{port}"], livekit.ws_url))
    browser = await launch(playwright)
    try:
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{port}/")
        assert await tried(page, livekit) == ("entered", 200, False)
        if host == "127.0.0.1":
            assert await tried(page, other) == ("failed", 0, True)
    finally:
        await browser.close()
        await runner.cleanup()
        livekit.stop()
        other.stop()
