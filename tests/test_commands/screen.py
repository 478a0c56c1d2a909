"""A terminal around the real az: what it prints there, with every control sequence in it. IO: a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping

from tests.simulator import AzSession

COLOURED = {"AZURE_CORE_NO_COLOR": "false"}
"""Undoes the setting that the sessions of the tests have."""


def on_terminal(
    az: AzSession, *words: str, env: Mapping[str, str] | None = None, columns: int = 80, stderr: bool = True
) -> str:
    """All that `az words` writes to a terminal so wide; without `stderr`, that goes nowhere and is no terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    inherited = {name: value for name, value in az.env.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    process = subprocess.Popen(  # noqa: S603 - the program and its arguments are the test's own
        [str(az.az), *words],
        cwd=az.folder,
        env={**inherited, **COLOURED, **(env or {})},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs if stderr else subprocess.DEVNULL,
    )
    os.close(theirs)
    written = b""
    try:
        while piece := os.read(ours, 65536):
            written += piece
    except OSError:  # how Linux says that nobody has the terminal open any more
        pass
    finally:
        process.wait()
        os.close(ours)
    return written.decode("utf-8")
