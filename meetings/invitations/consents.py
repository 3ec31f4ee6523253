"""What the chair decided about a place of the list or about a request, told to the unit and to whom it concerns.

Queued in the transaction of the decision. A substitute is invited once the chair agrees; one who is refused and holds
an invitation is told with a cancellation, as whoever leaves the list.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.calendar_models import AbsenceRequest
from meetings.invitation_models import Consent, Delegate, Mail
from meetings.invitations.addresses import read_address
from meetings.invitations.ical import clean_line
from meetings.invitations.letters import write_letter
from meetings.invitations.mail_store import MailDraft, queue_mail
from meetings.invitations.notices import key_of, queue_for_delegate, queue_for_removed
from meetings.invitations.recipients import Recipient, find_mailboxes, write_once
from meetings.meeting_store import MeetingBundle
from meetings.models import Site

HEADING = "Ý kiến của chủ trì"


async def queue_place_decision(
    session: AsyncSession, bundle: MeetingBundle, row: Delegate, given: bool, asked: Site | None, now: datetime
) -> list[Mail]:
    """On a substitute, or on a head's seat at ``asked``; ``row`` is as it stands after the decision."""
    invited = bundle.find_invited(row.unit_id)
    place = asked.name if asked else ""
    own = invited.site.name if invited and invited.site else ""
    if row.substitute_for:
        who = _name_person(row.full_name, row.position)
        opening = [_word(given, f"{who} đi thay ông (bà) {row.substitute_for} dự cuộc họp dưới đây.")]
    else:
        opening = [_word(given, f"{_name_person(row.full_name, row.position)} dự cuộc họp dưới đây tại {place}.")]
        if not given and own:
            opening.append(f"Đề nghị dự họp tại {own} như đã mời.")
    told = await _follow(session, bundle, row, given, now) if row.substitute_for else []
    people = [] if told else _list_addresses(row)
    return told + await _queue(session, bundle, row.unit_id, people, f"place:{row.id}:{given}", opening, now)


async def queue_request_decision(
    session: AsyncSession,
    bundle: MeetingBundle,
    row: AbsenceRequest,
    people: Sequence[Delegate],
    now: datetime,
) -> list[Mail]:
    """On an absence, with or without a substitute; ``people`` are those of the list whom it concerns."""
    given = row.state is Consent.GIVEN
    absent = _name_person(row.full_name, row.position)
    opening = [_word(given, f"{absent} vắng mặt tại cuộc họp dưới đây.")]
    if row.substitute_name:
        instead = _name_person(row.substitute_name, row.substitute_position)
        opening = [_word(given, f"{instead} đi thay {absent} dự cuộc họp dưới đây.")]
    if row.decision_note:
        opening.append(f"Ý kiến của chủ trì: {clean_line(row.decision_note)}")
    told: list[Mail] = []
    for each in people if given else ():
        if each.substitute_for:
            told += await _follow(session, bundle, each, given, now)
    known = {mail.delegate_id for mail in told}
    addresses = [address for each in people if each.id not in known for address in _list_addresses(each)]
    return told + await _queue(session, bundle, row.unit_id, addresses, f"request:{row.id}", opening, now)


def _word(given: bool, what: str) -> str:
    return clean_line(f"Chủ trì {'đồng ý' if given else 'không đồng ý'} để {what}")


def _name_person(full_name: str, position: str) -> str:
    return ", ".join(part for part in (f"ông (bà) {full_name}", position) if part)


async def _follow(
    session: AsyncSession, bundle: MeetingBundle, row: Delegate, given: bool, now: datetime
) -> list[Mail]:
    """The invitation of a substitute, or its end."""
    if given:
        return await queue_for_delegate(session, bundle, row, now)
    return await queue_for_removed(session, bundle, row, now)


def _list_addresses(row: Delegate) -> list[Recipient]:
    address = read_address(row.email)
    return [] if address is None else [Recipient(address, row.full_name, delegate=row, unit_id=row.unit_id)]


async def _queue(
    session: AsyncSession,
    bundle: MeetingBundle,
    unit_id: int,
    people: Sequence[Recipient],
    about: str,
    opening: list[str],
    now: datetime,
) -> list[Mail]:
    invited = bundle.find_invited(unit_id)
    name = invited.unit.name if invited else ""
    mailboxes = (await find_mailboxes(session, [unit_id])).get(unit_id, [])
    units = [Recipient(address, name, unit_id=unit_id) for address in mailboxes]
    what = f"decided:{about}:{now.timestamp():.6f}"
    drafts = []
    for each in write_once([*people, *units]):
        letter = write_letter(HEADING, opening, bundle, each)
        drafts.append(
            MailDraft(
                key=key_of(what, each),
                recipient=each.address,
                recipient_name=each.name,
                subject=letter.subject,
                body=letter.body,
                meeting_id=bundle.id,
                delegate_id=each.delegate.id if each.delegate else None,
            )
        )
    return await queue_mail(session, drafts, now)
