"""Faults, hooks, the log, the control endpoint and the program around the simulator."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Simulator

from .builders import make_network
from .client import Client

ROOT = Path(__file__).resolve().parents[2]


def test_the_log_shows_what_was_asked(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    client.put(f"{client.network}/routeTables/rt", {"location": "westeurope"})
    client.get(f"{client.network}/routeTables/no")
    assert [str(entry) for entry in sim.requests] == [
        f"PUT {client.network}/routeTables/rt -> 201",
        f"GET {client.network}/routeTables/no -> 404",
    ]
    first, second = sim.requests
    assert sim.sent("put", "ROUTETABLES") == [first]
    assert (first.api_version, first.body) == ("2025-05-01", {"location": "westeurope"})
    assert "authorization" not in first.headers
    assert second.code == "ResourceNotFound"
    sim.clear_log()
    assert sim.requests == []


def test_refusals_with_headers_skip_and_times(sim: Simulator, client: Client) -> None:
    sim.put(client.group, {})
    sim.add_fault(
        method="GET", path="/rg$", status=429, code="TooManyRequests", headers={"Retry-After": "1"}, skip=1, times=2
    )
    answers = [client.get(client.group) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 429, 429, 200]
    assert (answers[1].code, answers[1].headers["retry-after"]) == ("TooManyRequests", "1")


@pytest.mark.parametrize(("moment", "stored"), [("before", False), ("after", True)])
def test_closed_connections(sim: Simulator, client: Client, moment: str, stored: bool) -> None:
    sim.put(client.group, {})
    sim.add_fault(method="PUT", path="routeTables", close=moment)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError, ssl.SSLError)):
        client.put(f"{client.network}/routeTables/rt", {"location": "westeurope"})
    assert (sim.get(f"{client.network}/routeTables/rt") is not None) is stored
    assert sim.requests[-1].status == 0


def test_hooks_change_the_world_between_two_requests(sim: Simulator, client: Client) -> None:
    subnet = make_network(sim, client, table="rt")
    changed = {"properties": {"addressPrefix": "10.1.0.0/24"}}
    sim.add_fault(method="GET", path="subnets/nodes$", put={"id": subnet, "body": changed}, when="after")
    assert "routeTable" in client.get(subnet).body["properties"]
    assert "routeTable" not in client.get(subnet).body["properties"]
    seen: list[str] = []
    sim.add_fault(path="routeTables", hook=lambda request: seen.append(request.method))
    client.get(f"{client.network}/routeTables/rt")
    assert seen == ["GET"]
    sim.add_fault(path="routeTables/rt$", delete=f"{client.network}/routeTables/rt")
    assert client.get(f"{client.network}/routeTables/rt").status == 404


def test_latency(sim: Simulator, client: Client) -> None:
    sim.add_fault(path="/rg$", latency=0.05)
    started = time.monotonic()
    client.get(client.group)
    assert time.monotonic() - started >= 0.05


def test_a_bug_of_the_simulator_looks_like_one(sim: Simulator, client: Client) -> None:
    sim.add_fault(hook=lambda _: 1 // 0)
    answer = client.get(client.group)
    assert (answer.status, answer.code) == (500, "SimulatorError")
    assert "ZeroDivisionError" in (sim.requests[-1].trace or "")


def test_reset_makes_a_new_azure_on_the_same_port(sim: Simulator, client: Client) -> None:
    url = sim.url
    make_network(sim, client)
    sim.settings.operation_polls = 7
    sim.set_caller_roles([])
    sim.reset()
    assert (sim.url, sim.settings.operation_polls, sim.requests) == (url, 0, [])
    assert client.get(f"{client.subscription}/resourcegroups").body == {"value": []}


def test_control_verbs(client: Client) -> None:
    def control(verb: str, **arguments: Any) -> Any:
        answer = client.post("/_control", {"verb": verb, **arguments})
        assert answer.status == 200, answer.body
        return answer.body["result"]

    table = f"{client.network}/routeTables/rt"
    assert control("put", id=table, body={"location": "westeurope"})["name"] == "rt"
    assert control("get", id=table)["properties"]["routes"] == []
    assert control("settings", operation_polls=2)["operation_polls"] == 2
    control("fault", method="GET", path="routeTables", status=503)
    assert client.get(table).status == 503
    control("caller_roles", roles=[[client.subscription, "Reader"]])
    assert client.delete(table).status == 403
    assert [entry["status"] for entry in control("requests")] == [503, 403]
    control("delete", id=table)
    assert control("get", id=table) is None
    assert control("principal", client_id="x", roles=[[client.group, "Owner"]])["name"] == "x"
    control("subscription", subscription_id="00000000-0000-0000-0000-000000000002")
    for verb in ("clear_log", "clear_faults", "reset"):
        control(verb)
    refused = client.post("/_control", {"verb": "settings", "unheard": 1})
    assert (refused.status, refused.code) == (400, "BadControlRequest")
    assert client.post("/_control", {"verb": "dance"}).status == 400


def test_control_is_off_by_default(tmp_path: Path) -> None:
    with Simulator(log=tmp_path / "log.jsonl") as closed:
        client = Client(closed)
        assert client.post("/_control", {"verb": "reset"}).status == 404
        client.close()
    lines = (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["path"] for line in lines] == ["/_control"]


@pytest.mark.parametrize("ending", ["terminated", "orphaned"])
def test_the_program(tmp_path: Path, ending: str) -> None:
    state_file = tmp_path / "state.json"
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    program = subprocess.Popen(  # noqa: S603 - this very interpreter and this very package
        [sys.executable, "-m", "tests.simulator", "--state-file", state_file, "--control", "--parent", str(parent.pid)],
        cwd=ROOT,
    )
    try:
        _wait_for(state_file)
        state = json.loads(state_file.read_text(encoding="utf-8"))
        assert state["pid"] == program.pid
        context = ssl.create_default_context(cafile=state["caFile"])
        connection = http.client.HTTPSConnection(state["url"].removeprefix("https://"), context=context, timeout=5)
        connection.request("GET", "/metadata/endpoints?api-version=2022-09-01")
        assert json.loads(connection.getresponse().read())["resourceManager"] == state["url"] + "/"
        connection.close()
        if ending == "terminated":
            os.kill(program.pid, signal.SIGTERM)
        else:
            parent.communicate(b"\n")
        assert program.wait(timeout=10) == 0
        assert not state_file.exists()
    finally:
        for process in (program, parent):
            process.kill()
            process.wait()
        if parent.stdin:
            parent.stdin.close()


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + 20
    while not file.exists():
        assert time.monotonic() < deadline, "the simulator did not start"
        time.sleep(0.02)
