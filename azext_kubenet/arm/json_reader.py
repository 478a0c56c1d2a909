"""Typed access to untrusted JSON: every refusal names the path, what was expected and what was there. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


class ParseError(ValueError):
    """JSON without the documented shape, for example "expected text in 'properties.subnets[0].id', got a number"."""


_KINDS: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
}


@dataclass(frozen=True, slots=True)
class JsonReader:
    """A JSON object and where it stands in its document. Names are looked up without case, as Azure's casing varies."""

    value: object
    path: str = ""

    def _get(self, name: str) -> object:
        current: object = self.value
        for part in name.split("."):
            if not isinstance(current, Mapping):
                return None
            found = current.get(part)
            if found is None:
                wanted = part.lower()
                found = next((v for k, v in current.items() if isinstance(k, str) and k.lower() == wanted), None)
            current = found
        return current

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _refuse(self, name: str, expected: str, got: object) -> ParseError:
        kind = "nothing" if got is None else _KINDS.get(type(got), type(got).__name__)
        return ParseError(f"expected {expected} in '{self._at(name)}', got {kind}")

    def text(self, name: str) -> str:
        """The text at a dotted name; absent is an error."""
        value = self._get(name)
        if not isinstance(value, str):
            raise self._refuse(name, "text", value)
        return value

    def text_or(self, name: str, default: str = "") -> str:
        """The text at a dotted name, or `default` where there is none."""
        return default if self._get(name) is None else self.text(name)

    def flag(self, name: str) -> bool | None:
        """True, false or absent."""
        value = self._get(name)
        if value is None or isinstance(value, bool):
            return value
        raise self._refuse(name, "true or false", value)

    def number(self, name: str) -> int:
        """A whole number; absent is an error. Azure sends usages as floats (`3.0`)."""
        value = self._get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) > 2**53:
            raise self._refuse(name, "a number", value)
        return int(value)

    def elements(self, name: str) -> Iterator[JsonReader]:
        """The objects of a list; an absent list is empty."""
        value = self._get(name)
        if value is None:
            return
        if not isinstance(value, list):
            raise self._refuse(name, "a list", value)
        for index, element in enumerate(value):
            if not isinstance(element, Mapping):
                raise self._refuse(f"{name}[{index}]", "an object", element)
            yield JsonReader(element, f"{self._at(name)}[{index}]")

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a list; an absent list is empty."""
        value = self._get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self._refuse(name, "a list", value)
        for index, element in enumerate(value):
            if not isinstance(element, str):
                raise self._refuse(f"{name}[{index}]", "text", element)
        return tuple(value)

    def one_or_many(self, single: str, several: str) -> tuple[str, ...]:
        """The texts of Azure's paired properties, for example `addressPrefix` and `addressPrefixes`."""
        many = self.texts(several)
        if many:
            return many
        one = self.text_or(single)
        return (one,) if one else ()

    def child(self, name: str) -> JsonReader | None:
        """The object at a dotted name, or None."""
        value = self._get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self._refuse(name, "an object", value)
        return JsonReader(value, self._at(name))
