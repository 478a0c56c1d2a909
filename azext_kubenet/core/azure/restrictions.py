"""What keeps writes away that roles allow, as it was read from Azure: frozen. No IO."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    name: str
    level: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyState:
    """A policy assignment that is in force on a resource, with its effect (`deny`, `modify`, ...)."""

    assignment_id: str
    definition_name: str
    effect: str
    resource_id: str

    @property
    def refuses_writes(self) -> bool:
        """Whether the effect refuses or changes a write.

        Source: https://learn.microsoft.com/azure/governance/policy/concepts/effect-basics
        """
        return self.effect.lower() in ("deny", "denyaction", "modify", "append")
