"""The result of a connection test: read from what the page sends, and put into words for whoever looks at it.

Nothing of it is trusted further than its sender could be on the telephone: it is text about their own line.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from meetings.errors import N_, Invalid
from meetings.readiness_actions import ReportDraft
from meetings.room_models import LineState
from web.i18n import _, format_number
from web.inputs import clean

StepId = Literal[
    "browser", "secure", "microphone", "camera", "speaker", "socket", "udp", "tcp", "relay", "loop", "loss", "rate"
]
StepState = Literal["waiting", "running", "passed", "warned", "failed", "skipped"]
Share = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[float, Field(ge=0, le=1e12)]

STEP_NAMES: dict[str, str] = {
    "browser": N_("Trình duyệt"),
    "secure": N_("Kết nối bảo mật (HTTPS)"),
    "microphone": N_("Micro"),
    "camera": N_("Camera"),
    "speaker": N_("Loa"),
    "socket": N_("Kết nối tới máy chủ"),
    "udp": N_("Tiếng và hình qua UDP"),
    "tcp": N_("Tiếng và hình qua TCP"),
    "relay": N_("Tiếng và hình qua máy chủ chuyển tiếp"),
    "loop": N_("Gửi đi và nhận lại tiếng, hình"),
    "loss": N_("Mất gói và độ trễ"),
    "rate": N_("Tốc độ đường truyền"),
}
STATE_NAMES: dict[str, str] = {
    "waiting": N_("Chưa trả lời"),
    "running": N_("Chưa trả lời"),
    "passed": N_("Đạt"),
    "warned": N_("Cần lưu ý"),
    "failed": N_("Không đạt"),
    "skipped": N_("Bỏ qua"),
}
LINE_NAMES: dict[LineState, str] = {
    LineState.GOOD: N_("Sẵn sàng"),
    LineState.WEAK: N_("Cần lưu ý"),
    LineState.BAD: N_("Chưa sẵn sàng"),
}
ROUTE_NAMES: dict[str, str] = {"udp": "UDP", "tcp": "TCP", "relay": "TURN"}
LINE_ICONS = {LineState.GOOD: "circle-check", LineState.WEAK: "triangle-alert", LineState.BAD: "circle-x"}
LINE_BADGES = {LineState.GOOD: "success", LineState.WEAK: "warning", LineState.BAD: "danger"}
STATE_ICONS = {
    "waiting": "circle",
    "running": "circle",
    "passed": "circle-check",
    "warned": "triangle-alert",
    "failed": "circle-x",
    "skipped": "minus",
}


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Step(_Strict):
    id: StepId
    state: StepState
    finding: Annotated[str, Field(max_length=200)]


class Figures(_Strict):
    """Bits a second, parts of 1, milliseconds."""

    route: Literal["", "udp", "tcp", "relay"] = ""
    up: Number | None = None
    down: Number | None = None
    loss_up: Annotated[Share | None, Field(alias="lossUp")] = None
    loss_down: Annotated[Share | None, Field(alias="lossDown")] = None
    round_trip: Annotated[Number | None, Field(alias="roundTrip")] = None


class Sent(_Strict):
    state: Literal["good", "weak", "bad"]
    platform: Annotated[str, Field(max_length=100)]
    steps: Annotated[list[Step], Field(max_length=12)]
    figures: Figures


def read_report(body: bytes) -> ReportDraft:
    """What a page sends. Raises ``Invalid``."""
    try:
        sent = Sent.model_validate_json(body)
    except ValidationError:
        raise Invalid(N_("Nội dung gửi lên không đọc được.")) from None
    result = {
        "platform": clean(sent.platform),
        "steps": [{"id": step.id, "state": step.state, "finding": clean(step.finding)} for step in sent.steps],
        "figures": sent.figures.model_dump(exclude={"route"}),
    }
    return ReportDraft(state=LineState(sent.state), route=sent.figures.route, result=result)


def state_of(result: dict[str, Any], step: str) -> str:
    """``passed``, ``failed``, …; "" where the test has nothing on it."""
    found = next((each for each in result.get("steps", []) if each.get("id") == step), None)
    return str(found["state"]) if found else ""


def describe_steps(result: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """``(name, state, state in words, finding)`` in the order of the test."""
    told = []
    for step in result.get("steps", []):
        name, state = STEP_NAMES.get(step["id"], ""), step["state"]
        told.append((_(name), state, _(STATE_NAMES.get(state, "")), step["finding"]))
    return told


def describe_rate(figures: dict[str, Any]) -> str:
    """``gửi 0,8, nhận 4,2 Mbit/s``; "" where it was not measured."""
    up, down = figures.get("up"), figures.get("down")
    if up is None or down is None:
        return ""
    return _("gửi {up}, nhận {down} Mbit/s", up=_spell_mega(up), down=_spell_mega(down))


def _spell_mega(rate: float) -> str:
    """Megabits: ``0,8``, ``4,2``, ``120``."""
    return format_number(rate / 1e6, 1 if rate < 1e7 else 0)


def describe_loss(figures: dict[str, Any]) -> str:
    """``mất 0,4 %, khứ hồi 23 ms``; only what was measured."""
    losses = [each for each in (figures.get("loss_up"), figures.get("loss_down")) if each is not None]
    parts = [_("mất {share} %", share=format_number(max(losses) * 100, 1))] if losses else []
    if figures.get("round_trip") is not None:
        parts.append(_("khứ hồi {ms} ms", ms=format_number(figures["round_trip"])))
    return ", ".join(parts)
