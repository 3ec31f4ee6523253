"""The signing program of the Government Cipher Committee (VGCA Sign Service) on a person's computer.

The key never leaves the person's token. The page calls the program by name with a JSON text that says where the file
is and where to send it once it is signed; the program posts it there and tells the page how it went (read there, by
``signing.js``). What comes back is an upload like any other: it is verified before anything is believed of it.

The names are those that are seen in public code, for the program's own documentation is not public; they stand here
alone, so that an office with another version changes them in one place.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from meetings.periods import ZONE
from meetings.signing.signers import Asked, Order

APPROVE, ISSUE = "vgca_sign_approved", "vgca_sign_issued"
UPLOAD_PART = "uploadfile"


@dataclass(frozen=True)
class PluginSigner:
    """``file_url`` and ``upload_url`` each hold a token that is good once, for this document, for some minutes."""

    file_url: str
    upload_url: str
    session_id: str
    number: str = ""
    issued_at: datetime | None = None

    @property
    def method(self) -> str:
        return "plugin"

    def begin(self, order: Order) -> Asked:
        """As organ: with the number and the day that the clerk gave."""
        request: dict[str, object] = {
            "FileUploadHandler": self.upload_url,
            "SessionId": self.session_id,
            "JWTToken": "",
            "FileName": self.file_url,
            "MetaData": [{"Key": "FieldName", "Value": order.field}],
        }
        if self.issued_at is not None:
            at = self.issued_at.astimezone(ZONE).replace(microsecond=0)
            request |= {"DocNumber": self.number, "IssuedDate": at.isoformat()}
        function = ISSUE if self.issued_at is not None else APPROVE
        return Asked(function, json.dumps(request, ensure_ascii=False))


def answer_upload(ok: bool, message: str, name: str = "", address: str = "") -> dict[str, object]:
    """What the program expects of whoever took its file."""
    return {"Status": ok, "Message": message, "FileName": name, "FileServer": address}
