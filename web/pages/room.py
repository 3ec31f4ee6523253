"""The pages round a room: lobby, room, guest links, the page after leaving. The WebSocket is in ``socket.py``.

What the templates get, beside what every page gets:

``lobby.html`` (members and guests)
    ``meeting``     the MeetingBundle
    ``role``        the role in the room ("chair", "secretary", "technician", "delegate", "site", "observer", "guest")
    ``name``        how the person is shown in the room; for a guest the name given before, or ""
    ``detail``      the line under the name (unit or site)
    ``state``       "early" | "open" | "ended" | "cancelled"
    ``opens_at``    from when this person may come in (aware UTC)
    ``room_url``    where "Vào họp" leads
    ``is_guest``    a guest: the form asks for a name (field ``name``) and is sent by POST to ``lobby_url``
    ``lobby_url``   this page
    ``error``       why a guest's name was not taken, a whole sentence, or ""
    ``catalogue``   the JSON text of the messages of the scripts, for ``data-catalogue`` on <body> or a <script
                    type="application/json"> element
``room.html``
    ``meeting``, ``role``, ``name``, ``detail``, ``is_guest``, ``catalogue`` as above
    ``socket_path`` the path of the WebSocket ("/meetings/…/ws" or "/g/…/ws")
    ``lobby_url``   back to the lobby
    ``left_url``    where the script goes after leaving
``left.html``
    ``meeting`` (None when a guest's link is no longer good), ``is_guest``, ``lobby_url`` ("": no way back)
    ``attended``    how long this person was in the room, a timedelta
    ``first_in``, ``last_out``  aware UTC or None
    ``reason``      "left" | "removed" | "ended" | "replaced" | "signed_out" | "closed", from the query
``guest.html`` (the page of the links of a meeting, for those who may invite guests)
    ``meeting``, ``links``  the GuestLink rows, newest first; ``now``
    ``new_url``     the address of the link just made: shown once, or ""
    ``error``, ``label``    a refused form: the sentence and the input kept
    forms: POST ``/meetings/{slug}/guests`` with ``label`` (whom it is for) and ``csrf_token``;
           POST ``/meetings/{slug}/guests/{id}/revoke`` with ``csrf_token``
"""
