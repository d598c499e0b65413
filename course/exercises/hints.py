"""Help in steps, for a wrong answer of which nothing is known: what to look at, a smaller case, the place in the lecture.

The smaller case has other numbers than any student has, and what comes out is computed by the exercise itself.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from course.exercises.base import Exercise
from helpers.checks.reading import number


@dataclass(frozen=True)
class Help:
    """Steps of help for one exercise.

    Parameters
    ----------
    look : str
        What to look at.
    case : str
        A smaller case, worked; `{}` stands for what comes out.
    section : str
        Lecture and heading, such as "2_convolution: 1. One kernel on one channel".
    arguments : tuple, optional
        Of the exercise in the smaller case.
    """

    look: str
    case: str
    section: str
    arguments: tuple | None = None


A, I, C, V, P, N, X, L = "0_augmentation: ", "1_introduction: ", "2_convolution: ", "3_convolution_variants: ", "4_pooling: ", "5_architecture: ", "6_alexnet: ", "7_after_alexnet: "  # fmt: skip  # noqa: E741

HELP = {
    # augmentation
    "flip_by_hand": Help("Each row is read from right to left. The rows stay where they are.", "The row 7, 8, 9 becomes 9, 8, 7.", A + "Moving pixels"),
    "crop_count": Help("Three things multiply: places along the rows, places along the columns, and mirrored or not.", "A window of 2 in an image of 3 fits at 2 · 2 places, mirrored or not: {}.", A + "Moving pixels", (3, 2)),
    "uint8_sum": Help("Count on from the first number, one by one, and remember what comes after 255.", "254 + 3: after 255 comes 0, then 1, so {}.", A + "Changing values", (254, 3)),
    "labels_survive": Help("Ask of each image: would somebody who sees only the new one write the same label?", "The letter o, mirrored, is still an o: yes. The letter p, mirrored, is a q: no.", A + "2. Is the label still true?"),
    "box_after_flip": Help("What was so many pixels from the right border is as many from the left one afterwards.", "In an image of width 10 a box from 1 to 4 ends 6 before the right border: {}.", A + "What has to move along", (1, 4, 10)),
    "where_to_augment": Help("Ask for each set what it is there for: to learn from, to choose by, or to report.", "Noise is added to a recording so that a network learns to ignore it. What is measured is measured on recordings as they come.", A + "3. Which images, and when"),
    "gap_by_augmentation": Help("Ask of each change: does it make the training pieces harder to memorise? And does it make something that the other halves of the photos show as well?", "Someone who learns a poem from ten copies, each with different words blacked out, can recite none of the copies, but knows the poem. Someone who learns it with all letters exchanged does not.", A + "5. What it buys"),
    "augmented_or_plain": Help("Ask for each kind of images which of the two networks has seen their like.", "Somebody who has practised with a ball of one colour alone is better with that very ball, and worse with any other.", A + "5. What it buys"),
    "crop_then_flip": Help("Write the crop down first, row by row. Then read each of its rows from right to left.", "Of the rows 1 2 3 and 4 5 6 the crop of one row and two columns that begins at row 1, column 0 is 4 5. Mirrored: 5 4.", A + "Moving pixels"),
    "augmentation_half_done": Help("Two steps, one after the other: the second works on what the first has made.", "The row 4 6 becomes 0 4 when it moves to the right by one, and then 4 0 when it is mirrored.", A + "Moving pixels"),
    "alexnet_views": Help("First the places along one axis. Then every row goes with every column, and every crop with its mirror image.", "A window of 2 in an image of 3: {}.", A + "Moving pixels", (3, 2)),
    "labels_kept": Help("Ask of each case: would somebody who sees only the new image write the same label?", "An upside-down ball is a ball: yes. An arrow that points up, turned by 180°, points down: no.", A + "2. Is the label still true?"),
    "pipeline_places": Help("Ask of each step: may it see the images on which the result is reported?", "A vocabulary is made from the texts that are learned from. New texts are read with it, whatever words they hold.", A + "3. Which images, and when"),
    "cutmix_share": Help("What share of the area is still the cat's?", "A rectangle of 2 × 5 in 10 × 10 pixels: 10 of 100 are pasted, so {} is left.", A + "Beyond moving and colouring", ((2, 5), 10)),
    "flip_horizontal": Help("Print the shape of an image. Which axis runs from left to right, and what does a step of −1 in a slice do?", "For the row [[1], [2]], shape (1, 2, 1), the result is [[2], [1]].", A + "Moving pixels"),
    "brighten": Help("Print the type of the array after each step, and try values near 0 and near 255.", "253 + 5 = 258 does not fit into a byte: limited to 255. 3 − 5 is limited to 0.", A + "Changing values"),
    "random_crop": Help("In how many rows can a crop begin, and in how many columns? Draw the row and the column separately, each from exactly that many.", "In 3 × 4 pixels a crop of 2 begins in row 0 or 1 and in column 0, 1 or 2: six places.", A + "Moving pixels"),
    "what_it_buys": Help("Ask for each: has the network seen these very images again and again, or their like?", "Somebody who has practised with balls of all colours has not memorised any one ball, and catches a new one better.", A + "5. What it buys"),
    "random_layers_act": Help("Ask for each: is something learned from these images, or is something measured or used?", "Dropout is another layer that acts in training only: at inference nothing is left out.", A + "4. In Keras: layers of the model"),
    # introduction
    "edge_filter": Help("Multiply each pixel by the weight on top of it, all nine of them, and add the products up with their signs.", "In one column: pixels 2, 2, 5 and weights −1, 0, 1 give −2 + 0 + 5 = 3.", I + "Classical filters"),
    "task_outputs": Help("What is the answer about: the whole photo, or each of its pixels? And how many numbers does the answer take?", "Whether a photo of 20 × 30 pixels shows a cat is two probabilities, (2,). Which pixels belong to the cat is (20, 30).", I + "Two tasks"),
    "input_values": Help("How many pixels are there, and how many numbers does each pixel have?", "A colour photo of 2 × 3 pixels has 2 · 3 · 3 = {} numbers.", I + "2. Images are large", (2, 3)),
    "dense_on_photo": Help("Count what one neuron has, then multiply by how many neurons there are.", "4 inputs and 2 neurons: each neuron has 4 weights and a bias, together {}.", I + "2. Images are large", (4, 2)),
    "change_norm": Help("Square every change, add the squares up, take the root.", "Nine values that each change by 2: the root of 9 · 4 is {}.", I + "Colour and brightness", (9, 2)),
    "shift_kinds": Help("Imagine the photo moved to the right. What does the operation give then: the same, the same but moved, or something else?", "The number of dark pixels stays as it is: invariant. The negative of the photo moves along: equivariant.", I + "What we want"),
    "flat_index": Help("How many places do the full rows before it take up, then the pixels before it in its row, then the channels before it?", "In shape (2, 2, 2) the entry (1, 0, 1) comes after one row of 2 · 2 places, no pixel and one channel: {}.", I + "4. Layers that keep the shape", ((2, 2, 2), (1, 0, 1))),
    "sharing_counts": Help("Dense: a weight for each pair of a pixel and a neuron. Shared: one for each offset down and across, in both directions.", "With shared weights and a reach of 3, the offsets along an axis are −3, −2, …, 3, and there are {} weights.", I + "5. Two assumptions, nine weights", (10, True, 3)),
    "sobel_by_hand": Help("Multiply each pixel by the weight on top of it, all nine of them, and add the products up with their signs.", "In one row: pixels 2, 2, 5 and weights −1, 0, 1 give −2 + 0 + 5 = 3.", I + "Classical filters"),
    "find_kernels": Help("Where do all the other numbers of a network come from?", "Nobody writes the weights of a dense layer down: they begin at random, and training changes them.", I + "7. Where do the filters come from?"),
    "dense_layer": Help("Count what one neuron has, then multiply by how many neurons there are.", "4 inputs and 2 neurons: each neuron has 4 weights and a bias, together {}.", I + "2. Images are large", (4, 2)),
    "dense_bytes": Help("How many bytes are 32 bits? Take as many for each of the parameters from question 1.", "10 parameters of 32 bits take {} bytes.", I + "2. Images are large", (10,)),
    "flat_places": Help("Write the axes in their order. An entry comes after everything with a smaller index on the first axis, then on the second, then on the third.", "With shape (2, 3, 2) the entry (1, 2, 0) comes after 1 · 3 · 2 + 2 · 2 + 0 = 10 others.", I + "4. Layers that keep the shape"),
    "batch_shapes": Help("Four axes each: the batch, height, width, channels. Which comes first in both, and where are the channels?", "Two grey images of 5 × 7 pixels: (2, 5, 7, 1) in Keras, (2, 1, 5, 7) in PyTorch.", I + "4. Layers that keep the shape"),
    "statements_on_shifts": Help("Move the photo in your mind by five columns. Can you say what comes out without computing it anew? If so: is it the same, or changed in a known way?", "The sum of all values stays: invariant. The negative of the photo moves along: equivariant.", I + "What we want"),
    "distance": Help("Compute it for two pairs of pixels by hand, and print each step. Which type do the differences have?", "Between [0, 3] and [4, 0] it is the root of 16 + 9, 5.", I + "Colour and brightness"),
    "introduction_half_done": Help("Each step takes the number of the step before.", "2 × 2 pixels in colour and 3 neurons: {}.", I + "2. Images are large", (2, 2, 3, 3)),
    # convolution
    "diagonal_response": Help("Multiply cell by cell, then add the four products up.", "Image 1 1 / 0 0 and kernel 1 0 / 0 1: 1 · 1 + 1 · 0 + 0 · 0 + 0 · 1 = {}.", C + "What does a large response mean?", ([[1, 1], [0, 0]], [[1, 0], [0, 1]])),
    "nines_response": Help("Multiply cell by cell, then add the four products up: no pattern is compared.", "Four pixels of 2 with the same kernel: {}.", C + "What does a large response mean?", ([[2, 2], [2, 2]], [[1, 0], [0, 1]])),
    "diagonal_sums": Help("For each window: which two pixels are under the weights that are 1?", "In the rows 1 2 3 and 4 5 6 the first window gives 1 + 5 = 6, the second 2 + 6 = 8.", C + "1. One kernel on one channel"),
    "impulse": Help("Lay the kernel on each of the four windows. Which weight is on the 1?", "In one dimension: 0 1 0 and the kernel 5 6. The first window is 0 1, and the 1 is under 6; the second is 1 0, and the 1 is under 5: 6, 5.", C + "2. Flip the kernel, move the image"),
    "lecture_channels": Help("Compute the response of each channel with its own matrix of weights, then add the two cell by cell.", "Pixels 1 and 2 in two channels, weights 3 and 4: 1 · 3 + 2 · 4 = 11, one number.", C + "3. Several input channels"),
    "layer_output": Help("How many places does the window have along each axis, and how many kernels are there?", "Image 6 × 6 with 2 channels, five kernels of 3 × 3: {}.", C + "4. Several kernels", (6, 3, 2, 5)),
    "shift_then_convolve": Help("Which pixels does an output far from the border read, before and after the shift?", "A kernel that adds two neighbours, on 0 0 5 5 0 0 0: moved by one before or after, the sums are the same. Now let the row begin with 7 7 in place of 0 0, and compare the first sums.", C + "What happens when the image moves"),
    "kernels_in_a_row": Help("How many rows of the image does one output of the second kernel see?", "With two kernels of {}: an output of the second sees 2 rows of the first one's output, and these see 3 rows of the image.".replace("{}", "2 × 2"), C + "And then a non-linearity"),
    "conv_work": Help("How many multiplications does one output number take? And how many output numbers are there, in all channels?", "One kernel of 2 × 2 on a 3 × 3 image with 1 channel: four places, four products each, {} in all.", C + "5. What has to be learned, and what it costs", ((3, 3, 1), 2, 1)),
    "kernel_gradient": Help("Each weight is used at every position of the window. Which pixels does it meet, and what are they multiplied by?", "In one dimension, image 1 2 4 and a kernel of two weights: the first meets 1 and 2, so its gradient is 3; the second meets 2 and 4, so it is 6.", C + "How a shared weight gets its gradient"),
    "neuron_weights": Help("How many pixels are under the window, and how many numbers does each of them have? Every kernel has a weight for each.", "A window of 2 × 2, three channels, two kernels: 2 · 2 · 3 · 2 = {}.", C + "5. What has to be learned, and what it costs", (2, 3, 2)),
    "neuron_parameters": Help("The weights from the question before, and what each kernel adds at the end.", "A window of 2 × 2, three channels, two kernels: (2 · 2 · 3 + 1) · 2 = {}.", C + "5. What has to be learned, and what it costs", (2, 3, 2)),
    "matrix_shape": Help("How many numbers come out, and how many go in? Every output needs a weight for every input, even if it is zero.", "A signal of 4 values and a kernel of 2: 3 outputs from 4 inputs, a matrix of 3 rows and 4 columns.", C + "8. Convolution is a matrix"),
    "convolution_half_done": Help("Lay the kernel on the window: row on row, column on column. The bias comes at the end, once.", "Window 1 2 / 3 4, kernel 1 0 / 0 2, bias 1: 1 · 1 + 4 · 2 + 1 = 10.", C + "1. One kernel on one channel"),
    "conv2d_by_hand": Help("Take one window at a time: four products, their sum, and the bias. Mind the signs.", "Window 1 2 / 3 4, kernel 1 0 / −1 2, bias 1: 1 + 0 − 3 + 8 + 1 = 7.", C + "1. One kernel on one channel"),
    "conv2d": Help("Try it on the smallest image that has two windows, and print each window with its sum.", "Image 1 2 3, kernel 1 1, bias 0: {}.", C + "1. One kernel on one channel", ([[1, 2, 3]], [[1, 1]], 0)),
    "two_channels": Help("Compute the response of each channel with its own matrix of weights, add the two cell by cell, then add the bias once.", "Pixels 1 and 2 in two channels, weights 3 and 4, bias 1: 3 + 8 + 1 = 12.", C + "3. Several input channels"),
    "output_shape": Help("In how many rows can the kernel's first row be, and in how many columns its first column?", "Image (4, 6), kernel (3, 2): {}.", C + "1. One kernel on one channel", ((4, 6), (3, 2))),
    "parameters": Help("Count a single kernel first: its weights in every input channel, and its bias. Then count the kernels.", "A kernel of 2 × 2 on 3 channels, four of them: (2 · 2 · 3 + 1) · 4 = {}.", C + "5. What has to be learned, and what it costs", (2, 3, 4, 9)),
    "vertical_edges": Help("What do the weights left of the middle have to do, and what those on the right? And how must the weights of each row add up, so that equal pixels cancel?", "In one dimension −1, 0, 1 gives 0 on 5 5 5 and 4 on 5 5 9.", C + "Three kernels on a photo"),
    "both_operations": Help("Lay the kernel on the first two values, as it stands; then once more with its two weights in the opposite order.", "Signal 1 4, kernel 3 1: networks compute 3 + 4 = 7, mathematics 1 + 12 = 13.", C + "2. Flip the kernel, move the image"),
    "matrix_row": Help("Write the nine pixels in one row. Which of them are under the weights when the window is at row 0, column 1?", "A row of three pixels and a kernel 5 6: the second output has the row 0 5 6.", C + "8. Convolution is a matrix"),
    # variants
    "same_with_stride": Help("`same` adds enough zeros to give every s-th pixel a window, even where fewer than s are left at the end.", "n = 5 and stride 2: places 0, 2 and 4, so {}.", V + "`same` with a stride", (5, 2)),
    "undone": Help("The convolution makes nine numbers of twenty-five. What can be recovered from nine numbers?", "From the mean of two numbers we can make two numbers again, but not the same two.", V + "There and back"),
    "padded_size": Help("How large is the image with its zeros on both sides? And how many places does the window have in it?", "n = 5, k = 2, p = 1: 5 + 2 − 2 + 1 = {}.", V + "1. Padding", (5, 2, 1)),
    "same_padding_of": Help("How many places are lost without padding? Half of them have to come from each side.", "A kernel of 3 loses two places: {} on each side.", V + "1. Padding", (3,)),
    "plus_on_plus": Help("Draw the ring of zeros first. At each place add the pixel and its four neighbours.", "In one dimension, 1 1 0 with the kernel 1 1 1 and a zero at each end: 2, 2, 1.", V + "1. Padding"),
    "strided_size": Help("How far can the window go, how many whole steps are that, and is the first place counted?", "n = 7, k = 2, p = 0, s = 2: 5 / 2 is two whole steps, so {} places.", V + "2. Stride", (7, 2, 0, 2)),
    "effective_sizes": Help("Draw the taps as dots. How many gaps are between them, and how far is it from one dot to the next?", "Two taps at distance 3 cover the first, two between, and the last: {}.", V + "3. Dilation", (2, 3)),
    "output_padding": Help("First compute what the transposed convolution gives without `output_padding`. How much is then missing?", "From 3 with a kernel of 3, stride 2 and padding 1: 2 · 2 + 3 − 2 = 5. To get 6, {} has to be added.", V + "4. Transposed convolution", (3, 6)),
    "causal_zeros": Help("The first output has the last tap on the first sample. How far before it is the first tap?", "Two taps with a dilation of 3: {} zeros.", V + "5. One dimension, and three", (2, 3)),
    "separable_weights": Help("Separable: first one kernel of 3 × 3 for each input channel, then a 1 × 1 kernel over all channels for each output channel. Groups: how many channels does a kernel see?", "With 2 channels in and 4 out, ordinary: 9 · 2 · 4 = 72; in 2 groups: 9 · 1 · 4 = 36; separable: 9 · 2 + 2 · 4 = 26.", V + "7. Fewer weights still"),
    "stamps_by_hand": Help("For each pixel, write the kernel times its value into an empty output, beginning where the pixel is. Then add up.", "In one dimension: pixels 1 2 and the kernel 1 3 give 1 3 0 + 0 2 6 = 1 5 6.", V + "4. Transposed convolution"),
    "transposed_sizes": Help("From the first stamp to the last there are n − 1 steps. How much does the last stamp take, and what is cut off?", "n = 3, k = 2, s = 2, p = 0: 2 · 2 + 2 = {}.", V + "4. Transposed convolution", (3, 2, 2, 0)),
    "way_back": Help("Four numbers were made of nine. Ask of the shape, then of the nine numbers: are four numbers enough to tell?", "If you are told that two numbers add up to 7, you know that there were two, but not which ones.", V + "There and back"),
    "signal_by_hand": Help("The kernel covers two neighbours at a time: minus the left one, plus the right one.", "Signal 2 5 5, kernel −1 1: {}.", V + "5. One dimension, and three", ([2, 5, 5], [-1, 1])),
    "stacked_field": Help("Begin with one pixel of the output, and go down layer by layer: how many more does each layer look at?", "Two kernels of 3: 1 + 2 + 2 = {}.", V + "6. The receptive field", ([3, 3],)),
    "stacked_weights": Help("A kernel of side k has k · k weights. Add the layers up.", "Two kernels of 3: 9 + 9 = {}.", V + "6. The receptive field", ([3, 3],)),
    "field_behind_pooling": Help("Each layer adds (k − 1) · d steps. How many input pixels is a step, after the strides before it?", "A kernel of 3, a pooling of 2 with stride 2, a kernel of 2: 1 + 2 + 1 + 1 · 2 = {}.", V + "6. The receptive field", ((3, 1, 1), (2, 2, 1), (2, 1, 1))),
    "keras_shape": Help("Four axes: the batch, height, width, channels. Which of them does a convolution change?", "5 images of 8 × 8 with one channel, four kernels of 3: {}.", V + "8. How to write it", (5, 8, 1, 4, 3)),
    "output_size_pair": Help("How far can the window go, how many whole steps are that, and is the first place counted?", "n = 6, k = 3, p = 1, s = 2: 5 / 2 is two whole steps, so {} places.", V + "2. Stride", (6, 3, 1, 2)),
    "same_padding_pair": Help("How many places are lost without padding? Half of them have to come from each side, whatever number that is.", "A kernel of 3 loses two places: {} on each side.", V + "1. Padding", (3,)),
    "conv2d_strided": Help("Print where the windows begin, and how many there are along each axis.", "Image 1 2 3 4 5, kernel 1 1, stride 2: windows at 0 and 2, {}.", V + "2. Stride", ([[1, 2, 3, 4, 5]], [[1, 1]], 2)),
    "dilated_output": Help("How many pixels does the kernel cover from its first tap to its last? Then count its places.", "n = 6, two taps at distance 3: they cover 4 pixels, so {} places.", V + "3. Dilation", (6, 2, 3)),
    "transposed_by_hand": Help("For each pixel, write the kernel times its value into an empty output, beginning where the pixel is. Then add up.", "In one dimension: pixels 1 2 and the kernel 1 3 give 1 3 0 + 0 2 6 = 1 5 6.", V + "4. Transposed convolution"),
    "decoder_sizes": Help("From the first stamp to the last there are n − 1 steps of s pixels, and then the last stamp. What is cut off in the end?", "n = 3, k = 2, s = 3, p = 0: 2 · 3 + 2 = {}.", V + "4. Transposed convolution", (3, 2, 3, 0)),
    "conv2d_transposed": Help("Begin with zeros of the size (H + k − 1, W + k − 1), and add one stamp after the other. Print the output after each.", "Image 1 2, kernel 1 3: {}.", V + "4. Transposed convolution", ([[1, 2]], [[1, 3]])),
    "signal_and_volume": Help("How many cells does a kernel have with one axis, and with three? Then channels, bias and kernels as in an image.", "A signal, kernel of 3, two channels, four kernels: (3 · 2 + 1) · 4 = {}.", V + "5. One dimension, and three", (1, 3, 2, 4)),
    "receptive_field_of_stack": Help("Each layer adds (k − 1) · d steps. How many input pixels is a step, after the strides before it?", "Kernels of 3 and 2 with strides of 2, then one of 3: 1 + 2 + 1 · 2 + 2 · 4 + 0 = {}.", V + "6. The receptive field", ((3, 2, 1), (2, 2, 1), (3, 1, 1), (1, 1, 1))),
    "variants_half_done": Help("Each step takes the number of the step before.", "n = 5, k = 3, p = 1, s = 2: {}.", V + "2. Stride", (5, 3, 1, 2)),
    "same_by_hand": Help("Draw the ring of zeros first. Then take one window at a time.", "In one dimension, 1 3 with the kernel 0 2 −1 and a zero at each end: 2 − 3 = −1, and 6 − 0 = 6.", V + "1. Padding"),
    # pooling
    "max_and_average": Help("Write the four values of each window down. Which is the largest, and what is their sum divided by four?", "The window 2 0 / −4 6: the maximum is 6, the average 1.", P + "1. One number for each window"),
    "pooled_sizes": Help("How far can the window go, how many whole steps are that, and is the first place counted?", "n = 6, size 3, stride 2: 3 / 2 is one whole step, so {} places.", P + "Sizes", (6, 3, 2)),
    "pooling_parameters": Help("Ask of each layer: is there anything that training could change? If so, count a single kernel or neuron first.", "A pooling learns nothing. Two kernels of 3 × 3 on one channel: 20. Two neurons on 5 inputs: 12.", P + "2. What it saves"),
    "surviving_shifts": Help("Write down which places belong to which window. Is the bright pixel in the same window after the shift?", "Windows {0, 1}, {2, 3}: from place 1 a step to the right leads to 2, into another window.", P + "3. Equivariant, and a little invariant"),
    "pool_gradient": Help("Change one value of a window by a little: does the maximum change? If it does not, its gradient is 0.", "Window 7 1 / 2 3 and a gradient of 5: 5 goes to the place of the 7, and the others get 0.", P + "Where the gradient goes"),
    "stride_work": Help("Multiply: places of the window, kernels, and the products that one output takes.", "On 4 × 4 with 32 channels and a stride of 2 there are 2 × 2 places: {} multiplications.", P + "5. Which pooling?", ((4, 4, 32), 2)),
    "global_average": Help("Take one channel after the other: add up all its places, and divide by how many there are.", "The channel 1 2 / 3 6 gives 12 / 4 = 3.", P + "4. Global average pooling"),
    "max_pool_by_hand": Help("Draw the windows into the image: side by side, and only where they fit. Which is the largest value of each, signs included?", "The row pair −3 −1 5 / −2 −4 0 has one window of 2 × 2, and its largest value is −1.", P + "1. One number for each window"),
    "dropped_pixels": Help("How many windows fit along one axis? How many pixels of the whole image are in none of them?", "5 × 5 pixels, windows of 2: {}.", P + "Sizes", (5, 2)),
    "pooling_own_parameters": Help("Is there anything in a maximum that training could change?", "To find the largest of four numbers you need no further number.", P + "2. What it saves"),
    "global_average_shape": Help("Which axes does the average run over? Those are gone afterwards.", "A volume of 4 × 4 with 5 channels becomes a list of 5 numbers.", P + "4. Global average pooling"),
    "unchanged_shifts": Help("Write down which places belong to which window. Is the bright pixel in the same window after the shift?", "Windows of two, {0, 1}, {2, 3}: from place 1 a step to the left stays, a step to the right does not.", P + "3. Equivariant, and a little invariant"),
    "pool2d": Help("Print where the windows begin, and how many there are along each axis. Then look at a single window.", "Image 1 2 3 / 4 5 6, size 2, stride 1, maximum: {}.", P + "1. One number for each window", ([[1, 2, 3], [4, 5, 6]], 2, 1, "max")),
    "pooling_half_done": Help("Take one window at a time, and write its four values down.", "The window 1 −5 / 2 0: the maximum is 2, the average −2 / 4 = −0.5.", P + "1. One number for each window"),
    "pooling_saves": Help("First find the size after the pooling. Then count what each layer has on a map of that size.", "A map of 4 × 4 with 2 channels becomes 2 × 2 with 2 channels: 8 values.", P + "2. What it saves"),
    # architecture
    "evaluated": Help("At which place in each row is the largest number? Compare this place with the label, and count.", "Rows 0.9 0.1 and 0.4 0.6 with the labels 0 and 0: one of two is right, 0.5.", N + "3. From images to a trained network"),
    "second_work": Help("How many outputs are there, and how many multiplications does one of them take?", "Input 4 × 4 with 1 channel, two kernels of 3 without padding: 2 · 2 · 2 outputs with 9 multiplications each, {}.", N + "2. A network for clothes", ((4, 4, 1), 2, 3)),
    "upwards": Help("What does a transposed convolution with stride 2 and `same` do to height and width, and where do the channels come from?", "4 × 4 with 8 channels, two kernels, stride 2: 8 × 8 with 2 channels.", N + "7. The other way: from features to an image"),
    "flattened_values": Help("Follow height and width through the three poolings, and round down. Then multiply by the channels of the last convolution.", "A map of 2 × 2 with 5 channels has 20 values.", N + "2. A network for clothes"),
    "second_convolution": Help("For the parameters, count one kernel, then all. For the work, count the multiplications of one output, then how many outputs there are.", "Two kernels of 3 × 3 on one channel, output 4 × 4: 20 parameters and 4 · 4 · 2 · 9 = 288 multiply-adds.", N + "2. A network for clothes"),
    "predicted_classes": Help("At which place in each row is the largest number? Places are counted from 0.", "0.2, 0.8: the largest is at place {}.", N + "3. From images to a trained network", ([0.2, 0.8],)),
    "first_loss": Help("A network that knows nothing gives every class the same probability. Take the natural logarithm of that probability, and turn its sign.", "With 4 classes it is −ln(1/4) ≈ 1.386.", N + "4. Before a long training"),
    "three_aims": Help("Ask of each means what it does: does it decide what a neuron sees, whether all places use the same weights, or how exactly the place counts?", "Reading a text word by word is looking through a window. Using one dictionary for all pages is sharing.", N + "6. Three aims, and how they were met"),
    "shift_fates": Help("Ask of each network: is there a layer in which every place has weights of its own?", "The mean brightness of a photo forgets where anything is. A list of all its pixels does not.", N + "The experiment of this chapter"),
    "small_network": Help("Go row by row: each takes height, width and channels of the row above. Without padding a convolution loses k − 1 rows; pooling halves, and rounds down.", "8 × 8 with 1 channel, two kernels of 3 without padding: 6 × 6 × 2 and 20 parameters; pooled by 2: 3 × 3 × 2 and 0.", N + "2. A network for clothes"),
    "lecture_network": Help("Go row by row: each takes height, width and channels of the row above.", "8 × 8 with 1 channel, two kernels of 3 with `same`: 8 × 8 × 2 and 20 parameters; pooled by 2: 4 × 4 × 2 and 0.", N + "2. A network for clothes"),
    "normalise": Help("Which numbers come from the training set, and which array do they change? Print the mean and the deviation of what you return.", "Training values 1 and 3 have the mean 2 and the deviation 1: the value 5 becomes 3.", N + "3. From images to a trained network"),
    "first_losses": Help("A network that knows nothing gives every class the same probability. Take the natural logarithm of that probability, and turn its sign.", "With 4 classes it is −ln(1/4) ≈ {}.", N + "4. Before a long training", (4,)),
    "sanity_checks": Help("What would a network that knows nothing show at the start? What must any network manage? What does a gap say?", "Two classes, first loss 0.70: ln 2 ≈ 0.69, as it should be.", N + "4. Before a long training"),
    "shift_ranking": Help("Ask of each network: does it know where something is? Then it does well unshifted, and badly shifted.", "A list of all pixels knows the place of each; their mean knows none.", N + "The experiment of this chapter"),
    "trained": Help("Look at the table: which line has a cross? The report can be fixed without training; for the accuracies look at the curve first.", "A report about a network that was trained on images 0 to 9: `{\"training\": range(10), \"validation\": range(10, 15), …}`, with the accuracy on the five.", N + "3. From images to a trained network"),
    "repaired": Help("Which check shows it: the first loss, a hundred images to memorise, or the two curves? Change one thing at a time, and run the check again.", "First loss 60 in place of 2.3: the numbers that come in, or the last layer. First loss right, and a hundred images not memorised: dropout, or the rate.", N + "4. Before a long training"),
    "build_cnn": Help("Compare `model.summary()` with the task, line by line. Then look at the loss, and at what the last layer gives.", "`keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(2, activation=\"softmax\")])` is a network of the same kind.", N + "2. A network for clothes"),
    # AlexNet
    "alexnet_first_size": Help("How far can the window go, how many whole steps are that, and is the first place counted?", "An input of 19: 8 / 4 is two steps, so {} places.", X + "3. Second view: 224 or 227?", (19,)),
    "alexnet_convolutions": Help("Count one kernel first: its weights in every input channel, and its bias. Then count the kernels.", "A kernel of 2 × 2 on 3 channels, four of them: {}.", X + "4. Third view: parameters", (2, 3, 4)),
    "alexnet_dense": Help("How many values does the flattened volume have? Each neuron has a weight for every one of them, and a bias.", "A map of 2 × 2 with 3 channels and 5 neurons: (12 + 1) · 5 = {}.", X + "4. Third view: parameters", (2, 3, 5)),
    "alexnet_groups": Help("How many channels does one kernel see? And how many kernels are there in all?", "Kernels of 2 × 2 on 4 channels, six of them, two groups: (2 · 2 · 2 + 1) · 6 = {}.", X + "5. Fourth view: two groups", (2, 4, 6, 2)),
    "alexnet_neurons": Help("A neuron is one output value: places along both axes, times the kernels.", "An output of 3 × 3 places from 5 kernels has 45.", X + "Neurons"),
    "missing_zeros": Help("How many whole steps are there without padding? And how large would the input have to be for one place more?", "A kernel of 3 with stride 2 makes 3 places out of 8 pixels. For 4 it takes 9: one zero is missing.", X + "3. Second view: 224 or 227?"),
    "alexnet_half_done": Help("Each step takes the number of the step before.", "An image of 15 with kernel 3 and stride 2, then windows of 3 and stride 2: {}.", X + "2. First view: sizes", (15, 3, 2, 3, 2)),
    "alexnet_table": Help("Go row by row: each takes height and channels of the row above. With padding the size stays; the pooling windows of 3 move on by 2.", "A pooling of 3 with stride 2 makes 9 rows out of 19 and learns nothing. Four kernels of 3 × 3 on 2 channels learn 76 numbers.", X + "2. First view: sizes"),
    "alexnet_grouped": Help("How many channels does one kernel see? And how many kernels are there in all?", "Kernels of 3 × 3 on 4 channels, six of them, two groups: (9 · 2 + 1) · 6 = {}.", X + "5. Fourth view: two groups", (4, 6, 2)),
    "dense_shares": Help("Add up the parameters of the three dense layers, and those of all layers. The share is the first divided by the second, times 100.", "30 of 40 parameters are 75.0 percent.", X + "6. Fifth view: where the parameters are"),
    "overlapping_pooling": Help("How far can the window go, how many whole steps are that, and is the first place counted?", "n = 10, window 3, stride 2: 7 / 2 is three whole steps, so {} places.", X + "2. First view: sizes", (10, 3, 2)),
    "batch_norm": Help("How many means are there for a batch of colour images? Over which axes is each of them taken, and what is added before the root?", "One channel with the values 2, 2, 6, 6: mean 4, variance 4; with γ = 2, δ = 1, ε = 0 they become −1, −1, 3, 3.", N + "A network that learns while you watch"),
    "residual_block": Help("Count one convolution, then what its normalisation learns. How many of each are there?", "With 2 channels and kernels of 1: 2 · (1 · 1 · 2 · 2 + 2 · 2) = {}.", X + "After 2012", (2, 1)),
    "residual_slope": Help("Write down the derivative of one layer, once of F(x) and once of x + F(x). What happens with twenty in a row?", "Three plain layers with a slope of 0.5: {}.", X + "After 2012", (0.5, 3)),
    "local_response_norm": Help("Take one place, and one channel c of it. Which channels are summed, what is done with each of them, and what happens to the sum?", "Channels 1 and 2, size 3, k = 1, α = 1, β = 1: 1 / (1 + 5) and 2 / (1 + 5).", X + "8. The ingredients"),
    "alexnet_start": Help("Compare `model.summary()` with the table of the lecture, line by line: kernels, window, stride, padding, groups.", "`layers.Conv2D(8, 3, strides=2, groups=2)` has eight kernels of 3 × 3 in two groups, and moves on by two pixels.", X + "7. Built in Keras"),
    # homework
    "homework_half_done": Help("The same four steps for every convolution: pad, count places, weights of one kernel, all kernels with their biases.", "n = 6, k = 3, p = 1, s = 2, 2 channels, 4 kernels: {}.", X + "10. Homework", (6, 3, 1, 2, 2, 4)),
    "bottleneck_work": Help("Each weight is used at every place of the map. How many places are there, and how many weights does each step have?", "Map 10 × 10 with 8 channels, 4 kernels of 3 × 3: 100 · 9 · 8 · 4 = 28,800; with 1 × 1 to 2 channels first: 100 · (8 · 2 + 9 · 2 · 4) = 8,800.", L + "2. Narrow first: Inception"),
    "slope_of_blocks": Help("The slopes of successive steps are multiplied. What does x add to the slope of a block?", "Three blocks with F′ = 0.2: 0.2³ = 0.008 plain, 1.2³ = 1.728 with shortcuts.", L + "Why"),
    "inverted_block": Help("Three steps: 1 × 1 to the wide map, one kernel for each wide channel, 1 × 1 to the output. How many channels does the wide map have?", "2 channels widened by 3 are 6, with kernels of 3 × 3 and 4 channels out: 2 · 6 + 9 · 6 + 6 · 4 = 90.", L + "4. One channel at a time"),
    "cam_by_hand": Help("Multiply each map by its slope, add them place by place, and set to 0 what is negative.", "Maps 1 4 and 2 1, slopes 1 and −1: 1 − 2 = −1 becomes 0, and 4 − 1 = 3.", L + "6. Where does it look?"),
    "inception_module": Help("What comes out is what the four paths give at their ends. For the parameters, ask of each of the six convolutions how many channels it reads.", "8 channels; 2 kernels of 1 × 1 beside 1 of 1 × 1 that is read by 4 of 3 × 3: 2 + 4 = 6 channels come out, and (8 + 1) · 2 + (8 + 1) · 1 + (9 + 1) · 4 = 67 parameters.", L + "2. Narrow first: Inception"),
    "slopes_of_three": Help("The slopes of successive blocks are multiplied. What does x add to the slope of a block?", "Slopes 0.5 and −0.2: −0.1 plain, and 1.5 · 0.8 = 1.2 with shortcuts.", L + "Why"),
    "inverted_costs": Help("Count the weights of the three steps. How often is each weight used on the whole map?", "A map of 5 × 5 with 2 channels, widened by 3: 2 · 6 + 9 · 6 + 6 · 2 = 78 weights, used at 25 places: 1,950.", L + "4. One channel at a time"),
    "heat_map": Help("Three steps: a mean for each channel, a weighted sum over channels, and 0 for what is negative. Which axes does each of them take?", "Maps 1 4 and 2 1 in two channels, with mean slopes 1 and −1: 1 − 2 = −1 becomes 0, and 4 − 1 = 3.", L + "6. Where does it look?"),
    "leaves_left_out": Help("What has a weight in the dense layer, and what has a bias? And which photos must not be trained on when a leaf is tested?", "Two kinds, two leaves of each, three photos of each leaf, and 10 numbers: 2 · 10 + 2 = 22 parameters, trained 4 times on 3 · 3 = 9 photos.", L + "7. When are twenty pieces enough?"),
    "homework_network": Help("Go row by row: each takes height, width and channels of the row above. With `same` the size is ⌈n / s⌉, with a number of zeros ⌊(n + 2p − k) / s⌋ + 1.", "n = 9 and stride 2: `same` gives 5, and one ring of zeros around a kernel of 3 gives ⌊8 / 2⌋ + 1 = 5 as well; for n = 8 it is 4 and ⌊7 / 2⌋ + 1 = 4.", X + "10. Homework"),
    "own_network": Help("Go row by row: each takes height, width and channels of the row above. With `same` the size is ⌈n / s⌉, with a number of zeros ⌊(n + 2p − k) / s⌋ + 1.", "n = 9, k = 4, p = 2, s = 3: ⌊9 / 3⌋ + 1 = 4.", X + "10. Homework"),
    "own_convolution": Help("Take one window at a time: four products, their sum, and the bias. Mind the signs.", "Window 1 2 / 3 4, kernel 1 0 / −1 2, bias 1: 1 + 0 − 3 + 8 + 1 = 7.", C + "1. One kernel on one channel"),
    "own_receptive_field": Help("Each layer adds (k − 1) · d steps. How many input pixels is a step, after the strides before it?", "A kernel of 3 with stride 2, a pooling of 2 with stride 2, then a kernel of 2: 1 + 2 + 1 · 2 + 1 · 4 = 9.", V + "6. The receptive field"),
}  # fmt: skip


def hints_of(exercise: Exercise) -> list[dict]:
    """Return the steps of help for an exercise.

    Parameters
    ----------
    exercise : Exercise
        Or a variant of one.

    Returns
    -------
    list of dict
        Of each step its `title` and `text`; the last has a `section`: the lecture's file, and a heading in it.
    """
    found = HELP.get(exercise.name.split("-")[0])
    if found is None:  # an exercise of somebody's own
        return []
    worked = found.case
    if found.arguments is not None:
        worked = worked.format(_written(exercise.right(*found.arguments)))
    lecture, _, heading = found.section.partition(": ")
    return [
        {"title": "What to look at", "text": found.look},
        {"title": "A smaller case, worked", "text": worked},
        {"title": "In the lecture", "text": heading, "section": [lecture, heading]},
    ]


def _written(value: Any) -> str:
    """Write what comes out as a person would."""
    array = np.asarray(value)
    if array.ndim == 0:
        return number(array.item())
    return f"[{', '.join(map(_written, array))}]"
