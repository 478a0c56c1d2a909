"""The resource group of a scenario: made before it, and deleted after it, whatever happened. IO: through its stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from azure_devtools.scenario_tests import AbstractPreparer  # type: ignore[import-untyped] # it has no types

from .base import Mode, ScenarioTest

LOCATION = "westeurope"


class ResourceGroupPreparer(AbstractPreparer):  # type: ignore[misc] # azure-devtools ships no type information
    """Gives a scenario its group as `{rg}`; live under a random name, which the cassette does not show."""

    test_class_instance: ScenarioTest

    def __init__(self, location: str = LOCATION) -> None:
        super().__init__("clitest.kubenet", 24, disable_recording=True)
        self._location = location

    def __call__(self, fn: Callable[..., None]) -> Callable[..., None]:
        # azure-devtools 1.2.0 trims the arguments of all but preparers with inspect.getargspec, gone since Python 3.11
        setattr(fn, "__is_preparer", True)
        wrapped: Callable[..., None] = super().__call__(fn)
        return wrapped

    @property
    def random_name(self) -> str:
        """The name while recording; against the local Azure the same each time."""
        if self.test_class_instance.mode is not Mode.LIVE:
            return str(self.moniker)
        name = str(super().random_name)
        self.test_class_instance.names[name] = str(self.moniker)
        return name

    def create_resource(self, name: str, **_: Any) -> dict[str, Any]:
        test = self.test_class_instance
        test.use_group(name)
        test.stage.put(test.group_id, {"location": self._location})
        return {}

    def remove_resource(self, name: str, **_: Any) -> None:
        del name
        self.test_class_instance.stage.delete_group(self.test_class_instance.group_id)
