"""A local Azure that the real az signs in to: `Simulator` in process, `python -m tests.simulator` from the shell."""

from __future__ import annotations

from .az import AzSession, Completed
from .faults import Fault
from .journal import LoggedRequest
from .messages import Principal
from .settings import Settings
from .simulator import Simulator

__all__ = ["AzSession", "Completed", "Fault", "LoggedRequest", "Principal", "Settings", "Simulator"]
