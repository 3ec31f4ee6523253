"""Settings, read once from the environment. The only file that reads it."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from meetings.kinds import Rule
from web.settings.exchange import ExchangeSettings
from web.settings.mail import MailSettings
from web.settings.network import NetworkSettings
from web.settings.signing import SigningSettings
from web.settings.speech import SpeechSettings

DRIVERS = {
    "sqlite://": "sqlite+aiosqlite://",
    "postgresql://": "postgresql+asyncpg://",
    "postgres://": "postgresql+asyncpg://",
}


class Config(NetworkSettings, SpeechSettings, SigningSettings, ExchangeSettings, MailSettings, BaseSettings):
    """Every setting is ``GIAOBAN_<NAME>`` and stands in the README's table (tested). Here: those of no part alone."""

    model_config = SettingsConfigDict(env_prefix="GIAOBAN_", frozen=True)

    data_dir: Path = Field(Path("data"), description="Folder of the database, recordings and documents.")
    database_url: str = Field(
        "",
        description="`sqlite:///file` or `postgresql://user:password@host/name`; "
        "empty: `giaoban.sqlite3` in the data folder.",
    )
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
    log_format: Literal["text", "json"] = Field("text", description="Shape of the log.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")

    @property
    def threshold(self) -> Fraction:
        """``connected_share``, exactly."""
        return Fraction(self.connected_share)

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
