"""TLS without a proxy: the certificate of the settings, or one that the server makes for a trial on a local network."""

import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from meetings.private_files import write_private
from signaling.ice import choose_addresses

FOLDER = "tls"
VALID, RENEWED = timedelta(days=397), timedelta(days=30)  # for so long; so long before the end
CLOCKS_APART = timedelta(days=1)


class CertificateUnusable(Exception):
    """The text says why, for the operator."""


@dataclass(frozen=True)
class CertificateFiles:
    certificate: Path
    key: Path

    def read_age(self) -> tuple[int, int]:
        """Two numbers that are others when the files have changed."""
        try:
            return self.certificate.stat().st_mtime_ns, self.key.stat().st_mtime_ns
        except OSError as error:
            raise CertificateUnusable(f"{error.filename}: {error.strerror}") from error


class ServedCertificate:
    """What the pages are served with. ``find`` gives its files at an instant, making new ones where they are due.

    Raises CertificateUnusable.
    """

    def __init__(self, find: Callable[[datetime], CertificateFiles], now: datetime) -> None:
        self._find = find
        self.files = find(now)
        self._age = self.files.read_age()
        self.context = open_context(self.files)

    def refresh(self, now: datetime) -> bool:
        """Use the files anew if they have changed, or are due; say whether. Raises CertificateUnusable."""
        files = self._find(now)
        age = files.read_age()
        if age == self._age:
            return False
        load_files(self.context, files)
        self._age = age
        return True


def open_context(files: CertificateFiles) -> ssl.SSLContext:
    """Raises CertificateUnusable."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    load_files(context, files)
    return context


def load_files(context: ssl.SSLContext, files: CertificateFiles) -> None:
    """Use the files for handshakes from here on. Raises CertificateUnusable."""
    files.read_age()
    try:
        context.load_cert_chain(files.certificate, files.key)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise CertificateUnusable(f"{files.certificate} and {files.key} do not make a certificate ({error})") from error


def read_fingerprint(path: Path) -> str:
    """As browsers show it: SHA-256, in pairs of digits."""
    return x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(hashes.SHA256()).hex(":").upper()


def keep_self_signed(data: Path, names: Sequence[str], now: datetime) -> CertificateFiles:
    """The server's own certificate: kept in the data folder, made anew when it nears its end or lacks a name."""
    folder = data / FOLDER
    files = CertificateFiles(folder / "certificate.pem", folder / "key.pem")
    if not is_good(files, names, now):
        folder.mkdir(mode=0o700, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        plain = serialization.NoEncryption()
        write_private(
            files.key, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        )
        certificate = sign_certificate(key, names, now)
        write_private(files.certificate, certificate.public_bytes(serialization.Encoding.PEM))
    return files


def is_good(files: CertificateFiles, names: Sequence[str], now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        open_context(files)
        known = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, CertificateUnusable, x509.ExtensionNotFound):
        return False
    covered = {*known.get_values_for_type(x509.DNSName), *map(str, known.get_values_for_type(x509.IPAddress))}
    return now + RENEWED < certificate.not_valid_after_utc and covered.issuperset(names)


def sign_certificate(key: ec.EllipticCurvePrivateKey, names: Sequence[str], now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Giao Ban ({names[0]})"[:64])])
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)  # digital signature alone
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - CLOCKS_APART).not_valid_after(now + VALID)
    builder = builder.add_extension(x509.SubjectAlternativeName([read_name(name) for name in names]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(key, hashes.SHA256())


def read_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def list_names(host: str) -> tuple[str, ...]:
    """What a browser on the local network may call the machine that serves on ``host``."""
    try:
        served = choose_addresses(host, ())
    except ValueError:  # a name
        served = (host,)
    own = socket.gethostname() or "localhost"
    names = [*served, own, f"{own}.local", "localhost", "127.0.0.1", "::1"]
    return tuple(dict.fromkeys(name for name in names if name and name.isascii()))
