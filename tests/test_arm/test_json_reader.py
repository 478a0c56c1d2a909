"""Typed access to JSON: the refusal says where, what was expected and what was there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from azext_kubenet.arm.json_reader import JsonReader, ParseError


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ParseError) as caught:
        call()
    return str(caught.value)


def test_names_are_dotted_and_found_in_any_casing() -> None:
    reader = JsonReader({"Properties": {"AddressPrefix": "10.0.0.0/8"}})
    assert reader.text("properties.addressPrefix") == "10.0.0.0/8"
    assert JsonReader({"a": 1, "A": "exact"}).text("A") == "exact"
    assert JsonReader({1: "x", "a": "y"}).text("A") == "y"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "nothing"),
        (1, "a number"),
        (1.5, "a number"),
        (True, "true or false"),
        ([], "a list"),
        ({}, "an object"),
        (b"x", "bytes"),
    ],
)
def test_text_refuses_by_path_and_kind(value: object, kind: str) -> None:
    reader = JsonReader({"id": value}, "value[3]")
    assert refusal(lambda: reader.text("id")) == f"expected text in 'value[3].id', got {kind}"


@pytest.mark.parametrize("document", [None, [], "text", {"a": []}])
def test_text_in_what_is_no_object_is_absent(document: object) -> None:
    assert refusal(lambda: JsonReader(document).text("a.b")) == "expected text in 'a.b', got nothing"


def test_text_or_has_a_default_for_what_is_absent_only() -> None:
    reader = JsonReader({"a": "", "b": 1})
    assert (reader.text_or("a", "d"), reader.text_or("c", "d"), reader.text_or("c")) == ("", "d", "")
    assert refusal(lambda: reader.text_or("b")) == "expected text in 'b', got a number"


def test_flag_is_true_false_or_absent() -> None:
    reader = JsonReader({"yes": True, "no": False, "text": "true"})
    assert (reader.flag("yes"), reader.flag("no"), reader.flag("none")) == (True, False, None)
    assert refusal(lambda: reader.flag("text")) == "expected true or false in 'text', got text"


def test_number_takes_the_floats_of_usages() -> None:
    assert JsonReader({"currentValue": 3.0}).number("currentValue") == 3
    assert JsonReader({"currentValue": -1}).number("currentValue") == -1


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "true or false"),
        ("3", "text"),
        (None, "nothing"),
        (float("nan"), "a number"),
        (float("inf"), "a number"),
        (10**300, "a number"),
    ],
)
def test_number_refuses_what_is_none(value: object, kind: str) -> None:
    assert refusal(lambda: JsonReader({"n": value}).number("n")) == f"expected a number in 'n', got {kind}"


def test_elements_know_their_path() -> None:
    reader = JsonReader({"properties": {"subnets": [{"id": "a"}, {"id": 7}]}})
    first, second = reader.elements("properties.subnets")
    assert first.text("id") == "a"
    assert refusal(lambda: second.text("id")) == "expected text in 'properties.subnets[1].id', got a number"
    assert list(reader.elements("properties.none")) == []


def test_elements_refuse_what_is_no_list_of_objects() -> None:
    reader = JsonReader({"a": {}, "b": [{}, "x"]})
    assert refusal(lambda: list(reader.elements("a"))) == "expected a list in 'a', got an object"
    assert refusal(lambda: list(reader.elements("b"))) == "expected an object in 'b[1]', got text"


def test_texts_refuse_what_is_no_list_of_texts() -> None:
    reader = JsonReader({"good": ["x", "y"], "a": "x", "b": ["x", None]})
    assert (reader.texts("good"), reader.texts("none")) == (("x", "y"), ())
    assert refusal(lambda: reader.texts("a")) == "expected a list in 'a', got text"
    assert refusal(lambda: reader.texts("b")) == "expected text in 'b[1]', got nothing"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"one": "a"}, ("a",)),
        ({"many": ["a", "b"]}, ("a", "b")),
        ({"one": "a", "many": ["b"]}, ("b",)),
        ({"one": "a", "many": []}, ("a",)),
        ({"one": ""}, ()),
        ({}, ()),
    ],
)
def test_one_or_many_prefers_the_list(document: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert JsonReader(document).one_or_many("one", "many") == expected


def test_child_is_an_object_or_absent() -> None:
    reader = JsonReader({"a": {"b": {"c": 1}}, "d": []}, "top")
    child = reader.child("a.b")
    assert child is not None
    assert refusal(lambda: child.text("c")) == "expected text in 'top.a.b.c', got a number"
    assert reader.child("none") is None
    assert refusal(lambda: reader.child("d")) == "expected an object in 'top.d', got a list"
