"""The base class of the scenarios: played back, recorded against the local Azure, or live. IO: cassettes, Azure.

- playback (default): cassettes of tests/recordings; no network, no login, no waiting
- `KUBENET_RECORD=true`: against the local Azure, which it starts; writes the cassettes anew
- `AZURE_TEST_RUN_LIVE=true`: against Azure, as whoever `az login` has signed in; writes the cassettes anew, to the
  folder KUBENET_RECORDINGS where it is set; in KUBENET_LIVE_SUBSCRIPTION and KUBENET_LIVE_LOCATION instead of az's own
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shlex
import tempfile
import unittest.mock
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from enum import Enum
from pathlib import Path
from typing import Any, Final

from azure.cli.core import __version__ as azure_cli_version
from azure.cli.core._environment import get_config_dir
from azure.cli.core._profile import Profile
from azure.cli.core.cloud import AZURE_PUBLIC_CLOUD, Cloud
from azure_devtools.scenario_tests import ReplayableTest  # type: ignore[import-untyped] # it has no types
from vcr import matchers  # type: ignore[import-untyped] # it has no types

from azext_kubenet.arm.client import arm_client
from tests.simulator import Simulator

from . import playback
from .cassette import LOCAL_AZURE, Recording, recorded_with, write_cassette
from .cli import Result, ScenarioCli, make_config_dir
from .scrubbing import SUBSCRIPTION_ID, TENANT_ID, Identifiers, processors
from .stage import Json, LiveStage, PlaybackStage, SimulatorStage, Stage

RECORDINGS: Final = Path(__file__).resolve().parent.parent / "recordings"
WRITTEN_TO: Final = Path(os.environ.get("KUBENET_RECORDINGS") or RECORDINGS)
LIVE_SUBSCRIPTION: Final = os.environ.get("KUBENET_LIVE_SUBSCRIPTION")
LIVE_LOCATION: Final = os.environ.get("KUBENET_LIVE_LOCATION")
WRITES: Final = ("PUT", "PATCH", "DELETE")


class Mode(Enum):
    """What answers the requests."""

    PLAYBACK = "playback"
    SIMULATOR = "simulator"
    LIVE = "live"

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Mode:
        if environment.get("AZURE_TEST_RUN_LIVE", "").lower() == "true":
            return cls.LIVE
        return cls.SIMULATOR if environment.get("KUBENET_RECORD", "").lower() == "true" else cls.PLAYBACK


@functools.cache
def _local_azure() -> Simulator:
    """The one of this process, started when the first scenario is recorded."""
    simulator = Simulator()
    simulator.__enter__()
    atexit.register(simulator.stop)
    return simulator


class ScenarioTest(ReplayableTest):  # type: ignore[misc] # azure-devtools ships no type information
    """One scenario, one cassette. `kwargs` are filled into the commands, as azure-cli's own scenario tests do."""

    __test__ = False
    disable_recording: bool
    subscription_id: str
    tenant_id: str
    stage: Stage

    def __init_subclass__(cls, **further: Any) -> None:
        super().__init_subclass__(**further)
        cls.__test__ = vars(cls).get("__test__", True)

    def __init__(self, method_name: str, recordings: Path = WRITTEN_TO) -> None:
        self.mode = Mode.of(os.environ)
        self.kwargs: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self._recordings = recordings
        self.simulator = _local_azure() if self.mode is Mode.SIMULATOR else None
        scrub = processors(self._origin())
        login = self._login()
        # while it is recorded a cassette is elsewhere: a scenario that fails leaves the old one alone
        self._scratch = tempfile.TemporaryDirectory(prefix="scenario-")
        super().__init__(
            method_name,
            recording_dir=str(recordings if self.mode is Mode.PLAYBACK else self._scratch.name),
            recording_processors=scrub,
            replay_processors=scrub,
            recording_patches=[*login, playback.one_thread],
            replay_patches=[*login, playback.one_thread, playback.block_network, playback.skip_waiting],
        )
        self.vcr.match_on = ("method", "scheme", "host", "port", "path", "query", "if_match", "body")
        self.vcr.register_matcher("if_match", _if_match)
        self.vcr.register_matcher("query", matchers.query)  # unlike azure-devtools' own, it says what differs
        scenario = getattr(self, method_name, None)  # pytest collects with an instance for a method that is not there
        if scenario is not None:
            setattr(self, method_name, self._complete(scenario))

    def _origin(self) -> str:
        if self.simulator is not None:
            return self.simulator.url
        return "" if self.mode is Mode.PLAYBACK else str(self._cli().cloud.endpoints.resource_manager)

    def _login(self) -> list[Callable[[ReplayableTest], None]]:
        if self.mode is Mode.LIVE:
            return []
        token = "played-back" if self.simulator is None else self.simulator.token()
        return [playback.sign_in(token, str(self._cloud().name))]

    def setUp(self) -> None:
        cassette = Path(self.recording_file)
        if self.mode is Mode.PLAYBACK and not cassette.is_file():
            self.fail(f"There is no cassette {cassette.name} in {cassette.parent}: run 'make record'.")
        self.addCleanup(self._scratch.cleanup)
        self._isolate()
        super().setUp()
        self.subscription_id, self.tenant_id, self.stage = self._open_stage()
        self.kwargs["subscription"] = self.subscription_id

    def tearDown(self) -> None:
        present = os.environ
        super().tearDown()
        os.environ = present  # noqa: B003 - azure-devtools puts a plain dict in its place, which sets no variable

    def _isolate(self) -> None:
        """No setting of the developer's az but in live mode, no file in the developer's home in any."""
        changes = {"HOME": self._scratch.name}
        hidden: tuple[str, ...] = ()
        if self.mode is Mode.LIVE:
            changes["AZURE_CONFIG_DIR"] = get_config_dir()
        else:
            hidden = ("AZURE_", "ARM_", "REQUESTS_CA", "CURL_CA")
            changes["AZURE_CONFIG_DIR"] = str(make_config_dir(self._config_dir))
        if self.simulator is not None:
            changes["REQUESTS_CA_BUNDLE"] = str(self.simulator.ca_file)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        environment = unittest.mock.patch.dict(os.environ, {**kept, **changes}, clear=True)
        environment.start()
        self.addCleanup(environment.stop)

    def _open_stage(self) -> tuple[str, str, Stage]:
        if self.mode is Mode.PLAYBACK:
            return SUBSCRIPTION_ID, TENANT_ID, PlaybackStage()
        if self.simulator is not None:
            self.simulator.reset()
            return self.simulator.subscription_id, self.simulator.tenant_id, SimulatorStage(self.simulator)
        cli = self._cli()
        account = Profile(cli_ctx=cli).get_subscription(LIVE_SUBSCRIPTION)
        client, subscription = arm_client(cli, LIVE_SUBSCRIPTION)
        return subscription, account["tenantId"], LiveStage(client, self.unrecorded, LIVE_LOCATION)

    def _cloud(self) -> Cloud:
        """Public Azure, or the local one in its place."""
        cloud = deepcopy(AZURE_PUBLIC_CLOUD)
        cloud.profile = "latest"
        if self.simulator is not None:
            cloud.endpoints.resource_manager = self.simulator.url
        return cloud

    def _cli(self) -> ScenarioCli:
        if self.mode is Mode.LIVE:
            return ScenarioCli(get_config_dir())
        return ScenarioCli(self._config_dir, self._cloud())

    @property
    def _config_dir(self) -> Path:
        return Path(self._scratch.name) / "azure"

    @contextlib.contextmanager
    def unrecorded(self) -> Iterator[None]:
        """What happens here is not on the cassette."""
        present, self.disable_recording = self.disable_recording, True
        try:
            yield
        finally:
            self.disable_recording = present

    def simulate(self, arrange: Callable[[Simulator], object]) -> None:
        """Arrange what Azure itself cannot be asked for: the scenario is skipped in live mode."""
        if self.mode is Mode.LIVE:
            self.skipTest("Azure cannot be asked to be in this state.")
        if self.simulator is not None:
            arrange(self.simulator)

    def needs_same_azure_cli(self) -> None:
        """For requests that azure-cli itself makes, and another of its versions makes otherwise."""
        if self.mode is Mode.PLAYBACK and recorded_with(Path(self.recording_file)) != azure_cli_version:
            self.skipTest(f"The cassette holds what another azure-cli than {azure_cli_version} sends.")

    def use_group(self, name: str) -> None:
        """The group of the scenario, `{rg}` in its commands."""
        self.kwargs["rg"] = name
        self.group_id = f"/subscriptions/{self.subscription_id}/resourceGroups/{name}"

    def resource_id(self, kind: str, name: str) -> str:
        """The id of a resource of the scenario's group; `kind` with its provider."""
        return f"{self.group_id}/providers/{kind}/{name}"

    def cmd(self, command: str, *, exit_code: int = 0) -> Result:
        """Run `az command` with `kwargs` filled in; another exit code, or a request not recorded, is a failure."""
        cli = self._cli()
        elsewhere = ("--subscription", LIVE_SUBSCRIPTION) if self.mode is Mode.LIVE and LIVE_SUBSCRIPTION else ()
        result = cli.run([*shlex.split(command.format(**self.kwargs)), *elsewhere])
        if cli.unknown_request is not None:
            raise AssertionError(str(cli.unknown_request)) from cli.unknown_request
        self.assertEqual(result.exit_code, exit_code, f"az {command}\n{result.stdout}\n{result.stderr}")
        return result

    @contextlib.contextmanager
    def no_writes(self) -> Iterator[None]:
        """Fails if anything is written inside."""
        before = self._writes()
        yield
        self.assertEqual(list((self._writes() - before).elements()), [], "something was written")

    def _writes(self) -> Counter[str]:
        played = self.cassette.play_counts
        return Counter(
            f"{request.method} {request.path}"
            for number, request in enumerate(self.cassette.requests)
            if request.method in WRITES and (self.in_recording or played[number] > 0)
        )

    def _complete(self, scenario: Callable[..., None]) -> Callable[..., None]:
        """The scenario, and after its success the rest: nothing left over, or the cassette written."""

        @functools.wraps(scenario)
        def complete(*args: Any, **kwargs: Any) -> None:
            scenario(*args, **kwargs)
            if self.in_recording:
                self._write_cassette()
            else:
                self._assert_all_played()

        return complete

    def _assert_all_played(self) -> None:
        counts = self.cassette.play_counts
        left = [f"{each.method} {each.uri}" for n, each in enumerate(self.cassette.requests) if counts[n] == 0]
        self.assertEqual(left, [], "recorded, but not sent any more: run 'make record' if that is right")

    def _write_cassette(self) -> None:
        live = f"{self._cli().cloud.name} (live)" if self.simulator is None else LOCAL_AZURE
        recording = Recording(self.cassette.data, live, azure_cli_version)
        identifiers = Identifiers(self.subscription_id, self.tenant_id, self.names)
        write_cassette(self._recordings / Path(self.recording_file).name, recording, identifiers)


def _if_match(sent: Any, recorded: Any) -> None:
    ours, theirs = sent.headers.get("if-match"), recorded.headers.get("if-match")
    if ours != theirs:
        raise AssertionError(f"If-Match: {ours} != {theirs}")


__all__ = ["RECORDINGS", "Json", "Mode", "ScenarioTest"]
