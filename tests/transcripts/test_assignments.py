"""Chairs' sentences that give work, with all that they say of it, and sentences that only sound like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.assignments import Assignment, find_assignment, find_product, split_assignments

UNITS = [
    ("huyện đức trọng", "UBND huyện Đức Trọng"),
    ("ubnd huyện đức trọng", "UBND huyện Đức Trọng"),
    ("xã hòa ninh", "UBND xã Hòa Ninh"),
    ("sở tài chính", "Sở Tài chính"),
    ("sở tài chính và kế hoạch", "Sở Tài chính và Kế hoạch"),
    ("sở xây dựng", "Sở Xây dựng"),
    ("sở nội vụ", "Sở Nội vụ"),
    ("văn phòng ubnd tỉnh", "Văn phòng UBND tỉnh"),
    ("thanh tra tỉnh", "Thanh tra tỉnh"),
    ("sở nông nghiệp và môi trường", "Sở Nông nghiệp và Môi trường"),
]

GIVEN: list[tuple[str, str, tuple[str, ...], str]] = [
    ("Giao huyện Đức Trọng báo cáo trước ngày 15/7.", "UBND huyện Đức Trọng", (), ""),
    ("Đề nghị Sở Tài chính hỗ trợ các xã.", "Sở Tài chính", (), ""),
    ("Giao Sở Tài chính và Kế hoạch tổng hợp.", "Sở Tài chính và Kế hoạch", (), ""),
    ("Yêu cầu các xã, phường khẩn trương rà soát.", "Các xã, phường", (), ""),
    ("Kết luận: giao cho Công an tỉnh phối hợp kiểm tra.", "Công an tỉnh", (), ""),
    ("Tôi đề nghị tỉnh hỗ trợ giải ngân.", "Tỉnh", (), ""),
    ("Thứ nhất, giao Sở Xây dựng rà soát các dự án chậm tiến độ.", "Sở Xây dựng", (), ""),
    ("Thứ hai giao sở nội vụ tham mưu sắp xếp cán bộ.", "Sở Nội vụ", (), ""),
    ("Một là, giao Sở Tài chính tổng hợp nhu cầu vốn.", "Sở Tài chính", (), ""),
    ("Về giải ngân, yêu cầu Sở Tài chính theo dõi hằng tuần.", "Sở Tài chính", (), ""),
    ("Tôi thống nhất giao Sở Xây dựng chủ trì thẩm định.", "Sở Xây dựng", (), ""),
    ("Nội dung này giao Thanh tra tỉnh kiểm tra, báo cáo.", "Thanh tra tỉnh", (), ""),
    ("Phân công Sở Nội vụ chuẩn bị nội dung.", "Sở Nội vụ", (), ""),
    ("Tiếp tục giao huyện Đức Trọng vận động người dân.", "UBND huyện Đức Trọng", (), ""),
    ("Tôi đề nghị giao Sở Tài chính làm rõ nguồn vốn.", "Sở Tài chính", (), ""),
    ("Giao nhiệm vụ cho Sở Nội vụ theo dõi, đôn đốc.", "Sở Nội vụ", (), ""),
    (
        "Giao Sở Tài chính chủ trì, phối hợp với Sở Xây dựng rà soát nguồn vốn.",
        "Sở Tài chính",
        ("Sở Xây dựng",),
        "",
    ),
    (
        "Giao Sở Nội vụ chủ trì, phối hợp với Sở Tài chính, Văn phòng UBND tỉnh và các địa phương tham mưu sắp xếp.",
        "Sở Nội vụ",
        ("Sở Tài chính", "Văn phòng UBND tỉnh", "Các địa phương"),
        "",
    ),
    (
        "Sở Xây dựng chủ trì, phối hợp chặt chẽ với Sở Nông nghiệp và Môi trường, Công an tỉnh kiểm tra các mỏ đá.",
        "Sở Xây dựng",
        ("Sở Nông nghiệp và Môi trường", "Công an tỉnh"),
        "",
    ),
    (
        "Giao Sở Tài chính phối hợp cùng các sở, ngành liên quan hướng dẫn các xã.",
        "Sở Tài chính",
        ("Các sở, ngành liên quan",),
        "",
    ),
    ("Giao Sở Tài chính, Sở Xây dựng khẩn trương thẩm định.", "Sở Tài chính", ("Sở Xây dựng",), ""),
    (
        "Giao Sở Văn hóa, Thể thao và Du lịch chuẩn bị lễ hội.",
        "Sở Văn hóa, Thể thao và Du lịch",
        (),
        "",
    ),
    (
        "Giao Sở Tài chính chủ trì; Sở Xây dựng, Sở Nội vụ phối hợp.",
        "Sở Tài chính",
        ("Sở Xây dựng", "Sở Nội vụ"),
        "",
    ),
    (
        "Đề nghị đồng chí Nguyễn Văn An, Giám đốc Sở Tài chính chỉ đạo làm rõ.",
        "Sở Tài chính",
        (),
        "",
    ),
    (
        "Đối với dự án này, Sở Xây dựng chủ trì, cùng với huyện Đức Trọng tháo gỡ vướng mắc.",
        "Sở Xây dựng",
        ("UBND huyện Đức Trọng",),
        "",
    ),
    (
        "Giao Sở Nội vụ xây dựng kế hoạch sắp xếp đơn vị sự nghiệp, trình UBND tỉnh trước ngày 15/12.",
        "Sở Nội vụ",
        (),
        "Kế hoạch sắp xếp đơn vị sự nghiệp",
    ),
    ("Giao Sở Tài chính rà soát, sản phẩm là báo cáo kèm danh mục.", "Sở Tài chính", (), "Báo cáo kèm danh mục"),
    ("Yêu cầu huyện Đức Trọng có báo cáo bằng văn bản.", "UBND huyện Đức Trọng", (), "Báo cáo bằng văn bản"),
    ("Giao Sở Xây dựng trình phương án đền bù trong tháng 12.", "Sở Xây dựng", (), "Phương án đền bù"),
    ("Giao Văn phòng UBND tỉnh ban hành thông báo kết luận.", "Văn phòng UBND tỉnh", (), ""),
    ("giao xã hòa ninh hoàn thành trước ngày 30/11", "UBND xã Hòa Ninh", (), ""),
    ("Yêu cầu Chi cục Kiểm lâm tăng cường tuần tra.", "Chi cục Kiểm lâm", (), ""),
    ("Đề nghị Mặt trận Tổ quốc và các đoàn thể vận động nhân dân.", "Mặt trận Tổ quốc", ("Các đoàn thể",), ""),
    ("Yêu cầu chủ đầu tư cam kết tiến độ, giao Sở Xây dựng giám sát.", "Chủ đầu tư", (), ""),
    ("Giao Công an tỉnh và Bộ Chỉ huy Quân sự tỉnh bố trí quân.", "Công an tỉnh", ("Bộ Chỉ huy Quân sự tỉnh",), ""),
]  # fmt: skip

NOT_GIVEN = [
    "Đề nghị các đồng chí biểu quyết.",
    "Đơn vị được giao nhiệm vụ đã hoàn thành.",
    "Tình hình giao thông ổn định.",
    "Giao thông đi lại có khó khăn.",
    "Giao lưu văn hóa phải tổ chức tốt.",
    "Giao ban tuần này tập trung vào giải ngân.",
    "Sở Tài chính đã được giao chủ trì từ năm ngoái.",
    "Tỉnh đã giao Sở Tài chính từ tháng trước.",
    "Có nên giao cho Sở Xây dựng không?",
    "Giao cho đơn vị nào chủ trì?",
    "Nếu giao cho Sở Xây dựng thì vướng thẩm quyền.",
    "Không giao thêm nhiệm vụ cho các xã.",
    "Yêu cầu này rất khó thực hiện.",
    "Đề nghị này của huyện là hợp lý.",
    "Tôi đề nghị xem xét lại việc báo cáo.",
    "Đề nghị hội nghị cho ý kiến.",
    "Yêu cầu công việc rất cao, phải cố gắng.",
    "Giao đất, giao rừng còn chậm.",
    "Việc giao chỉ tiêu cho các xã phải sát thực tế.",
    "Đồng chí Giám đốc Sở Tài chính vừa báo cáo đã rõ.",
    "Sở Xây dựng là đơn vị chủ trì dự án này từ đầu.",
    "Huyện Đức Trọng làm rất tốt, đề nghị phát huy.",
    "Tôi nhất trí với đề nghị của Sở Tài chính.",
    "Hội nghị yêu cầu cao về chất lượng.",
    "Đề nghị đoàn kết, thống nhất.",
    "Kết quả giao dịch đạt 120 tỷ đồng.",
    "Như tôi giao hôm trước, việc này phải xong.",
    "Cảm ơn Sở Nội vụ đã chuẩn bị chu đáo.",
    "Đề nghị ban hành sớm.",
    "Bàn giao mặt bằng cho nhà đầu tư còn vướng.",
    "Cuộc họp này do Sở Tài chính chủ trì chuẩn bị.",
    "Giao mùa thời tiết phức tạp.",
    "Xin giao lại cho đồng chí thư ký.",
]


@pytest.mark.parametrize(("sentence", "unit", "supporting", "product"), GIVEN)
def test_assignment_says_who_leads_who_helps_and_what_is_wanted(
    sentence: str, unit: str, supporting: tuple[str, ...], product: str
) -> None:
    found = find_assignment(sentence, UNITS)
    assert found is not None
    assert (found.unit, found.supporting, found.product) == (unit, supporting, product)


@pytest.mark.parametrize("sentence", NOT_GIVEN)
def test_sentence_that_only_sounds_like_one_gives_nothing(sentence: str) -> None:
    assert find_assignment(sentence, UNITS) is None


SPLIT = [
    ("Yêu cầu chủ đầu tư cam kết tiến độ, giao Sở Xây dựng giám sát.", 2),
    ("Giao Sở Tài chính rà soát nguồn vốn và giao Sở Nội vụ theo dõi trước ngày 15/12.", 2),
    ("Giao Sở Tài chính rà soát; đồng thời giao Sở Nội vụ tổng hợp.", 2),
    ("Giao Sở Tài chính rà soát, giao Sở Xây dựng thẩm định, giao Sở Nội vụ tổng hợp.", 3),
    ("Giao Sở Tài chính thẩm định, đề nghị UBND tỉnh xem xét.", 1),
    ("Giao xã Hòa Ninh kiểm tra, giao các thôn vận động người dân.", 1),
    ("Giao Sở Tài chính, Sở Xây dựng khẩn trương thẩm định.", 1),
    ("Tình hình giao thông ổn định, giao Sở Xây dựng theo dõi.", 1),
    ("Giao Sở Xây dựng rà soát hạ tầng và giao thông nông thôn.", 1),
    ("Tiến độ phải nhanh hơn.", 1),
]


@pytest.mark.parametrize(("sentence", "parts"), SPLIT)
def test_sentence_that_gives_work_twice_is_two(sentence: str, parts: int) -> None:
    found = split_assignments(sentence, UNITS)
    assert len(found) == parts
    if parts > 1:
        assert all(find_assignment(part, UNITS) for part in found)
    else:
        assert found == [sentence]


def test_verb_is_told() -> None:
    assert find_assignment("Giao cho Sở Nội vụ rà soát.", UNITS) == Assignment("Sở Nội vụ", "giao cho")


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("lập danh sách hộ nghèo gửi Sở Nội vụ", "Danh sách hộ nghèo"),
        ("sản phẩm: đề án vị trí việc làm; trình trong tháng 12", "Đề án vị trí việc làm"),
        ("thực hiện kế hoạch đã duyệt", ""),
        ("báo cáo kết quả", ""),
    ],
)
def test_product_is_what_is_written_down(text: str, product: str) -> None:
    assert find_product(text) == product


@given(st.sampled_from(UNITS), st.sampled_from(UNITS), st.sampled_from(["Giao", "Yêu cầu", "Thứ nhất, giao"]))
def test_any_two_units_are_told_apart(lead: tuple[str, str], helper: tuple[str, str], verb: str) -> None:
    found = find_assignment(f"{verb} {lead[0]} chủ trì, phối hợp với {helper[0]} rà soát.", UNITS)
    assert found is not None
    assert found.unit == lead[1]
    assert found.supporting == (() if lead[1] == helper[1] else (helper[1],))


@given(st.text(max_size=200))
def test_any_text_is_read_without_fault(text: str) -> None:
    split_assignments(f"Giao Sở Tài chính {text}, giao {text}", UNITS)
    find_assignment(f"giao {text} chủ trì, phối hợp với {text}", UNITS)
