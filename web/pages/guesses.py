"""Links and codes that need no account: an address that tries too many wrong ones waits a quarter of an hour."""

from aiohttp import web

from meetings.errors import N_
from web.auth import ADDRESS_FAILURES, THROTTLE, TooManyAttempts
from web.keys import address_of, now_of


class TooManyGuesses(TooManyAttempts):
    message = N_(
        "Đã mở quá nhiều liên kết không đúng từ mạng này. Hãy thử lại sau 15 phút, hoặc liên hệ thư ký cuộc họp."
    )


def refuse_guessing(request: web.Request) -> None:
    """Raises ``TooManyGuesses`` for an address that has tried too often."""
    if request.app[THROTTLE].count(_key(request), now_of(request)) >= ADDRESS_FAILURES:
        raise TooManyGuesses


def note_guess(request: web.Request) -> None:
    """What was opened never was a link or code of ours."""
    request.app[THROTTLE].add(_key(request), now_of(request))


def _key(request: web.Request) -> str:
    return f"link:{address_of(request)}"
