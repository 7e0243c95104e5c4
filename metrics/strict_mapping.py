"""Structure from outside, read strictly: a mapping as a dataclass, and what is wrong with it as values.

The dataclasses are plain, so that trusted code makes them at no cost; pydantic, which is loaded with the
first mapping that is read, holds a mapping to their annotations. `Number`, `Whole`, `Switch` and `Text` take
nothing for anything else: "1" is no number, and neither is true.
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
"""For ``__pydantic_config__`` of a dataclass: a key that it doesn't have is refused."""


@dataclass(frozen=True)
class Must:
    """Annotates a value that must keep a rule.

    Attributes
    ----------
    rule : str
        As it goes on after "must", such as "be above 0".
    kept : callable
        Whether a value keeps it.
    key : str
        Whose fault it is where it isn't kept; empty: the value's own.
    """

    rule: str
    kept: Callable[[Any], bool]
    key: str = ""

    def hold(self, value: Any) -> Any:
        """Return a value that keeps the rule."""
        if not self.kept(value):
            raise _BrokenRuleError(self)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Hold the value to the rule once it is of its type."""
        from pydantic import AfterValidator

        return AfterValidator(self.hold).__get_pydantic_core_schema__(source, handler)


class _BrokenRuleError(ValueError):
    """How a broken rule goes through pydantic, which keeps it beside what it found."""

    def __init__(self, must: Must) -> None:
        super().__init__(must.rule)
        self.must = must


@dataclass(frozen=True)
class _Strict:
    """Annotates a scalar that nothing else is turned into."""

    finite: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        schema = {**handler(source), "strict": True}
        return schema | {"allow_inf_nan": False} if self.finite else schema


class _AsWritten:
    """Annotates a finite number that stays whole where it was."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic import PlainValidator

        number = Must("be a finite number", _is_finite_number)
        return PlainValidator(number.hold).__get_pydantic_core_schema__(source, handler)


def _is_finite_number(value: Any) -> bool:
    return type(value) is int or (isinstance(value, float) and math.isfinite(value))


class _AnyText:
    """Annotates a text; half a character is text too, since a file's name may hold one."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic import InstanceOf

        return InstanceOf.__get_pydantic_core_schema__(str, handler)  # type: ignore[type-arg]


STRICT_NUMBER = _Strict()
"""Annotates a float that need not be finite."""
Number = Annotated[float, _Strict(finite=True)]
"""A finite number; a whole one becomes a float."""
AsWritten = Annotated[float, _AsWritten()]
"""A finite number, an int where it was written as one."""
Whole = Annotated[int, _Strict()]
Switch = Annotated[bool, _Strict()]
Text = Annotated[str, _AnyText()]


def above(bound: float) -> Must:
    """Rule of a number that must not reach the bound below it."""
    return Must(f"be above {bound:g}", lambda value: bool(value > bound))


def below(bound: float) -> Must:
    """Rule of a number that must not reach the bound above it."""
    return Must(f"be below {bound:g}", lambda value: bool(value < bound))


def not_below(bound: float) -> Must:
    """Rule of a number that may reach the bound below it."""
    return Must(f"not be below {bound:g}", lambda value: bool(value >= bound))


def not_above(bound: float) -> Must:
    """Rule of a number that may reach the bound above it."""
    return Must(f"not be above {bound:g}", lambda value: bool(value <= bound))


@dataclass(frozen=True)
class Fault:
    """A part of the structure that breaks a rule.

    Attributes
    ----------
    path : tuple of str and int
        Keys and places from the outside in.
    rule : str
        As it goes on after "must".
    value : object
        What was found there; None where there is nothing.
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
        """The value as it stands in a message."""
        return "nothing" if self.value is None else repr(self.value)


class StructureError(ValueError):
    """A structure that isn't what it must be.

    Parameters
    ----------
    faults : tuple of Fault
        At least one.
    """

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{f.key or 'it'} must {f.rule}, got {f.got}" for f in faults))
        self.faults = faults


def read(kind: type[T], given: Any) -> T:
    """Read a value of a kind from mappings, lists and scalars.

    Raises
    ------
    StructureError
        With everything that is wrong.
    """
    from pydantic import ValidationError

    try:
        value: T = _adapter(kind).validate_python(given)
    except ValidationError as error:
        raise StructureError(tuple(_fault(kind, found) for found in error.errors())) from error
    return value


def written(value: Any) -> Any:
    """Write a value as mappings and lists, under the names that `read` takes."""
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
"""By what pydantic calls a finding; of another its own message is told."""
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
    """Keys that a dataclass inside a kind has, in alphabetical order."""
    for step in path:
        kind = _plain(kind)
        arguments = typing.get_args(kind)
        if is_dataclass(kind):
            kind = _parts(kind)[str(step)]
        else:
            kind = arguments[0 if typing.get_origin(kind) is tuple else 1]
    return sorted(_parts(_plain(kind)))


def _plain(kind: Any) -> Any:
    """A kind without what annotates it and without None."""
    while typing.get_origin(kind) in (Annotated, types.UnionType, typing.Union):
        kind = next(one for one in typing.get_args(kind) if one is not type(None))
    return kind


def _parts(kind: Any) -> dict[str, Any]:
    """Kind of each part of a dataclass, by the key that it is written under."""
    hints = typing.get_type_hints(kind, include_extras=True)
    parts = {}
    for field in fields(kind):
        marks = getattr(hints[field.name], "__metadata__", ())
        aliases = [mark.alias for mark in marks if getattr(mark, "alias", None)]
        parts[aliases[0] if aliases else field.name] = hints[field.name]
    return parts


__all__ = [
    "STRICT",
    "STRICT_NUMBER",
    "AsWritten",
    "Fault",
    "Must",
    "Number",
    "StructureError",
    "Switch",
    "Text",
    "Whole",
    "above",
    "below",
    "not_above",
    "not_below",
    "read",
    "written",
]
