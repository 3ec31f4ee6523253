"""Letters: what leaves and what came, for the office and administrators; of one meeting, for those who run it.

Nobody reads here what stands in a letter: it holds the link by which somebody else answers.

``mail.html`` gets, beside what every page gets:
    ``meeting``   the meeting that the letters are about, or None for all
    ``rows``      ``(Mail, words of its trouble, what the server said)``, the newest first
    ``slugs``     of the meetings, by key
    ``counts``    by state; ``state``: the chosen one, or ""
    ``received``  ``(ReceivedMail, words)``; on the page of all letters only
    ``is_on``     a mail server is set; ``reads``: a mailbox is
    ``may_retry``, ``next``    the key to page on from, or None
"""

from collections.abc import Sequence
from typing import Any

from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from meetings import permissions
from meetings.errors import Conflict, NotAllowed
from meetings.invitation_models import Mail, MailState
from meetings.invitations import replies
from meetings.invitations.mail_rules import WORDS, read_error
from meetings.invitations.mail_store import count_mail, list_mail, list_received
from meetings.invitations.outbox import retry_mail
from meetings.meeting_store import MeetingBundle, load_visible
from meetings.models import Meeting
from web.i18n import _
from web.inputs import key_of, read_key
from web.keys import CONFIG, DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import redirect

PAGE = 100


async def show_mail(request: web.Request) -> web.Response:
    """``/admin/mail?state=…&before=…``"""
    if not permissions.may_view_mail(actor_of(request)):
        raise NotAllowed
    return await _render(request, None)


async def show_meeting_mail(request: web.Request) -> web.Response:
    async with request.app[DATABASE].read() as session:
        bundle = await load_visible(session, actor_of(request), request.match_info["slug"])
    if not permissions.may_view_meeting_mail(actor_of(request), bundle.meeting):
        raise NotAllowed
    return await _render(request, bundle)


async def submit_retry(request: web.Request) -> web.Response:
    """Send a letter again, from either page."""
    mail_id, actor = key_of(request), actor_of(request)
    try:
        async with request.app[DATABASE].write() as session:
            mail = await retry_mail(session, actor, mail_id, now_of(request))
            meeting = await session.get(Meeting, mail.meeting_id) if mail.meeting_id is not None else None
    except Conflict:  # it has left meanwhile: the page shows that
        return redirect("/admin/mail" if permissions.may_view_mail(actor) else "/")
    from_meeting = (await request.post()).get("page") == "meeting"
    if meeting is not None and (from_meeting or not permissions.may_view_mail(actor)):
        return redirect(f"/meetings/{meeting.slug}/mail", "mail_retried")
    return redirect("/admin/mail", "mail_retried")


async def _render(request: web.Request, bundle: MeetingBundle | None) -> web.Response:
    actor, config = actor_of(request), request.app[CONFIG]
    chosen = request.query.get("state", "")
    state = MailState(chosen) if chosen in set(MailState) else None
    meeting_id = bundle.id if bundle else None
    before = read_key(request.query.get("before"))
    async with request.app[DATABASE].read() as session:
        letters = await list_mail(session, state=state, meeting_id=meeting_id, before_id=before, limit=PAGE + 1)
        counts = await count_mail(session, meeting_id)
        slugs = await _find_slugs(session, letters)
        received = await list_received(session) if bundle is None and before is None else []
    context: dict[str, Any] = {
        "bundle": bundle,
        "meeting": bundle.meeting if bundle else None,
        "rows": [(mail, *_explain(mail)) for mail in letters[:PAGE]],
        "slugs": slugs,
        "counts": {each.value: number for each, number in counts.items()},
        "state": state.value if state else "",
        "received": [(row, _(replies.WORDS[replies.Outcome(row.outcome)])) for row in received],
        "is_on": bool(config.smtp_host),
        "reads": bool(config.imap_host),
        "may_retry": permissions.may_send_mail_again(actor, bundle.meeting if bundle else None),
        "next": letters[PAGE - 1].id if len(letters) > PAGE else None,
    }
    return render(request, "mail.html", context)


async def _find_slugs(session: AsyncSession, letters: Sequence[Mail]) -> dict[int | None, str]:
    """The meetings that letters are about, by key; nothing for a letter about none."""
    ids = {mail.meeting_id for mail in letters}
    rows = (await session.exec(select(Meeting.id, Meeting.slug).where(col(Meeting.id).in_(ids)))).all()
    return dict.fromkeys(ids, "") | dict(rows)


def _explain(mail: Mail) -> tuple[str, str]:
    """The trouble in words, and what the mail server said."""
    trouble, detail = read_error(mail.error)
    return (_(WORDS[trouble]), detail) if trouble is not None else ("", detail)
