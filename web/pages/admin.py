"""Accounts and the audit log, for administrators (and, to read, for the inspector)."""

import json
from typing import Any

from aiohttp import web

from meetings import actions, permissions
from meetings.actions import AccountDraft
from meetings.audit import list_entries, verify_chain
from meetings.errors import NotAllowed
from meetings.folding import fold
from meetings.kinds import Role
from meetings.models import Account, AuditEntry
from meetings.people_store import AccountView, get_account, list_accounts, list_sites, load_tree
from web.auth import hash_password, new_password, normal_username
from web.i18n import _, today
from web.inputs import Fields, clean, read_form, read_key
from web.keys import DATABASE, actor_of, now_of
from web.layout import ROLE_NAMES, render
from web.pages.audit_words import action_name, list_choices, subject_name
from web.pages.forms import attempt, redirect, status_of

PAGE = 100
DRAFT_FIELDS = ("username", "full_name", "position", "email", "unit", "site")


def _require_view(request: web.Request) -> None:
    if not permissions.may_view_accounts(actor_of(request)):
        raise NotAllowed


def _require_manage(request: web.Request) -> None:
    if not permissions.may_manage_accounts(actor_of(request)):
        raise NotAllowed


async def show_accounts(request: web.Request) -> web.Response:
    """``/admin/accounts?q=…&role=…``"""
    _require_view(request)
    text, role = clean(request.query.get("q", ""))[:100], request.query.get("role", "")
    now = now_of(request)
    async with request.app[DATABASE].read() as session:
        views = await list_accounts(session)
        tree = await load_tree(session, today(now))
    found = [view for view in views if fold(text) in fold(f"{view.account.username} {view.name}")]
    context = {
        "rows": [(view, tree.get(view.unit_id)) for view in found if not role or role in view.roles],
        "text": text,
        "role": role,
        "roles": [(each.value, _(name)) for each, name in ROLE_NAMES.items()],
        "may_manage": permissions.may_manage_accounts(actor_of(request)),
        "now": now,
    }
    return render(request, "accounts.html", context)


async def show_new_account(request: web.Request) -> web.Response:
    _require_manage(request)
    return await _render_new(request, Fields({}), [])


async def _render_new(request: web.Request, fields: Fields, roles: list[str], status: int = 200) -> web.Response:
    day = today(now_of(request))
    async with request.app[DATABASE].read() as session:
        tree = await load_tree(session, day)
        sites = await list_sites(session, day)
    context = {
        "values": {name: fields.raw(name) for name in DRAFT_FIELDS},
        "chosen": roles,
        "errors": fields.errors,
        "roles": [(each.value, _(name)) for each, name in ROLE_NAMES.items()],
        "units": [(unit.id, unit.name) for unit in tree],
        "sites": [(site.id, site.name) for site in sites],
    }
    return render(request, "account_new.html", context, status)


async def submit_new_account(request: web.Request) -> web.Response:
    """The password is made here and shown once; it must be changed at the first sign-in."""
    _require_manage(request)
    actor, fields = actor_of(request), await read_form(request)
    username = normal_username(fields.text("username", 64, _("Hãy nhập tên đăng nhập.")))
    roles = read_roles(fields)
    password = new_password()

    async def change() -> Account:
        draft = AccountDraft(
            username=username,
            roles=roles,
            full_name=fields.text("full_name", 100),
            position=fields.text("position", 150),
            email=fields.text("email", 254),
            unit_id=None if fields.key("site") else fields.key("unit"),
            site_id=fields.key("site"),
            must_change_password=True,
        )
        hashed = await hash_password(password)
        async with request.app[DATABASE].write() as session:
            return await actions.add_account(session, actor, draft, hashed, now_of(request))

    outcome = await attempt(fields, change)
    if not isinstance(outcome, Account):
        rename_errors(fields.errors)
        return await _render_new(request, fields, fields.all("role"), status_of(outcome))
    return await _render_account(request, outcome.id or 0, password=password)


def read_roles(fields: Fields) -> list[Role]:
    return [Role(role) for role in fields.all("role") if role in set(Role)]


def rename_errors(errors: dict[str, str]) -> None:
    """The domain's field names to the form's."""
    for old, new in (("name", "full_name"),):
        if old in errors:
            errors[new] = errors.pop(old)


async def show_account_admin(request: web.Request) -> web.Response:
    _require_view(request)
    return await _render_account(request, read_key(request.match_info["id"]) or 0)


async def _render_account(
    request: web.Request,
    account_id: int,
    errors: dict[str, str] | None = None,
    status: int = 200,
    password: str = "",
) -> web.Response:
    now = now_of(request)
    async with request.app[DATABASE].read() as session:
        view: AccountView = await get_account(session, account_id)
        unit = (await load_tree(session, today(now))).get(view.unit_id)
    context = {
        "view": view,
        "unit": unit,
        "roles": [(each.value, _(name)) for each, name in ROLE_NAMES.items()],
        "errors": errors or {},
        "password": password,
        "may_manage": permissions.may_manage_accounts(actor_of(request)),
        "locked": view.account.locked_until is not None and view.account.locked_until > now,
    }
    return render(request, "account_admin.html", context, status)


async def submit_account(request: web.Request) -> web.Response:
    """``do``: ``roles``, ``reset``, ``disable`` or ``enable``."""
    _require_manage(request)
    fields, account_id = await read_form(request), read_key(request.match_info["id"]) or 0
    if fields.raw("do") == "reset":
        return await _reset_password(request, account_id)

    outcome = await attempt(fields, lambda: _change_account(request, account_id, fields))
    if fields.errors:
        return await _render_account(request, account_id, fields.errors, status_of(outcome))
    return redirect(f"/admin/accounts/{account_id}", "account")


async def _change_account(request: web.Request, account_id: int, fields: Fields) -> None:
    actor, now = actor_of(request), now_of(request)
    async with request.app[DATABASE].write() as session:
        match fields.raw("do"):
            case "roles":
                await actions.change_roles(session, actor, account_id, read_roles(fields), now)
            case "disable":
                await actions.disable_account(session, actor, account_id, now)
            case "enable":
                await actions.enable_account(session, actor, account_id, now)


async def _reset_password(request: web.Request, account_id: int) -> web.Response:
    password = new_password()
    hashed = await hash_password(password)
    async with request.app[DATABASE].write() as session:
        view = await get_account(session, account_id)
        await actions.reset_password(session, actor_of(request), view.account.username, hashed, now_of(request))
    return await _render_account(request, account_id, password=password)


async def show_audit(request: web.Request) -> web.Response:
    """``/admin/audit?action=…&subject=…&before=…``"""
    return await _render_audit(request)


async def _render_audit(request: web.Request, report: Any = None) -> web.Response:
    if not permissions.may_view_audit(actor_of(request)):
        raise NotAllowed
    action, subject = clean(request.query.get("action", ""))[:64], clean(request.query.get("subject", ""))[:64]
    before = read_key(request.query.get("before"))
    async with request.app[DATABASE].read() as session:
        entries = await list_entries(session, action=action, subject=subject, before_id=before, limit=PAGE)
    context = {
        "entries": [(entry, describe_detail(entry)) for entry in entries],
        "action": action,
        "choices": list_choices(),
        "action_name": action_name,
        "subject": subject,
        "subject_name": subject_name,
        "before": before,
        "next": entries[-1].id if len(entries) == PAGE else None,
        "report": report,
    }
    return render(request, "audit.html", context)


def describe_detail(entry: AuditEntry) -> str:
    """The detail as one line of JSON, short enough to read."""
    return json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""


async def submit_verify(request: web.Request) -> web.Response:
    """Recompute the chain of hashes. A POST, for it reads the whole log."""
    if not permissions.may_view_audit(actor_of(request)):
        raise NotAllowed
    async with request.app[DATABASE].read() as session:
        report = await verify_chain(session)
    return await _render_audit(request, report)
