"""Strict validation of external mappings: converts them to dataclasses and reports all errors.

The dataclasses are plain, so trusted code can create them without overhead. Pydantic, loaded with the first
mapping, validates mappings by their annotations. A text or a boolean is never converted: neither "1" nor true
is a number.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

STRICT = {"extra": "forbid"}
"""Value of ``__pydantic_config__`` for a dataclass that rejects unknown keys."""


@dataclass(frozen=True)
class Must:
    """Annotates a value that must satisfy a rule.

    Attributes
    ----------
    rule : str
        Continuation of a sentence after "must", such as "be above 0".
    is_met : callable
        Returns whether a value satisfies the rule.
    key : str
        Key to report if the rule is broken; empty for the value's own key.
    """

    rule: str
    is_met: Callable[[Any], bool]
    key: str = ""

    def check(self, value: Any) -> Any:
        """Return the value if it satisfies the rule; otherwise raise."""
        if not self.is_met(value):
            raise _BrokenRuleError(self)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Check the rule after the value's type."""
        from pydantic import AfterValidator

        return AfterValidator(self.check).__get_pydantic_core_schema__(source, handler)


class _BrokenRuleError(ValueError):
    """Carries a broken rule through pydantic, which stores it with its error."""

    def __init__(self, must: Must) -> None:
        super().__init__(must.rule)
        self.must = must


@dataclass(frozen=True)
class _Strict:
    """Annotates a scalar that must already have its type: no text or boolean is converted."""

    finite: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        schema = {**handler(source), "strict": True}
        return schema | {"allow_inf_nan": False} if self.finite else schema


class _AsWritten:
    """Annotates a finite number; an int is not converted to float."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic import PlainValidator

        number = Must("be a finite number", _is_finite_number)
        return PlainValidator(number.check).__get_pydantic_core_schema__(source, handler)


def _is_finite_number(value: Any) -> bool:
    return type(value) is int or (isinstance(value, float) and math.isfinite(value))


class _AnyText:
    """Annotates a text that may contain half a surrogate pair, as in a file name."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic import InstanceOf

        return InstanceOf.__get_pydantic_core_schema__(str, handler)  # type: ignore[type-arg]


AnyFloat = Annotated[float, _Strict()]
"""A number that may be infinite or NaN; an int is converted to float."""
Number = Annotated[float, _Strict(finite=True)]
"""A finite number; an int is converted to float."""
AsWritten = Annotated[float, _AsWritten()]
"""A finite number; an int is not converted to float."""
Whole = Annotated[int, _Strict()]
Switch = Annotated[bool, _Strict()]
Text = Annotated[str, _AnyText()]


def above(bound: float) -> Must:
    """Rule that a number is greater than the bound."""
    return Must(f"be above {bound:g}", lambda value: bool(value > bound))


def below(bound: float) -> Must:
    """Rule that a number is less than the bound."""
    return Must(f"be below {bound:g}", lambda value: bool(value < bound))


def not_below(bound: float) -> Must:
    """Rule that a number is at least the bound."""
    return Must(f"not be below {bound:g}", lambda value: bool(value >= bound))


def not_above(bound: float) -> Must:
    """Rule that a number is at most the bound."""
    return Must(f"not be above {bound:g}", lambda value: bool(value <= bound))


@dataclass(frozen=True)
class Fault:
    """A part of the structure that breaks a rule.

    Attributes
    ----------
    path : tuple of str and int
        Keys and positions, from the outermost to the innermost.
    rule : str
        Continuation of a sentence after "must".
    value : object
        Value found there; `None` if it is missing.
    """

    path: tuple[str | int, ...]
    rule: str
    value: object

    @property
    def key(self) -> str:
        """The path as one name, such as ``payoff.ship_good``."""
        return ".".join(map(str, self.path))

    @property
    def got(self) -> str:
        """The value as it appears in a message."""
        return "nothing" if self.value is None else repr(self.value)


class StructureError(ValueError):
    """Raised for a structure with invalid parts.

    Parameters
    ----------
    faults : tuple of Fault
        At least one.
    """

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{f.key or 'it'} must {f.rule}, got {f.got}" for f in faults))
        self.faults = faults


def read(kind: type[T], given: Any) -> T:
    """Convert mappings, lists and scalars to a value of a type.

    Raises
    ------
    StructureError
        With all errors found.
    """
    from pydantic import ValidationError

    try:
        value: T = _adapter(kind).validate_python(given)
    except ValidationError as error:
        raise StructureError(tuple(_fault(kind, found) for found in error.errors())) from error
    return value


def dump(value: Any) -> Any:
    """Convert a value to mappings and lists, with the keys that `read` accepts."""
    return _adapter(type(value)).dump_python(value, by_alias=True, warnings=False)


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


_RULES = {
    "missing": "be given",
    "dataclass_type": "be a table",
    "dict_type": "be a table",
    "mapping_type": "be a table",
    "float_type": "be a finite number",
    "finite_number": "be a finite number",
    "int_type": "be a whole number",
    "bool_type": "be true or false",
    "is_instance_of": "be a text",
    "string_type": "be a text",
    "tuple_type": "be a list",
    "list_type": "be a list",
    "none_required": "be left out",
}
"""Rule by pydantic's error type; for other types pydantic's own message is used."""
_UNKNOWN = frozenset({"unexpected_keyword_argument", "invalid_key"})


def _fault(kind: Any, found: Any) -> Fault:
    path, context = found["loc"], found.get("ctx", {})
    value: Any = None if found["type"] == "missing" else found["input"]
    if found["type"] in _UNKNOWN:
        return Fault(path, "be one of " + ", ".join(_keys(kind, path[:-1])), value)
    if isinstance(broken := context.get("error"), _BrokenRuleError):
        key = broken.must.key
        return Fault((*path, key) if key else path, broken.must.rule, value[key] if key else value)
    if found["type"] == "literal_error":
        return Fault(path, f"be {context['expected']}", value)
    return Fault(path, _RULES.get(found["type"], found["msg"]), value)


def _keys(kind: Any, path: tuple[str | int, ...]) -> list[str]:
    """Keys of the dataclass inside a type, in alphabetical order."""
    for step in path:
        kind = _plain(kind)
        arguments = typing.get_args(kind)
        if is_dataclass(kind):
            kind = _parts(kind)[str(step)]
        else:
            kind = arguments[0 if typing.get_origin(kind) is tuple else 1]
    return sorted(_parts(_plain(kind)))


def _plain(kind: Any) -> Any:
    """A type without annotations and without `None`."""
    while typing.get_origin(kind) in (Annotated, types.UnionType, typing.Union):
        kind = next(member for member in typing.get_args(kind) if member is not type(None))
    return kind


def _parts(kind: Any) -> dict[str, Any]:
    """Type of each field of a dataclass, by its serialised key."""
    hints = typing.get_type_hints(kind, include_extras=True)
    parts = {}
    for field in fields(kind):
        marks = getattr(hints[field.name], "__metadata__", ())
        aliases = [mark.alias for mark in marks if getattr(mark, "alias", None)]
        parts[aliases[0] if aliases else field.name] = hints[field.name]
    return parts
