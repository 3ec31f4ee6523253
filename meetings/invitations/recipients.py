"""Who is written to about a meeting: the people on its list, the mailboxes of invited units, chair and secretary.

A unit without a mailbox of its own gets its letters through its contacts. Nobody gets the same letter twice at one
address, but for people on the list who share one: each has a link of their own.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.invitation_models import Delegate
from meetings.invitations.addresses import read_address
from meetings.invitations.delegate_store import list_invitees
from meetings.invitations.ical import Attendee
from meetings.kinds import Answer, Role
from meetings.meeting_store import MeetingBundle
from meetings.models import Account, AccountRole, Person, Unit


@dataclass(frozen=True, slots=True)
class Recipient:
    """``site`` is where they sit, if that is known; ``runs``: chair or secretary, who are no invitees."""

    address: str
    name: str
    answer: Answer = Answer.ACCEPTED
    delegate: Delegate | None = None
    unit_id: int | None = None
    site_id: int | None = None
    runs: bool = False
    is_chair: bool = False

    @property
    def attendee(self) -> Attendee:
        return Attendee(
            address=self.address,
            name=self.name,
            role="CHAIR" if self.is_chair else "REQ-PARTICIPANT",
            answer=self.answer,
            rsvp=not self.runs,
            is_group=self.delegate is None and self.unit_id is not None,
        )


def write_once(recipients: Sequence[Recipient]) -> list[Recipient]:
    """Each address once, by the first name that it came with."""
    return list({each.address.lower(): each for each in reversed(recipients)}.values())


async def list_recipients(session: AsyncSession, bundle: MeetingBundle) -> list[Recipient]:
    """Everybody with an address, those who declined too: people first, then chair, secretary and units."""
    found = await _list_delegates(session, bundle)
    found += [
        Recipient(address, person.full_name, runs=True, is_chair=person is bundle.chair)
        for person in (bundle.chair, bundle.secretary)
        if (address := read_address(person.email)) is not None
    ]
    found += await _list_units(session, bundle)
    taken: set[str] = set()
    kept = []
    for each in found:
        if each.delegate is not None or each.address.lower() not in taken:
            kept.append(each)
        taken.add(each.address.lower())
    return kept


async def _list_delegates(session: AsyncSession, bundle: MeetingBundle) -> list[Recipient]:
    sites = {each.unit.id: each.invitation.site_id for each in bundle.invitations}
    return [
        Recipient(
            address,
            row.full_name,
            row.answer,
            delegate=row,
            unit_id=row.unit_id,
            site_id=row.site_id or sites.get(row.unit_id),
        )
        for row in await list_invitees(session, bundle.id)
        if (address := read_address(row.email)) is not None
    ]


async def _list_units(session: AsyncSession, bundle: MeetingBundle) -> list[Recipient]:
    mailboxes = await find_mailboxes(session, [each.unit.id for each in bundle.invitations])
    return [
        Recipient(
            address, each.unit.name, each.invitation.answer, unit_id=each.unit.id, site_id=each.invitation.site_id
        )
        for each in bundle.invitations
        for address in mailboxes.get(each.unit.id, [])
    ]


async def find_mailboxes(session: AsyncSession, unit_ids: Collection[int]) -> dict[int, list[str]]:
    """Where units get their letters: the official mailbox, else those of their contacts."""
    found: dict[int, list[str]] = defaultdict(list)
    for unit_id, email in (await session.exec(select(Unit.id, Unit.email).where(col(Unit.id).in_(unit_ids)))).all():
        if unit_id is not None and (address := read_address(email)) is not None:
            found[unit_id].append(address)
    without = [unit_id for unit_id in unit_ids if unit_id not in found]
    contacts = (
        select(Person.unit_id, Person.email)
        .join(Account, col(Account.person_id) == col(Person.id))
        .join(AccountRole, col(AccountRole.account_id) == col(Account.id))
        .where(
            col(Person.unit_id).in_(without),
            AccountRole.role == Role.UNIT_CONTACT,
            col(Account.disabled_at).is_(None),
        )
        .order_by(col(Person.id))
    )
    for unit_id, email in (await session.exec(contacts)).all() if without else []:
        if (address := read_address(email)) is not None:
            found[unit_id].append(address)
    return found
