"""The whole URL table in one place."""

from aiohttp import web

from web.assets import serve_static
from web.pages import (
    account,
    admin,
    attendance,
    booking,
    guests,
    health,
    meetings,
    minutes,
    minutes_changes,
    ratio,
    recordings,
    room,
    sign_in,
    socket,
    today,
    units,
)

ROUTES = [
    # The shell.
    web.get("/", today.show_today),
    web.get("/login", sign_in.show_sign_in),
    web.post("/login", sign_in.submit_sign_in),
    web.post("/logout", sign_in.submit_sign_out),
    web.post("/display", sign_in.submit_display),
    web.get("/account", account.show_account),
    web.post("/account/password", account.submit_password),
    web.get("/healthz", health.show_health),
    web.get("/.well-known/security.txt", health.show_security_txt),
    web.get("/static/{path:.+}", serve_static),
    # Before a meeting and after it.
    web.get("/meetings", meetings.show_meetings),
    web.get("/meetings/new", booking.show_booking),
    web.post("/meetings/new", booking.submit_booking),
    web.post("/meetings/busy", booking.submit_busy),
    web.get("/meetings/{slug}", meetings.show_meeting),
    web.get("/meetings/{slug}/edit", booking.show_edit),
    web.post("/meetings/{slug}/edit", booking.submit_edit),
    web.get("/meetings/{slug}/cancel", meetings.show_cancel),
    web.post("/meetings/{slug}/cancel", meetings.submit_cancel),
    web.get("/meetings/{slug}/held", meetings.show_held),
    web.post("/meetings/{slug}/held", meetings.submit_held),
    web.get("/meetings/{slug}/attendance", attendance.show_attendance),
    web.post("/meetings/{slug}/attendance", attendance.submit_attendance),
    # The room.
    web.get("/meetings/{slug}/lobby", room.show_lobby),
    web.get("/meetings/{slug}/room", room.show_room),
    web.get("/meetings/{slug}/left", room.show_left),
    web.get("/meetings/{slug}/ws", socket.serve_member),
    web.get("/meetings/{slug}/guests", guests.show_links),
    web.post("/meetings/{slug}/guests", guests.submit_link),
    web.post("/meetings/{slug}/guests/{id}/revoke", guests.submit_revoke),
    web.get("/g/{token}", guests.show_guest_lobby),
    web.post("/g/{token}", guests.submit_guest_lobby),
    web.get("/g/{token}/room", guests.show_guest_room),
    web.get("/g/{token}/left", guests.show_guest_left),
    web.get("/g/{token}/ws", socket.serve_guest),
    # The record.
    web.get("/minutes", minutes.show_register),
    web.get("/meetings/{slug}/minutes", minutes.show_minutes),
    web.post("/meetings/{slug}/minutes/save", minutes_changes.save_minutes),
    web.post("/meetings/{slug}/minutes/submit", minutes_changes.submit_minutes),
    web.post("/meetings/{slug}/minutes/approve", minutes_changes.approve_minutes),
    web.post("/meetings/{slug}/minutes/return", minutes_changes.return_minutes),
    web.post("/meetings/{slug}/minutes/new-version", minutes_changes.open_new_version),
    web.get("/meetings/{slug}/minutes/progress", recordings.show_progress),
    web.get(r"/meetings/{slug}/minutes/v{version:\d+}.{format:pdf|docx}", recordings.download_document),
    web.get("/meetings/{slug}/audio", recordings.play_sound),
    web.get("/meetings/{slug}/transcript.{format:vtt|txt|json}", recordings.download_transcript),
    # The number.
    web.get("/ratio", ratio.show_ratio),
    web.get("/ratio.csv", ratio.download_ratio),
    web.get("/ratio/meetings", ratio.show_evidence),
    # Units and sites.
    web.get("/units", units.show_units),
    web.get("/units/new", units.show_new_unit),
    web.post("/units/new", units.submit_new_unit),
    web.get("/units/{id}", units.show_unit),
    web.post("/units/{id}/rename", units.submit_rename),
    web.post("/units/{id}/parent", units.submit_move),
    web.post("/units/{id}/succession", units.submit_succession),
    web.get("/sites", units.show_sites),
    web.get("/sites/{id}", units.show_site),
    web.post("/sites/{id}", units.submit_site),
    # Administration.
    web.get("/admin/accounts", admin.show_accounts),
    web.get("/admin/accounts/new", admin.show_new_account),
    web.post("/admin/accounts/new", admin.submit_new_account),
    web.get("/admin/accounts/{id}", admin.show_account_admin),
    web.post("/admin/accounts/{id}", admin.submit_account),
    web.get("/admin/audit", admin.show_audit),
    web.post("/admin/audit", admin.submit_verify),
]


def add_routes(app: web.Application) -> None:
    app.add_routes(ROUTES)
    socket.keep_doors(app)
