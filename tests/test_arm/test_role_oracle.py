"""What the identity may do, against a brute-force evaluation from Azure's documents, on recorded role definitions."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from azext_kubenet.arm.parse.access import parse_deny_assignment, parse_role_assignment, parse_role_definition
from azext_kubenet.core.azure.access import ScopeAccess
from azext_kubenet.core.rights import permissions
from azext_kubenet.core.rights.permissions import ActionAccess, examine

from .reference import answers, needs_reference, resources
from .role_oracle import EVERYONE, Condition, Json, evaluate

SEED, CASES = 20261126, 1_000
PARTS = 4
"""So that all processors share it."""

PRINCIPAL = "11111111-1111-4111-8111-111111111111"
GROUPS = ("33333333-0000-4000-8000-000000000001", "33333333-0000-4000-8000-000000000002")
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet"
MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/corp"
ABOVE = [GROUP, SUBSCRIPTION, MANAGEMENT_GROUP, "/"]
SCOPES = {
    f"{NETWORK}/subnets/nodes": [f"{NETWORK}/subnets/nodes", NETWORK, *ABOVE],
    NETWORK: [NETWORK, *ABOVE],
    f"{GROUP}/providers/Microsoft.Network/routeTables/routes": [
        f"{GROUP}/providers/Microsoft.Network/routeTables/routes",
        *ABOVE,
    ],
}
ASIDE = [f"{GROUP}2", f"{NETWORK}/subnets/other", f"{NETWORK}2", f"{NETWORK}/subnets/nodes/x/y"]
ACTIONS = (
    *permissions.LEAST_PRIVILEGE_ACTIONS,
    *permissions.SUBNET_WRITE_ACTIONS,
    *permissions.VIRTUAL_NETWORK_ACTIONS,
    permissions.ASSIGN_IDENTITY_ACTION,
    permissions.ASSIGN_ROLE_ACTION,
    "Microsoft.ManagedIdentity/userAssignedIdentities/read",
)
PATTERNS = (
    *ACTIONS,
    *("*", "*/read", "*/write", "*/join/action", "Microsoft.Network/*", "Microsoft.Network/*/write"),
    *("Microsoft.Network/routeTables/*/write", "Microsoft.Network/virtualNetworks/subnets/*/action"),
)


def recorded_roles() -> dict[str, Json]:
    """The documents of all role definitions in the recorded traffic, by id."""
    found = (each for _, answer in answers() for each in resources(answer))
    return {
        each["id"]: each for each in found if "roleName" in each["properties"] and each["properties"].get("permissions")
    }


class Draw:
    """Documents as Azure would send them, drawn at random."""

    def __init__(self, seed: int, role_ids: list[str]) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a test draws, nothing is kept secret
        self.role_ids = role_ids
        self.drawn = 0

    def name(self, prefix: str) -> str:
        self.drawn += 1
        return f"{prefix}{self.drawn}"

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def scope(self, ancestors: list[str]) -> str:
        scope = self.random.choice(ancestors if self.chance(0.8) else ASIDE)
        return scope.upper() if self.chance(0.1) else scope

    def condition(self, depth: int = 0) -> Condition:
        kind = self.random.choice(("action", "attribute") if depth > 2 else ("action", "attribute", "not", "and", "or"))
        if kind == "action":
            return (kind, self.random.choice(PATTERNS))
        if kind == "attribute":
            return (kind, self.name("a"))
        count = 1 if kind == "not" else self.random.randint(2, 3)
        return (kind, *(self.condition(depth + 1) for _ in range(count)))

    def assignment(self, ancestors: list[str]) -> Json:
        test = self.condition() if self.chance(0.3) else None
        holder = PRINCIPAL if self.chance(0.6) else self.random.choice(GROUPS)
        return {
            "scope": self.scope(ancestors),
            "role": self.random.choice(self.role_ids),
            "principal": holder.upper() if self.chance(0.1) else holder,
            "type": "ServicePrincipal" if holder == PRINCIPAL else "Group",
            "test": test if test is None or len(str(test).split("attribute")) < 5 else None,
        }

    def block(self) -> Json:
        less = self.random.sample(PATTERNS, self.random.choice((0, 0, 1)))
        return {"actions": self.random.sample(PATTERNS, self.random.randint(1, 2)), "notActions": less}

    def people(self) -> list[Json]:
        single = {"id": PRINCIPAL, "type": "ServicePrincipal"}
        stranger = {"id": self.name("22222222-"), "type": "User"}
        group = {"id": self.name("44444444-"), "type": "Group"}
        return self.random.choice(([single], [stranger], [group], [stranger, group], [single, group]))

    def denial(self, ancestors: list[str]) -> Json:
        everyone = [{"id": EVERYONE, "type": "SystemDefined"}]
        return {
            "denyAssignmentName": self.name("denial"),
            "scope": self.scope(ancestors),
            "doNotApplyToChildScopes": self.chance(0.3),
            "principals": everyone if self.chance(0.3) else self.people(),
            "excludePrincipals": self.people() if self.chance(0.4) else [],
            "permissions": [self.block() for _ in range(self.random.randint(1, 2))],
            "condition": self.name("@Resource[a:b] StringEquals 'c'") if self.chance(0.2) else None,
        }


def text_of(condition: Condition) -> str:
    kind, *rest = condition
    if kind == "action":
        return f"ActionMatches{{'{rest[0]}'}}"
    if kind == "attribute":
        return f"@Resource[Microsoft.Storage/storageAccounts:{rest[0]}] StringEquals 'x AND (y'"
    if kind == "not":
        return f"!({text_of(rest[0])})"
    return "(" + f" {kind.upper()} ".join(text_of(each) for each in rest) + ")"


def access_of(scope: str, assignments: list[Json], roles: dict[str, Json], denials: list[Json]) -> ScopeAccess:
    """The same, parsed as the extension parses Azure's answers."""
    documents = [
        {
            "id": f"{each['scope']}/providers/Microsoft.Authorization/roleAssignments/{number}",
            "properties": {
                "scope": each["scope"],
                "roleDefinitionId": each["role"],
                "principalId": each["principal"],
                "principalType": each["type"],
                "condition": None if each["test"] is None else text_of(each["test"]),
            },
        }
        for number, each in enumerate(assignments)
    ]
    return ScopeAccess(
        scope=scope,
        principal_id=PRINCIPAL,
        assignments=tuple(parse_role_assignment(each) for each in documents),
        definitions=tuple(parse_role_definition(roles[each["role"]]) for each in assignments),
        denials=tuple(parse_deny_assignment({"id": f"/d/{n}", "properties": each}) for n, each in enumerate(denials)),
    )


def outcome(found: ActionAccess) -> str:
    if found.undecided:
        return "unknown"
    return "allowed" if found.allowed else "refused"


@needs_reference
@pytest.mark.parametrize("part", range(PARTS))
def test_rights_are_those_of_a_brute_force_evaluation(part: int) -> None:
    documents = {guid_of(role_id): document for role_id, document in recorded_roles().items()}
    roles = {
        f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{guid}": documents[guid]
        for guid in documents
    }
    roles = {role_id: {**document, "id": role_id} for role_id, document in roles.items()}
    assert {"Network Contributor", "Reader", "Managed Identity Operator"} <= {
        e["properties"]["roleName"] for e in roles.values()
    }
    draw, counts = Draw(SEED + part, sorted(roles)), Counter[str]()
    properties = {role_id: document["properties"] for role_id, document in roles.items()}
    for _ in range(CASES // PARTS):
        scope, ancestors = draw.random.choice(list(SCOPES.items()))
        assignments = [draw.assignment(ancestors) for _ in range(draw.random.randint(0, 3))]
        denials = [draw.denial(ancestors) for _ in range(draw.random.choice((0, 0, 0, 1, 1, 2)))]
        found = examine(access_of(scope, assignments, roles, denials), ACTIONS)
        for each in found:
            expected = evaluate(each.action, ancestors, PRINCIPAL, assignments, properties, denials)
            assert outcome(each) == expected, (each.action, scope, assignments, denials)
            counts[expected] += 1
    assert min(counts[each] for each in ("allowed", "refused", "unknown")) > 50


def guid_of(role_id: str) -> str:
    return role_id.rsplit("/", 1)[-1].lower()


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("Microsoft.Network/routeTables/*/write", "Microsoft.Network/routeTables/write", "refused"),
        (
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            permissions.ASSIGN_IDENTITY_ACTION,
            "allowed",
        ),
    ],
)
def test_the_oracle_itself(pattern: str, action: str, expected: str) -> None:
    roles = {"r": {"permissions": [{"actions": [pattern], "notActions": []}]}}
    assignment = {"scope": GROUP, "role": "r", "principal": PRINCIPAL, "type": "ServicePrincipal", "test": None}
    assert evaluate(action, SCOPES[NETWORK], PRINCIPAL, [assignment], roles, []) == expected
