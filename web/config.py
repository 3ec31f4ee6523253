"""Settings, read once from the environment. The only file that reads it."""

import re
from decimal import Decimal
from email.utils import parseaddr
from fractions import Fraction
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from meetings.exchange.package import is_organ_id
from meetings.invitations.addresses import read_address
from meetings.kinds import Rule
from transcripts.engines.settings import MOST_BEAMS, Compute, Device, Engine, WindowChoice

DRIVERS = {
    "sqlite://": "sqlite+aiosqlite://",
    "postgresql://": "postgresql+asyncpg://",
    "postgres://": "postgresql+asyncpg://",
}

TURN_URL = re.compile(
    r"(?P<scheme>turns?):(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:(?P<port>\d{1,5}))?(\?transport=(?P<transport>udp|tcp))?"
)
PROGRAM_ADDRESS = re.compile(r"(https?|wss?)://(localhost|127\.0\.0\.1):\d{1,5}")
SHORTEST_SECRET = 32
LOOPBACK = ("localhost", "127.0.0.1", "::1")
MOST_PORT = 65_535


class Config(BaseSettings):
    """Every setting is ``GIAOBAN_<NAME>`` and stands in the README's table (tested)."""

    model_config = SettingsConfigDict(env_prefix="GIAOBAN_", frozen=True)

    data_dir: Path = Field(Path("data"), description="Folder of the database, recordings and documents.")
    database_url: str = Field(
        "",
        description="`sqlite:///file` or `postgresql://user:password@host/name`; "
        "empty: `giaoban.sqlite3` in the data folder.",
    )
    host: str = Field("127.0.0.1", description="Address that the pages and the media are served on.")
    port: int = Field(8080, ge=1, le=MOST_PORT, description="TCP port of the pages.")
    media_port: int = Field(
        0, ge=0, le=MOST_PORT, description="UDP port of sound and picture; 0: the number of `GIAOBAN_PORT`."
    )
    media_address: str = Field(
        "", description="Address announced to browsers for media; empty: the addresses of the machine."
    )
    media_tcp: bool = Field(True, description="Sound and picture over TCP too, for networks that let no UDP through.")
    media_tcp_port: int = Field(
        0,
        ge=0,
        le=MOST_PORT,
        description="TCP port of sound and picture; 0: the number of the UDP port, the next one up "
        "where that is `GIAOBAN_PORT`.",
    )
    turn_urls: str = Field(
        "",
        description="Relays for networks that let only TLS through, separated by commas, such as "
        "`turns:hop.example.vn:443?transport=tcp`; empty: none.",
    )
    turn_secret: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="Secret shared with the relay (coturn's `static-auth-secret`), of 32 characters or more.",
    )
    turn_hours: int = Field(12, ge=1, le=72, description="Hours that a credential for the relay is good for.")
    tls_certificate: str = Field(
        "", description="File of the certificate with its chain (PEM), for `https://` without a proxy; empty: none."
    )
    tls_key: str = Field("", validate_default=True, description="File of the certificate's private key (PEM).")
    room_capacity: int = Field(200, ge=2, le=1000, description="Most sites and people in one room at a time.")
    bridge_capacity: int = Field(
        0, ge=0, description="Most connections of all meetings at one time, checked when booking; 0: any number."
    )
    approval_required: bool = Field(
        False, description="A secretary's booking waits until the office or the chair approves it."
    )
    open_data: bool = Field(
        False, description="The indicator's monthly aggregates (`/ratio/open-data…`) may be read without signing in."
    )
    last_n: int = Field(9, ge=1, le=25, description="Most cameras that one participant is sent at a time.")
    origin: str = Field(
        "", description="Public address of the site, such as `https://hop.example.vn`; empty: that of each request."
    )
    security_contact: str = Field(
        "",
        description="Where weaknesses are reported, such as `mailto:anninh@example.vn`; empty: the sign-in page, "
        "which names the administrator.",
    )
    ratio_rule: Rule = Field(
        Rule.MAJORITY,
        description="Which of the lower units that attended must be connected for a meeting to count as online: "
        "`any`, `majority` (more than half of them) or `all`.",
    )
    connected_share: Decimal = Field(
        Decimal("0.5"),
        gt=0,
        le=1,
        description="Share of the meeting's length from which a unit counts as connected, above 0, at most 1.",
    )
    whisper_model: str = Field(
        "",
        description="A folder with a CTranslate2 Whisper model, a `.pt` file of openai-whisper, a size such as "
        "`small` or a Hugging Face id; empty: no transcription.",
    )
    whisper_engine: Engine = Field(
        "auto", description="`faster-whisper`, `openai-whisper` (an extra), or `auto`: the one that reads the model."
    )
    whisper_device: Device = Field("auto", description="`cpu`, `cuda`, or `auto`: a GPU where there is one.")
    whisper_compute: Compute = Field(
        "auto",
        description="Numbers that Whisper calculates with, such as `int8`, `float16` or `float32`; `auto`: `int8` on "
        "processors, `float16` on a GPU.",
    )
    whisper_beams: int = Field(
        5, ge=1, le=MOST_BEAMS, description="Readings that Whisper weighs at a time; 1 is fastest, and a little worse."
    )
    whisper_window: WindowChoice = Field(
        "auto",
        description="How speech is cut for Whisper: `packed` into windows of at most 25 s, each `utterance` alone, or "
        "`auto`: packed, except for a toy model.",
    )
    whisper_threads: int = Field(0, ge=0, le=64, description="Threads of Whisper; 0: half of the processors.")
    redraft_url: str = Field(
        "",
        description="Base address of a language model (OpenAI-compatible API, such as `http://127.0.0.1:8000/v1`) that "
        "secretaries may ask to redraft an agenda item; empty: none. What was said is sent there.",
    )
    redraft_model: str = Field("", validate_default=True, description="Name of the model there.")
    redraft_key: SecretStr = Field(SecretStr(""), description="Key for it (`Authorization: Bearer`); empty: none.")
    redraft_seconds: int = Field(120, ge=1, le=1800, description="Longest that one item may take.")
    workers: int = Field(1, ge=0, le=16, description="Worker processes started beside the server.")
    paper_mb: int = Field(50, ge=1, le=1000, description="Largest file of a meeting's papers, in MiB.")
    upload_mb: int = Field(
        4096, ge=1, le=100_000, description="Largest recording brought from elsewhere, in MiB; its picture is not kept."
    )
    keep_recordings_days: int = Field(
        90,
        ge=0,
        le=36500,
        description="Days after the signing of minutes before recordings may be proposed to destroy.",
    )
    disk_floor_mb: int = Field(2048, ge=0, description="Free disk, in MiB, under which recording is refused.")
    signing_roots: str = Field(
        "",
        description="Folder (or one file) with the certificates of the authorities that signatures must lead to: PEM "
        "or DER, revocation lists (`.crl`) beside them; empty: no digital signature is taken.",
    )
    timestamp_url: str = Field(
        "", description="Timestamp server (RFC 3161) for signatures that are made here; empty: without a timestamp."
    )
    seal_file: str = Field("", description="The organ's key in a PKCS#12 file, with which its clerk seals.")
    seal_library: str = Field("", description="Or: driver (PKCS#11 library) of the device that holds the organ's key.")
    seal_token: str = Field("", description="Label of that device.")
    seal_label: str = Field("", description="Label of key and certificate on it.")
    seal_password: SecretStr = Field(SecretStr(""), description="Password of the file, or PIN of the device.")
    signing_program: str = Field(
        "",
        description="Script file of the signing program on people's computers (`vgcaplugin.js` of its distributor); "
        "empty: it is not offered.",
    )
    signing_program_address: str = Field(
        "", description="Addresses on a person's own computer that this script calls, such as `wss://127.0.0.1:8987`."
    )
    exchange_folder: str = Field(
        "", description="Folder of the edXML exchange: packages go into `out`, statuses come from `in`; empty: none."
    )
    exchange_url: str = Field(
        "",
        description="Or: base address of a REST gateway of the axis, such as `https://truc.example.vn/api`.",
    )
    exchange_system_id: str = Field("", description="This system's name there (`X-SystemId`).")
    exchange_secret: SecretStr = Field(SecretStr(""), description="Its secret there (`X-SecretKey`).")
    exchange_gateway: str = Field(
        "ordinal", description="Code table of the gateway: `ordinal`, `nd30`, `category`, or a JSON file of its own."
    )
    exchange_scheme: Literal["qcvn102", "qd20"] = Field(
        "qcvn102", description="Which of the units' identifiers the gateway goes by."
    )
    exchange_organ_id: str = Field(
        "", description="Identifier of the sender, such as `000.00.00.H36`, for issuing organs that have none."
    )
    exchange_seconds: int = Field(60, ge=5, le=3600, description="Seconds between two looks at the exchange.")
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
    log_format: Literal["text", "json"] = Field("text", description="Shape of the log.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")

    @field_validator("turn_urls")
    @classmethod
    def _check_turn_urls(cls, value: str) -> str:
        wrong = [one for one in value.split(",") if one.strip() and not TURN_URL.fullmatch(one.strip())]
        if wrong:
            raise ValueError(f"{wrong[0].strip()} is not of the form turn:HOST:PORT?transport=udp, turns: for TLS")
        return value

    @field_validator("turn_secret")
    @classmethod
    def _check_turn_secret(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("turn_urls", "").strip() and len(value.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"the relay of GIAOBAN_TURN_URLS needs a secret of {SHORTEST_SECRET} characters or more")
        return value

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

    @field_validator("tls_key")
    @classmethod
    def _check_tls_key(cls, value: str, info: ValidationInfo) -> str:
        if bool(value) != bool(info.data.get("tls_certificate", "")):
            raise ValueError("GIAOBAN_TLS_CERTIFICATE and GIAOBAN_TLS_KEY go together")
        return value

    @field_validator("timestamp_url")
    @classmethod
    def _check_timestamp_url(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("GIAOBAN_TIMESTAMP_URL begins with https:// or http://")
        return value

    @field_validator("redraft_url")
    @classmethod
    def _check_redraft_url(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^/?#@\s]+(/[^?#\s]*)?", value):
            raise ValueError("GIAOBAN_REDRAFT_URL is an address such as http://127.0.0.1:8000/v1")
        return value

    @field_validator("redraft_model")
    @classmethod
    def _check_redraft_model(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("redraft_url") and not value:
            raise ValueError("GIAOBAN_REDRAFT_URL needs the name of a model in GIAOBAN_REDRAFT_MODEL")
        return value

    @field_validator("seal_library")
    @classmethod
    def _check_seal(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("seal_file"):
            raise ValueError("the organ's key is in a file or on a device: GIAOBAN_SEAL_FILE or GIAOBAN_SEAL_LIBRARY")
        return value

    @field_validator("exchange_url")
    @classmethod
    def _check_exchange(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("exchange_folder"):
            raise ValueError("the exchange is a folder or a gateway: GIAOBAN_EXCHANGE_FOLDER or GIAOBAN_EXCHANGE_URL")
        host = urlsplit(value).hostname
        if value and not (value.startswith("https://") or (value.startswith("http://") and host in LOOPBACK)):
            raise ValueError("GIAOBAN_EXCHANGE_URL begins with https:// (http:// only to this machine)")
        return value

    @field_validator("exchange_organ_id")
    @classmethod
    def _check_organ_id(cls, value: str) -> str:
        if value and not is_organ_id(value):
            raise ValueError("GIAOBAN_EXCHANGE_ORGAN_ID is of the form 000.00.00.H36 or H36.01")
        return value

    @field_validator("signing_program_address")
    @classmethod
    def _check_program_address(cls, value: str) -> str:
        wrong = [one for one in value.split() if not PROGRAM_ADDRESS.fullmatch(one)]
        if wrong:
            raise ValueError(f"{wrong[0]} is not an address on a person's own computer such as wss://127.0.0.1:8987")
        return value

    @property
    def threshold(self) -> Fraction:
        """``connected_share``, exactly."""
        return Fraction(self.connected_share)

    @property
    def udp_port(self) -> int:
        return self.media_port or self.port

    @property
    def tcp_port(self) -> int | None:
        """Of the media; None: no media over TCP."""
        if not self.media_tcp:
            return None
        if self.media_tcp_port or self.udp_port != self.port:
            return self.media_tcp_port or self.udp_port
        return self.udp_port + (1 if self.udp_port < MOST_PORT else -1)

    @property
    def exchanges(self) -> bool:
        """Documents with other organs, one way or the other."""
        return bool(self.exchange_folder or self.exchange_url)

    @property
    def turn_servers(self) -> tuple[str, ...]:
        return tuple(one.strip() for one in self.turn_urls.split(",") if one.strip())

    @property
    def mail_address(self) -> str:
        """The address in ``mail_from``; empty where there is none."""
        return read_address(parseaddr(self.mail_from)[1]) or ""

    @property
    def mail_name(self) -> str:
        return parseaddr(self.mail_from)[0]

    @property
    def recordings(self) -> Path:
        return self.data_dir / "recordings"

    @property
    def models(self) -> Path:
        """Of speech; fetched ones."""
        return self.data_dir / "models"

    @property
    def papers(self) -> Path:
        return self.data_dir / "papers"

    @property
    def ballots(self) -> Path:
        """Keys of secret votes that are open."""
        return self.data_dir / "ballots"

    @property
    def documents(self) -> Path:
        return self.data_dir / "documents"

    @property
    def sqlalchemy_url(self) -> str:
        """The database's address with its asynchronous driver."""
        url = self.database_url or f"sqlite:///{(self.data_dir / 'giaoban.sqlite3').resolve()}"
        for plain, driver in DRIVERS.items():
            if url.startswith(plain):
                return driver + url.removeprefix(plain)
        return url
