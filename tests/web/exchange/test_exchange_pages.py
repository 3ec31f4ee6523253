"""The pages of the exchange: identifiers of units, packages that wait, and what recipients answered."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import col, select

from meetings.document_models import OfficialDocument
from meetings.exchange_models import ExchangeMessage, ExchangeRecipient, ExchangeStatus
from meetings.kinds import DocumentKind, DocumentState, MailState
from meetings.models import Meeting, UnitCode
from meetings.printing.notice import NoticeContent
from tests.factories import NOW, key
from tests.records import House, add_recorded_meeting


async def add_document(house: House) -> int:
    """A notice that one commune answered; its package failed."""
    async with house.database.write() as session:
        meeting: Meeting = await add_recorded_meeting(session, house.world)
        content = NoticeContent(
            organ="UBND tỉnh", symbol="TB-UBND", town="Lâm Đồng", year=2026, title="THÔNG BÁO", subject="Kết luận"
        )
        document = OfficialDocument(
            meeting_id=key(meeting),
            kind=DocumentKind.NOTICE.value,
            organ_unit_id=key(house.world.province),
            symbol="TB-UBND",
            number=5,
            year=2026,
            issued_on=date(2026, 11, 23),
            content=content.to_json(),
            state=DocumentState.ISSUED,
            drafted_at=NOW,
            issued_at=NOW,
        )
        session.add(document)
        await session.flush()
        message = ExchangeMessage(
            document_id=key(document),
            business="0",
            sender_organ_id="000.00.00.H36",
            sender_name="UBND tỉnh",
            document_code="000.00.00.H36,2026/11/23,05/TB-UBND",
            state=MailState.FAILED,
            attempts=1,
            error="refused: HTTP 422 sai mã",
            next_at=NOW,
            queued_at=NOW,
        )
        session.add(message)
        await session.flush()
        for number, unit in enumerate(house.world.communes[:2], 1):
            organ_id = f"000.0{number}.00.H36"
            session.add(
                ExchangeRecipient(message_id=key(message), organ_id=organ_id, unit_id=key(unit), name=f"Xã {number}")
            )
        told: dict[str, Any] = {"code": "02", "description": "Không đúng thẩm quyền", "at": NOW, "received_at": NOW}
        session.add(ExchangeStatus(document_id=key(document), organ_id="000.01.00.H36", **told))
        return key(document)


async def test_the_document_tells_what_each_recipient_answered(house: House) -> None:
    document_id = await add_document(house)
    text = await (await house.go("clerk", f"/documents/{document_id}")).text()
    assert "Gửi qua trục liên thông" in text
    assert "Từ chối tiếp nhận" in text
    assert "Không đúng thẩm quyền" in text
    assert "Chưa báo trạng thái" in text
    assert "HTTP 422 sai mã" in text


async def test_the_clerk_sends_a_package_again(house: House) -> None:
    await add_document(house)
    for who in ("office", "administrator", "leader"):
        assert (await house.go(who, "/exchange")).status == 200
    page = await (await house.go("clerk", "/exchange")).text()
    assert "Chưa kết nối trục liên thông" in page
    assert "Thông báo số 05/TB-UBND" in page
    assert (await house.post("office", "/exchange/9/retry")).status == 404
    assert (await house.post("leader", "/exchange/1/retry")).status == 403
    assert (await house.post("clerk", "/exchange/1/retry")).status == 303
    async with house.database.read() as session:
        message = (await session.exec(select(ExchangeMessage))).one()
    assert (message.state, message.attempts, message.error) == (MailState.QUEUED, 0, "")


@pytest.mark.parametrize("wrong", ["h36", "000.00.00", "Lâm Đồng"])
async def test_an_identifier_of_the_wrong_form_is_kept_in_the_form(house: House, wrong: str) -> None:
    unit = str(key(house.world.communes[0]))
    answer = await house.post("office", "/exchange/identifiers", {"unit_id": unit, "organ_id": wrong})
    text = await answer.text()
    assert answer.status == 422
    assert "Mã định danh có dạng 000.00.00.H36" in text
    assert f'value="{wrong}"' in text


async def test_units_get_another_identifier_or_none(house: House) -> None:
    first, second = (str(key(unit)) for unit in house.world.communes[:2])
    for unit, organ_id, status in (
        (first, "000.01.00.H36", 303),
        (first, "000.02.00.H36", 303),
        (second, "000.02.00.H36", 422),
        (second, "000.03.00.H36", 303),
        (first, "", 303),
        ("", "000.04.00.H36", 422),
    ):
        answer = await house.post("office", "/exchange/identifiers", {"unit_id": unit, "organ_id": organ_id})
        assert answer.status == status
    async with house.database.read() as session:
        rows = (await session.exec(select(UnitCode).where(col(UnitCode.scheme) == "qcvn102"))).all()
    assert [(str(row.unit_id), row.code) for row in rows] == [(second, "000.03.00.H36")]
