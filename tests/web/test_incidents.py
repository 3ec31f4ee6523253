"""The incident log: noting, closing, the telephone as attendance, and when it is closed for good."""

from datetime import timedelta

import pytest
from sqlmodel import select

from meetings.models import Meeting, MeetingStatus
from meetings.room_models import Incident, IncidentKind
from tests.browsing import Browser, Page, Site
from tests.factories import NOW, add_meeting, key

LOG = "/meetings/hop/incidents"


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    """Since an hour ago, with the first two communes."""
    world, start = site.world, NOW - timedelta(hours=1)
    async with site.database.write() as session:
        return await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            list(zip(world.communes[:2], world.sites[:2], strict=True)),
            slug="hop",
            starts_at=start,
            started_at=start,
            status=MeetingStatus.IN_SESSION,
        )


async def note(browser: Browser, site: Site, **fields: str) -> Page:
    form = {"unit": str(key(site.world.communes[0])), "kind": "no_sound", "starts_at": "07:20", "text": ""} | fields
    return await browser.send(LOG, form)


async def read_incidents(site: Site) -> list[Incident]:
    async with site.database.read() as session:
        return list((await session.exec(select(Incident))).all())


async def test_technician_notes_what_happened_and_when_it_was_over(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("technician")
    assert (await browser.open(LOG)).value("starts_at") == "08:00"

    noted = await note(browser, site, text="Micro <b>rè</b>")
    [incident] = await read_incidents(site)
    page = await browser.open(LOG)

    assert noted.location == f"{LOG}?done=incident"
    assert (incident.kind, incident.ends_at) == (IncidentKind.NO_SOUND, None)
    assert incident.starts_at == NOW - timedelta(minutes=40)
    assert "07:20 Xã Đức Trọng: Không có tiếng Micro <b>rè</b> Hoàng Kỹ Thuật ghi lúc 08:00" in page.words
    assert "<b>rè" not in page.text
    assert "Đang diễn ra" in page.words

    site.clock.move(minutes=5)
    assert (await browser.send(f"{LOG}/{incident.id}/close")).location == f"{LOG}?done=incident_over"
    assert "07:20–08:05" in (await browser.open(LOG)).words


async def test_telephone_counts_as_attendance_with_its_reason(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("technician")
    await note(browser, site, kind="telephone", starts_at="07:00", ends_at="08:00", text="Mất điện tại trụ sở")
    async with site.database.write() as session:
        row = (await session.exec(select(Meeting).where(Meeting.slug == "hop"))).one()
        row.status, row.ended_at = MeetingStatus.ENDED, NOW
        session.add(row)
    site.clock.move(minutes=1)

    page = await (await site.sign_in("secretary")).open("/meetings/hop/attendance")

    unit = key(site.world.communes[0])
    assert page.chosen(f"mode-{unit}") == ["online"]
    assert "Mất điện tại trụ sở" in page.value(f"note-{unit}")
    assert f'href="{LOG}"' in page.text


async def test_form_says_when_unit_and_reason_are_needed(site: Site, meeting: Meeting) -> None:
    page = await (await site.sign_in("technician")).open(LOG)

    assert "Vào họp bằng điện thoại: phải chọn đơn vị." in page.words
    assert "Nội dung, lý do Bắt buộc khi vào họp bằng điện thoại và với sự cố khác." in page.words


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "feedback", "text": "x"}, "kind"),
        ({"kind": "telephone", "text": ""}, "text"),
        ({"kind": "telephone", "unit": "", "text": "x"}, "unit"),
        ({"kind": "other", "text": " "}, "text"),
        ({"unit": "999999"}, "unit"),
        ({"starts_at": ""}, "starts_at"),
        ({"starts_at": "25:00"}, "starts_at"),
        ({"starts_at": "09:30"}, "starts_at"),
        ({"ends_at": "07:10"}, "ends_at"),
        ({"ends_at": "x"}, "ends_at"),
        ({"text": "x" * 501}, "text"),
    ],
)
async def test_fault_of_the_form_stands_at_its_field(
    site: Site, meeting: Meeting, fields: dict[str, str], fault: str
) -> None:
    refused = await note(await site.sign_in("technician"), site, **fields)

    assert refused.status == 422
    assert list(refused.faults) == [fault]
    assert await read_incidents(site) == []


async def test_log_is_closed_when_the_attendance_is_confirmed(site: Site, meeting: Meeting) -> None:
    async with site.database.write() as session:
        row = (await session.exec(select(Meeting).where(Meeting.slug == "hop"))).one()
        row.status, row.ended_at, row.attendance_confirmed_at = MeetingStatus.ENDED, NOW, NOW
        session.add(row)
    browser = await site.sign_in("technician")

    assert "Nhật ký đã khóa" in (await browser.open(LOG)).words
    assert (await note(browser, site)).status == 409
    assert await read_incidents(site) == []


async def test_overseer_reads_and_writes_nothing(site: Site, meeting: Meeting) -> None:
    leader = await site.sign_in("leader")

    assert "Ghi một sự cố" not in (await leader.open(LOG)).words
    assert (await note(leader, site)).status == 403
    for wrong in ("0", "999", "x"):
        assert (await (await site.sign_in("technician")).send(f"{LOG}/{wrong}/close")).status == 404
