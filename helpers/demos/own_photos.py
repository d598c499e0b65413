"""Own photos: what a network for photos says of yours and where it looks, and two groups of your own that it learns to tell apart."""

from base64 import b64decode, b64encode
from io import BytesIO

import numpy as np
import traitlets
from PIL import Image

from helpers import attribution, efficientnet, images
from helpers.demos.base import OneOf, Whole, check_choice, check_int, module
from helpers.demos.python_demo import PythonDemo, choice, png
from helpers.figures.after_alexnet import lit
from helpers.figures.maps import signed, tiles
from helpers.networks import keras
from helpers.transfer import dense_layer

PHOTOS = ("chelsea", "coffee", "rocket", "astronaut", "camera", "retina")
MAPS = {
    "maps of 112 × 112": "block01_out",
    "maps of 56 × 56": "block03_add",
    "maps of 28 × 28": "block05_add",
    "maps of 14 × 14": "block11_add",
    "maps of 7 × 7": efficientnet.LAST_MAPS,
}
VIEWS = ("the photo", "Grad-CAM", "slope by pixel", "hidden by a patch", *MAPS)
NAMES = 5  # that are shown, the likeliest first
PATCH, STEP = 65, 45  # pixels of the patch that hides, and how far it moves
CHANNELS, ACROSS, SIDE = 16, 4, 82  # maps that are shown, how many in a row, pixels along a side
LEAST = 2  # photos in each group, before anything is learned


class OwnPhotos(PythonDemo):
    """The widget; see `own_photos`.

    The user's photos come and go as messages and are no part of the state, since JupyterLab saves that with the notebook.
    """

    _esm = module("own_photos")
    photo = OneOf(PHOTOS)
    view = OneOf(VIEWS)
    about = Whole(0, NAMES - 1)
    first = traitlets.Unicode().tag(sync=True)
    second = traitlets.Unicode().tag(sync=True)
    given = traitlets.Unicode()  # a square photo of the user's, a file in base64; or none
    groups = traitlets.List()  # two lists of such photos
    square = traitlets.Unicode().tag(sync=True)  # what the network sees of the course's photo, as such a file
    said = traitlets.List().tag(sync=True)  # the likeliest names, each with its probability
    told_apart = traitlets.List().tag(sync=True)  # the probabilities of the groups, from enough photos on

    @traitlets.validate("given")
    def _photo(self, proposal):
        if proposal.value:
            unpacked(proposal.value)
        return proposal.value

    def hear(self, _widget: "OwnPhotos", content: dict, _buffers: list) -> None:
        """Take a photo or the groups from the browser; a new view of the demo asks for what there is."""
        if "given" in content:
            self.given = content["given"]
        elif "groups" in content:
            self.groups = content["groups"]
        else:
            self.send({"given": self.given, "groups": self.groups})
            self.respond()

    def features(self, photos: list[str]) -> np.ndarray:
        """Return the 1280 numbers that describe each photo; each is computed once."""
        if new := [photo for photo in dict.fromkeys(photos) if photo not in self.known]:
            given = np.stack([efficientnet.as_input(unpacked(photo)) for photo in new])
            self.known.update(zip(new, np.asarray(self.describe(given, training=False)), strict=True))
        return np.stack([self.known[photo] for photo in photos])

    def respond(self) -> None:
        """Name the photo, show the view, and tell it from the groups' photos."""
        photo = unpacked(self.given) if self.given else images.photo(self.photo).pixels
        square = images.middle_square(photo, efficientnet.SIZE).astype(np.uint8)
        seen = efficientnet.as_input(photo)
        described = np.asarray(self.describe(seen[None], training=False))
        given = np.asarray(self.network.layers[-1](described))[0]
        likely = np.argsort(-given)[:NAMES]
        names = efficientnet.class_names()
        self.said = [[names[index], float(given[index])] for index in likely]
        drawn = png(self.drawn(square, seen, int(likely[self.about])))
        if self.given:
            self.send({"picture": drawn})
        else:
            self.picture, self.square = drawn, packed_photo(square)
        self.numbers = [["class", "probability"]] + [[name, f"{share:.1%}"] for name, share in self.said]
        self.report = "It says " + ", ".join(f"{name} {100 * share:.0f} %" for name, share in self.said[:3]) + "."
        self.tell_apart(described[0])

    def drawn(self, square: np.ndarray, given: np.ndarray, index: int) -> np.ndarray:
        """Draw the view: the photo, what speaks for a class laid over it, or maps."""
        if self.view in MAPS:
            maps, _ = attribution.split(self.network, MAPS[self.view])
            values = np.asarray(maps(given[None], training=False))[0]
            strongest = np.argsort(-values.max(axis=(0, 1)), kind="stable")[:CHANNELS]
            shown = [signed(values[..., one], np.abs(values[..., one]).max()) for one in strongest]
            return tiles(shown, ACROSS, SIDE, gap=4)
        if self.view == "Grad-CAM":
            return lit(square, attribution.grad_cam(self.network, given, index, efficientnet.LAST_MAPS))
        if self.view == "slope by pixel":
            return lit(square, attribution.saliency(self.network, given, index))
        if self.view == "hidden by a patch":
            whole = np.asarray(self.network(given[None], training=False))[0, index]
            return lit(square, whole - attribution.occlusion(self.network, given, index, PATCH, STEP, cover=0))
        return square

    def learn(self) -> None:
        """Train a dense layer on the groups' photos, and once more without each of them, to ask it about that one."""
        self.ask, self.tried = None, ""
        sizes = [len(group) for group in self.groups]
        if min(sizes) >= LEAST:
            features = self.features([photo for group in self.groups for photo in group])
            labels = np.repeat([0, 1], sizes)
            basis = np.linalg.svd(features, full_matrices=False)[2].T  # the weights lie in what the photos span
            reduced = features @ basis
            layer = dense_layer(reduced, labels)
            self.ask = lambda described: layer(described @ basis)
            rest = np.arange(len(labels))
            right = [
                (dense_layer(reduced[rest != one], labels[rest != one])(reduced[one]) > 0.5) == labels[one]
                for one in rest
            ]
            self.tried = f"Each of the {len(labels)} photos was left out once and asked about: {sum(right)} were put into their group."
        self.respond()

    def tell_apart(self, described: np.ndarray) -> None:
        """Ask the dense layer about the photo that is shown."""
        if self.ask is None:
            self.told_apart = []
            return
        second = self.ask(described)
        self.told_apart = [1 - second, second]
        group, share = (self.second, second) if second > 0.5 else (self.first, 1 - second)
        self.report += f" Of your groups: {group}, {100 * share:.0f} %. {self.tried}"


def packed_photo(pixels: np.ndarray) -> str:
    """Write a photo as a file in base64."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "jpeg", quality=92)
    return b64encode(buffer.getvalue()).decode()


def unpacked(photo: str) -> np.ndarray:
    """Read a photo from a file in base64.

    Raises
    ------
    ValueError
        When it is something else.
    """
    try:
        with Image.open(BytesIO(b64decode(photo, validate=True))) as opened:
            return np.asarray(opened.convert("RGB"))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"a photo has to be a JPEG or PNG file in base64; this is something else ({error})"
        ) from None


def own_photos(
    photo: str = "chelsea",
    view: str = "the photo",
    about: int = 0,
    first: str = "group 1",
    second: str = "group 2",
) -> OwnPhotos:
    """Show the demo in a notebook.

    Parameters
    ----------
    photo : str
        One of the course's photos, until one of your own is taken.
    view : str
        What is shown: the photo, where the score of a class comes from, or maps of the network.
    about : int
        Which of the five likeliest names the view is about, from 0.
    first, second : str
        What the groups are called.

    Returns
    -------
    OwnPhotos

    Raises
    ------
    ValueError
        When there is no such photo, view or name.
    """
    check_choice("photo", photo, PHOTOS)
    check_choice("view", view, VIEWS)
    check_int({"about": about}, 0, NAMES - 1)
    widget = OwnPhotos(
        title="what is in your photo?",
        python="own_photos",
        names=["photo", "view", "about", "first", "second"],
        controls=[choice("photo", "a photo of the course", PHOTOS), choice("view", "show", VIEWS)],
        photo=photo,
        view=view,
        about=about,
        first=str(first),
        second=str(second),
        groups=[[], []],
    )
    widget.network, widget.known, widget.ask = efficientnet.pretrained(), {}, None
    widget.describe = keras.Model(widget.network.inputs[0], widget.network.get_layer("features").output)
    widget.begin()
    widget.observe(lambda change: widget.answer(widget.respond), "given")
    widget.observe(lambda change: widget.answer(widget.learn), "groups")
    widget.on_msg(widget.hear)
    return widget


def example() -> OwnPhotos:
    """Return a small instance of the demo, to try it."""
    return own_photos()
