"""A source of head versions in memory, for tests of what serves them."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import DependencyDown, NotFound
from core.version import ActivePointer


class ListedHeads:
    """Versions by tenant, kind and name. Implements :class:`core.conversation.heads.serving.VersionSource`."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str, str], Mapping[str, bytes]] = {}
        self.pointers: dict[tuple[str, str], ActivePointer] = {}
        self.loads: list[tuple[str, str, str]] = []
        self.is_down = False

    def add(self, tenant: str, kind: str, version: str, files: Mapping[str, bytes]) -> None:
        self.files[tenant, kind, version] = files

    def activate(self, tenant: str, kind: str, version: str) -> None:
        before = self.pointers.get((tenant, kind))
        revision = 1 if before is None else before.revision + 1
        self.pointers[tenant, kind] = ActivePointer(version=version, digest="d", previous=None, revision=revision)

    def active(self, tenant, kind):
        self._check()
        return self.pointers.get((tenant, kind))

    def active_everywhere(self, kind):
        self._check()
        return {tenant: pointer for (tenant, of), pointer in self.pointers.items() if of == kind}

    def shadows_everywhere(self, kind):
        self._check()
        return {}

    def load(self, tenant, kind, version):
        self._check()
        self.loads.append((tenant, kind, version))
        if (tenant, kind, version) not in self.files:
            raise NotFound("model_version", version)
        return None, self.files[tenant, kind, version]

    def _check(self) -> None:
        if self.is_down:
            raise DependencyDown("store")
