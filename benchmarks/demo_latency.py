"""From a control to the picture, in a real JupyterLab in headless Chromium: each demo beside `interact` with Matplotlib.

    python benchmarks/demo_latency.py [DEMO ...]

For each demo one control is changed forty times, one change after the picture of the last; then sixty times in sixty frames, as a
fast drag does. The peer is `interact` on a slider, showing the same state as the demo's own Matplotlib figure, at 96 dots an
inch. A demo that Python computes is measured beside a bare round trip: the same widget without any work.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser import FLAGS, TOKEN, chromium, running_lab

CHANGES, FRAMES = 40, 60
FASTER, BEYOND = 5, 30  # goals: times as fast as the peer; milliseconds beyond a bare round trip
DEMOS = {  # the control's selector, two values to change between, and for the peer: the argument and its values
    "operator_stage": ("[data-field=padding]", (0, 1), "padding"),
    "kernel_painter": ("[data-field=bias]", (-50, 50), "bias"),
    "receptive_fields": ("[aria-label='layer 1, kernel']", (2, 3), None),
    "pooling_shift": ("[data-field=shift]", (0, 1), "shift"),
    "augmentation_bench": ("[data-field=degrees]", (5, 20), "degrees"),
    "network_builder": ("[aria-label='layer 1, filters']", (8, 16), None),
    "alexnet_views": ("[data-field=input]", ("224", "227"), None),
    "weight_sharing": ("[data-field=shift]", (0, 1), "shift"),
    "under_glass": ("[data-field=image]", (0, 1), None),
    "living_network": ("[data-field=image]", (0, 1), None),
}
PEERS = {  # where no single argument is what the control changes: the call, and two values of its slider
    "kernel_painter": ("kernel_painter([[-1, 0, 1], [-2, 0, v], [-1, 0, 1]]).static_figure()", 2, 3),
    "alexnet_views": ("alexnet_views(view=('sizes', 'parameters')[v]).static_figure()", 0, 1),
    "receptive_fields": ("receptive_fields(layers=[(v, 1, 1), (2, 2, 1), (3, 1, 2)]).static_figure()", 2, 3),
    "weight_sharing": ("weight_sharing(reach=v).static_figure()", 1, 2),
    "under_glass": ("maps_of(v)", 0, 1),
    "living_network": ("maps_of(v)", 0, 1),
    "network_builder": (
        "network_builder(layers=[dict(kind='Conv', filters=v, kernel=3), *LAYERS[1:]]).static_figure()",
        8,
        9,
    ),
}
SERVED = {"feature_browser": "[data-field=image]", "echo": "[data-field=value]"}
SETUP = """\
import io
from IPython.display import Image, display
from ipywidgets import IntSlider, interact
from helpers.demos.network_builder import LAYERS
from helpers.demos.python_demo import PythonDemo, slider
import traitlets
class Echo(PythonDemo):
    value = traitlets.Int().tag(sync=True)
    def respond(self):
        self.report = f"the value is {self.value}"
def echo():
    made = Echo(title="echo", python="echo", names=["value"], controls=[slider("value", "value", 0, 99)])
    made.begin()
    return made
def show(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=96)
    display(Image(buffer.getvalue()))
"""
# What `under_glass` shows of a network and a layer, as one would write it: its maps, and the probabilities.
MAPS = """\
from matplotlib.figure import Figure
from helpers.demos.under_glass import _course_images, _course_network
from helpers.networks import keras
images, network = _course_images(), _course_network()
follow = keras.Model(network.inputs[0], [network.layers[0].output, network.outputs[0]])
def maps_of(v):
    maps, probabilities = (value.numpy()[0] for value in follow(images[v:v + 1], training=False))
    figure = Figure((9, 6), layout="constrained")
    *places, last = figure.subplots(3, 6).flat
    for place, channel in zip(places, range(maps.shape[-1])):
        place.imshow(maps[..., channel], cmap="PuOr_r", vmin=-maps.max(), vmax=maps.max())
        place.axis("off")
    last.barh(range(10), probabilities)
    return figure
"""
# Changes a control, and waits until the frame after the one in which the picture or its sentence had changed.
MEASURE = """async ([demo, control, values, changes, frames]) => {
  const root = document.querySelector(demo);
  const input = root.querySelector(control);
  const image = root.querySelector(".panels > img, .jp-OutputArea-output img");
  const sentence = root.querySelector(".sentence");
  const seen = () => {
    if (sentence && !image) return root.textContent; // computed in the browser
    return `${sentence?.textContent} ${root.querySelector(".panels > img, .jp-OutputArea-output img")?.src}`;
  };
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  let turn = 0;
  const change = () => {
    turn += 1;
    if (input.classList.contains("noUi-handle")) {
      const key = turn % 2 ? "ArrowRight" : "ArrowLeft";
      input.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      return;
    }
    if (values.length && String(values[turn % values.length]) === input.value) turn += 1;
    input.value = values.length ? values[turn % values.length] : turn % 90;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const times = [];
  for (let i = 0; i < changes; i += 1) {
    const before = seen(), start = performance.now();
    change();
    while (seen() === before) {
      if (performance.now() - start > 5000) throw new Error(`${demo}: a change of ${control} shows no new picture`);
      await frame();
    }
    await frame();
    times.push(performance.now() - start);
    await new Promise((done) => setTimeout(done, 30));
  }
  let shown = 0, last = seen();
  for (let i = 0; i < frames; i += 1) {
    change();
    await frame();
    if (seen() !== last) shown += 1;
    last = seen();
  }
  return [times, shown];
}"""
READY = """() => {
  const kernel = window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel;
  return Boolean(kernel && kernel.connectionStatus === "connected" && kernel.status === "idle");
}"""


def cells(names):
    """The notebook: set-up, then a demo and its peer in turns."""
    sources = [SETUP]
    for name in names:
        if name != "echo":
            sources.append(f"from helpers.demos.{name} import {name}")
        sources.append(f"{name}()")
        if name in DEMOS:
            _, (low, high), argument = DEMOS[name]
            call, low, high = PEERS.get(name, (f"{name}({argument}=v).static_figure()", low, high))
            if "maps_of" in call:
                sources.append(MAPS)
            sources.append(f"@interact(v=IntSlider(min={low}, max={high}))\ndef peer(v):\n    show({call})")
    return [nbformat.v4.new_code_cell(source) for source in sources]


def measure(page, address, name):
    """Times and frames of a demo and, where it has one, of its peer."""
    page.goto(f"{address}/lab/tree/notebooks/{name}.ipynb?token={TOKEN}&reset")
    page.wait_for_function(READY)
    page.evaluate(
        "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); return true; }"
    )
    root = f".{name.replace('_', '-')}"
    page.locator(root).wait_for()
    page.wait_for_function(READY)
    page.wait_for_timeout(1500)
    selector, values = (DEMOS[name][0], DEMOS[name][1]) if name in DEMOS else (SERVED[name], [])
    found = page.evaluate(MEASURE, [root, selector, list(values), CHANGES, FRAMES])
    if name not in DEMOS:
        return found, None
    page.locator(".widget-interact .noUi-handle").wait_for()
    return found, page.evaluate(MEASURE, [".widget-interact", ".noUi-handle", [], CHANGES, FRAMES])


def told(found):
    """Median and 95th percentile in milliseconds, and frames."""
    times, shown = found
    return statistics.median(times), statistics.quantiles(times, n=20)[-1], shown


def missed(name, found, peer, echo):
    """Return which goal a demo misses, or nothing."""
    median, _, shown = told(found)
    if not peer:
        late = name != "echo" and echo is not None and median > echo + BEYOND
        return f"{name}: {median - echo:.1f} ms beyond a bare round trip, not {BEYOND}" if late else ""
    if told(peer)[0] < FASTER * median:
        return f"{name}: not {FASTER} times as fast as its peer"
    return f"{name}: {shown} of {FRAMES} frames" if shown < FRAMES else ""


def main():
    """Measure the demos named on the command line, or all, and print a row each; exit with 1 where a goal is missed."""
    from playwright.sync_api import sync_playwright

    names, results = sys.argv[1:] or [*DEMOS, *SERVED], {}
    with (
        tempfile.TemporaryDirectory() as home,
        running_lab(Path(home), ["lab"]) as address,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        print(f"{'':20} median ms   p95 ms  frames of {FRAMES}   peer: median   p95  frames   times as fast")
        for name in names:
            kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
            notebook = nbformat.v4.new_notebook(cells=cells([name]), metadata=kernel)
            nbformat.write(notebook, Path(home) / "course" / "notebooks" / f"{name}.ipynb")
            found, peer = measure(page, address, name)
            median, high, shown = told(found)
            line = f"{name:20} {median:9.1f} {high:8.1f} {shown:12}"
            if peer:
                peer_median, peer_high, peer_shown = told(peer)
                line += f"   {peer_median:12.1f} {peer_high:6.1f} {peer_shown:6}   {peer_median / median:10.1f}"
            print(line, flush=True)
            results[name] = (found, peer)
        browser.close()
    echo = told(results["echo"][0])[0] if "echo" in results else None
    goals = [said for name, (found, peer) in results.items() if (said := missed(name, found, peer, echo))]
    sys.exit("\n".join(goals) or 0)


if __name__ == "__main__":
    main()
