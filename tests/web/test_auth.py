"""Passwords, tokens and the throttle."""

from datetime import timedelta

import pytest

from meetings.errors import Invalid
from meetings.tokens import hash_token
from tests.factories import NOW
from web.auth import (
    Throttle,
    check_password,
    hash_password,
    new_password,
    normal_username,
    require_good_password,
)


async def test_password_is_hashed_with_argon2id_and_a_salt() -> None:
    one, two = await hash_password("một câu dễ nhớ"), await hash_password("một câu dễ nhớ")
    assert one.startswith("$argon2id$")
    assert one != two
    assert await check_password(one, "một câu dễ nhớ")
    assert not await check_password(one, "một câu khác")


async def test_password_is_the_same_however_its_letters_are_composed() -> None:
    assert await check_password(await hash_password("tiếng Việt"), "tie\u0302\u0301ng Vie\u0323\u0302t")


@pytest.mark.parametrize("stored", ["", "not a hash", "một câu dễ nhớ", "$argon2id$v=19$m=65536,t=3,p=4$broken"])
async def test_hash_that_cannot_be_read_opens_nothing(stored: str) -> None:
    assert not await check_password(stored, "")
    assert not await check_password(stored, "một câu dễ nhớ")


def test_good_password_is_long_and_not_the_name() -> None:
    require_good_password("một câu dễ nhớ", "thuky")
    for bad in ("ngắn", "x" * 129, "thuky-2026-thuky", "ababababababab"):
        with pytest.raises(Invalid):
            require_good_password(bad, "thuky")


def test_new_passwords_are_good_and_never_the_same() -> None:
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        require_good_password(password, "thuky")
        assert not set(password) & set("l1o0i"), "nothing that is read out wrongly"


def test_token_hash_is_sha256() -> None:
    assert hash_token("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_usernames_are_compared_in_one_form() -> None:
    assert normal_username("  ThuKy ") == "thuky"


def test_throttle_forgets_after_its_window() -> None:
    throttle = Throttle(timedelta(minutes=15))
    for minute in range(3):
        throttle.add("a", NOW + timedelta(minutes=minute))
    assert throttle.count("a", NOW + timedelta(minutes=3)) == 3
    assert throttle.count("a", NOW + timedelta(minutes=16)) == 2
    assert throttle.count("a", NOW + timedelta(hours=1)) == 0
    assert throttle.count("b", NOW) == 0


def test_throttle_holds_a_bounded_number_of_names() -> None:
    throttle = Throttle(keys=10)
    for number in range(100):
        throttle.add(f"name:{number}", NOW)
    assert len(throttle.failures) == 10
