"""Links and codes that need no account: an address that tries too many wrong ones waits a quarter of an hour.

Only wrong ones wait. They are too long to be hit upon; and many people share an address, who must not lose their links
by what one of them, or a calendar program with an old address, keeps asking for.
"""

from aiohttp import web

from meetings.errors import N_
from web.auth import ADDRESS_FAILURES, THROTTLE, TooManyAttempts
from web.keys import address_of, now_of


class TooManyGuesses(TooManyAttempts):
    message = N_(
        "Đã mở quá nhiều liên kết không đúng từ mạng này. Hãy thử lại sau 15 phút, hoặc liên hệ thư ký cuộc họp."
    )


def note_guess(request: web.Request) -> None:
    """What was opened is no link or code of ours. Raises ``TooManyGuesses`` for an address that does so too often."""
    throttle, key, now = request.app[THROTTLE], f"link:{address_of(request)}", now_of(request)
    if throttle.count(key, now) >= ADDRESS_FAILURES:
        raise TooManyGuesses
    throttle.add(key, now)
