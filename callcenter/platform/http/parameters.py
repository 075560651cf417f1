"""Parameters that many routes take."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from callcenter.platform.bounds import LARGEST_ID, instant

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Instant = Annotated[AwareDatetime, AfterValidator(instant)]
EMPTY_IS_NONE = BeforeValidator(lambda value: value or None)
"""A form sends every field, the empty ones as well."""
