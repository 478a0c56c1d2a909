"""Security rules as boxes in a space of flows: what each takes of protocols, ports and addresses. No IO."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ..addresses.intervals import Axis, Intervals, union
from ..azure.security_rules import SecurityRule
from .first_match import Candidate
from .service_tags import Selection

ALLOW: Final = "allow"
_UNKNOWN: Final = ("?",)
"""A text that no selection knows: it may stand for everything."""

_ONE_PLACE: Final[Intervals] = ((0, 1),)

Projection = tuple[Intervals, Intervals]
"""What rules certainly and possibly take of a dimension, in its coordinates."""


class Dimension:
    """One side of a space of flows. Texts of rules are projected on it once, however many rules repeat them.

    With `somewhere` it is a single place of which only is known that it lies among `numbers`: a rule takes it for
    certain when it takes all of them.
    """

    def __init__(self, numbers: Intervals, select: Callable[[str], Selection], *, somewhere: bool = False) -> None:
        self._axis = Axis(numbers)
        self._select = select
        self._somewhere = somewhere
        self._known: dict[str, Projection] = {}

    @property
    def size(self) -> int:
        return min(self._axis.size, 1) if self._somewhere else self._axis.size

    def at(self, coordinate: int) -> int:
        """The number at a coordinate; with `somewhere` the lowest that the place can have."""
        return self._axis.at(coordinate)

    def taken(self, texts: Sequence[str]) -> Projection:
        """What the texts take together: 0.0.0.0/1 and 128.0.0.0/1 are everything."""
        parts = [self._project(text) for text in texts]
        certain, possible = parts[0]
        if len(parts) > 1:
            certain, possible = (union(each for part in parts for each in part[bound]) for bound in (0, 1))
        if self._somewhere:
            everywhere = ((0, self._axis.size),)
            return _ONE_PLACE if certain == everywhere else (), _ONE_PLACE if possible else ()
        return certain, possible

    def _project(self, text: str) -> Projection:
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._in_coordinates(self._select(text))
        return known

    def _in_coordinates(self, selection: Selection) -> Projection:
        certain = self._axis.project(selection.certain)
        possible = certain
        if selection.possible is not selection.certain:
            possible = self._axis.project(selection.possible)
        return certain, possible


def candidates(rules: Sequence[SecurityRule], dimensions: Sequence[Dimension]) -> Iterator[Candidate]:
    """The rules that reach into the space, each as the box that it takes for certain and the one it may take.

    Wanted are those that deny.
    `dimensions` are protocol, destination port, source port, source and destination.
    """
    for index, rule in enumerate(rules):
        taken: list[Projection] = []
        for dimension, texts in zip(dimensions, _texts(rule), strict=True):
            taken.append(dimension.taken(texts))
            if not taken[-1][1]:
                break  # most rules are about other addresses
        else:
            wanted = rule.access.lower() != ALLOW
            certain, possible = tuple(each[0] for each in taken), tuple(each[1] for each in taken)
            if all(certain):
                yield Candidate(index=index, certain=True, wanted=wanted, box=certain)
            if certain != possible:
                yield Candidate(index=index, certain=False, wanted=wanted, box=possible)


def _texts(rule: SecurityRule) -> tuple[tuple[str, ...], ...]:
    """What a rule says of each dimension, in their order."""
    return (
        (rule.protocol,),
        rule.destination_ports or _UNKNOWN,
        rule.source_ports or _UNKNOWN,
        _places(rule.source_prefixes, rule.source_application_groups),
        _places(rule.destination_prefixes, rule.destination_application_groups),
    )


def _places(prefixes: tuple[str, ...], groups: tuple[str, ...]) -> tuple[str, ...]:
    """The prefixes and application security groups; nobody knows what stands for neither."""
    return (*prefixes, *(each or "?" for each in groups)) or _UNKNOWN
