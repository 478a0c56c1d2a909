"""What is seen to once a cluster is there: that its own identity may use the subnet. Network IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knack.log import get_logger

from .arm.apply import InterruptedApplyError, apply_changes
from .arm.errors import ArmError, ArmUnreachableError
from .arm.gather_rights import gather_access
from .arm.json_reader import ParseError
from .arm.parse.clusters import parse_managed_cluster
from .core.azure.access import ManagedIdentity, ScopeAccess
from .core.azure.az_words import kubenet
from .core.azure.identity_kind import IdentityKind
from .core.azure.printable import printable
from .core.azure.resource_id import ResourceId
from .core.azure.resource_words import words_of
from .core.azure.snapshot import Snapshot
from .core.azure.unreadable import Unreadable
from .core.changes.change import Action
from .core.changes.role_grants import grant_to_created
from .core.rights.permissions import NETWORK_CONTRIBUTOR_ROLE as ROLE
from .core.rules.evaluation import evaluate
from .core.rules.identity import created_identity_may_use_subnet as rule
from .core.rules.rule import Finding, Stage, Status
from .judging import today
from .session import Session

if TYPE_CHECKING:
    from .arguments.create import Creation

logger = get_logger(__name__)


def see_to_rights(session: Session, creation: Creation, *, created: bool) -> bool:
    """Whether a system-assigned identity may use the subnet, as far as can be read; granted here where it may not.

    False, once it is told how to repair it, where it may not and the grant is refused.
    """
    subnet_id, kind = creation.subnet_id, creation.wanted.identity_kind
    if subnet_id is None or kind is not IdentityKind.SYSTEM_ASSIGNED or rule.code in creation.wanted.ignored:
        return True
    lead = "The cluster was created, but" if created else "The cluster exists, but"
    session.reporter.say("Reading the rights of the cluster's identity")
    try:
        return _see_to_rights(session, creation, subnet_id, lead)
    except (ArmError, ArmUnreachableError, ParseError) as error:
        logger.warning("%s the rights of its identity could not be read: %s", lead, printable(str(error)))
        return True
    finally:
        session.reporter.done()


def _see_to_rights(session: Session, creation: Creation, subnet_id: ResourceId, lead: str) -> bool:
    identity = parse_managed_cluster(session.client.get(str(creation.cluster_id))).system_identity
    if identity is None:
        return True
    access = gather_access(session.client, str(subnet_id), identity)
    finding = _judge(creation, access)
    if finding.status is Status.UNKNOWN:
        logger.warning("%s %s %s", lead, _lower(finding.message), finding.remediation)
    if finding.status is not Status.FAILED:
        return True
    refusal = _grant(session, creation, subnet_id, identity, access) if isinstance(access, ScopeAccess) else ""
    if refusal is None:
        logger.warning("The cluster's identity had no role on %s; it has %s now.", words_of(subnet_id), ROLE)
        return True
    logger.error("%s it cannot use its subnet yet. %s", lead, printable(finding.message))
    if refusal:
        logger.error("Assigning the role was refused: %s", printable(refusal))
    for command in finding.commands:
        logger.error("An administrator can repair it with: %s", command)
    logger.error("Why: %s", kubenet("list-rules", code=rule.code))
    return False


def _lower(sentence: str) -> str:
    text = printable(sentence)
    return text[:1].lower() + text[1:]


def _judge(creation: Creation, access: ScopeAccess | Unreadable | None) -> Finding:
    report = evaluate(
        (rule,),
        cluster=creation.wanted,
        snapshot=Snapshot(subnet_access=access),
        today=today(),
        stage=Stage.CREATE,
    )
    return report.findings[0]


def _grant(
    session: Session, creation: Creation, subnet_id: ResourceId, identity: ManagedIdentity, access: ScopeAccess
) -> str | None:
    """Assign the role; why that was refused, empty where it is assigned already and no role helps."""
    change = grant_to_created(creation.cluster_id, subnet_id, identity, access)
    if change.action is Action.NONE:
        return ""
    try:
        apply_changes(session.client, (change,), {}, session.reporter)
    except InterruptedApplyError as error:
        if not error.failures:
            raise
        return str(error)
    return None
