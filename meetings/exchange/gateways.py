"""What one gateway of the exchange axis writes otherwise than another: code tables, as data.

The regulation leaves these open, and those who run gateways filled them in differently. A table of one's own is a JSON
file with the fields of ``Gateway``, named in the settings.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

from meetings.errors import N_, Invalid
from meetings.kinds import DocumentKind

BAD_TABLE = N_("Bảng mã của trục liên thông không đọc được.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """``types``: DocumentType/Type by kind of document; ``steering``: SteeringType where nothing is directed;
    ``normal`` and ``urgent``: Priority; ``status_element``: the tag of a status message.

    The addresses, below that of the gateway: where documents go, where statuses wait, and where one is told done.
    """

    types: Mapping[str, str]
    steering: str
    status_element: str = "Status"
    normal: str = "0"
    urgent: str = "1"
    send_path: str = "documents"
    statuses_path: str = "statuses"
    status_path: str = "statuses/{id}"
    done_path: str = "statuses/{id}/received"


def _number(invitation: str, minutes: str = "15", notice: str = "7", letter: str = "18") -> dict[str, str]:
    return {
        DocumentKind.INVITATION.value: invitation,
        DocumentKind.MINUTES.value: minutes,
        DocumentKind.NOTICE.value: notice,
        DocumentKind.CORRECTION.value: letter,
    }


GATEWAYS: Mapping[str, Gateway] = {
    "ordinal": Gateway(types=_number("25"), steering="1"),  # places in the older list of 32 kinds
    "nd30": Gateway(types=_number("23"), steering="1"),  # places in the list of 29 kinds of NĐ 30/2020/NĐ-CP
    "category": Gateway(types=_number("2", "2", "2", "2"), steering="0"),  # 2: administrative
}


def read_gateway(text: str) -> Gateway:
    """A table from JSON. What it leaves out is as in "ordinal"."""
    standard = GATEWAYS["ordinal"]
    try:
        given = json.loads(text)
        names = {each.name for each in fields(Gateway)}
        if not isinstance(given, dict) or not set(given) <= names:
            raise Invalid(BAD_TABLE)
        types = given.pop("types", {})
        values = [*types.items(), *given.items()]
        if not set(types) <= set(standard.types) or not all(isinstance(value, str) for _name, value in values):
            raise Invalid(BAD_TABLE)
    except (ValueError, AttributeError) as error:
        raise Invalid(BAD_TABLE) from error
    return Gateway(**{"steering": standard.steering, **given}, types={**standard.types, **types})
