"""The tokens with which LiveKit signs its notifications, told from all the others that its keys sign."""

import base64
import binascii
from hashlib import sha256
from typing import Any

import jwt

from callcenter.platform.errors import NotSignedIn
from callcenter.settings import Settings

LONGEST = 2000
LEEWAY_SECONDS = 60
"""How far LiveKit's clock may be from ours."""
SAID = frozenset({"iss", "exp", "nbf", "iat", "jti", "sha256"})
"""What the token of a notification says. A room token, signed with whichever key, names its holder and their grants."""


class Seals:
    """Checks signatures without looking at bodies: a body that nobody has signed for need not be read."""

    def __init__(self, settings: Settings) -> None:
        self._secrets = {key: secret for key, secret in reversed(settings.livekit_keys) if key and secret}

    def digest(self, authorization: str) -> bytes:
        """The SHA-256 of the body that LiveKit has signed. Raises NotSignedIn for any other token."""
        try:
            claims = self._claims(authorization)
            if any(value for name, value in claims.items() if name not in SAID):
                raise ValueError("a token for something else")
            digest = base64.b64decode(claims["sha256"], validate=True)
            if len(digest) != sha256().digest_size:
                raise ValueError("no hash of a body")
            return digest
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, binascii.Error):
            raise NotSignedIn("notification_not_signed") from None

    def _claims(self, authorization: str) -> dict[str, Any]:
        """What the key that is said to have signed it has signed, and in time."""
        if len(authorization) > LONGEST:
            raise ValueError("too long")
        said = jwt.decode(authorization, options={"verify_signature": False})["iss"]
        options: Any = {"require": ["iss", "exp", "sha256"]}
        return jwt.decode(
            authorization, self._secrets[said], ["HS256"], issuer=said, leeway=LEEWAY_SECONDS, options=options
        )


def check_body(body: str, digest: bytes) -> None:
    """Raises NotSignedIn unless ``digest``, which LiveKit has signed, is that of this body."""
    if sha256(body.encode()).digest() != digest:
        raise NotSignedIn("notification_changed")
