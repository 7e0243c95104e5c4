"""The one text of a JSON value (RFC 8785), so that anybody can reckon its hash anew in any language."""

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
"""Beyond it JSON's numbers are no longer every whole number."""


def canonical(value: Any) -> str:
    """The one text of a JSON value; ScoreError where it has none: half a character, too large a number."""
    try:
        return rfc8785.dumps(value).decode()
    except (ValueError, UnicodeError, RecursionError) as error:
        raise ScoreError(
            "E_DECISION",
            f"a decision must be text and numbers that JSON can keep, got: {error}",
            hint="Take out the character or the number that is none.",
        ) from error


def parsed(text: str) -> Any:
    """Read a canonical text (ValueError where it is none); whole numbers past `_EXACT` are floats again."""

    def whole(digits: str) -> int | float:
        return int(digits) if len(digits) < 17 and abs(int(digits)) <= _EXACT else float(digits)

    return json.loads(text, parse_int=whole)


def hash_of(text: str) -> str:
    """SHA-256 of a canonical text, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_hash(text: str) -> bool:
    """Whether a text can be a decision's hash."""
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


Hash = Annotated[Text, Must("be 64 hexadecimal digits", is_hash)]


def json_ready(value: Any) -> Any:
    """A value with all that it holds as JSON has it: undefined is null, infinite the string "inf"."""
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
