"""Bring the message catalogues up to date with the sources: new messages are added, those that nobody uses are removed.

python tools/words.py [--new LANGUAGE]     # --new: begin a catalogue for another language, such as fr
"""

import argparse
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "callcenter"
LOCALE = SOURCES / "locale"
FILE = "LC_MESSAGES/callcenter.po"
HEAD = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural_forms}\\n"

"""
KEYWORDS = {
    "_": None,
    "gettext": None,
    "sentence": None,
    "translatable": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def messages() -> Catalog:
    """Every message of the sources, with the modules that have it."""
    template = Catalog(charset="utf-8")
    found = extract_from_dir(SOURCES, [("**.py", "python")], keywords=KEYWORDS)
    for file, _line, message, comments, context in found:
        template.add(message, None, [(f"callcenter/{file}", 0)], auto_comments=comments, context=context)
    return template


def read(language: str) -> Catalog:
    """The catalogue of a language."""
    with (LOCALE / language / FILE).open("rb") as file:
        return read_po(file, locale=language)


def write(language: str, catalogue: Catalog) -> None:
    """Sorted by message and without dates and line numbers, so that a change shows what has changed."""
    path, body = LOCALE / language / FILE, BytesIO()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_po(body, catalogue, width=120, sort_output=True, omit_header=True, include_lineno=False)
    head = HEAD.format(language=language, plural_forms=catalogue.plural_forms)
    path.write_bytes(head.encode() + body.getvalue())


def update(language: str) -> tuple[int, int]:
    """Returns how many messages the catalogue has, and how many of them wait for a translation."""
    catalogue = read(language)
    catalogue.update(messages(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    write(language, catalogue)
    return len(catalogue), len([one for one in catalogue if one.id and not is_translated(one)])


def is_translated(message: Message) -> bool:
    """Returns True if every form of this message has a translation."""
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def main() -> None:
    """Update every catalogue, and say what is left to translate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--new", metavar="LANGUAGE", help="begin a catalogue for another language")
    new = parser.parse_args().new
    if new:
        write(new, Catalog(locale=new, charset="utf-8"))
    for path in sorted(LOCALE.glob(f"*/{FILE}")):
        language = path.parents[1].name
        count, waiting = update(language)
        print(f"{language}: {count} messages, {waiting} of them not translated")


if __name__ == "__main__":
    main()
