"""The file of `--report`: whole or not at all, and nobody else's file replaced."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from azext_kubenet.arguments.values import UsageError
from azext_kubenet.core.changes.change import RefusedError
from azext_kubenet.render.page.document import MARK, Page, write_page
from azext_kubenet.report_file import CSV, HTML, report_file


def make_page(mark: str, title: str = "A page") -> Page:
    return Page(mark=mark, title=title, verdict="Ready.", tone="good", lead=(), sections=())


def write(path: Path, mark: str, title: str = "A page", *, overwrite: bool = False) -> None:
    target = report_file(str(path), mark, overwrite=overwrite)
    assert target is not None
    target.write(write_page(make_page(mark, title)))


def test_a_page_about_the_same_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write(path, 'plan "a" & <b>', "first")
    write(path, 'plan "a" & <b>', "second")
    assert "<title>second</title>" in path.read_text(encoding="utf-8")
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize("content", ["", "somebody's page", "<meta name='aks-kubenet-report' content='plan b'>"])
def test_any_other_file_is_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RefusedError, match="already exists"):
        report_file(str(path), "plan a", overwrite=False)
    assert path.read_text(encoding="utf-8") == content


def test_a_page_about_something_else_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write(path, "plan a")
    with pytest.raises(RefusedError):
        write(path, "plan b")


def test_it_is_replaced_when_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("somebody's", encoding="utf-8")
    write(path, "plan a", overwrite=True)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("name", ["page.txt", "page", "none/page.html", ".html"])
def test_a_name_that_cannot_be_is_a_usage_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        report_file(str(tmp_path / name), "plan", overwrite=False)


def test_a_folder_of_that_name_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "page.html").mkdir()
    with pytest.raises(UsageError):
        report_file(str(tmp_path / "page.html"), "plan", overwrite=False)


def test_overwrite_alone_is_a_usage_error_and_nothing_is_nothing() -> None:
    with pytest.raises(UsageError):
        report_file(None, "plan", overwrite=True)
    assert report_file(None, "plan", overwrite=False) is None


def test_what_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    target = report_file(str(folder / "page.html"), "plan", overwrite=False)
    assert target is not None
    folder.rmdir()
    with pytest.raises(RefusedError, match="could not be written"):
        target.write("a page")


def test_a_csv_is_never_taken_for_one_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    path.write_text(f'<meta name="{MARK}" content="audit everywhere">', encoding="utf-8")
    with pytest.raises(RefusedError, match="already exists"):
        report_file(str(path), "audit everywhere", overwrite=False, suffixes=(HTML, CSV))
    target = report_file(str(path), "audit everywhere", overwrite=True, suffixes=(HTML, CSV))
    assert target is not None
    assert target.is_csv
    target.write("one\r\n")
    assert path.read_bytes() == b"one\r\n"


def test_only_where_it_can_be_one_a_csv_is_a_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has to end in \.html\."):
        report_file(str(tmp_path / "fleet.csv"), "plan", overwrite=False)


def test_a_link_in_the_place_of_the_file_beside_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("somebody's", encoding="utf-8")
    (tmp_path / f".page.html.{os.getpid()}").symlink_to(other)
    write(tmp_path / "page.html", "plan")
    assert other.read_text(encoding="utf-8") == "somebody's"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["other", "page.html"]


def test_where_nothing_can_be_moved_nothing_is_left(tmp_path: Path) -> None:
    target = report_file(str(tmp_path / "page.html"), "plan", overwrite=False)
    assert target is not None
    (tmp_path / "page.html").mkdir()
    with pytest.raises(RefusedError, match="could not be written"):
        target.write("a page")
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]
