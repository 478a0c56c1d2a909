"""A virtual network with a subnet, as most scenarios find it. IO: through the stage."""

from __future__ import annotations

from typing import Any, Final

from tests.world import cluster_body, identity_body, network_body, table_body

from .base import ScenarioTest
from .stage import Json

NETWORK: Final = "Microsoft.Network"
IDENTITIES: Final = "Microsoft.ManagedIdentity/userAssignedIdentities"
CLUSTERS: Final = "Microsoft.ContainerService/managedClusters"


class NetworkScenarioTest(ScenarioTest):
    """Fills `{vnet}`, `{subnet}`, `{table}` and `{identity}` with the ids of what is in the group, or will be."""

    __test__ = False

    def use_group(self, name: str) -> None:
        super().use_group(name)
        network = self.resource_id(f"{NETWORK}/virtualNetworks", "vnet")
        self.kwargs |= {
            "vnet": network,
            "subnet": f"{network}/subnets/nodes",
            "table": self.resource_id(f"{NETWORK}/routeTables", "routes"),
            "identity": self.resource_id(IDENTITIES, "identity"),
            "cluster": "aks",
        }

    def put_network(self, **subnet: Any) -> None:
        """A VNet 10.1.0.0/16 with the subnet `nodes`; `subnet` are properties of it."""
        self.stage.put(self.kwargs["vnet"], network_body(**subnet))

    def put_route_table(self, *routes: Json) -> Json:
        """The route table, and the reference to it that a subnet carries."""
        self.stage.put(self.kwargs["table"], table_body(*routes))
        return {"id": self.kwargs["table"]}

    def put_identity(self, *scopes: str) -> None:
        """The identity, Network Contributor at these scopes."""
        self.stage.put_identity(self.kwargs["identity"], identity_body(), scopes)

    def put_everything(self) -> None:
        """All that `prepare` would make."""
        self.put_network(routeTable=self.put_route_table())
        self.put_identity(self.kwargs["subnet"], self.kwargs["table"])

    def put_cluster(self, name: str) -> None:
        """A kubenet cluster that runs in the subnet; not live, where it would take minutes and cost money."""
        body = cluster_body(subnet=self.kwargs["subnet"], identity=self.kwargs["identity"], dns=name)
        self.simulate(lambda azure: azure.put(self.resource_id(CLUSTERS, name), body))
