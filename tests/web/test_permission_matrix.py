"""Every address of the site against every kind of account. An address that is not in the table fails the test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.browsing import Page
from tests.factories import World
from tests.web.street import PEOPLE, VISITOR, Street, open_street
from web.database import Database

SIGNED_IN = frozenset(PEOPLE)
EVERYBODY = SIGNED_IN | {VISITOR}
NOBODY: frozenset[str] = frozenset()
RUNS = frozenset({"office", "secretary"})
INVITED = frozenset({"contact", "delegate", "site1"})
OVERSEES = frozenset({"leader", "inspector"})
SEES = RUNS | INVITED | OVERSEES | {"chair", "technician", "administrator"}
ENTERS = RUNS | INVITED | {"chair", "technician", "leader"}
OPERATES = RUNS | {"chair", "technician"}
READS_PAPERS = ENTERS | {"inspector"}
READS_MINUTES = RUNS | OVERSEES | {"chair", "contact", "delegate", "site1", "site2", "clerk"}  # all communes were there
ANSWERS = RUNS | OVERSEES | {"chair"}
REGISTERS = RUNS | {"contact"}
NUMBERS = frozenset({"clerk", "office"})
SIGNS = RUNS | {"chair", "clerk"}
DRAFTS = RUNS | OVERSEES | {"chair", "clerk"}
KEEPS_UNITS = frozenset({"administrator", "office"})
CLOSES = KEEPS_UNITS | {"technician"}
ADMINISTERS = frozenset({"administrator"})
INSPECTS = frozenset({"administrator", "inspector"})

# Who is let through, and, where the route's own text does not say it, the address that is asked.
# ``coming`` is tomorrow's meeting with the first commune invited, ``held`` yesterday's with all three and minutes.
TABLE: dict[str, tuple[frozenset[str], str]] = {
    "GET /": (SIGNED_IN, ""),
    "GET /login": (EVERYBODY, ""),
    "POST /login": (EVERYBODY, ""),
    "POST /logout": (SIGNED_IN, ""),
    "POST /display": (EVERYBODY, ""),
    "GET /account": (SIGNED_IN, ""),
    "POST /account/password": (SIGNED_IN, ""),
    "GET /healthz": (EVERYBODY, ""),
    "GET /connection/secure-context": (EVERYBODY, ""),
    "GET /.well-known/security.txt": (EVERYBODY, ""),
    "GET /static/{path}": (EVERYBODY, "/static/css/base.css"),
    "GET /meetings": (SIGNED_IN, ""),
    "GET /meetings/weekly": (SIGNED_IN, ""),
    "GET /meetings/{slug}/move": (RUNS, "/meetings/coming/move"),
    "POST /meetings/{slug}/move": (RUNS, "/meetings/coming/move"),
    "GET /admin/maintenance": (CLOSES | {"inspector"}, ""),
    "POST /admin/maintenance": (CLOSES, ""),
    "POST /admin/maintenance/{id}/end": (CLOSES, "/admin/maintenance/1/end"),
    "GET /meetings/new": (RUNS, ""),
    "POST /meetings/new": (RUNS, ""),
    "POST /meetings/busy": (RUNS, ""),
    "POST /series/preview": (RUNS, ""),
    "GET /series/{slug}": (SEES, "/series/weekly"),
    "GET /templates": (RUNS, ""),
    "POST /templates": (RUNS, "/templates?meeting=coming"),
    "GET /templates/new": (RUNS, "/templates/new?meeting=coming"),
    "POST /templates/{id}": (RUNS, "/templates/1"),
    "POST /templates/{id}/delete": (RUNS, "/templates/PAPER/delete"),
    "GET /meetings/import": (frozenset({"office"}), ""),
    "POST /meetings/import": (frozenset({"office"}), ""),
    "POST /meetings/import/take": (frozenset({"office"}), ""),
    "GET /meetings/import/calendar": (RUNS, ""),
    "POST /meetings/import/calendar": (RUNS, ""),
    "POST /meetings/import/calendar/take": (RUNS, ""),
    "GET /meetings/{slug}": (SEES, "/meetings/coming"),
    "GET /meetings/{slug}/edit": (RUNS, "/meetings/coming/edit"),
    "POST /meetings/{slug}/edit": (RUNS, "/meetings/coming/edit"),
    "GET /meetings/{slug}/{step}": (RUNS, "/meetings/coming/postpone"),  # each step: tests/meetings/test_permissions
    "POST /meetings/{slug}/{step}": (RUNS, "/meetings/coming/cancel"),
    "GET /deadlines": (RUNS | {"inspector"}, ""),
    "GET /admin/holidays": (KEEPS_UNITS | {"inspector"}, ""),
    "POST /admin/holidays": (KEEPS_UNITS, ""),
    "POST /admin/holidays/import": (KEEPS_UNITS, ""),
    "POST /admin/holidays/remove": (KEEPS_UNITS, ""),
    "GET /meetings/{slug}/held": (RUNS, "/meetings/coming/held"),
    "POST /meetings/{slug}/held": (RUNS, "/meetings/coming/held"),
    "GET /meetings/{slug}/attendance": (RUNS, "/meetings/held/attendance"),
    "POST /meetings/{slug}/attendance": (RUNS, "/meetings/held/attendance"),
    "GET /meetings/{slug}/attendance/people": (RUNS, "/meetings/held/attendance/people?unit=UNIT"),
    "GET /meetings/{slug}/attendance/unit": (RUNS, "/meetings/held/attendance/unit"),
    "POST /meetings/{slug}/attendance/unit": (RUNS, "/meetings/held/attendance/unit"),
    "GET /meetings/{slug}/attendance.{format}": (ANSWERS, "/meetings/held/attendance.csv"),
    "GET /meetings/{slug}/delegates": (ANSWERS | INVITED, "/meetings/coming/delegates"),
    "POST /meetings/{slug}/delegates": (REGISTERS, "/meetings/coming/delegates"),
    "GET /meetings/{slug}/delegates/{id}": (REGISTERS, "/meetings/coming/delegates/1"),
    "POST /meetings/{slug}/delegates/{id}": (REGISTERS, "/meetings/coming/delegates/1"),
    "POST /meetings/{slug}/delegates/{id}/consent": (RUNS | {"chair"}, "/meetings/coming/delegates/1/consent"),
    "POST /meetings/{slug}/delegates/{id}/remove": (REGISTERS, "/meetings/coming/delegates/PERSON/remove"),
    "POST /meetings/{slug}/answer": (REGISTERS, "/meetings/coming/answer"),
    "GET /meetings/{slug}/requests": (ANSWERS | INVITED, "/meetings/coming/requests"),
    "POST /meetings/{slug}/requests": (REGISTERS, "/meetings/coming/requests"),
    "POST /meetings/{slug}/requests/{id}/decide": (RUNS | {"chair"}, "/meetings/coming/requests/1/decide"),
    "POST /meetings/{slug}/requests/{id}/withdraw": (REGISTERS, "/meetings/coming/requests/PERSON/withdraw"),
    "GET /a/{token}": (EVERYBODY, "/a/ANSWER"),
    "POST /a/{token}": (EVERYBODY, "/a/ANSWER"),
    "GET /c/{token}": (EVERYBODY, "/c/CODE"),
    "POST /c/{token}": (EVERYBODY, "/c/CODE"),
    "GET /meetings/{slug}/checkin": (OPERATES, "/meetings/coming/checkin"),
    "POST /meetings/{slug}/checkin": (OPERATES, "/meetings/coming/checkin"),
    "GET /meetings/{slug}/voters": (RUNS, "/meetings/coming/voters"),
    "POST /meetings/{slug}/voters": (RUNS, "/meetings/coming/voters"),
    "GET /meetings/{slug}/papers": (READS_PAPERS, "/meetings/coming/papers"),
    "POST /meetings/{slug}/papers": (RUNS, "/meetings/coming/papers"),
    "GET /meetings/{slug}/papers/{id}": (READS_PAPERS, "/meetings/coming/papers/1"),
    "POST /meetings/{slug}/papers/{id}/withdraw": (RUNS, "/meetings/coming/papers/PAPER/withdraw"),
    "GET /meetings/{slug}/rehearsal": (OPERATES | OVERSEES | INVITED, "/meetings/coming/rehearsal"),
    "POST /meetings/{slug}/rehearsal/duty": (OPERATES | {"site1", "contact"}, "/meetings/coming/rehearsal/duty"),
    "POST /meetings/{slug}/rehearsal/report": (ENTERS, "/meetings/coming/rehearsal/report"),
    "GET /meetings/{slug}/incidents": (OPERATES | OVERSEES, "/meetings/coming/incidents"),
    "POST /meetings/{slug}/incidents": (OPERATES, "/meetings/coming/incidents"),
    "POST /meetings/{slug}/incidents/{id}/close": (OPERATES, "/meetings/coming/incidents/1/close"),
    "GET /connection": (SIGNED_IN, ""),
    "POST /connection/report": (SIGNED_IN, ""),
    "GET /connection/reports": (frozenset({"technician", "administrator"}), ""),
    "GET /connection/reports/{id}": (OPERATES | OVERSEES | {"administrator", "site1"}, "/connection/reports/1"),
    "GET /g/{token}/connection": (EVERYBODY, "/g/TOKEN/connection"),
    "POST /g/{token}/connection/report": (EVERYBODY, "/g/TOKEN/connection/report"),
    "GET /g/{token}/papers/{id}": (NOBODY, "/g/TOKEN/papers/1"),  # who has not been in the room; see test_papers.py
    "GET /meetings/{slug}/projection": (ENTERS, "/meetings/coming/projection"),
    "POST /meetings/{slug}/left": (frozenset({"delegate"}), "/meetings/coming/left"),  # who was there
    "POST /g/{token}/left": (NOBODY, "/g/TOKEN/left"),  # who was not in the room
    "GET /meetings/{slug}/lobby": (ENTERS, "/meetings/coming/lobby"),
    "GET /meetings/{slug}/room": (ENTERS, "/meetings/coming/room"),
    "GET /meetings/{slug}/left": (SEES, "/meetings/coming/left"),
    "GET /meetings/{slug}/guests": (RUNS | {"chair"}, "/meetings/coming/guests"),
    "POST /meetings/{slug}/guests": (RUNS | {"chair"}, "/meetings/coming/guests"),
    "POST /meetings/{slug}/guests/{id}/revoke": (RUNS | {"chair"}, "/meetings/coming/guests/1/revoke"),
    "GET /g/{token}": (EVERYBODY, "/g/TOKEN"),
    "POST /g/{token}": (EVERYBODY, "/g/TOKEN"),
    "GET /g/{token}/room": (EVERYBODY, "/g/TOKEN/room"),
    "GET /g/{token}/left": (EVERYBODY, "/g/TOKEN/left"),
    "GET /documents": (frozenset({"clerk", "office"}) | OVERSEES, ""),
    "POST /documents/gaps": (frozenset({"office"}), ""),  # a clerk for the own organs; see test_documents.py
    "GET /documents/templates": (NUMBERS, ""),
    "GET /documents/templates/{id}": (NUMBERS, "/documents/templates/1"),
    "POST /documents/templates/{id}": (NUMBERS, "/documents/templates/1"),
    "POST /documents/templates/{id}/copy": (NUMBERS, "/documents/templates/1/copy"),
    "POST /documents/templates/{id}/retire": (NUMBERS, "/documents/templates/1/retire"),
    "GET /meetings/{slug}/notice": (DRAFTS, "/meetings/held/notice"),
    "POST /meetings/{slug}/notice": (RUNS, "/meetings/held/notice"),
    "GET /meetings/{slug}/minutes/document": (DRAFTS, "/meetings/held/minutes/document"),
    "GET /documents/{id}": (DRAFTS, "/documents/2"),
    "GET /documents/{id}/edit": (RUNS | {"clerk"}, "/documents/2/edit"),
    "POST /documents/{id}/edit": (RUNS | {"clerk"}, "/documents/2/edit"),
    "POST /documents/{id}/submit": (RUNS | {"clerk"}, "/documents/2/submit"),
    "POST /documents/{id}/return": (RUNS | {"clerk"}, "/documents/2/return"),
    "POST /documents/{id}/scan": (RUNS | {"clerk"}, "/documents/2/scan"),
    "POST /documents/{id}/number": (NUMBERS, "/documents/2/number"),
    "POST /documents/{id}/issue": (NUMBERS, "/documents/2/issue"),
    "POST /documents/{id}/withdraw": (RUNS | {"clerk"}, "/documents/2/withdraw"),
    "POST /documents/{id}/replace": (RUNS | {"clerk"}, "/documents/2/replace"),
    "POST /documents/{id}/correct": (RUNS | {"clerk"}, "/documents/2/correct"),
    "GET /documents/{id}/van-ban.{format}": (DRAFTS, "/documents/2/van-ban.docx"),
    "GET /documents.csv": (frozenset({"clerk", "office"}) | OVERSEES, ""),
    "GET /documents/sign/program.js": (NOBODY, ""),  # none is set up
    "GET /documents/{id}/sign": (DRAFTS, "/documents/1/sign"),
    "GET /documents/{id}/sign/file.pdf": (DRAFTS, "/documents/1/sign/file.pdf"),
    "POST /documents/{id}/sign/upload": (SIGNS, "/documents/1/sign/upload"),
    "POST /documents/{id}/sign/key": (SIGNS, "/documents/1/sign/key"),
    "POST /documents/{id}/sign/seal": (NOBODY, "/documents/1/sign/seal"),  # no key is set up; see test_signing.py
    "POST /documents/{id}/sign/confirm": (SIGNS, "/documents/1/sign/confirm"),
    "POST /documents/{id}/sign/discard": (SIGNS, "/documents/1/sign/discard"),
    "POST /documents/{id}/sign/image/{whose}": (SIGNS, "/documents/1/sign/image/own"),
    "POST /documents/{id}/sign/program": (NOBODY, "/documents/1/sign/program"),  # none is set up
    "GET /documents/{id}/sign/program/{token}/van-ban.pdf": (NOBODY, "/documents/1/sign/program/TOKEN/van-ban.pdf"),
    "POST /documents/{id}/sign/program/{token}": (NOBODY, "/documents/1/sign/program/TOKEN"),
    "GET /verify": (EVERYBODY, ""),
    "POST /verify": (EVERYBODY, ""),
    "POST /verify/code": (EVERYBODY, ""),
    "GET /meetings/{slug}/invitation": (SEES | {"clerk"}, "/meetings/coming/invitation"),
    "GET /meetings/{slug}/invitation/{id}/signed.pdf": (DRAFTS, "/meetings/coming/invitation/1/signed.pdf"),
    "POST /meetings/{slug}/invitation/draft": (RUNS, "/meetings/coming/invitation/draft"),
    "POST /meetings/{slug}/invitation/before": (RUNS, "/meetings/coming/invitation/before"),
    "GET /meetings/{slug}/invitation/{id}/edit": (RUNS, "/meetings/coming/invitation/1/edit"),
    "POST /meetings/{slug}/invitation/{id}/edit": (RUNS, "/meetings/coming/invitation/1/edit"),
    "POST /meetings/{slug}/invitation/{id}/submit": (RUNS, "/meetings/coming/invitation/1/submit"),
    "POST /meetings/{slug}/invitation/{id}/return": (RUNS | {"clerk"}, "/meetings/coming/invitation/1/return"),
    "POST /meetings/{slug}/invitation/{id}/signed": (RUNS | {"clerk"}, "/meetings/coming/invitation/1/signed"),
    "POST /meetings/{slug}/invitation/{id}/number": (NUMBERS, "/meetings/coming/invitation/1/number"),
    "POST /meetings/{slug}/invitation/{id}/issue": (NUMBERS, "/meetings/coming/invitation/1/issue"),
    "POST /meetings/{slug}/invitation/{id}/withdraw": (RUNS | {"clerk"}, "/meetings/coming/invitation/1/withdraw"),
    "GET /meetings/{slug}/invitation/{id}/giay-moi.{format}": (DRAFTS, "/meetings/coming/invitation/1/giay-moi.docx"),
    "GET /tasks": (SIGNED_IN, ""),
    "GET /tasks.{format}": (SIGNED_IN, "/tasks.csv"),
    "GET /tasks/{id}": (READS_MINUTES, "/tasks/1"),
    "POST /tasks/{id}": (RUNS | {"chair"}, "/tasks/1"),  # more on each step: tests/meetings/test_tasks.py
    "GET /meetings/{slug}/file": (ANSWERS, "/meetings/held/file"),
    "GET /meetings/{slug}/file.zip": (ANSWERS, "/meetings/held/file.zip"),
    "POST /meetings/{slug}/file/{step}": (RUNS | {"leader", "chair"}, "/meetings/held/file/hold"),  # test_archive.py
    "GET /archive": (RUNS | OVERSEES | {"chair", "administrator"}, ""),
    "GET /archive/retention": (RUNS | OVERSEES | {"chair", "administrator"}, ""),
    "POST /archive/retention": (KEEPS_UNITS, ""),
    "POST /archive/retention/{id}": (KEEPS_UNITS, "/archive/retention/1"),
    "GET /archive/destructions/{id}": (ANSWERS, "/archive/destructions/1"),
    "GET /minutes": (SIGNED_IN, ""),
    "GET /search": (SIGNED_IN, "/search?q=h%E1%BB%8Dp"),
    "GET /meetings/{slug}/minutes": (READS_MINUTES, "/meetings/held/minutes"),
    "POST /meetings/{slug}/minutes/save": (RUNS, "/meetings/held/minutes/save"),
    "POST /meetings/{slug}/minutes/submit": (RUNS, "/meetings/held/minutes/submit"),
    "POST /meetings/{slug}/minutes/approve": (frozenset({"chair"}), "/meetings/held/minutes/approve"),
    "POST /meetings/{slug}/minutes/redraft": (RUNS, "/meetings/held/minutes/redraft"),
    "POST /meetings/{slug}/minutes/return": (frozenset({"chair"}), "/meetings/held/minutes/return"),
    "POST /meetings/{slug}/minutes/new-version": (RUNS, "/meetings/held/minutes/new-version"),
    "POST /meetings/{slug}/minutes/document": (RUNS, "/meetings/held/minutes/document"),
    "GET /meetings/{slug}/minutes/revisions": (ANSWERS, "/meetings/held/minutes/revisions"),
    "POST /meetings/{slug}/minutes/revisions/{id}/restore": (RUNS, "/meetings/held/minutes/revisions/1/restore"),
    # More on comments, while a draft is out for them: test_minutes_comments.py.
    "GET /meetings/{slug}/minutes/comments": (ANSWERS, "/meetings/held/minutes/comments"),
    "POST /meetings/{slug}/minutes/comments": (NOBODY, "/meetings/held/minutes/comments"),
    "POST /meetings/{slug}/minutes/comments/open": (RUNS, "/meetings/held/minutes/comments/open"),
    "POST /meetings/{slug}/minutes/comments/close": (RUNS, "/meetings/held/minutes/comments/close"),
    "POST /meetings/{slug}/minutes/comments/{id}/accept": (RUNS, "/meetings/held/minutes/comments/1/accept"),
    "POST /meetings/{slug}/minutes/comments/{id}/answer": (RUNS, "/meetings/held/minutes/comments/1/answer"),
    "GET /meetings/{slug}/minutes/progress": (ANSWERS, "/meetings/held/minutes/progress"),
    "GET /meetings/{slug}/audio": (ANSWERS, "/meetings/held/audio"),
    "GET /meetings/{slug}/recordings": (RUNS, "/meetings/held/recordings"),
    "POST /meetings/{slug}/recordings/retry": (RUNS, "/meetings/held/recordings/retry"),
    "POST /meetings/{slug}/recordings/uploads": (RUNS, "/meetings/held/recordings/uploads"),
    "PATCH /meetings/{slug}/recordings/uploads/{token}": (RUNS, "/meetings/held/recordings/uploads/PERSON"),
    "POST /meetings/{slug}/recordings/uploads/{token}/withdraw": (
        RUNS,
        "/meetings/held/recordings/uploads/PERSON/withdraw",
    ),
    "GET /meetings/{slug}/transcript.{format}": (ANSWERS, "/meetings/held/transcript.vtt"),
    "GET /ratio": (ANSWERS, ""),
    "GET /ratio.{format}": (ANSWERS, "/ratio.csv"),
    "GET /ratio/meetings": (ANSWERS, ""),
    "GET /ratio/closings": (ANSWERS, ""),
    "POST /ratio/closings": (frozenset({"office"}), "/ratio/closings?pair=province:commune&period=2026"),
    "GET /ratio/closings/{id}": (ANSWERS, "/ratio/closings/CLOSING"),
    "GET /ratio/units/{id}": (ANSWERS | {"contact"}, "/ratio/units/COMMUNE"),
    "POST /ratio/units/{id}": (frozenset({"office", "contact"}), "/ratio/units/COMMUNE"),
    "GET /ratio/open-data.jsonld": (ANSWERS, ""),
    "GET /ratio/open-data.{format}": (ANSWERS, "/ratio/open-data.json"),
    "GET /ratio/secrets": (ANSWERS, ""),
    "POST /ratio/secrets": (frozenset({"office"}), ""),
    "GET /units": (SIGNED_IN, ""),
    "GET /units/new": (KEEPS_UNITS, ""),
    "POST /units/new": (KEEPS_UNITS, ""),
    "GET /units/{id}": (SIGNED_IN, "/units/1"),
    "POST /units/{id}/rename": (KEEPS_UNITS, "/units/1/rename"),
    "POST /units/{id}/mailbox": (KEEPS_UNITS, "/units/1/mailbox"),
    "POST /units/{id}/parent": (KEEPS_UNITS, "/units/1/parent"),
    "POST /units/{id}/succession": (KEEPS_UNITS, "/units/1/succession"),
    "GET /sites": (SIGNED_IN, ""),
    "GET /sites/{id}": (KEEPS_UNITS, "/sites/1"),
    "POST /sites/{id}": (KEEPS_UNITS, "/sites/1"),
    "GET /admin/accounts": (INSPECTS, ""),
    "GET /admin/accounts/new": (ADMINISTERS, ""),
    "POST /admin/accounts/new": (ADMINISTERS, ""),
    "GET /admin/accounts/{id}": (INSPECTS, "/admin/accounts/1"),
    "POST /admin/accounts/{id}": (ADMINISTERS, "/admin/accounts/1"),
    "GET /admin/audit": (INSPECTS, ""),
    "GET /exchange": (OVERSEES | KEEPS_UNITS | {"clerk"}, ""),
    "POST /exchange/identifiers": (KEEPS_UNITS, ""),
    "POST /exchange/{id}/retry": (NUMBERS, "/exchange/1/retry"),
    "GET /admin/mail": (KEEPS_UNITS | {"inspector"}, ""),
    "GET /meetings/{slug}/mail": (RUNS | {"administrator", "inspector"}, "/meetings/coming/mail"),
    "POST /mail/{id}/retry": (RUNS | {"administrator"}, "/mail/1/retry"),
    "GET /feeds": (SIGNED_IN, ""),
    "POST /feeds": (SIGNED_IN, ""),
    "GET /calendar/{token}.ics": (EVERYBODY, "/calendar/FEED.ics"),
    "POST /feeds/{id}/revoke": (frozenset({"delegate"}), "/feeds/1/revoke"),  # whose it is
    "POST /admin/audit": (INSPECTS, ""),
}
# Sockets (test_socket.py, test_connection.py) and documents of minutes (test_minutes.py) have matrices of their own.
ELSEWHERE = {
    "GET /meetings/{slug}/ws",
    "GET /connection/ws",
    "GET /g/{token}/connection/ws",
    "GET /g/{token}/ws",
    "GET /meetings/{slug}/minutes/v{version}.{format}",
}


@pytest.fixture
async def street(database: Database, world: World, tmp_path: Path) -> AsyncIterator[Street]:
    async with open_street(database, world, tmp_path) as opened:
        yield opened


async def knock(street: Street, who: str, route: str) -> Page:
    method, _blank, pattern = route.partition(" ")
    return await street.knock(who, method, TABLE[route][1] or pattern)


def list_routes(app: web.Application) -> set[str]:
    return {
        f"{route.method} {route.resource.canonical}"
        for route in app.router.routes()
        if route.method != "HEAD" and route.resource is not None
    }


async def test_every_route_is_in_the_table(street: Street) -> None:
    app = street.site.server.app
    assert list_routes(app) == set(TABLE) | ELSEWHERE


async def test_everybody_gets_through_their_doors_and_no_others(street: Street) -> None:
    wrong = []
    last = "POST /logout"  # it ends the sessions that the others need
    for route in [*(route for route in TABLE if route != last), last]:
        for who in (*PEOPLE, VISITOR):
            page = await knock(street, who, route)
            if page.status >= 500 or let_through(page) != (who in TABLE[route][0]):
                wrong.append(f"{route} as {who or 'a visitor'}: {page.status} {page.location}")
    assert not wrong, "\n" + "\n".join(wrong)


def let_through(page: Page) -> bool:
    """A faulty form (422), a collision (409) or a redirect inside mean that the door was open."""
    return page.status not in (401, 403, 404) and not page.location.startswith("/login?")


async def test_inspector_changes_nothing_whatever_other_roles_there_are(street: Street) -> None:
    """The read-only rule stands over every other role."""
    site = street.site
    account = site.world.accounts["inspector"]
    for role in ("office", "secretary", "administrator"):
        form = [("do", "roles"), ("role", "inspector"), ("role", role)]
        await street.browsers["administrator"].send(f"/admin/accounts/{account.id}", form)
        for route in TABLE:
            allowed = TABLE[route][0]
            if route.startswith("POST") and allowed != INSPECTS and not allowed >= SIGNED_IN:
                page = await knock(street, "inspector", route)
                assert not let_through(page), f"{route} as inspector and {role}: {page.status}"
