"""Planning into a virtual network that is read live."""

from __future__ import annotations

from ipaddress import IPv4Network

from .base import ScenarioTest
from .preparers import LOCATION, ResourceGroupPreparer

NETWORKS = "Microsoft.Network/virtualNetworks"


class PlanScenarios(ScenarioTest):
    def _network(self, *prefixes: str) -> None:
        subnets = [
            {"name": f"used{number}", "properties": {"addressPrefix": prefix}} for number, prefix in enumerate(prefixes)
        ]
        properties = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "subnets": subnets}
        self.stage.put(self.resource_id(NETWORKS, "vnet"), {"location": LOCATION, "properties": properties})

    @ResourceGroupPreparer()
    def test_plan_into_live_vnet(self) -> None:
        self._network("10.1.0.0/24", "10.1.1.0/25")
        with self.no_writes():
            plan = self.cmd("aks kubenet plan -g {rg} --vnet-name vnet --node-count 20").json
        self.assertEqual(plan["virtualNetwork"], {"addressPrefixes": ["10.1.0.0/16"], "proposed": False})
        chosen = IPv4Network(plan["subnet"]["addressPrefix"])
        self.assertTrue(chosen.subnet_of(IPv4Network("10.1.0.0/16")))
        for used in ("10.1.0.0/24", "10.1.1.0/25"):
            self.assertFalse(chosen.overlaps(IPv4Network(used)), f"{chosen} overlaps {used}")
        self.assertIn("--vnet-name vnet", plan["nextCommands"][0])

    @ResourceGroupPreparer()
    def test_plan_into_full_vnet(self) -> None:
        self._network("10.1.0.0/16")
        self.kwargs["vnet"] = self.resource_id(NETWORKS, "vnet")
        plan = self.cmd("aks kubenet plan --vnet-id {vnet}", exit_code=4).json
        self.assertIsNone(plan["subnet"])
        failed = [finding["code"] for finding in plan["findings"] if finding["status"] == "failed"]
        self.assertIn("IP9", failed)
