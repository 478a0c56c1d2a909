"""Adding tags loses none: not those that are there, nor those that somebody else adds meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_kubenet.arm.confirm import NotWrittenError
from azext_kubenet.arm.errors import ArmError
from azext_kubenet.arm.tags import TAGS, add_tags

from .documents import IDENTITY, TABLE, Json, identity_document, table_document
from .fake import FakeArm, forbidden, not_found

NAMES = st.sampled_from(["team", "cost", "aks-kubenet-part-1", "aks-kubenet-part-2", "owner"])
SOME_TAGS = st.dictionaries(NAMES, st.sampled_from(["a", "b", ""]), max_size=4)


class Busy(FakeArm):
    """Somebody adds `theirs` just before a write comes."""

    theirs: Json

    def patch(self, path: str, body: Json) -> None:
        self.documents[str(TABLE).lower()].setdefault("tags", {}).update(self.theirs)
        super().patch(path, body)


@given(present=SOME_TAGS, theirs=SOME_TAGS, added=SOME_TAGS)
def test_no_update_is_lost(present: Json, theirs: Json, added: Json) -> None:
    fake = Busy.of({**table_document(), "tags": dict(present)})
    assert isinstance(fake, Busy)
    fake.theirs = theirs
    add_tags(fake, TABLE, added)
    assert fake.documents[str(TABLE).lower()]["tags"] == {**present, **theirs, **added}
    (sent,) = (call for call in fake.calls if call.method == "PATCH")
    assert sent.path == f"{TABLE}{TAGS}"
    assert sent.body == {"operation": "Merge", "properties": {"tags": added}}


@pytest.mark.parametrize("present", [{"Team": "net"}, {}, None])
def test_without_the_right_to_merge_all_that_were_just_read_are_written(present: Json | None) -> None:
    fake = FakeArm.of({**identity_document(), "tags": present})
    fake.refuse("PATCH", TAGS, forbidden())
    add_tags(fake, IDENTITY, {"cost": "1"})
    sent = [call for call in fake.calls if call.method == "PATCH"][-1]
    assert (sent.path, sent.body) == (str(IDENTITY), {"tags": {**(present or {}), "cost": "1"}})


@pytest.mark.parametrize("error", [not_found(), ArmError(status=409, code="Conflict", message="m")])
def test_another_refusal_is_told(error: ArmError) -> None:
    fake = FakeArm.of(table_document())
    fake.refuse("PATCH", TAGS, error)
    with pytest.raises(ArmError) as caught:
        add_tags(fake, TABLE, {"cost": "1"})
    assert caught.value is error
    assert fake.paths("PATCH") == [f"{TABLE}{TAGS}"]


def test_a_success_after_which_the_tags_are_not_there_is_an_error() -> None:
    class Forgetful(FakeArm):
        def patch(self, path: str, body: Any) -> None:
            pass

    with pytest.raises(NotWrittenError, match="differs from what was asked for"):
        add_tags(Forgetful.of(table_document()), TABLE, {"cost": "1"})
