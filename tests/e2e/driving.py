"""A real server in its own process, and what people do in its pages."""

import asyncio
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from web.demo.people import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
SPEECH = ROOT / "tests/speech"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
FAKE_DEVICES = "--use-fake-device-for-media-stream"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--auto-select-desktop-capture-source=Entire screen",
    FAKE_DEVICES,
)


def free_port() -> int:
    """A number that is free for TCP and for UDP, as is the next one for TCP (of media)."""
    while True:
        with (
            socket.socket() as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            socket.socket() as beside,
        ):
            tcp.bind(("127.0.0.1", 0))
            port: int = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
                beside.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


class Server:
    """``giaoban serve`` with a data folder of its own; may be killed and started again on the same port."""

    def __init__(self, data: Path, model: Path | None) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.prefix: list[str] = []  # of its command line
        self.log = data.parent / "server.log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIAOBAN_")},
            "GIAOBAN_DATA_DIR": str(data),
            "GIAOBAN_PORT": str(self.port),
            "GIAOBAN_DISK_FLOOR_MB": "16",
            **({"GIAOBAN_WHISPER_MODEL": str(model)} if model else {}),
        }
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, *options: str) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.prefix, sys.executable, "-m", "web", "serve", *options,
                cwd=ROOT, env=self.environment, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.process.stdout is not None
        async with asyncio.timeout(120):
            while line := (await self.process.stdout.readline()).decode():
                if self.url in line:
                    return
        pytest.fail(f"the server did not start:\n{self.log.read_text()}")

    async def run(self, *command: str, stdin: str = "") -> str:
        """Run another ``giaoban`` command on the same data; return what it prints."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "web", *command, cwd=ROOT, env=self.environment,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate(stdin.encode())
        assert process.returncode == 0, err.decode()
        return out.decode()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 8)


OpenBrowser = Callable[..., Awaitable[Page]]


async def sign_in(page: Page, username: str, password: str) -> None:
    await page.goto("/login")
    await page.locator("input[name=username]").fill(username)
    await page.locator("input[name=password]").fill(password)
    await page.get_by_role("button", name="Đăng nhập").click()
    await page.wait_for_url(lambda url: "/login" not in url)


async def book(page: Page, title: str) -> str:
    """Book a meeting that begins now, as a secretary does; return the address of its page."""
    now = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))
    await page.goto("/meetings/new")
    await page.get_by_role("link", name="Không, đặt lịch họp").click()
    await page.get_by_label("Tên cuộc họp").fill(title)
    await page.get_by_label("Ngày họp").fill(now.strftime("%Y-%m-%d"))
    await page.get_by_label("Bắt đầu lúc").fill(now.strftime("%H:%M"))
    await page.get_by_label("Kết thúc lúc").fill((now + timedelta(hours=1)).strftime("%H:%M"))
    if (now + timedelta(hours=1)).date() != now.date():
        await page.get_by_label("Ngày kết thúc, nếu khác").fill((now + timedelta(hours=1)).strftime("%Y-%m-%d"))
    await page.get_by_label("Đơn vị chủ trì").select_option(label="UBND tỉnh Lâm Đồng")
    await choose(page, "chair_id", "Lê Thị Hồng Vân")
    await choose(page, "secretary_id", "Nguyễn Thị Minh Thư")
    await page.locator("input[name=planned_form][value=online]").check()
    await page.locator("input[name=agenda_title]").first.fill("Chuyển đổi số và giải ngân đầu tư công")
    for unit in ("Xã Đức Trọng", "Xã Đinh Văn Lâm Hà"):
        await page.get_by_label("Tìm đơn vị").fill(unit)
        row = page.locator(".unit-row", has=page.get_by_text(unit, exact=False)).first
        await row.locator("input[name=unit]").check()
    await page.get_by_role("button", name="Đặt lịch họp").click()
    await expect(page.locator(".error-summary")).to_have_count(0)
    await expect(page).to_have_url(re.compile(r"/meetings/[\w-]{10,}(\?|$)"))
    return page.url.partition("?")[0]


async def choose(page: Page, name: str, containing: str) -> None:
    """Choose the first option of the list ``name`` that contains a text."""
    field = page.locator(f"select[name={name}]")
    await field.select_option(await field.locator("option", has_text=containing).first.get_attribute("value"))


async def enter(page: Page, meeting: str, username: str) -> None:
    """Sign in, check the devices in the lobby and go in, with a microphone and without a camera."""
    await sign_in(page, username, PASSWORD)
    await page.goto(f"{meeting}/lobby")
    await page.get_by_label(re.compile("Vào họp có camera")).set_checked(False)
    await page.get_by_role("button", name="Vào họp").click()
    await page.wait_for_url("**/room")
    await expect(page.locator("#link")).to_have_attribute("data-state", "connected")


async def end_meeting(page: Page) -> None:
    await page.locator("#leave").click()
    await page.locator("#leaving button[value=end]").click()


async def use_tool(page: Page, name: str, tool: str) -> None:
    """Open the menu of the participant called ``name`` and choose from it."""
    await page.locator("#people-list li", has_text=name).locator("[data-part=menu]").click()
    await page.locator(f"#person-menu [data-tool={tool}]").click()


async def wait_for(what: Callable[[], Any], seconds: float) -> Any:
    """Ask until the answer is true."""
    async with asyncio.timeout(seconds):
        while not (answer := await what()):
            await asyncio.sleep(0.5)
    return answer
