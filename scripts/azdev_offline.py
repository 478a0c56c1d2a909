"""Runs azdev without a network: `azdev_offline.py style|linter|build DIST|exclude`.

azdev wants two clones and fetches two files when it is imported. Here a temporary folder is laid out as those clones,
with a copy of the extension in it, and the two files are answered in place. Run it with the Python that azdev is
installed in. `exclude` writes linter_exclusions.yml anew. IO: temporary files, subprocesses, linter_exclusions.yml.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EXCLUSIONS = ROOT / "linter_exclusions.yml"
NAME, PACKAGE = "aks-kubenet", "azext_kubenet"
SOURCES = (PACKAGE, "setup.py", "setup.cfg", "README.md", "HISTORY.rst", "LICENSE")

COVERAGE_PATTERNS = ("QUO", "END", "DOCS_END", "NOT_END", "NUMBER_SIGN")
"""The patterns of cmdcov.yml, which only the coverage of changed commands uses; that is not run here."""

EXCLUDABLE = {
    "option_length_too_long": "flags of az aks create, and ours that the contract names: no short form says as much",
    "id_params_only_for_guid": "az aks create takes resource ids under these names, and ours go with them",
}
"""The linter's rules that may be excluded for a parameter, and why. A finding of any other is to be mended."""

LEFT_TO_OTHERS = {
    "unused-import": "ruff F401 judges it, and knows imports for types only",
    "line-too-long": "ruff E501 judges it, and does not count the reason after a noqa",
    "no-member": "mypy --strict judges it, and follows isinstance",
    "too-many-instance-attributes": "the model's dataclasses have the fields that Azure's resources have",
    "too-few-public-methods": "a class with state and one method is what the algorithm is",
    "too-many-positional-arguments": "azure-cli calls handlers by keyword",
    "too-many-locals": "a handler's arguments are locals",
    "too-many-return-statements": "a match returns from each case",
    "protected-access": "azure-core has no public way to the pipeline of its client",
    "redefined-outer-name": "a keyword argument may have a function's name",
    "comparison-with-itself": "only a NaN differs from itself",
}
"""Messages of pylint, which azure-cli-extensions switches off file by file, that are off here, and why."""

_RESULT = re.compile(r"-\s+(?:pass|FAIL|warn|skip)\b.*?(?P<rule>[a-z_]+)\s*$", re.IGNORECASE)
_PARAMETER = re.compile(r"\s+Parameter: (?P<command>[^,]+), `(?P<parameter>\w+)`")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def lay_out(folder: Path, *, exclusions: bool) -> Path:
    """The two clones, azdev's config and a way to its Python in `folder`; returns the copy of the extension."""
    extension = folder / "azure-cli-extensions" / "src" / NAME
    extension.mkdir(parents=True)
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, extension / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, extension / name)
    if exclusions:
        shutil.copy(EXCLUSIONS, folder / "azure-cli-extensions")
    (folder / "azure-cli").mkdir()
    environment = folder / "environment"
    environment.symlink_to(sys.prefix, target_is_directory=True)
    # azdev looks for these below the path of its virtual environment, and for its config above
    settings = Path(f"{folder / 'azdev'}/env_config{os.path.splitdrive(environment)[1]}")
    shutil.copytree(str(resources.files("azdev") / "config"), settings / "config_files")
    pylint = settings / "config_files" / "ext_pylintrc"
    further = "".join(f"\n    {message}," for message in LEFT_TO_OTHERS)
    text, changed = re.subn("^disable=", f"disable={further}", pylint.read_text("utf-8"), flags=re.MULTILINE)
    if changed != 1:
        sys.exit("azdev's pylintrc has another shape than the one this script knows.")
    pylint.write_text(text, "utf-8")
    clones = f"[cli]\nrepo_path = {folder / 'azure-cli'}\n\n[ext]\nrepo_paths = {folder / 'azure-cli-extensions'}\n"
    (folder / "azdev" / "config").write_text(clones, encoding="utf-8")
    return extension


def set_environment(folder: Path) -> None:
    """Let nothing of the developer's own az or azdev be seen."""
    for name in [each for each in os.environ if each.startswith(("AZURE_", "AZDEV_", "CONDA_", "PYTHONPATH"))]:
        del os.environ[name]
    os.environ |= {
        # azdev starts the Python in it without quoting the path, which has a space where the checkout's has one
        "VIRTUAL_ENV": str(folder / "environment"),
        "AZDEV_CONFIG_DIR": str(folder / "azdev"),
        "AZURE_CONFIG_DIR": str(folder / "azure"),
        "AZURE_EXTENSION_DIR": str(folder / "extensions"),
        "AZURE_EXTENSION_DEV_SOURCES": str(folder / "azure-cli-extensions"),
        "AZURE_CORE_COLLECT_TELEMETRY": "false",
        "AZURE_CORE_NO_COLOR": "true",
        "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no",
    }


class _Answer:
    """What stands in for an answer of the web: the two files that azdev fetches; every link in the help is fine."""

    status_code = 200

    def __init__(self, url: str) -> None:
        patterns: dict[str, Any] = {f"{name}_PATTERN": "" for name in COVERAGE_PATTERNS}
        self._body = {**patterns, "CMD_PATTERN": ["", "", "", ""], "EXCLUDE_MODULES": []} if "cmdcov" in url else {}
        self.text = json.dumps(self._body)  # JSON is YAML

    def json(self) -> Any:
        return self._body


def run_azdev(*arguments: str) -> int:
    """One azdev command in this process; what it exits with."""
    import requests  # noqa: PLC0415 - only the environment of azdev need have these two

    def get(url: str, **_: Any) -> _Answer:
        return _Answer(url)

    requests.get = get  # type: ignore[assignment] # azdev asks for nothing else of it
    from azdev.__main__ import main  # noqa: PLC0415 - azdev fetches when it is imported, so after that

    sys.argv = ["azdev", *arguments]
    try:
        main()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    return 0


def excluded(said: str) -> str:
    """linter_exclusions.yml for the parameters that the linter named under an excludable rule."""
    rule = ""
    rules: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for line in _COLOUR.sub("", said).splitlines():
        result, found = _RESULT.match(line), _PARAMETER.match(line)
        if result is not None:
            rule = result["rule"]
        elif found is not None and rule in EXCLUDABLE:
            rules[found["command"], found["parameter"]].append(rule)
    lines = ["# Written by 'make docs'. Only these rules may be excluded, each for its reason:"]
    lines += [f"# {name}: {reason}." for name, reason in sorted(EXCLUDABLE.items())]
    for command in sorted({command for command, _ in rules}):
        lines += [f"{command}:", "  parameters:"]
        for (owner, parameter), names in sorted(rules.items()):
            if owner == command:
                lines += [f"    {parameter}:", "      rule_exclusions:", *(f"      - {name}" for name in sorted(names))]
    return "\n".join(lines) + "\n"


def write_exclusions() -> int:
    """Write linter_exclusions.yml from what the linter says without one."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        run_azdev("linter", PACKAGE)
    EXCLUSIONS.write_text(excluded(said.getvalue()), encoding="utf-8")
    return 0


def build(made: Path, target: Path) -> int:
    """Have azdev build the wheel in `made`, and put it into `target`, whose path azdev would not quote."""
    failed = run_azdev("extension", "build", NAME, "--dist-dir", str(made))
    if not failed:
        shutil.copytree(made, target, dirs_exist_ok=True)
    return failed


def main() -> int:
    """Run what the command line asks for."""
    if find_spec("azdev") is None:
        sys.exit("azdev is not installed for this Python: run 'make lint', which makes an environment for it.")
    task, *rest = sys.argv[1:] or [""]
    with tempfile.TemporaryDirectory(prefix="azdev-") as scratch:
        folder = Path(scratch).resolve()
        extension = lay_out(folder, exclusions=task == "linter")
        set_environment(folder)
        egg_info = [sys.executable, "setup.py", "-q", "egg_info"]
        subprocess.run(egg_info, cwd=extension, check=True)  # noqa: S603 - our own setup.py
        match task, rest:
            case "style", []:
                return run_azdev("style", PACKAGE)
            case "linter", []:
                return run_azdev("linter", PACKAGE)
            case "exclude", []:
                return write_exclusions()
            case "build", [target]:
                return build(folder / "dist", Path(target))
    sys.exit(str(__doc__).splitlines()[0])


if __name__ == "__main__":
    sys.exit(main())
