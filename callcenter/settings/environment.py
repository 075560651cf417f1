"""How values come in from outside: from the environment and from ``.env``, as people and tools write them."""

import unicodedata
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from dotenv import dotenv_values
from pydantic import model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from callcenter.settings.plain_text import ENCODING

QUOTES = ("'", '"')
INVISIBLE = "\ufeff\u200b"


def meant(value: str) -> str:
    """A value without what only came along: space around it, and one pair of quotes, which Docker does not take off."""
    text = value.strip().strip(INVISIBLE).strip()
    quoted = len(text) > 1 and text[0] in QUOTES and text[0] == text[-1]
    return text[1:-1] if quoted else text


class FromOutside(BaseSettings):
    """Settings that are read as they are meant. Input is never repeated in an error, nor shown by ``repr``."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding=ENCODING,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _as_meant(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        read = {name: meant(value) if isinstance(value, str) else value for name, value in given.items()}
        broken = [name.upper() for name, value in read.items() if name in cls.model_fields and _has_controls(value)]
        if broken:
            raise ValueError(f"{', '.join(broken)}: there is a line break or another control character in the value")
        return {name: cls._word(name, value) for name, value in read.items() if not cls._left_empty(name, value)}

    @classmethod
    def _left_empty(cls, name: str, value: Any) -> bool:
        """Compose files pass on ``PORT=`` where nothing is set: the default is meant, unless it is a text."""
        field = cls.model_fields.get(name)
        return (
            value == "" and field is not None and field.annotation is not str and "" not in get_args(field.annotation)
        )

    @classmethod
    def _word(cls, name: str, value: Any) -> Any:
        """One word of a list may be written in any case."""
        field = cls.model_fields.get(name)
        chosen = field is not None and get_origin(field.annotation) is Literal and isinstance(value, str)
        return value.lower() if chosen else value

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return []


def _has_controls(value: Any) -> bool:
    return isinstance(value, str) and any(unicodedata.category(one) == "Cc" for one in value)


def kept_in(file: Path) -> dict[str, str]:
    """What a file such as ``.env`` sets; nothing without one. Raises UnicodeDecodeError."""
    found = dotenv_values(file, encoding=ENCODING) if file.exists() else {}
    return {name: value for name, value in found.items() if value is not None}
