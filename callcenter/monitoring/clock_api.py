"""The server's clock, for whoever counts to an instant that the server named."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from callcenter.core.unit_of_work import UnitOfWorkFactory
from callcenter.platform.registry import the

router = APIRouter(tags=["health"])


class Now(BaseModel):
    now: datetime


@router.get("/api/time")
async def time() -> Now:
    """What the server's clock shows. Whoever asks knows how long the answer took, and so how far their own is off."""
    return Now(now=the(UnitOfWorkFactory).clock())
