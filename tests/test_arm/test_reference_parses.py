"""What Azure really said: refusals and failed operations in recorded traffic, and the lists that examples show.

Single resources and `errors.json` are read in test_parse.py and test_errors.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from azext_kubenet.arm.errors import parse_error
from azext_kubenet.arm.parse.access import parse_deny_assignment, parse_permission
from azext_kubenet.arm.parse.networks import parse_usage

from .documents import Json
from .reference import REFERENCE, needs_reference

pytestmark = needs_reference


def recorded() -> Iterator[tuple[str, Json]]:
    """Every recorded exchange, with where it is from."""
    for file in sorted((REFERENCE / "traffic").glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            yield f"{file.name}:{number}", json.loads(line)


def code_of(response: Json) -> str:
    return str(response.get("error", response)["code"])


def inner_codes_of(response: Json) -> Iterator[str]:
    """AKS names a subcode beside the code, in the bare shape too; the details are the same in both."""
    error = response.get("error", response)
    if error.get("subcode"):
        yield error["subcode"]
    for detail in error.get("details") or []:
        yield detail["code"]


def test_every_recorded_refusal_keeps_status_and_code() -> None:
    refusals = [(where, entry) for where, entry in recorded() if int(entry.get("status") or 0) >= 400]
    assert len(refusals) > 10
    for where, entry in refusals:
        error = parse_error(entry["status"], json.dumps(entry["response"]))
        assert (error.status, error.code) == (entry["status"], code_of(entry["response"])), where
        assert error.is_not_found == (entry["status"] == 404), where
        assert error.inner_codes == tuple(inner_codes_of(entry["response"])), where


def test_every_failed_operation_keeps_its_code() -> None:
    """An operation that fails does so with status 200 and a body around the error."""
    operations = [
        (where, entry["response"])
        for where, entry in recorded()
        if isinstance(entry.get("response"), dict) and entry["response"].get("status") == "Failed"
    ]
    assert len(operations) > 5
    for where, response in operations:
        error = parse_error(200, json.dumps(response))
        assert error.code == code_of(response), where
        assert error.message == (response["error"]["message"] or "Azure gave no reason."), where


@pytest.mark.parametrize(
    ("example", "convert", "least"),
    [
        ("GetPermissions", parse_permission, 1),
        ("GetResourcePermissions", parse_permission, 1),
        ("GetAllDenyAssignments", parse_deny_assignment, 1),
        ("GetDenyAssignmentByScope", parse_deny_assignment, 1),
        ("VirtualNetworkListUsage*", parse_usage, 2),
    ],
)
def test_lists_of_the_examples(example: str, convert: Callable[[object], object], least: int) -> None:
    files = sorted((REFERENCE / "specs").rglob(f"{example}.json"))
    assert len(files) >= least
    for file in files:
        body = json.loads(file.read_text(encoding="utf-8-sig"))["responses"]["200"]["body"]
        assert body["value"], file.name
        for element in body["value"]:
            convert(element)
