"""``giaoban serve`` as its operator knows it: it starts, answers, and leaves nothing behind."""

import asyncio
import resource
import signal
import ssl
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.driving import Server
from web.tls import read_fingerprint

pytestmark = pytest.mark.alone


def descendants(pid: int) -> set[int]:
    """Every process below ``pid``."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in children}.union(*(descendants(int(child)) for child in children))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until_gone(pids: set[int]) -> None:
    async with asyncio.timeout(8):
        while any(alive(pid) for pid in pids):
            await asyncio.sleep(0.05)


async def test_first_page_is_vietnamese_and_the_log_is_clean(server: Server) -> None:
    await server.start("--demo")
    async with aiohttp.ClientSession(server.url) as session, session.get("/") as response:
        page = await response.text()
    assert response.status == 200
    assert '<html lang="vi"' in page
    assert await server.stop() == 0
    log = server.log.read_text()
    assert "Traceback" not in log
    assert " error " not in log


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signal_stops_everything_within_eight_seconds(server: Server, number: signal.Signals) -> None:
    await server.start()
    assert server.process is not None
    below = descendants(server.process.pid)
    assert len(below) >= 2  # the media process and a worker
    assert await server.stop(number) == 0
    await until_gone(below)


async def test_killed_server_leaves_no_process_behind(server: Server) -> None:
    await server.start()
    assert server.process is not None
    below = descendants(server.process.pid)
    server.kill()
    await until_gone(below)


async def test_many_unfinished_requests_keep_nobody_out(server: Server) -> None:
    """Under the limit of open files that a shell hands down; the server may raise it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        await server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    unfinished = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(300)]
    for _, writer in unfinished:
        writer.write(b"GET / HTTP/1.1\r\n")
    async with asyncio.timeout(5), aiohttp.ClientSession(server.url) as session, session.get("/login") as response:
        assert response.status == 200
    for _, writer in unfinished:
        writer.close()


async def test_health_tells_of_every_part(server: Server) -> None:
    await server.start()
    async with asyncio.timeout(20), aiohttp.ClientSession(server.url) as session:
        while True:  # the worker's first sign of life comes a moment after the pages
            async with session.get("/healthz") as response:
                health = await response.json()
            if response.status == 200:
                break
            await asyncio.sleep(0.1)
    assert set(health["checks"]) == {"database", "media", "worker", "disk"}


async def test_second_server_on_a_data_folder_is_refused(server: Server, tmp_path: Path) -> None:
    await server.start()
    second = Server(server.data, None)
    with pytest.raises(AssertionError, match="another server runs on the data folder"):
        await second.run("serve")


async def test_trial_over_tls_is_served_with_a_certificate_of_its_own(server: Server) -> None:
    server.url = server.url.replace("http:", "https:")
    await server.start("--tls", "self-signed")
    assert server.process is not None
    assert server.process.stdout is not None
    printed = (await server.process.stdout.readline()).decode()
    certificate = server.data / "tls/certificate.pem"
    assert read_fingerprint(certificate) in printed
    trusting = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=str(certificate)))
    async with aiohttp.ClientSession(server.url, connector=trusting) as session, session.get("/login") as response:
        assert response.status == 200
        assert response.cookies
        assert all(cookie["secure"] for cookie in response.cookies.values())
    assert await server.stop() == 0


async def test_certificate_that_cannot_be_read_is_told(server: Server) -> None:
    server.environment |= {"GIAOBAN_TLS_CERTIFICATE": "/none/site.pem", "GIAOBAN_TLS_KEY": "/none/key.pem"}
    with pytest.raises(AssertionError, match=r"/none/site\.pem: No such file"):
        await server.run("serve")


async def test_taken_port_is_told(server: Server, tmp_path: Path) -> None:
    await server.start()
    second = Server(tmp_path / "other", None)
    second.environment["GIAOBAN_PORT"] = str(server.port)
    second.environment["GIAOBAN_MEDIA_PORT"] = str(second.port)
    with pytest.raises(AssertionError, match="choose another with GIAOBAN_PORT"):
        await second.run("serve")
