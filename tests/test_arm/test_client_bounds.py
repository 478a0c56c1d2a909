"""The client on a hostile server: where the token goes, how much and how long is read, and what a person is told."""

from __future__ import annotations

import json
import re
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from azure.cli.core.util import SSLERROR_TEMPLATE
from azure.core.credentials import AccessToken
from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.pipeline.policies import RequestIdPolicy, RetryPolicy
from azure.core.rest import HttpRequest
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from azext_kubenet.arm import bounds, transport
from azext_kubenet.arm.bounds import TOO_LARGE, EndlessWaitError, Memory, Patience, Reading, decoded_size
from azext_kubenet.arm.client import RESOURCE_GRAPH, AzureCoreClient, bounded_pipeline
from azext_kubenet.arm.errors import NO_ANSWER, ArmError, ArmUnreachableError
from azext_kubenet.arm.hosts import FOREIGN_HOST, ResourceManagerOnly
from azext_kubenet.core.azure.limits import MAX_ANSWER_BYTES, MAX_PAGES
from tests.hostile_server import Answering, HostileServer

from .documents import TABLE

LIST = str(TABLE).rsplit("/", 1)[0]
MIB = 1 << 20


class Token:
    """Any bearer token."""

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("a-token", int(time.time()) + 3600)


def client_of(url: str, ca_file: Path, patience: Patience | None = None) -> AzureCoreClient:
    policies = [
        RequestIdPolicy(),
        RetryPolicy(retry_backoff_factor=0),
        ARMChallengeAuthenticationPolicy(Token(), f"{url}/.default"),
    ]
    return AzureCoreClient(bounded_pipeline(url, policies, str(ca_file), patience))


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[HostileServer]:
    with HostileServer(tmp_path) as server:
        yield server


@pytest.fixture
def client(hostile: HostileServer) -> AzureCoreClient:
    return client_of(hostile.url, hostile.ca_file)


def refusal(call: Callable[[], object]) -> ArmError:
    with pytest.raises(ArmError) as caught:
        call()
    return caught.value


def silence(call: Callable[[], object]) -> ArmUnreachableError:
    with pytest.raises(ArmUnreachableError) as caught:
        call()
    return caught.value


# Where the token goes


@pytest.mark.parametrize(
    ("url", "goes"),
    [
        ("https://management.azure.com/subscriptions", True),
        ("https://management.azure.com:443/subscriptions", True),
        ("https://MANAGEMENT.azure.com/x?y#z", True),
        ("https://westeurope.management.azure.com/x", True),
        ("https://management.azure.com", True),
        ("http://management.azure.com/x", False),
        ("https://management.azure.com:8443/x", False),
        ("https://evil.example/x", False),
        ("https://management.azure.com.evil.example/x", False),
        ("https://evilmanagement.azure.com/x", False),
        ("https://management.azure.com@evil.example/x", False),
        ("https://evil.example\\@management.azure.com/x", False),
        ("https://evil.example#@management.azure.com/x", False),
        ("https://evil.example%2f@management.azure.com/x", False),
        ("https://evil.example\t.management.azure.com/x", False),
        ("https:///management.azure.com/x", False),
        ("https://ev\u0131l.management.azure.com/x", False),
        ("//evil.example/x", False),
        ("file:///etc/passwd", False),
        ("https://[::1]/x", False),
        ("", False),
    ],
)
def test_the_token_goes_to_the_clouds_resource_manager_only(url: str, goes: bool) -> None:
    policy = ResourceManagerOnly("https://management.azure.com")
    request = PipelineRequest(HttpRequest("GET", url), PipelineContext(None))
    if goes:
        policy.on_request(request)
        return
    error = refusal(lambda: policy.on_request(request))
    assert error.code == FOREIGN_HOST
    assert "which is not 'management.azure.com'; nothing was sent there" in error.message


def test_the_port_of_another_cloud_counts() -> None:
    policy = ResourceManagerOnly("https://localhost:8443/arm")
    policy.on_request(PipelineRequest(HttpRequest("GET", "https://localhost:8443/arm/x"), PipelineContext(None)))
    without = PipelineRequest(HttpRequest("GET", "https://localhost/x"), PipelineContext(None))
    refusal(lambda: policy.on_request(without))


FOREIGN = "https://evil.example/steal"


def answers_elsewhere(how: str, elsewhere: str) -> Callable[[Answering], None]:
    def respond(answering: Answering) -> None:
        if how == "nextLink":
            answering.json(200, {"value": [], "nextLink": elsewhere})
        elif how == "@odata.nextLink":
            answering.json(200, {"value": [], "@odata.nextLink": elsewhere})
        elif how == "Azure-AsyncOperation":
            answering.json(201, {"id": str(TABLE)}, Azure_AsyncOperation=elsewhere)
        elif how == "Location":
            answering.bytes(202, b"", Location=elsewhere)
        else:
            answering.bytes(307, b"", Location=elsewhere)

    return respond


@pytest.mark.parametrize("elsewhere", [FOREIGN, "http://localhost/x", "https://localhost:1@evil.example/steal"])
@pytest.mark.parametrize("how", ["nextLink", "@odata.nextLink", "Azure-AsyncOperation", "Location", "redirect"])
def test_a_link_elsewhere_is_refused_by_name(
    hostile: HostileServer, client: AzureCoreClient, how: str, elsewhere: str
) -> None:
    hostile.respond = answers_elsewhere(how, elsewhere)
    calls: dict[str, Callable[[], object]] = {
        "nextLink": lambda: client.list(LIST),
        "@odata.nextLink": lambda: client.query(LIST, {}),
        "Azure-AsyncOperation": lambda: client.put(str(TABLE), {}),
        "Location": lambda: client.delete(str(TABLE)),
        "redirect": lambda: client.get(str(TABLE)),
    }
    error = refusal(calls[how])
    if how == "redirect":
        assert (error.status, error.code) == (307, NO_ANSWER)
    else:
        assert error.code == FOREIGN_HOST
        assert error.message.startswith(f"Azure's answer points to '{elsewhere.split('/')[2].rpartition('@')[2]}'")
    assert len(hostile.requests) == 1


# How much is read


def test_an_endless_list_ends(hostile: HostileServer, client: AzureCoreClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_PAGES", 20)
    hostile.respond = lambda answering: answering.json(
        200, {"value": [{}], "nextLink": f"{hostile.url}{LIST}?page={len(hostile.requests)}"}
    )
    error = refusal(lambda: client.list(LIST))
    assert (error.code, error.message) == (TOO_LARGE, "Azure's list has more than 20 pages.")
    assert len(hostile.requests) == 20
    assert MAX_PAGES == 10_000


def test_an_endless_graph_ends(
    hostile: HostileServer, client: AzureCoreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_PAGES", 20)
    hostile.respond = lambda answering: answering.json(
        200, {"data": [{}], "count": 1, "totalRecords": 10**9, "$skipToken": str(len(hostile.requests))}
    )
    assert refusal(lambda: client.query(RESOURCE_GRAPH, {})).code == TOO_LARGE
    assert len(hostile.requests) == 20


def packed(mebibytes: int) -> bytes:
    """A list that is nothing but spaces, as gzip."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS + 16)
    blank = b" " * MIB
    parts = [packer.compress(b'{"value": ['), *(packer.compress(blank) for _ in range(mebibytes))]
    return b"".join([*parts, packer.compress(b"]}"), packer.flush()])


@pytest.mark.parametrize("method", ["get", "list"])
def test_a_small_answer_that_unpacks_to_a_large_one_is_refused(
    hostile: HostileServer, client: AzureCoreClient, method: str
) -> None:
    small = packed(80)
    assert len(small) < MIB
    hostile.respond = lambda answering: answering.bytes(200, small, Content_Encoding="gzip")
    error = refusal(lambda: getattr(client, method)(LIST))
    assert (error.code, error.message) == (TOO_LARGE, "Azure's answer is larger than 64 MiB.")
    assert error.action == f"reading {LIST}"


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,gzip,gzip", "br", "zstd", "compress"])
def test_packing_that_was_not_asked_for_is_refused(
    hostile: HostileServer, client: AzureCoreClient, encoding: str
) -> None:
    hostile.respond = lambda answering: answering.bytes(200, b"x" * 100, Content_Encoding=encoding)
    assert (
        refusal(lambda: client.get(LIST)).message
        == f"Azure's answer is packed as '{encoding}', which was not asked for."
    )


def test_pages_count_together(hostile: HostileServer, client: AzureCoreClient) -> None:
    page = {"value": [{"name": "x" * MIB}]}
    hostile.respond = lambda answering: answering.json(
        200, {**page, "nextLink": f"{hostile.url}{LIST}?page={len(hostile.requests)}"}
    )
    assert refusal(lambda: client.list(LIST)).code == TOO_LARGE
    assert len(hostile.requests) <= MAX_ANSWER_BYTES // MIB


def test_reads_side_by_side_share_what_a_command_may_hold(hostile: HostileServer, client: AzureCoreClient) -> None:
    large = json.dumps({"value": [{"name": "x" * MIB}] * 10}).encode()
    hostile.respond = lambda answering: answering.bytes(200, large)

    def read(_: int) -> object:
        try:
            return client.list(LIST)
        except ArmError as error:
            return error.code

    with ThreadPoolExecutor(20) as pool:
        assert TOO_LARGE in list(pool.map(read, range(20)))


def test_what_is_received_is_given_back_once_it_is_decoded() -> None:
    memory = Memory(most=100)
    memory.take(80)
    memory.give(80)
    Reading(memory).received(90)
    assert refusal(lambda: memory.take(20)).code == TOO_LARGE


HOSTILE_SIZES: dict[str, Callable[[int], bytes]] = {
    "empty objects": lambda size: b'{"value": [' + b"{}," * (size // 3) + b"{}]}",
    "empty lists": lambda size: b'{"value": [{"a": [' + b"[]," * (size // 3) + b"[]]}]}",
    "short texts": lambda size: b'{"value": [{"a": [' + b'"ab",' * (size // 5) + b'""]}]}',
    "names of their own": lambda size: (
        b'{"value": [{' + b",".join(b'"%x":%d' % (n, 100_000 + n) for n in range(size // 15)) + b"}]}"
    ),
    "wide text": lambda size: b'{"value": [{"a": "' + b"x" * size + '\U0001f680"}]}'.encode(),
    "escaped wide text": lambda size: b'{"value": [{"a": "' + b"x" * size + b'\\ud83d\\ude80"}]}',
    "numbers": lambda size: b'{"value": [{"a": [' + b"1234," * (size // 5) + b"1]}]}",
}


@pytest.mark.parametrize("name", HOSTILE_SIZES)
def test_what_an_answer_takes_in_memory_is_estimated_from_above(name: str) -> None:
    content = HOSTILE_SIZES[name](MIB // 4)
    tracemalloc.start()
    try:
        assert json.loads(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= decoded_size(content)


# How long it takes


def test_a_byte_now_and_then_ends(
    hostile: HostileServer, client: AzureCoreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_TRANSFER_SECONDS", 0.6)

    def drip(answering: Answering) -> None:
        answering.send_response(200)
        answering.send_header("Content-Length", "1000000")
        answering.end_headers()
        for _ in range(100):
            answering.wfile.write(b" ")
            time.sleep(0.05)

    hostile.respond = drip
    begun = time.monotonic()
    error = silence(lambda: client.get(str(TABLE)))
    assert time.monotonic() - begun < 3
    assert str(error) == f"Azure's answer did not end within 120 s, while reading {TABLE}"
    assert error.recommendation
    assert len(hostile.requests) == 1


def test_headers_that_never_end_end(
    hostile: HostileServer, client: AzureCoreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_TRANSFER_SECONDS", 0.6)

    def drip(answering: Answering) -> None:
        for _ in range(100):
            answering.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.05)

    hostile.respond = drip
    silence(lambda: client.list(LIST))


def test_silence_ends(hostile: HostileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SILENCE_SECONDS", 0.2)
    hostile.respond = lambda _: time.sleep(1)
    error = silence(lambda: client_of(hostile.url, hostile.ca_file).get(str(TABLE)))
    assert str(error) == f"No answer from {hostile.url}/ while reading {TABLE}"


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.told: list[str] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def patience(self) -> Patience:
        return Patience(self.told.append, sleep=self.sleep, clock=lambda: self.now)


def test_short_waits_are_not_told_and_long_ones_are() -> None:
    clock = Clock()
    patience = clock.patience()
    patience.wait(30)
    patience.wait(29)
    assert clock.told == []
    patience.wait(40)
    patience.wait(10)
    assert clock.told == ["Azure asks to wait for 40 s (99 s in all so far)."]


def test_waits_of_more_than_ten_minutes_end() -> None:
    clock = Clock()
    patience = clock.patience()
    for _ in range(10):
        patience.wait(60)
    with pytest.raises(EndlessWaitError, match=r"^Azure asks to wait for 1 s, after 600 s of waiting;"):
        patience.wait(1)
    assert clock.now == 1_600.0


def test_waits_side_by_side_count_once() -> None:
    clock = Clock()
    patience = Patience(clock.told.append, sleep=lambda _: None, clock=lambda: clock.now)
    for _ in range(100):
        patience.wait(500)
    clock.now += 500
    with pytest.raises(EndlessWaitError):
        patience.wait(101)


def test_an_hour_that_azure_asks_for_ends_the_read(hostile: HostileServer) -> None:
    hostile.respond = lambda answering: answering.json(429, {"error": {"code": "Busy"}}, Retry_After="3600")
    clock = Clock()
    error = silence(lambda: client_of(hostile.url, hostile.ca_file, clock.patience()).get(str(TABLE)))
    assert str(error) == (
        "Azure asks to wait for 3,600 s, after 0 s of waiting; that is more than the 600 s that a command waits for it"
        f", while reading {TABLE}"
    )
    assert clock.now == 1_000.0


def test_an_operation_that_never_ends_ends(hostile: HostileServer) -> None:
    def respond(answering: Answering) -> None:
        if answering.command == "PUT":
            answering.json(201, {"id": str(TABLE)}, Azure_AsyncOperation=f"{hostile.url}/operation", Retry_After="25")
        else:
            answering.json(200, {"status": "InProgress"}, Retry_After="25")

    hostile.respond = respond
    clock = Clock()
    error = silence(lambda: client_of(hostile.url, hostile.ca_file, clock.patience()).put(str(TABLE), {}))
    assert str(error).endswith(f"while writing {TABLE}")
    assert clock.told[0] == "Azure asks to wait for 25 s (75 s in all so far)."
    assert clock.now == 1_600.0


@pytest.mark.parametrize("wait", ["soon", "1e400", "nan", "-1", "Fri, 99 Foo 9999 99:99:99 GMT", "9" * 400, "\x00"])
@pytest.mark.parametrize("header", ["Retry_After", "x_ms_retry_after_ms", "retry_after_ms"])
def test_a_wait_that_is_none_is_ignored(
    hostile: HostileServer, client: AzureCoreClient, header: str, wait: str
) -> None:
    def respond(answering: Answering) -> None:
        if len(hostile.requests) == 1:
            answering.json(429, {"error": {"code": "Busy"}}, **{header: wait})
        else:
            answering.json(200, {"value": []})

    hostile.respond = respond
    assert client.list(LIST) == []
    assert len(hostile.requests) == 2


# Why there is no answer


def test_a_certificate_that_is_not_trusted(hostile: HostileServer, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with HostileServer(other) as stranger:
        error = silence(lambda: client_of(hostile.url, stranger.ca_file).get(str(TABLE)))
    assert re.fullmatch(rf"The certificate of 'localhost' is not trusted \(.+\), while reading {TABLE}", str(error))
    assert error.recommendation == SSLERROR_TEMPLATE
    assert hostile.requests == []


def test_a_proxy_that_is_not_there(hostile: HostileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@127.0.0.1:{port}")
        monkeypatch.setenv("https_proxy", f"http://user:secret@127.0.0.1:{port}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        error = silence(lambda: client_of("https://management.example", hostile.ca_file).get(str(TABLE)))
    assert str(error) == f"The proxy 'http://(hidden)@127.0.0.1:{port}' gave no answer while reading {TABLE}"
    assert error.recommendation == "Check HTTPS_PROXY and HTTP_PROXY; NO_PROXY names the hosts that need none."


def test_a_name_that_does_not_resolve(hostile: HostileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_name(*_: object, **__: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    error = silence(lambda: client_of("https://management.example", hostile.ca_file).get(str(TABLE)))
    assert str(error) == f"The name 'management.example' does not resolve, while reading {TABLE}"
    assert "az cloud show" in error.recommendation


def test_busy_is_azures_answer(hostile: HostileServer, client: AzureCoreClient) -> None:
    hostile.respond = lambda answering: answering.bytes(503, b"<html>busy</html>", Content_Type="text/html")
    error = refusal(lambda: client.get(str(TABLE)))
    assert (error.status, error.is_busy, error.is_not_found, error.is_forbidden) == (503, True, False, False)


# No exception but ours


def raw(text: bytes) -> Callable[[Answering], None]:
    def respond(answering: Answering) -> None:
        answering.wfile.write(text)
        answering.close_connection = True

    return respond


def linking(link: object) -> Callable[[Answering], None]:
    return lambda answering: answering.json(200, {"value": [], "nextLink": link})


LINKS = ["https://[", "http://[::1", "x" * 100_000, "%", "https://localhost:9999999/x", "\ud800", 5, True, [], {"a": 1}]
BODIES: dict[str, Callable[[Answering], None]] = {
    "nothing": lambda answering: answering.bytes(200, b""),
    "not HTTP": raw(b"hello\r\n\r\n"),
    "no length": raw(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}"),
    "too short": raw(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"value": []}'),
    "broken chunks": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "not gzip": lambda answering: answering.bytes(200, b"{}", Content_Encoding="gzip"),
    "no charset": lambda answering: answering.bytes(400, b"\xff\xfe", Content_Type="application/json; charset=nope"),
    "not text": lambda answering: answering.bytes(200, b"\xff\xfe\xfd"),
    "deep": lambda answering: answering.bytes(200, b"[" * 200_000),
    "deep objects": lambda answering: answering.bytes(200, b'{"value":' * 100_000),
    "a long number": lambda answering: answering.bytes(200, b'{"value": [{"a": ' + b"9" * 10_000 + b"}]}"),
    "deep error": lambda answering: answering.bytes(400, b'{"error":' * 100_000),
    "no status": raw(b"HTTP/1.1 999999 OK\r\n\r\n"),
    "status in words": raw(b"HTTP/1.1 abc OK\r\n\r\n"),
    "many headers": raw(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1_000 + b"\r\n"),
    "a long header": raw(b"HTTP/1.1 200 OK\r\na: " + b"b" * 100_000 + b"\r\n\r\n"),
    **{f"link {str(link)[:10]!r}": linking(link) for link in LINKS},
}


@pytest.mark.parametrize("method", ["get", "list", "query", "put", "delete"])
@pytest.mark.parametrize("body", BODIES)
def test_no_answer_ends_in_an_exception_that_is_not_ours(
    hostile: HostileServer, client: AzureCoreClient, body: str, method: str
) -> None:
    hostile.respond = BODIES[body]
    arguments: tuple[object, ...] = ({},) if method in ("query", "put") else ()
    try:
        getattr(client, method)(str(TABLE), *arguments)
    except (ArmError, ArmUnreachableError) as error:
        assert str(error)
    else:
        assert method in ("put", "delete")


@pytest.mark.parametrize(
    "link", [{"Azure_AsyncOperation": "https://["}, {"Location": "%\x00"}, {"Location": "https://["}]
)
def test_an_operation_whose_link_is_none_is_our_error(
    hostile: HostileServer, client: AzureCoreClient, link: dict[str, str]
) -> None:
    hostile.respond = lambda answering: answering.bytes(202, b"{}", **link)
    with pytest.raises((ArmError, ArmUnreachableError)):
        client.put(str(TABLE), {})


# Only the documented status with the documented shape


@pytest.mark.parametrize("status", [201, 202, 203, 204, 206, 300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("method", ["get", "list", "query"])
def test_another_status_is_no_answer(hostile: HostileServer, client: AzureCoreClient, method: str, status: int) -> None:
    def respond(answering: Answering) -> None:
        if status in (204, 304):
            answering.send_response(status)
            answering.end_headers()
        else:
            answering.json(status, {"id": str(TABLE), "value": []})

    hostile.respond = respond
    error = refusal(lambda: getattr(client, method)(str(TABLE), *([{}] if method == "query" else [])))
    assert (error.status, error.code) == (status, NO_ANSWER)


@pytest.mark.parametrize(
    "body",
    [{}, None, [], "text", 5, True, {"id": None}, {"id": 5}, {"id": str(TABLE) + "x"}, {"id": str(TABLE), "error": {}}],
    ids=str,
)
def test_what_has_not_its_own_id_is_no_resource(hostile: HostileServer, client: AzureCoreClient, body: object) -> None:
    hostile.respond = lambda answering: answering.json(200, body)
    assert refusal(lambda: client.get(str(TABLE))).code == NO_ANSWER


def test_an_id_has_no_case_and_a_role_is_known_by_its_name(hostile: HostileServer, client: AzureCoreClient) -> None:
    role = "/providers/Microsoft.Authorization/roleDefinitions/4d97b98b-1d4f-4787-a291-c67834d212e7"
    bodies = [{"id": str(TABLE).upper()}, {"id": f"/subscriptions/s{role}"}]
    hostile.respond = lambda answering: answering.json(200, bodies[len(hostile.requests) - 1])
    assert client.get(str(TABLE))["id"] == str(TABLE).upper()
    assert client.get(role)["id"].endswith(role)


def test_policy_states_go_on_behind_their_own_link_with_the_same_question(
    hostile: HostileServer, client: AzureCoreClient
) -> None:
    def respond(answering: Answering) -> None:
        last = "page=2" in answering.path
        more = {} if last else {"@odata.nextLink": f"{hostile.url}/states?page=2"}
        answering.json(200, {"value": [{"resourceId": "b" if last else "a"}], **more})

    hostile.respond = respond
    path = f"{LIST}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"
    assert [each["resourceId"] for each in client.query(path, {})] == ["a", "b"]
    assert [method for method, *_ in hostile.requests] == ["POST", "POST"]


GRAPH_PAGES: dict[str, list[dict[str, Any]]] = {
    "no count": [{"data": [], "totalRecords": 0}],
    "no total": [{"data": [], "count": 0}],
    "another count": [{"data": [{}], "count": 2, "totalRecords": 2}],
    "more than was sent": [{"data": [{}], "count": 1, "totalRecords": 2}],
    "fewer than were sent": [{"data": [{}], "count": 1, "totalRecords": 0}],
    "cut short": [
        {"data": [{}], "count": 1, "totalRecords": 3, "$skipToken": "1"},
        {"data": [{}], "count": 1, "totalRecords": 3},
    ],
    "no data on the second page": [
        {"data": [{}], "count": 1, "totalRecords": 1, "$skipToken": "1"},
        {"count": 0, "totalRecords": 1},
    ],
    "a token that is none": [{"data": [{}], "count": 1, "totalRecords": 2, "$skipToken": 5}],
    "a table": [{"data": {"columns": [], "rows": []}, "count": 0, "totalRecords": 0}],
    "total in words": [{"data": [], "count": 0, "totalRecords": "0"}],
}


@pytest.mark.parametrize("name", GRAPH_PAGES)
def test_pages_of_resource_graph_have_to_add_up(hostile: HostileServer, client: AzureCoreClient, name: str) -> None:
    hostile.respond = lambda answering: answering.json(200, GRAPH_PAGES[name][len(hostile.requests) - 1])
    assert refusal(lambda: client.query(RESOURCE_GRAPH, {})).code == NO_ANSWER


def test_pages_of_resource_graph_that_add_up_are_one_list(hostile: HostileServer, client: AzureCoreClient) -> None:
    pages = [
        {"data": [{"id": "a"}], "count": 1, "totalRecords": 2, "$skipToken": "1"},
        {"data": [{"id": "b"}], "count": 1, "totalRecords": 2},
    ]
    hostile.respond = lambda answering: answering.json(200, pages[len(hostile.requests) - 1])
    assert client.query(RESOURCE_GRAPH, {"query": "q"}) == [{"id": "a"}, {"id": "b"}]


def test_a_page_that_fails_fails_the_list(hostile: HostileServer, client: AzureCoreClient) -> None:
    def respond(answering: Answering) -> None:
        if "page=2" in answering.path:
            answering.json(400, {"error": {"code": "No", "message": "No."}})
        else:
            answering.json(200, {"value": [{}], "nextLink": f"{hostile.url}{LIST}?page=2"})

    hostile.respond = respond
    assert refusal(lambda: client.list(LIST)).code == "No"


def test_a_page_of_html_that_says_404_or_403_is_not_azures(hostile: HostileServer, client: AzureCoreClient) -> None:
    for status in (403, 404):
        hostile.respond = lambda answering, status=status: answering.bytes(status, b"<html>", Content_Type="text/html")  # type: ignore[misc] # mypy sees no default
        error = refusal(lambda: client.get(str(TABLE)))
        assert (error.status, error.is_not_found, error.is_forbidden) == (status, False, False)
    with pytest.raises(ArmError):
        client.delete(str(TABLE))
