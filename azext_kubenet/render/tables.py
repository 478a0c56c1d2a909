"""Tables for people: findings as rows that fit the screen, worst first, and the verdict last. No IO."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Final

from ..core.azure.amounts import amount
from ..core.azure.resource_words import scope_of, words_of
from ..core.rules.rule import Severity, Status, Verdict

SCREEN: Final = 80
"""Columns where there is no terminal."""

FINDING_WIDTHS: Final = (len("Code") + 2, len("Severity") + 2)
"""az makes each column two wider than its heading; no code and no severity is longer."""

_NARROWEST: Final = 24

Row = dict[str, Any]

_SEVERITIES: Final = (Severity.ERROR.value, Severity.WARNING.value, Severity.INFO.value)
_NOTE, _UNKNOWN = "note", "unknown"
_COLOURS: Final = {
    "error": 31,
    "warning": 33,
    _NOTE: 36,
    _UNKNOWN: 35,
    "READY": 32,
    "WARNINGS": 33,
    "NOT READY": 31,
    "HEALTHY": 32,
    "DEGRADED": 33,
    "BROKEN": 31,
}
_VERDICTS: Final = {
    Verdict.READY.value: "READY",
    Verdict.READY_WITH_WARNINGS.value: "WARNINGS",
    Verdict.NOT_READY.value: "NOT READY",
}
_ALIKE: Final = 3
"""Findings of one rule and severity that are shown one by one; of more, the first stands for all."""

_READING: Final = frozenset(("get", "list", "list-usage", "show"))
"""Verbs of commands that change nothing."""

_SUBNET: Final = re.compile(
    r"/subscriptions/(?P<subscription>[^/\s]+)/resourceGroups/(?P<group>[^/\s]+)/providers/"
    r"Microsoft\.Network/virtualNetworks/(?P<network>[^/\s]+)/subnets/(?P<subnet>[^/\s]+)$",
    re.IGNORECASE,
)
_ROLES: Final = {
    "microsoft.policyinsights/policystates/queryresults/action": "Resource Policy Contributor",
}
"""The built-in role that brings a right which Reader does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a table is made for. `colour` is for terminals only; `written` says that what it lists has been done."""

    columns: int = SCREEN
    colour: bool = False
    written: bool = False

    def left_of(self, *widths: int) -> int:
        """Columns that are left for the last one, with two blanks between any two."""
        return max(_NARROWEST, self.columns - sum(width + 2 for width in widths))

    def coloured(self, word: str) -> str:
        return f"\x1b[{_COLOURS[word]}m{word}\x1b[0m" if self.colour and word in _COLOURS else word


NARROW: Final = Screen()


def fit(text: str, width: int) -> str:
    """The text in lines of at most `width` columns; a longer word, such as an id, is broken at its slashes."""
    words: list[str] = []
    for word in text.split():
        words.extend(_broken(word, width))
    return "\n".join(wrap(" ".join(words), width, break_on_hyphens=False))


def _broken(word: str, width: int) -> Iterator[str]:
    while len(word) > width:
        cut = word.rfind("/", 1, width)
        cut = width if cut < width // 2 else cut
        yield word[:cut]
        word = word[cut:]
    yield word


def findings_rows(findings: Sequence[Mapping[str, Any]], screen: Screen, width: int | None = None) -> list[Row]:
    """What failed, worst first, then what applies for information, then each right that is missing, once.

    `width` is that of a message, where the table has other columns than a report.
    """
    failed = [each for each in findings if each["status"] == Status.FAILED.value]
    failed.sort(key=lambda each: _SEVERITIES.index(each["severity"]))
    width = width or screen.left_of(*FINDING_WIDTHS)
    rows = [_finding_row(alike, screen, width) for alike in _alike(failed)]
    unknown = [each for each in findings if each["status"] == Status.UNKNOWN.value]
    return [*rows, *_unknown_rows(unknown, screen, width)]


def _alike(findings: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The findings one by one, but those of a rule that found the same many times in one list."""
    by_rule: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for each in findings:
        by_rule.setdefault((each["severity"], each["code"]), []).append(each)
    groups: list[list[Mapping[str, Any]]] = []
    for group in by_rule.values():
        groups.extend([group] if len(group) > _ALIKE else ([each] for each in group))
    return groups


def _finding_row(alike: list[Mapping[str, Any]], screen: Screen, width: int) -> Row:
    first, more = alike[0], len(alike) - 1
    word = _NOTE if first["severity"] == Severity.INFO.value else first["severity"]
    text = fit(first["message"] + (f" And {more:,} more like this." if more else ""), width)
    lines = [text, *_fix(alike, width)]
    return {"Code": first["code"], "Severity": screen.coloured(word), "Message": "\n".join(lines)}


def _fix(alike: Sequence[Mapping[str, Any]], width: int) -> Iterator[str]:
    """One line that can be copied: the command where it fits, else how to get all of them.

    Commands that take something away are shown where there are no others, and said to do so.
    """
    for key, fix in (("commands", "Fix:"), ("destructiveCommands", "Fix that takes something away:")):
        commands = [command for each in alike for command in each[key]]
        if not commands:
            continue
        lead = "See:" if all(map(_only_reads, commands)) else fix
        short = f"{lead} {by_name(commands[0])}"
        how = f"{lead} add --query \"findings[?code=='{alike[0]['code']}'].{key}[]\" -o tsv"
        yield short if len(commands) == 1 and len(short) <= width and "\n" not in short else fit(how, width)
        return


def _only_reads(command: str) -> bool:
    return not _READING.isdisjoint(command.partition(" --")[0].split())


def by_name(command: str) -> str:
    """The command with names in place of the id of a subnet of the subscription that az is set to use anyway."""
    words = command.split(" ")
    if "--vnet-subnet-id" not in words:
        return command
    at = words.index("--vnet-subnet-id")
    found = _SUBNET.match(words[at + 1]) if at + 1 < len(words) else None
    if found is None or ("--resource-group" in words and words[words.index("--resource-group") + 1] != found["group"]):
        return command
    group = [] if "--resource-group" in words else ["--resource-group", found["group"]]
    after = at + 2
    names = ["--vnet-name", found["network"], "--subnet-name", found["subnet"]]
    return " ".join([*words[:at], *group, *names, *words[after:]])


def _unknown_rows(findings: list[Mapping[str, Any]], screen: Screen, width: int) -> Iterator[Row]:
    """A row for each right that is missing, with the checks that it would open; where none is, for each reason."""
    by_cause: dict[tuple[str | None, str], list[Mapping[str, Any]]] = {}
    for each in findings:
        permission = each["evidence"].get("missingPermission")
        cause = (permission, "" if permission else _reason(each))
        by_cause.setdefault(cause, []).append(each)
    for (permission, reason), alike in by_cause.items():
        checks = ", ".join(dict.fromkeys(each["code"] for each in alike))
        if permission is None:
            text = f"Not checked: {checks}. {reason}"
        else:
            role = _ROLES.get(permission.lower(), "Reader")
            text = f"Not checked without {permission}: {checks}. Ask for the role {role}{_where(alike)}."
        yield {"Code": "", "Severity": screen.coloured(_UNKNOWN), "Message": fit(text, width)}


def _where(findings: Iterable[Mapping[str, Any]]) -> str:
    """On what the right is missing; a list has no role of its own, but that in which it is."""
    scopes = dict.fromkeys(words_of(scope_of(each["resourceId"])) for each in findings if each["resourceId"])
    return f" on {', '.join(scopes)}" if scopes else ""


def _reason(finding: Mapping[str, Any]) -> str:
    """What stands behind the rule's own sentence, which is another for each rule."""
    return str(finding["message"]).removeprefix(f"Not checked whether {finding['title']}: ")


def verdict_row(verdict: str, findings: Sequence[Mapping[str, Any]], screen: Screen, width: int | None = None) -> Row:
    """The last row: in one word whether it works, and the counts, also where nothing is wrong."""
    word = _VERDICTS.get(verdict, verdict.upper())
    text = conclusion(findings, width or screen.left_of(*FINDING_WIDTHS))
    return {"Code": "", "Severity": screen.coloured(word), "Message": text}


def conclusion(findings: Sequence[Mapping[str, Any]], width: int) -> str:
    """The counts and, where something is wrong, the command that tells why, for as many rules as a line holds."""
    wrong = [each for each in findings if each["status"] == Status.FAILED.value and each["severity"] != _SEVERITIES[2]]
    wrong.sort(key=lambda each: _SEVERITIES.index(each["severity"]))
    why = "Why: az aks kubenet list-rules --code"
    for code in dict.fromkeys(each["code"] for each in wrong):
        if len(why) + 1 + len(code) > width and not why.endswith("--code"):
            break
        why = f"{why} {code}"
    return "\n".join([fit(counted(findings), width), *([fit(why, width)] if wrong else [])])


def counted(findings: Sequence[Mapping[str, Any]]) -> str:
    """How many checks ended how; the notice of retirement is none."""
    checks = [each for each in findings if each["code"] != "RET1"]

    def count(status: Status, severity: Severity | None = None) -> int:
        return sum(
            each["status"] == status.value and (severity is None or each["severity"] == severity.value)
            for each in checks
        )

    errors, warnings = count(Status.FAILED, Severity.ERROR), count(Status.FAILED, Severity.WARNING)
    wrong = [amount(errors, "error"), amount(warnings, "warning")] if errors or warnings else []
    passed = f"{amount(count(Status.PASSED), 'check')} passed, {count(Status.UNKNOWN)} not checked"
    return "; ".join([*([", ".join(wrong)] if wrong else []), f"{passed}, {count(Status.SKIPPED)} not applicable"])
