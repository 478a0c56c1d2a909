"""`python -m tests.cases FILE...` runs case files of either form; without files, all that there are. IO."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.installed import extensions_folder
from tests.simulator import Simulator

from .case import CASES, read_case
from .run import run_case
from .shared_form import SHARED, read_shared


def main(names: list[str]) -> int:
    """How many cases fail; prints a line for each case."""
    files = [Path(name).resolve() for name in names] or [*sorted(CASES.glob("*.json")), *sorted(SHARED.glob("*.json"))]
    extensions = extensions_folder()
    failed = 0
    with Simulator() as sim, tempfile.TemporaryDirectory() as folder:
        az = sim.az(Path(folder), extension_dir=extensions)
        az.env["HOME"] = folder  # --generate-ssh-keys writes there
        for file in files:
            case = read_case(file) if file.parent == CASES else read_shared(file)
            complaints = run_case(case, sim, az)
            failed += bool(complaints)
            print("\n  ".join([f"{'FAILED' if complaints else 'ok'} {case.name}", *complaints]))
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
