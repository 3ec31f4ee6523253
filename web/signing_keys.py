"""What signing needs of the server's settings: trusted authorities and the organ's key."""

import asyncio
import logging
from pathlib import Path

from meetings.errors import N_, Conflict
from meetings.signing.signers import FileKey, TokenKey
from meetings.signing.trust import Trust, read_trust
from web.config import Config

log = logging.getLogger(__name__)

BAD_ROOTS = N_("Không đọc được chứng thư gốc đã cài đặt trên máy chủ. Hãy báo quản trị hệ thống.")
BAD_SEAL = N_("Không đọc được khóa ký của cơ quan đã cài đặt trên máy chủ. Hãy báo quản trị hệ thống.")


async def load_trust(config: Config) -> Trust:
    """Read anew each time: authorities publish a list of the revoked every day."""
    if not config.signing_roots:
        return Trust()
    try:
        return await asyncio.to_thread(read_trust, Path(config.signing_roots))
    except (OSError, ValueError) as error:
        log.error("GIAOBAN_SIGNING_ROOTS: %s", error)
        raise Conflict(BAD_ROOTS) from error


def holds_seal(config: Config) -> bool:
    return bool(config.seal_file or config.seal_library)


async def load_seal(config: Config) -> FileKey | TokenKey:
    """The organ's key on this server; who calls has seen that there is one."""
    secret = config.seal_password.get_secret_value()
    if config.seal_library:
        return TokenKey(config.seal_library, config.seal_token, config.seal_label, secret)
    try:
        return FileKey(await asyncio.to_thread(Path(config.seal_file).read_bytes), secret)
    except OSError as error:
        log.error("GIAOBAN_SEAL_FILE: %s", error)
        raise Conflict(BAD_SEAL) from error
