"""Tests that a token names a person only if it is signed, for this server, and not expired."""

from __future__ import annotations

import json
import time

import jwt
import pytest

from dashboard.decisions.tokens import LEEWAY, TokenVerifier
from tests.dashboard.tokens import AUDIENCE, EC, ISSUER, OTHER, RSA, SHARED, token, write_keys


@pytest.fixture
def tokens(tmp_path):
    return TokenVerifier(write_keys(tmp_path / "keys.json"), ISSUER, AUDIENCE, groups="groups")


def test_a_valid_token_names_its_person_and_groups_until_it_expires(tokens):
    end = int(time.time()) + 600
    found = tokens.person(token(exp=end, groups=["board", "staff"]))
    assert found.identity == "ana@example.com"
    assert found.groups == {"board", "staff"}
    assert found.expires == end + LEEWAY
    assert tokens.person(token(EC, "ES256", "ec", email_verified="true")).groups == frozenset()
    assert tokens.person(b"Bearer " + token(aud=["other", AUDIENCE])).identity == "ana@example.com"


NO_TOKEN = {
    "another issuer": lambda: token(iss="https://evil.example.com"),
    "another audience": lambda: token(aud="other"),
    "expired": lambda: token(exp=time.time() - LEEWAY - 5),
    "not yet valid": lambda: token(nbf=time.time() + 600),
    "no expiry": lambda: token(exp=None),
    "no issuer": lambda: token(iss=None),
    "no audience": lambda: token(aud=None),
    "another key": lambda: token(OTHER),
    "an unknown key": lambda: token(OTHER, "RS256", "other"),
    "no name of a key": lambda: token(RSA, "RS256", None),
    "not signed": lambda: token("", "none"),
    "a shared key": lambda: token(jwt.utils.base64url_decode(SHARED), "HS256", "shared"),
    "the key of another algorithm": lambda: token(EC, "ES256", "rsa"),
    "no name": lambda: token(email=None),
    "two names": lambda: token(email="ana@example.com, ben@example.com"),
    "a list of names": lambda: token(email=["ana@example.com"]),
    "an address that nobody checked": lambda: token(email_verified=False),
    "an address that nobody checked, as a text": lambda: token(email_verified="false"),
    "groups as a text": lambda: token(groups="board"),
    "groups without a name": lambda: token(groups=["board", None]),
    "an expiry beyond all times": lambda: token(exp=10**400),
    "other bytes": lambda: b"\xff.\xff.\xff",
    "no token": lambda: b"Bearer ",
    "changed claims": lambda: swapped(token(), token(OTHER, email="eve@example.com")),
}


def swapped(signed: bytes, other: bytes) -> bytes:
    """Head and signature of one token with the claims of another."""
    head, _, signature = signed.split(b".")
    return b".".join([head, other.split(b".")[1], signature])


@pytest.mark.parametrize("made", NO_TOKEN.values(), ids=NO_TOKEN)
def test_an_invalid_token_names_no_person(tokens, made):
    assert tokens.person(made()) is None


def test_keys_are_read_again_and_without_keys_no_token_is_valid(tokens):
    mine = token()
    keys = json.loads(tokens.keys.read_text())["keys"]
    tokens.keys.write_text(json.dumps({"keys": keys[1:]}))
    assert tokens.person(mine) is None
    tokens.keys.write_text(json.dumps({"keys": keys}))
    assert tokens.person(mine) is not None
    for text in ("", "[]", "{}", '{"keys": []}', '{"keys": [1]}', "\xff"):
        tokens.keys.write_text(text)
        assert tokens.person(mine) is None
    tokens.keys.unlink()
    assert tokens.person(mine) is None
