"""Collect every text for people from the sources and bring ``web/locales/en.po`` up to it.

    python web/locales/messages.py          # add what is new (untranslated), drop what is gone, say what is missing
    python web/locales/messages.py --check  # write nothing; exit 1 when a text has no English or none needs it

A text stands in Python as ``_("…")``, ``N_("…")`` or ``ngettext("…", "…", n)``, in templates likewise, in the browser's
scripts as ``t("…")``. Fields are ``{named}`` and must be the same in both languages.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "web" / "locales" / "en.po"
PACKAGES = ("meetings", "signaling", "transcripts", "web")
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "t": None, "ngettext": (1, 2)}
METHODS = [
    ("static/vendor/**", "ignore"),
    ("demo/**", "ignore"),
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("static/js/**.js", "javascript"),
]
OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
HEADER = """# English texts of Giao Ban. Made by web/locales/messages.py; the translations are written by hand.
msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def extract() -> Catalog:
    """Every text in the sources, with the files it stands in."""
    catalog = Catalog(locale="en", project="Giao Ban", charset="utf-8")
    for package in PACKAGES:
        found = extract_from_dir(
            str(ROOT / package),
            method_map=METHODS,
            options_map=OPTIONS,
            keywords=KEYWORDS,
            comment_tags=(),
        )
        for file, _line, text, _comments, _context in found:
            catalog.add(text, None, [(f"{package}/{file}", 0)])
    return catalog


def read_present() -> Catalog:
    if not TARGET.exists():
        return Catalog(locale="en")
    with TARGET.open("rb") as source:
        return read_po(source, locale="en")


def messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def is_translated(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def fields_of(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)[^}]*\}", text))


def wrong_fields(message: Message) -> bool:
    """Whether the translation has other fields than the text."""
    source = message.id[0] if isinstance(message.id, tuple | list) else message.id
    strings = message.string if isinstance(message.string, tuple | list) else [message.string]
    return any(string and fields_of(string) != fields_of(source) for string in strings)


def list_faults(present: Catalog, wanted: Catalog) -> list[str]:
    """One line for each text that has no English, that nothing uses any more, or whose fields differ."""
    faults = []
    for message in messages(wanted):
        found = present.get(message.id)
        if found is None or not is_translated(found):
            faults.append(f"missing: {message.id}")
        elif wrong_fields(found):
            faults.append(f"other fields: {message.id}")
    faults.extend(f"obsolete: {message.id}" for message in messages(present) if wanted.get(message.id) is None)
    return faults


def merge(present: Catalog, wanted: Catalog) -> Catalog:
    for message in messages(wanted):
        found = present.get(message.id)
        if found is not None and found.string:
            message.string = found.string
    return wanted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a text has no English")
    wanted, present = extract(), read_present()
    if not parser.parse_args().check:
        merged = merge(present, wanted)
        written = io.BytesIO()
        write_po(written, merged, width=120, sort_output=True, include_lineno=False, omit_header=True)
        TARGET.write_bytes(HEADER.encode() + written.getvalue().lstrip())
        present, wanted = read_present(), extract()
    faults = list_faults(present, wanted)
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
