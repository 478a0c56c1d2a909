"""Every cassette: where it is from, and that nothing in it is of whoever recorded it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from azext_kubenet.core.changes.change import assignment_id, least_privilege_role_id
from tests.scenarios.base import RECORDINGS
from tests.scenarios.cassette import read_cassette
from tests.scenarios.scrubbing import (
    ARM_HOST,
    BARE_GUID,
    GUID,
    NUMBERED,
    PUBLIC_GUIDS,
    REPLACED,
    REPLACED_TIME,
    SUBSCRIPTION_ID,
    TENANT_ID,
)

CASSETTES = sorted(RECORDINGS.glob("*.yaml"))
SOURCE = re.compile(
    r"# Recorded against (the local Azure of tests/simulator|\w+ \(live\)) with azure-cli \d+\.\d+\.\d+\."
    r" Not to be edited: run 'make record'\."
)
SUSPICIOUS = {
    "a token": re.compile(r"eyJ[\w-]{8,}|(?i:bearer )(?!REPLACED)\w"),
    "a key": re.compile(r"AAAA[A-Z][A-Za-z0-9+/]{16,}|[A-Za-z0-9+/]{40,}={1,2}|PRIVATE KEY"),
    "a long secret": re.compile(r"(?<![\w/.-])(?=[\w+~]*\d)(?=[\w+~]*[A-Z])(?=[\w+~]*[a-z])[\w+~]{32,}(?![\w/.-])"),
    "a digest": re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{40,}(?![0-9a-zA-Z])"),
    "a mail address": re.compile(r"[\w.+-]+@(?!example\.com)[\w-]+\.[\w.]+"),
    "a local host": re.compile(r"localhost|127\.0\.0\.1", re.IGNORECASE),
    "a request header of the recorder": re.compile(
        r"user-agent|commandname|parametersetname|x-identity-header|request-id|authorization:", re.IGNORECASE
    ),
    "a secret": re.compile(rf'(?i)"\w*(?:password|secret|token)"\s*:\s*"(?!{REPLACED}")'),
    "a point in time": re.compile(rf"(?!{REPLACED_TIME})\d{{4}}-\d\d-\d\dT\d\d:\d\d"),
}


def derived_names(interactions: list[dict[str, Any]]) -> set[str]:
    """The GUIDs that the extension makes from the replaced identifiers."""
    names = {least_privilege_role_id(SUBSCRIPTION_ID).rsplit("/", 1)[-1]}
    for interaction in interactions:
        request = interaction["request"]
        scope, _, name = urlsplit(request["uri"]).path.partition("/providers/Microsoft.Authorization/roleAssignments/")
        if request["method"] == "PUT" and name:
            properties = json.loads(request["body"])["properties"]
            made = assignment_id(scope, properties["principalId"], properties["roleDefinitionId"])
            names.add(made.rsplit("/", 1)[-1])
    return names


def strangers(text: str, known: set[str]) -> set[str]:
    """The GUIDs in a text that stand for something real."""
    guids = {found.lower() for found in GUID.findall(text)}
    bare = {found.lower() for found in BARE_GUID.findall(text)}
    digits = {guid.replace("-", "") for guid in known}
    return {guid for guid in guids if guid not in known and not guid.startswith(NUMBERED)} | {
        guid for guid in bare if guid not in digits and not guid.startswith(NUMBERED.replace("-", ""))
    }


def test_there_are_cassettes() -> None:
    assert CASSETTES, f"no cassettes in {RECORDINGS}: run 'make record'"


@pytest.mark.parametrize("cassette", CASSETTES, ids=lambda path: path.stem)
def test_header_says_what_it_was_recorded_against(cassette: Path) -> None:
    assert SOURCE.fullmatch(cassette.read_text(encoding="utf-8").splitlines()[0])


@pytest.mark.parametrize("cassette", CASSETTES, ids=lambda path: path.stem)
def test_guids_are_replaced_ones(cassette: Path) -> None:
    known = {SUBSCRIPTION_ID, TENANT_ID, *PUBLIC_GUIDS} | derived_names(read_cassette(cassette))
    assert strangers(cassette.read_text(encoding="utf-8"), known) == set()


@pytest.mark.parametrize("cassette", CASSETTES, ids=lambda path: path.stem)
def test_nothing_looks_like_a_secret(cassette: Path) -> None:
    text = cassette.read_text(encoding="utf-8")
    found = {f"{what}: {match.group()}" for what, pattern in SUSPICIOUS.items() for match in pattern.finditer(text)}
    assert found == set()


@pytest.mark.parametrize("cassette", CASSETTES, ids=lambda path: path.stem)
def test_only_resource_manager_was_asked(cassette: Path) -> None:
    uris = [interaction["request"]["uri"] for interaction in read_cassette(cassette)]
    assert {urlsplit(uri).netloc for uri in uris} == {ARM_HOST}
    paths = [f"{urlsplit(uri).path.lower()}/" for uri in uris]
    assert all(each.startswith(("/subscriptions/", "/providers/")) for each in paths)


def test_every_cassette_has_a_scenario() -> None:
    sources = "\n".join(
        file.read_text(encoding="utf-8") for file in (RECORDINGS.parent / "scenarios").glob("test_*.py")
    )
    orphans = [cassette.stem for cassette in CASSETTES if f"def {cassette.stem}(" not in sources]
    assert orphans == []


@pytest.mark.parametrize(
    "text",
    [
        "72f988bf-86f1-41af-91ab-2d7cd011db47",
        "72F988BF-86F1-41AF-91AB-2D7CD011DB47",
        "Principal 886f851f845a47a28b6cfa7d7e213179 does not exist",
    ],
)
def test_strangers_are_found(text: str) -> None:
    assert strangers(f"{SUBSCRIPTION_ID} {text}", {SUBSCRIPTION_ID})


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a token", '"eyJ0eXAiOiJKV1QiLCJhbGci.eyJ"'),
        ("a token", "Bearer abc"),
        ("a key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB"),
        ("a key", "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6=="),
        ("a long secret", '"Ab3Ab3Ab3Ab3Ab3Ab3Ab3Ab3Ab3Ab3Ab3Ab3"'),
        ("a digest", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("a mail address", "jane@contoso.com"),
        ("a local host", "https://localhost:4123/"),
        ("a request header of the recorder", "User-Agent"),
        ("a secret", '"clientSecret": "abc"'),
        ("a point in time", "2026-11-22T18:14:02Z"),
    ],
)
def test_secrets_are_found(what: str, text: str) -> None:
    assert SUSPICIOUS[what].search(text)
