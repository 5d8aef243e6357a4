"""A real Chromium without a window, spoken to over a pipe: what does a page do when it is read?

Nothing leaves the process: every request is answered or refused here, and no name resolves.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.xss.sight import PLACE, TOUCH, Sight

Message = dict[str, Any]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --disable-default-apps --disable-extensions --disable-domain-reliability --no-first-run "
    "--no-default-browser-check --no-pings --metrics-recording-only --disable-dev-shm-usage --mute-audio "
    "--disable-site-isolation-trials --disable-back-forward-cache --disable-background-timer-throttling --disable-renderer-backgrounding "
    "--disable-backgrounding-occluded-windows --remote-debugging-pipe --password-store=basic"
).split()
_OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
_FEATURES = (
    "--disable-features=IsolateOrigins,site-per-process,BackForwardCache,SpareRendererForSitePerProcess,OptimizationHints,MediaRouter,Translate,"
    "AutofillServerCommunication,CertificateTransparencyComponentUpdater"
)
_LONGEST = 120.0  #: seconds for one page, on a machine that has other things to do

_TELL = """
(tell => { globalThis.hit = (...said) => tell(said.join(" ")) })(globalThis.hit_binding)
"""
_SETTINGS: tuple[tuple[str, Message], ...] = (
    ("Page.enable", {}),
    ("Runtime.enable", {}),
    ("Runtime.addBinding", {"name": "hit_binding"}),
    ("Page.addScriptToEvaluateOnNewDocument", {"source": _TELL}),
    ("Emulation.setFocusEmulationEnabled", {"enabled": True}),
    ("Fetch.enable", {"patterns": [{"urlPattern": "*"}]}),
)
# The protocol's pipe is file descriptors 3 and 4: ours are put there, whatever numbers they have.
_LAUNCH = """
import fcntl, os, sys
ours = [fcntl.fcntl(int(number), fcntl.F_DUPFD_CLOEXEC, 10) for number in sys.argv[1:3]]
os.closerange(3, 10)
os.dup2(ours[0], 3)
os.dup2(ours[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
_ICON = f"{PLACE}/favicon.ico"  #: every browser asks for it


def found() -> str | None:
    """Where a Chromium is, if one is."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@dataclass(slots=True)
class _Tab:
    session: str
    target: str
    address: str = ""
    sight: Sight = field(default_factory=Sight)
    begun: bool = False  #: the page itself was asked for
    shown: bool = False  #: … and has come
    loaded: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, address: str) -> None:
        """This page is to come; until it is asked for, what happens is the doing of the one before."""
        self.address, self.loaded = address, asyncio.Event()
        self.begun = self.shown = False

    def ask(self) -> None:
        """It is asked for; a picture of the one before may still be late."""
        self.begun, self.sight = True, Sight(late=self.sight.images)


class Browser:
    """Chromium at work; ``look`` may be called many times at once."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tabs: int) -> None:
        #: path → content type and body of what the archive serves
        self.pages: dict[str, tuple[str, bytes]] = {}
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._tabs: dict[str, _Tab] = {}
        self._room = asyncio.Semaphore(tabs)
        self._idle: list[_Tab] = []
        self._tasks = {asyncio.create_task(self._listen())}

    # ------------------------------------------------------------------ looking

    async def look(self, path: str, *, lawful: bool = False) -> Sight:
        """Open the page at ``path`` of ``pages``, touch everything in it and tell what it did.

        A Content-Security-Policy, which is the site's second lock, counts only if the look is ``lawful``.
        """
        try:
            async with self._open(path, lawful=lawful) as tab:
                with suppress(_Gone):
                    await self._touch(tab)
                return tab.sight
        except TimeoutError:
            return Sight(moves=["nowhere, and never comes to rest"])

    async def _touch(self, tab: _Tab) -> None:
        told = await self.send(
            "Runtime.evaluate", tab, expression=TOUCH, awaitPromise=True, returnByValue=True
        )
        found = told["result"].get("value") or {"elements": 0, "images": []}
        tab.sight.elements, tab.sight.images = found["elements"], frozenset(found["images"])

    async def picture(self, path: str, width: int, height: int, *, dark: bool = False) -> bytes:
        """A PNG of the top of the page at ``path``."""
        async with self._open(path) as tab:
            scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
            await self.send("Emulation.setEmulatedMedia", tab, features=scheme)
            await self.send("Emulation.setDeviceMetricsOverride", tab, width=width, height=height,
                            deviceScaleFactor=1, mobile=width < 600)  # fmt: skip
            shot = await self.send("Page.captureScreenshot", tab)
            return base64.b64decode(shot["data"])

    @asynccontextmanager
    async def _open(self, path: str, *, lawful: bool = True) -> AsyncIterator[_Tab]:
        async with self._room, asyncio.timeout(_LONGEST):
            tab = self._idle.pop() if self._idle else await self._tab()
            await self.send("Page.setBypassCSP", tab, enabled=not lawful)
            tab.begin(f"{PLACE}{path}")
            await self._quietly("Page.navigate", tab, url=tab.address)
            await tab.loaded.wait()
            yield tab
            self._idle.append(tab)

    async def _tab(self) -> _Tab:
        target = (await self.send("Target.createTarget", url="about:blank"))["targetId"]
        session = (await self.send("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        tab = self._tabs[session] = _Tab(session, target)
        setting_up = (self.send(method, tab, **params) for method, params in _SETTINGS)
        await asyncio.gather(*setting_up)
        return tab

    # ------------------------------------------------------------------ the protocol

    async def send(self, method: str, tab: _Tab | None = None, **params: Any) -> Message:
        """One command and its result."""
        number = next(self._numbers)
        message: Message = {"id": number, "method": method, "params": params}
        if tab:
            message["sessionId"] = tab.session
        self._answers[number] = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps(message).encode() + b"\0")
        answer = await self._answers[number]
        if "error" in answer:
            raise _Gone(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    async def close(self) -> None:
        """End the program and what speaks to it."""
        await self._quietly("Browser.close")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writer.close()

    async def _listen(self) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:  # to the end of the program
                message = json.loads((await self._reader.readuntil(b"\0"))[:-1])
                if "id" in message:
                    answer = self._answers.pop(message["id"])
                    if not answer.done():
                        answer.set_result(message)
                elif tab := self._tabs.get(message.get("sessionId", "")):
                    self._event(tab, message["method"], message["params"])

    def _event(self, tab: _Tab, method: str, params: Message) -> None:
        top = params.get("frameId", tab.target) == tab.target
        if method == "Runtime.bindingCalled":
            tab.sight.scripts.append(f"the canary: {params['payload']}")
        elif method == "Page.javascriptDialogOpening":
            tab.sight.scripts.append(f"a dialog: {params['message']}")
            self._start(self._quietly("Page.handleJavaScriptDialog", tab, accept=False))
        elif method == "Fetch.requestPaused":
            self._start(self._answer(tab, params, top=top and params["resourceType"] == "Document"))
        elif method == "Page.frameAttached":
            tab.sight.frames.append(f"in {params['parentFrameId'][:6]}")
        elif method == "Page.frameNavigated":
            frame = params["frame"]
            if not tab.shown and frame["id"] == tab.target and frame["url"] == tab.address:
                tab.shown = True
        elif method == "Page.frameStoppedLoading" and top and tab.shown:
            tab.loaded.set()

    async def _answer(self, tab: _Tab, params: Message, *, top: bool) -> None:
        """Serve what is the archive's; note everything; let nothing out."""
        address, request = params["request"]["url"], params["requestId"]
        if top and not tab.begun:
            tab.ask()
        elif top:
            tab.sight.moves.append(address)
        elif address != _ICON:
            tab.sight.requests.append((params["resourceType"], address))
        page = self.pages.get(urlsplit(address).path) if address.startswith(f"{PLACE}/") else None
        if page is None:
            await self._quietly("Fetch.failRequest", tab, requestId=request, errorReason="Aborted")
            return
        headers = [{"name": "Content-Type", "value": page[0]}]
        await self._quietly("Fetch.fulfillRequest", tab, requestId=request, responseCode=200,
                            responseHeaders=headers, body=base64.b64encode(page[1]).decode())  # fmt: skip

    async def _quietly(self, method: str, tab: _Tab | None = None, **params: Any) -> None:
        with suppress(_Gone):
            await self.send(method, tab, **params)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Gone(Exception):
    """What was spoken to is not there any more: the page went elsewhere."""


@asynccontextmanager
async def browser(pages: Mapping[str, tuple[str, bytes]], *, tabs: int = 4) -> AsyncIterator[Browser]:
    """A Chromium with so many tabs, that ends with the block."""
    program = found()
    assert program, "no Chromium is installed"
    to_browser, our_writing = os.pipe()
    our_reading, from_browser = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [program, *_FLAGS, _OFFLINE, _FEATURES, f"--user-data-dir={folder}", "about:blank"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _LAUNCH, str(to_browser), str(from_browser), *command,
            pass_fds=(to_browser, from_browser), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "HOME": folder},
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        reader, writer = await _streams(our_reading, our_writing)
        opened = Browser(reader, writer, tabs)
        opened.pages.update(pages)
        try:
            yield opened
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(opened.close(), 5)
                await asyncio.wait_for(process.wait(), 5)
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _streams(reading: int, writing: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb"))
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(writing, "wb")
    )
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)
