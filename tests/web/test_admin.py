"""Accounts and the audit log."""

import re

from sqlalchemy import text
from sqlmodel import select

from meetings.models import Account, AuditEntry
from meetings.people_store import get_account
from tests.browsing import Browser, Site


async def try_sign_in(browser: Browser, username: str, password: str) -> int:
    await browser.open("/login")
    return (await browser.send("/login", {"username": username, "password": password})).status


def password_on(page_text: str) -> str:
    match = re.search(r'class="password-once"><code>([^<]+)</code>', page_text)
    assert match is not None
    return match[1]


async def test_accounts_are_listed_and_filtered(site: Site) -> None:
    browser = await site.sign_in("administrator")
    page = await browser.open("/admin/accounts")
    assert "Nguyễn Thị Thư" in page.words
    found = await browser.open("/admin/accounts?q=nguyen+thi+thu&role=secretary")
    assert "Nguyễn Thị Thư" in found.words
    assert "Võ Lãnh Đạo" not in found.words


async def test_new_account_has_a_password_that_is_shown_once_and_must_be_changed(site: Site) -> None:
    browser = await site.sign_in("administrator")
    form = [
        ("username", "Moi.Nguoi"),
        ("full_name", "Người Mới"),
        ("unit", str(site.world.office.id)),
        ("role", "secretary"),
        ("role", "clerk"),
        ("site", ""),
    ]
    page = await browser.send("/admin/accounts/new", form)
    assert page.status == 200
    password = password_on(page.text)
    async with site.database.read() as session:
        account = (await session.exec(select(Account).where(Account.username == "moi.nguoi"))).one()
        view = await get_account(session, account.id or 0)
    assert {role.value for role in view.roles} == {"secretary", "clerk"}
    assert "password-once" not in (await browser.open(f"/admin/accounts/{account.id}")).text
    newcomer = site.visit()
    assert await try_sign_in(newcomer, "moi.nguoi", password) == 303
    assert (await newcomer.open("/")).location == "/account"


async def test_new_account_faults_are_said_and_input_is_kept(site: Site) -> None:
    browser = await site.sign_in("administrator")
    form = {"username": "secretary", "full_name": "A", "unit": str(site.world.office.id), "role": "delegate"}
    page = await browser.send("/admin/accounts/new", form)
    assert (page.status, set(page.faults)) == (409, {"username"})
    assert page.value("full_name") == "A"
    assert page.chosen("role") == ["delegate"]
    for changes, field in (
        ({"username": ""}, "username"),
        ({"username": "có dấu"}, "username"),
        ({"username": "ok.name", "role": "emperor"}, "roles"),
        ({"username": "ok.name", "full_name": ""}, "full_name"),
        ({"username": "ok.name", "unit": ""}, "unit"),
        ({"username": "ok.name", "role": "site"}, "roles"),
    ):
        page = await browser.send("/admin/accounts/new", form | changes)
        assert page.status == 422
        assert field in page.faults, changes


async def test_reset_password_is_shown_once_and_ends_sessions(site: Site) -> None:
    administrator, victim = await site.sign_in("administrator"), await site.sign_in("delegate")
    path = f"/admin/accounts/{site.world.accounts['delegate'].id}"
    page = await administrator.send(path, {"do": "reset"})
    assert (await victim.open("/")).status == 303
    assert await try_sign_in(site.visit(), "delegate", password_on(page.text)) == 303


async def test_account_is_disabled_and_enabled(site: Site) -> None:
    administrator, victim = await site.sign_in("administrator"), await site.sign_in("delegate")
    path = f"/admin/accounts/{site.world.accounts['delegate'].id}"
    assert (await administrator.send(path, {"do": "disable"})).status == 303
    assert (await victim.open("/")).status == 303
    assert "Đã khóa" in (await administrator.open("/admin/accounts")).words
    assert (await administrator.send(path, {"do": "enable"})).status == 303
    assert "Đã khóa" not in (await administrator.open("/admin/accounts")).words


async def test_roles_are_changed_and_the_last_administrator_keeps_the_own(site: Site) -> None:
    browser = await site.sign_in("administrator")
    other, own = (site.world.accounts[name].id for name in ("delegate", "administrator"))
    assert (await browser.send(f"/admin/accounts/{other}", [("do", "roles"), ("role", "clerk")])).status == 303
    page = await browser.send(f"/admin/accounts/{own}", [("do", "roles"), ("role", "clerk")])
    assert page.status == 422
    assert "Bạn không thể tự bỏ vai trò quản trị của mình." in page.words
    page = await browser.send(f"/admin/accounts/{own}", {"do": "disable"})
    assert page.status == 422
    assert "Bạn không thể khóa tài khoản của chính mình." in page.words
    assert (await browser.open("/admin/accounts/999999")).status == 404


async def test_audit_log_is_filtered_and_paged(site: Site) -> None:
    browser = await site.sign_in("administrator")
    await browser.send(f"/admin/accounts/{site.world.accounts['delegate'].id}", {"do": "disable"})
    assert await try_sign_in(site.visit(), "delegate", "sai mật khẩu") == 422
    page = await browser.open("/admin/audit?action=account.sign_in")
    assert "Đăng nhập bị từ chối" in page.text.partition("<tbody>")[2]
    assert "Khóa tài khoản" not in page.text.partition("<tbody>")[2]
    about = await browser.open(f"/admin/audit?subject=account:{site.world.accounts['delegate'].id}")
    assert "Khóa tài khoản" in about.text.partition("<tbody>")[2]
    empty = await browser.open("/admin/audit?action=nothing.happened&subject=%22%3E%3Cscript%3E")
    assert "Không có dòng nào khớp" in empty.words
    assert "<script>" not in empty.text.replace('<script type="module"', "").replace("<script defer", "")


async def test_audit_chain_holds_until_somebody_breaks_it(site: Site) -> None:
    browser = await site.sign_in("inspector")
    await try_sign_in(site.visit(), "delegate", "sai mật khẩu")
    assert "Nhật ký toàn vẹn" in (await browser.send("/admin/audit")).words
    async with site.database.engine.begin() as connection:
        triggers = await connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        for (name,) in triggers.all():
            await connection.execute(text(f"DROP TRIGGER {name}"))
        await connection.execute(text("UPDATE audit_entry SET actor = 'ai đó' WHERE id = 1"))
    page = await browser.send("/admin/audit")
    assert "Nhật ký đã bị can thiệp" in page.words
    assert "số 1." in page.words


async def test_every_change_of_an_account_is_in_the_log(site: Site) -> None:
    browser = await site.sign_in("administrator")
    path = f"/admin/accounts/{site.world.accounts['delegate'].id}"
    for do in ("reset", "disable", "enable"):
        await browser.send(path, {"do": do})
    async with site.database.read() as session:
        entries = (await session.exec(select(AuditEntry))).all()
    assert {"account.reset_password", "account.disable", "account.enable"} <= {entry.action for entry in entries}
    assert all(entry.actor == "Lê Quản Trị" for entry in entries if entry.action != "account.sign_in_refused")
