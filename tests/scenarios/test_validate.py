"""Validating subnets that are clean, broken, in use, or hidden from the caller."""

from __future__ import annotations

from typing import Any

from .network import NetworkScenarioTest
from .preparers import ResourceGroupPreparer
from .stage import Json

VALIDATE = "aks kubenet validate-subnet --vnet-subnet-id {subnet}"


def codes(report: Json, status: str = "failed", severity: str = "error") -> set[str]:
    """The codes of the findings with this status and severity."""
    findings: list[Any] = report["findings"]
    return {each["code"] for each in findings if (each["status"], each["severity"]) == (status, severity)}


class ValidateScenarios(NetworkScenarioTest):
    @ResourceGroupPreparer()
    def test_validate_clean_subnet(self) -> None:
        self.put_everything()
        with self.no_writes():
            report = self.cmd(f"{VALIDATE} --assign-identity {{identity}}").json
        self.assertEqual(report["subnetId"].lower(), self.kwargs["subnet"].lower())
        self.assertNotEqual(report["verdict"], "notReady")
        self.assertEqual(codes(report), set())
        self.assertEqual(report["counts"]["errors"], 0)
        self.assertEqual(codes(report, "unknown"), set())

    @ResourceGroupPreparer()
    def test_validate_broken_subnet(self) -> None:
        hole = {
            "name": "inside-the-pods",
            "properties": {
                "addressPrefix": "10.244.3.0/24",
                "nextHopType": "VirtualAppliance",
                "nextHopIpAddress": "10.1.9.9",
            },
        }
        self.put_network(
            addressPrefix="10.1.0.0/29",
            routeTable=self.put_route_table(hole),
            delegations=[{"name": "web", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}],
        )
        self.put_identity(self.kwargs["subnet"])
        with self.no_writes():
            report = self.cmd(f"{VALIDATE} --assign-identity {{identity}}", exit_code=4).json
        self.assertEqual(report["verdict"], "notReady")
        for code in ("IP2", "SN2", "RT4", "ID3"):
            self.assertIn(code, codes(report))
        self.assertEqual(report["counts"]["errors"], len([f for f in report["findings"] if _is_error(f)]))

    @ResourceGroupPreparer()
    def test_validate_unreadable_subnet(self) -> None:
        self.put_everything()
        self.simulate(lambda azure: azure.settings.unreadable.append(self.kwargs["vnet"]))
        refused = self.cmd(VALIDATE, exit_code=1)
        self.assertEqual(refused.stdout, "")
        self.assertIn("Microsoft.Network/virtualNetworks/subnets/read", refused.stderr)
        self.assertIn("nodes", refused.stderr)
        self.assertIn("Reader", refused.stderr)
        self.assertNotIn("Traceback", refused.stderr)

    @ResourceGroupPreparer()
    def test_validate_subnet_of_unreadable_vnet(self) -> None:
        self.put_everything()
        readable = [(self.kwargs[name], "Reader") for name in ("subnet", "table", "identity")]
        self.simulate(lambda azure: azure.set_caller_roles(readable))
        report = self.cmd(f"{VALIDATE} --assign-identity {{identity}}").json
        self.assertEqual(report["verdict"], "readyWithWarnings")
        hidden = [finding for finding in report["findings"] if finding["status"] == "unknown"]
        self.assertTrue(any("Microsoft.Network/virtualNetworks/read" in finding["message"] for finding in hidden))
        self.assertEqual(report["counts"]["unknown"], len(hidden))

    @ResourceGroupPreparer()
    def test_validate_missing_subnet(self) -> None:
        self.put_network()
        missing = self.cmd(VALIDATE.replace("{subnet}", "{vnet}/subnets/elsewhere"), exit_code=3)
        self.assertIn("elsewhere", missing.stderr)

    @ResourceGroupPreparer()
    def test_validate_second_cluster_on_subnet(self) -> None:
        self.put_everything()
        self.put_cluster("first")
        report = self.cmd(f"{VALIDATE} --assign-identity {{identity}}", exit_code=4).json
        self.assertIn("SN3", codes(report))
        named = self.cmd(f"{VALIDATE} --assign-identity {{identity}} -g {{rg}} --cluster-name first").json
        self.assertNotIn("SN3", codes(named))


def _is_error(finding: Json) -> bool:
    return (finding["status"], finding["severity"]) == ("failed", "error")
