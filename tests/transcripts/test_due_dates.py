"""Deadlines as chairs say them, and days that are none. Today is Tuesday, 24 November 2026, unless said otherwise."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.working_days import WorkingDays
from transcripts.due_dates import find_deadline
from transcripts.numbers import write_figures

TODAY = date(2026, 11, 24)
WORKING = WorkingDays({date(2026, 11, 26): False})  # a Thursday off

FOUND = [
    ("hoàn thành trước ngày 15/12", date(2026, 12, 15)),
    ("hoàn thành trước ngày 15/12/2026.", date(2026, 12, 15)),
    ("hoàn thành trước ngày 15-12-2026", date(2026, 12, 15)),
    ("hoàn thành trước 15 tháng 12 năm 2026", date(2026, 12, 15)),
    ("báo cáo trước 17 giờ ngày 30/11", date(2026, 11, 30)),
    ("báo cáo trước 17h30 ngày 30/11/2026", date(2026, 11, 30)),
    ("báo cáo trước ngày mùng 5/12", date(2026, 12, 5)),
    ("gửi về Văn phòng chậm nhất là ngày 1/12", date(2026, 12, 1)),
    ("chậm nhất vào ngày 1/12", date(2026, 12, 1)),
    ("muộn nhất ngày 28/11", date(2026, 11, 28)),
    ("hạn cuối là ngày 20/12", date(2026, 12, 20)),
    ("thời hạn đến hết ngày 31/12", date(2026, 12, 31)),
    ("xong trước 10/12", date(2026, 12, 10)),
    ("không quá ngày 5/1", date(2027, 1, 5)),
    ("trong ngày 25/11", date(2026, 11, 25)),
    ("trước ngày 15/5", date(2027, 5, 15)),
    ("trước ngày 29/2", date(2028, 2, 29)),
    ("trước ngày 15 tháng này", None),  # over
    ("trước ngày 28 tháng này", date(2026, 11, 28)),
    ("trước ngày 10 tháng sau", date(2026, 12, 10)),
    ("trước ngày 30", date(2026, 11, 30)),
    ("trước ngày 5", date(2026, 12, 5)),
    ("hoàn thành trong tháng 12", date(2026, 12, 31)),
    ("hoàn thành trong tháng 2", date(2027, 2, 28)),
    ("hoàn thành trong tháng 12 năm nay", date(2026, 12, 31)),
    ("hoàn thành trong tháng 3 năm sau", date(2027, 3, 31)),
    ("hoàn thành trong tháng 1/2027", date(2027, 1, 31)),
    ("xong trước tháng 12", date(2026, 11, 30)),
    ("xong trong tháng này", date(2026, 11, 30)),
    ("trình trong tháng tới", date(2026, 12, 31)),
    ("trước cuối tháng 12", date(2026, 12, 31)),
    ("báo cáo chậm nhất cuối tháng", date(2026, 11, 30)),
    ("đến hết tháng 1 năm 2027", date(2027, 1, 31)),
    ("hoàn thành trong quý I", date(2027, 3, 31)),
    ("hoàn thành trong quý IV", date(2026, 12, 31)),
    ("hoàn thành trong quý 1/2027", date(2027, 3, 31)),
    ("hoàn thành trong quý II năm 2027", date(2027, 6, 30)),
    ("hoàn thành trước quý II năm 2027", date(2027, 3, 31)),
    ("xong trong quý này", date(2026, 12, 31)),
    ("trong quý tới phải xong", date(2027, 3, 31)),
    ("trong 6 tháng đầu năm 2027", date(2027, 6, 30)),
    ("hoàn thành trong năm nay", date(2026, 12, 31)),
    ("hoàn thành trong năm 2027", date(2027, 12, 31)),
    ("xong trước năm 2027", date(2026, 12, 31)),
    ("xong trước cuối năm", date(2026, 12, 31)),
    ("báo cáo trong tuần này", date(2026, 11, 27)),
    ("báo cáo trong tuần sau", date(2026, 12, 4)),
    ("báo cáo trước thứ sáu", date(2026, 11, 27)),
    ("báo cáo trước thứ 6 tuần này", date(2026, 11, 27)),
    ("chậm nhất thứ hai tuần sau", date(2026, 11, 30)),
    ("chậm nhất là thứ hai", date(2026, 11, 30)),
    ("trước chủ nhật", date(2026, 11, 29)),
    ("xong ngay trong hôm nay", date(2026, 11, 24)),
    ("chậm nhất là ngày mai", date(2026, 11, 25)),
    ("trong vòng 10 ngày", date(2026, 12, 4)),
    ("trong 5 ngày làm việc", date(2026, 12, 2)),  # one of them is off
    ("trong thời hạn 2 tuần", date(2026, 12, 8)),
    ("trong vòng 1 tháng kể từ ngày họp", date(2026, 12, 24)),
    ("sau 15 ngày phải báo cáo kết quả", date(2026, 12, 9)),
    ("báo cáo sơ bộ trước ngày 1/12, hoàn thành trước ngày 15/12", date(2026, 12, 15)),
    ("trước ngày 1/12 có báo cáo", date(2026, 12, 1)),
]

NONE = [
    "trước ngày 31/2",
    "trước ngày 3/13",
    "cuộc họp ngày 12/6 vừa qua",
    "đạt 30/60 chỉ tiêu",
    "hoàn thành sớm",
    "đến ngày 20/11 mới giải ngân được 65%",
    "Thông báo số 125 ngày 3/12",
    "từ ngày 1/12 áp dụng quy định mới",
    "trong tháng 11 vừa qua, đã tiếp nhận 120 hồ sơ",
    "Sở đã hoàn thành trong tháng 12",
    "đã giải ngân trong quý IV được 65%",
    "trong 6 tháng qua chưa có chuyển biến",
    "trong 3 tháng đầu năm",
    "trong 10 ngày qua",
    "trước ngày 15/12/2019",
    "hoàn thành trong năm 2020",
    "trước hết là phải rà soát",
    "trước mắt tập trung cho 3 dự án",
    "trong năm qua",
    "theo Nghị quyết 18 năm 2027",
    "điều chỉnh quy hoạch đến năm 2050",
    "trong ngày họp",
    "tháng 12 là cao điểm",
    "quý I năm 2027 sẽ khó khăn",
    "thứ sáu, đề nghị các đồng chí",
    "",
]


@pytest.mark.parametrize(("sentence", "due"), FOUND)
def test_deadline_is_the_last_day_that_is_said(sentence: str, due: date | None) -> None:
    assert find_deadline(sentence, TODAY, WORKING) == due


@pytest.mark.parametrize("sentence", NONE)
def test_day_that_is_no_deadline_is_none(sentence: str) -> None:
    assert find_deadline(sentence, TODAY, WORKING) is None


SPOKEN = [
    ("hoàn thành trước ngày mười lăm tháng mười hai", date(2026, 12, 15)),
    ("chậm nhất ngày ba mươi tháng sáu năm hai nghìn không trăm hai mươi bảy", date(2027, 6, 30)),
    ("trong tháng mười hai", date(2026, 12, 31)),
    ("trong quý một", date(2027, 3, 31)),
    ("trong vòng mười lăm ngày", date(2026, 12, 9)),
]


@pytest.mark.parametrize(("spoken", "due"), SPOKEN)
def test_deadline_is_found_as_it_is_spoken(spoken: str, due: date) -> None:
    assert find_deadline(write_figures(spoken), TODAY) == due


days = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(days, st.integers(0, 1000))
def test_whole_day_is_found_wherever_today_is(today: date, ahead: int) -> None:
    due = today + timedelta(days=ahead)
    assert find_deadline(f"hoàn thành trước ngày {due.day}/{due.month}/{due.year}", today) == due


@given(days, st.integers(0, 330))
def test_day_without_its_year_is_the_next_one(today: date, ahead: int) -> None:
    due = today + timedelta(days=ahead)
    if (due.month, due.day) != (2, 29):
        assert find_deadline(f"chậm nhất ngày {due.day}/{due.month}", today) == due


@given(st.text(max_size=80), days)
def test_no_deadline_is_ever_before_today(text: str, today: date) -> None:
    due = find_deadline(f"{text} trước ngày 5/5 trong {text} tháng 12", today)
    assert due is None or due >= today


@given(days, st.integers(1, 12), st.sampled_from(["trong", "hết", "đến hết", "cuối"]))
def test_month_ends_with_its_last_day(today: date, month: int, word: str) -> None:
    due = find_deadline(f"hoàn thành {word} tháng {month}", today)
    assert due is not None
    assert due.month == month
    assert (due + timedelta(days=1)).day == 1
