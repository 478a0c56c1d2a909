"""Says clearly when the Python at hand is too old."""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - the very check
    sys.exit("Python 3.10 or newer is needed; choose one: make PYTHON=python3.12 ...")
