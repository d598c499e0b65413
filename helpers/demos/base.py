"""What all demos share: the module made of the common part and their own, a still picture, and a home in any page."""

import gzip
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

import anywidget
import numpy as np
import traitlets
from numpy.typing import ArrayLike

from helpers import tokens
from helpers.figures.style import question

FOLDER = Path(__file__).parent
# A page of the site is read from its file, where a browser resolves no imports.
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
# A saved lecture has each module several times: lines that are comments, and indentation, are left out of it.
FOR_READERS = re.compile(r"^[ \t]*(?://[^\n]*\n|/\*\*.*?\*/\n)|^[ \t]+", re.MULTILINE | re.DOTALL)
STYLE = tokens.css() + (FOLDER / "common.css").read_text(encoding="utf-8")
# What a demo needs is packed: a lecture that is saved after a run has a dozen of them, each twice.
UNPACK = """const bytes = Uint8Array.from(atob("{packed}"), (letter) => letter.charCodeAt(0));
const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
const {{ code, state, css }} = await new Response(unpacked).json();
const address = URL.createObjectURL(new Blob([code], {{ type: "text/javascript" }}));
const {{ default: demo }} = await import(address);
URL.revokeObjectURL(address);
"""
# What Jupyter loads.
WIDGET = (
    UNPACK
    + """export default {{
  render({{ model, el }}) {{
    const style = document.createElement("style");
    style.textContent = css;
    el.append(style);
    return demo.render({{ model, el }});
  }},
}};"""
)
# A page without a server: a stub stands for Jupyter's model.
PAGE = (
    """<div id="{id}" class="course-demo-home">{still}</div>
<script type="module">
"""
    + UNPACK
    + """
const place = document.getElementById("{id}"), style = document.createElement("style"), heard = {{}};
const model = {{
  get: (name) => state[name],
  set: (name, value) => {{ state[name] = value; (heard[`change:${{name}}`] ?? []).forEach((hear) => hear()); }},
  on: (name, hear) => (heard[name] ??= []).push(hear),
  off: () => {{}},
  save_changes: () => {{}},
}};
style.textContent = css;
place.replaceChildren(style);
demo.render({{ model, el: place }});
</script>"""
)


def module(name: str) -> str:
    """Pack a demo's JavaScript and its style as the module that Jupyter loads.

    Parameters
    ----------
    name : str
        Of its files, without a suffix.

    Returns
    -------
    str
    """
    return WIDGET.format(packed=_packed({"code": source(name), "css": STYLE}))


def _packed(needed):
    return b64encode(gzip.compress(json.dumps(needed).encode(), mtime=0)).decode()


def unpacked(module: str) -> dict:
    """Read what a module or a page has packed.

    Parameters
    ----------
    module : str

    Returns
    -------
    dict
        Its `code`, its `css`, and of a page the `state`.
    """
    text = module.partition('atob("')[2].partition('"')[0]
    return json.loads(gzip.decompress(b64decode(text)))


def source(name: str) -> str:
    """Read a demo's JavaScript as one module: what it imports from files beside it, then its own.

    Parameters
    ----------
    name : str
        Of its files, without a suffix.

    Returns
    -------
    str
    """
    texts: dict[str, str] = {}

    def inline(part):
        text = (FOLDER / f"{part}.js").read_text(encoding="utf-8")
        for needed in IMPORT.findall(text):
            if needed not in texts:
                inline(needed)
        texts[part] = IMPORT.sub("", text)

    inline(name)
    return FOR_READERS.sub("", "\n".join(texts.values()))


class Demo(anywidget.AnyWidget):
    """A demo computed in the browser; its traits are its state.

    A subclass gives its module, `_esm`, and `static_figure()`: a `style.Figure` of the state, for where nothing runs. Where the still
    would tell what is to be predicted, it gives `question` as well, and in `given` the matrices that it is about: they stand in
    the still's place while `predict` is set.
    """

    predict, question = False, ""

    @property
    def given(self) -> dict[str, np.ndarray] | None:
        """Matrices that the question is about."""
        return None

    def _repr_mimebundle_(self, **kwargs):
        """Show the widget; in a page without Jupyter the same module; where nothing runs, a still picture."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        still = question(self.question, self.given) if self.predict and self.question else self.static_figure()
        pictures, alternative = still._repr_mimebundle_()
        if "text/html" in pictures:  # a graded run takes the picture alone
            pictures["text/html"] = self.page(pictures["text/html"])
        return data | pictures, metadata | alternative

    def page(self, still: str) -> str:
        """Write the demo as HTML that needs neither Jupyter nor a server.

        Parameters
        ----------
        still : str
            HTML to show until the module runs.

        Returns
        -------
        str
        """
        state = {name: getattr(self, name) for name in self.trait_names(sync=True) if name[0] != "_"}
        own = {
            name: value for name, value in state.items() if name not in ("layout", "tabbable", "tooltip", "comm")
        }
        packed = _packed({**unpacked(self._esm), "state": own})
        return PAGE.format(id=f"demo-{uuid4().hex}", still=still, packed=packed)


def matrix(values: ArrayLike, name: str) -> np.ndarray:
    """Check that an argument is a matrix of numbers.

    Parameters
    ----------
    values : array_like
    name : str
        What it is called in the error.

    Returns
    -------
    array, two-dimensional

    Raises
    ------
    ValueError
    """
    try:
        made = np.array(values)
    except ValueError:
        made = np.array("rows of different lengths")
    if made.ndim != 2 or made.dtype.kind not in "iuf" or made.size == 0 or not np.isfinite(made).all():
        raise ValueError(f"{name} must be rows of numbers, all of the same length, not {values!r}")
    return made


def check_int(values: dict, lowest: int = 0, highest: float = float("inf")) -> None:
    """Check that arguments are whole numbers that the demo can show.

    Parameters
    ----------
    values : dict
        By their names.
    lowest, highest : int

    Raises
    ------
    ValueError
    """
    for name, value in values.items():
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or not lowest <= value <= highest:
            reach = f"from {lowest} to {highest}" if highest < float("inf") else f"of at least {lowest}"
            raise ValueError(f"{name} must be a whole number {reach}, not {value!r}")


def check_number(values: dict, lowest: float = float("-inf"), highest: float = float("inf")) -> None:
    """Check that arguments are numbers that the demo can show.

    Parameters
    ----------
    values : dict
        By their names.
    lowest, highest : number

    Raises
    ------
    ValueError
    """
    for name, value in values.items():
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not number or not np.isfinite(value) or not lowest <= value <= highest:
            reach = f" from {lowest:g} to {highest:g}" if highest < float("inf") else ""
            raise ValueError(f"{name} must be a number{reach}, not {value!r}")


def check_choice(name: str, value: Any, known: Iterable) -> None:
    """Check that an argument is one of those that the demo knows.

    Parameters
    ----------
    name : str
        What it is called in the error.
    value : object
    known : iterable

    Raises
    ------
    ValueError
    """
    if value not in list(known):
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}, not {value!r}")


class Whole(traitlets.TraitType):
    """A whole number within reach, of the demo's state.

    Parameters
    ----------
    lowest, highest : int
    """

    def __init__(self, lowest: int = 0, highest: float = float("inf")):
        super().__init__(lowest)
        self.lowest, self.highest = lowest, highest
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> int:
        """Check a new value."""
        check_int({self.name: value}, self.lowest, self.highest)
        return int(value)


class Number(traitlets.TraitType):
    """A number within reach, of the demo's state.

    Parameters
    ----------
    lowest, highest : float
    """

    def __init__(self, lowest: float = float("-inf"), highest: float = float("inf")):
        super().__init__(min(max(0.0, lowest), highest))
        self.lowest, self.highest = lowest, highest
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> float:
        """Check a new value."""
        check_number({self.name: value}, self.lowest, self.highest)
        return float(value)


class OneOf(traitlets.TraitType):
    """One of the values that the demo knows.

    Parameters
    ----------
    known : iterable
        The first is the value of a demo that is not given one.
    """

    def __init__(self, known: Iterable):
        self.known = list(known)
        super().__init__(self.known[0])
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> Any:
        """Check a new value."""
        check_choice(self.name or "", value, self.known)
        return value


class Checked(traitlets.TraitType):
    """A part of the demo's state that a function checks, whoever sets it.

    Parameters
    ----------
    check : callable
        Gets a value and returns it as the browser needs it; raises a ValueError that says what is wrong.
    """

    def __init__(self, check: Callable[[Any], list]):
        super().__init__()
        self.check = check
        self.tag(sync=True)

    def default(self, obj: Any = None) -> list:
        """Return nothing, each time anew."""
        return []

    def validate(self, obj: Any, value: Any) -> list:
        """Check a new value."""
        return self.check(value)


def rows() -> traitlets.List:
    """Make a trait that holds rows of numbers."""
    return traitlets.List(traitlets.List()).tag(sync=True)


def packed(pixels: np.ndarray) -> str:
    """Write bytes as text that the browser reads.

    Parameters
    ----------
    pixels : array of uint8

    Returns
    -------
    str
        Base64.
    """
    return b64encode(np.ascontiguousarray(pixels, dtype=np.uint8).tobytes()).decode()
