"""The file that an attachment holds: itself, or, as some senders do, in a ZIP. Bombs and riddles are refused."""

import io
import lzma
import zipfile
import zlib

from meetings.errors import N_, Invalid
from meetings.exchange.package import Attachment

ZIP = b"PK\x03\x04"
OWN_ZIPS = ("[Content_Types].xml", "mimetype")  # of DOCX and XLSX, of ODT: such a file is a ZIP by itself
LARGEST_FILE, MOST_ENTRIES, LARGEST_RATIO = 100 * 2**20, 64, 200
PIECE = 2**16

# What zipfile raises: damaged tables and data (the first two; LZMA and bzip2 have the next two), data that end too
# soon, places outside the file and names in no encoding, a method or a lock that it does not know.
UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, RuntimeError)

BAD_ZIP = N_("Tệp nén kèm theo bị hỏng, có mật khẩu hoặc chứa nhiều hơn một tệp.")
BOMB = N_("Tệp nén kèm theo giải nén ra quá lớn nên không nhận.")


def unpack(attachment: Attachment) -> bytes:
    """What the sender means by it. ``Invalid`` for an archive that is broken, locked, full of entries, or a bomb."""
    data = attachment.data
    if not data.startswith(ZIP) or attachment.name.lower().endswith(".zip"):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES and not _is_own(entries):
                raise Invalid(BOMB)
            if _is_own(entries):
                return data
            files = [each for each in entries if not each.is_dir()]
            if len(files) != 1 or files[0].flag_bits & 1:
                raise Invalid(BAD_ZIP)
            return _read(archive, files[0], len(data))
    except UNREADABLE as error:
        raise Invalid(BAD_ZIP) from error


def _is_own(entries: list[zipfile.ZipInfo]) -> bool:
    return any(each.filename in OWN_ZIPS for each in entries)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, packed: int) -> bytes:
    """Counted as it comes: what the archive says of its size may be a lie."""
    most = min(LARGEST_FILE, max(packed * LARGEST_RATIO, PIECE))
    found = bytearray()
    with archive.open(entry) as stream:
        while piece := stream.read(PIECE):
            found += piece
            if len(found) > most:
                raise Invalid(BOMB)
    return bytes(found)
