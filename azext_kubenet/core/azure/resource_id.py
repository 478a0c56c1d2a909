"""Azure resource ids: read once, compared without case. No IO."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class ResourceId:
    """The ARM id of one resource, in the casing it came in; equality and hash ignore case, as ARM does.

    Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    """

    text: str
    _folded: str = field(init=False, repr=False)
    """The text as it is compared: ids are looked up far more often than they are made."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_folded", self.text.lower())

    @classmethod
    def parse(cls, text: str) -> ResourceId:
        """Read an id of the shape `/subscriptions/S/resourceGroups/G/providers/N/T/name[/T/name...]`.

        Raises ValueError with a sentence for people where the text is anything else.
        """
        parts = text.strip().rstrip("/").split("/")
        well_formed = (
            len(parts) >= 9
            and len(parts) % 2 == 1
            and parts[0] == ""
            and all(parts[1:])
            and [parts[1].lower(), parts[3].lower(), parts[5].lower()]
            == ["subscriptions", "resourcegroups", "providers"]
        )
        if not well_formed:
            raise ValueError(f"'{text}' is not the ID of a resource in a resource group.")
        return cls("/".join(parts))

    @property
    def _parts(self) -> list[str]:
        return self.text.split("/")

    @property
    def subscription_id(self) -> str:
        return self._parts[2]

    @property
    def resource_group(self) -> str:
        return self._parts[4]

    @property
    def resource_group_id(self) -> str:
        """`/subscriptions/S/resourceGroups/G`."""
        return "/".join(self._parts[:5])

    @property
    def name(self) -> str:
        return self._parts[-1]

    @property
    def resource_type(self) -> str:
        """`Microsoft.Network/virtualNetworks/subnets`, in the casing it came in."""
        parts = self._parts
        return "/".join([parts[6], *parts[7::2]])

    @property
    def parent(self) -> ResourceId:
        """The resource this one is a child of; a top-level resource is its own parent's end: ValueError."""
        parts = self._parts
        if len(parts) < 11:
            raise ValueError(f"'{self.text}' has no parent resource.")
        return ResourceId("/".join(parts[:-2]))

    def child(self, child_type: str, name: str) -> ResourceId:
        return ResourceId(f"{self.text}/{child_type}/{name}")

    def is_type(self, resource_type: str) -> bool:
        """Whether this is the id of such a resource, for example `Microsoft.Network/routeTables`."""
        return self.resource_type.lower() == resource_type.lower()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ResourceId) and self._folded == other._folded

    def __hash__(self) -> int:
        return hash(self._folded)

    def __str__(self) -> str:
        return self.text


def resource_id(subscription: str, group: str, resource_type: str, *names: str) -> ResourceId:
    """The id of a resource: `resource_id(S, G, "Microsoft.Network/virtualNetworks/subnets", "vnet", "subnet")`."""
    namespace, *types = resource_type.split("/")
    path = "/".join(f"{kind}/{name}" for kind, name in zip(types, names, strict=True))
    return ResourceId(f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{path}")


def scope_covers(scope: str, target: str) -> bool:
    """Whether a role assignment, lock or policy at `scope` reaches `target`: the same id or an ancestor of it.

    Management groups and the root cover everything here, as Azure lists only those above the target.
    """
    upper, lower = scope.lower().rstrip("/"), target.lower().rstrip("/")
    if not upper or upper.startswith("/providers/microsoft.management/managementgroups/"):
        return True
    return lower == upper or lower.startswith(upper + "/")


def text_of(resource_id: ResourceId | None) -> str | None:
    """The id as text, or None where the resource is only planned."""
    return None if resource_id is None else str(resource_id)
