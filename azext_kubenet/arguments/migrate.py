"""What `migrate` is asked for. No IO."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.azure.resource_types import CLUSTER_TYPE, IDENTITY_TYPE
from ..core.changes.infrastructure_code import CodeFormat
from ..core.changes.migration_steps import MigrationRequest
from .values import UsageError, parse_id, parse_name_or_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateArguments:
    """The cluster and what is to become of it, as typed."""

    cluster_name: str
    resource_group_name: str | None = None
    dry_run: bool = False
    verify: bool = False
    then_network_policy: str | None = None
    assign_identity: str | None = None
    iac: str | None = None


def parse_mode(arguments: MigrateArguments) -> None:
    """One of the two modes is given; raises UsageError where none or both are."""
    if arguments.dry_run == arguments.verify:
        raise UsageError(
            "--dry-run and --verify exclude each other."
            if arguments.dry_run
            else "Neither --dry-run nor --verify is given.",
            "Give --dry-run to judge the cluster and see the steps, or --verify to prove that it has moved.",
        )


def parse_migrate(arguments: MigrateArguments, *, subscription: str) -> MigrationRequest:
    """The request; names are in `subscription` unless an id says another."""
    identity = arguments.assign_identity
    return MigrationRequest(
        cluster_id=parse_name_or_id(
            arguments.cluster_name,
            "--name",
            CLUSTER_TYPE,
            subscription=subscription,
            group=arguments.resource_group_name,
        ),
        then_network_policy=arguments.then_network_policy,
        identity_id=None if identity is None else parse_id(identity, "--assign-identity", IDENTITY_TYPE),
        code_format=CodeFormat(arguments.iac or CodeFormat.NONE),
    )
