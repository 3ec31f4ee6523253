"""The closed vocabularies of the domain: plain values that the pure core and the tables share."""

from enum import StrEnum

from meetings.errors import N_


class Role(StrEnum):
    """What an account may be."""

    ADMINISTRATOR = "administrator"
    OFFICE = "office"
    SECRETARY = "secretary"
    CLERK = "clerk"
    CHAIR = "chair"
    UNIT_CONTACT = "unit_contact"
    DELEGATE = "delegate"
    SITE = "site"
    TECHNICIAN = "technician"
    LEADER = "leader"
    INSPECTOR = "inspector"


class UnitKind(StrEnum):
    """Only ``people_committee`` units carry a level pair of the indicator by default."""

    PEOPLE_COMMITTEE = "people_committee"
    OFFICE = "office"
    DEPARTMENT = "department"
    DISTRICT_OFFICE = "district_office"
    SERVICE = "service"
    VERTICAL = "vertical"
    PARTY_OR_UNION = "party_or_union"
    COUNCIL = "council"


class SuccessionKind(StrEnum):
    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"
    ABOLISH = "abolish"


class MeetingKind(StrEnum):
    """The kinds of QĐ 45/2018/QĐ-TTg, articles 3 and 7."""

    BRIEFING = "briefing"
    REVIEW = "review"
    THEMATIC = "thematic"
    WORKING = "working"
    ADVISORY = "advisory"
    TECHNICAL = "technical"
    TRAINING = "training"
    DEPLOYMENT = "deployment"
    COMMITTEE_SESSION = "committee_session"
    OTHER = "other"


class Form(StrEnum):
    ONLINE = "online"
    IN_PERSON = "in_person"
    HYBRID = "hybrid"


class MeetingStatus(StrEnum):
    """Where a meeting stands on its way; which step may follow which, ``meetings.workflow`` says."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCHEDULED = "scheduled"
    INVITED = "invited"
    IN_SESSION = "in_session"
    ENDED = "ended"
    RECORDED = "recorded"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


PLANNED = (MeetingStatus.DRAFT, MeetingStatus.SUBMITTED)  # on paper only: it takes nothing and opens no room
BOOKED = (MeetingStatus.SCHEDULED, MeetingStatus.INVITED)  # fixed, and not begun
LIVE = (*BOOKED, MeetingStatus.IN_SESSION)  # still to come, or going on
OVER = (MeetingStatus.ENDED, MeetingStatus.RECORDED)  # it took place


class Classification(StrEnum):
    """Never "secret": such a meeting is not created here (Luật Bảo vệ bí mật nhà nước)."""

    PUBLIC = "public"
    INTERNAL = "internal"
    RESTRICTED = "restricted"


class Mode(StrEnum):
    """How one invited unit attended."""

    ONLINE = "online"
    IN_HALL = "in_hall"
    ABSENT = "absent"


class IncidentKind(StrEnum):
    """What went wrong at a site. ``telephone``: it took part by telephone meanwhile, which counts as attendance.

    ``feedback`` is what somebody who took part wrote after leaving; all others are noted by those who run the room.
    """

    LOST_CONNECTION = "lost_connection"
    TELEPHONE = "telephone"
    NO_SOUND = "no_sound"
    NO_PICTURE = "no_picture"
    POWER = "power"
    OTHER = "other"
    FEEDBACK = "feedback"


class LineState(StrEnum):
    """What a connection test found, in one word."""

    GOOD = "good"
    WEAK = "weak"
    BAD = "bad"


class Answer(StrEnum):
    """What an invited unit or person said; the values are the PARTSTAT of RFC 5545, section 3.2.12."""

    NEEDS_ACTION = "needs_action"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"


class Consent(StrEnum):
    """The chair's word on whoever takes the place of an invited head (QĐ 45/2018/QĐ-TTg)."""

    NOT_NEEDED = "not_needed"
    PENDING = "pending"
    GIVEN = "given"
    REFUSED = "refused"


class Attended(StrEnum):
    """How one person attended, as it is listed in the annex of the minutes."""

    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left_early"
    EXCUSED = "excused"
    UNEXCUSED = "unexcused"


HERE = (Attended.PRESENT, Attended.LATE, Attended.LEFT_EARLY)  # whoever came


class DocumentKind(StrEnum):
    """Of official documents. ``CORRECTION``: an official letter (công văn) that corrects one that was issued."""

    INVITATION = "invitation"
    MINUTES = "minutes"
    NOTICE = "notice"
    CORRECTION = "correction"


class DocumentState(StrEnum):
    """Of an official document: drafted, submitted, signed, numbered by the clerk, then sent.

    After that nothing is undone: it is withdrawn (thu hồi), or ``REPLACED`` by another that was issued in its place.
    """

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    SIGNED = "signed"
    NUMBERED = "numbered"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class MailState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


EXCLUSIONS = {
    "field_visit": N_("Đi thực địa, kiểm tra hiện trường"),
    "citizen_reception": N_("Tiếp công dân, đối thoại"),
    "council_session": N_("Kỳ họp Hội đồng nhân dân"),
    "law_requires": N_("Pháp luật quy định họp trực tiếp"),
    "disaster": N_("Khẩn cấp tại hiện trường thiên tai"),
}
"""The reasons for which a booking may be kept out of the indicator. State secrets have no booking, only a count."""


class Rule(StrEnum):
    """When the lower units that attended make a meeting an online one."""

    ANY = "any"
    MAJORITY = "majority"
    ALL = "all"


class Outcome(StrEnum):
    """Where a meeting of a pair of levels stands in the indicator; exactly one holds for each."""

    ONLINE = "online"
    NOT_ONLINE = "not_online"
    OTHER_CHANNEL = "other_channel"  # eligible; held over a platform that is not recognised, so never online
    EXCLUDED = "excluded"
    RELAYED = "relayed"  # a ministry's own meeting, only passed on
    UNCONFIRMED = "unconfirmed"
    UNATTENDED = "unattended"  # by no invited lower unit
