"""Typed access to JSON: the refusal says where, what was expected and what was there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from azext_kubenet.arm.json_reader import JsonReader, ParseError, as_text, each_at


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
    reader = JsonReader({"id": value})
    assert refusal(lambda: reader.text("id")) == f"expected text in 'id', got {kind}"


@pytest.mark.parametrize(
    ("document", "kind"),
    [(None, "nothing"), ([], "a list"), ("text", "text"), (7, "a number"), (True, "true or false")],
)
def test_a_document_is_an_object(document: object, kind: str) -> None:
    assert refusal(lambda: JsonReader(document)) == f"expected an object, got {kind}"


def test_what_stands_on_the_way_is_an_object_or_absent() -> None:
    reader = JsonReader({"a": {"b": []}, "c": None, "d": "x"})
    assert refusal(lambda: reader.text_or("a.b.c")) == "expected an object in 'a.b', got a list"
    assert refusal(lambda: reader.flag("d.e.f")) == "expected an object in 'd', got text"
    assert refusal(lambda: reader.text("c.d")) == "expected text in 'c.d', got nothing"
    assert reader.text_or("c.d.e", "absent") == "absent"


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


def name_of(document: object) -> str:
    return JsonReader(document).text("name")


def test_a_list_puts_its_name_and_index_before_the_path() -> None:
    reader = JsonReader({"properties": {"subnets": [{"name": "a"}, {"name": 7}], "good": [{"name": "b"}]}})
    assert reader.each("properties.good", name_of) == ("b",)
    assert reader.each("properties.none", name_of) == ()
    assert (
        refusal(lambda: reader.each("properties.subnets", name_of))
        == "expected text in 'properties.subnets[1].name', got a number"
    )


def test_lists_in_lists_keep_every_index() -> None:
    def names(document: object) -> tuple[str, ...]:
        return JsonReader(document).each("inner", name_of)

    page = [{}, {"inner": [{"name": "a"}, {}, {"name": "c"}]}]
    assert refusal(lambda: each_at("value", page, names)) == "expected text in 'value[1].inner[1].name', got nothing"
    assert each_at("value", page[:1], names) == ((),)


def test_a_list_of_objects_is_one() -> None:
    reader = JsonReader({"a": {}, "b": [{"name": "a"}, "x"]})
    assert refusal(lambda: reader.each("a", name_of)) == "expected a list in 'a', got an object"
    assert refusal(lambda: reader.each("b", name_of)) == "expected an object in 'b[1]', got text"


def test_members_put_their_name_before_the_path() -> None:
    reader = JsonReader({"tags": {"team": "net", "n": 7}, "good": {"A": "x"}, "bad": []})
    assert (reader.members("good", as_text), reader.members("none", as_text)) == ((("A", "x"),), ())
    assert refusal(lambda: reader.members("tags", as_text)) == "expected text in 'tags.n', got a number"
    assert refusal(lambda: reader.members("bad", as_text)) == "expected an object in 'bad', got a list"


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
    assert JsonReader(document).one_or_many("one", "many", as_text) == expected


def test_one_or_many_names_the_property_that_is_wrong() -> None:
    assert (
        refusal(lambda: JsonReader({"one": 1}).one_or_many("one", "many", as_text))
        == "expected text in 'one', got a number"
    )
    assert (
        refusal(lambda: JsonReader({"one": "a", "many": ["b", 2]}).one_or_many("one", "many", as_text))
        == "expected text in 'many[1]', got a number"
    )


def test_an_object_inside_puts_its_name_before_the_path() -> None:
    reader = JsonReader({"a": {"b": {"name": 1}}, "d": []})
    assert refusal(lambda: reader.maybe("a.b", name_of)) == "expected text in 'a.b.name', got a number"
    assert refusal(lambda: reader.maybe("d", name_of)) == "expected an object in 'd', got a list"
    assert reader.maybe("none", name_of) is None
