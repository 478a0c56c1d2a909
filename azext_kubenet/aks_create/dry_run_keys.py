"""`--generate-ssh-keys` in a dry run: azure-cli writes keys while it checks the arguments; here it does not.

IO: looks whether the file is there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from azure.cli.core import keys

_STAND_IN: Final = "ssh-rsa AAAAB3NzaC1yc2E= stand-in"
"""What azure-cli takes for a public key; there is none in it."""

MADE_KEY: Final = "(the public SSH key, made by az aks create --generate-ssh-keys)"
"""Stands in a dry run for a key that is not there yet."""


def without_writing(validate: Callable[[Any], None]) -> Callable[[Any], None]:
    """azure-cli's validator of `--ssh-key-value`, but for a dry run that would make keys."""

    def validated(namespace: Any) -> None:
        if getattr(namespace, "dry_run", False) and getattr(namespace, "generate_ssh_keys", False):
            wanted = namespace.ssh_key_value or str(Path.home() / ".ssh" / "id_rsa.pub")
            if not Path(wanted).exists() and not _is_key(wanted):
                namespace.ssh_key_value = _STAND_IN
        validate(namespace)

    return validated


def _is_key(text: str) -> bool:
    try:
        return bool(keys.is_valid_ssh_rsa_public_key(text))
    except Exception:  # noqa: BLE001 # pylint: disable=broad-except # a path with a space is read as base64 there
        return False


def name_made_key(linux_profile: dict[str, Any]) -> None:
    """Say in a body that the key is still to be made."""
    for each in (linux_profile.get("ssh") or {}).get("publicKeys") or ():
        if each.get("keyData") == _STAND_IN:
            each["keyData"] = MADE_KEY
