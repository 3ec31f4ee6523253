"""The servers that take letters and hold the answers."""

from email.utils import parseaddr
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from meetings.invitations.addresses import read_address
from web.settings.ranges import LOOPBACK, MOST_PORT


class MailSettings(BaseModel):
    smtp_host: str = Field(
        "", description="Server that takes the letters (invitations, changes, reminders); empty: letters wait."
    )
    smtp_port: int = Field(
        0, ge=0, le=MOST_PORT, description="Its TCP port; 0: 587 with STARTTLS, 465 with TLS, else 25."
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is encrypted; `none` for a relay on this machine."
    )
    smtp_user: str = Field("", description="Name to sign in with there; empty: no sign-in.")
    smtp_password: SecretStr = Field(
        SecretStr(""), validate_default=True, description="Password for `GIAOBAN_SMTP_USER`."
    )
    mail_from: str = Field(
        "",
        validate_default=True,
        description="Sender of the letters and organiser in calendars, such as "
        "`Văn phòng UBND tỉnh <hop@example.vn>`; answers by mail come to this address.",
    )
    imap_host: str = Field("", description="Server of the mailbox to which answers come; empty: none is read.")
    imap_port: int = Field(0, ge=0, le=MOST_PORT, description="Its TCP port; 0: 993 with TLS, 143 without.")
    imap_security: Literal["tls", "starttls", "none"] = Field(
        "tls", description="How the connection is encrypted; `none` for a server on this machine."
    )
    imap_user: str = Field("", description="Name to sign in with there.")
    imap_password: SecretStr = Field(
        SecretStr(""), validate_default=True, description="Password for `GIAOBAN_IMAP_USER`."
    )
    imap_folder: str = Field("INBOX", description="Folder that is read; letters stay in it, marked as read.")
    imap_seconds: int = Field(60, ge=5, le=3600, description="Seconds between two looks into the mailbox.")
    imap_authserv_id: str = Field(
        "",
        max_length=255,
        description="Name under which that mail server writes `Authentication-Results`, such as `mx.example.vn`; then "
        "nobody else's count.",
    )
    imap_dmarc: Literal["not-fail", "pass"] = Field(
        "not-fail",
        validate_default=True,
        description="What those say of an answer that is taken: `pass` demands `dmarc=pass` (with "
        "`GIAOBAN_IMAP_AUTHSERV_ID`); `not-fail` refuses `dmarc=fail` alone.",
    )

    @field_validator("imap_dmarc")
    @classmethod
    def _check_dmarc(cls, value: str, info: ValidationInfo) -> str:
        if value == "pass" and not info.data.get("imap_authserv_id"):
            raise ValueError("needs GIAOBAN_IMAP_AUTHSERV_ID: a finding that anybody may have written proves nothing")
        return value

    @field_validator("smtp_password", "imap_password")
    @classmethod
    def _check_mail_password(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        """A password crosses no network in the clear."""
        kind = "smtp" if info.field_name == "smtp_password" else "imap"
        host, user = info.data.get(f"{kind}_host", ""), info.data.get(f"{kind}_user", "")
        if host and user and info.data.get(f"{kind}_security") == "none" and host not in LOOPBACK:
            name = f"GIAOBAN_{kind.upper()}"
            raise ValueError(f"{name}_SECURITY is none: {name}_USER may sign in only to a server on this machine")
        return value

    @field_validator("mail_from")
    @classmethod
    def _check_mail_from(cls, value: str, info: ValidationInfo) -> str:
        wanted, address = value or info.data.get("smtp_host", ""), read_address(parseaddr(value)[1])
        if wanted and (address is None or not value.isprintable()):
            raise ValueError("letters need a sender such as Văn phòng UBND tỉnh <hop@example.vn>")
        return value

    @property
    def mail_address(self) -> str:
        """The address in ``mail_from``; empty where there is none."""
        return read_address(parseaddr(self.mail_from)[1]) or ""

    @property
    def mail_name(self) -> str:
        return parseaddr(self.mail_from)[0]
