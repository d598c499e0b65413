"""What students wrote, as HTML that runs nothing and loads nothing.

Texts become HTML by markdown-it with HTML off; formulas become MathML where JupyterLab would show a formula; of outputs, text and
pictures are shown. Used by feedback pages and by the Formgrader.
"""

import html
import re
from functools import lru_cache

import jinja2
from latex2mathml.converter import convert_to_element
from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbconvert.filters import strip_ansi
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from traitlets import Bool

from course.gate.messages import sizes_of
from course.gate.notebooks import picture_of
from helpers.checks.answer_key import KEYS

MAX_FORMULA = 3_000  # characters
WIDE_FORMULA = 60  # characters of a formula that may be wider than a phone
MAX_TEXT, MAX_LINK = 100_000, 500  # characters
MAX_BLOCKS, MAX_COLUMNS, MAX_PICTURES = (
    200,
    60,
    20,
)  # formulas of their own, bars in a line, pictures shown in a text
MAX_PAGE = 300_000  # characters of all texts of a page
MAX_CODE = 8_000  # characters that are coloured; more is shown plain, since the time grows with the square
LINK = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)
BRACKETED = re.compile(
    r"\\\\?\((.+?)\\\\?\)|\\\\?\[(.+?)\\\\?\]|(\\begin\{([a-z]+\*?)\}.+?\\end\{\4\})", re.DOTALL
)
# Of the environments the converter knows few; JupyterLab lines their rows up, and numbers none.
ROWS = re.compile(
    r"\\(begin|end)\{(?:align|aligned|alignat|alignedat|eqnarray|flalign|gather|gathered|multline|split)\*?\}(?:\{\d+\})?"
)
ONE_ROW = re.compile(r"\\(?:begin|end)\{(?:equation|displaymath|math)\*?\}")
# Of MathML what latex2mathml writes for formulas; not what links, loads or carries other languages.
ELEMENTS = {
    "math", "maction", "menclose", "merror", "mfenced", "mfrac", "mi", "mlabeledtr", "mmultiscripts", "mn", "mo", "mover",
    "mpadded", "mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable",
    "mtd", "mtext", "mtr", "munder", "munderover", "none", "semantics",
}  # fmt: skip
ATTRIBUTE = re.compile(r"[a-z]{1,20}")
VALUE = re.compile(r"[\w .#%+-]{1,60}")
REFUSED = ("href", "src", "style", "class", "id", "actiontype", "xlink")


def _formula(source, block):
    """A formula as MathML, or as it was written where it is not one."""
    shown = _mathml(source.strip(), bool(block)) if len(source) <= MAX_FORMULA else ""
    if (
        block and shown and len(source) > WIDE_FORMULA
    ):  # it is moved sideways on a narrow screen, by keyboard as well
        return f'<span class="wide-formula" tabindex="0">{shown}</span>'
    return shown or f"<code>{html.escape(source)}</code>"


@lru_cache(maxsize=4096)
def _mathml(source, block):
    try:
        plain = ONE_ROW.sub("", ROWS.sub(r"\\\1{align*}", source))
        return _written(convert_to_element(plain, display="block" if block else "inline"), 50)
    except Exception:  # the converter expects formulas, and fails in many ways
        return ""


def _written(element, depth):
    """An element as text: its names are looked at, and its texts escaped, which the converter's own output is not."""
    if element.tag not in ELEMENTS or depth < 0:
        raise ValueError(element.tag)
    attributes = {"xmlns": "http://www.w3.org/1998/Math/MathML"} if element.tag == "math" else {}
    for name, value in element.attrib.items():
        if (
            ATTRIBUTE.fullmatch(name)
            and VALUE.fullmatch(value)
            and name not in REFUSED
            and not name.startswith("on")
        ):
            attributes[name] = value
    opening = "".join(f' {name}="{value}"' for name, value in attributes.items())
    inside = _escaped(element.text) + "".join(
        _written(child, depth - 1) + _escaped(child.tail) for child in element
    )
    return f"<{element.tag}{opening}>{inside}</{element.tag}>"


def _escaped(text):
    return html.escape(html.unescape(text or ""))  # symbols are written as their numbers


# ---- texts


def _brackets(state, silent):
    r"""The inline rule for \(…\), \[…\], both also with two backslashes, and environments within a line, as in JupyterLab."""
    if state.src[state.pos] != "\\":
        return False
    found = BRACKETED.match(state.src, state.pos, min(state.posMax, state.pos + MAX_FORMULA))
    if not found:
        return False
    if not silent:
        token = state.push("math_inline_double" if found[2] or found[3] else "math_inline", "math", 0)
        token.content = found[1] or found[2] or found[3]
        token.markup = "\\"
    state.pos = found.end()
    return True


def _picture(renderer, tokens, index, options, env):
    """A picture that was pasted into the text; one from anywhere else is named and not loaded."""
    token = tokens[index]
    alt = html.escape(token.content or "picture")
    name = str(token.attrs.get("src", ""))
    attached = env.get("attachments", {})
    shown = env["shown"] = env.get("shown", 0) + 1
    bundle = (
        picture_of(attached.get(html.unescape(name.removeprefix("attachment:"))))
        if name.startswith("attachment:")
        else {}
    )
    for kind, data in bundle.items() if shown <= MAX_PICTURES else ():
        return f'<img src="data:{kind};base64,{data}" alt="{alt}">'
    return f'<span class="left-out">[picture not shown: {alt}]</span>'


def _markdown_parser():
    made = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 30}).enable(
        ["table", "strikethrough"]
    )
    options = {"allow_labels": False, "allow_space": True, "allow_digits": True, "double_inline": True}
    made.use(dollarmath_plugin, renderer=lambda source, how: _formula(source, how["display_mode"]), **options)
    made.use(amsmath_plugin, renderer=lambda source: _formula(source, True))
    made.inline.ruler.before("escape", "brackets", _brackets)
    made.add_render_rule(
        "math_inline_double", lambda renderer, tokens, index, *_: _formula(tokens[index].content, True)
    )
    made.validateLink = lambda address: True  # `_link` and `_picture` keep those that lead to a place
    made.add_render_rule("image", _picture)
    made.add_render_rule("link_open", _link)
    return made


def _link(renderer, tokens, index, options, env):
    address = str(tokens[index].attrs.get("href", ""))
    kept = (
        f' href="{html.escape(address)}" rel="noreferrer noopener"'
        if LINK.match(address) and len(address) <= MAX_LINK
        else ""
    )
    return f"<a{kept}>"


MARKDOWN = _markdown_parser()


def markdown_html(source: str, attachments: dict | None = None) -> str:
    """Render a text.

    Parameters
    ----------
    source : str
        Markdown, with formulas as JupyterLab knows them.
    attachments : dict, optional
        Pasted pictures by name.

    Returns
    -------
    str
    """
    blocks = source.count("$$") + source.count("\\begin{")
    columns = max((line.count("|") for line in source.splitlines()), default=0)
    if len(source) > MAX_TEXT or blocks > MAX_BLOCKS or columns > MAX_COLUMNS:
        return f"<pre>{html.escape(source)}</pre>"  # it could take minutes, or become many times as long
    if attachments:
        return MARKDOWN.render(source, {"attachments": attachments})
    return _without_attachments(source)


@lru_cache(maxsize=1024)  # a class has the same questions
def _without_attachments(source):
    try:
        return MARKDOWN.render(source)
    except RecursionError:
        return f"<pre>{html.escape(source)}</pre>"


# ---- code and outputs


@lru_cache(maxsize=1024)
def code_html(source: str) -> str:
    """Render Python code, with colours.

    Parameters
    ----------
    source : str

    Returns
    -------
    str
    """
    if len(source) > MAX_CODE:
        return f'<div class="highlight"><pre>{html.escape(source)}</pre></div>'
    return highlight(source, PythonLexer(), HtmlFormatter())


def coloured(source: str, language: str | None = None, metadata: dict | None = None) -> str:
    """Render code, as a filter of nbconvert's templates, which may name a language.

    Parameters
    ----------
    source : str
    language : str, optional
    metadata : dict, optional
        Of the cell.

    Returns
    -------
    str
    """
    return code_html(source)


def output_html(output: NotebookNode | dict, judged: bool = False) -> str:
    """Render an output.

    Parameters
    ----------
    output : NotebookNode or dict
    judged : bool
        Whether the judge has written it; then its HTML is ours.

    Returns
    -------
    str
    """
    kind, data = output["output_type"], output.get("data", {})
    if kind == "stream":
        return _plain(output.get("text", ""))
    if kind == "error":
        return _plain("\n".join(output.get("traceback", [])) or f"{output.get('ename')}: {output.get('evalue')}")
    if judged and "text/html" in data:
        return _joined(data["text/html"])
    for picture, content in picture_of(data).items():
        sizes = sizes_of(output.get("metadata", {})).get(picture, {})
        given = "".join(f' {side}="{size}"' for side, size in sizes.items())
        return f'<img src="data:{picture};base64,{content}" alt="picture shown by this cell"{given}>'
    return _plain(data["text/plain"]) if "text/plain" in data else ""


def _plain(text):
    return f"<pre>{html.escape(strip_ansi(_joined(text)))}</pre>"


def _joined(text):
    return text if isinstance(text, str) else "".join(text)


# ---- nbgrader's own pages


@jinja2.pass_context
def markdown_filter(context: jinja2.runtime.Context, source: str) -> str:
    """Render the text of a cell, in a template of nbconvert's."""
    cell = context.get("cell", {})
    return markdown_html(source, cell.get("attachments") if cell.get("source") == source else None)


def as_it_is(text: str) -> str:
    """Return a text that needs no filter."""
    return text


def without_colours(text: str) -> str:
    """Write what a program has printed as HTML, without a terminal's codes."""
    return html.escape(strip_ansi(text))


class WithoutScripts(Preprocessor):
    """Take from a notebook all that nbconvert would pass to a browser as it is; the judge's outputs stay."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Make a notebook harmless, and its texts short enough to be rendered while somebody waits."""
        notebook, resources = super().preprocess(notebook, resources)
        left = MAX_PAGE
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                if len(cell.source) > left:
                    cut = len(cell.source) - left
                    cell.source = f"{cell.source[:left]}\n\n(Too long for a page: {cut:,} more characters are in the notebook.)"
                left = max(0, left - len(cell.source))
        return notebook, resources

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        """Make one cell harmless."""
        settings = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code":
            judged = is_judged(cell)
            cell.outputs = [_harmless(output, judged) for output in cell.outputs]
        elif cell.cell_type == "raw":
            cell.source = html.escape(cell.source)
        name = settings.get("grade_id")
        cell.metadata = type(cell.metadata)({"nbgrader": settings} if name else {})
        return cell, resources


def is_judged(cell: NotebookNode) -> bool:
    """Return whether the judge has written a cell's outputs.

    Parameters
    ----------
    cell : NotebookNode
        Of a graded notebook.

    Returns
    -------
    bool
    """
    settings = cell["metadata"].get("nbgrader", {})
    before, check, name = str(settings.get("grade_id")).partition("check-")
    is_exercise = check and not before and name.isidentifier() and (KEYS / f"{name}.json").is_file()
    return bool(cell["cell_type"] == "code" and settings.get("grade") and is_exercise)


def _harmless(output, judged):
    if "data" in output:
        shown = {
            kind: data
            for kind, data in output.data.items()
            if kind == "text/plain" or (judged and kind == "text/html")
        }
        output.metadata = type(output)(sizes_of(output.get("metadata", {})))
        output.data = type(output)(shown | picture_of(output.data))
    return output
