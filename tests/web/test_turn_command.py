"""``giaoban turn config``. That coturn takes what it prints is tested in ``tests/network/test_turn.py``."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from web.__main__ import app

SECRET = "0123456789abcdef0123456789abcdef"
BOTH = "turns:turn.example.vn:443?transport=tcp, turn:turn.example.vn"


def run(folder: Path, *options: str, **settings: str) -> Result:
    environment = {"GIAOBAN_DATA_DIR": str(folder), "GIAOBAN_HOST": "192.0.2.7"}
    environment |= {f"GIAOBAN_{name.upper()}": value for name, value in settings.items()}
    return CliRunner(env=environment).invoke(app, ["turn", "config", *options])


def test_config_opens_what_the_urls_name_and_sends_to_the_media_alone(tmp_path: Path) -> None:
    result = run(tmp_path, "--certificate", "/etc/a.pem", "--key", "/etc/a.key", turn_urls=BOTH, turn_secret=SECRET)
    lines = result.output.splitlines()
    assert result.exit_code == 0
    wanted = ["tls-listening-port=443", "listening-port=3478", "realm=turn.example.vn", f"static-auth-secret={SECRET}"]
    wanted += ["cert=/etc/a.pem", "pkey=/etc/a.key", "no-cli", "denied-peer-ip=0.0.0.0-255.255.255.255", "no-tcp-relay"]
    assert [line for line in wanted if line not in lines] == []
    assert [line for line in lines if line.startswith("allowed-")] == ["allowed-peer-ip=192.0.2.7"]
    assert not {"no-udp", "no-tcp", "no-tls"} & set(lines)


def test_config_closes_what_no_url_names(tmp_path: Path) -> None:
    lines = run(
        tmp_path,
        turn_urls="turn:192.0.2.8:3478?transport=tcp",
        turn_secret=SECRET,
        media_address="192.0.2.9, 2001:db8::9",
    ).output.splitlines()
    assert {"no-udp", "no-tls", "no-dtls"} <= set(lines)
    allowed = [line.partition("=")[2] for line in lines if line.startswith("allowed-")]
    assert allowed == ["192.0.2.9", "2001:db8::9"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "GIAOBAN_TURN_URLS names no relay"),
        ({"turn_urls": BOTH, "turn_secret": SECRET}, "needs --certificate and --key"),
        ({"turn_urls": "turn:a.vn", "turn_secret": SECRET, "host": "127.0.0.1"}, "to this machine alone"),
        ({"turn_urls": "turn:a.vn", "turn_secret": SECRET, "host": "hop.example.vn"}, "set GIAOBAN_MEDIA_ADDRESS"),
        ({"turn_urls": "turn:a.vn"}, "GIAOBAN_TURN_SECRET"),
    ],
)
def test_what_is_missing_is_told(tmp_path: Path, settings: dict[str, str], told: str) -> None:
    result = run(tmp_path, **settings)
    assert (result.exit_code, told in result.output) == (2, True)
    assert SECRET not in result.output
