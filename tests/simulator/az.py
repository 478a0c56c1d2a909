"""The real az, signed in to a simulator from a configuration folder of its own. IO: files and subprocesses."""

from __future__ import annotations

import copy
import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLOUD = "Simulator"
DEAD_PROXY = "http://127.0.0.1:9"
TIMEOUT = 300

_CONFIG = """[cloud]
name = {cloud}

[core]
instance_discovery = false
collect_telemetry = false
survey_message = false
no_color = true
output = json
login_experience_v2 = off
only_show_errors = false
encrypt_token_cache = false

[auto-upgrade]
enable = no

[extension]
use_dynamic_install = no
"""
_CLOUD = """[{cloud}]
endpoint_resource_manager = {url}/
endpoint_management = {url}/
endpoint_active_directory = {url}
endpoint_active_directory_resource_id = {url}/
endpoint_active_directory_graph_resource_id = {url}/
endpoint_microsoft_graph_resource_id = {url}
endpoint_gallery = {url}/
endpoint_portal = {url}/portal
suffix_acr_login_server_endpoint = .acr.invalid
suffix_storage_endpoint = storage.invalid
suffix_keyvault_dns = .vault.invalid
"""
_VERSIONS = {
    "versions": {"azure-cli": {"local": "2.91.0"}, "core": {"local": "2.91.0"}, "telemetry": {"local": "1.1.0"}},
    "update_time": "2099-01-01 00:00:00.000000",
}


@dataclass(frozen=True)
class Completed:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


class AzError(AssertionError):
    """A command that had to succeed did not."""


def az_program(folder: Path) -> Path:
    """The `az` of the Python that runs this, as a program in `folder`.

    The one that pip installs names its Python in the first line, which ends at a space in the path.
    """
    program = folder / "bin" / "az"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m azure.cli "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


class AzSession:
    """A configuration folder signed in to the simulator at `url`.

    `extension_dir` is where az looks for extensions; without it, an empty folder.
    """

    def __init__(
        self,
        folder: Path,
        url: str,
        ca_file: Path,
        *,
        tenant_id: str,
        client_id: str,
        extension_dir: Path | None = None,
        az: Path | None = None,
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.az = az or az_program(folder)
        (folder / "config").write_text(_CONFIG.format(cloud=CLOUD), encoding="utf-8")
        (folder / "clouds.config").write_text(_CLOUD.format(cloud=CLOUD, url=url), encoding="utf-8")
        (folder / "versionCheck.json").write_text(json.dumps(_VERSIONS), encoding="utf-8")
        self.env = self._environment(ca_file, extension_dir)
        self.must_run(
            "login", "--service-principal", "--username", client_id, "--password", "simulated", "--tenant", tenant_id
        )

    def _environment(self, ca_file: Path, extension_dir: Path | None) -> dict[str, str]:
        """The environment without any setting of the developer's az, and with a proxy that leads nowhere."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AZURE_", "ARM_", "REQUESTS_CA", "CURL_CA", "PYTHONDONTWRITEBYTECODE"))
            and "proxy" not in name.lower()
        }
        return {
            **inherited,
            "AZ_INSTALLER": "PIP",
            "AZURE_CONFIG_DIR": str(self.folder),
            "AZURE_EXTENSION_DIR": str(extension_dir or self.folder / "cliextensions"),
            "AZURE_CORE_COLLECT_TELEMETRY": "false",
            "PYTHONSAFEPATH": "1",  # az is `python -m azure.cli`, which would look for modules where the tests run
            "REQUESTS_CA_BUNDLE": str(ca_file),
            "HTTPS_PROXY": DEAD_PROXY,
            "HTTP_PROXY": DEAD_PROXY,
            "NO_PROXY": "localhost,127.0.0.1",
        }

    def apart(self, folder: Path) -> AzSession:
        """The same sign-in in a configuration folder of its own: what changes there, this one does not see."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("cliextensions", "logs", "telemetry"))
        session = copy.copy(self)
        session.folder = folder
        session.env = {**self.env, "AZURE_CONFIG_DIR": str(folder)}
        return session

    def run(self, *args: str, stdin: str | None = None, env: dict[str, str] | None = None) -> Completed:
        """Runs `az args`; never raises for what the command says."""
        done = subprocess.run(  # noqa: S603 - the program and its arguments are the test's own
            [str(self.az), *args],
            # as PYTHONSAFEPATH, which Python 3.10 does not know: what is installed is tested, not the source
            cwd=self.folder,
            env={**self.env, **(env or {})},
            input="" if stdin is None else stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT,
            check=False,
        )
        return Completed(done.returncode, done.stdout, done.stderr)

    def must_run(self, *args: str) -> Completed:
        """Like `run`, but a failing command fails the test."""
        done = self.run(*args)
        if done.returncode != 0:
            raise AzError(f"az {' '.join(args)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def json(self, *args: str) -> Any:
        """The parsed output of a command that must succeed; None where it prints nothing."""
        text = self.must_run(*args, "--output", "json").stdout.strip()
        return json.loads(text) if text else None
