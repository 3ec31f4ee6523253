"""What the audit log says, in words for people: its codes of actions and subjects are for machines."""

from meetings.errors import N_
from web.i18n import _

# By what the code begins with; in the order in which the page offers them.
GROUPS: dict[str, str] = {
    "account.": N_("Tài khoản"),
    "meeting.": N_("Cuộc họp"),
    "attendance.": N_("Tham dự"),
    "guest_link.": N_("Liên kết cho khách"),
    "holiday.": N_("Ngày nghỉ, ngày làm bù"),
    "invitation.": N_("Giấy mời"),
    "paper.": N_("Tài liệu họp"),
    "incident.": N_("Sự cố"),
    "duty.": N_("Trực kỹ thuật"),
    "room.": N_("Phòng họp"),
    "behalf.": N_("Thay mặt chủ trì"),
    "recording.": N_("Bản ghi âm"),
    "transcript.": N_("Bản gỡ băng"),
    "minutes.": N_("Biên bản"),
    "document.": N_("Văn bản"),
    "unit.": N_("Đơn vị"),
    "units.": N_("Danh mục đơn vị"),
    "target.": N_("Chỉ tiêu"),
    "site.": N_("Điểm cầu"),
    "maintenance.": N_("Lịch bảo trì"),
    "demo.": N_("Dữ liệu minh họa"),
}
ACTIONS: dict[str, str] = {
    "account.add": N_("Thêm tài khoản"),
    "account.change_locale": N_("Đổi ngôn ngữ"),
    "account.change_password": N_("Đổi mật khẩu"),
    "account.change_roles": N_("Đổi vai trò"),
    "account.disable": N_("Khóa tài khoản"),
    "account.enable": N_("Mở lại tài khoản"),
    "account.lock": N_("Tạm khóa do nhập sai mật khẩu"),
    "account.reset_password": N_("Cấp lại mật khẩu"),
    "account.sign_in": N_("Đăng nhập"),
    "account.sign_in_refused": N_("Đăng nhập bị từ chối"),
    "account.sign_out": N_("Đăng xuất"),
    "attendance.by_hand": N_("Ghi nhận dự họp bằng điện thoại"),
    "attendance.confirm": N_("Xác nhận tham dự"),
    "behalf.admit": N_("Thay mặt chủ trì cho vào phòng họp"),
    "behalf.agenda": N_("Thay mặt chủ trì chuyển mục chương trình"),
    "behalf.appoint": N_("Thay mặt chủ trì cử người đồng chủ trì"),
    "behalf.ask_unmute": N_("Thay mặt chủ trì đề nghị bật micro"),
    "behalf.caption": N_("Thay mặt chủ trì nhập phụ đề"),
    "behalf.end": N_("Thay mặt chủ trì kết thúc cuộc họp"),
    "behalf.floor": N_("Thay mặt chủ trì mời phát biểu"),
    "behalf.lower_hand": N_("Thay mặt chủ trì hạ tay"),
    "behalf.mute": N_("Thay mặt chủ trì tắt micro của người khác"),
    "behalf.policy": N_("Thay mặt chủ trì đổi quy định của phòng họp"),
    "behalf.present": N_("Thay mặt chủ trì chọn màn hình trình chiếu"),
    "behalf.queue": N_("Thay mặt chủ trì sắp thứ tự phát biểu"),
    "behalf.record": N_("Thay mặt chủ trì bật hoặc tắt ghi âm"),
    "behalf.refuse": N_("Thay mặt chủ trì không cho vào phòng họp"),
    "behalf.remove": N_("Thay mặt chủ trì mời ra khỏi phòng họp"),
    "behalf.speaking_time": N_("Thay mặt chủ trì đặt thời gian phát biểu"),
    "behalf.spotlight": N_("Thay mặt chủ trì chọn hình chính"),
    "behalf.start": N_("Thay mặt chủ trì bắt đầu cuộc họp"),
    "behalf.vote_close": N_("Thay mặt chủ trì kết thúc biểu quyết"),
    "behalf.vote_open": N_("Thay mặt chủ trì mở biểu quyết"),
    "behalf.vote_withdraw": N_("Thay mặt chủ trì hủy biểu quyết"),
    "demo.load": N_("Nạp dữ liệu minh họa"),
    "demo.remove": N_("Gỡ dữ liệu minh họa"),
    "document.download": N_("Tải văn bản"),
    "duty.set": N_("Phân công trực điểm cầu"),
    "guest_link.create": N_("Tạo liên kết cho khách"),
    "guest_link.revoke": N_("Thu hồi liên kết cho khách"),
    "holiday.remove": N_("Xóa ngày nghỉ, ngày làm bù"),
    "holiday.set": N_("Ghi ngày nghỉ, ngày làm bù"),
    "incident.close": N_("Ghi giờ kết thúc sự cố"),
    "incident.log": N_("Ghi sự cố"),
    "maintenance.add": N_("Thêm lịch bảo trì"),
    "maintenance.end": N_("Kết thúc bảo trì"),
    "invitation.download": N_("Tải giấy mời đã ký"),
    "invitation.draft": N_("Soạn giấy mời"),
    "invitation.edit": N_("Sửa giấy mời"),
    "invitation.issue": N_("Phát hành giấy mời"),
    "invitation.number": N_("Cấp số giấy mời"),
    "invitation.return": N_("Trả lại giấy mời để sửa"),
    "invitation.send_before": N_("Gửi thư mời họp trước"),
    "invitation.sign": N_("Tải giấy mời đã ký lên"),
    "invitation.submit": N_("Trình ký giấy mời"),
    "invitation.withdraw": N_("Thu hồi giấy mời"),
    "meeting.abandon": N_("Ghi nhận cuộc họp không họp tiếp"),
    "meeting.approve": N_("Duyệt lịch họp"),
    "meeting.book": N_("Đặt lịch họp"),
    "meeting.cancel": N_("Hủy cuộc họp"),
    "meeting.change_exclusion": N_("Đổi việc tính vào chỉ tiêu"),
    "meeting.draft": N_("Lưu dự thảo lịch họp"),
    "meeting.edit": N_("Sửa lịch họp"),
    "meeting.end": N_("Kết thúc cuộc họp"),
    "meeting.name_voters": N_("Chọn thành viên biểu quyết"),
    "meeting.not_created": N_("Không tạo cuộc họp (bí mật nhà nước)"),
    "meeting.postpone": N_("Tạm hoãn cuộc họp"),
    "meeting.record": N_("Cuộc họp đã có biên bản"),
    "meeting.record_held": N_("Ghi nhận đã họp"),
    "meeting.resume": N_("Đặt thời gian họp tiếp"),
    "meeting.return": N_("Trả lại lịch họp"),
    "meeting.start": N_("Bắt đầu cuộc họp"),
    "meeting.submit": N_("Trình duyệt, đặt lịch họp"),
    "minutes.approve": N_("Duyệt biên bản"),
    "minutes.new_version": N_("Lập phiên bản mới của biên bản"),
    "minutes.refresh_attendance": N_("Đưa tham dự đã xác nhận vào biên bản"),
    "minutes.return": N_("Trả lại biên bản"),
    "minutes.save": N_("Sửa biên bản"),
    "minutes.submit": N_("Trình biên bản"),
    "paper.add": N_("Thêm tài liệu họp"),
    "paper.replace": N_("Tải lên bản mới của tài liệu họp"),
    "paper.withdraw": N_("Thu hồi tài liệu họp"),
    "recording.hear": N_("Nghe bản ghi âm"),
    "room.admit": N_("Cho vào phòng họp"),
    "room.agenda": N_("Chuyển mục chương trình"),
    "room.appoint": N_("Cử hoặc cho thôi đồng chủ trì"),
    "room.declare": N_("Khai số người dự tại điểm cầu"),
    "room.mute": N_("Tắt micro của người khác"),
    "room.policy": N_("Đổi quy định của phòng họp"),
    "room.record_off": N_("Dừng ghi âm"),
    "room.record_on": N_("Bắt đầu ghi âm"),
    "room.refuse": N_("Không cho vào phòng họp"),
    "room.remove": N_("Mời ra khỏi phòng họp"),
    "room.vote_closed": N_("Kết thúc biểu quyết"),
    "room.vote_opened": N_("Mở biểu quyết"),
    "room.vote_withdrawn": N_("Hủy biểu quyết"),
    "site.add": N_("Thêm điểm cầu"),
    "site.edit": N_("Sửa điểm cầu"),
    "transcript.download": N_("Tải bản gỡ băng"),
    "target.set": N_("Đặt chỉ tiêu"),
    "unit.add": N_("Thêm đơn vị"),
    "unit.move": N_("Đổi đơn vị cấp trên"),
    "unit.rename": N_("Đổi tên đơn vị"),
    "unit.succeed": N_("Ghi nhận sắp xếp đơn vị"),
    "units.import": N_("Nhập danh mục đơn vị"),
}
SUBJECTS: dict[str, str] = {
    "account": N_("Tài khoản số {id}"),
    "meeting": N_("Cuộc họp số {id}"),
    "site": N_("Điểm cầu số {id}"),
    "target": N_("Chỉ tiêu số {id}"),
    "unit": N_("Đơn vị số {id}"),
}


def action_name(code: str) -> str:
    """``meeting.book`` as people say it; a code without words as it is."""
    return _(ACTIONS[code]) if code in ACTIONS else code


def subject_name(subject: str) -> str:
    """``meeting:12`` as people say it; a subject without words as it is."""
    kind, _colon, number = subject.partition(":")
    return _(SUBJECTS[kind], id=number) if kind in SUBJECTS else subject


def list_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """What the log can be narrowed to: each group with its own choices, all of the group first."""
    return [
        (_(name), [(start, _("{group}: tất cả", group=_(name))), *_choices_of(start)]) for start, name in GROUPS.items()
    ]


def _choices_of(start: str) -> list[tuple[str, str]]:
    return [(code, _(name)) for code, name in ACTIONS.items() if code.startswith(start)]
