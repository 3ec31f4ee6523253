"""Who is arranged when, in a room of many."""

from collections.abc import AsyncIterator

import pytest

from signaling.audience import MOST_AT_ONCE, SHARE_AT_ONCE, Audience
from signaling.dtls import Certificate
from signaling.fanout import Fanout
from signaling.peer import Site
from signaling.udp import UdpPort, bind_socket
from signaling.viewer import Viewer

NOW = 100.0


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    port = UdpPort(await bind_socket("127.0.0.1", 0))
    port.start()
    yield Site(port, Certificate(), ("127.0.0.1",))
    port.close()


def fill(site: Site, count: int) -> Audience:
    audience = Audience(4, lambda _viewer, _filled: None)
    for number in range(count):
        viewer = Viewer(site, Fanout(site.port), "r", f"p{number}", 0, 4, lambda: None)
        viewer.peer.connected = True
        audience.add_viewer(viewer)
    return audience


@pytest.mark.parametrize("count", [3, 50, 150])
async def test_many_are_arranged_over_some_ticks(site: Site, count: int) -> None:
    audience, ticks = fill(site, count), 0
    while any(viewer.arranged_at < NOW for viewer in audience.viewers.values()):
        before = sum(viewer.arranged_at == NOW for viewer in audience.viewers.values())
        audience.tick(NOW)
        after = sum(viewer.arranged_at == NOW for viewer in audience.viewers.values())
        assert after - before <= max(MOST_AT_ONCE, count // SHARE_AT_ONCE)
        ticks += 1
    assert ticks <= SHARE_AT_ONCE


async def test_loss_is_that_of_whoever_listens_now(site: Site) -> None:
    audience = fill(site, 2)
    here, away = audience.viewers.values()
    here.sound_loss, away.sound_loss = 0.1, 0.3
    assert audience.measure_loss() == 0.3
    away.peer.connected = False
    assert audience.measure_loss() == 0.1
    here.show_sound([], NOW)
    assert audience.measure_loss() == 0.0
