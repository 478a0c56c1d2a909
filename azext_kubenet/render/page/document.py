"""The whole page: verdict and deadline first, then sections in the order given, each value escaped. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...core.rules.rule import Severity, Status
from .markup import NOTHING, Markup, element, joined, text
from .style import STYLE

MARK: Final = "aks-kubenet-report"
"""Name of the meta element that says what the page is about, so that only such a page is written over."""

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


def findings_section(findings: Iterable[Mapping[str, Any]], *, heading: str = "Findings") -> Section:
    """The findings of an answer that are not passed or skipped, worst first, with what repairs them."""
    listed = list(findings)
    shown = [each for each in listed if each["status"] in (Status.FAILED.value, Status.UNKNOWN.value)]
    shown.sort(key=lambda each: (each["status"] != Status.FAILED.value, _RANKS.index(each["severity"])))
    passed = sum(each["status"] == Status.PASSED.value for each in listed)
    skipped = len(listed) - passed - len(shown)
    counts = element("p", text(f"{passed:,} checks passed, {skipped:,} not applicable."), class_="quiet")
    return Section(heading=heading, body=joined([*map(_finding, shown), counts]))


def _finding(finding: Mapping[str, Any]) -> Markup:
    unknown = finding["status"] == Status.UNKNOWN.value
    word = "not checked" if unknown else "note" if finding["severity"] == Severity.INFO.value else finding["severity"]
    tone = "info" if unknown else _TONES[finding["severity"]]
    label = element("span", text(f"{finding['code']}, {word}: "), class_=f"verdict {tone}")
    remediation = element("p", text(finding["remediation"]), class_="quiet") if finding["remediation"] else NOTHING
    taking = finding.get("destructiveCommands") or []
    warning = element("p", text("Takes something away:"), class_="error") if taking else NOTHING
    return element(
        "div",
        element("p", label, text(finding["message"])),
        remediation,
        *commands(finding["commands"]),
        warning,
        *commands(taking),
        class_="finding",
    )


def commands(lines: Iterable[str]) -> Iterator[Markup]:
    """Commands to copy, each selected whole at a click."""
    return (element("pre", element("code", text(line))) for line in lines)
