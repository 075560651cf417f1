"""Shapes of sign-ins and registrations in the API."""

from typing import Literal

from pydantic import BaseModel, Field

from callcenter.accounts.passwords import MOST_TYPED
from callcenter.entry.api_schemas import Agent


class SignedIn(BaseModel):
    """A bearer token and whose it is. Field names as in OAuth 2."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiJ9.e30.c2ln"])
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int = Field(examples=[28800], description="Seconds")
    agent: Agent


class Registration(BaseModel):
    """A new account. Outside of development an invitation is needed; it also decides the role."""

    username: str = Field(max_length=64, examples=["dora"])
    password: str = Field(max_length=MOST_TYPED, examples=["a long password"])
    full_name: str = Field(max_length=200, examples=["Dora Dietz"])
    invitation: str = Field("", max_length=200)
