"""Settings, read once from the environment. The only file that reads it."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from meetings.ratio import Rule

DRIVERS = {
    "sqlite://": "sqlite+aiosqlite://",
    "postgresql://": "postgresql+asyncpg://",
    "postgres://": "postgresql+asyncpg://",
}


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
    port: int = Field(8080, ge=1, le=65535, description="TCP port of the pages.")
    media_port: int = Field(
        0, ge=0, le=65535, description="UDP port of sound and picture; 0: the number of `GIAOBAN_PORT`."
    )
    media_address: str = Field(
        "", description="Address announced to browsers for media; empty: the addresses of the machine."
    )
    origin: str = Field(
        "", description="Public address of the site, such as `https://hop.example.vn`; empty: that of each request."
    )
    security_contact: str = Field(
        "",
        description="Where weaknesses are reported, such as `mailto:anninh@example.vn`; empty: the sign-in page, "
        "which names the administrator.",
    )
    ratio_rule: Rule = Field(
        Rule.MAJOR,
        description="Which of the lower units that attended must be connected for a meeting to count as online: "
        "`any`, `major` (more than half of them) or `all`.",
    )
    connected_share: Decimal = Field(
        Decimal("0.5"),
        gt=0,
        le=1,
        description="Share of the meeting's length from which a unit counts as connected, above 0, at most 1.",
    )
    whisper_model: str = Field(
        "", description="A folder with a CTranslate2 Whisper model, or a size such as `small`; empty: no transcription."
    )
    whisper_window: Literal["utterance"] = Field("utterance", description="How speech is cut for Whisper.")
    whisper_threads: int = Field(0, ge=0, le=64, description="Threads of Whisper; 0: half of the processors.")
    workers: int = Field(1, ge=0, le=16, description="Worker processes started beside the server.")
    disk_floor_mb: int = Field(2048, ge=0, description="Free disk, in MiB, under which recording is refused.")
    log_format: Literal["text", "json"] = Field("text", description="Shape of the log.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")

    @property
    def threshold(self) -> Fraction:
        """``connected_share``, exactly."""
        return Fraction(self.connected_share)

    @property
    def udp_port(self) -> int:
        return self.media_port or self.port

    @property
    def recordings(self) -> Path:
        return self.data_dir / "recordings"

    @property
    def models(self) -> Path:
        """Of speech; fetched ones."""
        return self.data_dir / "models"

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
