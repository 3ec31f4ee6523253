"""An authority of the tests: a root, an authority below it, certificates for people and seals, a list of the revoked.

It is made of real certificates (cryptography) and lives as long as the test. ``StampDesk`` stamps time over HTTP.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import typst
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from meetings.printing.typesetting import load_fonts
from meetings.signing.appearance import draw_lines
from meetings.signing.preparing import prepare_for_signing
from meetings.signing.signers import FileKey, Order
from meetings.signing.trust import Trust

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NEVER_ENDS = datetime(2100, 1, 1, tzinfo=UTC)
PASSWORD = "mat-khau-thu"

PAPER = """#set page(paper: "a4", margin: 30mm)
#let field(name, ..size) = link("giaoban:" + name, box(..size))
#grid(columns: (63mm, 87mm), field("number", width: 100%, height: 6.5mm), field("date", width: 100%, height: 6.5mm))
Cuộc họp thống nhất giao Sở Tài chính hoàn thành trước ngày 30/11/2026.
#grid(columns: (1fr, 1fr), ..("sign_secretary", "sign_chair").map(name => field(name, width: 100%, height: 27mm)))
"""
BLANKS = {"number": "Số:        /BB-UBND", "date": "Lâm Đồng, ngày     tháng     năm 2026"}


def make_paper() -> bytes:
    """A page of minutes with its fields, as it is made to be signed."""
    source = ('#set text(font: "Liberation Serif")\n' + PAPER).encode()
    pdf = typst.compile(source, format="pdf", pdf_standards=["a-2b"], font_paths=load_fonts())
    return prepare_for_signing(bytes(pdf), BLANKS)


def soon() -> datetime:
    """Signing takes the second of its own clock."""
    return datetime.now(UTC) + timedelta(seconds=5)


def draw_name(name: str) -> bytes:
    return draw_lines((name,), 210, 76, size=10)


@dataclass(frozen=True)
class Holder:
    """Somebody with a key: a person, an organ, an authority."""

    certificate: x509.Certificate
    key: Any
    above: tuple[x509.Certificate, ...] = ()

    @property
    def name(self) -> str:
        return str(self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def write_pkcs12(self, password: str = PASSWORD) -> bytes:
        locked = BestAvailableEncryption(password.encode())
        return pkcs12.serialize_key_and_certificates(b"k", self.key, self.certificate, self.above, locked)

    def sign(self, pdf: bytes, field_name: str, **order: Any) -> bytes:
        """The key signs at once, as the program of an office would."""
        key = FileKey(self.write_pkcs12(), PASSWORD)
        return key.begin(Order(pdf=pdf, field=field_name, drawn=draw_name(self.name), **order)).pdf


@dataclass
class Authority:
    """``below`` issues; ``root`` is what is trusted."""

    root: Holder
    below: Holder
    revoked: list[x509.Certificate] = field(default_factory=list)

    @property
    def trust(self) -> Trust:
        return Trust((self.root.der,), (self.below.der,))

    @property
    def full_trust(self) -> Trust:
        """With the lists of the revoked of both authorities."""
        return Trust((self.root.der,), (self.below.der,), (self.list_revoked(self.root), self.list_revoked()))

    def issue(
        self, name: str, *, start: datetime = LONG_AGO, end: datetime = NEVER_ENDS, usage: str = "sign", **extra: Any
    ) -> Holder:
        return _issue(name, self.below, start, end, usage, **extra)

    def list_revoked(self, of: Holder | None = None) -> bytes:
        of = of or self.below
        now = datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(of.certificate.subject)
            .last_update(now - timedelta(days=1))
            .next_update(now + timedelta(days=30))
        )
        for each in self.revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(each.serial_number)
                .revocation_date(LONG_AGO + timedelta(days=1))
                .build()
            )
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(of.key.public_key())
        listed = builder.add_extension(identifier, critical=False).add_extension(x509.CRLNumber(1), critical=False)
        return listed.sign(of.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def write(self, folder: Path) -> Path:
        """As an administrator keeps it."""
        folder.mkdir(exist_ok=True)
        (folder / "goc.pem").write_bytes(self.root.pem)
        (folder / "trung-gian.crt").write_bytes(self.below.der)
        (folder / "thu-hoi.crl").write_bytes(self.list_revoked())
        return folder


def make_authority(name: str = "CA thử nghiệm") -> Authority:
    root = _issue(f"{name} – gốc", None, LONG_AGO, NEVER_ENDS, "issue")
    return Authority(root, _issue(name, root, LONG_AGO, NEVER_ENDS, "issue"))


def _issue(
    name: str, by: Holder | None, start: datetime, end: datetime, usage: str, key: Any = None, organ: str = ""
) -> Holder:
    own = key or ec.generate_private_key(ec.SECP256R1())
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organ:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organ))
    subject = x509.Name(parts)
    issues = usage == "issue"
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=issues, path_length=None), critical=True)
        .add_extension(_usage(issues, usage == "sign"), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
    )
    if by is not None:
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
        builder = builder.add_extension(above, critical=False)
    if usage == "stamp":
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    certificate = builder.sign(by.key if by else own, hashes.SHA256())
    return Holder(certificate, own, (by.certificate, *by.above) if by else ())


def _usage(issues: bool, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not issues,
        content_commitment=signs,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=issues,
        encipher_only=False,
        decipher_only=False,
    )


def make_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@contextmanager
def open_stamp_desk(authority: Authority) -> Iterator[str]:
    """A timestamp server on this machine; its address. Any other path of it leads there; nobody may follow."""
    holder = authority.issue("Dấu thời gian thử nghiệm", usage="stamp", key=make_rsa_key())
    store = SimpleCertificateStore()
    store.register(asn1_x509.Certificate.load(authority.below.der))
    private = holder.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    stamper = DummyTimeStamper(
        asn1_x509.Certificate.load(holder.der), asn1_keys.PrivateKeyInfo.load(private), certs_to_embed=store
    )

    strayed: list[str] = []

    class Desk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            strayed.append(self.path)
            self.send_error(405)

        def do_POST(self) -> None:
            if self.path != "/":
                self.send_response(302)
                self.send_header("Location", f"http://127.0.0.1:{server.server_port}/")
                self.end_headers()
                return
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            told = stamper.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_args: Any) -> None:
            """Nothing: the test says what went wrong."""

    server = HTTPServer(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
        assert not strayed
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
