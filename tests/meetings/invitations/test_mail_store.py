"""The queue of letters on both databases: once by key, one claimer, tried again, given up."""

import asyncio
from datetime import datetime, timedelta

import pytest

from meetings.invitation_models import Mail
from meetings.invitations.mail_rules import (
    GIVEN_UP,
    LONGEST_PAUSE,
    LONGEST_WAIT,
    Trouble,
    next_try,
    read_error,
    write_error,
)
from meetings.invitations.mail_store import (
    LEASE,
    MailDraft,
    claim_mail,
    count_mail,
    has_due,
    list_mail,
    note_failure,
    note_sent,
    note_server_failure,
    queue_mail,
    release_held,
)
from meetings.kinds import MailState
from tests.factories import NOW, World, key
from tests.meetings.invitations.gathering import add_gathering
from web.database import Database


async def queue(database: Database, *names: str) -> list[int]:
    drafts = [MailDraft(key=name, recipient=f"{name}@b.vn", subject="Giấy mời", body="Nội dung") for name in names]
    async with database.write() as session:
        return [key(mail) for mail in await queue_mail(session, drafts, NOW)]


async def claim(database: Database, at: timedelta = timedelta()) -> int | None:
    async with database.write() as session:
        mail = await claim_mail(session, NOW + at)
        return None if mail is None else key(mail)


async def test_the_same_is_queued_once(any_database: Database) -> None:
    assert len(await queue(any_database, "a", "b", "a")) == 2
    assert await queue(any_database, "b") == []


async def test_claimers_at_the_same_time_get_different_letters(any_database: Database) -> None:
    ids = await queue(any_database, *(f"thu{number}" for number in range(6)))
    claimed = await asyncio.gather(*(claim(any_database) for _each in range(8)))
    assert sorted(each for each in claimed if each is not None) == ids
    assert await claim(any_database, LEASE - timedelta(seconds=1)) is None
    assert await claim(any_database, LEASE) == ids[0]


async def test_what_failed_comes_again_later_and_what_was_sent_never(any_database: Database) -> None:
    first, second = await queue(any_database, "a", "b")
    async with any_database.write() as session:
        await note_sent(session, first, NOW)
        await note_failure(session, second, Trouble.LATER, "451 đợi", NOW)
        assert not await has_due(session, NOW)
        assert await count_mail(session) == {MailState.QUEUED: 1, MailState.SENT: 1, MailState.FAILED: 0}
    assert await claim(any_database, timedelta(seconds=59)) is None
    assert await claim(any_database, timedelta(minutes=1)) == second


async def test_letters_about_a_meeting_reach_somebody_in_their_order(
    any_database: Database, any_world: World, now: datetime
) -> None:
    async with any_database.write() as session:
        meeting = await add_gathering(session, any_world)
        told = (("invite", "xa@b.vn"), ("cancel", "xa@b.vn"), ("cancel-2", "so@b.vn"))
        drafts = [
            MailDraft(key=name, recipient=to, subject="Họp", body="", meeting_id=key(meeting)) for name, to in told
        ]
        invitation, cancellation, other = [key(mail) for mail in await queue_mail(session, drafts, now)]
        await note_failure(session, invitation, Trouble.LATER, "451 đợi", now)
    assert await claim(any_database) == other
    assert await claim(any_database) is None
    again = timedelta(minutes=1)
    assert await claim(any_database, again) == invitation
    assert await claim(any_database, again) is None, "it is on its way"
    async with any_database.write() as session:
        await note_sent(session, invitation, now + again)
    assert await claim(any_database, again) == cancellation


async def test_a_dead_server_holds_what_is_due_and_no_more(any_database: Database) -> None:
    claimed, waiting, others = await queue(any_database, "a", "b", "c")
    async with any_database.write() as session:
        row = await session.get_one(Mail, others)
        row.claimed_until = NOW + LEASE  # another sender is at it
        session.add(row)
    assert await claim(any_database) == claimed
    async with any_database.write() as session:
        assert await note_server_failure(session, claimed, Trouble.UNREACHABLE, "", NOW) == 2
        await note_failure(session, waiting, Trouble.LATER, "451", NOW)
    async with any_database.write() as session:
        await release_held(session, NOW)
        due = [mail.id for mail in await list_mail(session) if mail.next_at <= NOW]
    assert sorted(each or 0 for each in due) == [claimed, others], "what the server put off itself stays put off"


@pytest.mark.parametrize("trouble", Trouble)
def test_pauses_grow_to_a_limit_and_end_after_three_days(trouble: Trouble) -> None:
    if trouble in (Trouble.RECIPIENT, Trouble.CONTENT, Trouble.OVER):
        assert next_try(trouble, 1, NOW, NOW) is None
        return
    now, pauses = NOW, list[timedelta]()
    while (again := next_try(trouble, len(pauses) + 1, NOW, now)) is not None:
        pauses.append(again - now)
        now = again
    assert pauses[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert pauses == sorted(pauses)
    assert pauses[-1] in (LONGEST_PAUSE, LONGEST_WAIT)
    assert now - NOW >= GIVEN_UP


def test_an_error_is_kept_on_one_line_with_its_trouble() -> None:
    assert read_error(write_error(Trouble.LATER, "451 4.7.1\r\n thử: lại")) == (Trouble.LATER, "451 4.7.1 thử: lại")
    assert len(write_error(Trouble.LATER, "x" * 9000)) == 500
    assert read_error("cũ") == (None, "cũ")
