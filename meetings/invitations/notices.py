"""Who is told what about a meeting, and when: the letters are queued in the transaction of the change.

An invitation goes to everybody on the list who has not declined, to the units, the chair and the secretary; to a
substitute once the chair agrees. What
changes later goes to those alone who were sent an invitation; whoever is no longer invited is told so, once. Each
letter has a key, so that the same thing is told to the same person once however often it is asked for.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.document_models import OfficialDocument
from meetings.invitation_models import Delegate, Mail
from meetings.invitations.answers import make_link
from meetings.invitations.ical import ORIGIN, write_cancel, write_request
from meetings.invitations.letters import make_event, write_letter
from meetings.invitations.mail_store import MailDraft, list_known_keys, list_meeting_calendars, queue_mail
from meetings.invitations.recipients import Recipient, list_recipients
from meetings.kinds import LIVE, Answer, Consent, DocumentKind, DocumentState, MeetingStatus
from meetings.meeting_store import MeetingBundle
from meetings.printing.wording import write_number

POSTPONED = "Tạm hoãn họp"  # begins the subject of such a letter


async def queue_invitation(
    session: AsyncSession, bundle: MeetingBundle, document: OfficialDocument, now: datetime
) -> list[Mail]:
    """The invitation with its document, to everybody who has not declined. Asked again it reaches whoever is new."""
    recipients = [each for each in await list_recipients(session, bundle) if _may_be_invited(each)]
    return await _queue_invitation(session, bundle, document, recipients, now)


async def queue_for_delegate(
    session: AsyncSession, bundle: MeetingBundle, delegate: Delegate, now: datetime
) -> list[Mail]:
    """The same to one person who came on the list after the invitation had left; before that, nothing.

    What left before the meeting was postponed and fixed anew invited to something else.
    """
    query = select(OfficialDocument).where(
        OfficialDocument.meeting_id == bundle.id,
        OfficialDocument.kind == DocumentKind.INVITATION.value,
        OfficialDocument.state == DocumentState.ISSUED,
    )
    if bundle.meeting.approved_at is not None:
        query = query.where(col(OfficialDocument.issued_at) >= bundle.meeting.approved_at)
    document = (await session.exec(query.order_by(col(OfficialDocument.id).desc()))).first()
    if document is None or bundle.meeting.status not in LIVE:
        return []
    everybody = await list_recipients(session, bundle)
    found = [each for each in everybody if each.delegate is not None and each.delegate.id == delegate.id]
    recipients = [each for each in found if not _waits_for_chair(each)]
    return await _queue_invitation(session, bundle, document, recipients, now)


def _may_be_invited(each: Recipient) -> bool:
    return each.answer is not Answer.DECLINED and not _waits_for_chair(each)


def _waits_for_chair(each: Recipient) -> bool:
    """A substitute is invited once the chair agrees; a head is invited wherever the seat will be."""
    row = each.delegate
    return row is not None and bool(row.substitute_for) and row.consent is Consent.PENDING


async def queue_for_removed(
    session: AsyncSession, bundle: MeetingBundle, delegate: Delegate, now: datetime
) -> list[Mail]:
    """To one person who had been invited and left the list, unless letters still go to that address."""
    invited, address = await _list_invited(session, bundle), delegate.email.lower()
    still = {each.address.lower() for each in await list_recipients(session, bundle)}
    gone = [invited[address]] if address in invited and address not in still else []
    return await queue_removal(session, bundle, gone, now)


async def _queue_invitation(
    session: AsyncSession,
    bundle: MeetingBundle,
    document: OfficialDocument,
    recipients: Sequence[Recipient],
    now: datetime,
) -> list[Mail]:
    heading, opening = _word_invitation(bundle, document)
    what, files = f"invite:{bundle.id}:{document.id}", _list_files(document)
    return await _queue(session, bundle, recipients, what, heading, opening, now, files=files, replies=True)


async def queue_update(session: AsyncSession, bundle: MeetingBundle, now: datetime) -> list[Mail]:
    """What changed: to those who were invited and still are. Those who are not any more get a cancellation."""
    invited = await _list_invited(session, bundle)
    if not invited:
        return []
    everybody = await list_recipients(session, bundle)
    staying = [
        each
        for each in everybody
        if (each.address.lower() in invited or each.runs) and each.answer is not Answer.DECLINED
    ]
    what = f"update:{bundle.id}:{bundle.meeting.version}"
    opening = ["Thông tin cuộc họp đã mời trước đây có thay đổi. Thông tin mới như sau:"]
    queued = await _queue(session, bundle, staying, what, "Thay đổi lịch họp", opening, now, replies=True)
    return queued + await queue_departures(session, bundle, now)


async def queue_departures(session: AsyncSession, bundle: MeetingBundle, now: datetime) -> list[Mail]:
    """Those alone who are not invited any more, where the others see no change."""
    invited = await _list_invited(session, bundle)
    still = {each.address.lower() for each in await list_recipients(session, bundle)} if invited else set()
    gone = [each for address, each in invited.items() if address not in still]
    return await queue_removal(session, bundle, gone, now)


async def queue_removal(
    session: AsyncSession, bundle: MeetingBundle, gone: Sequence[Recipient], now: datetime
) -> list[Mail]:
    """Tells those who were invited and are not any more."""
    what = f"remove:{bundle.id}:{bundle.meeting.version}"
    opening = [
        "Thành phần dự họp đã được điều chỉnh. Ông (bà), đơn vị không còn trong thành phần mời của cuộc họp sau:"
    ]
    return await _queue(session, bundle, gone, what, "Điều chỉnh thành phần dự họp", opening, now, cancels=True)


async def queue_cancellation(session: AsyncSession, bundle: MeetingBundle, reason: str, now: datetime) -> list[Mail]:
    """The meeting is called off, or postponed without a new time yet: to everybody who was invited.

    Who was told that it is postponed waits for a new time, so they too are told that it is called off.
    """
    postponed = bundle.meeting.status is MeetingStatus.POSTPONED
    invited = await _list_invited(session, bundle, waiting=not postponed)
    heading = POSTPONED if postponed else "Hủy họp"
    opening = [
        "Cuộc họp dưới đây tạm hoãn. Thời gian họp mới sẽ được thông báo sau."
        if postponed
        else "Cuộc họp dưới đây không tổ chức nữa."
    ]
    if reason.strip():
        opening.append(f"Lý do: {' '.join(reason.split())}")
    what = f"cancel:{bundle.id}:{bundle.meeting.version}"
    return await _queue(session, bundle, list(invited.values()), what, heading, opening, now, cancels=True)


async def queue_withdrawal(
    session: AsyncSession, bundle: MeetingBundle, document: OfficialDocument, now: datetime
) -> list[Mail]:
    """The official document does not hold any more, though the meeting may: to everybody who was invited."""
    invited = await _list_invited(session, bundle)
    opening = [
        f"{_name_document(document)} đã được thu hồi và không còn hiệu lực. Lý do: {document.withdrawn_reason}",
        "Giấy mời mới thay thế (nếu có) sẽ được gửi sau. Giấy mời đã thu hồi là của cuộc họp sau:",
    ]
    what = f"withdraw:{bundle.id}:{document.id}"
    return await _queue(session, bundle, list(invited.values()), what, "Thu hồi giấy mời", opening, now)


async def _list_invited(session: AsyncSession, bundle: MeetingBundle, *, waiting: bool = False) -> dict[str, Recipient]:
    """Whose calendars hold the meeting by our last letter to them, by address; with what is known of them now.

    ``waiting``: also those who were last told that it is postponed.
    """
    last = {mail.recipient.lower(): mail for mail in await list_meeting_calendars(session, [bundle.id])}
    if not last:
        return {}
    known = {each.address.lower(): each for each in await list_recipients(session, bundle)}
    return {
        address: known.get(address) or Recipient(mail.recipient, mail.recipient_name or mail.recipient)
        for address, mail in last.items()
        if mail.method == "REQUEST" or (waiting and mail.subject.startswith(f"{POSTPONED}: "))
    }


def _word_invitation(bundle: MeetingBundle, document: OfficialDocument) -> tuple[str, list[str]]:
    organ = bundle.convening.full_organ
    if document.preliminary:
        return "Thư mời họp", [
            f"{organ} trân trọng kính mời dự cuộc họp đột xuất sau đây. Giấy mời chính thức sẽ được gửi sau."
        ]
    return "Giấy mời", [f"{organ} trân trọng kính mời dự cuộc họp theo {_name_document(document)} (gửi kèm):"]


def _name_document(document: OfficialDocument) -> str:
    """``Giấy mời số 05/GM-UBND ngày 24/11/2026``"""
    number = write_number(str(document.number or ""), document.symbol)
    day = f" ngày {document.issued_on:%d/%m/%Y}" if document.issued_on else ""
    return f"Giấy mời số {number}{day}"


def _list_files(document: OfficialDocument) -> list[dict[str, str]]:
    number = str(document.number).zfill(2) if document.number else ""
    name = "Thu moi hop" if document.preliminary else f"Giay moi {number} {document.symbol}".strip()
    name = name.replace("/", "-").replace("\\", "-")
    pairs = ((f"{name}.pdf", document.signed_file), (f"{name}.docx", document.docx_file))
    return [{"name": shown, "file": kept} for shown, kept in pairs if kept]


async def _queue(
    session: AsyncSession,
    bundle: MeetingBundle,
    recipients: Sequence[Recipient],
    what: str,
    heading: str,
    opening: list[str],
    now: datetime,
    *,
    files: Sequence[dict[str, str]] = (),
    replies: bool = False,
    cancels: bool = False,
) -> list[Mail]:
    keys = {key_of(what, each): each for each in recipients}
    known = await list_known_keys(session, keys)
    drafts = []
    for key, each in keys.items():
        if key in known:
            continue
        asks = replies and not each.runs
        link = await _make_link(session, each, now) if asks else ""
        letter = write_letter(heading, opening, bundle, each, link, replies=asks)
        event = make_event(bundle, now, each)
        event = replace(event, is_cancelled=True) if cancels else event
        drafts.append(
            MailDraft(
                key=key,
                recipient=each.address,
                recipient_name=each.name,
                subject=letter.subject,
                body=letter.body,
                meeting_id=bundle.id,
                delegate_id=each.delegate.id if each.delegate else None,
                calendar=write_cancel([event]) if cancels else write_request([event]),
                method="CANCEL" if cancels else "REQUEST",
                files=list(files),
            )
        )
    return await queue_mail(session, drafts, now)


async def _make_link(session: AsyncSession, recipient: Recipient, now: datetime) -> str:
    """Of a person: where this person answers, without an account. Units answer on the meeting's page."""
    if recipient.delegate is None:
        return ""
    return f"{ORIGIN}/a/{await make_link(session, recipient.delegate, now)}"


def key_of(what: str, recipient: Recipient) -> str:
    """What is told to whom; an address is as long as it likes, a key is not."""
    who = f"{recipient.delegate.id if recipient.delegate else ''}:{recipient.address.lower()}"
    return f"{what}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
