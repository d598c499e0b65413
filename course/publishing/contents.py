"""Which notebooks JupyterLab reads and writes as a pair of notebook and text."""

import posixpath
from typing import Any

import jupytext
import nbformat
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupytext import build_async_jupytext_contents_manager_class
from jupytext.formats import long_form_multiple_formats

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
        if self._pairs(path):
            return await super().save(model, path)
        ending = posixpath.splitext(path)[1]
        if model.get("type") == "notebook" and ending != ".ipynb" and "content" in model:  # the copy of a text
            text = jupytext.writes(nbformat.from_dict(model["content"]), fmt=ending)
            model = {"type": "file", "format": "text", "content": text}
        return await self.super.save(model, path)

    async def get_config(self, path: str, use_cache: bool = False) -> Any:
        """Read the settings of jupytext for a path: of a submission, none that lie beside it."""
        return await super().get_config(path, use_cache) if self._pairs(path) else self

    def _drop_formats_if_they_dont_match_path(self, path: str, fmt: Any, formats: Any) -> tuple:
        """Let no notebook name a text in another folder: one that was handed in may have been copied to the course's own."""
        if any("/" in one.get("prefix", "") for one in long_form_multiple_formats(formats or [])):
            formats = [{"extension": posixpath.splitext(path)[1]}]
        return super()._drop_formats_if_they_dont_match_path(path, fmt, formats)
