"""Lobby, room, the page after leaving, and guests' links, as pages."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from sqlmodel import select

from meetings.models import AuditEntry, GuestLink, Meeting, MeetingStatus
from meetings.tokens import hash_token
from tests.browsing import Browser, Page, Site
from tests.factories import NOW, add_meeting, add_presence
from web.pages.admissions import read_guest_name
from web.pages.room import REASONS


@pytest.fixture
async def meeting(site: Site) -> Meeting:
    """A meeting ``hop`` that begins now, to which the first two communes are invited."""
    world = site.world
    async with site.database.write() as session:
        return await add_meeting(
            session,
            world.province,
            world.chair,
            world.secretary,
            list(zip(world.communes[:2], world.sites[:2], strict=True)),
            slug="hop",
            title="Giao ban <b>tháng 11</b>",
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=2),
        )


async def make_link(site: Site, label: str = "Ông An") -> tuple[Page, str]:
    """The page that shows a new link, and the link's path."""
    secretary = await site.sign_in("secretary")
    await secretary.open("/meetings/hop/guests")
    page = await secretary.send("/meetings/hop/guests", {"label": label})
    _, _, token = page.text.partition("/g/")
    return page, "/g/" + token.partition("<")[0]


async def test_lobby_greets_a_site_by_name(site: Site, meeting: Meeting) -> None:
    page = await (await site.sign_in("site1")).open("/meetings/hop/lobby")

    assert page.status == 200
    assert "Điểm cầu xã Đức Trọng" in page.words
    assert 'action="/meetings/hop/room"' in page.text
    assert "<b>tháng" not in page.text


@pytest.mark.parametrize("path", ["lobby", "room", "left", "guests"])
@pytest.mark.parametrize(("who", "status"), [("site3", 404), ("inspector", 403)])
async def test_pages_are_for_those_who_are_invited(
    site: Site, meeting: Meeting, path: str, who: str, status: int
) -> None:
    page = await (await site.sign_in(who)).open(f"/meetings/hop/{path}")

    if (who, path) == ("inspector", "left"):
        assert page.status == 200  # whoever may see the meeting may see that they left it
    else:
        assert page.status == status


@pytest.mark.parametrize("path", ["lobby", "room", "left", "guests"])
async def test_visitor_is_sent_to_sign_in(site: Site, meeting: Meeting, path: str) -> None:
    page = await site.visit().open(f"/meetings/hop/{path}")

    assert (page.status, page.location) == (303, f"/login?next=%2Fmeetings%2Fhop%2F{path}")


async def test_room_page_names_its_socket(site: Site, meeting: Meeting) -> None:
    page = await (await site.sign_in("site1")).open("/meetings/hop/room")

    assert page.status == 200
    assert 'data-socket="/meetings/hop/ws"' in page.text
    assert 'data-left="/meetings/hop/left"' in page.text


@pytest.mark.parametrize(("who", "early", "open_"), [("delegate", 16, 15), ("site1", 61, 60), ("technician", 61, 60)])
async def test_room_that_is_not_open_leads_back_to_the_lobby(
    site: Site, meeting: Meeting, who: str, early: int, open_: int
) -> None:
    browser = await site.sign_in(who)
    site.clock.now = NOW - timedelta(minutes=early)
    assert (await browser.open("/meetings/hop/room")).location == "/meetings/hop/lobby"
    assert "disabled" in (await browser.open("/meetings/hop/lobby")).text
    site.clock.now = NOW - timedelta(minutes=open_)
    assert (await browser.open("/meetings/hop/room")).status == 200


@pytest.mark.parametrize(
    ("status", "words"),
    [(MeetingStatus.CANCELLED, "Cuộc họp đã hủy"), (MeetingStatus.ENDED, "Cuộc họp đã kết thúc")],
)
async def test_lobby_of_a_meeting_that_is_over_says_so(
    site: Site, meeting: Meeting, status: MeetingStatus, words: str
) -> None:
    async with site.database.write() as session:
        row = (await session.exec(select(Meeting))).one()
        row.status = status
        session.add(row)
    browser = await site.sign_in("site1")

    assert words in (await browser.open("/meetings/hop/lobby")).words
    assert (await browser.open("/meetings/hop/room")).location == "/meetings/hop/lobby"


async def test_left_page_tells_the_time_in_the_room(site: Site, meeting: Meeting) -> None:
    identity = f"account:{site.world.actors['site1'].account_id}"
    async with site.database.write() as session:
        await add_presence(session, meeting, NOW, NOW + timedelta(minutes=20), identity=identity)
        await add_presence(
            session, meeting, NOW + timedelta(minutes=30), NOW + timedelta(minutes=45), identity=identity
        )
        await add_presence(session, meeting, NOW, NOW + timedelta(hours=1))
    site.clock.move(hours=1)

    page = await (await site.sign_in("site1")).open("/meetings/hop/left?reason=left")

    assert "35 phút" in page.words
    assert "08:00" in page.words
    assert "08:45" in page.words


@pytest.mark.parametrize("reason", [*REASONS, "x", "<script>"])
async def test_left_page_has_words_for_every_reason(site: Site, meeting: Meeting, reason: str) -> None:
    page = await (await site.sign_in("site1")).open(f"/meetings/hop/left?reason={reason}")

    assert page.status == 200
    assert "<script>" not in page.text.partition("<main")[2]


async def test_who_was_there_can_say_what_was_not_right(site: Site, meeting: Meeting) -> None:
    browser = await site.sign_in("site1")
    assert "Có gì chưa ổn" not in (await browser.open("/meetings/hop/left")).words
    assert (await browser.send("/meetings/hop/left", {"text": "Tiếng bị rè"})).status == 403
    identity = f"account:{site.world.actors['site1'].account_id}"
    async with site.database.write() as session:
        await add_presence(session, meeting, NOW, NOW + timedelta(minutes=20), identity=identity)
    assert "Có gì chưa ổn" in (await browser.open("/meetings/hop/left")).words

    refused = await browser.send("/meetings/hop/left?reason=ended", {"text": " "})
    sent = await browser.send("/meetings/hop/left?reason=ended", {"text": "Tiếng bị rè <b>"})

    assert (refused.status, list(refused.faults)) == (422, ["text"])
    assert sent.location == "/meetings/hop/left?reason=ended&told=1"
    assert "Đã ghi nhận" in (await browser.open(sent.location)).words
    log = await (await site.sign_in("technician")).open("/meetings/hop/incidents")
    assert "Tiếng bị rè <b>" in log.words
    assert "rè <b>" not in log.text


async def test_link_is_shown_once_and_kept_as_a_hash(site: Site, meeting: Meeting) -> None:
    page, path = await make_link(site)
    assert page.status == 200

    again = await (await site.sign_in("secretary")).open("/meetings/hop/guests")

    assert path not in again.text
    assert "Ông An" in again.words
    async with site.database.read() as session:
        [link] = (await session.exec(select(GuestLink))).all()
        actions = [entry.action for entry in (await session.exec(select(AuditEntry))).all()]
    assert link.token_hash == hash_token(path.removeprefix("/g/"))
    assert link.expires_at == meeting.ends_at + timedelta(hours=4)
    assert "guest_link.create" in actions


async def test_label_of_a_link_holds_what_can_be_read(site: Site, meeting: Meeting) -> None:
    await make_link(site, "Ông\0 An\u202e")
    async with site.database.read() as session:
        [link] = (await session.exec(select(GuestLink))).all()
    assert link.label == "Ông An"


async def test_link_without_a_label_is_refused_and_the_page_says_why(site: Site, meeting: Meeting) -> None:
    page, _ = await make_link(site, label="  ")

    assert page.status == 422
    assert "Cần nhập tên khách mời" in page.words


@pytest.mark.parametrize("who", ["site1", "delegate", "technician"])
async def test_links_are_made_by_those_who_run_the_meeting(site: Site, meeting: Meeting, who: str) -> None:
    browser = await site.sign_in(who)

    assert (await browser.open("/meetings/hop/guests")).status == 403
    assert (await browser.send("/meetings/hop/guests", {"label": "Bạn tôi"})).status == 403
    async with site.database.read() as session:
        assert (await session.exec(select(GuestLink))).all() == []


async def test_guest_gives_a_name_and_goes_in(site: Site, meeting: Meeting) -> None:
    _, path = await make_link(site)
    browser = site.visit()
    assert (await browser.open(f"{path}/room")).location == path
    assert "Họ tên của bạn" in (await browser.open(path)).words

    entered = await browser.send(path, {"name": " Nguyễn   Văn An "})

    assert (entered.status, entered.location) == (303, f"{path}/room")
    room = await browser.open(f"{path}/room")
    assert 'data-guest="Nguyễn Văn An"' in room.text
    assert f'data-socket="{path}/ws"' in room.text
    assert (await browser.open(f"{path}/left")).status == 200


@pytest.mark.parametrize("name", ["", " ", "A", "x" * 101, "\u202e\u200b", "\u200b" * 9, "..."])
async def test_guests_bad_name_is_refused_with_what_was_typed(site: Site, meeting: Meeting, name: str) -> None:
    _, path = await make_link(site)
    browser = site.visit()
    await browser.open(path)

    page = await browser.send(path, {"name": name})

    assert page.status == 422
    assert "từ 2 đến 100 ký tự" in page.words


async def test_guests_form_from_elsewhere_is_refused(site: Site, meeting: Meeting) -> None:
    _, path = await make_link(site)
    browser = site.visit()
    await browser.open(path)

    assert (await browser.send(path, {"name": "Nguyễn Văn An"}, csrf="")).status == 403


async def test_revoked_link_opens_nothing(site: Site, meeting: Meeting) -> None:
    _, path = await make_link(site)
    secretary = await site.sign_in("secretary")
    await secretary.open("/meetings/hop/guests")
    revoked = await secretary.send("/meetings/hop/guests/1/revoke")
    assert (revoked.status, revoked.location) == (303, "/meetings/hop/guests")

    guest = site.visit()

    assert (await guest.open(path)).status == 404
    assert (await guest.open(f"{path}/room")).status == 404
    assert (await guest.open(f"{path}/left?reason=closed")).status == 200


@pytest.mark.parametrize("link", ["0", "2", "x", "99999999999"])
async def test_revoking_what_is_no_link_of_the_meeting_is_not_found(site: Site, meeting: Meeting, link: str) -> None:
    await make_link(site)
    secretary = await site.sign_in("secretary")
    await secretary.open("/meetings/hop/guests")

    assert (await secretary.send(f"/meetings/hop/guests/{link}/revoke")).status == 404


async def test_invited_person_who_follows_a_link_comes_in_as_themselves(site: Site, meeting: Meeting) -> None:
    _, path = await make_link(site)

    async def follow(browser: Browser) -> Page:
        return await browser.open(path)

    assert (await follow(await site.sign_in("site1"))).location == "/meetings/hop/lobby"
    assert (await follow(await site.sign_in("site3"))).status == 200  # not invited: a guest like any other


def test_read_guest_name_keeps_letters_and_drops_the_rest() -> None:
    assert read_guest_name("  Đỗ\u202e Thị\n Huệ\x00 ") == "Đỗ Thị Huệ"


@pytest.mark.parametrize(
    "content",
    [b"x", b"not json", b"[1]", b'["a", "b", "c"]', b"[{}, []]", b'["n", "\\ud800"]', b"[" * 9000]
    + [json.dumps([nonce, name]).encode() for nonce, name in (("n" * 3000, "Ông An"), ("n" * 22, "."), (1, "Ông An"))],
)
async def test_guest_who_signs_nonsense_is_nobody(site: Site, meeting: Meeting, content: bytes) -> None:
    """A guest knows the link, which is the key of the signature."""
    _, path = await make_link(site)
    for body in (base64.urlsafe_b64encode(content)[:3000], content[:1]):
        signature = hmac.new(path.removeprefix("/g/").encode(), body, hashlib.sha256).hexdigest()
        browser = site.visit()
        page = await browser.open(path, Cookie=f"giaoban_guest={body.decode()}.{signature}")
        assert (page.status, page.value("name")) == (200, "")
        room = await browser.open(f"{path}/room", Cookie=f"giaoban_guest={body.decode()}.{signature}")
        assert (room.status, room.location) == (303, path)
