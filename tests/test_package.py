"""The wheel: what is in it, that two builds are one, and that azure-cli adds, shows, updates and removes it.

No network: the index that `az extension update` looks into is a file, served on the loopback address.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from email import message_from_string
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("setup.py", "setup.cfg", "README.md", "HISTORY.rst", "LICENSE", "azext_kubenet")
DEAD_PROXY = "http://127.0.0.1:9"
NEXT_VERSION = "9.0.0"

pytestmark = [
    pytest.mark.skipif(not (ROOT / "setup.py").is_file(), reason="runs in the repository only"),
    pytest.mark.xdist_group("package"),
]


def run(*command: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=cwd)  # noqa: S603 - ours
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build_wheel(folder: Path, *, version: str | None = None, written: int = 1_500_000_000) -> Path:
    """The wheel of a copy of the sources, made in `folder`; its files were `written` then, as seconds since 1970."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name in SOURCES:
        here, there = ROOT / name, source / name
        if here.is_dir():
            shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(here, there)
    if version is not None:
        script = source / "setup.py"
        text, changed = re.subn(r'^VERSION = ".*"$', f'VERSION = "{version}"', script.read_text("utf-8"), flags=re.M)
        assert changed == 1
        script.write_text(text, "utf-8")
    for path in source.rglob("*"):
        os.utime(path, (written, written))
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(source))
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def digest(wheel: Path) -> str:
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Any:
    with ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode("utf-8"))


def test_the_wheel_holds_the_package_and_its_description_only(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"azext_kubenet", next(top for top in tops if top.endswith(".dist-info"))}
    assert {Path(name).suffix for name in names if name.startswith("azext_kubenet/")} == {".py", ".json"}


def test_the_wheel_holds_every_module_and_the_metadata_of_azure_cli(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("azext_kubenet/")}
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "azext_kubenet").rglob("*.py")}
    assert packed == sources | {"azext_kubenet/azext_metadata.json"}


def test_the_wheel_requires_nothing_and_has_a_licence(metadata: Any) -> None:
    assert metadata["Name"] == "aks-kubenet"
    assert metadata.get_all("Requires-Dist") is None
    assert metadata["License"] == "MIT"


def test_two_builds_in_two_folders_give_one_hash(wheel: Path, tmp_path: Path) -> None:
    again = build_wheel(tmp_path / "elsewhere" / "and deeper", written=1_600_000_000)
    assert again.name == wheel.name
    assert digest(again) == digest(wheel)


def test_another_source_gives_another_hash(wheel: Path, tmp_path: Path) -> None:
    other = build_wheel(tmp_path, version=NEXT_VERSION)
    assert digest(other) != digest(wheel)


class Az:
    """The real az with a configuration and an extension folder of its own, and a proxy that leads nowhere."""

    def __init__(self, folder: Path) -> None:
        self.extensions = folder / "extensions"
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AZURE_", "ARM_", "REQUESTS_CA", "CURL_CA", "PIP_")) and "proxy" not in name.lower()
        }
        self.env = {
            **inherited,
            "AZURE_CONFIG_DIR": str(folder / "azure"),
            "AZURE_EXTENSION_DIR": str(self.extensions),
            "AZURE_CORE_COLLECT_TELEMETRY": "false",
            "AZURE_CORE_NO_COLOR": "true",
            "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no",
            "HTTPS_PROXY": DEAD_PROXY,
            "HTTP_PROXY": DEAD_PROXY,
            "NO_PROXY": "localhost,127.0.0.1",
        }

    def __call__(self, *args: str) -> str:
        return run(sys.executable, "-m", "azure.cli", *args, env=self.env)

    def installed(self) -> dict[str, str]:
        """The extensions that az lists, and their versions."""
        listed = json.loads(self("extension", "list", "--output", "json"))
        return {each["name"]: each["version"] for each in listed}

    def version(self) -> str | None:
        """What `az version` says of the extension."""
        said: dict[str, dict[str, str]] = json.loads(self("version", "--output", "json"))
        return said["extensions"].get("aks-kubenet")


@pytest.fixture
def az(tmp_path: Path) -> Az:
    return Az(tmp_path)


def add(az: Az, wheel: Path) -> None:
    az("extension", "add", "--source", str(wheel), "--yes", "--only-show-errors")


def rule_codes(az: Az) -> set[str]:
    return {rule["code"] for rule in json.loads(az("aks", "kubenet", "list-rules", "--output", "json"))}


def test_pip_into_an_empty_folder_is_enough_for_az(az: Az, wheel: Path) -> None:
    target = az.extensions / "aks-kubenet"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index")
    run(*pip, "--target", str(target), str(wheel))
    assert {path.name for path in target.iterdir()} == {
        "azext_kubenet",
        f"{wheel.name.rpartition('-py3')[0]}.dist-info",
    }
    assert {"RT3", "RET1"} <= rule_codes(az)
    assert az.version() == wheel.name.split("-")[1]


def test_az_adds_lists_and_removes_the_extension(az: Az, wheel: Path) -> None:
    add(az, wheel)
    version = wheel.name.split("-")[1]
    assert az.installed() == {"aks-kubenet": version}
    assert az.version() == version
    assert "RT3" in rule_codes(az)

    az("extension", "remove", "--name", "aks-kubenet")
    assert az.installed() == {}
    assert az.version() is None
    assert not (az.extensions / "aks-kubenet").exists()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives it
        """Nothing on the tests' stderr."""


@pytest.fixture
def published(wheel: Path, tmp_path: Path) -> Iterator[str]:
    """The address of an index of extensions that has this version and a newer one."""
    newer = build_wheel(tmp_path / "newer", version=NEXT_VERSION)
    folder = tmp_path / "published"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    url = f"http://127.0.0.1:{server.server_port}"
    entries = []
    for each in (wheel, newer):
        shutil.copy(each, folder)
        known = {"name": "aks-kubenet", "version": each.name.split("-")[1], "azext.minCliCoreVersion": "2.70.0"}
        entry = {"downloadUrl": f"{url}/{each.name}", "filename": each.name, "sha256Digest": digest(each)}
        entries.append({**entry, "metadata": known})
    index = {"formatVersion": "1", "extensions": {"aks-kubenet": entries}}
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"{url}/index.json"
    server.shutdown()
    thread.join()
    server.server_close()


def test_az_updates_the_extension_from_an_index(az: Az, wheel: Path, published: str) -> None:
    add(az, wheel)
    az.env["AZURE_EXTENSION_INDEX_URL"] = published
    az("extension", "update", "--name", "aks-kubenet")
    assert az.version() == NEXT_VERSION
    assert "RT3" in rule_codes(az)
