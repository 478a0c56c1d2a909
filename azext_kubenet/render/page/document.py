"""The whole page: verdict and deadline first, then sections in the order given, each value escaped. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...core.rules.rule import Severity, Status
from .markup import Markup, breakable, element, joined, prose, text
from .style import STYLE

MARK: Final = "aks-kubenet-report"
"""Name of the meta element that says what the page is about, so that only such a page is written over."""

NOTICE: Final = "RET1"
"""The rule that says when kubenet ends: told at the top of each page, and not again among the findings."""

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_RANKS: Final = (Severity.ERROR.value, Severity.WARNING.value, Severity.INFO.value)
_TONES: Final = {Severity.ERROR.value: "error", Severity.WARNING.value: "warning", Severity.INFO.value: "info"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    heading: str
    body: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page says. `mark` names command and subject; `tone` is a class of the style: good, warning or error."""

    mark: str
    title: str
    verdict: str
    tone: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]


def write_page(page: Page) -> str:
    """The document; the same bytes for the same page."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name=MARK, content=page.mark),
        element("title", text(page.title)),
        Markup(f"<style>{STYLE}</style>"),
    )
    header = element(
        "header",
        element("h1", text(page.title)),
        element("p", text(page.verdict), class_=f"verdict {page.tone}"),
        *(element("p", text(line)) for line in page.lead),
    )
    sections = (element("section", element("h2", text(each.heading)), each.body) for each in page.sections)
    footer = element("footer", text("Written by az aks kubenet. The page asks nobody for anything and runs no script."))
    body = element("body", header, element("main", joined(sections)), footer)
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def retirement(result: Mapping[str, Any]) -> Iterator[str]:
    """When kubenet ends, in the words of the rule."""
    return (finding["message"] for finding in result["findings"] if finding["code"] == NOTICE)


def findings_section(findings: Iterable[Mapping[str, Any]], *, heading: str = "Findings") -> Section:
    """The findings of an answer that are not passed or skipped, worst first, with what repairs them."""
    wanted = (Status.FAILED.value, Status.UNKNOWN.value)
    shown = [each for each in findings if each["status"] in wanted and each["code"] != NOTICE]
    shown.sort(key=lambda each: (each["status"] != Status.FAILED.value, _RANKS.index(each["severity"])))
    if not shown:
        return Section(heading=heading, body=element("p", text("Nothing to repair."), class_="good"))
    return Section(heading=heading, body=joined(map(_finding, shown)))


def _finding(finding: Mapping[str, Any]) -> Markup:
    return element(
        "div",
        element("p", label(finding), prose(finding["message"])),
        *remediation(finding),
        *repairs(finding),
        class_="finding",
    )


def remediation(finding: Mapping[str, Any]) -> Iterator[Markup]:
    """What to do, where there is something."""
    if finding["remediation"]:
        yield element("p", prose(finding["remediation"]), class_="quiet")


def label(finding: Mapping[str, Any]) -> Markup:
    """Code and severity, before what is said."""
    unknown = finding["status"] == Status.UNKNOWN.value
    word = "not checked" if unknown else "note" if finding["severity"] == Severity.INFO.value else finding["severity"]
    tone = "info" if unknown else _TONES[finding["severity"]]
    return element("span", text(f"{finding['code']}, {word}: "), class_=f"verdict {tone}")


def repairs(finding: Mapping[str, Any]) -> Iterator[Markup]:
    """The commands that repair it, and apart from them those that take something away to repair it."""
    yield from commands(finding["commands"])
    if finding["destructiveCommands"]:
        yield element("p", text("Takes something away:"), class_="error")
        yield from commands(finding["destructiveCommands"])


def commands(lines: Iterable[str]) -> Iterator[Markup]:
    """Commands to copy, each selected whole at a click."""
    return (element("pre", command(line)) for line in lines)


def command(line: str) -> Markup:
    """The command; no line is broken within the name of an option."""
    words = (element("b", text(word)) if word.startswith("--") else breakable(word) for word in line.split(" "))
    return element("code", Markup(" ".join(words)))
