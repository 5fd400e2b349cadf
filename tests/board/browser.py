"""
Headless Chromium, spoken to by its DevTools protocol, and axe-core, which finds what keeps people from using a page.

Source: https://chromedevtools.github.io/devtools-protocol/
"""

import asyncio
import base64
import fcntl
import itertools
import os
import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.prometheus import REPOSITORY
from tests.support.tiers import lacking

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AXE_VERSION = "4.14.1"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = REPOSITORY / ".cache/axe"
WITHIN_S = 30.0
DESKTOP, PHONE = (1280, 900), (390, 844)


def find_chromium() -> str:
    """Find Chromium in CHROMIUM or on PATH."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    return found or lacking("no Chromium on PATH or in CHROMIUM: apt-get install chromium")


def axe_source() -> str:
    """Give the source of axe-core; npm fetches it once into .cache."""
    AXE.mkdir(parents=True, exist_ok=True)
    script = AXE / f"axe-{AXE_VERSION}.min.js"
    with (AXE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers may start at once
        if not script.exists():
            if shutil.which("npm") is None:
                lacking("no npm on PATH to fetch axe-core with: apt-get install npm")
            command = ["npm", "pack", f"axe-core@{AXE_VERSION}", "--silent", f"--pack-destination={AXE}"]
            subprocess.run(command, check=True, capture_output=True, timeout=60)
            with tarfile.open(AXE / f"axe-core-{AXE_VERSION}.tgz") as archive:
                member = archive.extractfile("package/axe.min.js")
                assert member is not None
                script.write_bytes(member.read())
    text = script.read_bytes()
    assert sha256(text).hexdigest() == AXE_SHA256, f"{script} is not axe-core {AXE_VERSION}: delete it"
    return text.decode()


class Tab:
    """
    A tab of the browser. It notes every request and every error of its console.

    Args:
        browser: Where it is.
        session: Names it.
    """

    def __init__(self, browser: "Browser", session: str) -> None:
        self._browser = browser
        self._session = session
        self._loaded = asyncio.Event()
        self.requests: list[str] = []
        self.errors: list[str] = []

    def hear(self, method: str, params: dict[str, Any]) -> None:
        """Take note of an event."""
        if method == "Page.loadEventFired":
            self._loaded.set()
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(str(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
            self.errors.append(str([each.get("value", each.get("description")) for each in params["args"]]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in {"error", "warning"}:
            self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Call a method of the protocol."""
        return await self._browser.send(method, params, self._session)

    async def show(self, width: int, height: int, theme: str = "light") -> None:
        """Set the size of the window and the theme that the viewer prefers."""
        phone = width < 500
        await self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
        )
        features = [
            {"name": "prefers-color-scheme", "value": theme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        await self.send("Emulation.setEmulatedMedia", features=features)

    async def without_scripts(self) -> None:
        """Have pages run none."""
        await self.send("Emulation.setScriptExecutionDisabled", value=True)

    async def open(self, url: str) -> None:
        """Open a page and wait until it has loaded."""
        self._loaded.clear()
        await self.send("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), WITHIN_S)

    async def loads(self, *keys: str) -> None:
        """Press keys of which one leads to another page, and wait until that has loaded."""
        self._loaded.clear()
        await self.press(*keys)
        await asyncio.wait_for(self._loaded.wait(), WITHIN_S)

    async def run(self, code: str) -> Any:
        """Evaluate JavaScript in the page, whatever the page may run itself; promises are awaited."""
        answer = await self.send("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, code: str) -> None:
        """Wait until JavaScript gives something true."""
        async with asyncio.timeout(WITHIN_S):
            while not await self.run(code):
                await asyncio.sleep(0.05)

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other: names as in JavaScript, or characters."""
        for key in keys:
            codes = {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowRight": 39, " ": 32}
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
            one = {"key": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0])), "text": text}
            await self.send("Input.dispatchKeyEvent", type="keyDown", **one)
            await self.send("Input.dispatchKeyEvent", type="keyUp", **one)

    async def text(self, selector: str = "main") -> str:
        """Give the visible text of an element."""
        return str(await self.run(f"document.querySelector({selector!r}).innerText"))

    async def picture(self) -> bytes:
        """Take a picture of the whole page, as PNG."""
        size = (await self.send("Page.getLayoutMetrics"))["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        taken = await self.send("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(taken["data"])

    async def barriers(self) -> list[str]:
        """Find what axe-core finds."""
        await self.run(axe_source())
        found = await self.run(
            f"axe.run(document, {{runOnly: {AXE_RULES}, preload: false}}).then((result) => result.violations)"
        )
        return [f"{each['id']}: {[node['html'] for node in each['nodes']][:3]}" for each in found]


class Browser:
    """A running Chromium."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._tabs: dict[str, Tab] = {}
        self._targets: list[str] = []

    async def listen(self) -> None:
        """Give answers to those who wait for them, and events to their tabs."""
        async for message in self._socket:
            heard = message.json()
            if "id" in heard:
                self._answers.pop(heard["id"]).set_result(heard)
            elif heard.get("sessionId") in self._tabs:
                self._tabs[heard["sessionId"]].hear(heard["method"], heard["params"])

    async def send(self, method: str, params: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        """Call a method of the protocol."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json(
            {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        )
        answer = await asyncio.wait_for(self._answers[number], WITHIN_S)
        assert "error" not in answer, (method, answer)
        result: dict[str, Any] = answer["result"]
        return result

    async def tab(self) -> Tab:
        """Open a tab."""
        target = (await self.send("Target.createTarget", {"url": "about:blank"}))["targetId"]
        session = (await self.send("Target.attachToTarget", {"targetId": target, "flatten": True}))["sessionId"]
        self._tabs[session] = tab = Tab(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            await tab.send(f"{domain}.enable")
        await tab.show(*DESKTOP)
        self._targets.append(target)
        return tab

    async def close(self) -> None:
        """Close the tabs."""
        for target in self._targets:
            await self.send("Target.closeTarget", {"targetId": target})


@contextmanager
def chromium(profile: Path) -> Iterator[str]:
    """Run Chromium for the time of the block, and give where it listens; only this machine can be reached from it."""
    log = profile / "chromium.log"
    command = [
        find_chromium(),
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--no-default-browser-check",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--remote-debugging-port=0",
        f"--user-data-dir={profile / 'profile'}",
    ]
    with log.open("wb") as sink, subprocess.Popen(command, stdout=sink, stderr=sink) as process:
        try:
            yield _address(process, log)
        finally:
            process.terminate()
            process.wait(WITHIN_S)


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        if found := re.search(r"^DevTools listening on (ws://\S+)", log.read_text(errors="replace"), re.MULTILINE):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"Chromium did not start; its log:\n{log.read_text(errors='replace')}")


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Browser]:
    """Speak to a running Chromium for the time of the block."""
    async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
        browser = Browser(socket)
        listener = asyncio.ensure_future(browser.listen())
        try:
            yield browser
        finally:
            await browser.close()
            listener.cancel()
