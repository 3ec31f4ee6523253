from datetime import date
from pathlib import Path

import pytest

import web.demo
from meetings.errors import Invalid
from meetings.unit_table import COLUMNS, parse_units

HEADER = ",".join(COLUMNS)
PROVINCE = "68,Tỉnh Lâm Đồng,tinh,province,LD,,,,"
TABLE = Path(web.demo.__file__).with_name("lamdong-units.csv")


def refuse(*rows: str) -> Invalid:
    with pytest.raises(Invalid) as refused:
        parse_units("\n".join([HEADER, *rows]))
    assert refused.value.message.format(**refused.value.values)
    return refused.value


def test_table_of_the_province_is_read_whole() -> None:
    lines = parse_units(TABLE.read_text(encoding="utf-8"))
    assert len(lines) == 137
    assert {level: sum(line.level == level for line in lines) for level in ("province", "district", "commune")} == {
        "province": 1,
        "district": 12,
        "commune": 124,
    }
    cat_tien = next(line for line in lines if line.gso == "683")
    assert (cat_tien.successor, cat_tien.valid_to, cat_tien.succeeded_on) == (
        "681",
        date(2024, 11, 30),
        date(2024, 12, 1),
    )
    assert not cat_tien.is_abolished
    da_lat = next(line for line in lines if line.gso == "672")
    assert (da_lat.successor, da_lat.is_abolished) == ("", True)


def test_rows_keep_their_line_and_key() -> None:
    lines = parse_units(f"{HEADER}\n{PROVINCE}\n\n,Xã  Di Linh ,xa,commune,LD,,2025-07-01,,NQ 1671\n")
    assert [(line.line, line.name) for line in lines] == [(2, "Tỉnh Lâm Đồng"), (4, "Xã Di Linh")]
    assert lines[0].key == ("gso", "68")
    assert lines[1].key == ("name", "Xã Di Linh", "commune", "2025-07-01")
    assert lines[1].succeeded_on is None


def test_columns_may_stand_in_any_order_and_after_a_byte_order_mark() -> None:
    names = [*reversed(COLUMNS), "note"]
    cells = dict(zip(COLUMNS, PROVINCE.split(","), strict=True)) | {"note": "thêm"}
    [line] = parse_units("\ufeff" + ",".join(names) + "\n" + ",".join(cells[name] for name in names))
    assert (line.gso, line.name, line.valid_from) == ("68", "Tỉnh Lâm Đồng", None)


@pytest.mark.parametrize(
    ("row", "line", "says"),
    [
        ("68,Tỉnh Lâm Đồng,tinh,province,LD", 2, "có 5 ô, cần 9 ô"),
        ("68,,tinh,province,LD,,,,", 2, "cần tên đơn vị"),
        (f"68,{'x' * 201},tinh,province,LD,,,,", 2, "cần tên đơn vị"),
        ("6A,Tỉnh Lâm Đồng,tinh,province,LD,,,,", 2, "mã GSO “6A”"),
        ("68,Tỉnh Lâm Đồng,tinh,region,LD,,,,", 2, "cấp “region”"),
        ("68,Tỉnh Lâm Đồng,bang,province,LD,,,,", 2, "loại đơn vị “bang”"),
        ("68,Tỉnh Lâm Đồng,tinh,province,,,,,", 2, "cần mã tỉnh"),
        ("68,Tỉnh Lâm Đồng,tinh,province,LD,,1/7/2025,,", 2, "ngày “1/7/2025”"),
        ("68,Tỉnh Lâm Đồng,tinh,province,LD,,2025-02-30,,", 2, "không có ngày “2025-02-30”"),
        ("68,Tỉnh Lâm Đồng,tinh,province,LD,,2025-07-01,2025-06-30,", 2, "hết hiệu lực trước"),
        ("682,Huyện Đạ Tẻh,huyen,district,LD,,,,successor GSO 681", 2, "cần ngày hết hiệu lực"),
        ('68,"Tỉnh,tinh', 2, "không đọc được"),
    ],
)
def test_wrong_line_is_named(row: str, line: int, says: str) -> None:
    error = refuse(row)
    assert error.values["line"] == line
    assert f"Dòng {line}" in error.message.format(**error.values)
    assert says in error.message.format(**error.values)


def test_same_unit_twice_names_both_lines() -> None:
    assert refuse(PROVINCE, PROVINCE).values == {"line": 3, "other": 2}


def test_missing_columns_are_named() -> None:
    with pytest.raises(Invalid) as refused:
        parse_units("gso_code,name\n68,Tỉnh Lâm Đồng")
    assert "valid_to" in str(refused.value.values["columns"])


@pytest.mark.parametrize("text", ["", HEADER, HEADER + "\n,,,,,,,,\n"])
def test_table_without_units_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_units(text)


def test_last_column_is_said_in_words_for_people() -> None:
    lines = {line.gso: line for line in parse_units(TABLE.read_text(encoding="utf-8"))}
    assert lines["672"].basis == "kết thúc hoạt động cùng cấp huyện"
    assert {line.basis for line in lines.values() if line.source.startswith("NQ")} == {"NQ 1671/NQ-UBTVQH15"}
    assert {line.basis for line in lines.values() if line.successor} == {"nhập vào đơn vị có mã GSO 681"}
