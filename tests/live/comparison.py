"""What Azure said beside what the local one says, and recordings beside recordings. No IO but reading cassettes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tests.scenarios.cassette import json_of, read_cassette

from .azure import Answer
from .experiments import Observation

OF_OPERATIONS: Final = ("/operations/", "/operationresults/", "/operationstatuses/")
NOTHING: Final = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One question and its two answers."""

    question: str
    local: str
    azure: str
    measured: bool = False

    @property
    def differs(self) -> bool:
        return not self.measured and self.local != self.azure


def rows_of(local: Iterable[Observation], azure: Iterable[Observation]) -> list[Row]:
    """The questions in order; one that only one of them answered has a dash for the other."""
    first = {each.question: each for each in local}
    second = {each.question: each for each in azure}
    questions = list(dict.fromkeys([*first, *second]))
    return [
        Row(
            question=question,
            local=first[question].seen if question in first else NOTHING,
            azure=second[question].seen if question in second else NOTHING,
            measured=any(each[question].measured for each in (first, second) if question in each),
        )
        for question in questions
    ]


def rows_of_recordings(local: Path, azure: Path) -> Iterator[Row]:
    """Where a scenario that was recorded in both got another answer to the same request."""
    for cassette in sorted(azure.glob("*.yaml")):
        known = local / cassette.name
        if not known.is_file():
            continue
        expected, seen = _answers(known), _answers(cassette)
        for request in dict.fromkeys([*expected, *seen]):
            row = Row(
                question=f"{cassette.stem}: {request}",
                local=", ".join(expected.get(request, [])) or NOTHING,
                azure=", ".join(seen.get(request, [])) or NOTHING,
            )
            if row.differs:
                yield row


def _answers(cassette: Path) -> dict[str, list[str]]:
    """What was said to each request, each once and in order; the polls of operations are left out."""
    found: dict[str, list[str]] = {}
    for exchange in read_cassette(cassette):
        path = urlsplit(exchange["request"]["uri"]).path
        if any(part in path.lower() for part in OF_OPERATIONS):
            continue
        document = json_of(exchange["response"]["body"]["string"])
        body = document if isinstance(document, dict) else {}
        said = Answer(status=int(exchange["response"]["status"]["code"]), body=body).said
        answers = found.setdefault(f"{exchange['request']['method']} {path}", [])
        if said not in answers:
            answers.append(said)
    return found


def as_markdown(rows: Sequence[Row]) -> str:
    """A table, the rows that differ first."""
    lines = ["| asked | the local Azure | Azure | |", "| --- | --- | --- | --- |"]
    for row in sorted(rows, key=lambda each: not each.differs):
        note = "differs" if row.differs else "measured" if row.measured else ""
        cells = (row.question, row.local, row.azure, note)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"
