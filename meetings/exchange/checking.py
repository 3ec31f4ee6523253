"""Whether a package may leave, or be taken in: the rules of QCVN 102:2016 and the lengths of NĐ 30/2020, Phụ lục VI.

Findings are sentences for the clerk; a package without any is sound.
"""

from meetings.errors import N_, Invalid
from meetings.exchange.package import Business, Package, is_organ_id, read_document_id

LONGEST = {"notation": 30, "subject": 500, "signer": 50, "position": 100, "type_name": 100}
LONGEST_NUMBER = 11
PRIORITIES = frozenset("01234")

WRONG_SENDER = N_("Cơ quan gửi chưa có mã định danh hợp lệ.")
WRONG_RECIPIENT = N_("Có nơi nhận chưa có mã định danh hợp lệ.")
NO_RECIPIENT = N_("Gói edXML không có nơi nhận.")
TWICE = N_("Gói edXML có nơi nhận bị lặp.")
NO_NUMBER = N_("Văn bản trong gói edXML thiếu số hoặc ký hiệu.")
NO_SUBJECT = N_("Văn bản trong gói edXML thiếu trích yếu.")
TOO_LONG = N_("Có trường trong gói edXML dài hơn quy định.")
OTHER_ID = N_("Mã văn bản không khớp với cơ quan gửi, ngày ban hành, số và ký hiệu.")
WRONG_PRIORITY = N_("Mức độ khẩn trong gói edXML không có trong quy định.")
NO_FILES = N_("Gói edXML không kèm tệp văn bản.")
NO_REASON = N_("Gói edXML thu hồi, cập nhật hoặc thay thế phải ghi lý do.")
NO_TARGET = N_("Gói edXML thu hồi hoặc cập nhật phải ghi mã văn bản liên quan.")
NO_REPLACED = N_("Gói edXML thay thế phải ghi văn bản được thay thế và nơi đã nhận.")


def validate(package: Package) -> list[str]:
    """Everything that is wrong with it."""
    return [*_check_organs(package), *_check_document(package), *_check_order(package)]


def _check_organs(package: Package) -> list[str]:
    ids = [each.organ_id for each in package.to]
    found = [] if is_organ_id(package.sender.organ_id) else [WRONG_SENDER]
    if not ids:
        found.append(NO_RECIPIENT)
    if not all(is_organ_id(each) for each in ids):
        found.append(WRONG_RECIPIENT)
    if len(set(ids)) != len(ids):
        found.append(TWICE)
    return found


def _check_document(package: Package) -> list[str]:
    found = []
    if not package.number.isdigit() or len(package.number) > LONGEST_NUMBER or not package.notation:
        found.append(NO_NUMBER)
    if not package.subject:
        found.append(NO_SUBJECT)
    if any(len(getattr(package, name)) > longest for name, longest in LONGEST.items()):
        found.append(TOO_LONG)
    if package.priority not in PRIORITIES:
        found.append(WRONG_PRIORITY)
    if not _is_named(package):
        found.append(OTHER_ID)
    return found


def _is_named(package: Package) -> bool:
    """Whether its DocumentId says what its header says."""
    try:
        code = read_document_id(package.document_id)
    except Invalid:
        return False
    said = (package.sender.organ_id, package.day, package.number, package.notation)
    return (code.organ_id, code.day, code.number, code.notation) == said


def _check_order(package: Package) -> list[str]:
    order, found = package.order, []
    if order.business is not Business.NEW and not order.reason:
        found.append(NO_REASON)
    if order.business in (Business.RECALL, Business.UPDATE) and not order.document_id:
        found.append(NO_TARGET)
    if order.business is Business.REPLACEMENT and not (
        order.replacements and all(each.document_id and each.organ_ids for each in order.replacements)
    ):
        found.append(NO_REPLACED)
    if order.business in (Business.NEW, Business.REPLACEMENT) and not package.attachments:
        found.append(NO_FILES)
    return found
