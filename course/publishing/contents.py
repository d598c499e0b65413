"""Which notebooks JupyterLab reads and writes as a pair of notebook and text."""

import posixpath
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupytext import build_async_jupytext_contents_manager_class

PAIRED = ("notebooks", "source")


class CourseContents(build_async_jupytext_contents_manager_class(AsyncLargeFileManager)):  # type: ignore[misc]
    """Pairs what authors write, and nothing else: a notebook that was handed in may name any file of the course as its text."""

    def _pairs(self, path: str) -> bool:
        return posixpath.normpath(path.strip("/")).split("/")[0] in PAIRED

    async def get(self, path: str, *arguments: Any, **settings: Any) -> dict:
        """Read a file or a folder; see `AsyncContentsManager.get`."""
        return await (super().get if self._pairs(path) else self.super.get)(path, *arguments, **settings)

    async def save(self, model: dict, path: str = "") -> dict:
        """Write a file; see `AsyncContentsManager.save`."""
        return await (super().save if self._pairs(path) else self.super.save)(model, path)

    async def get_config(self, path: str, use_cache: bool = False) -> Any:
        """Read the settings of jupytext for a path: of a submission, none that lie beside it."""
        return await super().get_config(path, use_cache) if self._pairs(path) else self
