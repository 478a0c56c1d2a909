"""The generated documentation of the rules is current, and every finding's link leads into it."""

from __future__ import annotations

import subprocess
import sys
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


def test_each_rule_has_the_section_that_its_findings_link_to() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for rule in all_rules():
        anchor = rule.documentation.rpartition("#")[2]
        assert page.count(f'<a id="{anchor}"></a>') == 1
        assert rule.documentation.endswith(f"/docs/rules.md#{anchor}")
