"""Signing in and out, and the language and text size of the pages."""

from urllib.parse import urlsplit

from aiohttp import web

from meetings import actions
from web.auth import COOKIE, THROTTLE, SignInRefused, TooManyAttempts, Visitor, sign_in, sign_out
from web.i18n import LOCALES, _
from web.inputs import clean
from web.keys import DATABASE, address_of, known_actor, now_of
from web.layout import render
from web.middlewares import LOCALE_COOKIE, TEXT_COOKIE, TEXT_SIZES, YEAR, session_of, set_cookie


def safe_next(target: str) -> str:
    """``target`` when it is a path of this site, else ``/``: a link to the sign-in page must not lead elsewhere."""
    try:
        parts = urlsplit(target)
    except ValueError:  # such as an address with half a bracket
        return "/"
    outside = parts.scheme or parts.netloc or not target.startswith("/") or target.startswith("//")
    if outside or "\\" in target or any(ord(letter) < 32 for letter in target) or parts.path in ("/login", "/logout"):
        return "/"
    return target


def visitor_of(request: web.Request) -> Visitor:
    browser = request.headers.get("User-Agent", "").encode(errors="replace").decode()
    return Visitor(address_of(request), browser)


async def show_sign_in(request: web.Request) -> web.Response:
    target = safe_next(request.query.get("next", "/"))
    if known_actor(request) is not None:
        raise web.HTTPSeeOther(target)
    return _render(request, target)


def _render(
    request: web.Request, target: str, username: str = "", errors: dict[str, str] | None = None, status: int = 200
) -> web.Response:
    context = {"next": target, "username": username, "errors": errors or {}}
    return render(request, "sign_in.html", context, status)


async def submit_sign_in(request: web.Request) -> web.Response:
    form = await request.post()
    target = safe_next(str(form.get("next", "/")))
    username, password = clean(str(form.get("username", "")))[:200], str(form.get("password", ""))[:1000]
    if not username or not password:
        missing = "password" if username else "username"
        return _render(request, target, username, {missing: _("Hãy nhập cả tên đăng nhập và mật khẩu.")}, 422)
    database, throttle = request.app[DATABASE], request.app[THROTTLE]
    try:
        token = await sign_in(database, throttle, username, password, visitor_of(request), now_of(request))
    except SignInRefused as refused:
        status = 429 if isinstance(refused, TooManyAttempts) else 422
        return _render(request, target, username, {"password": _(refused.message)}, status)
    answer = web.Response(status=303, headers={"Location": target})
    set_cookie(request, answer, COOKIE, token)  # ends with the browser; the server ends it earlier when idle
    return answer


async def submit_sign_out(request: web.Request) -> web.Response:
    await sign_out(request.app[DATABASE], session_of(request), address_of(request), now_of(request))
    answer = web.Response(status=303, headers={"Location": "/login"})
    answer.del_cookie(COOKIE, path="/")
    return answer


async def submit_display(request: web.Request) -> web.Response:
    """Change language or text size and go back. Both live in cookies; an account also keeps its language."""
    form = await request.post()
    answer = web.Response(status=303, headers={"Location": safe_next(str(form.get("next", "/")))})
    size, locale = str(form.get("text_size", "")), str(form.get("locale", ""))
    if size in TEXT_SIZES:
        set_cookie(request, answer, TEXT_COOKIE, size, YEAR)
    if locale in LOCALES:
        set_cookie(request, answer, LOCALE_COOKIE, locale, YEAR)
        actor = known_actor(request)
        if actor is not None:
            async with request.app[DATABASE].write() as session:
                await actions.change_locale(session, actor, locale, now_of(request))
    return answer
