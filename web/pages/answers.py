"""Answers to an invitation: on the meeting's page by those who are signed in, and by the link of a letter.

``answer.html`` (no account needed; shows no more of the meeting than the letter did)
    ``state``       "open", "ended", "cancelled", "postponed", "withdrawn", or "unknown"
    ``bundle``      the meeting, or None; ``delegate`` the person, or None; ``place`` where the person sits
    ``answer``, ``note``, ``errors``, ``answered`` (it was just sent)
    form: POST ``/a/{token}`` with ``answer`` and ``note``. Only that answers: programs that look at links of letters
    open them.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from meetings.errors import Invalid
from meetings.invitations import answers
from meetings.invitations.answers import Reply
from meetings.invitations.delegates import find_place
from meetings.kinds import Answer
from web.i18n import _
from web.inputs import Fields, read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.pages.forms import attempt, redirect, status_of
from web.pages.guesses import note_guess

STATUS = {"open": 200, "ended": 410, "cancelled": 410, "postponed": 200, "withdrawn": 410, "unknown": 404}


async def submit_answer(request: web.Request) -> web.Response:
    """Of a unit, or of a person: the form says which."""
    actor, fields, slug = actor_of(request), await read_form(request), request.match_info["slug"]
    answer, note = _read_answer(fields)
    unit_id, delegate_id = read_key(fields.raw("unit")), read_key(fields.raw("delegate"))
    if answer is None:
        raise Invalid(fields.errors["answer"], field="answer")
    async with request.app[DATABASE].write() as session:
        if delegate_id is not None:
            await answers.answer_person(session, actor, slug, delegate_id, answer, note, now_of(request))
        else:
            await answers.answer_unit(session, actor, slug, unit_id or 0, answer, note, now_of(request))
    return redirect(f"/meetings/{slug}", "answered")


def _read_answer(fields: Fields) -> tuple[Answer | None, str]:
    missing = _("Hãy chọn một câu trả lời.")
    answer = fields.choice("answer", Answer, missing)
    if answer is Answer.NEEDS_ACTION:
        fields.refuse("answer", missing)
        answer = None
    return answer, fields.text("note", answers.LONGEST_NOTE)


async def show_link(request: web.Request) -> web.Response:
    reply = await _open(request)
    answered = request.query.get("done") == "answered"
    delegate = reply.delegate if reply else None
    values = {"answer": delegate.answer.value, "note": delegate.answer_note} if delegate else {"answer": "", "note": ""}
    return _render(request, reply, values, {}, answered=answered)


async def submit_link(request: web.Request) -> web.Response:
    fields = await read_form(request)
    reply, token = await _open(request), request.match_info["token"]
    answer, note = _read_answer(fields)
    values = {"answer": fields.raw("answer"), "note": fields.raw("note")}
    if reply is None or reply.state != "open":
        return _render(request, reply, values, {})

    async def change() -> None:
        async with request.app[DATABASE].write() as session:
            await answers.answer_by_link(session, token, answer or Answer.NEEDS_ACTION, note, now_of(request))

    outcome = await attempt(fields, change)
    if fields.errors:
        return _render(request, await _open(request), values, fields.errors, status_of(outcome))
    return redirect(f"/a/{token}", "answered")


async def _open(request: web.Request) -> Reply | None:
    """Where the link leads; ``None`` for a token that is none, of which an address may try so many."""
    async with request.app[DATABASE].read() as session:
        reply = await answers.open_link(session, request.match_info["token"], now_of(request))
    if reply is None:
        note_guess(request)
    return reply


def _render(
    request: web.Request,
    reply: Reply | None,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    status: int = 0,
    answered: bool = False,
) -> web.Response:
    state = reply.state if reply else "unknown"
    context: dict[str, Any] = {
        "state": state,
        "bundle": reply.bundle if reply else None,
        "meeting": reply.bundle.meeting if reply else None,
        "delegate": reply.delegate if reply and state != "withdrawn" else None,
        "place": _find_place(reply),
        "values": values,
        "errors": errors,
        "answered": answered and state == "open",
        "done": "",
        "token": request.match_info["token"],
    }
    response = render(request, "answer.html", context, status or STATUS[state])
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _find_place(reply: Reply | None) -> Any:
    if reply is None or reply.delegate is None:
        return None
    return find_place(reply.bundle, reply.delegate)
