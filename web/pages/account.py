"""One's own account: what it is, its password, its language."""

from aiohttp import web

from meetings import actions
from meetings.people_store import get_account, load_tree
from web.auth import check_password, hash_password, require_good_password
from web.i18n import _, today
from web.inputs import Fields
from web.keys import DATABASE, actor_of, now_of
from web.layout import render
from web.middlewares import session_of
from web.pages.forms import attempt, redirect, status_of


async def show_account(request: web.Request) -> web.Response:
    return await _render(request, {})


async def _render(request: web.Request, errors: dict[str, str], status: int = 200) -> web.Response:
    actor = actor_of(request)
    async with request.app[DATABASE].read() as session:
        view = await get_account(session, actor.account_id or 0)
        unit = (await load_tree(session, today(now_of(request)))).get(view.unit_id)
    context = {
        "view": view,
        "unit": unit,
        "must_change": session_of(request).must_change_password,
        "errors": errors,
    }
    return render(request, "account.html", context, status)


async def submit_password(request: web.Request) -> web.Response:
    """Change the password: the present one is asked again, so that an unlocked screen is not enough."""
    actor, current = actor_of(request), session_of(request)
    form = await request.post()
    old, new, again = (str(form.get(name, ""))[:1000] for name in ("password", "new_password", "again"))
    fields = Fields({})
    async with request.app[DATABASE].read() as session:
        view = await get_account(session, actor.account_id or 0)
    if not await check_password(view.account.password_hash, old):
        fields.refuse("password", _("Mật khẩu hiện tại chưa đúng."))
    if new != again:
        fields.refuse("again", _("Hai lần nhập mật khẩu mới không giống nhau."))
    if new and new == old:
        fields.refuse("new_password", _("Mật khẩu mới phải khác mật khẩu hiện tại."))

    async def change() -> None:
        require_good_password(new, view.account.username)
        hashed = await hash_password(new)
        async with request.app[DATABASE].write() as session:
            await actions.change_password(session, actor, hashed, now_of(request), keep=current.token_hash)

    outcome = await attempt(fields, change)
    if fields.errors:
        return await _render(request, fields.errors, status_of(outcome))
    return redirect("/account", "password")
