"""What the demo's meetings are about, and how each month went."""

from dataclasses import dataclass

from meetings.models import MeetingKind


@dataclass(frozen=True, slots=True)
class Topic:
    """``title`` may hold ``{month}``, ``{year}`` and ``{lower}``; ``agenda`` pairs an item with its presenter."""

    title: str
    kind: MeetingKind
    agenda: tuple[tuple[str, str], ...]
    everyone: bool = False  # every lower unit is invited


BRIEFING = Topic(
    "Họp giao ban tháng {month} năm {year} giữa UBND tỉnh và UBND các {lower}",
    MeetingKind.BRIEFING,
    (
        ("Tình hình kinh tế - xã hội trong tháng, nhiệm vụ tháng tới", "Văn phòng UBND tỉnh"),
        ("Tiến độ giải ngân vốn đầu tư công", "Sở Tài chính"),
        ("Ý kiến của các địa phương", "UBND các {lower}"),
        ("Kết luận của chủ trì", "Chủ trì"),
    ),
    everyone=True,
)
TOPICS = (
    Topic(
        "Họp chuyên đề về chuyển đổi số và dịch vụ công trực tuyến",
        MeetingKind.THEMATIC,
        (
            ("Tỷ lệ hồ sơ trực tuyến toàn trình của các địa phương", "Sở Khoa học và Công nghệ"),
            ("Khó khăn, kiến nghị", "UBND các {lower}"),
        ),
    ),
    Topic(
        "Họp giải quyết vướng mắc giải phóng mặt bằng các dự án trọng điểm",
        MeetingKind.WORKING,
        (
            ("Tiến độ bồi thường, hỗ trợ, tái định cư", "Sở Xây dựng"),
            ("Các trường hợp vướng mắc", "UBND các {lower}"),
        ),
    ),
    Topic(
        "Hội nghị triển khai nhiệm vụ cải cách hành chính",
        MeetingKind.DEPLOYMENT,
        (("Kế hoạch và chỉ tiêu", "Sở Nội vụ"), ("Phân công thực hiện", "Văn phòng UBND tỉnh")),
    ),
    Topic(
        "Họp về phòng, chống thiên tai và tìm kiếm cứu nạn",
        MeetingKind.WORKING,
        (("Dự báo, phương án ứng phó", "Sở Nông nghiệp và Môi trường"), ("Tình hình tại chỗ", "UBND các {lower}")),
    ),
    Topic(
        "Tập huấn sử dụng hệ thống họp trực tuyến cho điểm cầu các {lower}",
        MeetingKind.TRAINING,
        (("Quy trình vào họp, kiểm tra thiết bị", "Văn phòng UBND tỉnh"), ("Hỏi đáp", "Sở Khoa học và Công nghệ")),
    ),
    Topic(
        "Hội nghị sơ kết công tác quản lý đất đai",
        MeetingKind.REVIEW,
        (("Báo cáo sơ kết", "Sở Nông nghiệp và Môi trường"), ("Thảo luận", "UBND các {lower}")),
    ),
    Topic(
        "Họp về thu ngân sách và chống thất thu",
        MeetingKind.THEMATIC,
        (("Kết quả thu ngân sách", "Sở Tài chính"), ("Giải pháp", "UBND các {lower}")),
    ),
)

# One letter a meeting: O online, P in person, H hybrid with most online, h hybrid with most in the hall, X excluded,
# N no lower unit attended, Z over a system that is not recognised, U attendance not yet confirmed.
MONTHS_OF_2022 = (
    "OOPO",
    "OOO",
    "OOPOO",
    "OOHOO",
    "OPOOO",
    "OOPOO",
    "OHOPO",
    "OOOXO",
    "OOOOh",
    "OOOZO",
    "OPOOO",
    "OPOON",
)
RECENT_MONTHS = (
    "OPOO",
    "OOO",
    "OhPO",
    "OOPO",
    "OHOOO",
    "OOPOO",
    "OPOOO",
    "OOXOO",
    "OPOOH",
    "OOOZO",
    "OOPOON",
    "OHOU",
)
