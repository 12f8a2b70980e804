"""Modules that a program imports and, for what is asked of it here, never calls."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class StandIns(MetaPathFinder, Loader):
    """Answers for packages that are not installed; whoever calls one of their names is told so."""

    def __init__(self, packages: Sequence[str]) -> None:
        self._packages = [name for name in packages if importlib.util.find_spec(name) is None]
        #: the packages that were asked for
        self.taken: list[str] = []

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        """Stand in for one of the packages and for everything inside."""
        package = fullname.partition(".")[0]
        if package not in self._packages:
            return None
        if package not in self.taken:
            self.taken.append(package)
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make a module that has every name."""
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty."""


class _Module(ModuleType):
    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Missing(f"{self.__name__}.{name}")


class _Missing:
    """A class or a function of a package that is not there."""

    def __init__(self, name: str = "?", *_: object) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Missing(f"{self._name}.{name}")

    def __call__(self, *_: object, **__: object) -> object:
        raise RuntimeError(f"{self._name} is needed, and its package is not installed.")
