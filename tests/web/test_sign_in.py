"""Signing in and out, and everything that must not let anybody in."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from multidict import CIMultiDict
from sqlmodel import col, select

from meetings.models import Account, AuditEntry, SignIn
from meetings.tokens import hash_token
from tests.browsing import Browser, Page, Site, open_site
from tests.factories import NOW, World
from web.auth import (
    ADDRESS_FAILURES,
    COOKIE,
    FAILURES,
    SignInRefused,
    Throttle,
    TooManyAttempts,
    Visitor,
    hash_password,
    sign_in,
)
from web.database import Database
from web.middlewares import FORM_COOKIE
from web.pages.sign_in import safe_next

PASSWORD = "giao ban tháng mười một"
WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng"
PAUSED = "Việc đăng nhập tạm dừng 15 phút"


@pytest.fixture
async def ready(site: Site) -> Site:
    """The site with a real password for the secretary."""
    async with site.database.write() as session:
        account = await session.get_one(Account, site.world.accounts["secretary"].id)
        account.password_hash = await hash_password(PASSWORD)
        session.add(account)
    return site


async def try_sign_in(browser: Browser, username: str, password: str, **more: str) -> Page:
    await browser.open("/login")
    return await browser.send("/login", {"username": username, "password": password, **more})


async def list_sign_ins(site: Site) -> list[SignIn]:
    async with site.database.read() as session:
        return list((await session.exec(select(SignIn))).all())


async def list_actions(site: Site) -> list[str]:
    async with site.database.read() as session:
        return [entry.action for entry in (await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all()]


async def test_sign_in_opens_a_session_and_leads_on(ready: Site) -> None:
    browser = ready.visit()
    page = await try_sign_in(browser, "Secretary ", PASSWORD, next="/meetings?view=month")
    assert (page.status, page.location) == (303, "/meetings?view=month")
    assert "Nguyễn Thị Thư" in (await browser.open("/")).words
    rows = await list_sign_ins(ready)
    assert [row.token_hash for row in rows] == [hash_token(browser.cookie())], "only the hash is stored"


async def test_sign_in_cookie_is_closed_to_scripts_and_other_sites(ready: Site) -> None:
    page = await try_sign_in(ready.visit(), "secretary", PASSWORD)
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(("username", "password"), [("secretary", "sai mật khẩu"), ("nobody", PASSWORD)])
async def test_sign_in_refusal_is_the_same_for_a_wrong_password_and_an_unknown_name(
    ready: Site, username: str, password: str
) -> None:
    browser = ready.visit()
    page = await try_sign_in(browser, username, password)
    assert page.status == 422
    assert WRONG in page.words
    assert page.value("username") == username, "the name is kept"
    assert page.value("password") == ""
    assert await list_sign_ins(ready) == []
    assert await list_actions(ready) == ["account.sign_in_refused"]


@pytest.mark.parametrize("username", ["secretary", "nobody"])
async def test_five_wrong_passwords_pause_the_name_for_15_minutes(ready: Site, username: str) -> None:
    browser = ready.visit()
    for _ in range(5):
        assert (await try_sign_in(browser, username, "sai mật khẩu")).status == 422
    page = await try_sign_in(browser, username, PASSWORD)
    assert page.status == 429
    assert PAUSED in page.words
    ready.clock.move(minutes=16)
    page = await try_sign_in(browser, username, PASSWORD)
    assert page.status == (303 if username == "secretary" else 422)


async def test_right_password_forgets_the_wrong_ones(ready: Site) -> None:
    browser = ready.visit()
    for _ in range(2):
        for _ in range(4):
            await try_sign_in(browser, "secretary", "sai mật khẩu")
        assert (await try_sign_in(ready.visit(), "secretary", PASSWORD)).status == 303


async def test_address_with_many_failures_is_paused(ready: Site) -> None:
    browser = ready.visit()
    for number in range(30):
        assert (await try_sign_in(browser, f"nobody{number}", "x")).status == 422
    assert (await try_sign_in(browser, "secretary", PASSWORD)).status == 429


async def test_wrong_passwords_at_the_same_time_count_each(any_database: Database, any_world: World) -> None:
    async with any_database.write() as session:
        account = await session.get_one(Account, any_world.accounts["secretary"].id)
        account.password_hash = await hash_password(PASSWORD)
        session.add(account)
    throttle, visitor = Throttle(), Visitor("10.0.0.1", "")
    tries = [sign_in(any_database, throttle, "secretary", "wrong", visitor, NOW) for _ in range(FAILURES)]
    assert {type(refusal) for refusal in await asyncio.gather(*tries, return_exceptions=True)} == {SignInRefused}
    with pytest.raises(TooManyAttempts):
        await sign_in(any_database, throttle, "secretary", PASSWORD, visitor, NOW)


async def test_paused_address_costs_no_hashing(ready: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    throttle, visitor = Throttle(), Visitor("10.0.0.1", "")
    for _ in range(ADDRESS_FAILURES):
        throttle.add(f"address:{visitor.address}", NOW)
    monkeypatch.setattr("web.auth.check_password", pytest.fail)
    with pytest.raises(TooManyAttempts):
        await sign_in(ready.database, throttle, "secretary", PASSWORD, visitor, NOW)


async def test_browser_that_names_itself_in_no_letters_is_let_in(ready: Site) -> None:
    browser = ready.visit()
    await browser.open("/login")
    form = urlencode({"username": "secretary", "password": PASSWORD, "csrf_token": browser.csrf})
    head = (
        "POST /login HTTP/1.1",
        "Host: localhost",
        "Connection: close",
        f"Cookie: {FORM_COOKIE}={browser.cookie(FORM_COOKIE)}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(form)}",
        "User-Agent: ",
    )
    reader, writer = await asyncio.open_connection(ready.server.host, ready.server.port)
    writer.write("\r\n".join(head).encode() + b"\xff\xfe\r\n\r\n" + form.encode())
    assert int((await reader.read()).split()[1]) == 303
    writer.close()
    [row] = await list_sign_ins(ready)
    assert row.user_agent == "??"


def forward(address: str) -> dict[str, Any]:
    """The header of a proxy."""
    return {"X-Forwarded-For": address}


async def test_proxy_says_whose_failures_they_are(database: Database, world: World, tmp_path: Path) -> None:
    async with open_site(database, world, tmp_path, origin="http://hop.example.vn") as site:
        for address in ("10.0.0.1", "10.0.0.2"):
            browser = site.visit()
            for number in range(30):
                await browser.open("/login")
                form = {"username": f"nobody{address}{number}", "password": "x"}
                page = await browser.send("/login", form, X_Forwarded_For=f"evil, {address}")
                assert page.status == 422
        await browser.open("/login")
        page = await browser.send("/login", form | {"username": "nobody"}, X_Forwarded_For="10.0.0.2")
        assert page.status == 429
        two_lines = [("X-Forwarded-For", "10.0.0.9"), ("X-Forwarded-For", "10.0.0.2")]
        typed = form | {"username": "nobody", "csrf_token": browser.csrf}
        page = await browser.request("POST", "/login", data=typed, headers=CIMultiDict(two_lines))
        assert page.status == 429, "what the sender named itself counts for nothing"


async def test_disabled_account_cannot_sign_in_and_its_session_ends(ready: Site) -> None:
    browser = await ready.sign_in("secretary")
    async with ready.database.write() as session:
        account = await session.get_one(Account, ready.world.accounts["secretary"].id)
        account.disabled_at = ready.clock()
        session.add(account)
    assert (await browser.open("/")).location.startswith("/login")
    assert (await try_sign_in(ready.visit(), "secretary", PASSWORD)).status == 422


async def test_empty_fields_are_asked_for_and_not_counted(ready: Site) -> None:
    page = await try_sign_in(ready.visit(), "secretary", "")
    assert page.status == 422
    assert "Hãy nhập cả tên đăng nhập và mật khẩu" in page.words
    assert await list_actions(ready) == []


async def test_sign_in_form_without_its_token_is_refused(ready: Site) -> None:
    browser = ready.visit()
    await browser.open("/login")
    page = await browser.send("/login", {"username": "secretary", "password": PASSWORD}, csrf="")
    assert page.status == 403
    assert "Không có gì được lưu" in page.words
    assert await list_sign_ins(ready) == []


async def test_sign_in_form_with_the_token_of_another_browser_is_refused(ready: Site) -> None:
    stranger, browser = ready.visit(), ready.visit()
    await stranger.open("/login")
    await browser.open("/login")
    form = {"username": "secretary", "password": PASSWORD}
    assert (await browser.send("/login", form, csrf=stranger.csrf)).status == 403


async def test_sign_in_from_a_foreign_origin_is_refused(ready: Site) -> None:
    browser = ready.visit()
    await browser.open("/login")
    form = {"username": "secretary", "password": PASSWORD}
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        assert (await browser.send("/login", form, Origin=origin)).status == 403
    own = str(ready.server.make_url("/")).rstrip("/")
    assert (await browser.send("/login", form, Origin=own)).status == 303


async def test_session_is_never_one_that_was_planted(ready: Site) -> None:
    browser = ready.visit()
    browser.set_cookie(COOKIE, "planted-by-somebody-else")
    await try_sign_in(browser, "secretary", PASSWORD)
    assert browser.cookie() != "planted-by-somebody-else"
    planted = ready.visit()
    planted.set_cookie(COOKIE, "planted-by-somebody-else")
    assert (await planted.open("/")).status == 303


async def test_sign_out_makes_the_cookie_worthless(ready: Site) -> None:
    browser = await ready.sign_in("secretary")
    token = browser.cookie()
    page = await browser.send("/logout")
    assert (page.status, page.location) == (303, "/login")
    assert await list_sign_ins(ready) == []
    thief = ready.visit()
    thief.set_cookie(COOKIE, token)
    assert (await thief.open("/")).location == "/login?next=%2F"


async def test_sign_out_needs_the_form_token(ready: Site) -> None:
    browser = await ready.sign_in("secretary")
    assert (await browser.send("/logout", csrf="")).status == 403
    assert (await browser.open("/")).status == 200


async def test_form_token_of_one_session_is_foreign_to_another(ready: Site) -> None:
    one, other = await ready.sign_in("secretary"), await ready.sign_in("office")
    assert one.csrf != other.csrf
    assert (await one.send("/logout", csrf=other.csrf)).status == 403


async def test_idle_session_ends_after_eight_hours_and_a_used_one_after_a_day(ready: Site) -> None:
    idle, used = await ready.sign_in("secretary"), await ready.sign_in("office")
    for _ in range(3):
        ready.clock.move(hours=5)
        assert (await used.open("/account")).status == 200
    assert (await idle.open("/account")).status == 303
    ready.clock.move(hours=7)
    assert (await used.open("/account")).status == 200
    ready.clock.move(hours=3)
    assert (await used.open("/account")).status == 303, "a day is the longest"


async def test_sign_in_when_signed_in_leads_on(ready: Site) -> None:
    browser = await ready.sign_in("secretary")
    assert (await browser.open("/login?next=/meetings")).location == "/meetings"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:x=1\r\n",
        "http:evil.example",
        "evil.example",
        "//[",
        "",
        "/login",
        "/logout",
    ],
)
def test_safe_next_keeps_to_this_site(target: str) -> None:
    assert safe_next(target) == "/"


async def test_sign_in_does_not_lead_to_another_site(ready: Site) -> None:
    page = await try_sign_in(ready.visit(), "secretary", PASSWORD, next="//evil.example/")
    assert page.location == "/"


async def test_password_that_must_be_changed_comes_first(ready: Site) -> None:
    async with ready.database.write() as session:
        account = await session.get_one(Account, ready.world.accounts["secretary"].id)
        account.must_change_password = True
        session.add(account)
    browser = await ready.sign_in("secretary")
    for path in ("/", "/meetings", "/meetings/new", "/nothing"):
        assert (await browser.open(path)).location == "/account"
    assert (await browser.send("/meetings/new", {"title": "x"})).location == "/account"
    form = {"password": PASSWORD, "new_password": "một câu dễ nhớ", "again": "một câu dễ nhớ"}
    assert (await browser.send("/account/password", form)).location == "/account?done=password"
    assert (await browser.open("/")).status == 200


async def test_password_change_ends_other_sessions_and_keeps_this_one(ready: Site) -> None:
    here, elsewhere = await ready.sign_in("secretary"), await ready.sign_in("secretary")
    form = {"password": PASSWORD, "new_password": "một câu dễ nhớ", "again": "một câu dễ nhớ"}
    assert (await here.send("/account/password", form)).status == 303
    assert (await here.open("/")).status == 200
    assert (await elsewhere.open("/")).status == 303
    assert (await try_sign_in(ready.visit(), "secretary", PASSWORD)).status == 422
    assert (await try_sign_in(ready.visit(), "secretary", "một câu dễ nhớ")).status == 303


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"password": "sai", "new_password": "một câu dễ nhớ", "again": "một câu dễ nhớ"}, "password"),
        ({"password": PASSWORD, "new_password": "một câu dễ nhớ", "again": "câu khác hẳn"}, "again"),
        ({"password": PASSWORD, "new_password": "ngắn", "again": "ngắn"}, "new_password"),
        ({"password": PASSWORD, "new_password": "x" * 200, "again": "x" * 200}, "new_password"),
        ({"password": PASSWORD, "new_password": "aaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaa"}, "new_password"),
        ({"password": PASSWORD, "new_password": "my secretary 2026", "again": "my secretary 2026"}, "new_password"),
        ({"password": PASSWORD, "new_password": PASSWORD, "again": PASSWORD}, "new_password"),
    ],
)
async def test_bad_new_password_is_refused_at_its_field(ready: Site, form: dict[str, str], field: str) -> None:
    browser = await ready.sign_in("secretary")
    page = await browser.send("/account/password", form)
    assert page.status == 422
    assert field in page.faults
    assert not any(value in page.text for value in form.values() if len(value) > 6), "no password comes back"


async def test_visitor_is_asked_to_sign_in_and_comes_back(ready: Site) -> None:
    browser = ready.visit()
    assert (await browser.open("/meetings?view=month")).location == "/login?next=%2Fmeetings%3Fview%3Dmonth"
    page = await browser.open("/meetings", Accept="application/json")
    assert page.status == 401
    page = await browser.open("/meetings", **{"HX-Request": "true"})
    assert (page.status, page.headers["HX-Redirect"]) == (401, "/login")


async def test_language_and_text_size_are_remembered(ready: Site) -> None:
    browser = await ready.sign_in("secretary")
    page = await browser.send("/display", {"locale": "en", "next": "/account"})
    assert page.location == "/account"
    page = await browser.open("/account")
    assert 'lang="en"' in page.text
    await browser.send("/display", {"text_size": "2", "next": "/account"})
    assert 'class="text-2"' in (await browser.open("/account")).text
    again = await ready.sign_in("secretary")
    assert 'lang="en"' in (await again.open("/account")).text, "the account keeps the language"
    visitor = ready.visit()
    await visitor.open("/login")
    await visitor.send("/display", {"locale": "en", "next": "/login"})
    assert 'lang="en"' in (await visitor.open("/login")).text
    await visitor.send("/display", {"locale": "xx", "text_size": "9"})
    assert 'lang="en"' in (await visitor.open("/login")).text


async def test_expired_sessions_are_swept_by_the_next_sign_in(ready: Site) -> None:
    await ready.sign_in("office")
    ready.clock.now += timedelta(days=2)
    await try_sign_in(ready.visit(), "secretary", PASSWORD)
    assert len(await list_sign_ins(ready)) == 1
