"""Settings that depend on one another."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from web.commands.serve import media_settings
from web.config import Config

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 8081),  # the pages have 8080
        ({"port": 443}, 444),
        ({"port": 65535}, 65534),
        ({"port": 443, "media_port": 8443}, 8443),
        ({"media_port": 8080}, 8081),
        ({"media_tcp_port": 5000}, 5000),
        ({"media_tcp": False, "media_tcp_port": 5000}, None),
    ],
)
def test_tcp_port_of_media_avoids_the_pages(settings: dict[str, int], expected: int | None) -> None:
    config = Config.model_validate(settings)
    assert config.tcp_port == expected
    assert media_settings(config).tcp_port == expected


def test_relays_are_read_with_their_secret() -> None:
    config = Config.model_validate(
        {
            "turn_urls": "turn:[2001:db8::1]:3478?transport=udp, turns:hop.example.vn:443?transport=tcp,",
            "turn_secret": SECRET,
        }
    )
    assert config.turn_servers == ("turn:[2001:db8::1]:3478?transport=udp", "turns:hop.example.vn:443?transport=tcp")
    assert SECRET not in repr(config)


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"turn_urls": "turns:hop.example.vn:443"}, "turn_secret"),
        ({"turn_urls": "turns:hop.example.vn:443", "turn_secret": "short"}, "turn_secret"),
        ({"turn_urls": "https://hop.example.vn", "turn_secret": SECRET}, "turn_urls"),
        ({"turn_urls": "turn:user@hop.example.vn", "turn_secret": SECRET}, "turn_urls"),
        ({"tls_certificate": "a.pem"}, "tls_key"),
        ({"tls_key": "a.pem"}, "tls_key"),
        ({"room_capacity": 1}, "room_capacity"),
        ({"last_n": 0}, "last_n"),
        ({"smtp_host": "mail.example.vn"}, "mail_from"),
        ({"mail_from": "Văn phòng <hop@example.vn\r\nBcc: x@evil.example>"}, "mail_from"),
        ({"smtp_host": "m.vn", "smtp_security": "none", "smtp_user": "hop", "mail_from": "a@b.vn"}, "smtp_password"),
        ({"imap_host": "m.vn", "imap_security": "none", "imap_user": "hop"}, "imap_password"),
        ({"imap_seconds": 1}, "imap_seconds"),
    ],
)
def test_wrong_setting_is_named(settings: dict[str, object], setting: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Config.model_validate(settings)
    assert [error["loc"][0] for error in caught.value.errors()] == [setting]


def test_media_process_learns_the_most_cameras(tmp_path: Path) -> None:
    assert media_settings(Config(data_dir=tmp_path, last_n=4)).last_n == 4


def test_letters_have_a_sender_with_a_name() -> None:
    config = Config.model_validate({"smtp_host": "localhost", "mail_from": "Văn phòng UBND tỉnh <Hop@Example.VN>"})
    assert (config.mail_name, config.mail_address) == ("Văn phòng UBND tỉnh", "Hop@example.vn")
    assert Config().mail_address == ""
