"""Who is who in the demo: departments, halls and accounts. Every person is invented."""

from dataclasses import dataclass
from datetime import date

from meetings.models import Role, UnitKind

PASSWORD = "giao-ban-lam-dong"  # noqa: S105 - printed for everybody to see; it opens demo accounts only
PROVINCE = "Tỉnh Lâm Đồng"
MERGER_OF_DEPARTMENTS = date(2025, 3, 1)


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """An organ of the province. ``successor`` names the unit that carried it on after ``valid_to``."""

    name: str
    short_name: str
    kind: UnitKind
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str = ""


UNITS = (
    DemoUnit("Văn phòng UBND tỉnh", "VP UBND tỉnh", UnitKind.OFFICE),
    DemoUnit("Sở Tài chính", "Sở TC", UnitKind.DEPARTMENT),
    DemoUnit("Sở Nội vụ", "Sở NV", UnitKind.DEPARTMENT),
    DemoUnit("Sở Khoa học và Công nghệ", "Sở KHCN", UnitKind.DEPARTMENT),
    DemoUnit(
        "Sở Thông tin và Truyền thông",
        "Sở TTTT",
        UnitKind.DEPARTMENT,
        valid_to=date(2025, 2, 28),
        successor="Sở Khoa học và Công nghệ",
    ),
    DemoUnit("Sở Nông nghiệp và Môi trường", "Sở NNMT", UnitKind.DEPARTMENT, valid_from=MERGER_OF_DEPARTMENTS),
    DemoUnit("Sở Xây dựng", "Sở XD", UnitKind.DEPARTMENT),
)


@dataclass(frozen=True, slots=True)
class DemoHall:
    """A room of the province in which meetings are chaired."""

    key: str
    name: str
    address: str
    seats: int


MAIN_HALL = DemoHall("main", "Điểm cầu tỉnh Lâm Đồng", "Phòng họp số 1, trụ sở UBND tỉnh", 60)
HALLS = (
    MAIN_HALL,
    DemoHall("second", "Phòng họp số 2, UBND tỉnh", "Tầng 2, trụ sở UBND tỉnh", 30),
    DemoHall("large", "Hội trường UBND tỉnh", "Tầng 1, trụ sở UBND tỉnh", 250),
)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of a person of ``unit``, or of the site called ``site``. ``what`` says what it is good for."""

    username: str
    roles: tuple[Role, ...]
    what: str
    name: str = ""
    position: str = ""
    unit: str = ""
    site: str = ""


ACCOUNTS = (
    DemoAccount(
        "thuky",
        (Role.SECRETARY,),
        "đặt lịch, ghi biên bản",
        "Nguyễn Thị Minh Thư",
        "Chuyên viên Phòng Tổng hợp",
        "Văn phòng UBND tỉnh",
    ),
    DemoAccount("chutri", (Role.CHAIR, Role.LEADER), "chủ trì, duyệt biên bản", "Trần Quang Hải", "Chủ tịch", PROVINCE),
    DemoAccount(
        "lanhdao", (Role.LEADER, Role.CHAIR), "chủ trì, xem tỷ lệ", "Lê Thị Hồng Vân", "Phó Chủ tịch", PROVINCE
    ),
    DemoAccount(
        "vanphong", (Role.OFFICE,), "điều phối lịch", "Phạm Đức Long", "Phó Chánh Văn phòng", "Văn phòng UBND tỉnh"
    ),
    DemoAccount("vanthu", (Role.CLERK,), "văn thư", "Hoàng Thị Lan", "Văn thư", "Văn phòng UBND tỉnh"),
    DemoAccount("kythuat", (Role.TECHNICIAN,), "kỹ thuật điểm cầu", "Võ Thành Nam", "Kỹ sư", "Văn phòng UBND tỉnh"),
    DemoAccount(
        "quantri", (Role.ADMINISTRATOR,), "quản trị hệ thống", "Đặng Quốc Bảo", "Chuyên viên", "Văn phòng UBND tỉnh"
    ),
    DemoAccount("kiemtra", (Role.INSPECTOR,), "kiểm tra, chỉ xem", "Bùi Thu Hà", "Chuyên viên", "Sở Nội vụ"),
    DemoAccount("sotaichinh", (Role.SECRETARY,), "thư ký của sở", "Đỗ Hữu Phước", "Chánh Văn phòng", "Sở Tài chính"),
    DemoAccount("daumoi", (Role.UNIT_CONTACT,), "đầu mối của xã", "Ka Thị Hoa", "Công chức Văn phòng", "Xã Đức Trọng"),
    DemoAccount("daibieu", (Role.DELEGATE,), "đại biểu", "Lý Văn Sơn", "Chủ tịch", "Xã Đinh Văn Lâm Hà"),
    DemoAccount("cau.tinh", (Role.SITE,), "điểm cầu tỉnh", site=MAIN_HALL.name),
    DemoAccount("cau.ductrong", (Role.SITE,), "điểm cầu xã", site="Điểm cầu xã Đức Trọng"),
    DemoAccount("cau.dinhvan", (Role.SITE,), "điểm cầu xã", site="Điểm cầu xã Đinh Văn Lâm Hà"),
)
CHAIRS = ("chutri", "lanhdao")
SECRETARY = "thuky"
