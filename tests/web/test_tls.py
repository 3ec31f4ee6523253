"""The server's own certificate, and how the site behaves over TLS."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from cryptography import x509

from tests.browsing import Browser
from tests.factories import World
from web.app import create_app
from web.commands.serve import name_host
from web.config import Config
from web.database import Database
from web.tls import (
    RENEWED,
    VALID,
    CertificateFiles,
    CertificateUnusable,
    ServedCertificate,
    keep_self_signed,
    list_names,
    open_context,
    read_fingerprint,
)

NOW = datetime.now(UTC)
NAMES = ("192.0.2.7", "2001:db8::7", "may-chu")


def test_certificate_is_good_for_every_name_and_its_key_for_nobody_else(tmp_path: Path) -> None:
    files = keep_self_signed(tmp_path, NAMES, NOW)
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == list(NAMES)
    assert certificate.not_valid_before_utc < NOW
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.key.parent.stat().st_mode) == 0o700
    assert read_fingerprint(files.certificate).count(":") == 31


def test_certificate_is_kept_until_it_nears_its_end(tmp_path: Path) -> None:
    first = keep_self_signed(tmp_path, NAMES, NOW).certificate.read_bytes()
    almost = NOW + VALID - RENEWED - timedelta(hours=1)
    assert keep_self_signed(tmp_path, NAMES[:2], almost).certificate.read_bytes() == first
    assert keep_self_signed(tmp_path, NAMES, almost + timedelta(hours=2)).certificate.read_bytes() != first


@pytest.mark.parametrize("fault", ["name", "no key", "torn", "other key"])
def test_certificate_that_does_not_serve_is_made_anew(tmp_path: Path, fault: str) -> None:
    files = keep_self_signed(tmp_path, NAMES, NOW)
    first = files.certificate.read_bytes()
    if fault == "no key":
        files.key.unlink()
    elif fault == "torn":
        files.certificate.write_bytes(first[:100])
    elif fault == "other key":
        files.key.write_bytes(keep_self_signed(tmp_path / "..", NAMES, NOW).key.read_bytes())
    names = (*NAMES, "198.51.100.9") if fault == "name" else NAMES
    again = keep_self_signed(tmp_path, names, NOW)
    assert again.certificate.read_bytes() != first
    open_context(again)


def test_renewed_certificate_is_used_without_a_restart(tmp_path: Path) -> None:
    served = ServedCertificate(lambda now: keep_self_signed(tmp_path, NAMES, now), NOW)
    context = served.context
    assert not served.refresh(NOW + timedelta(days=1))
    assert served.refresh(NOW + VALID)
    assert served.context is context


def test_files_that_are_no_certificate_are_told(tmp_path: Path) -> None:
    files = keep_self_signed(tmp_path, NAMES, NOW)
    with pytest.raises(CertificateUnusable, match="No such file"):
        open_context(CertificateFiles(tmp_path / "none.pem", files.key))
    with pytest.raises(CertificateUnusable, match="do not make a certificate"):
        open_context(CertificateFiles(files.key, files.key))
    served = ServedCertificate(lambda _now: files, NOW)
    files.certificate.write_text("torn")
    with pytest.raises(CertificateUnusable):
        served.refresh(NOW)


def test_names_of_the_machine() -> None:
    assert {"localhost", "127.0.0.1", "::1"} <= set(list_names("0.0.0.0"))  # noqa: S104 - not bound
    assert "0.0.0.0" not in list_names("0.0.0.0")  # noqa: S104 - not bound
    assert list_names("192.0.2.4")[0] == "192.0.2.4"
    assert list_names("hop.example.vn")[0] == "hop.example.vn"


def test_address_told_at_the_start_can_be_opened() -> None:
    assert name_host("0.0.0.0") not in ("0.0.0.0", "")  # noqa: S104 - not bound
    assert [name_host(bound) for bound in ("127.0.0.1", "::1", "localhost")] == ["127.0.0.1", "[::1]", "localhost"]


async def test_over_tls_cookies_are_secure_and_plain_origins_strange(
    database: Database, world: World, tmp_path: Path
) -> None:
    files = keep_self_signed(tmp_path, ("127.0.0.1", "localhost"), NOW)
    config = Config(data_dir=tmp_path, disk_floor_mb=0)
    server = TestServer(create_app(config, database, None, lambda: NOW), scheme="https")
    await server.start_server(ssl=open_context(files))
    trusting = ssl.create_default_context(cafile=str(files.certificate))
    jar = aiohttp.CookieJar(unsafe=True)
    connector = aiohttp.TCPConnector(ssl=trusting)
    async with aiohttp.ClientSession(server.make_url("/"), connector=connector, cookie_jar=jar) as session:
        browser = Browser(session)
        page = await browser.open("/login")
        assert page.status == 200
        assert "Strict-Transport-Security" in page.headers
        assert [cookie["secure"] for cookie in jar] == [True] * len(jar)
        assert len(jar)
        host = f"127.0.0.1:{server.port}"
        for origin, own in ((f"http://{host}", False), (f"https://{host}", True), ("https://127.0.0.1", False)):
            page = await browser.open("/meetings/none/ws", Origin=origin)
            assert (origin, page.status) == (origin, 400 if own else 403)  # it asked for no upgrade
            page = await browser.send("/display", {"text_size": "1"}, Origin=origin)
            assert (origin, page.status) == (origin, 303 if own else 403)
    await server.close()
