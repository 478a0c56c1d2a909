"""Azure's refusals in both of its shapes, and in none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.arm.errors import ArmError, parse_error

from .reference import REFERENCE, needs_reference


def test_resource_managers_shape() -> None:
    body = {"error": {"code": "ResourceNotFound", "message": "It was not found."}}
    error = parse_error(404, json.dumps(body), action="reading it")
    assert (error.status, error.code, error.message, error.action) == (
        404,
        "ResourceNotFound",
        "It was not found.",
        "reading it",
    )
    assert str(error) == "(ResourceNotFound) It was not found."
    assert (error.is_not_found, error.is_forbidden) == (True, False)


def test_the_shape_of_aks_with_its_subcode() -> None:
    body = {"code": "InvalidParameter", "details": None, "message": "No.", "subcode": "SubnetIsFull"}
    error = parse_error(400, json.dumps(body))
    assert (error.code, error.message, error.codes) == ("InvalidParameter", "No.", ("InvalidParameter", "SubnetIsFull"))


def test_codes_of_details_however_deep() -> None:
    inner = {"code": "Innermost", "message": "c"}
    details = [{"code": "Inner", "message": "b", "details": [inner]}, "not an object", {"message": "no code"}]
    error = parse_error(412, json.dumps({"error": {"code": "Outer", "message": "a", "details": details}}))
    assert error.codes == ("Outer", "Inner", "Innermost")


def test_details_without_end_are_cut_off() -> None:
    body: dict[str, Any] = {"code": "X", "message": "m"}
    for _ in range(50):
        body = {"code": "X", "message": "m", "details": [body]}
    assert len(parse_error(400, json.dumps(body)).codes) == 6


@pytest.mark.parametrize("text", ["<html>\n Bad   gateway</html>", "[]", '"text"', "{}", '{"error": "text"}', "null"])
def test_an_answer_in_no_known_shape_is_shown_on_one_line(text: str) -> None:
    error = parse_error(502, text)
    assert (error.code, error.message) == ("Http502", " ".join(text.split()))


def test_an_empty_answer_names_its_status() -> None:
    assert str(parse_error(503, " \n")) == "(Http503) Azure answered with HTTP status 503 and no body."


def test_a_long_answer_is_cut() -> None:
    assert len(parse_error(502, "x" * 10_000).message) == 300


def test_a_code_without_a_message_and_a_message_without_a_code() -> None:
    assert str(parse_error(409, '{"error": {"code": "Conflict"}}')) == "(Conflict) Azure gave no reason."
    assert str(parse_error(409, '{"message": "Later."}')) == "(Http409) Later."


@pytest.mark.parametrize(("status", "forbidden"), [(401, False), (403, True), (400, False), (404, False), (0, False)])
def test_what_counts_as_forbidden(status: int, forbidden: bool) -> None:
    assert ArmError(status=status, code="X", message="m").is_forbidden is forbidden


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["error", "code", "message", "details", "subcode", "x"]), inner, max_size=5),
    ),
    max_leaves=12,
)


@given(body=JSON, status=st.integers(400, 599))
def test_any_json_is_an_error_with_a_code_and_a_message(body: Any, status: int) -> None:
    error = parse_error(status, json.dumps(body))
    assert error.code
    assert error.message
    assert all(isinstance(code, str) for code in error.codes)


@given(text=st.text(max_size=50))
def test_any_text_is_an_error(text: str) -> None:
    assert parse_error(500, text).message


@needs_reference
def test_recorded_errors_keep_their_code_and_message() -> None:
    recorded = json.loads((REFERENCE / "errors.json").read_text(encoding="utf-8"))
    bodies = [entry for entry in recorded if isinstance(entry.get("body"), dict)]
    assert bodies
    for entry in bodies:
        error = parse_error(entry["http_status"] or 400, json.dumps(entry["body"]))
        assert (error.code, error.message) == (entry["code"], entry["message"])
