"""The use cases, one file per noun; this is their front door.

Each is load, permit, decide, save, within the transaction of the session it is given; each that changes something
writes its audit entry there too.
"""

from meetings.account_actions import AccountDraft as AccountDraft
from meetings.account_actions import add_account as add_account
from meetings.account_actions import change_locale as change_locale
from meetings.account_actions import change_password as change_password
from meetings.account_actions import change_roles as change_roles
from meetings.account_actions import disable_account as disable_account
from meetings.account_actions import enable_account as enable_account
from meetings.account_actions import reset_password as reset_password
from meetings.attendance_actions import ConfirmedUnit as ConfirmedUnit
from meetings.attendance_actions import confirm_attendance as confirm_attendance
from meetings.attendance_actions import measure_attendance as measure_attendance
from meetings.meeting_actions import book_meeting as book_meeting
from meetings.meeting_actions import cancel_meeting as cancel_meeting
from meetings.meeting_actions import create_guest_link as create_guest_link
from meetings.meeting_actions import edit_meeting as edit_meeting
from meetings.meeting_actions import end_meeting as end_meeting
from meetings.meeting_actions import list_clashes as list_clashes
from meetings.meeting_actions import note_secret_meeting as note_secret_meeting
from meetings.meeting_actions import own_units as own_units
from meetings.meeting_actions import record_held as record_held
from meetings.meeting_actions import revoke_guest_link as revoke_guest_link
from meetings.meeting_actions import start_meeting as start_meeting
from meetings.ratio_actions import Evidence as Evidence
from meetings.ratio_actions import Pending as Pending
from meetings.ratio_actions import RatioReport as RatioReport
from meetings.ratio_actions import UnitRow as UnitRow
from meetings.ratio_actions import list_ratio_meetings as list_ratio_meetings
from meetings.ratio_actions import report_ratio as report_ratio
from meetings.scheduling import AgendaDraft as AgendaDraft
from meetings.scheduling import InvitationDraft as InvitationDraft
from meetings.scheduling import MeetingDraft as MeetingDraft
from meetings.target_actions import TargetDraft as TargetDraft
from meetings.target_actions import set_target as set_target
from meetings.unit_actions import ImportReport as ImportReport
from meetings.unit_actions import add_site as add_site
from meetings.unit_actions import import_units as import_units
from meetings.unit_changes import UnitDraft as UnitDraft
from meetings.unit_changes import add_unit as add_unit
from meetings.unit_changes import edit_site as edit_site
from meetings.unit_changes import move_unit as move_unit
from meetings.unit_changes import rename_unit as rename_unit
from meetings.unit_changes import succeed_unit as succeed_unit
