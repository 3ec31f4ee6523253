"""The page of the search: what it shows, whom, and where it leads."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlmodel import select

from meetings.room_models import Paper
from tests.factories import NOW
from tests.records import House, add_minutes, open_house
from transcripts.models import Recording, Segment
from transcripts.search.indexer import Indexer
from web.database import Database


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    opened = await open_house(database, tmp_path)
    async with database.write() as session:
        minutes = await add_minutes(session, opened.world)
        recording = Recording(
            meeting_id=minutes.meeting_id, identity="site:1", speaker="<b>Lâm Hà</b>", path="s.mka", started_at=NOW
        )
        session.add(recording)
        await session.flush()
        words = "Kính thưa <script>alert(1)</script> nạo vét kênh mương."
        session.add(
            Segment(
                meeting_id=minutes.meeting_id, recording_id=recording.id or 0, starts_at=NOW, ends_at=NOW, text=words
            )
        )
    reader = Indexer(database, lambda: NOW, read_nothing)
    while await reader.index_next():
        pass
    yield opened
    await opened.client.close()


async def read_nothing(_paper: Paper) -> Sequence[str]:
    return ()


async def look(house: House, address: str, who: str = "secretary") -> str:
    response = await house.go(who, address)
    assert response.status == 200
    return await response.text()


async def test_words_lead_to_their_sentence(house: House) -> None:
    page = await look(house, "/search?q=kenh+muong")
    async with house.database.read() as session:
        segment = (await session.exec(select(Segment).where(Segment.text.contains("kênh")))).one()  # type: ignore[attr-defined]
    assert f'/minutes#segment-{segment.id}"' in page
    assert "<mark>kênh</mark>" in page
    assert "nói lúc" in page


async def test_what_was_said_is_text_and_nothing_else(house: House) -> None:
    page = await look(house, "/search?q=alert")
    assert "&lt;script&gt;<mark>alert</mark>(1)" in page
    assert "&lt;b&gt;Lâm Hà" in page
    assert "<script>alert" not in page


async def test_who_may_not_hear_does_not_find(house: House) -> None:
    page = await look(house, "/search?q=kenh+muong", "delegate")
    assert "Không tìm thấy" in page
    assert (await house.go("", "/search?q=kenh")).status in (302, 303)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/search", 200, "Chưa có từ cần tìm"),
        ("/search?q=%22%22", 422, "ít nhất một từ"),
        ("/search?q=" + "a+" * 60, 422, "quá 12 từ"),
        ("/search?q=" + "a" * 500, 422, "quá 200 ký tự"),
        ("/search?q=h%E1%BB%8Dp&from=32%2F13%2F2026", 422, "Ngày chưa đúng"),
        ("/search?q=khong-co-chu-nay", 200, "Không tìm thấy"),
        ("/search?q=kenh&kind=nonsense&before=nonsense", 200, "<mark>kênh</mark>"),
        ("/search?q=kenh&before=1", 200, "Không tìm thấy"),
        ("/search?q=kenh&to=01%2F01%2F2020", 200, "Không tìm thấy"),
        ("/search?q=kenh&kind=minutes", 200, "Không tìm thấy"),
        ("/search?q=k%C3%AAnh%20%22m%C6%B0%C6%A1ng%20n%E1%BA%A1o", 200, "<mark>nạo</mark>"),
        ("/search?q=%27%29%20OR%20%281%3D1%20NEAR%20*%20%3A%20-%20%5E", 200, "Không tìm thấy"),
    ],
)
async def test_every_address_gets_a_clear_page(house: House, address: str, status: int, words: str) -> None:
    response = await house.go("secretary", address)
    assert response.status == status
    assert words in await response.text()


async def test_marks_that_nothing_has_are_told(house: House) -> None:
    assert "không phân biệt dấu" in await look(house, "/search?q=m%C6%B0%E1%BB%9Dng")


async def test_search_stands_on_every_page_but_its_own(house: House) -> None:
    assert 'id="top-q"' in await look(house, "/minutes")
    own = await look(house, "/search")
    assert 'id="top-q"' not in own
    assert 'id="q"' in own
