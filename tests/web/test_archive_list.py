"""The list of the archive when there are more files than one page looks at."""

import pytest

from tests.browsing import Site
from tests.records import add_minutes
from web.pages import archive


async def test_list_that_stops_says_so_and_leads_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST", 1)
    async with site.database.write() as session:
        minutes = await add_minutes(session, site.world)
    browser = await site.sign_in("office")
    page = await browser.open("/archive")
    assert "Trang này đã xem 1 hồ sơ." in page.words
    assert f'href="/archive?after={minutes.meeting_id}"' in page.text
    rest = await browser.open(f"/archive?after={minutes.meeting_id}")
    assert rest.status == 200
    assert "Trang này đã xem" not in rest.words
