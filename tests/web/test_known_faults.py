"""Security faults that programs of this kind had, and the tests that keep them out of this one.

A message reaches another room
    tests/signaling/test_sfu.py::test_message_reaches_no_other_room
    tests/web/test_socket.py::test_acts_of_others_rooms_people_are_impossible
A way in past the lobby
    tests/signaling/test_lobby_rules.py::test_every_way_in_leads_through_the_lobby
    tests/web/test_socket.py::test_guest_who_waits_hears_nothing_and_attends_nothing
Markup in names: rooms, papers, incidents
    tests/web/test_known_faults.py::test_names_are_shown_as_text
Markup in titles of meetings and of their agenda
    tests/web/test_booking.py::test_titles_are_shown_as_text_never_as_markup
Markup in minutes and their transcript
    tests/web/test_minutes.py::test_names_and_texts_are_never_markup
Markup in an uploaded paper
    tests/web/test_papers.py::test_paper_may_be_framed_by_this_site_alone_and_runs_nothing
Markup that a page would run
    tests/web/test_middlewares.py::test_pages_hold_nothing_inline
E-mail or network addresses are disclosed
    tests/web/test_known_faults.py::test_room_tells_no_address_of_anybody
No check of the single object
    tests/web/test_permission_matrix.py::test_everybody_gets_through_their_doors_and_no_others
    tests/web/test_papers.py::test_paper_opens_under_its_own_meeting_alone
    tests/web/test_minutes.py::test_stranger_does_not_learn_that_there_is_a_meeting
Secrets from a weak source
    tests/web/test_known_faults.py::test_secrets_are_long_and_never_the_same
    tests/web/test_known_faults.py::test_weak_random_numbers_are_for_synthetic_sites_alone
The lobby is throttled by the wrong key
    tests/signaling/test_lobby_rules.py::test_one_link_fills_no_lobby_and_keeps_out_nobody_of_another
    tests/signaling/test_sfu_limits.py::test_guests_are_counted_by_their_link
Anyone clears the chat
    tests/signaling/test_chat_rules.py::test_nobody_can_clear_or_change_what_was_written
A wrong or a plaintext password is accepted
    tests/web/test_known_faults.py::test_password_that_is_stored_plain_opens_nothing
    tests/web/test_auth.py::test_hash_that_cannot_be_read_opens_nothing
    tests/web/test_sign_in.py::test_sign_in_refusal_is_the_same_for_a_wrong_password_and_an_unknown_name
Paths lead out of the folder of recordings
    tests/signaling/test_recorder.py::test_folder_outside_is_refused
    tests/signaling/test_recorder.py::test_names_are_made_harmless
Paths lead out of the folder of papers
    tests/web/test_papers.py::test_nothing_outside_the_folder_is_found
A malformed token crashes the server
    tests/web/test_known_faults.py::test_token_of_nonsense_is_a_fault_of_the_sender
    tests/web/test_known_faults.py::test_secret_of_nonsense_resumes_nothing
A malformed cookie of a session crashes it
    tests/web/test_middlewares.py::test_broken_session_cookie_is_no_session
A malformed cookie of a guest crashes it
    tests/web/test_room.py::test_guest_who_signs_nonsense_is_nobody
The relay reaches private networks
    tests/network/test_turn.py::test_relay_sends_to_the_media_address_alone
    tests/web/test_turn_command.py::test_config_opens_what_the_urls_name_and_sends_to_the_media_alone
The server fetches an address it is given
    tests/web/test_known_faults.py::test_server_fetches_nothing
Signing in leads to another site
    tests/web/test_known_faults.py::test_nothing_leads_to_another_site
    tests/web/test_sign_in.py::test_safe_next_keeps_to_this_site
Frames that are too large
    tests/web/test_socket.py::test_oversize_message_ends_the_socket

No form takes an address of the web. The settings that hold one are the operator's: the database, to which the server
connects; its own origin, the relays and where to report weaknesses, which it only passes on.
A speech model is fetched by its name, from where such models are kept. To the candidates that a browser sends it does
not connect either, for it is ICE-lite.
"""

import ast
import base64
import re
from itertools import product
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError
from sqlmodel import select
from yarl import URL

from meetings.models import Account, MeetingStatus, Person, UnitName
from meetings.models import Site as Place
from signaling import protocol
from tests.browsing import Clock, Site
from tests.factories import NOW, World, add_ended_meeting, add_meeting
from tests.web.rooms import be_guest, make_link, open_rooms
from tests.web.test_booking import book
from tests.web.test_papers import upload
from tests.web.test_sign_in import PASSWORD, try_sign_in
from web.auth import hash_password
from web.database import Database

ROOT = Path(__file__).resolve().parents[2]
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
EXAMPLE = "rieng@example.vn"
LEAST_BITS = 128
OWN_CLIENTS = (
    "web/rehearsal/",  # started by hand, against an address that the operator types
    "web/commands/",
    # The administrator's setting alone says where to: a timestamp server, a language model, a gateway.
    "meetings/signing/timestamps.py",
    "transcripts/redraft_client.py",
    "web/exchange/rest.py",
)


def test_tests_that_are_named_are_there() -> None:
    named = re.findall(r"(tests/[\w/]+\.py)::(test_\w+)", __doc__ or "")
    assert len(named) > 30
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text())
        assert name in {getattr(node, "name", "") for node in tree.body}, f"{path} has no {name}"


def list_sources() -> list[Path]:
    return [path for part in ("meetings", "signaling", "transcripts", "web") for path in (ROOT / part).rglob("*.py")]


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports, and the names from them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_server_fetches_nothing() -> None:
    clients = {"urllib.request", "http.client", "requests", "httpx", "aiohttp.ClientSession", "aiohttp.client"}
    for path in list_sources():
        place = path.relative_to(ROOT).as_posix()
        if not place.startswith(OWN_CLIENTS):
            assert not imports_of(path) & clients, place
            assert "ClientSession" not in path.read_text(), place
    for template in (ROOT / "web" / "templates").rglob("*.html"):
        assert 'type="url"' not in template.read_text(), template.name


def test_weak_random_numbers_are_for_synthetic_sites_alone() -> None:
    using = {path.relative_to(ROOT).as_posix() for path in list_sources() if imports_of(path) & {"random", "uuid"}}
    named = "meetings/exchange/composing.py"  # its identifiers are made of what they name, not by chance
    assert [place for place in using if not place.startswith(("signaling/synthetic", "web/rehearsal/", named))] == []


# Secrets


def bits_of(token: str) -> int:
    return len(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))) * 8


async def test_secrets_are_long_and_never_the_same(database: Database, world: World, tmp_path: Path) -> None:
    async with open_rooms(database, world, tmp_path, Clock()) as rooms:
        secretary = await rooms.sign_in("secretary")
        slugs = {(await book(rooms, secretary, starts_on=day)).slug for day in ("25/11/2026", "26/11/2026")}
        await add_hop(rooms)
        links = {await make_link(rooms, label) for label in ("Ông An", "Bà Bình")}
        guests = {(await be_guest(rooms, token)).cookie("giaoban_guest").partition(".")[0] for token in links}
        browsers = [await rooms.sign_in(who) for who in ("chair", "site1")]
        resumes = {(await rooms.enter(browser))[1].resume for browser in browsers}
        sessions = {browser.cookie() for browser in browsers}
    assert [len(each) for each in (slugs, links, guests, resumes, sessions)] == [2] * 5
    assert all(len(bytes.fromhex(slug)) * 8 >= LEAST_BITS for slug in slugs)
    assert all(bits_of(token) >= LEAST_BITS for token in links | resumes | sessions)


async def test_password_that_is_stored_plain_opens_nothing(site: Site) -> None:
    async with site.database.write() as session:
        account = await session.get_one(Account, site.world.accounts["secretary"].id)
        account.password_hash = PASSWORD
        session.add(account)
    assert (await try_sign_in(site.visit(), "secretary", PASSWORD)).status == 422


async def add_hop(site: Site) -> None:
    """The meeting ``hop``, which has begun, with every commune."""
    world = site.world
    async with site.database.write() as session:
        invited = list(zip(world.communes, world.sites, strict=True))
        await add_meeting(
            session, world.province, world.chair, world.secretary, invited, slug="hop", starts_at=NOW,
            started_at=NOW, status=MeetingStatus.IN_SESSION, hall_id=world.hall.id,
        )  # fmt: skip


# Tokens of nonsense

NONSENSE = (
    "%00",
    "%ff%fe",
    "%ED%A0%80",
    "..%2f..%2fetc%2fpasswd",
    "%0d%0aSet-Cookie:%20x=1",
    "a" * 5000,
    "%C4%91",
    "'",
)


async def test_token_of_nonsense_is_a_fault_of_the_sender(database: Database, world: World, tmp_path: Path) -> None:
    async with open_rooms(database, world, tmp_path, Clock()) as rooms:
        browser = rooms.visit()
        for token, page in product(NONSENSE, ("", "/room", "/connection", "/papers/1", "/papers/x", "/ws")):
            path = f"/g/{token}{page}"
            answer = await browser.session.get(URL(path, encoded=True), headers={"Origin": rooms.origin})
            assert 400 <= answer.status < 500, path
            left = await browser.session.get(URL(f"/g/{token}/left", encoded=True))
            assert left.status < 500, token  # whoever's link is no longer good may read that page
        secretary = await rooms.sign_in("secretary")
        for slug, page in product(
            NONSENSE, ("", "/room", "/ws", "/minutes", "/papers/x", "/papers/99999999999999999999")
        ):
            path = f"/meetings/{slug}{page}"
            answer = await secretary.session.get(URL(path, encoded=True), headers={"Origin": rooms.origin})
            assert 400 <= answer.status < 500, path


async def test_secret_of_nonsense_resumes_nothing(database: Database, world: World, tmp_path: Path) -> None:
    async with open_rooms(database, world, tmp_path, Clock()) as rooms:
        await add_hop(rooms)
        browser = await rooms.sign_in("site1")
        for resume in ("", "x", "\u0111", "\0", "../..", "9" * 200):
            client = await rooms.connect(browser)
            await client.say(protocol.Join(version=protocol.VERSION, resume=resume, name=None))
            answer = await client.socket.receive()
            assert answer.data == 4400 or '"type":"joined"' in str(answer.data).replace(" ", ""), resume
        for cookie in ("a.b", ".", "%00", "=" * 3000):
            path = f"/g/{await make_link(rooms)}/ws"
            with pytest.raises(WSServerHandshakeError) as refused:
                await rooms.connect(rooms.visit(), path, Cookie=f"giaoban_guest={cookie}; giaoban_browser={cookie}")
            assert refused.value.status == 403


# Ways elsewhere

ELSEWHERE = (
    "//evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "https:evil.example",
    "/\t/evil.example",
    " //evil.example",
    "%2f%2fevil.example",
    "/%0d%0aSet-Cookie:x=1",
    "/\r\nSet-Cookie:x=1",
    "javascript:alert(1)",
    "/@evil.example",
)


async def test_nothing_leads_to_another_site(site: Site) -> None:
    async with site.database.write() as session:
        account = await session.get_one(Account, site.world.accounts["secretary"].id)
        account.password_hash = await hash_password(PASSWORD)
        session.add(account)
    known = await site.sign_in("secretary")
    for target in ELSEWHERE:
        answers = [
            await try_sign_in(site.visit(), "secretary", PASSWORD, next=target),
            await known.open(str(URL("/login").with_query(next=target))),
            await known.send("/display", {"text_size": "1", "next": target}),
        ]
        for answer in answers:
            assert answer.status == 303
            assert site.server.make_url("/").join(URL(answer.location)).host == site.server.host, target
            assert re.match(r"/(?![/\\])", answer.location), target
            assert "x" not in {cookie.key for cookie in known.session.cookie_jar}


# What is shown


async def test_names_are_shown_as_text(site: Site) -> None:
    """Of units, sites and halls, people, papers, links, incidents and who is on duty; on every page that shows them."""
    world = site.world
    async with site.database.write() as session:
        for table, field in ((Place, "name"), (Place, "address"), (Person, "full_name"), (UnitName, "name")):
            for row in (await session.exec(select(table))).all():
                setattr(row, field, f"{EVIL} {getattr(row, field)}")
                session.add(row)
        await add_ended_meeting(
            session, world.province, world.chair, world.secretary, [], [], NOW, slug="qua", title=EVIL
        )
    await add_hop(site)
    secretary, technician = await site.sign_in("secretary"), await site.sign_in("technician")
    assert (await upload(secretary, f"{EVIL}.pdf", title=EVIL)).status == 303
    assert (await secretary.send("/meetings/hop/guests", {"label": EVIL})).status == 200
    incident = {"unit": str(world.communes[0].id), "kind": "no_sound", "starts_at": "08:00", "text": EVIL}
    assert (await technician.send("/meetings/hop/incidents", incident)).status == 303
    duty = {"site": str(world.sites[0].id), "name": EVIL, "phone": "0263 3822 000"}
    assert (await technician.send("/meetings/hop/rehearsal/duty", duty)).status in (200, 303)
    of_hop = ("", "/edit", "/voters", "/papers", "/rehearsal", "/incidents", "/lobby", "/room", "/projection",
              "/guests", "/left", "/minutes")  # fmt: skip
    paths = ["/", "/meetings?date=2026-11-24", "/minutes", "/units", "/sites", "/connection", "/ratio",
             f"/units/{world.communes[0].id}", f"/sites/{world.sites[0].id}", "/meetings/qua",
             "/meetings/qua/attendance", "/meetings/qua/minutes"]  # fmt: skip
    paths += [f"/meetings/hop{part}" for part in of_hop]
    shown = 0
    others = [await site.sign_in(who) for who in ("administrator", "leader")]
    for browser, path in product((secretary, technician, *others), paths):
        page = await browser.open(path)
        assert page.status < 500, path
        assert "<script>alert" not in page.text, path
        assert "<img src=x" not in page.text, path
        shown += "&lt;script&gt;alert" in page.text
    assert shown > len(paths)


async def test_room_tells_no_address_of_anybody(database: Database, world: World, tmp_path: Path) -> None:
    """Neither a guest nor a site learns the e-mail, the account or the network address of another."""
    async with database.write() as session:
        for person in (await session.exec(select(Person))).all():
            person.email = EXAMPLE
            session.add(person)
    async with open_rooms(database, world, tmp_path, Clock()) as rooms:
        await add_hop(rooms)
        token = await make_link(rooms)
        chair, joined = await rooms.enter(await rooms.sign_in("chair"))
        guest = await be_guest(rooms, token)
        _, as_guest = await rooms.let_in(chair, guest, f"/g/{token}/ws")
        site = await rooms.sign_in("site1")
        _, as_site = await rooms.enter(site)
        for told in (joined, as_guest, as_site):
            assert len(told.participants) > 0
            text = protocol.encode(told)
            for private in (EXAMPLE, "127.0.0.1", "account:", "guest:", "link:", world.accounts["site1"].username):
                assert private not in text, private
        pages = [await guest.open(f"/g/{token}{part}") for part in ("", "/room", "/left", "/connection")]
        pages += [await site.open(f"/meetings/hop{part}") for part in ("", "/lobby", "/room", "/papers", "/left")]
        for page in pages:
            assert page.status == 200, page.url
            assert EXAMPLE not in page.text, page.url
