"""Tokens as an issuer signs them, and its keys."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER, AUDIENCE = "https://login.example.com", "common-ground"
RSA, OTHER = (rsa.generate_private_key(65537, 2048) for _ in range(2))
EC = ec.generate_private_key(ec.SECP256R1())
SHARED = "c2hhcmVkIHNlY3JldCBvZiB0aGlydHktdHdvIGJ5dGVz"


def write_keys(path: Path) -> Path:
    """Write the public keys of the issuer, and a key that it should not have published."""
    keys = [
        {**RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True), "kid": "rsa", "alg": "RS256"},
        {**ECAlgorithm.to_jwk(EC.public_key(), as_dict=True), "kid": "ec", "alg": "ES256"},
        {"kty": "oct", "k": SHARED, "kid": "shared", "alg": "HS256"},
    ]
    path.write_text(json.dumps({"keys": keys}))
    return path


def token(
    key: Any = RSA, algorithm: str = "RS256", kid: str | None = "rsa", /, **changes: object
) -> bytes:
    """Token of Ana's; a claim that is changed to `None` is left out."""
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "exp": time.time() + 600, "email": "Ana@example.com", **changes,
    }  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm, headers={"kid": kid} if kid else {}).encode()
