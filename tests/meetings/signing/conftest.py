"""One authority, and one paper to be signed, for all tests of signatures."""

import pytest

from tests.authority import Authority, make_authority, make_paper


@pytest.fixture(scope="package")
def authority() -> Authority:
    return make_authority()


@pytest.fixture(scope="package")
def paper() -> bytes:
    return make_paper()
