"""Numbers of Azure stand in `limits` alone: texts are made from them, and documents are compared with them.

A number that is written out anywhere else would still be there after the limit has changed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import date
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Final

import pytest

from azext_kubenet.core.azure import limits

ROOT: Final = Path(__file__).parents[3]
PACKAGE: Final = ROOT / "azext_kubenet"
DOCUMENTS: Final = ("README.md", "docs/architecture.md", "CONTRIBUTING.md")
SMALLEST_TELLING_NUMBER: Final = 30
"""Smaller numbers stand for too many things to be looked for by themselves."""

AROUND: Final = 40
"""Characters of a text that are shown before and after what was found."""

OURS: Final = re.compile(r".*_(SECONDS|BYTES|PAGES|PRIORITY)")
"""Bounds of our own and priorities, which no text for users repeats."""

ORDINALS: Final = {10: "tenth"}
WORDS: Final = {5: "five"}

COMPARED: Final[Mapping[str, tuple[str, ...]]] = {
    "azext_kubenet/_help.py": (f"kubenet on AKS is unsupported from {limits.RETIREMENT}.",),
    "azext_kubenet/_params.py": (f"Default: the {ORDINALS[limits.DNS_SERVICE_OFFSET]} of the service range.",),
    "azext_kubenet/core/rules/address_ranges.py": (
        f"Use the {ORDINALS[limits.DNS_SERVICE_OFFSET]} address of the service CIDR",
        f"Another than\n    the {ORDINALS[limits.DNS_SERVICE_OFFSET]} works",
        f"is not its {ORDINALS[limits.DNS_SERVICE_OFFSET]}, ",
    ),
    "azext_kubenet/core/clusters/request.py": (f"else the {ORDINALS[limits.DNS_SERVICE_OFFSET]} of the service CIDR",),
    "azext_kubenet/core/plan/plan.py": (f"else the {ORDINALS[limits.DNS_SERVICE_OFFSET]} of the service CIDR",),
    "README.md": (
        f"before {limits.RETIREMENT}, when it [retires](#kubenet-retires)",
        f"kubenet on AKS is unsupported from {limits.RETIREMENT};",
    ),
}
"""What is written out where nothing can be computed, as it has to read with today's limits."""

EXAMPLES: Final[Mapping[str, Mapping[str, str]]] = {
    "azext_kubenet/_help.py": {
        "10.20.0.0/24 10.20.1.0/24": "subnets that exist, of any size",
        "--peered-prefixes 10.0.0.0/16": "a peered network as an example",
        "--pod-cidr 10.244.0.0/16": "a range that somebody gives",
        "every 30 seconds": "azure-cli's own interval",
    },
    "azext_kubenet/arguments/cluster.py": {"max-pods=110": "a value that is accepted, as an example"},
    "azext_kubenet/arguments/values.py": {
        "'10%'": "how a percentage is written",
        "1 to 63 letters": "the length of a cluster's name, which only happens to be that of the other names",
        "'10.240.0.0/24'": "how a prefix is written",
        "/24'.": "how a prefix length is written",
    },
    "azext_kubenet/arm/bounds.py": {"30 times the bytes": "a measured ratio"},
    "azext_kubenet/core/addresses/intervals.py": {"(12, 30)": "intervals of the example"},
    "azext_kubenet/core/plan/address_choice.py": {
        "192.168.0.0/16": "the first proposals are plan's own choice",
        "10.0.0.0/8": "as above",
    },
    "azext_kubenet/core/rules/overlaps.py": {
        "all of 10.0.0.0/8": "what networks on premises advertise",
        "such as 10.0.0.0/8": "as above",
    },
    "azext_kubenet/render/page/drawing.py": {
        "a /8 and a /28": "sizes that differ much",
        "10%": "how high a line is drawn",
    },
    "azext_kubenet/terminal.py": {"fixed 100 columns": "azure-cli's width of help"},
    "README.md": {
        "shows as a 400": "an HTTP status",
    },
    "docs/architecture.md": {"--pod-cidr 10.0.0.0/16": "a range that somebody gives"},
}
"""Numbers that only look like limits, each with the reason."""


def literals() -> Iterator[tuple[str, re.Pattern[str]]]:
    """The name of each limit, and how its value would be written out."""
    for name, value in vars(limits).items():
        if not name.isupper() or OURS.fullmatch(name):
            continue
        for each in value if isinstance(value, tuple) else (value,):
            written = _written(name, each)
            if written is not None:
                yield name, re.compile(written, re.IGNORECASE)


def _written(name: str, value: object) -> str | None:
    match value:
        case int() if "PREFIX" in name:
            return rf"/{value}(?!\d|\.\d)"
        case int() if "PERCENT" in name:
            return rf"(?<![\d.]){value} ?%"
        case int() if name == "RESERVED_ADDRESSES":
            return rf"\b({value}|{WORDS[value]}) (reserved )?addresses"
        case int() if name == "DNS_SERVICE_OFFSET":
            return rf"\b{ORDINALS[value]}\b"
        case int() if name == "MIN_PODS_PER_NODE":
            return rf"\b{value} (to \d+ )?pods"
        case int() if value >= SMALLEST_TELLING_NUMBER:
            return rf"(?<![\w.,/:-])({value}|{value:,})(?![\w%:/-]|[.,]\d| %)"
        case IPv4Network() | IPv4Address() | date():
            return re.escape(str(value))
    return None


LITERALS: Final = tuple(literals())


def written_out(text: str) -> list[str]:
    """The limits whose values stand in a text, each with what is around it."""
    return [
        f"{name} in '{text[max(0, found.start() - AROUND) : found.end() + AROUND]}'"
        for name, pattern in LITERALS
        for found in pattern.finditer(text)
    ]


PRINTED: Final = re.compile(r"(?<=```console\n)\$ az aks kubenet plan .*?(?=\n```)", re.DOTALL)
"""What README shows as printed: a test of the documents compares it with the snapshots, which limits make."""


def texts_of(path: str) -> Iterator[str]:
    """The strings of a module, docstrings included; a document as a whole."""
    content = (ROOT / path).read_text(encoding="utf-8")
    if not path.endswith(".py"):
        yield PRINTED.sub("", content)
        return
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


MODULES: Final = tuple(
    path.relative_to(ROOT).as_posix() for path in sorted(PACKAGE.rglob("*.py")) if path.name != "limits.py"
)


def known(path: str) -> tuple[str, ...]:
    return (*COMPARED.get(path, ()), *EXAMPLES.get(path, {}))


@pytest.mark.parametrize("path", [*MODULES, *DOCUMENTS])
def test_no_limit_is_written_out(path: str) -> None:
    for text in texts_of(path):
        rest = text
        for fragment in known(path):
            rest = rest.replace(fragment, "...")
        assert written_out(rest) == [], "make it from limits, or put it into EXAMPLES with its reason"


@pytest.mark.parametrize("path", sorted({*COMPARED, *EXAMPLES}))
def test_what_is_written_out_is_what_the_limits_say(path: str) -> None:
    """Fails where a limit changed and its document did not, and where an exception is no longer needed."""
    texts = tuple(texts_of(path))
    assert [fragment for fragment in known(path) if not any(fragment in text for text in texts)] == []


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (f"{limits.MAX_ROUTES} routes at most", "MAX_ROUTES"),
        (f"up to {limits.MAX_POOL_NODES:,} nodes.", "MAX_POOL_NODES"),
        (f"a /{limits.NODE_POD_PREFIX} each", "NODE_POD_PREFIX"),
        (f"at least {limits.SUBNET_SLACK_PERCENT} % free", "SUBNET_SLACK_PERCENT"),
        (f"takes 1 to {limits.MAX_PODS_PER_NODE} pods", "MAX_PODS_PER_NODE"),
        (f"Azure keeps {WORDS[limits.RESERVED_ADDRESSES]} addresses", "RESERVED_ADDRESSES"),
        (f"until {limits.RETIREMENT}.", "RETIREMENT"),
        (f"not {limits.AKS_RESERVED_RANGES[0]}", "AKS_RESERVED_RANGES"),
    ],
)
def test_a_limit_that_is_written_out_is_seen(text: str, limit: str) -> None:
    assert any(found.startswith(f"{limit} ") for found in written_out(text))


@pytest.mark.parametrize("text", ["HTTP status 1400", "10.4.0.0/240", "2.400.1", "a-400-b", "x400"])
def test_what_only_contains_the_digits_is_no_limit(text: str) -> None:
    assert written_out(text) == []
