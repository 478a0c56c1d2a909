"""Our exceptions as azure-cli's: the type that decides the exit code, one sentence, and what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from azure.cli.core.azclierror import (
    AzureConnectionError,
    AzureInternalError,
    AzureResponseError,
    BadRequestError,
    ForbiddenError,
    InvalidArgumentValueError,
    ManualInterrupt,
    ResourceNotFoundError,
    UnauthorizedError,
    ValidationError,
)
from requests.exceptions import ConnectionError as NoConnectionError

from azext_kubenet._errors import NOT_FOUND_EXIT, handle, translate
from azext_kubenet.arguments.values import UsageError
from azext_kubenet.arm.apply import InterruptedApplyError
from azext_kubenet.arm.errors import ArmError, ArmUnreachableError
from azext_kubenet.arm.json_reader import ParseError
from azext_kubenet.arm.writes import ConcurrentChangeError
from azext_kubenet.core.changes.change import Action, AssignRole, Change, MissingResourceError, RefusedError

from .test_arm.documents import IDENTITY, SUBNET, TABLE


def arm_error(status: int, code: str = "SomeCode") -> ArmError:
    return ArmError(status=status, code=code, message="Its reason.", action="reading it")


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (UsageError("Wrong.", "Right."), InvalidArgumentValueError, "Wrong."),
        (MissingResourceError("Gone.", "Look."), ResourceNotFoundError, "Gone."),
        (RefusedError("No.", ("Do a", "Do b")), ValidationError, "No."),
        (EOFError(), ValidationError, "Stopped: the question was not answered."),
        (
            ConcurrentChangeError("Subnet 'nodes' meanwhile carries route table 'x'."),
            ValidationError,
            "Subnet 'nodes' meanwhile carries route table 'x'.",
        ),
        (ArmUnreachableError("No answer from https://x"), AzureConnectionError, "No answer from https://x."),
        (
            NoConnectionError("refused"),
            AzureConnectionError,
            "No answer from Azure's sign-in service while signing in.",
        ),
        (
            ParseError("text", "nothing", "id"),
            AzureResponseError,
            "Azure's answer has an unexpected format: expected text in 'id', got nothing.",
        ),
        (arm_error(401), UnauthorizedError, "Azure refused reading it: (SomeCode) Its reason."),
        (arm_error(403), ForbiddenError, "Azure refused reading it: (SomeCode) Its reason."),
        (arm_error(403, "LinkedAuthorizationFailed"), ForbiddenError, None),
        (arm_error(404), ResourceNotFoundError, "Azure refused reading it: (SomeCode) Its reason."),
        (arm_error(409), BadRequestError, "Azure refused reading it: (SomeCode) Its reason."),
        (
            arm_error(429),
            AzureInternalError,
            "Azure is busy (429), and did not answer reading it: (SomeCode) Its reason.",
        ),
        (arm_error(500), AzureInternalError, "Azure refused reading it: (SomeCode) Its reason."),
        (
            arm_error(503),
            AzureInternalError,
            "Azure is busy (503), and did not answer reading it: (SomeCode) Its reason.",
        ),
        (arm_error(200), AzureResponseError, "Azure refused reading it: (SomeCode) Its reason."),
    ],
)
def test_every_exception_has_its_type_and_sentence(
    error: Exception, kind: type[Exception], message: str | None
) -> None:
    translated = translate(error)
    assert type(translated) is kind
    assert message is None or str(translated) == message


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (UsageError("Wrong.", "Right."), ["Right."]),
        (MissingResourceError("Gone.", "Look."), ["Look."]),
        (RefusedError("No.", ("Do a", "Do b")), ["Do a", "Do b"]),
        (arm_error(401), ["Sign in again with 'az login'."]),
        (arm_error(404), ["Check the names and '--subscription'."]),
        (arm_error(409), []),
    ],
)
def test_advice_goes_along(error: Exception, advice: list[str]) -> None:
    assert translate(error).recommendations == advice


def test_what_is_not_ours_stays() -> None:
    theirs, unknown = ValidationError("theirs"), ZeroDivisionError("a bug")
    assert translate(theirs) is theirs
    assert translate(unknown) is unknown


def test_control_characters_of_names_do_not_reach_the_terminal() -> None:
    assert (
        str(translate(UsageError("--x: '\x1b[2J' is wrong.", "r"))) == "--x: '\N{REPLACEMENT CHARACTER}[2J' is wrong."
    )


def test_what_is_not_found_exits_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        handle(MissingResourceError("The subnet was not found.", "Look: az network vnet list"))
    assert caught.value.code == NOT_FOUND_EXIT == 3
    assert capsys.readouterr().out == ""


def test_all_else_is_raised_with_its_cause() -> None:
    error = RefusedError("No.", "Later.")
    with pytest.raises(ValidationError) as caught:
        handle(error)
    assert caught.value.__cause__ is error


def change(resource_id: Any, action: Action = Action.CREATE) -> Change:
    return Change(
        action=action,
        resource_type="Microsoft.X/things",
        resource_id=None if resource_id is None else str(resource_id),
        reason="needed",
    )


AGAIN = "Run the same command again: it continues where this run stopped."


def test_an_interrupted_run_lists_what_was_made_and_what_failed() -> None:
    error = InterruptedApplyError((change(IDENTITY), change(SUBNET, Action.UPDATE)), ((change(TABLE), arm_error(403)),))
    translated = translate(error)
    assert type(translated) is AzureResponseError
    assert str(translated) == (
        "Could not create route table 'routes'. Azure refused reading it: (SomeCode) Its reason. "
        "Already done, and kept: create identity 'aks-identity', update subnet 'nodes' of virtual network 'vnet'."
    )
    assert translated.recommendations == [
        "Ask for the permission named above, or use another account.",
        AGAIN,
    ]


def test_an_interrupted_run_without_a_write_says_so() -> None:
    error = InterruptedApplyError((), ((change(None), ArmUnreachableError("No answer from x")),))
    assert str(translate(error)) == (
        "Could not create Microsoft.X/things (new). No answer from x. Nothing else had been made."
    )


def test_an_assignment_is_named_by_its_scope() -> None:
    write = AssignRole(scope=str(SUBNET), role_definition_id="r", role_name="Reader", principal_id="p", mark="d")
    error = InterruptedApplyError((replace(change(TABLE), write=write),), (), "az it")
    translated = translate(error)
    assert (
        str(translated)
        == "Interrupted. Already done, and kept: create role assignment on subnet 'nodes' of virtual network 'vnet'."
    )
    assert translated.recommendations == ["To continue where this run stopped, run:", "az it"]


def test_what_nobody_waited_for_may_be_done() -> None:
    error = InterruptedApplyError((change(IDENTITY),), unsure=(change(TABLE),))
    assert str(translate(error)) == (
        "Interrupted. Already done, and kept: create identity 'aks-identity'. In progress, "
        "and perhaps done: create route table 'routes'."
    )
    assert str(translate(InterruptedApplyError(()))) == "Interrupted. Nothing had been written."


def test_ctrl_c_is_an_interrupt() -> None:
    translated = translate(InterruptedApplyError((change(TABLE),)))
    assert type(translated) is ManualInterrupt
    assert str(translated) == "Interrupted. Already done, and kept: create route table 'routes'."
    assert translated.recommendations == [AGAIN]
