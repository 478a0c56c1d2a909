"""The rows of a query, page by page, from answers that a test has written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pytest

from azext_kubenet.arm.errors import ArmError, JsonObject
from azext_kubenet.arm.json_reader import JsonReader
from azext_kubenet.arm.resource_graph import LIMIT_HIT, ResourceGraph, Rows

from .fake import FakeArm

T = TypeVar("T")

TOO_LARGE = ArmError(status=400, code="BadRequest", message="No.", inner_codes=("ResponsePayloadTooLarge",))
BROKEN = ArmError(status=409, code="Broken", message="No.")
SIGNED_OUT = ArmError(status=401, code="ExpiredToken", message="No.")


def page(*names: object, total: int, following: str = "", **more: Any) -> JsonObject:
    data = [{"name": each} for each in names]
    body = {"totalRecords": total, "count": len(data), "data": data, "resultTruncated": "false", **more}
    return {**body, "$skipToken": following} if following else body


class Scripted(FakeArm):
    """Answers each question with the next of the answers, or refuses it with it."""

    def __init__(self, *answers: JsonObject | ArmError, headers: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.answers = list(answers)
        self.headers = headers or {}
        self.bodies: list[JsonObject] = []

    def ask(self, path: str, body: JsonObject, read: Callable[[JsonObject, Mapping[str, str]], T]) -> T:
        assert path.endswith("/resources")
        self.bodies.append(body)
        answer = self.answers.pop(0)
        if isinstance(answer, ArmError):
            raise answer
        return read(answer, self.headers)


def rows(client: Scripted, most: int = 4) -> Rows[str]:
    graph = ResourceGraph(client, {"subscriptions": ["s"]})
    return graph.rows("things", "Resources", lambda each: JsonReader(each).text("name"), most=most)


def tops(client: Scripted) -> list[int]:
    return [each["options"]["$top"] for each in client.bodies]


def test_pages_follow_by_token_in_the_scope() -> None:
    client = Scripted(page("a", "b", total=3, following="t"), page("c", total=3))
    assert rows(client) == Rows(found=("a", "b", "c"))
    assert [each["options"].get("$skipToken") for each in client.bodies] == [None, "t"]
    assert all(each["subscriptions"] == ["s"] for each in client.bodies)


def test_a_page_that_is_too_large_is_asked_for_again_from_the_start_in_halves() -> None:
    client = Scripted(
        page("a", total=2, following="t"), TOO_LARGE, page("a", total=2, following="u"), page("b", total=2)
    )
    assert rows(client).found == ("a", "b")
    assert tops(client) == [4, 4, 2, 2]


def test_a_single_row_that_is_too_large_is_refused() -> None:
    client = Scripted(TOO_LARGE, TOO_LARGE, TOO_LARGE)
    with pytest.raises(ArmError):
        rows(client)
    assert tops(client) == [4, 2, 1]


def test_a_later_page_that_fails_is_told_and_the_rest_stays() -> None:
    found = rows(Scripted(page("a", total=2, following="t"), BROKEN))
    assert found.found == ("a",)
    assert found.faults == ("A page of things failed, and those after the first 1 are missing: (Broken) No.",)


@pytest.mark.parametrize("answers", [(BROKEN,), (page("a", total=2, following="t"), SIGNED_OUT)])
def test_a_first_page_that_fails_and_a_sign_in_that_ended_are_raised(answers: tuple[JsonObject | ArmError]) -> None:
    with pytest.raises(ArmError):
        rows(Scripted(*answers))


def test_rows_that_azure_cut_off_are_told() -> None:
    found = rows(Scripted(page("a", total=5, resultTruncated="true")))
    assert (found.found, found.faults) == (("a",), ("Resource Graph truncated its answer about things after 1.",))


def test_rows_that_do_not_add_up_are_no_answer() -> None:
    with pytest.raises(ArmError, match="found 5 entries, and sent 1"):
        rows(Scripted(page("a", total=5)))


def test_a_limit_that_was_hit_is_told_once() -> None:
    client = Scripted(page("a", total=2, following="t"), page("b", total=2), headers={LIMIT_HIT: "true"})
    assert len(rows(client).faults) == 1


def test_a_row_of_an_unknown_shape_is_left_out_and_told() -> None:
    found = rows(Scripted(page("a", 3, total=2)))
    assert found.found == ("a",)
    assert found.faults == (
        "One of things was left out, as it has an unexpected format: expected text in 'name', got a number.",
    )
