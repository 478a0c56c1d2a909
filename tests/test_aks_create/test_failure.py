"""What the end of a creation means for the cluster: refused, failed, lost, interrupted, and whose right is missing."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from azure.cli.core.azclierror import AzureResponseError, ManualInterrupt
from azure.core.exceptions import HttpResponseError, ServiceRequestError

from azext_kubenet._errors import translate
from azext_kubenet.aks_create.call import PatientClient, create_managed_cluster
from azext_kubenet.aks_create.failure import ClusterName, CreationError, InterruptedCreationError
from azext_kubenet.core.azure.resource_id import ResourceId
from azext_kubenet.core.changes.change import MissingResourceError
from azext_kubenet.core.rights.refusal import Actors

from ..managed_clusters import NAMED, ROLE, Clock, Clusters, in_state, not_found, refusal

IDENTITY = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes"
ACTORS = Actors(caller="me@example.com", identity_id=ResourceId(IDENTITY), principal_id="principal-of-nodes")
SUBNET = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/nodes"


def one_put(_: Any, client: PatientClient, **__: Any) -> Any:
    """Stands for azure-cli's function."""
    return client.begin_create_or_update()


def created(
    clusters: Clusters,
    create: Callable[..., Any] = one_put,
    *,
    actors: Callable[[], Actors] = lambda: ACTORS,
    timeout: float = 0,
    sleep: Callable[[float], None] | None = None,
) -> Any:
    clock = Clock()
    return create_managed_cluster(
        SimpleNamespace(),
        clusters,
        {},
        NAMED,
        clock,
        actors=actors,
        timeout=timeout,
        create=create,
        sleep=sleep or clock.sleep,
        clock=lambda: clock.now,
    )


def explained(
    clusters: Clusters,
    failure: Callable[[PatientClient], BaseException] | None = None,
    *,
    actors: Callable[[], Actors] = lambda: ACTORS,
) -> Exception:
    """What `create_managed_cluster` raises where azure-cli's own code makes one PUT and then meets `failure`."""

    def create(_: Any, client: PatientClient, **__: Any) -> Any:
        client.begin_create_or_update()
        assert failure is not None
        raise failure(client)

    with pytest.raises(Exception) as raised:
        created(clusters, create, actors=actors)
    return raised.value


def advice(error: Exception) -> str:
    assert isinstance(error, CreationError)
    return "\n".join(error.recommendation)


def test_a_refusal_names_code_message_rule_and_repair() -> None:
    error = explained(Clusters([refusal("SubnetIsDelegated", message="It is delegated.")]))
    assert str(error) == "Azure refused the cluster: (SubnetIsDelegated) It is delegated."
    assert "rule SN2" in advice(error)
    assert "see: az aks kubenet list-rules --code SN2" in advice(error)


def test_a_refusal_that_is_no_rules_says_where_to_look() -> None:
    error = explained(Clusters([refusal("QuotaExceeded")]))
    assert "(QuotaExceeded) No." in str(error)
    assert "https://learn.microsoft.com/" in advice(error)


def unauthorized(client: str, object_id: str, action: str) -> HttpResponseError:
    message = (
        f"The client '{client}' with object id '{object_id}' has permission to perform action "
        "'Microsoft.ContainerService/managedClusters/write' on scope '/subscriptions/s'; however, it does not have "
        f"permission to perform action '{action}' on the linked scope(s) '{SUBNET}' or the linked scope(s) are invalid."
    )
    return refusal("LinkedAuthorizationFailed", 403, message)


JOIN = "Microsoft.Network/virtualNetworks/subnets/join/action"
ASSIGN = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"


@pytest.mark.parametrize(
    ("client", "object_id", "action", "who", "rule"),
    [
        ("Me@example.com", "1", JOIN, "You, signed in as 'me@example.com',", None),
        ("me@example.com", "1", ASSIGN, "You, signed in as 'me@example.com',", "ID10"),
        ("app", "principal-of-nodes", JOIN, "The cluster's identity 'nodes'", "ID2"),
        ("app", "2\x1b[31m", JOIN, "The principal with object id '2\N{REPLACEMENT CHARACTER}[31m'", "ID2"),
    ],
)
def test_a_missing_right_names_who_lacks_it_and_the_rule_only_where_it_is_about_them(
    client: str, object_id: str, action: str, who: str, rule: str | None
) -> None:
    said = advice(explained(Clusters([unauthorized(client, object_id, action)])))
    assert f"{who} may not perform {action} on {SUBNET}." in said
    assert f"--scope {SUBNET}" in said
    assert ("It is rule" in said) == (rule is not None)
    assert rule is None or f"It is rule {rule}, " in said


def test_who_takes_part_is_asked_for_only_where_a_right_is_named() -> None:
    asked: list[str] = []

    def answer() -> Actors:
        asked.append("asked")
        return ACTORS

    explained(Clusters([refusal(ROLE)]), actors=answer)
    assert asked == []
    explained(Clusters([unauthorized("app", "1", JOIN)]), actors=answer)
    assert asked == ["asked"]


def test_a_refusal_without_json_is_told_as_it_is() -> None:
    error = explained(Clusters([refusal(None, 418)]))
    assert "(Http418)" in str(error)
    assert "Refused" in str(error)


def test_what_does_not_exist_is_told_as_such() -> None:
    error = explained(Clusters([refusal("ResourceGroupNotFound", 404)]))
    assert isinstance(error, MissingResourceError)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("Failed", "in state Failed: (ContextDeadlineExceeded) Too late."),
        ("Canceled", "in state Canceled: (ContextDeadlineExceeded) Too late."),
        ("Creating", "creation of cluster 'my aks' continues"),
    ],
)
def test_a_failed_operation_is_judged_by_the_clusters_state(state: str, says: str) -> None:
    failed = refusal("ContextDeadlineExceeded", 200, "Too late.")
    error = explained(Clusters(["poller"], in_state(state)), lambda _: failed)
    assert says in str(error)
    assert "az aks delete --resource-group rg --name 'my aks'" in advice(error)


def test_a_cluster_that_is_there_keeps_the_error_of_what_had_to_follow() -> None:
    failed = refusal("AuthorizationFailed", 403)
    error = explained(Clusters(["poller"], in_state("Succeeded")), lambda _: failed)
    assert error is failed


@pytest.mark.parametrize("found", [ServiceRequestError("no route to host"), in_state("Creating")])
def test_a_lost_connection_after_the_put_says_how_to_watch(found: Any) -> None:
    error = explained(Clusters(["poller"], found), lambda _: ServiceRequestError("gone"))
    assert "continues there" in str(error)
    assert "az aks kubenet wait --created --resource-group rg --name 'my aks'" in advice(error)


def test_a_put_without_an_answer_may_have_been_accepted() -> None:
    lost = ServiceRequestError("gone")
    error = explained(Clusters([lost], ServiceRequestError("gone")))
    assert "may continue" in str(error)
    assert explained(Clusters([lost], not_found())) is lost


@pytest.mark.parametrize("status", [409, 503])
def test_a_conflict_is_a_refusal_only_where_no_cluster_is_there(status: int) -> None:
    answer = refusal("OperationNotAllowed", status, "Another operation (Creating) is in progress.")
    assert "continues" in str(explained(Clusters([answer], in_state("Creating"))))
    assert "Azure refused" in str(explained(Clusters([answer], not_found())))
    failed = str(explained(Clusters([answer], in_state("Failed"))))
    assert "in state Failed: (OperationNotAllowed)" in failed


def test_an_interrupt_tells_whether_anything_goes_on() -> None:
    after = explained(Clusters(["poller"]), lambda _: KeyboardInterrupt())
    assert "continues in Azure" in str(after)
    assert "az aks kubenet wait --created" in advice(after)
    during = explained(Clusters([KeyboardInterrupt()]))
    assert "may continue in Azure" in str(during)


def test_an_interrupt_while_waiting_for_roles_leaves_nothing() -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(InterruptedCreationError, match="had not accepted"):
        created(Clusters([refusal(ROLE)]), timeout=60, sleep=interrupt)


def test_what_azure_cli_refuses_before_the_put_passes_through() -> None:
    theirs = refusal("Whatever")

    def create(*_: Any, **__: Any) -> Any:
        raise theirs

    with pytest.raises(HttpResponseError) as raised:
        created(Clusters(), create)
    assert raised.value is theirs


def test_commands_name_the_subscription_where_it_was_given() -> None:
    named = ClusterName(group="rg", name="aks", subscription="my sub")
    assert named.az_command("show") == "az aks show --resource-group rg --name aks --subscription 'my sub'"


@pytest.mark.parametrize(
    ("error", "kind"),
    [(CreationError, AzureResponseError), (InterruptedCreationError, ManualInterrupt)],
)
def test_what_azure_cli_shows_of_it_is_the_sentence_and_the_advice(
    error: type[CreationError], kind: type[Exception]
) -> None:
    translated: Any = translate(error("It\x1b[31m ended.", ("Look.", "Delete it.")))
    assert str(translated) == "It\N{REPLACEMENT CHARACTER}[31m ended."
    assert translated.recommendations == ["Look.", "Delete it."]
    assert type(translated) is kind
