"""Redrafting minutes by the language model of the settings: asked for by the secretary, done by a worker.

On any failure the draft by rules stays, item by item, and the secretary is told why.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings.audit import write_entry
from meetings.errors import N_, Conflict, NotAllowed, NotFound
from meetings.kinds import Classification
from meetings.meeting_store import get_meeting_by_id
from meetings.people_store import load_tree
from meetings.permissions import Actor, may_edit_minutes
from transcripts import store
from transcripts.assignments import Names, order_names
from transcripts.errors import Reason, explain_failure
from transcripts.facts import list_spoken_names
from transcripts.minutes import Content
from transcripts.minutes_models import RevisionCause
from transcripts.minutes_store import keep_first, keep_revision
from transcripts.models import JobKind, Minutes, MinutesState
from transcripts.redraft import Claim, Item, RedraftFailed, read_answer, write_request, write_summary
from transcripts.redraft_client import RedraftSettings, ask_model
from transcripts.redraft_models import Redraft
from transcripts.work import Kept

EDITED = Reason(N_("Nội dung này đã được sửa trong lúc soạn lại nên giữ nguyên."))
SWITCHED_OFF = Reason(N_("Việc soạn lại chưa được bật trong cấu hình, hoặc không dùng cho cuộc họp này."))


async def ask_redraft(session: AsyncSession, actor: Actor, meeting_id: int, now: datetime, *, enabled: bool) -> Redraft:
    """Have the summaries of the agenda's items written again. ``enabled``: an endpoint stands in the settings."""
    bundle = await get_meeting_by_id(session, meeting_id)
    if not may_edit_minutes(actor, bundle.meeting):
        raise NotAllowed
    if not enabled:
        raise Conflict(N_("Hệ thống chưa được cấu hình máy chủ mô hình để soạn lại."))
    if bundle.meeting.classification is Classification.RESTRICTED:
        raise Conflict(N_("Cuộc họp có phạm vi hạn chế: không dùng mô hình ngôn ngữ để soạn lại."))
    minutes = await store.find_minutes(session, meeting_id, for_update=True)
    if minutes is None or minutes.id is None:
        raise NotFound
    if minutes.state is not MinutesState.DRAFT:
        raise Conflict(N_("Chỉ soạn lại được khi biên bản đang là dự thảo."))
    last = await find_redraft(session, minutes.id)
    if last is not None and last.finished_at is None:
        raise Conflict(N_("Biên bản đang được soạn lại. Hãy chờ xong rồi thử lần nữa."))
    row = Redraft(minutes_id=minutes.id, asked_by=actor.name[:150], asked_at=now)
    session.add(row)
    await session.flush()
    await store.enqueue(session, JobKind.REDRAFT, row.id or 0, meeting_id, now)
    await write_entry(session, actor, "minutes.redraft", f"meeting:{meeting_id}", {"version": minutes.version}, now)
    return row


async def find_redraft(session: AsyncSession, minutes_id: int) -> Redraft | None:
    """The latest one."""
    query = select(Redraft).where(Redraft.minutes_id == minutes_id).order_by(col(Redraft.id).desc())
    return (await session.exec(query)).first()


class RedraftWork:
    """The items of one draft, asked about one after the other; each stands or falls alone."""

    def __init__(
        self, redraft_id: int, content: Content, items: dict[int, Item], names: Names, settings: RedraftSettings | None
    ) -> None:
        self.redraft_id = redraft_id
        self.content = content
        self.items = items
        self.names = names
        self.settings = settings
        self.outcome: dict[int, tuple[Claim, ...] | Reason] = {}

    @classmethod
    async def prepare(
        cls, session: AsyncSession, redraft_id: int, meeting_id: int, settings: RedraftSettings | None
    ) -> "RedraftWork":
        row = await session.get_one(Redraft, redraft_id)
        content = Content.from_json((await session.get_one(Minutes, row.minutes_id)).content)
        bundle = await get_meeting_by_id(session, meeting_id)
        if bundle.meeting.classification is Classification.RESTRICTED:  # it may have become so since
            settings = None
        said = {each.segment: each for each in await store.load_conversation(session, meeting_id)}
        items = {}
        for place, section in enumerate(content.sections):
            rows = dict.fromkeys(segment for statement in section.statements for segment in statement.segments)
            found = tuple(said[segment] for segment in rows if segment in said)
            if found:
                items[place] = Item(section.title, found)
        names = order_names(list_spoken_names(await load_tree(session, bundle.day)))
        return cls(redraft_id, content, items, names, settings)

    def run(self, report: Callable[[int, int], None]) -> None:
        for done, (place, item) in enumerate(self.items.items()):
            report(done, len(self.items))

            def beat(done: int = done) -> None:
                report(done, len(self.items))

            self.outcome[place] = self._ask(item, beat)

    def _ask(self, item: Item, beat: Callable[[], None]) -> tuple[Claim, ...] | Reason:
        if self.settings is None:
            return SWITCHED_OFF
        try:
            body = ask_model(self.settings, write_request(self.settings.model, item), beat)
            return read_answer(body, item, self.names)
        except RedraftFailed as error:
            return explain_failure(error)

    async def keep(self, session: AsyncSession, now: datetime) -> Kept:
        """Take over what was verified, where nobody has changed the item meanwhile."""
        row = await session.get_one(Redraft, self.redraft_id)
        minutes = await session.get_one(Minutes, row.minutes_id, with_for_update=True)
        content = Content.from_json(minutes.content)
        sections = list(content.sections)
        items: list[dict[str, object]] = []
        for place, outcome in self.outcome.items():
            same = place < len(sections) and sections[place] == self.content.sections[place]
            if not isinstance(outcome, Reason) and not (same and minutes.state is MinutesState.DRAFT):
                outcome = EDITED
            claims = () if isinstance(outcome, Reason) else outcome
            if claims:
                sections[place] = replace(sections[place], summary=write_summary(claims))
            items.append(
                {
                    "title": self.items[place].title,
                    "claims": [{"text": claim.text, "segments": list(claim.segments)} for claim in claims],
                    "reason": outcome.write() if isinstance(outcome, Reason) else "",
                }
            )
        row.items, row.finished_at = items, now
        session.add(row)
        if tuple(sections) != content.sections:
            await keep_first(session, minutes)
            minutes.content = replace(content, sections=tuple(sections)).to_json()
            minutes.revision += 1
            minutes.edited_at, minutes.edited_by = now, row.asked_by
            await keep_revision(session, minutes, RevisionCause.REDRAFT, row.asked_by, now)
        return Kept(None, len(items), len(items))
