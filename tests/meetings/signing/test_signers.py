"""Keys that sign at once, a program that is asked, and what shows on the page."""

import io
import json
import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from meetings.errors import Conflict, Invalid
from meetings.signing.appearance import POINTS_PER_MM, measure_image
from meetings.signing.matching import Expected, Holder, Match, match
from meetings.signing.placing import ATTACHED, ORGAN, Look, place_order, sign_and_verify, sign_in_role, spell_signing
from meetings.signing.plugin import PluginSigner
from meetings.signing.preparing import fill_in
from meetings.signing.signers import Asked, FileKey, TokenKey
from meetings.signing.verdicts import Certificate
from meetings.signing.verifying import verify
from tests.authority import PASSWORD, Authority, make_rsa_key, open_stamp_desk, soon
from tests.printed import placed_words

AT = datetime(2026, 11, 23, 2, 41, 7, tzinfo=UTC)
PIN = "4711-0815"


def write_png(width: int, height: int, colour: bytes = b"\x10\x20\xc0\xff") -> bytes:
    """A rectangle of one colour, with an alpha channel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + colour * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def widget_of(pdf: bytes, name: str) -> dict[str, Any]:
    fields = pypdf.PdfReader(io.BytesIO(pdf)).get_fields()
    assert fields is not None
    reference = fields[name].indirect_reference
    assert reference is not None
    found = reference.get_object()
    assert isinstance(found, pypdf.generic.DictionaryObject)
    return found


def test_key_in_a_file_opens_with_its_password_alone(authority: Authority, paper: bytes) -> None:
    holder = authority.issue("Trần Thị Thư")
    look = Look(lines=spell_signing("Trần Thị Thư", AT))
    with pytest.raises(Invalid, match="mật khẩu không đúng") as refusal:
        sign_in_role(paper, "secretary", FileKey(holder.write_pkcs12(), "sai"), look)
    assert refusal.value.field == "password"
    with pytest.raises(Invalid, match="không phải PKCS#12"):
        sign_in_role(paper, "secretary", FileKey(b"PEM", PASSWORD), look)
    assert PASSWORD not in repr(FileKey(b"", PASSWORD)) + repr(TokenKey("", "", "", PASSWORD))
    key = FileKey(holder.write_pkcs12(), PASSWORD)
    signed, verdict = sign_and_verify(paper, "secretary", key, look, "", authority.full_trust, soon(), paper)
    assert verdict.is_good
    assert signed.startswith(paper)
    with pytest.raises(Conflict, match="đã có chữ ký"):
        sign_in_role(signed, "secretary", key, look)


def test_no_signature_is_made_when_time_cannot_be_stamped(authority: Authority, paper: bytes) -> None:
    key = FileKey(authority.issue("Trần Thị Thư").write_pkcs12(), PASSWORD)
    with pytest.raises(Conflict, match="dấu thời gian không trả lời"):
        sign_in_role(paper, "secretary", key, Look(lines=("a",)), "http://127.0.0.1:9/")
    with open_stamp_desk(authority) as url, pytest.raises(Conflict, match="dấu thời gian không trả lời"):
        sign_in_role(paper, "secretary", key, Look(lines=("a",)), f"{url}elsewhere")  # it sends us on: we do not go


@pytest.fixture(scope="module")
def token(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenKey]:
    """A device in software, with one key on it."""
    library = next(iter(Path("/usr/lib").glob("**/softhsm/libsofthsm2.so")), None)
    if shutil.which("softhsm2-util") is None or library is None:
        pytest.skip("no SoftHSM (apt-get install softhsm2)")
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    holder = authority.issue("UBND tỉnh Lâm Đồng", key=make_rsa_key())
    (folder / "key.pem").write_bytes(holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    run("--init-token", "--free", "--label", "co-quan", "--so-pin", "87654321", "--pin", PIN)
    run("--import", str(folder / "key.pem"), "--token", "co-quan", "--label", "con-dau", "--id", "01", "--pin", PIN)
    put_certificate(str(library), holder.der)
    yield TokenKey(str(library), "co-quan", "con-dau", PIN)
    del os.environ["SOFTHSM2_CONF"]


def run(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)


def put_certificate(library: str, der: bytes) -> None:
    import pkcs11  # loads the device's driver, which reads its configuration once
    from asn1crypto import x509

    certificate = x509.Certificate.load(der)
    device = pkcs11.lib(library).get_token(token_label="co-quan")
    with device.open(rw=True, user_pin=PIN) as session:
        session.create_object(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                pkcs11.Attribute.TOKEN: True,
                pkcs11.Attribute.LABEL: "con-dau",
                pkcs11.Attribute.ID: b"\x01",
                pkcs11.Attribute.SUBJECT: certificate.subject.dump(),
                pkcs11.Attribute.VALUE: der,
            }
        )


@pytest.mark.token
def test_key_on_a_device_seals(authority: Authority, paper: bytes, token: TokenKey) -> None:
    look = Look(write_png(60, 60, b"\xd0\x10\x10\xff"), width_mm=36)
    _signed, verdict = sign_and_verify(paper, ORGAN, token, look, "", authority.full_trust, soon(), paper)
    assert verdict.is_good
    assert verdict.signatures[0].certificate.common_name == "UBND tỉnh Lâm Đồng"
    with pytest.raises(Invalid, match="mã PIN"):
        sign_in_role(paper, ORGAN, TokenKey(token.library, token.token, token.label, "1111"), look)
    with pytest.raises(Conflict, match="Không thấy thiết bị"):
        sign_in_role(paper, ORGAN, TokenKey(token.library, "khác", token.label, PIN), look)
    with pytest.raises(Conflict, match="Không thấy thiết bị"):
        sign_in_role(paper, ORGAN, TokenKey("/nowhere.so", "x", "y", PIN), look)


def test_seal_has_its_real_size_and_covers_a_third_of_the_signature_on_its_left(paper: bytes) -> None:
    signature, seal = write_png(120, 60), write_png(60, 60)
    assert place_order(paper, "chair", Look(signature)).place is None
    box = [float(edge) for edge in widget_of(paper, "sign_chair")["/Rect"]]
    order = place_order(paper, ORGAN, Look(seal, under=signature, width_mm=36))
    place = order.place
    assert place is not None
    assert abs(place.width - 36 * POINTS_PER_MM) < 0.01
    shown = (box[3] - box[1]) * 2  # the image is as high as the field and twice as wide
    left = (box[0] + box[2] - shown) / 2
    assert abs((place.right - left) - shown / 3) < 0.01
    assert place.left < left
    assert abs((place.top + place.bottom) - (box[1] + box[3])) < 0.01


def test_file_that_goes_with_a_document_bears_number_and_time_on_top_on_the_right(authority: Authority) -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(595, 842)
    out = io.BytesIO()
    writer.write(out)
    key = FileKey(authority.issue("UBND tỉnh Lâm Đồng").write_pkcs12(), PASSWORD)
    look = Look(lines=spell_signing("05/BB-UBND", AT))
    signed = sign_in_role(out.getvalue(), ATTACHED, key, look)
    assert look.lines == ("05/BB-UBND", "2026-11-23T09:41:07+07:00")
    (found,) = verify(signed, authority.trust, soon()).signatures
    assert found.rectangle is not None
    assert found.rectangle[0] > 290
    assert found.rectangle[1] > 780
    form = widget_of(signed, "sign_attached")["/AP"]["/N"].get_object()
    page = pypdf.PageObject.create_blank_page(width=595, height=842)
    page[pypdf.generic.NameObject("/Resources")] = form["/Resources"]
    page[pypdf.generic.NameObject("/Contents")] = form
    words = placed_words(page)
    assert {round(size) for _x, _y, size, _text in words} == {10}
    assert "2026-11-23T09:41:07+07:00" in " ".join(text for *_, text in words)
    fonts = form["/Resources"]["/Font"].values()
    assert all("LiberationSerif" in str(font.get_object()["/BaseFont"]) for font in fonts)
    assert not form["/Resources"].get("/XObject")


def test_image_of_a_signature_is_a_transparent_png() -> None:
    assert measure_image(write_png(120, 60)) == (120, 60)
    opaque = write_png(4, 4).replace(b"\x08\x06\0\0\0", b"\x08\x02\0\0\0", 1)
    for wrong in (b"", b"GIF89a", opaque, write_png(9000, 1), write_png(4, 4)[:20]):
        with pytest.raises(Invalid, match="PNG"):
            measure_image(wrong)


def test_broken_image_is_refused_when_it_is_drawn(paper: bytes) -> None:
    broken = write_png(40, 40)[:40] + bytes(30)
    with pytest.raises(Invalid, match="PNG"):
        place_order(paper, "chair", Look(broken))


def test_number_is_drawn_as_the_decree_says(paper: bytes) -> None:
    filled = fill_in(paper, {"number": "Số: 05/BB-UBND", "date": "Lâm Đồng, ngày 05 tháng 6 năm 2026"})
    sizes = {}
    for name in ("number", "date"):
        form = widget_of(filled, name)["/AP"]["/N"].get_object()
        page = pypdf.PageObject.create_blank_page(width=300, height=20)
        page[pypdf.generic.NameObject("/Resources")] = form["/Resources"]
        page[pypdf.generic.NameObject("/Contents")] = form
        faces = {str(font.get_object()["/BaseFont"]) for font in form["/Resources"]["/Font"].values()}
        sizes[name] = ({round(size) for _x, _y, size, _text in placed_words(page)}, "Italic" in "".join(faces))
    assert sizes == {"number": ({13}, False), "date": ({14}, True)}
    with pytest.raises(KeyError):
        fill_in(paper, {"unknown": "x"})


def test_program_is_asked_with_addresses_that_are_good_once(paper: bytes) -> None:
    order = place_order(paper, "chair", Look(lines=("a",)))
    asked = PluginSigner("https://hop/f", "https://hop/u", "s").begin(order)
    told = json.loads(asked.request)
    assert asked.function == "vgca_sign_approved"
    assert (told["FileName"], told["FileUploadHandler"]) == ("https://hop/f", "https://hop/u")
    assert "DocNumber" not in told
    sealed = PluginSigner("f", "u", "s", "05/BB-UBND", datetime(2019, 3, 12, 5, tzinfo=UTC)).begin(order)
    assert isinstance(sealed, Asked)
    assert sealed.function == "vgca_sign_issued"
    assert json.loads(sealed.request)["IssuedDate"] == "2019-03-12T12:00:00+07:00"


@pytest.mark.parametrize(
    ("written", "names", "told"),
    [
        ("Nguyễn Văn Chủ", ("Nguyễn Văn Chủ",), Match.NAMED),
        ("NGUYEN VAN CHU", ("Nguyễn Văn Chủ",), Match.NAMED),
        ("Nguyễn Văn Chu", ("Nguyễn Văn Chủ",), Match.NAMED),  # a person has to confirm
        ("Đặng Hòa", ("Dang Hoà",), Match.NAMED),
        ("UBND tỉnh Lâm Đồng", ("Ủy ban nhân dân tỉnh Lâm Đồng",), Match.NAMED),
        ("Nguyễn Văn", ("Nguyễn Văn Chủ",), Match.OTHER),
        ("", ("",), Match.OTHER),
    ],
)
def test_unknown_certificate_is_matched_by_name(written: str, names: tuple[str, ...], told: Match) -> None:
    certificate = make_certificate(written)
    assert match(certificate, Expected("chair", names, 1), {}) is told


def test_known_certificate_is_its_holders_whatever_name_it_bears() -> None:
    certificate, chair = make_certificate("Nguyễn Văn Chủ"), Expected("chair", ("Nguyễn Văn Chủ",), 1)
    assert match(certificate, chair, {"f": Holder(1, None, "Chủ")}) is Match.REGISTERED
    assert match(certificate, chair, {"f": Holder(2, None, "Nguyễn Văn Chủ")}) is Match.OTHER
    signer = Expected("signer", ("Nguyễn Văn Ký",))
    assert match(certificate, signer, {"f": Holder(None, None, "Nguyễn Văn Ký")}) is Match.REGISTERED
    assert match(certificate, signer, {"f": Holder(1, None, "Nguyễn Văn Ký")}) is Match.OTHER


def make_certificate(name: str) -> Certificate:
    dates = {"valid_from": "2026-01-01T00:00:00+00:00", "valid_to": "2027-01-01T00:00:00+00:00"}
    return Certificate(common_name=name, subject=name, issuer="CA", serial="1", fingerprint="f", **dates)
