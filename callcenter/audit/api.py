"""The audit log, for administrators."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from callcenter.audit.domain import AuditAction
from callcenter.audit.service import AuditEntry, AuditService
from callcenter.entry.api_caller import Caller
from callcenter.platform.http.parameters import Id, Instant
from callcenter.platform.http.problem_details import may_answer
from callcenter.platform.registry import the

router = APIRouter(prefix="/api/audit", tags=["audit log"], responses=may_answer(401, 403, 422))


class AuditLine(BaseModel):
    """Something that somebody did."""

    id: int = Field(examples=[311])
    at: datetime
    by: str = Field(examples=["anna"], description="A user name; `system` for the command line and for strangers")
    action: str = Field(examples=["dial.refused"])
    subject: str = Field(examples=["+499001123456"])
    detail: dict[str, Any] = Field(examples=[{"rule": "premium_not_allowed"}])

    @classmethod
    def of(cls, entry: AuditEntry) -> "AuditLine":
        return cls(
            id=entry.id, at=entry.at, by=entry.by, action=entry.action, subject=entry.subject, detail=entry.detail
        )


@router.get("")
async def audit_log(
    caller: Caller,
    before: Annotated[Id | None, Query(description="The last `id` one has seen")] = None,
    since: Annotated[Instant | None, Query(description="At or after")] = None,
    action: Annotated[AuditAction | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[AuditLine]:
    """Who did what to whom, the latest first; for administrators."""
    found = await the(AuditService).list(caller, before=before, since=since, action=action, limit=limit)
    return [AuditLine.of(entry) for entry in found]
