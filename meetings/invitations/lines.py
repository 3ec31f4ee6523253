"""People typed or pasted, one a line: ``Họ tên; chức vụ; email``. What is wrong is told line by line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from meetings.errors import N_, Invalid
from meetings.invitations.addresses import read_address

MOST_LINES = 200
LONGEST_NAME, LONGEST_POSITION = 100, 150
NUMBERED = re.compile(r"^\s*\d{1,3}\s*[.)]\s*")  # as lists in documents are
PARTS = re.compile(r"\s*[;\t]\s*")  # a tab: cells of a spreadsheet


@dataclass(frozen=True, slots=True)
class Line:
    """One person. ``number`` is the line's, from 1."""

    number: int
    full_name: str
    position: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, as a msgid with its values."""

    number: int
    message: str
    values: dict[str, object] = field(default_factory=dict)


def read_lines(text: str) -> tuple[list[Line], list[Fault]]:
    """The people of ``text`` and the faults of its lines. Empty lines say nothing; numbers before names are dropped."""
    filled = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip(" \t;")]
    if len(filled) > MOST_LINES:
        message = N_("Mỗi lần nhập được tối đa {most} người; danh sách có {n} dòng. Hãy chia thành nhiều lần.")
        return [], [Fault(filled[MOST_LINES][0], message, {"most": MOST_LINES, "n": len(filled)})]
    lines: list[Line] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, str], int] = {}
    for number, text_of_line in filled:
        line, fault = _read_line(number, text_of_line)
        if line is not None:
            before = seen.setdefault((line.full_name.casefold(), line.position.casefold()), number)
            if before != number:
                fault = Fault(number, N_("{name} đã có ở dòng {before}."), {"name": line.full_name, "before": before})
        if fault is not None:
            faults.append(fault)
        elif line is not None:
            lines.append(line)
    return lines, faults


def _read_line(number: int, text: str) -> tuple[Line | None, Fault | None]:
    parts = [" ".join(part.split()) for part in PARTS.split(NUMBERED.sub("", text).strip(" \t;"))]
    if len(parts) > 3:
        return None, Fault(number, N_("Dòng có quá nhiều phần. Hãy viết: họ tên; chức vụ; email."))
    name, position, email = [*parts, "", "", ""][:3]
    if not email and read_address(position):
        position, email = "", position
    try:
        check_person(name, position, email)
    except Invalid as fault:
        return None, Fault(number, fault.message, fault.values)
    return Line(number, name, position, read_address(email) or ""), None


def check_person(name: str, position: str, email: str = "") -> None:
    """``Invalid``, at the field, for what is wrong with a person."""
    if not 2 <= len(name) <= LONGEST_NAME or not any(letter.isalpha() for letter in name):
        raise Invalid(N_("Hãy nhập họ tên, từ 2 đến {n} ký tự."), field="full_name", n=LONGEST_NAME)
    if "@" in name:
        raise Invalid(N_("Họ tên đang chứa địa chỉ email. Hãy viết: họ tên; chức vụ; email."), field="full_name")
    if len(position) > LONGEST_POSITION:
        raise Invalid(N_("Chức vụ có tối đa {n} ký tự."), field="position", n=LONGEST_POSITION)
    if email and read_address(email) is None:
        message = N_("Địa chỉ email “{email}” chưa đúng, ví dụ đúng: ten@lamdong.gov.vn.")
        raise Invalid(message, field="email", email=email[:100])


def find_known(lines: Iterable[Line], known: Iterable[tuple[str, str]]) -> list[Fault]:
    """The lines of people who are on the list already; ``known`` are their names and positions."""
    taken = {(name.casefold(), position.casefold()) for name, position in known}
    return [
        Fault(line.number, N_("{name} đã có trong danh sách."), {"name": line.full_name})
        for line in lines
        if (line.full_name.casefold(), line.position.casefold()) in taken
    ]
