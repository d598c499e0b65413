"""The operator stage, in a plain page: its arithmetic is the course's own, and mouse and keyboard reach everything."""

import numpy as np
import pytest
from conftest import picture

from helpers.convolution import conv, conv_matrix
from helpers.demos.operator_stage import OperatorStage, operator_stage

pytestmark = pytest.mark.slow
FIRST = {"image": [[1, 0, 2], [0, 3, 1], [2, 1, 0]], "kernel": [[1, 2], [3, 4]]}


@pytest.fixture
def demo(at_home):
    """Open the demo in a page from a file."""
    return lambda **changes: at_home(operator_stage(**(FIRST | changes)))


def sentence(page):
    return page.locator(".sentence").text_content()


def judged(page):
    return page.locator(".judged").text_content()


def output(page, row, column):
    return page.get_by_role("grid", name="output").locator("tr").nth(row).locator("button").nth(column)


def view(page, name):
    page.get_by_role("group", name="view").get_by_role("button", name=name).click()


def field(page, name):
    return page.locator(f"[data-field={name}]")


def random_state(rng):
    """A state that can be: operator, sizes, channels, stride, padding, dilation."""
    operator = ("convolution", "depthwise", "transposed")[int(rng.integers(3))]
    channels, stride, dilation = int(rng.integers(1, 4)), int(rng.integers(1, 4)), int(rng.integers(1, 4))
    kernel = rng.integers(-4, 5, (channels, *rng.integers(1, 4, 2)))
    covered = (np.array(kernel.shape[1:]) - 1) * dilation + 1
    transposed = operator == "transposed"
    padding = int(rng.integers(0, min(3, covered.min() if transposed else 3)))
    least = np.maximum(1, [1, 1] if transposed else covered - 2 * padding)
    image = rng.integers(-9, 10, (channels, *(least + rng.integers(0, 4, 2))))
    if transposed and ((np.array(image.shape[1:]) - 1) * stride + covered - 2 * padding).min() < 1:
        return random_state(rng)
    flip = bool(rng.integers(2)) and not transposed
    numbers = dict(stride=stride, padding=padding, dilation=dilation, bias=int(rng.integers(-3, 4)), flip=flip)
    return dict(image=image.tolist(), kernel=kernel.tolist(), operator=operator, **numbers)


def computed(page, function, cases):
    return page.evaluate("([name, cases]) => cases.map((one) => window.module[name](...one))", [function, cases])


def test_the_arithmetic_is_the_courses_own(demo):
    page = demo()
    rng = np.random.default_rng(0)
    states = [random_state(rng) for _ in range(500)]
    expected = [np.moveaxis(OperatorStage(**state).output(), -1, 0).tolist() for state in states]
    assert computed(page, "outputs", [[state] for state in states]) == expected
    assert len({(state["operator"], state["dilation"], state["stride"]) for state in states}) == 27

    last = [
        [len(state["image"]) - 1, len(state["image"][0]) - 1, len(state["image"][0][0]) - 1] for state in states
    ]
    scattered = computed(page, "scattered", [[state, *place] for state, place in zip(states, last, strict=True)])
    assert scattered == expected, "after the last pixel what is scattered is what is gathered"


def test_a_transposed_convolution_is_an_ordinary_one_with_zeros_between(demo):
    page = demo()
    rng = np.random.default_rng(1)
    states = [state for state in (random_state(rng) for _ in range(300)) if state["operator"] == "transposed"]
    stretched = computed(page, "inserted", [[state] for state in states])
    for state, image in zip(states, stretched, strict=True):
        pixels, turned = (np.moveaxis(np.array(one), 0, -1) for one in (image, np.flip(state["kernel"], (1, 2))))
        made = conv(pixels, turned[..., None], state["bias"], dilation=state["dilation"])
        assert np.array_equal(made, OperatorStage(**state).output()), state


def test_the_rows_of_the_matrix(demo):
    page = demo()
    image, kernel = [[1, 0, 2, 1], [0, 3, 1, 2], [2, 1, 0, 5]], [[1, -2], [3, 4]]
    state = dict(image=[image], kernel=[kernel], operator="convolution", stride=1, padding=0, dilation=1, bias=0)
    places = [(i, j) for i in range(2) for j in range(3)]
    rows = computed(page, "matrixRow", [[state, 0, *place] for place in places])
    assert np.array_equal(rows, conv_matrix(np.array(kernel), (3, 4)))
    back = dict(state, operator="transposed", image=[[[0] * 3] * 2])
    rows = computed(page, "matrixRow", [[back, 0, i, j] for i in range(3) for j in range(4)])
    assert np.array_equal(rows, conv_matrix(np.array(kernel), (3, 4)).T), "the transposed matrix"


def test_a_step_is_written_out(demo):
    page = demo(kernel=[[1, -2], [3, 4]], bias=1)
    assert sentence(page) == "Row 0, column 0: 1·1 + 0·(−2) + 0·3 + 3·4 + 1 = 14"
    assert page.locator(".sentence").get_attribute("aria-live") == "polite"


def test_a_sum_is_built_up_term_by_term(demo):
    page = demo(terms=True)
    assert sentence(page) == "Row 0, column 0: 1·1 + … (so far 1)"
    forward = page.get_by_role("button", name="step forward")
    forward.click()
    assert sentence(page) == "Row 0, column 0: 1·1 + 0·2 + … (so far 1)"
    assert page.get_by_role("grid", name="image").locator("td.tap").count() == 2
    forward.click()
    forward.click()
    assert sentence(page) == "Row 0, column 0: 1·1 + 0·2 + 0·3 + 3·4 = 13"
    forward.click()
    assert sentence(page).startswith("Row 0, column 1: 0·1 + …")


def test_by_mouse(demo):
    page = demo()
    output(page, 1, 1).hover()
    assert sentence(page).startswith("Row 1, column 1: 3·1 + 1·2 + 1·3 + 0·4 = 8")
    page.get_by_role("button", name="step back").click()
    assert sentence(page).startswith("Row 1, column 0")
    page.get_by_role("button", name="first place").click()
    assert sentence(page).startswith("Row 0, column 0")
    page.get_by_label("place in the run").fill("3")
    assert sentence(page).startswith("Row 1, column 1")
    page.get_by_label("image row 0, column 0").hover()
    assert page.locator("td.reader").count() == 1
    page.get_by_label("image row 1, column 1").hover()
    assert page.locator("td.reader").count() == 4


def test_the_views(demo):
    page = demo()
    view(page, "scatter")
    page.get_by_label("image row 1, column 1").hover()
    assert sentence(page) == "Row 1, column 1 adds 3·1 to (1, 1), 3·2 to (1, 0), 3·3 to (0, 1), 3·4 to (0, 0)."
    assert page.get_by_role("grid", name="output").locator("td.tap").count() == 4
    view(page, "matrix row")
    drawn = page.get_by_role("img", name="4 rows, 9 columns", exact=False)
    assert drawn.locator("rect").count() == 9 + 4 * 9 + 1
    assert page.get_by_role("button", name="zero insertion").is_hidden()
    field(page, "operator").select_option("transposed")
    view(page, "zero insertion")
    assert page.get_by_role("grid", name="zeros inserted").locator("td").count() == 25
    field(page, "operator").select_option("convolution")
    assert page.get_by_role("button", name="gather").get_attribute("aria-pressed") == "true"


def test_on_a_photo(demo):
    page = demo(kernel=[[1, 0, -1], [2, 0, -2], [1, 0, -1]], padding=1)
    page.get_by_label("on a photo").check()
    canvas = page.get_by_label("output; arrow keys move")
    assert canvas.evaluate("(one) => [one.width, one.height]") == [48, 48]
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert sentence(page).startswith("Row 1, column 1: ")
    numbers = page.get_by_role("grid", name="under the window").locator("td").all_text_contents()
    shown = [int(part) for part in page.locator(".sentence i").all_text_contents()[: 2 * 9 : 2]]
    assert [int(number) for number in numbers] == shown
    page.get_by_role("button", name="reset to the first state").click()
    assert page.get_by_role("grid", name="image").is_visible()


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
    assert page.get_by_label("kernel row 0, column 0").input_value() == "−1.5"
    page.get_by_label("image row 0, column 1").fill("77")
    page.keyboard.press("Escape")
    assert page.get_by_label("image row 0, column 1").input_value() == "0"


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
    assert sentence(page).endswith("= ?") and output(page, 0, 0).text_content() == "?"
    guess = page.get_by_label("your prediction", exact=True)
    guess.fill("14")
    page.keyboard.press("Enter")
    assert judged(page).startswith("✗ 14 is not it.") and sentence(page).endswith("= ?"), "the sum stays in sight"
    assert "wrong" in page.locator(".judged").get_attribute("class")
    guess.fill("13")
    page.keyboard.press("Enter")
    assert judged(page) == "✓ Right: 13." and sentence(page).endswith("= 13")
    page.get_by_role("button", name="step forward").click()
    assert judged(page) == "" and guess.input_value() == "", "a guess belongs to its cell"
    page.get_by_role("button", name="show the result").click()
    assert not sentence(page).endswith("?")
    field(page, "stride").fill("2")
    page.keyboard.press("Enter")
    assert sentence(page).endswith("= ?"), "another output, another prediction"


def test_play_stops_where_a_result_is_asked_for(demo):
    page = demo(predict=True)
    page.get_by_role("button", name="show the result").click()
    page.clock.install()
    page.get_by_role("button", name="play").click()
    page.clock.run_for(10_000)
    assert sentence(page).startswith("Row 0, column 1") and sentence(page).endswith("= ?")


def test_the_size_is_asked_and_its_formula_hidden(demo):
    page = demo(operator="transposed", stride=2, asks="size", predict=True)
    assert page.locator(".sizes").text_content() == "" and not page.get_by_role("grid", name="output").is_visible()
    page.get_by_label("your prediction", exact=True).fill("6")
    page.keyboard.press("Enter")
    assert page.locator(".sizes").text_content() == "Output 6 × 6: (3 − 1)·2 + 2 − 2·0 = 6 along each axis."
    page.get_by_role("button", name="step forward").click()
    assert not page.locator(".prediction").is_visible(), "the run can be stepped through"


def test_challenges_are_recognised(demo):
    page = demo(image=np.ones((7, 7)).tolist(), kernel=np.ones((3, 3)).tolist(), asks="size")
    assert page.locator(".tasks li").all_text_contents() == [
        "☆ a stride above 1 that drops nothing", "☆ a stride that drops as much as it can",
    ]  # fmt: skip
    page.get_by_role("button", name="stride, one more").click()
    assert "✓ a stride above 1 that drops nothing" in page.locator(".tasks").text_content()
    page.get_by_label("image, rows").fill("8")
    page.keyboard.press("Enter")
    assert "☆" not in page.locator(".tasks").text_content()


def test_sizes_padding_and_what_is_not_read(demo):
    page = demo(image=[[1, 2, 3, 4]] * 5)
    field(page, "stride").fill("2")
    page.keyboard.press("Enter")
    assert "rows ⌊(5 + 2·0 − 2) / 2⌋ + 1 = ⌊3/2⌋ + 1 = 2" in page.locator(".sizes").text_content()
    assert page.locator(".sizes").text_content().endswith("No window reads the last row.")
    assert page.locator("td.unread").count() == 4
    field(page, "padding").fill("1")
    page.keyboard.press("Enter")
    assert page.locator("td.padding").count() == 7 * 6 - 5 * 4
    field(page, "dilation").fill("4")
    page.get_by_label("kernel, rows").fill("5")
    page.keyboard.press("Enter")
    assert sentence(page) == "The kernel would be larger than the padded image. Nothing was changed."
    field(page, "stride").fill("0")
    page.keyboard.press("Enter")
    assert sentence(page) == "stride: a whole number from 1 to 4 is needed; nothing was changed."


def test_padding_and_unread_differ_without_colour(demo):
    page = demo(image=np.ones((4, 4)).tolist(), kernel=np.ones((3, 3)).tolist(), stride=2, padding=0)
    style = "all => [...new Set(all.map((cell) => getComputedStyle(cell).backgroundImage.split('(')[0]))]"
    assert page.locator(".unread").evaluate_all(style) == ["radial-gradient"]
    field(page, "padding").fill("1")
    page.keyboard.press("Enter")
    assert page.locator(".padding:not(.unread)").evaluate_all(style) == ["repeating-linear-gradient"]


def test_controls_stay_where_they_are(demo):
    """Nothing moves under the mouse: not by stride, padding, size, view or an answer."""
    page = demo(image=np.ones((5, 5)).tolist(), predict=True)
    places = set()
    for name, value in (("stride", 2), ("padding", 2), ("dilation", 2), ("stride", 1), ("padding", 0)):
        field(page, name).fill(str(value))
        page.keyboard.press("Enter")
        places.add(str(field(page, "stride").bounding_box()))
    page.get_by_role("button", name="show the result").click()
    view(page, "scatter")
    assert len(places | {str(field(page, "stride").bounding_box())}) == 1


def test_reset_and_copy_as_code(demo):
    page = demo()
    page.get_by_label("turn the kernel by 180°").check()
    assert "1·4" in sentence(page)
    page.get_by_role("button", name="copy this state as code").click()
    page.wait_for_selector("code:not([hidden])")
    code = page.locator("code").text_content()
    widget = eval(code, {"operator_stage": operator_stage})
    assert widget.flip is True and widget.image == [FIRST["image"]]
    page.get_by_role("button", name="reset to the first state").click()
    assert sentence(page).startswith("Row 0, column 0: 1·1")


def test_channels_come_and_go(demo):
    page = demo()
    page.get_by_role("button", name="channels, one more").click()
    assert page.get_by_role("grid", name="image 1").is_visible()
    assert sentence(page).count("·") == 8, "both channels are summed"
    field(page, "operator").select_option("depthwise")
    assert sentence(page).startswith("Channel 0, row 0, column 0") and sentence(page).count("·") == 4
    assert page.get_by_role("grid", name="output 1").is_visible()


def test_parameters_are_checked():
    for image in ([[1, 2], [3]], 5, [1, 2], [["a"]], [[]]):
        with pytest.raises(ValueError, match="image must be rows of numbers"):
            operator_stage(image=image)
    for state, said in (
        (dict(image=[[1, 2]], kernel=[[1], [2], [3]]), "the window of 3 covers 3 pixels"),
        (dict(stride=0), "stride must be a whole number from 1 to 4, not 0"),
        (dict(row=9), "no output cell at row 9"),
        (dict(row=6, view="scatter"), "no pixel at row 6"),
        (dict(image=[[[1, 2], [3, 4]]] * 2, kernel=[[1]]), "has 2 channels and there are 1 kernels"),
        (dict(image=np.ones((13, 3)).tolist()), "up to 3 channels of up to 12 × 12"),
        (dict(operator="transposed", kernel=[[1]], padding=1), "cuts off whole stamps"),
        (dict(view="zero insertion"), "by a transposed convolution only"),
        (dict(operator="pooling"), "operator must be one of 'convolution'"),
    ):
        with pytest.raises(ValueError, match=said):
            operator_stage(**state)
    assert operator_stage(image=np.ones((3, 3))).image == [[[1, 1, 1]] * 3]


def test_a_still_picture_shows_the_state():
    def alt(**state):
        return operator_stage(**state).static_figure().alt

    assert "output [50]" in alt(image=[[4, 5], [6, 7]], kernel=[[1, 2], [3, 4]], flip=True)
    assert "output [2, 4]; [6, 8]" in alt(image=[[1, 2], [3, 4]], kernel=[[2]], operator="transposed")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_for_the_eye(demo, theme):
    page = demo(padding=1, stride=2, bias=-1)
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    picture(page, f"operator_stage_{theme}")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('.course-demo').scrollWidth <= 390"), (
        "one column, nothing cut off"
    )
    picture(page, f"operator_stage_{theme}_phone")
