"""Column types that both databases read alike, and the registry of tables."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator
from sqlmodel import MetaData, SQLModel

metadata: MetaData = SQLModel.metadata


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Comes back aware and in UTC from every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[Any]):
    """A StrEnum stored by value, so that the database reads as plain words."""

    impl = String(32)
    cache_ok = True

    def __init__(self, kind: type) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(self.kind(value).value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.kind(value)


def _instant(nullable: bool = True, **options: Any) -> Any:
    return Column(UtcDateTime(), nullable=nullable, **options)


def _word(kind: type, nullable: bool = False) -> Any:
    return Column(Word(kind), nullable=nullable)


BYTE_ORDER = String(64).with_variant(String(64, collation="C"), "postgresql")
"""Sorted so that what begins alike stands together, as SQLite does by itself."""
