"""The indicator on paper: the number, how it is reckoned, and its tables. Words and figures in, the paper out."""

from collections.abc import Sequence
from dataclasses import dataclass

from meetings.printing.wording import Annex, clean_value

WIDTH = 165  # millimetres of a page's text


@dataclass(frozen=True)
class Table:
    """``shares``: how wide the columns are beside each other; all but the first are figures."""

    title: str
    columns: tuple[str, ...]
    shares: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class RatioPaper:
    """``share`` and ``verdict`` stand large; ``facts`` (name, value) below them, then ``notes`` and the tables."""

    title: str
    author: str
    subject: str
    share: str
    verdict: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class RatioSheet:
    """What is printed."""

    title: str
    author: str
    subject: str
    share: str
    verdict: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    tables: tuple[Annex, ...]


def build_ratio_sheet(paper: RatioPaper) -> RatioSheet:
    tables = tuple(_make_annex(table) for table in paper.tables if table.rows)
    return clean_value(
        RatioSheet(
            paper.title, paper.author, paper.subject, paper.share, paper.verdict, paper.facts, paper.notes, tables
        )
    )


def _make_annex(table: Table) -> Annex:
    return Annex(
        label="",
        title=table.title,
        columns=table.columns,
        rows=table.rows,
        widths=_spread(table.shares),
        centred=tuple(range(1, len(table.columns))),
    )


def _spread(shares: Sequence[int]) -> tuple[int, ...]:
    """The page's width shared out in whole millimetres."""
    widths = [WIDTH * share // sum(shares) for share in shares]
    widths[0] += WIDTH - sum(widths)
    return tuple(widths)
