"""Typed access to untrusted JSON: every refusal names the path, what was expected and what was there. No IO.

A converter takes a value and knows nothing of where it stands; each step out puts its own name before the path, so that
a path cannot be wrong. The pattern is that of `packaging.pylock`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


class ParseError(ValueError):
    """JSON without the documented shape, for example "expected text in 'properties.subnets[0].id', got a number"."""

    def __init__(self, expected: str, got: str, path: str = "") -> None:
        super().__init__(expected, got, path)
        self.expected = expected
        self.got = got
        self.path = path

    def __str__(self) -> str:
        place = f" in '{self.path}'" if self.path else ""
        return f"expected {self.expected}{place}, got {self.got}"


_KINDS: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}


def _refuse(expected: str, got: object) -> ParseError:
    return ParseError(expected, _KINDS.get(type(got), type(got).__name__))


def as_text(value: object) -> str:
    """Text, which may be empty."""
    if not isinstance(value, str):
        raise _refuse("text", value)
    return value


def as_flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise _refuse("true or false", value)
    return value


def as_number(value: object) -> int:
    """A whole number; Azure sends usages as floats (`3.0`)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) > 2**53:
        raise _refuse("a number", value)
    return int(value)


def as_list(value: object) -> list[object]:
    """A list of anything."""
    if not isinstance(value, list):
        raise _refuse("a list", value)
    return value


def as_object(value: object) -> Mapping[Any, object]:
    """An object with any members."""
    if not isinstance(value, Mapping):
        raise _refuse("an object", value)
    return value


def at(step: str, value: object, convert: Callable[[object], T]) -> T:
    """The value converted; an error's path starts with `step`."""
    try:
        return convert(value)
    except ParseError as error:
        error.path = f"{step}.{error.path}" if error.path else step
        raise


def each_at(step: str, values: Iterable[object], convert: Callable[[object], T]) -> tuple[T, ...]:
    """Every value converted; an error's path starts with `step` and the index."""
    return tuple(at(f"{step}[{index}]", value, convert) for index, value in enumerate(values))


@dataclass(frozen=True, slots=True)
class JsonReader:
    """A JSON object. Names are dotted, and looked up without case, as Azure's casing varies; null is absent."""

    value: object

    def __post_init__(self) -> None:
        as_object(self.value)

    def _find(self, name: str) -> object:
        current: object = self.value
        walked: list[str] = []
        for part in name.split("."):
            if current is None:
                return None
            current = _member(at(".".join(walked), current, as_object), part)
            walked.append(part)
        return current

    def get(self, name: str, convert: Callable[[object], T]) -> T:
        """What stands there, converted; absent is an error where the converter takes no None."""
        return at(name, self._find(name), convert)

    def maybe(self, name: str, convert: Callable[[object], T]) -> T | None:
        """What stands there, converted, or None where there is nothing."""
        value = self._find(name)
        return None if value is None else at(name, value, convert)

    def each(self, name: str, convert: Callable[[object], T]) -> tuple[T, ...]:
        """Every element of a list, converted; an absent list is empty."""
        return each_at(name, self.maybe(name, as_list) or (), convert)

    def members(self, name: str, convert: Callable[[object], T]) -> tuple[tuple[str, T], ...]:
        """The names and the converted values of an object whose names are free; an absent object is empty."""
        members = self.maybe(name, as_object) or {}
        return tuple((str(key), at(f"{name}.{key}", value, convert)) for key, value in members.items())

    def text(self, name: str) -> str:
        """The text there; absent is an error."""
        return self.get(name, as_text)

    def text_or(self, name: str, default: str = "") -> str:
        """The text there, or `default` where there is nothing."""
        found = self.maybe(name, as_text)
        return default if found is None else found

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a list; an absent list is empty."""
        return self.each(name, as_text)

    def flag(self, name: str) -> bool | None:
        """True, false or absent."""
        return self.maybe(name, as_flag)

    def number(self, name: str) -> int:
        """The whole number there; absent is an error."""
        return self.get(name, as_number)

    def number_or(self, name: str, default: int) -> int:
        """The whole number there, or `default` where there is nothing."""
        found = self.maybe(name, as_number)
        return default if found is None else found

    def one_or_many(self, single: str, several: str, convert: Callable[[object], T]) -> tuple[T, ...]:
        """What Azure's pairs hold, for example `addressPrefix` and `addressPrefixes`; the list comes first."""
        return self.each(several, convert) or ((self.get(single, convert),) if self.text_or(single) else ())


def _member(members: Mapping[Any, object], name: str) -> object:
    found = members.get(name)
    if found is None:
        wanted = name.lower()
        found = next((v for k, v in members.items() if isinstance(k, str) and k.lower() == wanted), None)
    return found
