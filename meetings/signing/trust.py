"""Which authorities are trusted: certificates and revocation lists from a folder or a file, read as they are.

A certificate that is signed by itself is a root; any other only helps to build a chain to one.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

CERTIFICATE, REVOKED = b"-----BEGIN CERTIFICATE-----", b"-----BEGIN X509 CRL-----"
ENDINGS = (".pem", ".crt", ".cer", ".der", ".crl")


@dataclass(frozen=True, slots=True)
class Trust:
    """DER values, so that they travel to another process."""

    roots: tuple[bytes, ...] = ()
    others: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()


def read_trust(path: Path) -> Trust:
    """``ValueError`` names the file that is neither a certificate nor a revocation list; ``OSError`` as it comes."""
    files = sorted(each for each in path.iterdir() if each.suffix.lower() in ENDINGS) if path.is_dir() else [path]
    certificates: list[x509.Certificate] = []
    crls: list[bytes] = []
    for file in files:
        data = file.read_bytes()
        try:
            if file.suffix.lower() == ".crl" or REVOKED in data:
                read = x509.load_pem_x509_crl if REVOKED in data else x509.load_der_x509_crl
                crls.append(read(data).public_bytes(Encoding.DER))
            if CERTIFICATE in data:
                certificates.extend(x509.load_pem_x509_certificates(data))
            elif REVOKED not in data and file.suffix.lower() != ".crl":
                certificates.append(x509.load_der_x509_certificate(data))
        except ValueError as error:
            raise ValueError(f"{file} is neither a certificate nor a revocation list") from error
    roots = tuple(each.public_bytes(Encoding.DER) for each in certificates if each.issuer == each.subject)
    others = tuple(each.public_bytes(Encoding.DER) for each in certificates if each.issuer != each.subject)
    return Trust(roots, others, tuple(crls))
