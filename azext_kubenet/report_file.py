"""The file that `--report` writes: made beside its place and moved there, and nobody else's file replaced. File IO."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .arguments.values import UsageError
from .core.changes.change import RefusedError
from .render.page.document import MARK
from .render.page.markup import text

_MARK: Final = re.compile(rf'<meta name="{MARK}" content="([^"]*)">')
HTML, CSV = ".html", ".csv"
_HEAD_BYTES: Final = 4096
"""Where the mark stands in a page of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """Where a report goes; `mark` says what it is about: the command and its subject."""

    path: Path
    mark: str

    @property
    def is_csv(self) -> bool:
        return self.path.suffix.lower() == CSV

    def write(self, content: str) -> None:
        """Write all of it or nothing; RefusedError where the folder does not let us."""
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            beside.unlink(missing_ok=True)
            with beside.open("x", encoding="utf-8", newline="\n") as file:  # never through somebody's link
                file.write(content)
            beside.replace(self.path)
        except OSError as error:
            raise _refused(self.path, error) from error
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)


def report_file(
    path: str | None, mark: str, *, overwrite: bool, suffixes: tuple[str, ...] = (HTML,)
) -> ReportFile | None:
    """The file to write, looked at before anything is read from Azure; None where none was asked for.

    Raises UsageError for a name that cannot be, RefusedError where another file is in its place.
    """
    if path is None:
        if overwrite:
            raise UsageError("--overwrite: there is no --report to write.", "Add --report FILE, or omit --overwrite.")
        return None
    target = Path(path)
    if target.suffix.lower() not in suffixes:
        allowed = " or ".join(suffixes)
        raise UsageError(
            f"--report {path}: the name of the file has to end in {allowed}.", f"Try: --report report{suffixes[0]}"
        )
    if target.is_dir() or not target.parent.is_dir():
        raise UsageError(
            f"--report {path}: its folder does not exist, or it is itself a folder.",
            "Create the folder first, or name another.",
        )
    if target.exists() and not overwrite and _mark_of(target) != text(mark):
        raise RefusedError(
            f"'{path}' already exists, and is not a page that this command wrote about the same.",
            "Choose another name, or add --overwrite to replace it.",
        )
    return ReportFile(path=target, mark=mark)


def _mark_of(path: Path) -> str | None:
    """What a page of ours is about, escaped as it stands there; None for any other file, and for every CSV."""
    if path.suffix.lower() == CSV:
        return None
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise _refused(path, error) from error
    found = _MARK.search(head)
    return None if found is None else found[1]


def _refused(path: Path, error: OSError) -> RefusedError:
    return RefusedError(f"'{path}' could not be written: {error.strerror}.", "Choose another file with --report.")
