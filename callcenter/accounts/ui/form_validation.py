"""What a form about an account may say, checked before the service is asked, so that the right field is named."""

from typing import Any

from callcenter.accounts import passwords
from callcenter.accounts.service import USERNAME, tidy_full_name, username_key
from callcenter.core.domain.agents import Role
from callcenter.platform.errors import InvalidInput, Refusal
from callcenter.platform.words.catalogues import SOURCE
from callcenter.platform.words.refusals import said


def what_is_wrong(
    username: str | None, full_name: str | None, password: str, language: str = SOURCE
) -> tuple[str, str]:
    """The first field that will not do, and a key or sentence saying why; two empty strings when all is well."""
    try:
        tidy_full_name("Nobody" if full_name is None else full_name)
    except InvalidInput:
        return "full_name", "full_name"
    if username is not None and not USERNAME.fullmatch(username_key(username)):
        return "username", "username"
    try:
        passwords.check_rules(password)
    except InvalidInput as refusal:
        return "password", said(refusal, language)
    return "", ""


def field_of(refusal: Refusal) -> str:
    """Where a refusal of the service is shown."""
    return {"username_taken": "username", "weak_password": "password"}.get(refusal.code, "form")


def read_role(value: Any) -> Role:
    """What a select sent; an agent when it makes no sense."""
    return Role(value) if value in list(Role) else Role.AGENT
