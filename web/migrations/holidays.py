"""Days off and days worked in exchange, 2022 to 2027, for the table that begins empty.

Only what differs from its weekday: a holiday on a Saturday is no row, the day off in its place is. What is announced
year by year and was not known when this was written is left to ``/admin/holidays``.
"""

from datetime import date

LAW = "Bộ luật Lao động 2019, Điều 112"
INSTEAD = "Bộ luật Lao động 2019, Điều 111 khoản 3 (nghỉ bù)"
YEARLY = "Bộ luật Lao động 2019, Điều 112 và thông báo nghỉ Tết, nghỉ lễ hằng năm"
EXCHANGE = "Thông báo hoán đổi ngày làm việc trong năm"

NEW_YEAR, TET, KINGS = "Tết Dương lịch", "Tết Nguyên đán", "Giỗ Tổ Hùng Vương"
VICTORY, LABOUR, NATIONAL = "Ngày Chiến thắng 30/4", "Ngày Quốc tế lao động 01/5", "Quốc khánh"

OFF: list[tuple[str, str, str]] = [
    ("2022-01-03", NEW_YEAR, INSTEAD),
    *((f"2022-{day}", TET, YEARLY) for day in ("01-31", "02-01", "02-02", "02-03", "02-04")),
    ("2022-04-11", KINGS, INSTEAD),
    ("2022-05-02", VICTORY, INSTEAD),
    ("2022-05-03", LABOUR, INSTEAD),
    ("2022-09-01", NATIONAL, YEARLY),
    ("2022-09-02", NATIONAL, LAW),
    ("2023-01-02", NEW_YEAR, INSTEAD),
    *((f"2023-01-{day}", TET, YEARLY) for day in (20, 23, 24, 25, 26)),
    ("2023-05-01", LABOUR, LAW),
    ("2023-05-02", KINGS, INSTEAD),
    ("2023-05-03", VICTORY, INSTEAD),
    ("2023-09-01", NATIONAL, YEARLY),
    ("2023-09-04", NATIONAL, INSTEAD),
    ("2024-01-01", NEW_YEAR, LAW),
    *((f"2024-02-{day}", TET, YEARLY) for day in ("08", "09", "12", "13", "14")),
    ("2024-04-18", KINGS, LAW),
    ("2024-04-29", "Nghỉ hoán đổi dịp 30/4 và 01/5", EXCHANGE),
    ("2024-04-30", VICTORY, LAW),
    ("2024-05-01", LABOUR, LAW),
    ("2024-09-02", NATIONAL, LAW),
    ("2024-09-03", NATIONAL, YEARLY),
    ("2025-01-01", NEW_YEAR, LAW),
    *((f"2025-01-{day}", TET, YEARLY) for day in (27, 28, 29, 30, 31)),
    ("2025-04-07", KINGS, LAW),
    ("2025-04-30", VICTORY, LAW),
    ("2025-05-01", LABOUR, LAW),
    ("2025-05-02", "Nghỉ hoán đổi dịp 30/4 và 01/5", EXCHANGE),
    ("2025-09-01", NATIONAL, YEARLY),
    ("2025-09-02", NATIONAL, LAW),
    ("2026-01-01", NEW_YEAR, LAW),
    ("2026-01-02", "Nghỉ hoán đổi dịp Tết Dương lịch", EXCHANGE),
    *((f"2026-02-{day}", TET, YEARLY) for day in (16, 17, 18, 19, 20)),
    ("2026-04-27", KINGS, INSTEAD),
    ("2026-04-30", VICTORY, LAW),
    ("2026-05-01", LABOUR, LAW),
    ("2026-08-31", "Nghỉ hoán đổi dịp Quốc khánh", EXCHANGE),
    ("2026-09-01", NATIONAL, YEARLY),
    ("2026-09-02", NATIONAL, LAW),
    ("2027-01-01", NEW_YEAR, LAW),
    *((f"2027-02-{day}", TET, YEARLY) for day in ("05", "08", "09", "10")),  # a fifth day is announced
    ("2027-04-16", KINGS, LAW),
    ("2027-04-30", VICTORY, LAW),
    ("2027-05-03", LABOUR, INSTEAD),
    ("2027-09-02", NATIONAL, LAW),  # a second day is announced
]
WORKED: list[tuple[str, str, str]] = [
    ("2024-05-04", "Làm bù cho ngày 29/4/2024", EXCHANGE),
    ("2025-04-26", "Làm bù cho ngày 02/5/2025", EXCHANGE),
    ("2026-01-10", "Làm bù cho ngày 02/01/2026", EXCHANGE),
    ("2026-08-22", "Làm bù cho ngày 31/8/2026", EXCHANGE),
]


def list_rows() -> list[dict[str, object]]:
    """The rows of ``holiday``."""
    days = [(*row, False) for row in OFF] + [(*row, True) for row in WORKED]
    return [
        {"day": date.fromisoformat(day), "works": works, "name": name, "basis": basis}
        for day, name, basis, works in days
    ]
