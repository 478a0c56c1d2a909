"""Every number has a source that can be opened and the date on which it was read."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from azext_kubenet.core.azure import limits

BODY = ast.parse(Path(limits.__file__).read_text(encoding="utf-8")).body
CONSTANTS = [node for node in BODY if isinstance(node, ast.AnnAssign | ast.Assign)]
DOCUMENTED = {
    id(node): following.value.value
    for node, following in pairwise(BODY)
    if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
}


def name_of(node: ast.AnnAssign | ast.Assign) -> str:
    return ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0])


def test_there_are_constants() -> None:
    assert len(CONSTANTS) > 30


@pytest.mark.parametrize("node", CONSTANTS, ids=name_of)
def test_a_constant_is_final_and_has_its_source_and_date_right_after_it(node: ast.AnnAssign | ast.Assign) -> None:
    assert name_of(node).isupper()
    assert isinstance(node, ast.AnnAssign), "write NAME: Final = ..."
    assert ast.unparse(node.annotation) == "Final"
    text = str(DOCUMENTED.get(id(node), ""))
    assert re.search(r"Source: .*https://\S+", text), f"{name_of(node)} has no source"
    assert re.search(r"\(read \d{4}-\d{2}-\d{2}\)\.$", text), f"{name_of(node)} has no date"
