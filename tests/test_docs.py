"""The documents are current: the rules, the links into them, and the page about the architecture."""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from azext_kubenet.core.rules import all_rules

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "scripts" / "make_rule_docs.py"
PAGE = ROOT / "docs" / "rules.md"

pytestmark = pytest.mark.skipif(not SCRIPT.is_file(), reason="runs in the repository only")


def run_script(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script


def test_the_page_is_current() -> None:
    result = run_script(SCRIPT, "--check")
    assert result.returncode == 0, result.stderr


def test_the_picture_of_a_page_is_current() -> None:
    result = run_script(ROOT / "scripts" / "make_page_picture.py", "--check")
    assert result.returncode == 0, result.stderr


def test_a_page_that_is_not_current_is_noticed_and_written_anew(tmp_path: Path) -> None:
    for name in ("azext_kubenet", "scripts"):
        (tmp_path / name).mkdir()
    (tmp_path / "azext_kubenet" / "__init__.py").touch()
    (tmp_path / "azext_kubenet" / "core").symlink_to(ROOT / "azext_kubenet" / "core")
    copy = tmp_path / "scripts" / SCRIPT.name
    copy.write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")

    missing = run_script(copy, "--check")
    assert missing.returncode == 1
    assert "Run: python scripts/make_rule_docs.py" in missing.stderr

    assert run_script(copy).returncode == 0
    assert run_script(copy, "--check").returncode == 0
    assert (tmp_path / "docs" / "rules.md").read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")


def test_each_rule_has_a_section() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for rule in all_rules():
        assert page.count(f'<a id="{rule.code.lower()}"></a>') == 1


ARCHITECTURE = ROOT / "docs" / "architecture.md"


def parts(folder: Path) -> set[str]:
    """The modules and packages in a folder of the extension."""
    found = [each for each in folder.iterdir() if each.suffix == ".py" or (each / "__init__.py").is_file()]
    return {each.stem for each in found} - {"__init__"}


def named_in_tables(pattern: str) -> set[str]:
    rows = [line.split("|")[1] for line in ARCHITECTURE.read_text("utf-8").splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(pattern, row)}


def test_every_part_is_on_the_page_about_the_architecture_and_nothing_else() -> None:
    assert named_in_tables(r"`(\w+)(?:/|\.py)`") == parts(ROOT / "azext_kubenet")


def test_every_room_of_the_core_is_on_the_page_about_the_architecture_and_nothing_else() -> None:
    assert named_in_tables(r"`core/(\w+)/`") == parts(ROOT / "azext_kubenet" / "core")


def test_the_walks_lead_through_files_and_names_that_exist() -> None:
    steps = re.findall(r"`(azext_kubenet/[\w/]+\.py)(?::(\w+))?`", ARCHITECTURE.read_text("utf-8"))
    assert len(steps) > 15
    for path, name in steps:
        text = (ROOT / path).read_text("utf-8")
        assert not name or re.search(rf"^(?:def|class) {name}\b", text, re.MULTILINE), f"{path}: {name}"


def layers(contract: str) -> set[str]:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    section = contracts[f"importlinter:contract:{contract}"]
    assert section["exhaustive"] == "True"
    return set(re.findall(r"\w+", section["layers"]))


def test_every_part_has_its_place_among_the_layers() -> None:
    assert layers("house") == parts(ROOT / "azext_kubenet")
    assert layers("rooms") == parts(ROOT / "azext_kubenet" / "core")


SCREENS = {"plan --node-count 50": "plan", "check --resource-group rg --name aks": "check-broken"}


@pytest.mark.parametrize(("words", "snapshot"), SCREENS.items())
def test_what_readme_shows_first_is_what_is_printed(words: str, snapshot: str) -> None:
    first = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]
    shown = first.partition(f"$ az aks kubenet {words} --output table\n")[2].partition("\n```")[0].partition("\n$ ")[0]
    printed = _same(ROOT.joinpath("tests", "snapshots", f"{snapshot}.txt").read_text(encoding="utf-8"))
    parts = [_same(part.strip("\n")) for part in shown.split("\n...\n")]
    assert len(shown.splitlines()) > 10
    assert all(part in printed for part in parts)
    assert sorted(parts, key=printed.index) == parts


def _same(text: str) -> str:
    """Without the day, and without how many rules there were on it."""
    return re.sub(r"(\d+|<n>)(?= days left| checks passed|\s+not applicable)", "some", text)
