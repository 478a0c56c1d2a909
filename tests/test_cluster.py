"""The call of `az aks create`: patience, and what its end means for the cluster."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from azure.cli.command_modules.acs.custom import aks_create
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError

from azext_kubenet import cluster, inherited
from azext_kubenet.arguments import UsageError
from azext_kubenet.cluster import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Named, PatientClient
from azext_kubenet.core.changes import MissingResourceError, RefusedError
from azext_kubenet.create import OWN_ARGUMENTS, kubenet_create

NAMED = Named(group="rg", name="my aks", subscription=None)
ROLE = "CustomRouteTableMissingPermission"


def refusal(code: str | None, status: int = 400, message: str = "No.", **body: Any) -> HttpResponseError:
    """What azure-core raises for AKS's answer; without a code, for one that is no JSON."""
    text = "<html>" if code is None else json.dumps({"code": code, "message": message, **body})
    response: Any = SimpleNamespace(status_code=status, reason="Refused", text=lambda: text)
    return HttpResponseError(response=response)


@dataclass
class Clusters:
    """The client of managed clusters: answers each PUT with the next of `answers`, each GET with `found`."""

    answers: list[Any] = field(default_factory=list)
    found: Any = None
    puts: int = 0

    def begin_create_or_update(self, *_: Any, **__: Any) -> Any:
        self.puts += 1
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def get(self, *_: Any) -> Any:
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found


@dataclass
class Clock:
    """A clock that only sleeping moves, and a reporter."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def say(self, message: str) -> None:
        self.said.append(message)

    def done(self) -> None:
        pass


def patient(clusters: Clusters, clock: Clock, timeout: float = 600) -> PatientClient:
    return PatientClient(clusters, clock, timeout=timeout, sleep=clock.sleep, clock=lambda: clock.now)


def test_every_parameter_of_aks_create_is_ours() -> None:
    ours = inspect.signature(kubenet_create).parameters
    theirs = inspect.signature(aks_create).parameters
    assert set(ours) == set(theirs) | set(OWN_ARGUMENTS)
    for name, parameter in theirs.items():
        assert ours[name].default is parameter.default or ours[name].default == parameter.default
    assert set(OWN_ARGUMENTS).isdisjoint(theirs)


def test_the_client_is_azure_clis_in_all_but_the_put() -> None:
    clusters = Clusters(found="the cluster")
    assert patient(clusters, Clock()).get("rg", "aks") == "the cluster"


def test_a_missing_role_is_waited_for_with_growing_pauses() -> None:
    clusters, clock = Clusters([*(refusal(ROLE) for _ in range(9)), "poller"]), Clock()
    client = patient(clusters, clock)
    assert client.begin_create_or_update() == "poller"
    assert clusters.puts == 10
    assert clock.pauses[0] == FIRST_PAUSE_SECONDS
    assert clock.pauses == sorted(clock.pauses)
    assert clock.pauses[-1] == LONGEST_PAUSE_SECONDS
    assert len(clock.said) == 9
    assert all(ROLE in each for each in clock.said)
    assert (client.accepted, client.refusal) == (True, None)


def test_the_timeout_is_used_up_and_not_more() -> None:
    clusters, clock = Clusters([refusal(ROLE) for _ in range(50)]), Clock()
    client = patient(clusters, clock, timeout=100)
    with pytest.raises(HttpResponseError):
        client.begin_create_or_update()
    assert sum(clock.pauses) == 100
    assert client.refusal is not None
    assert client.refusal.code == ROLE
    assert not client.sent


def test_a_timeout_of_nothing_ends_at_the_first_refusal() -> None:
    clusters, clock = Clusters([refusal(ROLE)]), Clock()
    with pytest.raises(HttpResponseError):
        patient(clusters, clock, timeout=0).begin_create_or_update()
    assert (clusters.puts, clock.pauses) == (1, [])


def test_the_code_decides_and_not_the_message() -> None:
    clusters, clock = Clusters([refusal("BadRequest", message=f"Not because of {ROLE}.")]), Clock()
    with pytest.raises(HttpResponseError):
        patient(clusters, clock).begin_create_or_update()
    assert clusters.puts == 1


def test_a_code_in_the_details_counts() -> None:
    details = [{"code": "LinkedAuthorizationFailed", "message": "No."}]
    clusters, clock = Clusters([refusal("BadRequest", details=details), "poller"]), Clock()
    assert patient(clusters, clock).begin_create_or_update() == "poller"


def test_what_azure_cli_waits_for_itself_is_left_to_it() -> None:
    gone = refusal("ServicePrincipalNotFound", message="clientID: x not found in Active Directory tenant y")
    client = patient(Clusters([gone, "poller"]), Clock())
    with pytest.raises(HttpResponseError):
        client.begin_create_or_update()
    assert client.refusal is None
    assert client.begin_create_or_update() == "poller"


def explained(
    clusters: Clusters,
    monkeypatch: pytest.MonkeyPatch,
    failure: Callable[[PatientClient], BaseException] | None = None,
) -> Exception:
    """What `create_managed_cluster` raises where azure-cli's own code makes one PUT and then meets `failure`."""

    def create(_: Any, client: PatientClient, **__: Any) -> Any:
        client.begin_create_or_update()
        assert failure is not None
        raise failure(client)

    monkeypatch.setattr(cluster, "acs", SimpleNamespace(aks_create=create))
    clock = Clock()
    with pytest.raises(Exception) as raised:
        cluster.create_managed_cluster(
            SimpleNamespace(), clusters, {}, NAMED, clock, timeout=0, sleep=clock.sleep, clock=lambda: clock.now
        )
    return raised.value


def in_state(state: str) -> Any:
    return SimpleNamespace(provisioning_state=state)


def not_found() -> ResourceNotFoundError:
    response: Any = SimpleNamespace(status_code=404, reason="Not Found", text=lambda: "{}")
    return ResourceNotFoundError(response=response)


def advice(error: Exception) -> str:
    assert isinstance(error, RefusedError)
    assert not isinstance(error.recommendation, str)
    return "\n".join(error.recommendation)


def test_a_refusal_names_code_message_rule_and_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    error = explained(Clusters([refusal("SubnetIsDelegated", message="It is delegated.")]), monkeypatch)
    assert str(error) == "Azure refused the cluster: (SubnetIsDelegated) It is delegated."
    assert "rule SN2" in advice(error)
    assert "docs/rules.md#sn2" in advice(error)


def test_a_refusal_that_is_no_rules_says_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    error = explained(Clusters([refusal("QuotaExceeded")]), monkeypatch)
    assert "(QuotaExceeded) No." in str(error)
    assert "https://learn.microsoft.com/" in advice(error)


def test_a_refusal_without_json_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    error = explained(Clusters([refusal(None, 418)]), monkeypatch)
    assert "(Http418)" in str(error)
    assert "Refused" in str(error)


def test_what_does_not_exist_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    error = explained(Clusters([refusal("ResourceGroupNotFound", 404)]), monkeypatch)
    assert isinstance(error, MissingResourceError)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("Failed", "in state Failed: (ContextDeadlineExceeded) Too late."),
        ("Canceled", "in state Canceled: (ContextDeadlineExceeded) Too late."),
        ("Creating", "creation of cluster 'my aks' goes on"),
    ],
)
def test_a_failed_operation_is_judged_by_the_clusters_state(
    monkeypatch: pytest.MonkeyPatch, state: str, says: str
) -> None:
    failed = refusal("ContextDeadlineExceeded", 200, "Too late.")
    error = explained(Clusters(["poller"], in_state(state)), monkeypatch, lambda _: failed)
    assert says in str(error)
    assert "az aks delete --resource-group rg --name 'my aks'" in advice(error)


def test_a_cluster_that_is_there_keeps_the_error_of_what_had_to_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = refusal("AuthorizationFailed", 403)
    error = explained(Clusters(["poller"], in_state("Succeeded")), monkeypatch, lambda _: failed)
    assert error is failed


@pytest.mark.parametrize("found", [ServiceRequestError("no route to host"), in_state("Creating")])
def test_a_lost_connection_after_the_put_says_how_to_watch(monkeypatch: pytest.MonkeyPatch, found: Any) -> None:
    error = explained(Clusters(["poller"], found), monkeypatch, lambda _: ServiceRequestError("gone"))
    assert "goes on there" in str(error)
    assert "az aks kubenet wait --created --resource-group rg --name 'my aks'" in advice(error)


def test_a_put_without_an_answer_may_have_been_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = ServiceRequestError("gone")
    error = explained(Clusters([lost], ServiceRequestError("gone")), monkeypatch)
    assert "may go on" in str(error)
    assert explained(Clusters([lost], not_found()), monkeypatch) is lost


@pytest.mark.parametrize("status", [409, 503])
def test_a_conflict_is_a_refusal_only_where_no_cluster_is_there(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    answer = refusal("OperationNotAllowed", status, "Another operation (Creating) is in progress.")
    assert "goes on" in str(explained(Clusters([answer], in_state("Creating")), monkeypatch))
    assert "Azure refused" in str(explained(Clusters([answer], not_found()), monkeypatch))
    failed = str(explained(Clusters([answer], in_state("Failed")), monkeypatch))
    assert "in state Failed: (OperationNotAllowed)" in failed


def test_an_interrupt_tells_whether_anything_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    after = explained(Clusters(["poller"]), monkeypatch, lambda _: KeyboardInterrupt())
    assert "goes on in Azure" in str(after)
    assert "az aks kubenet wait --created" in advice(after)
    during = explained(Clusters([KeyboardInterrupt()]), monkeypatch)
    assert "may go on in Azure" in str(during)


def test_an_interrupt_while_waiting_for_roles_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    def create(_: Any, client: PatientClient, **__: Any) -> Any:
        return client.begin_create_or_update()

    monkeypatch.setattr(cluster, "acs", SimpleNamespace(aks_create=create))
    with pytest.raises(RefusedError, match="had not accepted"):
        cluster.create_managed_cluster(
            SimpleNamespace(),
            Clusters([refusal(ROLE)]),
            {},
            NAMED,
            Clock(),
            timeout=60,
            sleep=interrupt,
            clock=lambda: 0.0,
        )


def test_what_azure_cli_refuses_before_the_put_passes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = refusal("Whatever")

    def create(*_: Any, **__: Any) -> Any:
        raise theirs

    monkeypatch.setattr(cluster, "acs", SimpleNamespace(aks_create=create))
    clock = Clock()
    with pytest.raises(HttpResponseError) as raised:
        cluster.create_managed_cluster(
            SimpleNamespace(), Clusters(), {}, NAMED, clock, timeout=0, sleep=clock.sleep, clock=lambda: clock.now
        )
    assert raised.value is theirs


def test_commands_name_the_subscription_where_it_was_given() -> None:
    named = Named(group="rg", name="aks", subscription="my sub")
    assert named.az_command("show") == "az aks show --resource-group rg --name aks --subscription 'my sub'"


@pytest.mark.parametrize("found", [not_found(), ServiceRequestError("gone")])
def test_a_cluster_that_cannot_be_seen_does_not_exist_yet(found: Exception) -> None:
    cluster.refuse_existing(Clusters(found=found), NAMED)


def test_a_cluster_that_exists_is_refused() -> None:
    with pytest.raises(RefusedError, match="already exists"):
        cluster.refuse_existing(Clusters(found=in_state("Creating")), NAMED)


@pytest.mark.parametrize(
    "given",
    [
        {"network_plugin": "Azure"},
        {"network_plugin_mode": "overlay"},
        {"pod_subnet_id": "x"},
        {"network_policy": "Azure"},
        {"network_dataplane": "CILIUM"},
        {"outbound_type": "None"},
        {"windows_admin_password": "secret"},
        {"enable_addons": "monitoring, Virtual-Node"},
        {"outbound_type": "ManagedNatGateway", "vnet_subnet_id": "x"},
    ],
)
def test_what_kubenet_cannot_do_is_refused_however_it_is_written(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as raised:
        inherited.refuse_unsupported(given)
    assert "--" + next(iter(given)).replace("_", "-") in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"network_plugin": "Kubenet"},
        {"network_policy": "calico"},
        {"outbound_type": "managedNATGateway"},
        {"enable_ahub": False, "enable_addons": "monitoring"},
        {"outbound_type": "userDefinedRouting", "vnet_subnet_id": "x"},
    ],
)
def test_what_kubenet_can_do_is_not_refused(given: dict[str, Any]) -> None:
    inherited.refuse_unsupported(given)
