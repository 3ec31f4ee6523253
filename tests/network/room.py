"""The real server on the far machine, and real browsers on the near one or beside the server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.driving import CHROMIUM, FLAGS, SPEECH, Server
from tests.network.ground import Ground
from tests.network.namespaces import Namespace

PORT, MEDIA_PORT = 443, 7000  # of pages, and of media over UDP and TCP


def make_server(ground: Ground, data: Path) -> Server:
    """It serves HTTPS with a certificate of its own, for browsers give no microphone to a plain address."""
    data.mkdir()
    server = Server(data, SPEECH / "tiny-vi-ct2")
    server.prefix = ground.far.command()
    server.url = f"https://{Ground.server}:{PORT}"
    server.environment |= {
        "GIAOBAN_HOST": Ground.server,
        "GIAOBAN_PORT": str(PORT),
        "GIAOBAN_MEDIA_PORT": str(MEDIA_PORT),
        "GIAOBAN_WORKERS": "0",
    }
    return server


class Browsers:
    """Chromiums on a machine of choice, each with a microphone that speaks a file, or beeps."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._opened: list[Browser] = []

    async def open(self, where: Namespace, microphone: Path | None = None, again: bool = False) -> Page:
        """``again``: the microphone begins the file anew when it has ended."""
        program = self._folder / f"chromium-{where.holder}"
        program.write_text(f'#!/bin/sh\nexec {" ".join(where.command(CHROMIUM))} "$@"\n')
        program.chmod(0o755)
        once = "" if again else "%noloop"
        speaks = [f"--use-file-for-fake-audio-capture={microphone}{once}"] if microphone else []
        arguments = [*FLAGS, "--ignore-certificate-errors", *speaks]  # that of the relay too
        browser = await self._playwright.chromium.launch(executable_path=str(program), args=arguments)
        self._opened.append(browser)
        context = await browser.new_context(locale="vi-VN", base_url=self._server.url, ignore_https_errors=True)
        context.set_default_timeout(30_000)
        return await context.new_page()

    async def __aenter__(self) -> "Browsers":
        self._starting = async_playwright()
        self._playwright = await self._starting.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for browser in self._opened:
            await browser.close()
        await self._playwright.stop()


@asynccontextmanager
async def running_server(ground: Ground, folder: Path, **settings: str) -> AsyncIterator[Server]:
    server = make_server(ground, folder / "data")
    server.environment |= {f"GIAOBAN_{name.upper()}": value for name, value in settings.items()}
    try:
        await server.start("--demo", "--tls", "self-signed")
        yield server
    finally:
        await server.stop()
