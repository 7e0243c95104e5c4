"""Canonical JSON (RFC 8785): one text per value, so that any language can compute the same hash."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import rfc8785

from metrics.errors import ScoreError
from metrics.strict_mapping import Must, Text

_EXACT = 2**53 - 1
"""Largest whole number up to which JSON's numbers hold every whole number."""


def canonical(value: Any) -> str:
    """Canonical text of a JSON value.

    Raises
    ------
    ScoreError
        If there is no such text, as for half a surrogate pair or a number that is too large.
    """
    try:
        return rfc8785.dumps(value).decode()
    except (ValueError, UnicodeError, RecursionError) as error:
        raise ScoreError(
            "E_DECISION",
            f"a decision must be text and numbers that JSON can keep, got: {error}",
            hint="Take out the character or the number that is none.",
        ) from error


def parsed(text: str) -> Any:
    """Read a canonical text; whole numbers beyond `_EXACT` become floats again.

    Raises
    ------
    ValueError
        If the text is no JSON.
    """

    def whole(digits: str) -> int | float:
        return int(digits) if len(digits) < 17 and abs(int(digits)) <= _EXACT else float(digits)

    return json.loads(text, parse_int=whole)


def hash_of(text: str) -> str:
    """SHA-256 of a canonical text, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_hash(text: str) -> bool:
    """True if a text has the form of a decision's hash."""
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


Hash = Annotated[Text, Must("be 64 hexadecimal digits", is_hash)]


def json_ready(value: Any) -> Any:
    """Value as JSON can hold it: NaN becomes null, infinity the string "inf"."""
    if isinstance(value, Mapping):
        return {str(key): json_ready(inside) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(inside) for inside in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value
