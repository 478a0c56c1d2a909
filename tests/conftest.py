"""What tests share: the local Azure of this worker, the real `az` signed in to it, the installed extension."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.installed import extensions_folder
from tests.simulator import AzSession, Simulator

# how long an example takes says how busy the machine is, not whether the code is right
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

ROOT = Path(__file__).resolve().parent.parent

signal.signal(signal.SIGINT, signal.default_int_handler)
"""What is started in the background, as under nohup, ignores Ctrl-C, and so would every az that a test interrupts."""


@pytest.fixture(scope="session")
def extension_dir() -> Path:
    """Where `make install` has put the extension's wheel."""
    folder = extensions_folder()
    if not (folder / "aks-kubenet" / "azext_kubenet").is_dir():
        pytest.fail(f"The extension is not installed in {folder}: run 'make install' first.")
    return folder


@pytest.fixture(scope="session")
def azure() -> Iterator[Simulator]:
    """One local Azure for all the tests of a worker; `sim` empties it for each."""
    with Simulator(control=True) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def signed_in(azure: Simulator, extension_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> AzSession:
    """The real `az` with the extension, signed in once a worker."""
    azure.reset()  # this comes before `sim` does it: what the test before asked for may still be there
    session = azure.az(tmp_path_factory.mktemp("az"), extension_dir=extension_dir)
    session.env["HOME"] = str(session.folder)  # --generate-ssh-keys writes there
    return session


@pytest.fixture
def sim(azure: Simulator) -> Simulator:
    """The local Azure, empty."""
    azure.reset()
    return azure


@pytest.fixture
def az(sim: Simulator, signed_in: AzSession) -> AzSession:
    """The real `az` on an empty Azure."""
    sim.clear_log()
    return signed_in
