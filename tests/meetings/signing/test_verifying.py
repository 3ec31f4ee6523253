"""Signatures made by real keys of a test authority, verified; and files made to deceive."""

import io
import re
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from meetings.errors import Invalid
from meetings.signing.preparing import Place, fill_in, list_pages
from meetings.signing.trust import Trust, read_trust
from meetings.signing.verdicts import DOUBTS, FAULTS, Doubt, Fault, Verdict
from meetings.signing.verifying import verify
from tests.authority import LONG_AGO, Authority, Holder, make_authority, make_paper, make_rsa_key, open_stamp_desk, soon

NUMBER = {"number": "Số: 05/BB-UBND", "date": "Lâm Đồng, ngày 24 tháng 11 năm 2026"}
LIE = b"BT /F 20 Tf 90 500 Td (Giao So Xay dung 500 ty) Tj ET"


@pytest.fixture(scope="module")
def secretary(authority: Authority) -> Holder:
    return authority.issue("Trần Thị Thư")


@pytest.fixture(scope="module")
def chair(authority: Authority) -> Holder:
    return authority.issue("Nguyễn Văn Chủ", key=make_rsa_key())


@pytest.fixture(scope="module")
def signed(paper: bytes, secretary: Holder) -> bytes:
    return secretary.sign(paper, "sign_secretary")


def faults_of(verdict: Verdict) -> set[Fault]:
    return {*verdict.faults, *(fault for each in verdict.signatures for fault in each.faults)}


def draw_over(pdf: bytes) -> bytes:
    """Another text on the page, in an update behind the file: what a shadow attack shows."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    face = generic.DictionaryObject({pdf_name(key): pdf_name(value) for key, value in font.items()})
    fonts = generic.DictionaryObject({pdf_name("/F"): face})
    resources = generic.DictionaryObject({pdf_name("/Font"): fonts})
    writer.add_stream_to_page(0, writer.add_object(generic.StreamObject(stream_data=LIE)), resources=resources)
    return write(writer)


def lay_note(pdf: bytes) -> bytes:
    """A note that hides the text, as any reader can add one."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = next(list_pages(writer))
    note = {"/Type": pdf_name("/Annot"), "/Subtype": pdf_name("/FreeText")}
    rectangle = generic.ArrayObject(generic.NumberObject(edge) for edge in (90, 480, 500, 540))
    annotation = generic.DictionaryObject({pdf_name(key): value for key, value in note.items()})
    annotation[pdf_name("/Rect")] = rectangle
    writer.register_annotation(page, writer.add_object(annotation))
    return write(writer)


def write(writer: IncrementalPdfFileWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_verify_takes_secretary_chair_and_number_in_turn(
    authority: Authority, paper: bytes, signed: bytes, chair: Holder
) -> None:
    numbered = fill_in(chair.sign(signed, "sign_chair"), NUMBER)
    verdict = verify(numbered, authority.full_trust, soon(), original=paper, before=numbered)
    assert verdict.is_good
    assert [each.certificate.common_name for each in verdict.signatures] == ["Trần Thị Thư", "Nguyễn Văn Chủ"]
    assert verdict.texts == NUMBER
    assert [each.revocation for each in verdict.signatures] == ["good", "good"]
    assert [each.doubts for each in verdict.signatures] == [(Doubt.OWN_CLOCK,)] * 2
    assert Verdict.from_json(verdict.to_json()) == verdict
    assert {each.field for each in verdict.signatures} == {"sign_secretary", "sign_chair"}


def test_verify_takes_a_seal_in_a_field_of_its_own_after_the_number(
    authority: Authority, paper: bytes, signed: bytes
) -> None:
    numbered = fill_in(signed, NUMBER)
    seal = authority.issue("UBND tỉnh Lâm Đồng", organ="UBND tỉnh Lâm Đồng")
    sealed = seal.sign(numbered, "sign_organ", place=Place("sign_organ", 0, 250, 600, 352, 702))
    verdict = verify(sealed, authority.trust, soon(), original=paper, before=numbered)
    assert verdict.is_good
    assert verdict.signatures[-1].rectangle == (250, 600, 352, 702)


def test_verify_tells_a_trusted_timestamp_from_the_signers_clock(
    authority: Authority, paper: bytes, secretary: Holder
) -> None:
    with open_stamp_desk(authority) as url:
        stamped = secretary.sign(paper, "sign_secretary", stamp_url=url)
    (found,) = verify(stamped, authority.trust, soon(), original=paper).signatures
    assert (found.stamped, found.stamp_authority) == (True, "Dấu thời gian thử nghiệm")
    assert found.at is not None
    assert abs(found.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert Doubt.OWN_CLOCK not in found.doubts
    with open_stamp_desk(make_authority("CA lạ")) as url:
        strange = secretary.sign(paper, "sign_secretary", stamp_url=url)
    (found,) = verify(strange, authority.trust, soon(), original=paper).signatures
    assert not found.stamped
    assert Doubt.STAMP_UNTRUSTED in found.doubts


def test_verify_says_when_nobody_knows_of_revocation(authority: Authority, paper: bytes, signed: bytes) -> None:
    (found,) = verify(signed, authority.trust, soon(), original=paper).signatures
    assert (found.revocation, found.faults) == ("unknown", ())
    assert Doubt.REVOCATION_UNKNOWN in found.doubts


def test_verify_refuses_whom_the_list_names(paper: bytes) -> None:
    authority = make_authority()
    thief = authority.issue("Trần Thị Thư")
    authority.revoked.append(thief.certificate)
    verdict = verify(thief.sign(paper, "sign_secretary"), authority.full_trust, soon(), original=paper)
    assert faults_of(verdict) == {Fault.REVOKED}
    assert verdict.signatures[0].revocation == "revoked"


@pytest.mark.parametrize(
    ("issued", "fault"),
    [
        ({"end": LONG_AGO + timedelta(days=30)}, Fault.EXPIRED),
        ({"start": datetime(2099, 1, 1, tzinfo=UTC)}, Fault.EXPIRED),
        ({"usage": "issue"}, Fault.NOT_FOR_SIGNING),
    ],
)
def test_verify_refuses_a_certificate_that_may_not_sign(
    authority: Authority, paper: bytes, issued: dict[str, Any], fault: Fault
) -> None:
    holder = authority.issue("Trần Thị Thư", **issued)
    verdict = verify(holder.sign(paper, "sign_secretary"), authority.full_trust, soon(), original=paper)
    assert faults_of(verdict) == {fault}


def test_verify_doubts_what_was_signed_in_time_and_came_late(paper: bytes, authority: Authority) -> None:
    holder = authority.issue("Trần Thị Thư", end=soon() + timedelta(days=1))
    file = holder.sign(paper, "sign_secretary")
    (found,) = verify(file, authority.trust, soon() + timedelta(days=9), original=paper).signatures
    assert found.faults == ()
    assert Doubt.EXPIRED_SINCE in found.doubts


def test_verify_trusts_no_other_authority(authority: Authority, paper: bytes) -> None:
    file = make_authority().issue("Trần Thị Thư").sign(paper, "sign_secretary")
    assert faults_of(verify(file, authority.trust, soon(), original=paper)) == {Fault.UNTRUSTED}
    assert faults_of(verify(file, Trust(), soon(), original=paper)) == {Fault.NO_ROOTS}


def test_verify_refuses_a_text_drawn_over_what_was_signed(authority: Authority, paper: bytes, signed: bytes) -> None:
    for attack in (draw_over, lay_note):
        verdict = verify(attack(signed), authority.trust, soon(), original=paper, before=signed)
        assert {Fault.CHANGED, Fault.REDRAWN} <= faults_of(verdict)


def test_verify_refuses_a_change_that_the_next_signature_covers(
    authority: Authority, paper: bytes, signed: bytes, secretary: Holder, chair: Holder
) -> None:
    for attack in (draw_over, lay_note):
        covered = chair.sign(attack(signed), "sign_chair")
        assert Fault.REDRAWN in faults_of(verify(covered, authority.trust, soon(), original=paper, before=signed))
        prepared = secretary.sign(attack(paper), "sign_secretary")
        assert Fault.REDRAWN in faults_of(verify(prepared, authority.trust, soon(), original=paper))


def test_verify_refuses_a_number_that_is_not_the_clerks(
    authority: Authority, paper: bytes, signed: bytes, chair: Holder
) -> None:
    renumbered = chair.sign(fill_in(signed, {"number": "Số: 99/BB-UBND"}), "sign_chair")
    assert faults_of(verify(renumbered, authority.trust, soon(), original=paper, before=signed)) == {Fault.TEXTS}


def test_verify_refuses_bytes_changed_in_what_was_signed(authority: Authority, paper: bytes, signed: bytes) -> None:
    at = signed.index(b"/Title") + 8
    changed = signed[:at] + b"XX" + signed[at + 2 :]
    assert Fault.FOREIGN in faults_of(verify(changed, authority.trust, soon(), original=paper))
    assert Fault.BROKEN in faults_of(verify(changed, authority.trust, soon()))


def test_verify_refuses_a_wrapped_signature(authority: Authority, paper: bytes, signed: bytes) -> None:
    """The hole of the byte range is widened, and what it covered is moved behind something else."""
    numbers = re.search(rb"/ByteRange ?\[ ?0 (\d+) (\d+) (\d+) ?\]", signed)
    assert numbers is not None
    first, second, length = (int(number) for number in numbers.groups())
    added = b"99 0 obj <</Type/Catalog>> endobj\n"
    hole = signed[first:second] + added
    patched = numbers.group().replace(str(second).encode(), str(second + len(added)).encode())
    wrapped = signed[:first] + hole + signed[second : second + length]
    wrapped = wrapped.replace(numbers.group(), patched[: len(numbers.group())])
    with pytest.raises(Invalid, match="hỏng"):  # its table of objects does not fit any more
        verify(wrapped, authority.trust, soon(), original=paper)


def test_verify_refuses_another_paper_and_an_older_one(
    authority: Authority, paper: bytes, signed: bytes, secretary: Holder, chair: Holder
) -> None:
    other = secretary.sign(make_paper() + b"\n", "sign_secretary")
    assert faults_of(verify(other, authority.trust, soon(), original=paper)) == {Fault.FOREIGN}
    alone = chair.sign(paper, "sign_chair")
    assert faults_of(verify(alone, authority.trust, soon(), original=paper, before=signed)) == {Fault.OLDER}


def test_verify_refuses_bytes_behind_the_end_and_a_file_without_signatures(
    authority: Authority, paper: bytes, signed: bytes
) -> None:
    tailed = signed + b"<script>alert(1)</script>"
    assert Fault.TAIL in faults_of(verify(tailed, authority.trust, soon(), original=paper, before=signed))
    assert faults_of(verify(paper, authority.trust, soon(), original=paper)) == {Fault.UNSIGNED}


@pytest.mark.parametrize("part", [0.05, 0.5, 0.9, 0.999])
def test_verify_refuses_a_file_that_did_not_come_whole(authority: Authority, signed: bytes, part: float) -> None:
    with pytest.raises(Invalid, match="hỏng"):
        verify(signed[: int(len(signed) * part)], authority.trust, soon())


def test_verify_refuses_what_is_no_pdf_or_locked(authority: Authority, paper: bytes) -> None:
    with pytest.raises(Invalid, match="không phải PDF"):
        verify(b"PK\x03\x04" + bytes(100), authority.trust, soon())
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper))
    writer.encrypt("bí mật", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(Invalid, match="mật khẩu"):
        verify(out.getvalue(), authority.trust, soon())


def test_verify_refuses_a_bomb_before_it_bursts(authority: Authority) -> None:
    packed = zlib.compress(zlib.compress(bytes(600 * 2**20), 9), 9)
    head = b"%PDF-1.7\n"
    stream = b"1 0 obj\n<</Type/XRef/Size 2/W[1 2 1]/Root 1 0 R/Filter[/FlateDecode/FlateDecode]/Length %d>>\nstream\n"
    body = stream % len(packed) + packed + b"\nendstream\nendobj\n"
    with pytest.raises(Invalid, match="hỏng"):
        verify(head + body + b"startxref\n%d\n%%%%EOF\n" % len(head), authority.trust, soon())


def test_trust_is_read_from_a_folder(authority: Authority, tmp_path: Path, signed: bytes, paper: bytes) -> None:
    folder = authority.write(tmp_path / "ca")
    trust = read_trust(folder)
    assert (len(trust.roots), len(trust.others), len(trust.crls)) == (1, 1, 1)
    assert verify(signed, trust, soon(), original=paper).is_good
    (folder / "hong.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(ValueError, match=r"hong\.pem"):
        read_trust(folder)


def test_every_fault_and_doubt_has_its_sentence() -> None:
    assert set(FAULTS) == set(Fault)
    assert set(DOUBTS) == set(Doubt)
