"""Remake ``web/demo/papers``: what lies before the demo's coming meeting. All figures are invented, and say so.

python web/demo/make_papers.py
"""

from datetime import UTC, datetime
from pathlib import Path

import typst

TARGET = Path(__file__).with_name("papers")
STYLE = """
#set document(title: "{title}", date: none)
#set page(paper: "a4", margin: (left: 30mm, right: 20mm, y: 20mm), numbering: "1")
#set text(font: ("Liberation Serif", "Libertinus Serif"), size: 13pt, lang: "vi")
#set par(justify: true, first-line-indent: 10mm)
#align(center)[*{title}*\\ _Tài liệu minh họa: mọi số liệu là giả định_]
"""
REPORT = """
Báo cáo trình bày kết quả cung cấp dịch vụ công trực tuyến toàn trình của các xã, phường, đặc khu và nội dung cần cuộc
họp cho ý kiến.

#figure(table(
  columns: 4, align: (left, right, right, right),
  [*Nhóm xã, phường*], [*Hồ sơ*], [*Trực tuyến*], [*Tỷ lệ*],
  [Khu vực Đà Lạt], [4.210], [3.705], [88,0 %],
  [Khu vực Đức Trọng, Lâm Hà], [3.980], [3.303], [83,0 %],
  [Khu vực Bảo Lộc, Di Linh], [4.450], [3.560], [80,0 %],
  [Các khu vực khác], [6.120], [4.590], [75,0 %],
))

*Đề nghị cuộc họp cho ý kiến:* thống nhất chỉ tiêu 85 % hồ sơ trực tuyến toàn trình trong quý tới; giao đơn vị chủ trì
hướng dẫn các điểm cầu có tỷ lệ dưới 80 %.
"""
DRAFT = """
+ Thống nhất chỉ tiêu 85 % hồ sơ trực tuyến toàn trình trong quý tới.
+ Ủy ban nhân dân các xã, phường, đặc khu rà soát thủ tục có tỷ lệ thấp, báo cáo trước ngày 10 hằng tháng.
+ Sở Khoa học và Công nghệ tổng hợp, tham mưu Ủy ban nhân dân tỉnh.

Dự thảo này được biểu quyết tại cuộc họp.
"""
PAPERS = (
    ("bao-cao-dich-vu-cong.pdf", "Báo cáo dịch vụ công trực tuyến", REPORT),
    ("du-thao-ket-luan.pdf", "Dự thảo kết luận cuộc họp", DRAFT),
)


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for name, title, text in PAPERS:
        source = (STYLE.replace("{title}", title) + text).encode()
        made = typst.compile(source, format="pdf", timestamp=int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()))
        (TARGET / name).write_bytes(made)


if __name__ == "__main__":
    main()
