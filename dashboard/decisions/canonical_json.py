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
"""Largest n such that JSON numbers represent every whole number up to n exactly."""


def canonical(value: Any) -> str:
    """Canonical text of a JSON value.

    Raises
    ------
    ScoreError
        If the value has no canonical text, such as a lone surrogate or a whole number beyond `_EXACT`.
    """
    try:
        return rfc8785.dumps(value).decode()
    except (ValueError, UnicodeError, RecursionError) as error:
        raise ScoreError(
            "E_DECISION",
            f"a decision must consist of text and numbers that JSON can represent, got: {error}",
            hint="Remove this character or number.",
        ) from error


def parse_canonical(text: str) -> Any:
    """Parse a canonical text. Whole numbers beyond `_EXACT` become floats, as they were before writing.

    Raises
    ------
    ValueError
        If the text is not JSON.
    """

    def int_or_float(digits: str) -> int | float:
        # The length is checked first, because `int` refuses thousands of digits.
        return int(digits) if len(digits) < 18 and abs(int(digits)) <= _EXACT else float(digits)

    return json.loads(text, parse_int=int_or_float)


def hash_of(text: str) -> str:
    """SHA-256 of a canonical text, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_hash(text: str) -> bool:
    """True if a text has the form of a hash of this module."""
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


Hash = Annotated[Text, Must("be 64 hexadecimal digits", is_hash)]


def json_ready(value: Any) -> Any:
    """Value made of JSON types. NaN becomes ``None``, and infinity the string ``"inf"``."""
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
