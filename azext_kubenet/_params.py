"""The arguments: names, help, choices and completers. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from argcomplete.completers import FilesCompleter
from azure.cli.core.commands.parameters import (
    get_enum_type,
    get_location_type,
    name_type,
    resource_group_name_type,
    tags_type,
)

from ._completers import (
    ids_of,
    management_group_names,
    names_of,
    rule_codes,
    subnet_ids,
    subnet_names,
    subscription_ids,
)
from .core.azure import limits
from .core.azure.resource_types import (
    APPLICATION_SECURITY_GROUP_TYPE,
    CLUSTER_TYPE,
    IDENTITY_TYPE,
    ROUTE_TABLE_TYPE,
    VIRTUAL_NETWORK_TYPE,
)
from .core.clusters.request import DEFAULT_SURGE
from .core.plan.comparison import Need

if TYPE_CHECKING:
    from azure.cli.core import AzCommandsLoader

CREATE: Final = "aks kubenet create"
CHECK: Final = "Check"
CLUSTER: Final = "Cluster"
CODE: Final = "Infrastructure as Code"
IDENTITY: Final = "Identity"
KUBENET: Final = "Kubenet"
NETWORK: Final = "Virtual Network"
NODE_POOL: Final = "Node Pool"
REPORT: Final = "Report"
ROUTE_TABLE: Final = "Route Table"
RUN: Final = "Run"
SCOPE: Final = "Scope"

NO_WAIT: Final = "return_at_once"
"""The parameter of `--no-wait`: azure-cli drops one named `no_wait`, unless it may throw the answer away for it."""


_OUTBOUND_TYPES = ("loadBalancer", "userDefinedRouting", "managedNATGateway", "userAssignedNATGateway", "none", "block")
_NETWORK_POLICIES = ("calico", "azure", "cilium", "none")
_POLICIES_OF_OVERLAY = ("none", "calico", "cilium")
_CODE_FORMATS = ("none", "terraform", "terraform-avm", "bicep")
ROLES: Final = ("network-contributor", "least-privilege")
"""The values of RoleChoice, whose module costs what `plan` should not have to load."""


def load_arguments(loader: AzCommandsLoader, command: str) -> None:
    """Register the arguments; those of `create` besides ours are the installed azure-cli's own."""
    for each in ("plan", "validate-subnet", "prepare"):
        _describe_cluster(loader, f"aks kubenet {each}")
    for each in ("plan", "validate-subnet"):
        _report(loader, f"aks kubenet {each}")
    _plan(loader, "aks kubenet plan")
    _validate_subnet(loader, "aks kubenet validate-subnet")
    _check(loader, "aks kubenet check")
    _migrate(loader, "aks kubenet migrate")
    _prepare(loader, "aks kubenet prepare")
    with loader.argument_context("aks kubenet cleanup") as context:
        context.argument(
            "cluster_name", options_list=["--cluster-name", "-n"], help="Name of the cluster for which prepare was run."
        )
    _writing(loader, "aks kubenet cleanup")
    with loader.argument_context("aks kubenet list-rules", arg_group=CHECK) as context:
        context.argument(
            "code",
            nargs="+",
            action="extend",
            metavar="CODE",
            help="Codes of the rules to show in full: what each reads, why, how to repair, all sources.  "
            "Default: the catalogue.",
            completer=rule_codes,
        )
    _audit(loader, "aks kubenet audit")
    with loader.argument_context("aks kubenet wait") as context:
        context.argument(
            "resource_name",
            name_type,
            help="Name of the managed cluster.",
            id_part="name",
            completer=names_of(CLUSTER_TYPE),
        )
    if command == CREATE or loader.skip_applicability:
        from ._help import complete_create_help

        complete_create_help()
        _create(loader)


def _describe_cluster(loader: AzCommandsLoader, command: str) -> None:
    with loader.argument_context(command, arg_group=NODE_POOL) as context:
        _node_pool(context)
    with loader.argument_context(command, arg_group=CLUSTER) as context:
        context.argument(
            "internal_load_balancers",
            help="Number of internal load balancers, each with an address in the subnet.  Default: 0.",
        )
        context.argument(
            "pod_cidr",
            help=f"Range of the pods; every node gets a /{limits.NODE_POD_PREFIX} of it.  "
            f"Default: {limits.DEFAULT_POD_CIDR}.",
        )
        context.argument("service_cidr", help=f"Range of the services.  Default: {limits.DEFAULT_SERVICE_CIDR}.")
        context.argument(
            "dns_service_ip", help="IP address of the cluster's DNS service.  Default: the tenth of the service range."
        )
        context.argument(
            "outbound_type",
            arg_type=get_enum_type(_OUTBOUND_TYPES),
            help="How egress leaves the nodes.  Default: loadBalancer.",
        )
        context.argument(
            "network_policy", arg_type=get_enum_type(_NETWORK_POLICIES), help="Network policy engine.  Default: none."
        )
    with loader.argument_context(command, arg_group=CHECK) as context:
        _checks(context)


def _node_pool(context: Any) -> None:
    context.argument(
        "node_count",
        type=str,
        options_list=["--node-count", "-c"],
        help=f"Number of nodes in the pool.  Default: {limits.DEFAULT_NODE_COUNT}.",
    )
    context.argument("max_count", help="Maximum number of nodes for the autoscaler.  Default: the node count.")
    context.argument(
        "max_pods",
        options_list=["--max-pods", "-m"],
        help=f"Maximum number of pods per node, {limits.MIN_PODS_PER_NODE} to {limits.MAX_PODS_PER_NODE}.  "
        f"Default: {limits.DEFAULT_MAX_PODS_KUBENET}.",
    )
    context.argument(
        "max_surge", help=f"Nodes added during an upgrade: a count or a percentage.  Default: {DEFAULT_SURGE}."
    )
    context.argument(
        "nodepool",
        action="append",
        nargs="+",
        metavar="KEY=VALUE",
        help="A node pool, instead of the count, maxima and surge above: name=NAME [count=N] [max-count=N] "
        "[max-pods=N] [max-surge=N|N%] [os-type=Linux|Windows] [subnet=NAME] [vm-size=SIZE]. Pools that name no subnet "
        "share one. Can be repeated.",
    )


def _checks(context: Any) -> None:
    context.argument(
        "on_premises_ranges",
        nargs="+",
        action="extend",
        metavar="CIDR",
        help="On-premises ranges, separated by spaces, commas or lines; @file reads them from a file, "
        "'@file' in PowerShell.",
    )
    _ignore(context)


def _ignore(context: Any) -> None:
    context.argument(
        "ignore",
        nargs="+",
        action="extend",
        metavar="CODE",
        help="Codes of rules to omit; see az aks kubenet list-rules.",
        completer=rule_codes,
    )


_PAGE = "Also write the result as one HTML page{}; no script, no request."


def _report(
    loader: AzCommandsLoader, command: str, help_text: str = _PAGE.format(", with a map of all addresses")
) -> None:
    with loader.argument_context(command, arg_group=REPORT) as context:
        context.argument(
            "report_path",
            options_list=["--report"],
            metavar="FILE",
            completer=FilesCompleter(),  # type: ignore[no-untyped-call] # argcomplete's is not typed
            help=help_text,
        )
        context.argument(
            "overwrite",
            action="store_true",
            help="Replace any file of that name, not only a page that this command wrote about the same.",
        )


def _audit(loader: AzCommandsLoader, command: str) -> None:
    with loader.argument_context(command, arg_group=SCOPE) as context:
        context.argument(
            "subscriptions",
            options_list=["--subscriptions", "-s"],
            nargs="+",
            action="extend",
            metavar="ID",
            help="IDs of the subscriptions to look in, separated by spaces.  Default: all that you can see.",
            completer=subscription_ids,
        )
        context.argument(
            "management_groups",
            options_list=["--management-groups", "-m"],
            nargs="+",
            action="extend",
            metavar="NAME",
            help="Names of the management groups to look in, with all below them.",
            completer=management_group_names,
        )
        context.argument(
            "include_migrated",
            action="store_true",
            help="Also list clusters on overlay whose node routes or route tables are left over.",
        )
    with loader.argument_context(command, arg_group=CHECK) as context:
        _ignore(context)
        context.argument(
            "require_none",
            action="store_true",
            help="Fail where a cluster is on kubenet (exit code 4), or where not everything was seen (1).",
        )
    _report(loader, command, _PAGE.format(", or as CSV where the name ends in .csv"))


def _plan(loader: AzCommandsLoader, command: str) -> None:
    with loader.argument_context(command, arg_group=NETWORK) as context:
        context.argument(
            "vnet_address_prefixes", nargs="+", action="extend", metavar="CIDR", help="Address space of the network."
        )
        context.argument(
            "used_prefixes",
            nargs="+",
            action="extend",
            metavar="CIDR",
            help="Address prefixes of subnets that exist already.",
        )
        context.argument(
            "peered_prefixes", nargs="+", action="extend", metavar="CIDR", help="Address spaces of peered networks."
        )
        context.argument("subnet_prefix", help="Address prefix of the subnet: check it instead of choosing one.")
        context.argument(
            "vnet_id",
            help="ID of a virtual network to read and plan into; needs a login.",
            completer=ids_of(VIRTUAL_NETWORK_TYPE),
        )
        _network_name(context)
    with loader.argument_context(command, arg_group=NODE_POOL) as context:
        context.argument("growth", help="Percentage by which every pool may grow.  Default: 0.")
    with loader.argument_context(command, arg_group=CLUSTER) as context:
        context.argument(
            "need",
            nargs="+",
            action="extend",
            arg_type=get_enum_type([each.value for each in Need]),
            help="What the cluster needs that kubenet does not offer; decides which model is recommended.",
        )


def _network_name(context: Any) -> None:
    context.argument(
        "vnet_name",
        options_list=["--vnet-name"],
        help="Name or ID of the virtual network.",
        completer=names_of(VIRTUAL_NETWORK_TYPE),
    )


def _subnet(loader: AzCommandsLoader, command: str) -> None:
    with loader.argument_context(command, arg_group=NETWORK) as context:
        _network_name(context)
        context.argument("vnet_subnet_id", help="ID of the subnet, instead of the names.", completer=subnet_ids)
        context.argument(
            "subnet_name",
            options_list=["--subnet-name"],
            help="Name of the subnet in the network.",
            completer=subnet_names,
        )


def _validate_subnet(loader: AzCommandsLoader, command: str) -> None:
    _subnet(loader, command)
    with loader.argument_context(command, arg_group=CLUSTER) as context:
        context.argument(
            "assign_identity",
            help="ID of the user-assigned identity that the cluster will have.",
            completer=ids_of(IDENTITY_TYPE),
        )
        context.argument(
            "cluster_name",
            help="Name or ID of a running cluster: what is not given is taken from it, and its nodes are no conflict.",
            completer=names_of(CLUSTER_TYPE),
        )
        context.argument(
            "nodepool_asg_ids",
            nargs="+",
            help="IDs of the application security groups that the nodes will be in, as `az aks create` takes them. "
            "Rules of a network security group that name others do not match the nodes.",
            completer=ids_of(APPLICATION_SECURITY_GROUP_TYPE),
        )
    with loader.argument_context(command) as context:
        context.argument("location", get_location_type(loader.cli_ctx), help="Region of the cluster.")


def _one_that_runs(loader: AzCommandsLoader, command: str) -> None:
    with loader.argument_context(command) as context:
        context.argument("resource_group_name", resource_group_name_type)
        context.argument(
            "cluster_name",
            options_list=["--name", "-n"],
            help="Name or ID of the managed cluster.",
            completer=names_of(CLUSTER_TYPE),
        )


def _check(loader: AzCommandsLoader, command: str) -> None:
    _one_that_runs(loader, command)
    with loader.argument_context(command, arg_group=CHECK) as context:
        _checks(context)
        context.argument(
            "wait",
            metavar="SECONDS",
            help="Check again until every node has its route, for at most this many seconds; what is missing then is "
            f"an error.  Default: 0, at most {limits.MAX_WAIT_SECONDS}.",
        )
    _report(loader, command)


def _migrate(loader: AzCommandsLoader, command: str) -> None:
    _one_that_runs(loader, command)
    with loader.argument_context(command, arg_group=RUN) as context:
        context.argument(
            "dry_run", action="store_true", help="Judge the cluster and print the steps; nothing is written."
        )
        context.argument(
            "verify", action="store_true", help="Prove from Azure that the cluster has moved; nothing is written."
        )
    with loader.argument_context(command, arg_group=CLUSTER) as context:
        context.argument(
            "then_network_policy",
            arg_type=get_enum_type(_POLICIES_OF_OVERLAY),
            help="Network policy engine to install after the move.",
        )
    with loader.argument_context(command, arg_group=IDENTITY) as context:
        context.argument(
            "assign_identity",
            help="ID of the user-assigned identity that the cluster gets before the move.",
            completer=ids_of(IDENTITY_TYPE),
        )
    with loader.argument_context(command, arg_group=CODE) as context:
        context.argument(
            "iac",
            arg_type=get_enum_type(_CODE_FORMATS),
            help="Show what has to change in code that describes the cluster.  Default: none.",
        )
    _report(loader, command, _PAGE.format(", with the steps as a checklist"))


def _prepare(loader: AzCommandsLoader, command: str) -> None:
    _subnet(loader, command)
    with loader.argument_context(command) as context:
        context.argument("resource_group_name", resource_group_name_type)
        context.argument(
            "cluster_name", options_list=["--cluster-name", "-n"], help="Name that the cluster has or will have."
        )
        context.argument(
            "location", get_location_type(loader.cli_ctx), help="Region of what is made.  Default: the network's."
        )
        context.argument(
            "tags",
            tags_type,
            help="Space-separated tags of what is made: key[=value] [key[=value] ...]. What an earlier prepare made "
            "gets those that it lacks.",
        )
    with loader.argument_context(command, arg_group=IDENTITY) as context:
        context.argument(
            "identity",
            help="Name or ID of an existing identity.  Default: one is created.",
            completer=names_of(IDENTITY_TYPE),
        )
        context.argument(
            "assign_kubelet_identity",
            help="ID of the kubelet identity, for the command that creates the cluster.",
            completer=ids_of(IDENTITY_TYPE),
        )
        _role(
            context, help_text="Role that the identity gets on the subnet and the route table."
        )  # knack adds the default
        _propagation(context)
    with loader.argument_context(command, arg_group=ROUTE_TABLE) as context:
        _route_table(context)
        context.argument(
            "no_route_table",
            action="store_true",
            help="Create only the identity and its role on the subnet: AKS makes and attaches a route table itself.",
        )
    with loader.argument_context(command, arg_group="Private cluster") as context:
        context.argument(
            "private_dns_zone",
            help="ID of the zone for the API server's name, in any subscription, 'system' for the zone that AKS makes, "
            "or 'none'.  Default: the cluster is not private.",
        )
        context.argument(
            "apiserver_subnet_id", help="ID of the subnet that the API server gets, with API server VNet integration."
        )
    _writing(loader, command)


def _role(context: Any, *, help_text: str) -> None:
    context.argument("role", arg_type=get_enum_type(ROLES), help=help_text)


def _route_table(context: Any) -> None:
    context.argument(
        "route_table",
        help="Name or ID of an existing route table.  Default: one is created.",
        completer=names_of(ROUTE_TABLE_TYPE),
    )
    context.argument(
        "default_route_next_hop", help="Next-hop IP of the default route, 0.0.0.0/0: a firewall or another appliance."
    )


def _writing(loader: AzCommandsLoader, command: str) -> None:
    with loader.argument_context(command, arg_group=RUN) as context:
        context.argument("dry_run", action="store_true", help="Show the changes and write nothing.")
        context.argument(
            NO_WAIT, options_list=["--no-wait"], action="store_true", help="Do not wait for the last writes to finish."
        )
        context.argument(
            "yes", options_list=["--yes", "-y"], action="store_true", help="Do not prompt for confirmation."
        )


def _propagation(context: Any) -> None:
    context.argument(
        "role_propagation_timeout",
        help="Seconds to wait for role assignments to take effect.  "
        f"Default: {limits.ROLE_PROPAGATION_SECONDS}, at most {limits.MAX_ROLE_PROPAGATION_SECONDS}.",
    )


def _create(loader: AzCommandsLoader) -> None:
    from .aks_create.signature import load_create_arguments

    with loader.argument_context(CREATE, arg_group=KUBENET) as context:
        context.argument("skip_validation", action="store_true", help="Create without checking first.")
        context.argument("max_surge", help=f"Surge for the checks: a count or a percentage.  Default: {DEFAULT_SURGE}.")
        context.argument(
            "internal_load_balancers", help="Number of internal load balancers, for the checks.  Default: 0."
        )
        _checks(context)
        _propagation(context)
        context.argument(
            "prepare",
            action="store_true",
            help="Create the identity, route table and role assignments first, as az aks kubenet prepare does.",
        )
        _role(
            context,
            help_text="Role that the identity gets on the subnet and the route table.  Default: network-contributor.",
        )
        _route_table(context)
        context.argument(
            "dry_run",
            action="store_true",
            help="Show the findings, what --prepare would change and the rights "
            "that you lack for it, and the body of the request; write nothing.",
        )
        context.argument(
            "if_not_exists",
            action="store_true",
            help="Return the cluster of that name if it exists already and matches what is asked for.",
        )
    with loader.argument_context(CREATE) as context:
        context.argument(
            NO_WAIT,
            options_list=["--no-wait"],
            action="store_true",
            help="Do not wait for the long-running operation to finish.",
        )
    load_create_arguments(loader, CREATE)
    inherited = loader.argument_registry.arguments[CREATE]
    with loader.argument_context(CREATE) as context:
        context.argument("vnet_subnet_id", inherited["vnet_subnet_id"], completer=subnet_ids)
        context.argument("assign_identity", inherited["assign_identity"], completer=ids_of(IDENTITY_TYPE))
