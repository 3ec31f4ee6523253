"""The commands on the database, run as a person would. They run an event loop of their own, so no test here has one."""

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from typer.testing import CliRunner, Result

import web.demo
import web.migrations
from meetings.models import Account, Meeting, Role, SignIn, Unit
from meetings.people_store import AccountView, find_account, get_account
from tests.conftest import sqlite_url
from tests.factories import NOW, add_site, add_unit
from web.__main__ import app
from web.auth import check_password
from web.commands.demo import load_if_empty
from web.config import Config
from web.database import Database
from web.demo.people import ACCOUNTS
from web.demo.people import PASSWORD as DEMO_PASSWORD

TABLE = Path(web.demo.__file__).with_name("lamdong-units.csv")
STEPS = Path(web.migrations.__file__).parent / "versions"
PASSWORD = "mật khẩu đủ dài 7"

T = TypeVar("T")
Run = Callable[..., Result]
Ask = Callable[[Callable[[AsyncSession], Awaitable[T]]], T]


@pytest.fixture
def run(data_dir: Path) -> Run:
    def run_command(*argv: str, typed: str = "") -> Result:
        return CliRunner().invoke(app, list(argv), input=typed)

    return run_command


@pytest.fixture
def ask(data_dir: Path) -> Callable[[Callable[[AsyncSession], Awaitable[T]]], T]:
    def ask_database(question: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async def answer() -> T:
            database = Database(sqlite_url(data_dir / "giaoban.sqlite3"))
            try:
                async with database.write() as session:
                    return await question(session)
            finally:
                await database.close()

        return asyncio.run(answer())

    return ask_database


def account_called(username: str) -> Callable[[AsyncSession], Awaitable[AccountView]]:
    async def find(session: AsyncSession) -> AccountView:
        account = await find_account(session, username)
        assert account is not None
        return await get_account(session, account.id or 0)

    return find


async def count_units(session: AsyncSession) -> int:
    return len((await session.exec(select(Unit))).all())


async def count_meetings(session: AsyncSession) -> int:
    return len((await session.exec(select(Meeting))).all())


def accepts(view: AccountView, password: str) -> bool:
    return asyncio.run(check_password(view.account.password_hash, password))


def refused(result: Result) -> str:
    """What a refused command says: exit code 2 and no traceback."""
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result.output


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["meetings", "import", "there-is-none.csv"], "there-is-none.csv"),
        (["meetings", "import"], "FILE"),
        (["meetings", "import", "--dryrun", "x.csv"], "--dryrun"),
        (["ratio", "--frobnicate"], "--frobnicate"),
        (["ratio", "--pair"], "--pair"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_arguments_are_one_line(run: Run, argv: list[str], words: str) -> None:
    [line] = refused(run(*argv)).splitlines()
    assert line.startswith("Error: ")
    assert words in line


def test_no_argument_at_all_is_the_help(run: Run) -> None:
    assert "Usage" in refused(run("meetings"))


def test_migrate_makes_the_database_and_may_be_repeated(run: Run, data_dir: Path) -> None:
    shutil.rmtree(data_dir)
    latest = max(path.name[:4] for path in STEPS.glob("0*.py"))
    for _ in range(2):
        result = run("migrate")
        assert result.exit_code == 0
        assert f"step {latest}" in result.output
    assert (data_dir / "giaoban.sqlite3").is_file()
    assert data_dir.stat().st_mode & 0o077 == 0


def test_wrong_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIAOBAN_PORT", "http")
    assert "GIAOBAN_PORT" in refused(run("migrate"))


def test_data_folder_that_cannot_be_is_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GIAOBAN_DATA_DIR", str(tmp_path / "file" / "data"))
    assert "data folder" in refused(run("migrate"))


def test_database_that_does_not_answer_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIAOBAN_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    assert "does not answer" in refused(run("migrate"))


def test_database_address_that_makes_no_sense_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("nonsense", "mysql://host/name"):
        monkeypatch.setenv("GIAOBAN_DATABASE_URL", wrong)
        assert "GIAOBAN_DATABASE_URL begins with sqlite:/// or postgresql://" in refused(run("migrate"))


def test_units_are_imported_and_reported(run: Run) -> None:
    assert "137 units added, 0 updated, 0 unchanged" in run("units", "import", str(TABLE)).output
    assert "0 units added, 0 updated, 137 unchanged" in run("units", "import", str(TABLE)).output


def test_wrong_line_of_units_is_named_and_nothing_kept(run: Run, tmp_path: Path, ask: Ask[int]) -> None:
    wrong, lines = tmp_path / "wrong.csv", TABLE.read_text(encoding="utf-8").splitlines()
    for change, line in ((("2025-07-01", "2025-13-01"), 42), (("LD", "XX"), 137)):
        changed = [*lines]
        changed[line - 1] = changed[line - 1].replace(*change)
        wrong.write_text("\n".join(changed), encoding="utf-8")
        assert re.search(rf"\b{line}\b", refused(run("units", "import", str(wrong))))
    run("migrate")
    assert ask(count_units) == 0


def test_file_that_is_no_table_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    file.write_bytes(b"gso_code,name\n\xff\xfe")
    assert "UTF-8" in refused(run("units", "import", str(file)))
    file.write_text("")
    refused(run("units", "import", str(file)))
    refused(run("units", "import", str(tmp_path / "missing.csv")))
    refused(run("units", "import", str(tmp_path)))


def test_first_administrator_is_made_on_an_empty_database(run: Run, ask: Ask[AccountView]) -> None:
    result = run("user", "add", "Admin", "--name", "Lê Quản Trị", "--role", "administrator")
    assert result.exit_code == 0
    [password] = re.findall(r"Password: (\S+)", result.output)
    view = ask(account_called("admin"))
    assert (view.name, view.roles) == ("Lê Quản Trị", frozenset({Role.ADMINISTRATOR}))
    assert view.account.must_change_password
    assert accepts(view, password)


def test_password_from_standard_input_is_taken_as_it_is(run: Run, ask: Ask[AccountView]) -> None:
    run("units", "import", str(TABLE))
    result = run(
        *("user", "add", "van.thu", "--name", "Hoàng Thị Lan", "--role", "clerk", "--role", "secretary"),
        *("--unit", "Xã Di Linh", "--position", "Văn thư", "--password-stdin"),
        typed=PASSWORD + "\n",
    )
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    view = ask(account_called("van.thu"))
    assert accepts(view, PASSWORD)
    assert not view.account.must_change_password
    assert view.person is not None
    assert (view.person.position, view.roles) == ("Văn thư", frozenset({Role.CLERK, Role.SECRETARY}))


def test_unit_is_found_by_code_and_left_out_is_the_province(run: Run, ask: Ask[AccountView]) -> None:
    run("user", "add", "admin", "--name", "Trước", "--role", "administrator")  # brings a unit of its own
    run("units", "import", str(TABLE))
    run("user", "add", "mot", "--name", "Một", "--role", "leader", "--unit", "68")
    run("user", "add", "hai", "--name", "Hai", "--role", "leader")
    run("user", "add", "ba", "--name", "Ba", "--role", "leader", "--unit", "UBND tỉnh Lâm Đồng")
    units = {ask(account_called(name)).unit_id for name in ("mot", "hai", "ba")}
    assert len(units) == 1
    assert ask(account_called("admin")).unit_id not in units


def test_site_account_is_made_for_a_site_by_name(run: Run, ask: Ask[Any]) -> None:
    async def make_sites(session: AsyncSession) -> None:
        unit = await add_unit(session)
        for name in ("Điểm cầu xã Di Linh", "Phòng họp", "Phòng họp"):
            await add_site(session, unit, name)

    ask(make_sites)
    assert run("user", "add", "cau", "--role", "site", "--site", "Điểm cầu xã Di Linh").exit_code == 0
    assert ask(account_called("cau")).name == "Điểm cầu xã Di Linh"
    assert "no site" in refused(run("user", "add", "cau2", "--role", "site", "--site", "Điểm cầu lạ"))
    assert "2 sites" in refused(run("user", "add", "cau2", "--role", "site", "--site", "Phòng họp"))


@pytest.mark.parametrize(
    ("argv", "typed"),
    [
        (("moi", "--role", "leader"), ""),
        (("moi", "--name", "Mới", "--role", "king"), ""),
        (("moi", "--name", "Mới"), ""),
        (("Tên có dấu", "--name", "Mới", "--role", "leader"), ""),
        (("admin", "--name", "Trùng", "--role", "leader"), ""),
        (("moi", "--name", "Mới", "--role", "leader", "--unit", "Xã Không Có"), ""),
        (("moi", "--name", "Mới", "--role", "leader", "--unit", "68", "--site", "Điểm cầu"), ""),
        (("moi", "--name", "Mới", "--role", "site"), ""),
        (("moi", "--name", "Mới", "--role", "leader", "--password-stdin"), "ngắn\n"),
        (("moi", "--name", "Mới", "--role", "leader", "--password-stdin"), ""),
    ],
)
def test_wrong_account_is_refused(run: Run, argv: tuple[str, ...], typed: str) -> None:
    run("user", "add", "admin", "--name", "Lê Quản Trị", "--role", "administrator")
    refused(run("user", "add", *argv, typed=typed))


def test_reset_gives_a_new_password_and_ends_sessions(run: Run, ask: Ask[AccountView]) -> None:
    run("user", "add", "admin", "--name", "Lê Quản Trị", "--role", "administrator")

    async def sign_in(session: AsyncSession) -> AccountView:
        view = await account_called("admin")(session)
        session.add(
            SignIn(
                token_hash="t",
                account_id=view.account.id or 0,
                csrf_token="c",
                created_at=NOW,
                seen_at=NOW,
                expires_at=NOW,
            )
        )
        return view

    async def check(session: AsyncSession) -> AccountView:
        assert (await session.exec(select(SignIn))).all() == []
        return await account_called("admin")(session)

    ask(sign_in)
    assert run("user", "reset", "ADMIN", "--password-stdin", typed=PASSWORD).exit_code == 0
    view = ask(check)
    assert accepts(view, PASSWORD)
    result = run("user", "reset", "admin")
    [made] = re.findall(r"Password: (\S+)", result.output)
    assert accepts(ask(account_called("admin")), made)
    assert not accepts(ask(account_called("admin")), PASSWORD)


def test_reset_of_nobody_is_refused(run: Run) -> None:
    assert "nobody" in refused(run("user", "reset", "nobody"))


def test_demo_is_loaded_told_and_removed(run: Run, ask: Ask[Any], data_dir: Path) -> None:
    loaded = run("demo", "load")
    assert loaded.exit_code == 0
    assert DEMO_PASSWORD in loaded.output
    assert all(account.username in loaded.output for account in ACCOUNTS)
    assert ask(count_meetings) > 100
    assert accepts(ask(account_called("thuky")), DEMO_PASSWORD)
    assert "loaded already" in refused(run("demo", "load"))
    assert f"{len(ACCOUNTS)} accounts" in run("demo", "remove").output
    assert (ask(count_meetings), ask(count_units)) == (0, 0)
    assert list((data_dir / "recordings").iterdir()) == []
    assert "0 meetings, 0 accounts, 0 units" in run("demo", "remove").output


def test_demo_is_loaded_by_itself_only_without_accounts(run: Run, ask: Ask[int]) -> None:
    async def count_accounts(session: AsyncSession) -> int:
        return len((await session.exec(select(Account))).all())

    run("user", "add", "admin", "--name", "Lê Quản Trị", "--role", "administrator")
    assert load_if_empty(Config()) is False
    assert ask(count_accounts) == 1


@pytest.mark.parametrize(
    "argv", [(), ("migrate",), ("units",), ("units", "import"), ("user", "add"), ("user", "reset"), ("demo", "load")]
)
def test_help_says_what_a_command_does(run: Run, argv: tuple[str, ...]) -> None:
    result = run(*argv, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5


def test_target_is_set_and_listed(run: Run) -> None:
    made = run("target", "set", "province", "commune", "--above", "80", "--from", "2026-01-01", "--basis", "Kế hoạch")
    assert (made.exit_code, made.output) == (0, "province -> commune: > 80 % from 2026-01-01.\n")
    assert "> 80 %" in run("target", "list").output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "2026-01-01"], "give either --above or --at-least"),
        (["--from", "2026-01-01", "--above", "80", "--at-least", "80"], "give either --above or --at-least"),
        (["--from", "2026-01-01", "--above", "800"], "from 0 to 100"),
        (["--from", "1/1/2026", "--above", "80"], "--from"),
    ],
)
def test_wrong_target_is_told_in_a_line(run: Run, options: list[str], message: str) -> None:
    refused = run("target", "set", "province", "commune", *options)
    assert refused.exit_code == 2
    assert message in refused.output
