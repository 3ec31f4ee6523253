"""``giaoban turn config``: the settings of the relay (coturn) that belong to this site."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from signaling.ice import choose_addresses
from web.commands.running import read_config, refuse
from web.config import Config
from web.settings.network import TURN_URL

app = typer.Typer(help="The relay for networks that let no media through.", no_args_is_help=True)

PLAIN_PORT, TLS_PORT = 3478, 5349  # RFC 8656, RFC 7065: where a URL names none
ALLOCATIONS = 16  # of one person: two connections, each over every transport and interface of the browser
OCTETS_PER_SECOND = 1_000_000  # of one allocation: a screen in full detail, pictures and voices take less


@app.callback()
def describe() -> None:
    """The relay for networks that let no media through."""


@app.command("config")
def print_config(
    certificate: Annotated[str, typer.Option(help="The relay's certificate; default: that of the site.")] = "",
    key: Annotated[str, typer.Option(help="The certificate's private key; default: that of the site.")] = "",
) -> None:
    """Print a turnserver.conf that relays to this site's media and to nothing else.

    sudo sh -c 'umask 027; giaoban turn config > /etc/turnserver.conf; chgrp turnserver /etc/turnserver.conf'
    """
    config = read_config()
    if not config.turn_servers:
        refuse("GIAOBAN_TURN_URLS names no relay, such as turns:hop.example.vn:443?transport=tcp")
    addresses = find_peers(config)
    files = certificate or config.tls_certificate, key or config.tls_key
    if any(one.startswith("turns:") for one in config.turn_servers) and not all(files):
        refuse("a relay over TLS needs --certificate and --key, or GIAOBAN_TLS_CERTIFICATE and GIAOBAN_TLS_KEY")
    for line in write_config(config, addresses, files):
        typer.echo(line)


def find_peers(config: Config) -> Sequence[str]:
    """The addresses of this site's media: the only ones that the relay may send to."""
    announced = [one.strip() for one in config.media_address.split(",") if one.strip()]
    try:
        addresses = [one for one in choose_addresses(config.host, announced) if not ip_address(one).is_loopback]
    except ValueError as error:
        refuse(f"the relay needs the media's address as a number; set GIAOBAN_MEDIA_ADDRESS ({error})")
    if not addresses:
        refuse("the media are served to this machine alone; set GIAOBAN_HOST or GIAOBAN_MEDIA_ADDRESS")
    return addresses


def write_config(config: Config, peers: Sequence[str], files: tuple[str, str]) -> Iterator[str]:
    """The lines of turnserver.conf."""
    places = [read_url(url) for url in config.turn_servers]
    yield "# coturn for Giao Ban, written by `giaoban turn config`. It holds the secret: nobody else may read it."
    yield f"realm={places[0][1]}"
    yield "use-auth-secret"
    yield f"static-auth-secret={config.turn_secret.get_secret_value()}"
    yield "fingerprint"
    yield "stale-nonce=600"
    yield ""
    yield "# Where browsers reach it."
    yield f"listening-port={next((port for tls, _, port, _ in places if not tls), PLAIN_PORT)}"
    yield f"tls-listening-port={next((port for tls, _, port, _ in places if tls), TLS_PORT)}"
    if any(tls for tls, *_ in places):
        yield from (f"cert={Path(files[0]).resolve()}", f"pkey={Path(files[1]).resolve()}")
        yield from ("no-tlsv1", "no-tlsv1_1", "no-dtls")
    else:
        yield from ("no-tls", "no-dtls")
    for transport in ("udp", "tcp"):
        if not any(transport == used for _, _, _, used in places):
            yield f"no-{transport}"
    yield ""
    yield "# It relays to this site's media and to nothing else; a firewall should hold it to the port too:"
    rule = f"meta skuid turnserver udp sport 49152-65535 udp dport != {config.udp_port} drop"
    yield f"#   nft add rule inet filter output {rule}"
    yield "denied-peer-ip=0.0.0.0-255.255.255.255"
    yield "denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
    yield from (f"allowed-peer-ip={peer}" for peer in peers)
    yield from ("no-multicast-peers", "no-tcp-relay", "min-port=49152", "max-port=65535")
    yield ""
    yield "# What one person, and all of them, may take."
    yield f"user-quota={ALLOCATIONS}"
    yield f"total-quota={ALLOCATIONS * config.room_capacity}"
    yield f"max-bps={OCTETS_PER_SECOND}"
    yield "max-allocate-lifetime=3600"
    yield ""
    yield "# Nothing that is not needed."
    yield from ("no-cli", "secure-stun", "no-rfc5780", "no-stun-backward-compatibility")
    yield from ("response-origin-only-with-rfc5780", "no-software-attribute", "no-dynamic-realms", "syslog")


def read_url(url: str) -> tuple[bool, str, int, str]:
    """Whether it is over TLS, the host, the port and the transport of a relay's address (RFC 7065)."""
    match = TURN_URL.fullmatch(url)
    if match is None:  # the settings were checked
        raise ValueError(url)
    tls = match["scheme"] == "turns"
    return (
        tls,
        match["host"].strip("[]"),
        int(match["port"] or (TLS_PORT if tls else PLAIN_PORT)),
        match["transport"] or ("tcp" if tls else "udp"),
    )
