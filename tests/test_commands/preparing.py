"""Preparing in process: the steps of the command on the local Azure, without az's start and without pauses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Any, Final

from azext_kubenet.arm.client import ArmClient
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.marks import made_for_tag, part_tag
from azext_kubenet.core.changes.prepare import PrepareRequest
from azext_kubenet.core.changes.role_grants import RoleChoice
from azext_kubenet.preparing import Prepared, carry_out, decide, read
from azext_kubenet.progress import SilentReporter
from azext_kubenet.render.prepare import prepare_command
from azext_kubenet.session import Session
from tests.simulator import Simulator
from tests.test_arm.conftest import make_client

from .azure import CLUSTER, IDENTITIES, SUBNET, TABLES, Json, put_network, put_table

OTHER_GROUP: Final = f"/subscriptions/{Simulator.subscription_id}/resourceGroups/net"
SECURITY_GROUP: Final = f"{OTHER_GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg"
GATEWAY: Final = f"{OTHER_GROUP}/providers/Microsoft.Network/natGateways/nat"
MADE_IDENTITY: Final = f"{IDENTITIES}/aks-identity"
MADE_TABLE: Final = f"{TABLES}/aks-routes"
HOP: Final = IPv4Address("10.9.9.4")

REQUEST: Final = PrepareRequest(
    cluster_id=ResourceId(CLUSTER),
    subnet_id=ResourceId(SUBNET),
    identity_id=ResourceId(MADE_IDENTITY),
    identity_given=False,
    route_table_id=ResourceId(MADE_TABLE),
    route_table_given=False,
)


@dataclass(frozen=True)
class World:
    """What is there before, what is asked for, and by what paths the writes that lead there can be told."""

    seed: Callable[[Simulator], None]
    request: PrepareRequest
    writes: tuple[str, ...]


def carry_more(sim: Simulator) -> None:
    """The subnet carries a security group and a NAT gateway of another group, and what prepare knows nothing of."""
    sim.put(SECURITY_GROUP, {"location": "westeurope"})
    sim.put(GATEWAY, {"location": "westeurope"})
    put_network(
        sim,
        networkSecurityGroup={"id": SECURITY_GROUP},
        natGateway={"id": GATEWAY},
        serviceEndpoints=[{"service": "Microsoft.Storage", "locations": ["westeurope"]}],
        somethingNew={"kept": True},
    )


def adopt_table(sim: Simulator) -> None:
    """A table of the name that prepare would give, with somebody's route and tags."""
    put_network(sim)
    route = {"addressPrefix": "10.50.0.0/16", "nextHopType": "VirtualNetworkGateway"}
    put_table(sim, MADE_TABLE, {"name": "office", "properties": route}, tags={"team": "net"})


FULL: Final = World(
    carry_more,
    replace(REQUEST, role=RoleChoice.LEAST_PRIVILEGE, default_route_next_hop=HOP),
    (
        "/userAssignedIdentities/aks-identity$",
        "/routeTables/aks-routes$",
        "/roleDefinitions/",
        "/subnets/nodes$",
        "/subnets/nodes/.*/roleAssignments/",
        "/routeTables/aks-routes/.*/roleAssignments/",
    ),
)
"""Everything that prepare can make, but for a route in a table that is there."""

ADOPTING: Final = World(
    adopt_table,
    replace(REQUEST, default_route_next_hop=HOP),
    (
        "/userAssignedIdentities/aks-identity$",
        "/routes/default$",
        "/subnets/nodes$",
        "/subnets/nodes/.*/roleAssignments/",
        "/routeTables/aks-routes/.*/roleAssignments/",
    ),
)
"""The route table is there, and gets a default route."""


def marks_of(resource_id: str) -> dict[str, str]:
    """The tag of what prepare made for the cluster."""
    return dict([made_for_tag(ResourceId(CLUSTER), ResourceId(resource_id))])


def part_of(part: str) -> dict[str, str]:
    """The tag of a subnet or a route of the table that prepare made for the cluster."""
    return dict([part_tag(ResourceId(CLUSTER), ResourceId(MADE_TABLE), ResourceId(part))])


def no_pause(_: float) -> None:
    """Instead of sleeping."""


def sign_in(sim: Simulator, client: ArmClient | None = None) -> Session:
    """The session that the command would have, without az."""
    return Session(client=client or make_client(sim), subscription=sim.subscription_id, reporter=SilentReporter())


def prepare(
    sim: Simulator, request: PrepareRequest = REQUEST, client: ArmClient | None = None, *, wait: bool = True
) -> Prepared:
    """What `az aks kubenet prepare --yes` does; every assignment must be readable at its end."""
    session = sign_in(sim, client)
    prepared = carry_out(
        session,
        decide(request, read(session, request)),
        yes=True,
        wait=wait,
        read_back_seconds=0,
        resume_command=prepare_command(request),
        sleep=no_pause,
    )
    assert prepared.unseen == ()
    return prepared


def start(sim: Simulator, world: World) -> None:
    """An Azure with nothing but the world in it, and polls without pauses."""
    sim.reset()
    sim.settings.retry_after_ms = 1
    world.seed(sim)
    sim.clear_log()


_UNDISTURBED: dict[str, Json] = {}


def undisturbed(sim: Simulator, world: World) -> Json:
    """What a run that nobody disturbs leaves; Azure is emptied for it, the first time."""
    name = world.seed.__name__
    if name not in _UNDISTURBED:
        start(sim, world)
        prepare(sim, world.request)
        _UNDISTURBED[name] = left_behind(sim)
    return _UNDISTURBED[name]


def left_behind(sim: Simulator) -> Json:
    """All that prepare can have touched, without what changes at every write: ETags and times."""
    principal = (sim.get(MADE_IDENTITY) or {}).get("properties", {}).get("principalId")
    records = sim.records()
    assignments = [
        {name: each.properties[name] for name in ("scope", "roleDefinitionId", "principalType", "description")}
        | {"name": each.name}
        for each in records
        if each.type == "Microsoft.Authorization/roleAssignments" and each.properties["principalId"] == principal
    ]
    return {
        "identity": sim.get(MADE_IDENTITY),
        "routeTable": _without_etags(sim.get(MADE_TABLE)),
        "subnet": _without_etags(sim.get(SUBNET)),
        "assignments": sorted(assignments, key=lambda each: str(each["scope"])),
        "roles": [each.name for each in records if each.type == "Microsoft.Authorization/roleDefinitions"],
        "resources": sorted(each.key for each in records if not each.key.rsplit("/", 2)[-2].startswith("role")),
    }


def _without_etags(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_etags(each) for name, each in value.items() if name != "etag"}
    if isinstance(value, list):
        return [_without_etags(each) for each in value]
    return value


class Killed(BaseException):
    """The process is gone."""


class DyingClient:
    """Passes everything on, one write after another; once `writes` of them are committed, nothing more is sent."""

    def __init__(self, client: ArmClient, writes: int) -> None:
        self._client = client
        self._left = writes
        self._lock = threading.Lock()

    def get(self, path: str) -> Json:
        return self._client.get(path)

    def list(self, path: str, *, filter_text: str | None = None) -> list[Json]:
        return self._client.list(path, filter_text=filter_text)

    def put(self, path: str, body: Json, **how: Any) -> Json:
        with self._lock:
            self._spend()
            answer = self._client.put(path, body, **how)
            if self._left == 0:
                raise Killed
            return answer

    def patch(self, path: str, body: Json) -> None:
        with self._lock:
            self._spend()
            self._client.patch(path, body)
            if self._left == 0:
                raise Killed

    def delete(self, path: str, *, wait: bool = True) -> None:
        with self._lock:
            self._spend()
            self._client.delete(path, wait=wait)
            if self._left == 0:
                raise Killed

    def query(self, path: str, body: Json) -> Sequence[Json]:
        return self._client.query(path, body)

    def _spend(self) -> None:
        if self._left == 0:
            raise Killed
        self._left -= 1
