"""What the database says it does for a use case."""

from collections.abc import Awaitable
from typing import Any

from sqlalchemy import event

from tests.builders import Centre


class Plans:
    """``lines``: the plans of statements that hold one of ``words``."""

    def __init__(self, centre: Centre, *words: str) -> None:
        self._reader = centre.services.db._reader
        self._words = words
        self.lines: list[str] = []

    async def of(self, use: Awaitable[Any]) -> None:
        statements: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if any(word in statement for word in self._words):
                statements.append((statement, parameters))

        event.listen(self._reader.sync_engine, "before_cursor_execute", note)
        await use
        event.remove(self._reader.sync_engine, "before_cursor_execute", note)
        assert statements
        for statement, parameters in statements:
            self.lines += await self._plan(statement, parameters)

    async def _plan(self, statement: str, parameters: Any) -> list[str]:
        async with self._reader.connect() as connection:
            postgresql = self._reader.dialect.name == "postgresql"
            if postgresql:  # in a table as small as this it would rather read everything
                await connection.exec_driver_sql("BEGIN")
                await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            words = "EXPLAIN " if postgresql else "EXPLAIN QUERY PLAN "
            return [str(row[-1]) for row in (await connection.exec_driver_sql(words + statement, parameters)).all()]
