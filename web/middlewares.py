"""Around every request: its session, its language, its protection, and what a failure looks like to a person."""

import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from meetings.errors import N_, Conflict, Invalid, MeetingError, NotAllowed, NotFound
from web.auth import COOKIE, Session, TooManyAttempts, load_session
from web.i18n import _, pick_locale, use_locale
from web.inputs import is_text, read_cookie
from web.keys import ACTOR, CONFIG, CSRF_SHOWN, CSRF_TOKEN, DATABASE, LOCALE, TEXT_SIZE, NotSignedIn, now_of, origin_of
from web.layout import render

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SESSION = web.RequestKey("session", Session)
FORM_COOKIE = "giaoban_form"
LOCALE_COOKIE = "giaoban_locale"
TEXT_COOKIE = "giaoban_text"
TEXT_SIZES = ("0", "1", "2")
YEAR = 365 * 24 * 3600
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
STREAMING: set[Handler] = set()
OPEN_WITH_OLD_PASSWORD = ("/account", "/logout", "/display", "/static/", "/healthz", "/.well-known/")

# The one table from the domain's errors to HTTP.
STATUS: dict[type[MeetingError], int] = {
    NotFound: 404,
    NotAllowed: 403,
    Invalid: 422,
    Conflict: 409,
    TooManyAttempts: 429,
}
TITLES = {
    400: N_("Yêu cầu không đọc được"),
    403: N_("Không có quyền"),
    404: N_("Không tìm thấy trang"),
    405: N_("Yêu cầu không hợp lệ"),
    409: N_("Nội dung đã thay đổi"),
    413: N_("Nội dung gửi lên quá lớn"),
    422: N_("Dữ liệu chưa đúng"),
    429: N_("Đã thử quá nhiều lần"),
    500: N_("Hệ thống gặp lỗi"),
    503: N_("Hệ thống tạm thời chưa sẵn sàng"),
}
TEXTS = {
    400: N_("Máy chủ không đọc được yêu cầu này. Hãy quay lại trang trước và thử lại."),
    403: NotAllowed.message,
    404: NotFound.message,
    405: N_("Trang này không nhận cách gửi đó. Hãy quay lại trang trước và thử lại."),
    413: N_("Nội dung gửi lên vượt quá giới hạn. Không có gì được lưu. Hãy rút gọn rồi gửi lại."),
    500: N_(
        "Việc vừa làm có thể chưa được lưu. Hãy thử lại; nếu vẫn lỗi, báo mã tra cứu dưới đây cho quản trị hệ thống."
    ),
}
FORGED = N_(
    "Phiên làm việc của biểu mẫu đã hết hạn hoặc yêu cầu đến từ trang khác. Không có gì được lưu. "
    "Hãy tải lại trang rồi gửi lại."
)
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=()",
}


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Sent with every answer: pages, files, streams and the start of a WebSocket."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)  # a paper that is shown in the room has a policy of its own
    response.headers.setdefault("Cache-Control", "no-store")
    if origin_of(request).startswith("https:"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    response.headers.pop("Server", None)


@web.middleware
async def explain_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what handlers raise into pages; nothing of the program's inside reaches the reader."""
    try:
        return await handler(request)
    except NotSignedIn as error:
        return _send_to_sign_in(request, error)
    except MeetingError as error:
        status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)
        return error_page(request, status, _(error.message, **error.values))
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        page = error_page(request, answer.status, _(TEXTS.get(answer.status, TEXTS[400])))
        if "Allow" in answer.headers:
            page.headers["Allow"] = answer.headers["Allow"]
        return page
    except web.RequestPayloadError:  # such as a body that is not packed as its header says
        return error_page(request, 400, _(TEXTS[400]))
    except Exception as error:
        if isinstance(error, ConnectionError | TimeoutError) and request.transport is None:
            raise  # the reader went away; nobody is left to be told
        reference = secrets.token_hex(4)
        log.exception("%s %s failed", request.method, _place(request), extra={"reference": reference})
        return error_page(request, 500, _(TEXTS[500]), reference)


def _place(request: web.Request) -> str:
    """The path as it was sent, for the log: on one line, and without the token that lets a guest in."""
    path, token = request.rel_url.raw_path, request.match_info.get("token")
    return path.replace(token, "…") if token else path


def error_page(request: web.Request, status: int, text: str, reference: str = "") -> web.Response:
    """A page, or JSON where a script asks, that says what happened and what to do next."""
    title = _(TITLES.get(status, TITLES[400]))
    if wants_json(request):
        return web.json_response({"error": text, "reference": reference}, status=status)
    context = {"status": status, "heading": title, "text": text, "reference": reference}
    return render(request, "error.html", context, status)


def wants_json(request: web.Request) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _send_to_sign_in(request: web.Request, error: NotSignedIn) -> web.Response:
    if wants_json(request):
        return web.json_response({"error": _(N_("Phiên làm việc đã hết. Hãy đăng nhập lại."))}, status=401)
    if "HX-Request" in request.headers:
        return web.Response(status=401, headers={"HX-Redirect": "/login"})
    return web.Response(status=303, headers={"Location": error.location})


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Finds the session, the person, the language, the text size and the form token of a request."""
    request[LOCALE] = pick_locale(request.cookies.get(LOCALE_COOKIE))
    use_locale(request[LOCALE])
    size = request.cookies.get(TEXT_COOKIE, "0")
    request[TEXT_SIZE] = size if size in TEXT_SIZES else "0"
    request[CSRF_TOKEN] = ""
    if request.path.startswith("/static/"):
        return await handler(request)
    if not is_text(request.host):
        raise web.HTTPBadRequest
    if "\0" in request.path:  # nothing is called so, and PostgreSQL refuses the question
        raise web.HTTPNotFound
    token = read_cookie(request, COOKIE)
    session = await load_session(request.app[DATABASE], token, now_of(request)) if token else None
    if session is None:
        return await _serve_visitor(request, handler)
    request[SESSION] = session
    request[ACTOR] = session.actor
    request[CSRF_TOKEN] = session.csrf_token
    request[LOCALE] = pick_locale(session.actor.locale)
    use_locale(request[LOCALE])
    if session.must_change_password and not request.path.startswith(OPEN_WITH_OLD_PASSWORD):
        return web.Response(status=303, headers={"Location": "/account"})
    return await handler(request)


async def _serve_visitor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Visitors' forms are protected by a random cookie that the form repeats."""
    known = read_cookie(request, FORM_COOKIE)
    request[CSRF_TOKEN] = known if len(known) >= 32 else secrets.token_urlsafe(32)
    response = await handler(request)
    if request[CSRF_TOKEN] != known and request.get(CSRF_SHOWN) and not response.prepared:
        set_cookie(request, response, FORM_COOKIE, request[CSRF_TOKEN])
    return response


@web.middleware
async def refuse_forgeries(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A change must come from a page of this site: its origin is checked, and the token that only our page knows."""
    if request.method in SAFE_METHODS:
        return await handler(request)
    if not is_own_origin(request):
        raise NotAllowed(FORGED)
    if request.match_info.handler in STREAMING:
        return await handler(request)
    form = await _read_form(request)
    require_token(request, request.headers.get("X-CSRF-Token") or str(form.get("csrf_token", "")))
    return await handler(request)


def streams_form(handler: Handler) -> Handler:
    """Of a handler that reads a large form by itself: it calls ``require_token`` with the form's token first."""
    STREAMING.add(handler)
    return handler


def require_token(request: web.Request, given: str) -> None:
    """Raises ``NotAllowed`` unless ``given`` is the form token of this browser."""
    if not request[CSRF_TOKEN] or not hmac.compare_digest(given.encode(errors="replace"), request[CSRF_TOKEN].encode()):
        raise NotAllowed(FORGED)


async def _read_form(request: web.Request) -> Mapping[str, object]:
    """The form that was sent (it stays with the request), empty for any other content. A broken one is the sender's."""
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return {}
    try:
        form = await request.post()
    except (HttpProcessingError, ValueError, LookupError) as error:
        raise web.HTTPBadRequest from error
    if not all(is_text(part) for pair in form.items() for part in pair if isinstance(part, str)):
        raise web.HTTPBadRequest
    return form


def is_own_origin(request: web.Request) -> bool:
    """Whether the ``Origin`` header, if there is one, names this site. A WebSocket must insist on its presence."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    configured = request.app[CONFIG].origin
    if configured:
        return origin == configured.rstrip("/")
    try:
        parts = urlsplit(origin)
    except ValueError:  # such as an address with half a bracket
        return False
    # Behind a proxy that ends TLS the scheme is not known here, the host is.
    schemes = ("https",) if request.secure else ("http", "https")
    return parts.netloc == request.host and parts.scheme in schemes


def set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, value: str, age: int | None = None, path: str = "/"
) -> None:
    """A cookie that scripts cannot read and other sites' forms do not send."""
    secure = origin_of(request).startswith("https:")
    response.set_cookie(name, value, max_age=age, httponly=True, samesite="Lax", secure=secure, path=path)


def session_of(request: web.Request) -> Session:
    """The signed-in person's session. Raises ``NotSignedIn``."""
    if SESSION not in request:
        raise NotSignedIn("/")
    return request[SESSION]
