"""Where documents go to other organs and come from them, as edXML."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from meetings.exchange.package import is_organ_id
from web.settings.ranges import LOOPBACK


class ExchangeSettings(BaseModel):
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

    @property
    def exchanges(self) -> bool:
        """Documents with other organs, one way or the other."""
        return bool(self.exchange_folder or self.exchange_url)
