"""The part of Kusto's language that is understood here: a table, then where, project, extend, order, limit. No IO."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import Json

Expression = Callable[[Json], Any]
Rows = list[Json]
Step = Callable[[Rows], Rows]

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_$][\w$]*)
    |(?P<sign>=~|!~|==|!=|<=|>=|[|(),.=<>\[\]]))""",
    re.VERBOSE,
)
_IN = ("in", "!in", "in~", "!in~")


class LazyRow(dict[str, Any]):
    """A row whose dear columns are made when somebody asks for them."""

    def __init__(self, known: Json, dear: tuple[str, ...], make: Callable[[], Json]) -> None:
        super().__init__(known)
        self._dear = dear
        self._make: Callable[[], Json] | None = make

    def get(self, name: str, default: Any = None) -> Any:
        if name in self._dear:
            self.whole()
        return super().get(name, default)

    def whole(self) -> Json:
        """The row with all its columns."""
        if self._make is not None:
            make, self._make = self._make, None
            self.update(make())
        return self


def whole(row: Json) -> Json:
    return row.whole() if isinstance(row, LazyRow) else row


class QueryError(Exception):
    """A query that cannot be read here, whether or not Azure could."""


@dataclass(frozen=True)
class Query:
    """`columns` are those of the last projection, None where whole rows come; `limited` says that a step cut them."""

    table: str
    steps: tuple[Step, ...]
    columns: tuple[str, ...] | None
    limited: bool

    def run(self, rows: Rows) -> Rows:
        for step in self.steps:
            rows = step(rows)
        return rows

    def follows(self) -> bool:
        """Whether further pages can be asked for: `id` comes along and nothing has cut the rows."""
        return (self.columns is None or "id" in self.columns) and not self.limited


def parse_query(text: str) -> Query:
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[str]:
    # `in~` and `!in` would otherwise fall apart.
    text = re.sub(r"(?<![\w'\"])(!?in~|!in)(?=\s*\()", lambda match: f" §{_IN.index(match.group(1).lower())} ", text)
    tokens, place = [], 0
    while text[place:].strip():
        special = re.compile(r"\s*§(\d)").match(text, place)
        match = special or _TOKEN.match(text, place)
        if match is None:
            raise QueryError(f"unexpected '{text[place:].strip()[:20]}'")
        tokens.append(_IN[int(special.group(1))] if special else match.group().strip())
        place = match.end()
    return tokens


class _Parser:
    """Recursive descent over tokens."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0
        self._columns: tuple[str, ...] | None = None
        self._limited = False

    def _peek(self, ahead: int = 0) -> str:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._place += 1
        return token

    def _expect(self, wanted: str) -> None:
        token = self._next()
        if token.lower() != wanted:
            raise QueryError(f"expected '{wanted}', got '{token}'")

    def _takes(self, *words: str) -> bool:
        if self._peek().lower() in words:
            self._place += 1
            return True
        return False

    def query(self) -> Query:
        begins_with_step = self._peek().lower() in _STEPS
        table = "resources" if begins_with_step else self._next().lower()
        steps = [self._step()] if begins_with_step else []
        while self._place < len(self._tokens):
            self._expect("|")
            steps.append(self._step())
        return Query(table, tuple(steps), self._columns, self._limited)

    def _step(self) -> Step:
        word = self._next().lower()
        if word not in _STEPS:
            raise QueryError(f"unknown operator '{word}'")
        return _STEPS[word](self)

    def where(self) -> Step:
        condition = self._either()
        return lambda rows: [row for row in rows if condition(row)]

    def project(self) -> Step:
        columns = [self._column()]
        while self._takes(","):
            columns.append(self._column())
        self._columns = tuple(name for name, _ in columns)
        return lambda rows: [{name: expression(row) for name, expression in columns} for row in rows]

    def extend(self) -> Step:
        columns = [self._column()]
        while self._takes(","):
            columns.append(self._column())
        return lambda rows: [{**whole(row), **{name: expression(row) for name, expression in columns}} for row in rows]

    def order(self) -> Step:
        self._takes("by")
        expression = self._expression()
        falling = not self._takes("asc") and (self._takes("desc") or True)
        return lambda rows: sorted(rows, key=lambda row: str(expression(row)), reverse=falling)

    def limit(self) -> Step:
        number = int(self._next())
        self._limited = True
        return lambda rows: rows[:number]

    def count(self) -> Step:
        self._columns = ("Count",)
        return lambda rows: [{"Count": len(rows)}]

    def _column(self) -> tuple[str, Expression]:
        start = self._place
        if self._peek(1) == "=":
            name = self._next()
            self._next()
            return name, self._expression()
        expression = self._expression()
        return "_".join(token for token in self._tokens[start : self._place] if re.match(r"\w", token)), expression

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._takes("or"):
            parts.append(self._both())
        return lambda row: any(part(row) for part in parts)

    def _both(self) -> Expression:
        parts = [self._comparison()]
        while self._takes("and"):
            parts.append(self._comparison())
        return lambda row: all(part(row) for part in parts)

    def _comparison(self) -> Expression:
        if self._takes("not"):
            self._expect("(")
            inner = self._either()
            self._expect(")")
            return lambda row: not inner(row)
        if self._takes("("):
            inner = self._either()
            self._expect(")")
            return inner
        left = self._expression()
        sign = self._peek().lower()
        if sign in _IN:
            self._next()
            return _one_of(left, self._arguments(), sign)
        compare = _COMPARISONS.get(sign)
        if compare is None:
            return left
        self._next()
        right = self._expression()
        return lambda row: compare(left(row), right(row))

    def _arguments(self) -> list[Expression]:
        self._expect("(")
        found: list[Expression] = []
        while not self._takes(")"):
            found.append(self._expression())
            if self._peek() != ")":
                self._expect(",")
        return found

    def _expression(self) -> Expression:
        token = self._next()
        if token[:1] in "'\"" and token:
            text = re.sub(r"\\(.)", r"\1", token[1:-1])
            return _constant(text)
        if re.fullmatch(r"\d+(\.\d+)?", token):
            number = float(token)
            return _constant(number)
        if token.lower() in ("true", "false"):
            truth = token.lower() == "true"
            return _constant(truth)
        if not re.match(r"[A-Za-z_$]", token):
            raise QueryError(f"unexpected '{token}'")
        if self._peek() == "(":
            function = _FUNCTIONS.get(token.lower())
            if function is None:
                raise QueryError(f"unknown function '{token}'")
            arguments = self._arguments()
            return lambda row: function([argument(row) for argument in arguments])
        return self._path(token)

    def _path(self, first: str) -> Expression:
        words: list[str | int] = [first]
        while self._peek() in (".", "["):
            if self._next() == ".":
                words.append(self._next())
            else:
                inner = self._next()
                words.append(int(inner) if inner.isdigit() else inner.strip("'\""))
                self._expect("]")
        return lambda row: _at(row, words)


def _constant(value: Any) -> Expression:
    return lambda _row: value


def _at(value: Any, words: Sequence[str | int]) -> Any:
    for word in words:
        if isinstance(word, int):
            value = value[word] if isinstance(value, list) and word < len(value) else None
        else:
            value = value.get(word) if isinstance(value, dict) else None
    return value


def _one_of(left: Expression, options: list[Expression], sign: str) -> Expression:
    exact, wanted = not sign.endswith("~"), not sign.startswith("!")

    def holds(row: Json) -> bool:
        value = _text(left(row))
        values = [_text(option(row)) for option in options]
        found = value in values if exact else value.lower() in [each.lower() for each in values]
        return found is wanted

    return holds


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _alike(left: Any, right: Any) -> bool:
    return _text(left).lower() == _text(right).lower()


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=~": _alike,
    "!~": lambda left, right: not _alike(left, right),
    "==": lambda left, right: _text(left) == _text(right),
    "!=": lambda left, right: _text(left) != _text(right),
    "has": lambda left, right: _text(right).lower() in _text(left).lower(),
    "contains": lambda left, right: _text(right).lower() in _text(left).lower(),
    "startswith": lambda left, right: _text(left).lower().startswith(_text(right).lower()),
    "endswith": lambda left, right: _text(left).lower().endswith(_text(right).lower()),
}
_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "tolower": lambda values: _text(values[0]).lower(),
    "tostring": lambda values: _text(values[0]),
    "isempty": lambda values: _text(values[0]) == "",
    "isnotempty": lambda values: _text(values[0]) != "",
    "isnull": lambda values: values[0] is None,
    "isnotnull": lambda values: values[0] is not None,
    "array_length": lambda values: len(values[0]) if isinstance(values[0], list) else None,
    "pack": lambda values: dict(zip(values[::2], values[1::2], strict=True)),
    "bag_pack": lambda values: dict(zip(values[::2], values[1::2], strict=True)),
}
_STEPS: dict[str, Callable[[_Parser], Step]] = {
    "where": _Parser.where,
    "project": _Parser.project,
    "extend": _Parser.extend,
    "order": _Parser.order,
    "sort": _Parser.order,
    "limit": _Parser.limit,
    "take": _Parser.limit,
    "count": _Parser.count,
}
