"""The window stepper, in a plain page: its arithmetic is the course's own, and mouse and keyboard reach everything."""

import base64

import numpy as np
import pytest
from conftest import picture

from helpers.convolution import conv
from helpers.demos.window_stepper import window_stepper

pytestmark = pytest.mark.slow
FIRST = {
    "image": [[1, 0, 2], [0, 3, 1], [2, 1, 0]],
    "kernel": [[1, 2], [3, 4]],
    "bias": 0,
    "stride": 1,
    "padding": 0,
    "flip": False,
    "row": 0,
    "column": 0,
    "predict": False,
}


@pytest.fixture
def demo(at_home):
    """Open the demo in a page from a file."""
    return lambda **changes: at_home(window_stepper(**(FIRST | changes)))


def sentence(page):
    return page.locator(".sentence").text_content()


def output(page, row, column):
    return page.get_by_role("grid", name="output").locator("tr").nth(row).locator("button").nth(column)


def test_the_arithmetic_is_the_courses_own(demo):
    page = demo()
    rng = np.random.default_rng(0)
    cases, expected = [], []
    for _ in range(300):
        kernel = rng.integers(-4, 5, rng.integers(1, 5, 2))
        stride, padding = (int(n) for n in (rng.integers(1, 4), rng.integers(0, 3)))
        image = rng.integers(-9, 10, np.add(kernel.shape, rng.integers(0, 5, 2)))
        bias, flip = int(rng.integers(-3, 4)), bool(rng.integers(2))
        laid = np.flip(kernel) if flip else kernel
        expected.append(conv(image[..., None], laid[..., None, None], bias, stride, padding)[..., 0].tolist())
        state = dict(
            image=image.tolist(), kernel=kernel.tolist(), bias=bias, stride=stride, padding=padding, flip=flip
        )
        cases.append(state)
    assert page.evaluate("(cases) => cases.map((state) => window.module.convolve(state))", cases) == expected


def test_a_step_is_written_out(demo):
    page = demo(kernel=[[1, -2], [3, 4]], bias=1)
    assert sentence(page) == "Row 0, column 0: 1·1 + 0·(−2) + 0·3 + 3·4 + 1 = 14"
    assert page.locator(".sentence").get_attribute("aria-live") == "polite"


def test_by_mouse(demo):
    page = demo()
    output(page, 1, 1).hover()
    assert sentence(page).startswith("Row 1, column 1: 3·1 + 1·2 + 1·3 + 0·4 = 8")
    page.get_by_role("button", name="step back").click()
    assert sentence(page).startswith("Row 1, column 0")
    page.get_by_role("button", name="first window").click()
    assert sentence(page).startswith("Row 0, column 0")
    page.get_by_label("image row 0, column 0").hover()
    assert page.locator("td.reader").count() == 1
    page.get_by_label("image row 1, column 1").hover()
    assert page.locator("td.reader").count() == 4


def test_numbers_can_be_edited(demo):
    page = demo()
    page.get_by_label("image row 0, column 0").fill("5")
    page.keyboard.press("Enter")
    assert sentence(page) == "Row 0, column 0: 5·1 + 0·2 + 0·3 + 3·4 = 17"
    page.get_by_label("kernel row 0, column 0").fill("-1,5")
    page.keyboard.press("Tab")
    assert "5·(−1.5)" in sentence(page)
    page.get_by_label("kernel row 0, column 0").fill("x")
    page.keyboard.press("Tab")
    assert sentence(page) == "kernel row 0, column 0 needs a number; nothing was changed."
    assert page.get_by_label("kernel row 0, column 0").input_value() == "-1.5"


def test_by_keyboard(demo):
    page = demo()
    output(page, 0, 0).focus()
    for key, place in [
        ("ArrowRight", "Row 0, column 1"), ("ArrowDown", "Row 1, column 1"), ("ArrowLeft", "Row 1, column 0"),
        ("ArrowUp", "Row 0, column 0"), (".", "Row 0, column 1"), (",", "Row 0, column 0"), ("End", "Row 1, column 1"),
        ("Home", "Row 0, column 0"), ("ArrowLeft", "Row 0, column 0"),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert sentence(page).startswith(place), key
    page.get_by_label("image row 0, column 0").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "image row 1, column 1"


def test_it_plays_when_asked_and_stops_at_the_end(demo):
    page = demo()
    assert page.get_by_role("button", name="play").count() == 1
    page.clock.install()
    output(page, 0, 0).focus()
    page.keyboard.press(" ")
    page.clock.run_for(10_000)
    assert sentence(page).startswith("Row 1, column 1")
    assert page.get_by_role("button", name="play").count() == 1


def test_predict_first(demo):
    page = demo(predict=True)
    assert sentence(page).endswith("= ?")
    assert output(page, 0, 0).text_content() == "?"
    page.get_by_label("your prediction", exact=True).fill("3")
    page.get_by_role("button", name="check").click()
    assert "3 is not it" in sentence(page)
    page.get_by_label("your prediction", exact=True).fill("13")
    page.keyboard.press("Enter")
    assert sentence(page).startswith("Right: ")
    assert (output(page, 0, 0).text_content(), output(page, 0, 1).text_content()) == ("13", "?")
    output(page, 0, 1).click()
    page.get_by_role("button", name="show the result").click()
    assert output(page, 0, 1).text_content() == "17"


def test_sizes_padding_and_what_is_not_read(demo):
    page = demo(image=[[1, 2, 3, 4]] * 5)
    page.get_by_label("stride", exact=False).first.fill("2")
    page.keyboard.press("Enter")
    assert "rows ⌊(5 + 2·0 − 2) / 2⌋ + 1 = 2" in page.locator(".sizes").text_content()
    assert page.locator("td.unread").count() == 4
    page.locator("input[data-field=padding]").fill("1")
    page.keyboard.press("Enter")
    assert page.locator("td.padding").count() == 7 * 6 - 5 * 4
    page.locator("input[name=kernelRows]").fill("8")
    page.keyboard.press("Enter")
    assert sentence(page) == "The kernel would be larger than the padded image. Nothing was changed."
    page.locator("input[data-field=stride]").fill("0")
    page.keyboard.press("Enter")
    assert sentence(page) == "stride: a whole number from 1 to 4 is needed; nothing was changed."


def test_reset_and_copy_as_code(demo):
    page = demo()
    page.get_by_label("turn the kernel by 180°").check()
    assert "1·4" in sentence(page)
    page.get_by_role("button", name="copy this state as code").click()
    page.wait_for_selector("code:not([hidden])")
    code = page.locator("code").text_content()
    widget = eval(code, {"window_stepper": window_stepper})
    assert widget.flip is True and widget.image == FIRST["image"]
    page.get_by_role("button", name="reset to the first state").click()
    assert sentence(page).startswith("Row 0, column 0: 1·1")


def test_targets_are_large_enough_and_keep_their_keys(demo):
    page = demo(predict=True)
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, input")].filter((e) => !e.closest("[hidden]")).filter((e) => {
             const box = e.getBoundingClientRect();
             return box.width < 24 || box.height < 24 || e.dataset.lmSuppressShortcuts !== "true";
           }).map((e) => e.outerHTML)"""
    )
    assert small == []


def test_a_still_picture_stands_in_where_nothing_runs():
    data, metadata = window_stepper()._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "The window at row 0, column 0 gives" in metadata["image/png"]["alt"]


def test_parameters_are_checked():
    for image in ([[1, 2], [3]], 5, [1, 2], [["a"]], [[]]):
        with pytest.raises(ValueError, match="image must be rows of numbers"):
            window_stepper(image=image)
    with pytest.raises(ValueError, match="the window of 3 covers 3 pixels"):
        window_stepper(image=[[1, 2]], kernel=[[1], [2], [3]])
    with pytest.raises(ValueError, match="stride must be a whole number from 1 to 4, not 0"):
        window_stepper(stride=0)
    with pytest.raises(ValueError, match="no output cell at row 9"):
        window_stepper(row=9)
    assert window_stepper(image=np.ones((3, 3))).image == [[1, 1, 1]] * 3


def test_a_still_picture_shows_the_state():
    def alt(**state):
        return window_stepper(**state)._repr_mimebundle_()[1]["image/png"]["alt"]

    assert "gives 0·1 + 0·1" in alt(image=[[1]], kernel=[[1] * 3] * 3, padding=1)
    assert "gives 4·4 + 5·3 + 6·2 + 7·1 = 50" in alt(
        image=[[1, 2, 4, 5], [3, 2, 6, 7]], kernel=[[1, 2], [3, 4]], flip=True, stride=2, column=1
    )
    assert "=" not in alt(predict=True), "a prediction comes first"


def test_pictures_for_the_eye(demo):
    picture(demo(), "window_stepper")
    page = demo(predict=True, padding=1, stride=2, image=[[1, 2, 3, 4]] * 4, bias=-1)
    page.emulate_media(color_scheme="dark")
    picture(page, "window_stepper_predict")
