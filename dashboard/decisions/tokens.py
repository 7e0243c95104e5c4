"""Signed tokens (JWT) that name a person: signature, issuer, audience and expiry are checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import jwt

from dashboard.decisions.identity import Person, canonical_identity

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Algorithms with a public key. With a symmetric key, everyone who can verify could also sign."""
LEEWAY = 30.0
"""Seconds by which the clocks of the issuer and of this server may differ."""


@dataclass(frozen=True)
class TokenVerifier:
    """Verifier of the tokens that an issuer makes for this server.

    Attributes
    ----------
    keys : Path
        File with the public keys of the issuer (JWKS). It is read for each token.
    claim : str
        Claim with the identity.
    groups : str
        Claim with the list of groups; empty for none.
    """

    keys: Path
    issuer: str
    audience: str
    claim: str = "email"
    groups: str = ""

    def person(self, token: bytes) -> Person | None:
        """Person whom a token names; `None` if the token is not valid."""
        try:
            text = token.decode("ascii").removeprefix("Bearer ")
            key = read_keys(self.keys)[jwt.get_unverified_header(text)["kid"]]
            claims = jwt.decode(
                text,
                key,
                algorithms=ALGORITHMS,
                audience=self.audience,
                issuer=self.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud"]},
            )
            expires = float(claims["exp"]) + LEEWAY
        except (jwt.PyJWTError, OSError, ValueError, LookupError, OverflowError):
            return None
        name, groups = claims.get(self.claim), claims.get(self.groups) or []
        identity = canonical_identity(name) if isinstance(name, str) else None
        # Some issuers write this claim as text.
        is_verified = self.claim != "email" or claims.get("email_verified", True) in (True, "true")
        are_names = isinstance(groups, list) and all(isinstance(group, str) for group in groups)
        if identity is None or not is_verified or not are_names:
            return None
        return Person(identity, frozenset(groups), expires)


def read_keys(path: Path) -> jwt.PyJWKSet:
    """Public keys in a file.

    Raises
    ------
    OSError, ValueError, jwt.PyJWTError
        If the file cannot be read or holds no keys.
    """
    try:
        return jwt.PyJWKSet(json.loads(path.read_bytes())["keys"])
    except (TypeError, LookupError, AttributeError) as error:
        raise ValueError("not in the form of JWKS") from error


def has_keys(path: Path) -> bool:
    """True if a file can be read and holds public keys."""
    try:
        read_keys(path)
    except (OSError, ValueError, jwt.PyJWTError):
        return False
    return True
