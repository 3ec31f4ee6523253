"""The pages of letters: what waits, what failed and why, in words, and sending it again."""

from meetings.invitations.mail_rules import Trouble
from meetings.invitations.mail_store import MailDraft, list_mail, note_failure, queue_mail
from meetings.kinds import MailState
from tests.browsing import Site
from tests.factories import NOW, World, add_meeting, key
from web.database import Database


async def fill(database: Database, world: World) -> int:
    """A letter that failed, one that waits, about one meeting; the key of the first."""
    async with database.write() as session:
        meeting = await add_meeting(
            session, world.province, world.chair, world.secretary, [world.communes[0]], slug="hop"
        )
        failed, waiting = await queue_mail(
            session,
            [
                MailDraft(
                    key=name, recipient=f"{name}@b.vn", subject="Giấy mời: Họp", body="/a/mật", meeting_id=meeting.id
                )
                for name in ("sai", "cham")
            ],
            NOW,
        )
        await note_failure(session, key(failed), Trouble.RECIPIENT, "550 <b>5.1.1</b> No such user", NOW)
        await note_failure(session, key(waiting), Trouble.UNREACHABLE, "Connection refused", NOW)
        return key(failed)


async def test_the_office_sees_what_failed_and_why(site: Site, database: Database, world: World) -> None:
    await fill(database, world)
    page = await (await site.sign_in("office")).open("/admin/mail")
    assert "1 thư không gửi được" in page.words
    assert "Địa chỉ nhận không tồn tại" in page.words
    assert "550 <b>5.1.1</b> No such user" in page.words
    assert "Máy chủ thư không trả lời." in page.words
    assert "Chưa cài đặt máy chủ thư" in page.words
    assert "mật" not in page.text, "the link by which somebody else answers"
    only = await (await site.sign_in("office")).open("/admin/mail?state=failed")
    assert "sai@b.vn" in only.words
    assert "cham@b.vn" not in only.words


async def test_those_who_run_the_meeting_are_alarmed_and_send_again(
    site: Site, database: Database, world: World
) -> None:
    mail_id = await fill(database, world)
    browser = await site.sign_in("secretary")
    assert "1 thư không gửi được" in (await browser.open("/meetings/hop")).words
    assert "sai@b.vn" in (await browser.open("/meetings/hop/mail")).words
    page = await browser.send(f"/mail/{mail_id}/retry", {"page": "meeting"})
    assert page.location == "/meetings/hop/mail?done=mail_retried"
    async with database.read() as session:
        letters = {mail.recipient: mail for mail in await list_mail(session)}
    again = letters["sai@b.vn"]
    assert (again.state, again.attempts, again.error) == (MailState.QUEUED, 0, "")
    assert "không gửi được" not in (await browser.open("/meetings/hop")).words


async def test_a_letter_that_has_left_is_not_sent_again(site: Site, database: Database, world: World) -> None:
    mail_id = await fill(database, world)
    async with database.write() as session:
        mail = (await list_mail(session, state=MailState.FAILED))[0]
        mail.state = MailState.SENT
        session.add(mail)
    page = await (await site.sign_in("office")).send(f"/mail/{mail_id}/retry")
    assert page.location == "/admin/mail"


async def test_others_do_not_see_letters(site: Site, database: Database, world: World) -> None:
    mail_id = await fill(database, world)
    for who in ("delegate", "contact", "chair", "technician"):
        browser = await site.sign_in(who)
        assert (await browser.open("/admin/mail")).status == 403
        assert (await browser.open("/meetings/hop/mail")).status == 403
        assert (await browser.send(f"/mail/{mail_id}/retry")).status == 403
    assert (await (await site.sign_in("inspector")).send(f"/mail/{mail_id}/retry")).status == 403
