"""Waits for modules to be imported, and imports none."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

Then = Callable[[ModuleType], None]


class AfterImport(MetaPathFinder):
    """
    Calls back when a module has been imported; at once for those that have been already.

    Args:
        wanted: What to call, by the module's name.
    """

    def __init__(self, wanted: Mapping[str, Then]) -> None:
        self._wanted = wanted
        sys.meta_path.insert(0, self)
        for name, then in wanted.items():
            if name in sys.modules:
                then(sys.modules[name])

    def close(self) -> None:
        """Wait no longer."""
        sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a wanted module as the other finders do; leave all others to them."""
        then = self._wanted.get(fullname)
        if then is None:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(fullname, path, target) if finder is not self else None
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _ThenLoader(spec.loader, then)
                return spec
        return None


class _ThenLoader(Loader):
    """Stands in for a module's loader until the module is there."""

    def __init__(self, loader: Loader, then: Then) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._then(module)
