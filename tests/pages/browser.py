"""Drives Debian's chromium over its DevTools protocol: enough to look, press keys and ask."""

import asyncio
import base64
import itertools
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.needs import lacking

PROGRAM = "chromium"

_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
]


class Page:
    """One tab."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.complaints: list[str] = []

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """Send one command and return its result; events that come between are looked through for complaints."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async for message in self._socket:
            assert message.type is WSMsgType.TEXT
            answer: dict[str, Any] = message.json()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self._listen(answer)
        raise AssertionError("chromium went away")

    async def open(self, address: str, *, width: int = 1600, height: int = 900, dark: bool = False) -> None:
        """Go to an address at a size."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])
        await self.call("Page.navigate", url=address)

    async def ask(self, expression: str) -> Any:
        """Return what a JavaScript expression comes to."""
        result = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def until(self, expression: str, *, timeout_s: float = 15.0) -> None:
        """Wait until a JavaScript expression is true."""
        try:
            async with asyncio.timeout(timeout_s):
                while not await self.ask(f"Boolean({expression})"):  # noqa: ASYNC110 - the page sends no event
                    await asyncio.sleep(0.05)
        except TimeoutError:
            text = await self.ask("document.body.innerText")
            raise AssertionError(f"never came true: {expression}\nthe page shows:\n{text}") from None

    async def press(self, key: str) -> None:
        """Press and let go of a key."""
        text = {"text": key} if len(key) == 1 else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def point(self, selector: str) -> None:
        """Move the mouse over the middle of an element."""
        box = await self.ask(
            f"(r => [r.x + r.width / 2, r.y + r.height / 2])"
            f"(document.querySelector({selector!r}).getBoundingClientRect())"
        )
        await self.call("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1])

    async def screenshot(self) -> bytes:
        """Return what is to be seen, as PNG."""
        result = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(result["data"])

    def _listen(self, event: dict[str, Any]) -> None:
        match event.get("method"):
            case "Runtime.exceptionThrown":
                self.complaints.append(str(event["params"]["exceptionDetails"]))
            case "Log.entryAdded" if "Content Security Policy" in event["params"]["entry"]["text"]:
                self.complaints.append(event["params"]["entry"]["text"])
            case "Network.requestWillBeSent":
                url = event["params"]["request"]["url"]
                if not url.startswith(("http://127.0.0.1:", "data:")):
                    self.complaints.append(f"asked for {url}")


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Page]:
    """Start chromium with an empty profile and yield its one tab; skip by name where it is not installed."""
    if shutil.which(PROGRAM) is None:
        lacking(PROGRAM, "apt-get install chromium")
    profile = folder / "profile"
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *_FLAGS,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        port = await _debugging_port(profile, process)
        async with ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as response:
                tabs = await response.json()
            address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
            async with session.ws_connect(address, max_msg_size=0) as socket:
                page = Page(socket)
                for domain in ("Page", "Runtime", "Log", "Network"):
                    await page.call(f"{domain}.enable")
                yield page
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _debugging_port(profile: Path, process: asyncio.subprocess.Process) -> int:
    note = profile / "DevToolsActivePort"
    async with asyncio.timeout(30):
        while process.returncode is None:
            if note.exists() and (lines := note.read_text().splitlines()):
                return int(lines[0])
            await asyncio.sleep(0.05)
    raise AssertionError("chromium did not start")
