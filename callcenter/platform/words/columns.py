"""The heads of the columns of files, in words."""

from collections.abc import Sequence

from callcenter.platform.words.catalogues import translatable, translated

HEADS = {
    "id": translatable("Call number"),
    "start_time": translatable("Start (UTC)"),
    "direction": translatable("Direction"),
    "caller_id": translatable("Phone number"),
    "agent_id": translatable("Agent number"),
    "agent_name": translatable("Agent"),
    "status": translatable("Result"),
    "reason": translatable("Reason"),
    "waited": translatable("Waited (seconds)"),
    "duration": translatable("Talked (seconds)"),
    "local_time": translatable("Start (local time)"),
}


def heads(columns: Sequence[str], language: str) -> list[str]:
    """The heads of these columns, for somebody who reads this language."""
    return [translated(language, HEADS[column]) for column in columns]
