"""Where the extension is that tests and benchmarks run. No IO."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def extensions_folder() -> Path:
    """Where `make install` has put the wheel: with the az of the environment that this runs in."""
    return Path(os.environ.get("KUBENET_EXTENSION_DIR", Path(sys.prefix) / "extensions")).resolve()
