"""Which files are near the end of their term or are to be handed over, told of by mail thirty days before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.invitations.addresses import read_address
from meetings.invitations.ical import ORIGIN, clean_line
from meetings.invitations.letters import AUTOMATIC, CLOSING, LONGEST_SUBJECT
from meetings.invitations.mail_store import OF_FILE, MailDraft, queue_mail
from meetings.invitations.notices import key_of
from meetings.invitations.recipients import Recipient, find_mailboxes, write_once
from meetings.kinds import OVER, MeetingStatus
from meetings.meeting_store import MeetingBundle, bundle_meetings
from meetings.models import Meeting
from meetings.periods import local_day
from transcripts.archive import store
from transcripts.archive.terms import NOTICE, keep_sound_until
from transcripts.archive_models import Destruction, MeetingFile
from transcripts.models import Recording

CHUNK = 200
TRANSFER_YEARS = 1  # after the year in which the work ended, to the archive of the organ


@dataclass(frozen=True)
class Reviewed:
    """A file as the list of the archive shows it. ``transfer_by``: the last day to hand it over, once that is known."""

    bundle: MeetingBundle
    standing: store.Standing
    code: str
    transfer_by: date | None
    sound_until: date | None  # the last day on which recordings are kept in any case; None: nothing to say yet

    @property
    def last_day(self) -> date | None:
        return self.standing.term.last_day

    def is_ending(self, today: date) -> bool:
        return self.last_day is not None and today >= self.last_day - NOTICE

    def is_due(self, today: date) -> bool:
        """To be handed over, or soon; files with a short term stay where they are."""
        file, term = self.standing.file, self.standing.term
        lasting = term.permanent or (term.rule is not None and (term.rule.years or 0) >= 10)
        handed = file is not None and file.transferred_on is not None
        return lasting and not handed and self.transfer_by is not None and today >= self.transfer_by - NOTICE


async def review(
    session: AsyncSession, keep_days: int, after_id: int = 0, before: datetime | None = None
) -> list[Reviewed]:
    """Files that are not destroyed, of meetings that are over, by their keys; ``before``: of those that began then."""
    query = (
        select(Meeting)
        .join(MeetingFile, col(MeetingFile.meeting_id) == col(Meeting.id), isouter=True)
        .where(col(Meeting.status).in_((*OVER, MeetingStatus.CANCELLED)), col(Meeting.id) > after_id)
        .where(or_(col(MeetingFile.meeting_id).is_(None), col(MeetingFile.destroyed_at).is_(None)))
        .order_by(col(Meeting.id))
        .limit(CHUNK)
    )
    if before is not None:
        query = query.where(col(Meeting.starts_at) < before)
    meetings = (await session.exec(query)).all()
    rules = await store.list_rules(session)
    spoken = set((await session.exec(select(Recording.meeting_id).distinct())).all())
    found: list[Reviewed] = []
    bundles = await bundle_meetings(session, meetings)
    for bundle, standing in zip(bundles, await store.load_standings(session, bundles, rules), strict=True):
        ended = standing.term.ended
        silent = bundle.id not in spoken or (standing.file is not None and standing.file.media_destroyed_at is not None)
        kept = None if silent or standing.signed is None else keep_sound_until(standing.signed, keep_days)
        by = date(ended + TRANSFER_YEARS, 12, 31) if ended is not None else None
        found.append(Reviewed(bundle, standing, store.write_code(bundle), by, kept))
    return found


async def review_destructions(session: AsyncSession) -> list[tuple[Destruction, MeetingBundle]]:
    """The newest first, each with its meeting."""
    rows = await store.list_destructions(session)
    query = select(Meeting).where(col(Meeting.id).in_({row.meeting_id for row in rows}))
    bundles = {each.id: each for each in await bundle_meetings(session, (await session.exec(query)).all())}
    return [(row, bundles[row.meeting_id]) for row in rows]


def needs_notice(each: Reviewed, today: date) -> tuple[bool, bool]:
    """Whether the end of its term and the handing over are still to be told of."""
    file = each.standing.file
    told_end = file is not None and file.noticed_at is not None and file.noticed_end == each.last_day
    told_due = file is not None and file.transfer_noticed_at is not None
    return each.is_ending(today) and not told_end, each.is_due(today) and not told_due


async def give_notices(session: AsyncSession, found: Sequence[Reviewed], now: datetime) -> int:
    """Queue the letters and note that it was told. How many letters."""
    today, drafts = local_day(now), []
    for each in found:
        ends, due = needs_notice(each, today)
        if not ends and not due:
            continue
        row = await store.hold_file(session, each.bundle.id)
        recipients = await _list_recipients(session, each.bundle)
        if ends:
            row.noticed_at, row.noticed_end = now, each.last_day
            drafts += [_draft(each, "end", each.last_day, to) for to in recipients]
        if due:
            row.transfer_noticed_at = now
            drafts += [_draft(each, "transfer", each.transfer_by, to) for to in recipients]
    return len(await queue_mail(session, drafts, now))


async def _list_recipients(session: AsyncSession, bundle: MeetingBundle) -> list[Recipient]:
    """The secretary of the meeting, and the organ whose file it is."""
    boxes = await find_mailboxes(session, [bundle.convening.id])
    found = [Recipient(box, bundle.convening.organ) for each in boxes.values() for box in each]
    address = read_address(bundle.secretary.email)
    if address is not None:
        found.append(Recipient(address, bundle.secretary.full_name))
    return write_once(found)


def _draft(each: Reviewed, what: str, day: date | None, to: Recipient) -> MailDraft:
    title = clean_line(each.bundle.meeting.title)
    told = {
        "end": ("Hồ sơ sắp hết thời hạn bảo quản", "hết thời hạn bảo quản ngày"),
        "transfer": ("Hồ sơ đến hạn nộp lưu", "phải được nộp lưu chậm nhất ngày"),
    }
    heading, sentence = told[what]
    shown = f"{day:%d/%m/%Y}" if day else ""
    lines = [
        f"Kính gửi: {clean_line(to.name)}",
        "",
        f"Hồ sơ dưới đây {sentence} {shown}.",
        "",
        f"Hồ sơ: {each.code}",
        f"Cuộc họp: {title}, ngày {each.bundle.day:%d/%m/%Y}",
        "",
        f"Đề nghị xem hồ sơ và quyết định tại: {ORIGIN}/meetings/{each.bundle.slug}/file",
        "",
        CLOSING,
        "",
        AUTOMATIC,
    ]
    return MailDraft(
        key=key_of(f"{OF_FILE}:{each.bundle.id}:{what}:{day}", to),
        recipient=to.address,
        recipient_name=to.name,
        subject=f"{heading}: {title}"[:LONGEST_SUBJECT],
        body="\n".join(lines) + "\n",
        meeting_id=each.bundle.id,
    )
