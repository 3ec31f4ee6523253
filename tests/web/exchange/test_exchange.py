"""From a document that is issued to the statuses of those who got it, over a gateway that behaves and misbehaves."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from meetings.document_models import OfficialDocument
from meetings.exchange.package import Business, Organ, Package, Reference, Status
from meetings.exchange.reading import parse
from meetings.exchange.store import list_messages, list_statuses
from meetings.exchange.troubles import Trouble, read_error
from meetings.exchange.writing import build, build_status
from meetings.exchange_models import ExchangeMessage
from meetings.kinds import Classification, DocumentKind, DocumentState, MailState
from meetings.models import Meeting, UnitCode
from tests.browsing import Clock
from tests.factories import NOW, World, add_meeting, key
from tests.meetings.exchange.packages import make_package
from tests.web.exchange.gateway import SECRET, SYSTEM, Gateway, open_gateway
from web.config import Config
from web.database import Database
from web.exchange.exchange import Exchange

PROVINCE = "000.00.00.H36"
CODES = ("000.01.00.H36", "000.02.00.H36")
PDF = b"%PDF-1.7 th\xc3\xb4ng b\xc3\xa1o"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with open_gateway() as opened:
        yield opened


@pytest.fixture
async def meeting(database: Database, world: World) -> Meeting:
    """Three communes are invited; two of them have an identifier, and the province has."""
    async with database.write() as session:
        for unit, code in zip((world.province, *world.communes), (PROVINCE, *CODES), strict=False):
            session.add(UnitCode(unit_id=key(unit), scheme="qcvn102", code=code))
        invited = list(zip(world.communes, world.sites, strict=True))
        return await add_meeting(session, world.province, world.chair, world.secretary, invited, slug="hop")


class Desk:
    """A server's exchange over a database, and documents that are issued there."""

    def __init__(self, database: Database, world: World, meeting: Meeting, clock: Clock, folder: Path) -> None:
        self.database, self.world, self.meeting, self.clock = database, world, meeting, clock
        self.folder = folder
        self.number = 0

    def open(self, **settings: Any) -> Exchange:
        config = Config.model_validate({"data_dir": self.folder, **settings})
        return Exchange(config, self.database, self.clock)

    async def issue(self, **values: Any) -> OfficialDocument:
        self.number += 1
        (self.folder / "documents/x").mkdir(parents=True, exist_ok=True)
        (self.folder / "documents/x/1.pdf").write_bytes(PDF)
        usual: dict[str, Any] = {
            "meeting_id": key(self.meeting),
            "kind": DocumentKind.NOTICE.value,
            "organ_unit_id": key(self.world.province),
            "symbol": "TB-UBND",
            "number": self.number,
            "year": 2026,
            "issued_on": date(2026, 11, 23),
            "content": {
                "organ": "Ủy ban nhân dân tỉnh Lâm Đồng", "subject": "Kết luận họp giao ban", "town": "Lâm Đồng",
                "authority": ["TL. CHỦ TỊCH"], "signer_position": "CHÁNH VĂN PHÒNG",
                "recipients": ["Như trên", "Lưu: VT"],
            },
            "state": DocumentState.ISSUED,
            "signer_name": "Đặng Minh Trí",
            "signed_file": "x/1.pdf",
            "signed_sha256": hashlib.sha256(PDF).hexdigest(),
            "drafted_at": NOW,
            "issued_at": self.clock(),
        }  # fmt: skip
        async with self.database.write() as session:
            document = OfficialDocument(**(usual | values))
            session.add(document)
            await session.flush()
            if document.replaces_id:
                before = await session.get_one(OfficialDocument, document.replaces_id)
                before.state = DocumentState.REPLACED
        return document

    async def recall(self, document: OfficialDocument) -> None:
        async with self.database.write() as session:
            row = await session.get_one(OfficialDocument, key(document))
            row.state, row.withdrawn_reason = DocumentState.WITHDRAWN, "Ban hành nhầm"

    async def messages(self) -> list[ExchangeMessage]:
        async with self.database.read() as session:
            return list((await session.exec(select(ExchangeMessage).order_by(col(ExchangeMessage.id)))).all())

    async def codes(self, document: OfficialDocument) -> list[tuple[str, str]]:
        async with self.database.read() as session:
            return [(each.organ_id, each.code) for each in await list_statuses(session, key(document))]


@pytest.fixture
def desk(database: Database, world: World, meeting: Meeting, clock: Clock, tmp_path: Path) -> Desk:
    return Desk(database, world, meeting, clock, tmp_path)


@pytest.fixture
async def exchange(desk: Desk, gateway: Gateway) -> AsyncIterator[Exchange]:
    opened = desk.open(
        exchange_url=gateway.url, exchange_system_id=SYSTEM, exchange_secret=SECRET, exchange_gateway="nd30"
    )
    yield opened
    await opened.stop()


def answer(number: int = 1, organ_id: str = CODES[0], **values: Any) -> Status:
    code = f"{number:02}/TB-UBND"
    response = Reference(
        organ_id=PROVINCE, code=code, day=date(2026, 11, 23), document_id=f"{PROVINCE},2026/11/23,{code}"
    )
    usual: dict[str, Any] = {"response": response, "sender": Organ(organ_id=organ_id), "code": "03", "at": NOW}
    return Status(**(usual | values))


async def test_an_issued_document_reaches_those_who_have_an_identifier(
    desk: Desk, exchange: Exchange, gateway: Gateway
) -> None:
    await desk.issue()
    await exchange.go_round()
    await exchange.go_round()
    (package,) = gateway.packages
    assert [each.organ_id for each in package.to] == list(CODES)
    assert package.document_id == f"{PROVINCE},2026/11/23,01/TB-UBND"
    assert (package.number, package.notation, package.type, package.type_name) == ("01", "TB-UBND", "7", "Thông báo")
    assert (package.competence, package.position, package.signer) == ("TL.", "CHÁNH VĂN PHÒNG", "Đặng Minh Trí")
    assert package.attachments[0].data == PDF
    assert package.order.business is Business.NEW
    (message,) = await desk.messages()
    assert (message.state, message.attempts) == (MailState.SENT, 1)
    assert gateway.repeats == 0


async def test_nothing_is_lost_while_the_gateway_is_down(
    desk: Desk, exchange: Exchange, gateway: Gateway, clock: Clock
) -> None:
    await desk.issue()
    await desk.issue()
    gateway.answers = [0, 503, 401, 429]
    for trouble in (Trouble.UNREACHABLE, Trouble.LATER, Trouble.LOGIN, Trouble.LATER):
        await exchange.go_round()
        assert {read_error(each.error)[0] for each in await desk.messages()} == {trouble}
        await exchange.go_round()  # nothing is due: the gateway is left alone
        clock.move(minutes=10)
    clock.move(days=30)
    await exchange.go_round()
    assert len(gateway.taken) == 2
    assert {each.state for each in await desk.messages()} == {MailState.SENT}


async def test_a_package_whose_answer_was_lost_arrives_once(
    desk: Desk, exchange: Exchange, gateway: Gateway, clock: Clock
) -> None:
    await desk.issue()
    gateway.lose_answers = 1
    await exchange.go_round()
    clock.move(minutes=2)
    await exchange.go_round()
    assert (len(gateway.taken), gateway.repeats) == (1, 1)
    assert [each.state for each in await desk.messages()] == [MailState.SENT]


async def test_a_package_that_is_refused_holds_no_other(desk: Desk, exchange: Exchange, gateway: Gateway) -> None:
    await desk.issue()
    await desk.issue()
    gateway.answers = [422]
    await exchange.go_round()
    assert [each.state for each in await desk.messages()] == [MailState.FAILED, MailState.SENT]


async def test_recall_and_replacement_follow_their_document(desk: Desk, exchange: Exchange, gateway: Gateway) -> None:
    first = await desk.issue()
    await exchange.go_round()
    second = await desk.issue(replaces_id=key(first), reason="Sai nội dung")
    await exchange.go_round()
    await desk.recall(second)
    await exchange.go_round()
    _new, replacement, recall = gateway.packages
    assert (replacement.order.business, replacement.order.reason) == (Business.REPLACEMENT, "Sai nội dung")
    (replaced,) = replacement.order.replacements
    assert (replaced.document_id, replaced.organ_ids) == (f"{PROVINCE},2026/11/23,01/TB-UBND", CODES)
    assert (recall.order.business, recall.order.reason) == (Business.RECALL, "Ban hành nhầm")
    assert recall.order.document_id == recall.document_id == replacement.document_id
    assert recall.attachments == ()
    gateway.tell(answer(2, code="15"))
    await exchange.go_round()
    assert await desk.codes(second) == [(CODES[0], "15")]


async def test_what_was_recalled_before_it_left_never_leaves(
    desk: Desk, exchange: Exchange, gateway: Gateway, clock: Clock
) -> None:
    document = await desk.issue()
    gateway.answers = [503]
    await exchange.go_round()  # it may have arrived: it is sent on, and its recall behind it
    await desk.recall(document)
    clock.move(minutes=1)
    await exchange.go_round()
    assert [each.order.business for each in gateway.packages] == [Business.NEW, Business.RECALL]


async def test_statuses_are_kept_for_each_recipient(desk: Desk, exchange: Exchange, gateway: Gateway) -> None:
    document = await desk.issue()
    await exchange.go_round()
    gateway.tell(answer(code="01"), "MessageStatus")
    gateway.tell(answer(code="03", at=NOW + timedelta(minutes=5)))
    gateway.tell(answer(code="03", at=NOW + timedelta(minutes=5)))  # once more
    gateway.tell(answer(organ_id=CODES[1], code="02", description="Không đúng thẩm quyền"))
    gateway.tell(answer(organ_id="000.09.00.H36"))  # who did not get it
    gateway.tell(answer(number=9))  # nobody knows that document
    gateway.tell(answer(code="77"))
    gateway.statuses["hỏng"] = b"<edXML"
    gateway.statuses["văn bản"] = build(make_package())
    await exchange.go_round()
    assert sorted(await desk.codes(document)) == [(CODES[0], "01"), (CODES[0], "03"), (CODES[1], "02")]
    assert len(gateway.received) == 7
    assert set(gateway.statuses) == {"hỏng", "văn bản"}  # what is no status stays where it is


@pytest.mark.parametrize(
    "values",
    [{"preliminary": True}, {"state": DocumentState.NUMBERED}, {"issued_at": NOW - timedelta(days=8)}],
)
async def test_what_does_not_leave(desk: Desk, exchange: Exchange, values: dict[str, Any]) -> None:
    await desk.issue(**values)
    await exchange.go_round()
    assert await desk.messages() == []


async def test_documents_of_restricted_meetings_do_not_leave(desk: Desk, exchange: Exchange) -> None:
    async with desk.database.write() as session:
        (await session.get_one(Meeting, key(desk.meeting))).classification = Classification.RESTRICTED
    await desk.issue()
    await exchange.go_round()
    assert await desk.messages() == []


async def test_a_file_that_is_not_the_signed_one_does_not_leave(
    desk: Desk, exchange: Exchange, gateway: Gateway
) -> None:
    await desk.issue(signed_sha256="0" * 64)
    await exchange.go_round()
    (message,) = await desk.messages()
    assert (message.state, read_error(message.error)[0]) == (MailState.QUEUED, Trouble.NO_FILE)
    assert gateway.taken == {}


async def test_an_exchange_through_a_folder(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "truc"
    exchange = desk.open(exchange_folder=str(folder))
    document = await desk.issue()
    await exchange.go_round()
    (file,) = (folder / "out").iterdir()
    package = parse(file.read_bytes())
    assert isinstance(package, Package)
    assert package.attachments[0].data == PDF
    (folder / "in").mkdir()
    (folder / "in/1.xml").write_bytes(build_status(answer(), "Status"))
    (folder / "in/2.xml").write_bytes(build(make_package()))
    (folder / "in/3.xml").symlink_to(tmp_path / "elsewhere.xml")
    await exchange.go_round()
    await exchange.go_round()
    assert await desk.codes(document) == [(CODES[0], "03")]
    assert sorted(path.name for path in (folder / "in").iterdir()) == ["2.xml", "3.xml", "done"]
    async with desk.database.read() as session:
        assert [each.state for each in await list_messages(session, key(document))] == [MailState.SENT]
    await exchange.stop()


async def test_a_status_from_the_clock_of_another_comes_back(desk: Desk) -> None:
    told = replace(answer(), at=NOW.replace(microsecond=0))
    assert parse(build_status(told, "Status")) == told
