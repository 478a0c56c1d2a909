"""`az` in this process, with this extension from the source tree and nothing else. IO: whatever the command does.

Cassettes are played back by replacing the HTTP of this process, so the commands must run in it.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.cli.core import AzCli, MainCommandsLoader, __version__
from azure.cli.core._config import ENV_VAR_PREFIX
from azure.cli.core._help import AzCliHelp
from azure.cli.core._output import AzOutputProducer
from azure.cli.core.azlogging import AzCliLogging
from azure.cli.core.cloud import Cloud
from azure.cli.core.commands import AzCliCommandInvoker
from azure.cli.core.parser import AzCliCommandParser
from vcr.errors import CannotOverwriteExistingCassetteException  # type: ignore[import-untyped] # it has no types

from azext_kubenet import KubenetCommandsLoader


def make_config_dir(folder: Path) -> Path:
    """An azure-cli configuration without a look for newer versions, which would be a request of its own."""
    folder.mkdir()
    versions = {name: {"local": __version__} for name in ("azure-cli", "core")}
    known = {"versions": versions, "update_time": "2099-01-01 00:00:00.000000"}
    (folder / "versionCheck.json").write_text(json.dumps(known), encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """What the command printed, parsed; None where it printed nothing."""
        return json.loads(self.stdout) if self.stdout.strip() else None


class _Loader(MainCommandsLoader):  # type: ignore[misc] # azure-cli ships no type information
    """azure-cli's loader with the commands of this extension alone: no installation, no index of modules."""

    def load_command_table(self, args: list[str] | None) -> dict[str, Any]:
        loader = KubenetCommandsLoader(self.cli_ctx)
        self.command_table.update(loader.load_command_table(args))
        self.command_group_table.update(loader.command_group_table)
        self.cmd_to_loader_map = {name: [loader] for name in self.command_table}
        self.loaders = [loader]
        return dict(self.command_table)


class ScenarioCli(AzCli):  # type: ignore[misc] # azure-cli ships no type information
    """One command's azure-cli; remembers a request that no cassette knows, whatever the command makes of it."""

    def __init__(self, config_dir: Path | str, cloud: Cloud | None = None) -> None:
        super().__init__(
            cli_name="az",
            config_dir=str(config_dir),
            config_env_var_prefix=ENV_VAR_PREFIX,
            commands_loader_cls=_Loader,
            invocation_cls=AzCliCommandInvoker,
            parser_cls=AzCliCommandParser,
            logging_cls=AzCliLogging,
            output_cls=AzOutputProducer,
            help_cls=AzCliHelp,
        )
        if cloud is not None:
            self.cloud = cloud
        self.unknown_request: CannotOverwriteExistingCassetteException | None = None

    def exception_handler(self, ex: Exception) -> int:
        if isinstance(ex, CannotOverwriteExistingCassetteException):
            self.unknown_request = ex
            return 1
        return int(super().exception_handler(ex))

    def run(self, args: list[str]) -> Result:
        """One command with its output; what az logs as a warning or worse is on stderr."""
        stdout, stderr = io.StringIO(), io.StringIO()
        handler = logging.StreamHandler(stderr)
        handler.setLevel(logging.WARNING)
        logger = logging.getLogger("cli")
        logger.addHandler(handler)
        try:
            with contextlib.redirect_stderr(stderr):
                code = self.invoke(args, out_file=stdout)
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
        finally:
            logger.removeHandler(handler)
        return Result(int(code or 0), stdout.getvalue(), stderr.getvalue())
