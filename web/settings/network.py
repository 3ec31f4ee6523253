"""Where pages, sound and picture are served: addresses, ports, relays, TLS."""

import re

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from web.settings.ranges import MOST_PORT

TURN_URL = re.compile(
    r"(?P<scheme>turns?):(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:(?P<port>\d{1,5}))?(\?transport=(?P<transport>udp|tcp))?"
)
SHORTEST_SECRET = 32


class NetworkSettings(BaseModel):
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

    @field_validator("tls_key")
    @classmethod
    def _check_tls_key(cls, value: str, info: ValidationInfo) -> str:
        if bool(value) != bool(info.data.get("tls_certificate", "")):
            raise ValueError("GIAOBAN_TLS_CERTIFICATE and GIAOBAN_TLS_KEY go together")
        return value

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
    def turn_servers(self) -> tuple[str, ...]:
        return tuple(one.strip() for one in self.turn_urls.split(",") if one.strip())
