"""The looks of the course in one place: colours by role, sizes and spacing, for figures, demos, checks, site and class mode."""

from collections.abc import Collection

# Every colour of text has a contrast of at least 4.5 : 1 on the surfaces that it is used on; a test computes it.
LIGHT = {
    "scheme": "light",
    "surface": "#ffffff",
    "surface-2": "#f5f6f8",
    "line": "#d9dde3",
    "edge": "#7d8794",
    "ink": "#1b1f24",
    "ink-2": "#57606a",
    "accent": "#2563c9",
    "on-accent": "#fffffe",
    "input": "#2460c8",
    "input-soft": "#e4edfd",
    "kernel": "#9f4f00",
    "kernel-soft": "#fdeedd",
    "output": "#0b6b48",
    "output-soft": "#def5ea",
    "red": "#d9534a",
    "green": "#3f9a4d",
    "blue": "#4a74d9",
    "padding": "#88919e",
    "unread": "#b93d0a",
    "positive": "#a65300",
    "negative": "#55289e",
    "right": "#0b6b49",
    "right-soft": "#e2f5ea",
    "partly": "#855300",
    "partly-soft": "#fff2d6",
    "wrong": "#b42318",
    "wrong-soft": "#ffebeb",
    "open": "#4a5560",
    "open-soft": "#edf0f5",
}
DARK = {
    "scheme": "dark",
    "surface": "#14171c",
    "surface-2": "#1c2027",
    "line": "#3a424e",
    "edge": "#707b89",
    "ink": "#e8ebef",
    "ink-2": "#a9b3bf",
    "accent": "#7fb0ff",
    "on-accent": "#10141a",
    "input": "#8ab6ff",
    "input-soft": "#1d2c47",
    "kernel": "#ffb468",
    "kernel-soft": "#3b2a16",
    "output": "#5fd6a2",
    "output-soft": "#15332a",
    "red": "#e0726a",
    "green": "#5fb36c",
    "blue": "#6f93e6",
    "padding": "#717c8a",
    "unread": "#ff9a62",
    "positive": "#ffb469",
    "negative": "#c6aeff",
    "right": "#5fd6a3",
    "right-soft": "#14322a",
    "partly": "#f0bf62",
    "partly-soft": "#362b13",
    "wrong": "#ff9486",
    "wrong-soft": "#3c1f1f",
    "open": "#b4bec9",
    "open-soft": "#232a33",
}
SIZES = {
    "font": 'system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
    "mono": 'ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace',
    "small": "0.85em",
    "tiny": "0.74em",
    "space-1": "0.2em",
    "space-2": "0.45em",
    "space-3": "0.7em",
    "space-4": "1.1em",
    "radius": "10px",
    "radius-small": "6px",
}
# What says "dark": JupyterLab, the site's theme, Visual Studio Code.
DARK_PAGES = '[data-jp-theme-light="false"], [data-theme="dark"], .vscode-dark'


def css(names: Collection[str] = (*LIGHT, *SIZES), by_system: bool = False) -> str:
    """Write tokens as a style sheet: `var(--course-ink)` and so on, light and dark.

    Parameters
    ----------
    names : collection of str
        Which; by default all.
    by_system : bool
        Whether the reader's system says when it is dark; otherwise the page does.

    Returns
    -------
    str
    """

    def declared(values):
        return " ".join(f"--course-{name}: {value};" for name, value in values.items() if name in names)

    dark = f":root {{ {declared(DARK)} }}"
    dark = f"@media (prefers-color-scheme: dark) {{ {dark} }}" if by_system else dark.replace(":root", DARK_PAGES)
    return f":root {{ {declared(LIGHT | SIZES)} }}\n{dark}\n"
