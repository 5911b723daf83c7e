"""dcv.shapes against real Keras layers, TensorFlow's own padding and perturbed inputs."""

from itertools import product

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from dcv import ops, shapes

SIZES = (1, 2, 5, 6, 13, 32)
KERNEL_SIZES = (1, 2, 3, 5)
STRIDES_AND_DILATIONS = ((1, 1), (2, 1), (3, 1), (5, 1), (1, 2), (1, 3))


def fits(size, kernel_size, dilation, padding):
    return padding == "same" or (kernel_size - 1) * dilation + 1 <= size


def test_output_size_equals_what_keras_convolutions_return(capsys):
    compared = 0
    for size, kernel_size, (stride, dilation), padding in product(
        SIZES, KERNEL_SIZES, STRIDES_AND_DILATIONS, ("valid", "same")
    ):
        arguments = {"stride": stride, "padding": padding, "dilation": dilation}
        if not fits(size, kernel_size, dilation, padding):
            with pytest.raises(ValueError, match="does not fit"):
                shapes.output_size(size, kernel_size, **arguments)
            continue
        layer = keras.layers.Conv1D(
            1, kernel_size, strides=stride, padding=padding, dilation_rate=dilation, use_bias=False
        )
        expected = layer(np.zeros((1, size, 1), np.float32)).shape[1]
        assert shapes.output_size(size, kernel_size, **arguments) == expected, (size, kernel_size, arguments)
        compared += 1
    with capsys.disabled():
        print(f"\noutput_size against Keras Conv1D layers: {compared} configurations")
    assert compared > 200


def test_output_size_holds_for_each_axis_of_two_dimensional_layers():
    images = np.zeros((1, 9, 14, 3), np.float32)
    for stride, padding in product((1, 2), ("valid", "same")):
        convolution = keras.layers.Conv2D(4, (3, 5), strides=stride, padding=padding)
        pooling = keras.layers.MaxPooling2D((3, 5), strides=stride, padding=padding)
        expected = tuple(
            shapes.output_size(size, kernel_size, stride=stride, padding=padding)
            for size, kernel_size in ((9, 3), (14, 5))
        )
        assert tuple(convolution(images).shape[1:3]) == expected
        assert tuple(pooling(images).shape[1:3]) == expected


def test_output_size_with_padding_in_pixels_equals_keras_after_zero_padding():
    for size, before, after, stride in product((3, 8), (0, 1, 3), (0, 2), (1, 2, 3)):
        padded = keras.layers.ZeroPadding1D((before, after))(np.zeros((1, size, 1), np.float32))
        expected = keras.layers.Conv1D(1, 3, strides=stride)(padded).shape[1]
        assert shapes.output_size(size, 3, stride=stride, padding=(before, after)) == expected
        if before == after:
            assert shapes.output_size(size, 3, stride=stride, padding=before) == expected


def tensorflow_window_starts(size, kernel_size, stride, dilation):
    """Read off TensorFlow's result which pixel each kernel element met in each window."""
    pixel_numbers = np.arange(1, size + 1, dtype=np.float32)[None, :, None]  # 0 remains for the padding
    one_filter_per_element = np.eye(kernel_size, dtype=np.float32)[:, None, :]
    met = tf.nn.conv1d(pixel_numbers, one_filter_per_element, stride, "SAME", dilations=dilation).numpy()[0]
    starts = []
    for window in met.round().astype(int):
        element = np.flatnonzero(window)[0]
        starts.append(int(window[element]) - 1 - element * dilation)
    return starts


def test_same_padding_and_window_starts_equal_tensorflow(capsys):
    compared = 0
    for size, kernel_size, (stride, dilation) in product(SIZES, KERNEL_SIZES, STRIDES_AND_DILATIONS):
        if dilation > size:
            continue  # a window could hold no pixel to tell it by
        starts = tensorflow_window_starts(size, kernel_size, stride, dilation)
        end = starts[-1] + (kernel_size - 1) * dilation + 1
        arguments = (size, kernel_size, stride, dilation)
        before, after = shapes.same_padding(size, kernel_size, stride=stride, dilation=dilation)
        assert (before, after) == (-starts[0], max(end - size, 0)), arguments
        assert starts == shapes.window_starts(
            size, kernel_size, stride=stride, padding="same", dilation=dilation
        ), arguments
        compared += 1
    with capsys.disabled():
        print(f"\nsame_padding against TensorFlow: {compared} configurations")
    assert compared > 100


def test_same_padding_puts_the_extra_pixel_last():
    assert shapes.same_padding(32, 2) == (0, 1)
    assert shapes.same_padding(32, 3, stride=2) == (0, 1)
    assert shapes.same_padding(31, 3, stride=2) == (1, 1)


window_settings = {
    "size": st.integers(1, 30),
    "kernel_size": st.integers(1, 6),
    "stride": st.integers(1, 6),
    "dilation": st.integers(1, 4),
    "padding": st.sampled_from(["valid", "same"]) | st.integers(0, 5) | st.tuples(*[st.integers(0, 5)] * 2),
}


@given(**window_settings)
def test_windows_cover_what_the_definition_says(size, kernel_size, stride, dilation, padding):
    settings_ = {"stride": stride, "padding": padding, "dilation": dilation}
    before, after = shapes.padding_amounts(size, kernel_size, **settings_)
    # Lay the kernel on the padded image wherever it fits.
    elements = np.arange(kernel_size) * dilation - before
    fitting = [start for start in range(0, size + 99, stride) if elements[-1] + start < size + after]
    if not fitting:
        with pytest.raises(ValueError, match="does not fit"):
            shapes.window_starts(size, kernel_size, **settings_)
        return
    windows = [elements + start for start in fitting]
    assert shapes.output_size(size, kernel_size, **settings_) == len(windows)
    assert shapes.window_starts(size, kernel_size, **settings_) == [window[0] for window in windows]
    coverage = [sum(pixel in window for window in windows) for pixel in range(size)]
    assert shapes.window_coverage_1d(size, kernel_size, **settings_) == coverage


layer_lists = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 3))
    | st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 3)),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(layers=layer_lists, seed=st.integers(0, 9))
def test_receptive_field_equals_the_pixels_that_move_an_output(layers, seed):
    rng = np.random.default_rng(seed)
    outputs = 3
    size = shapes.receptive_interval(layers, outputs - 1)[1] + 1
    # Each image of the batch has a different pixel switched on; positive weights let nothing cancel out.
    responses = np.eye(size)[:, :, None, None]
    for layer in layers:
        kernel_size, stride, dilation = layer if len(layer) == 3 else (*layer, 1)
        kernel = rng.uniform(0.5, 1, (kernel_size, 1, 1, 1))
        responses = ops.conv2d(responses, kernel, stride=(stride, 1), dilation=(dilation, 1))
    assert responses.shape[1] >= outputs
    for index in range(outputs):
        seen = np.flatnonzero(responses[:, index, 0, 0])
        assert shapes.receptive_interval(layers, index) == (seen[0], seen[-1])
        assert shapes.receptive_field(layers) == seen[-1] - seen[0] + 1
        assert seen[0] == index * shapes.input_stride(layers)


def test_receptive_field_equals_a_gradient_through_keras_layers():
    network = keras.Sequential(
        [
            keras.Input((40, 40, 1)),
            keras.layers.Conv2D(1, 3, kernel_initializer="ones"),
            keras.layers.AveragePooling2D(2),
            keras.layers.Conv2D(1, 3, dilation_rate=2, kernel_initializer="ones"),
            keras.layers.Conv2D(1, 3, strides=2, kernel_initializer="ones"),
        ]
    )
    layers = [(3, 1), (2, 2), (3, 1, 2), (3, 2)]
    image = tf.Variable(np.ones((1, 40, 40, 1), np.float32))
    with tf.GradientTape() as tape:
        neuron = network(image)[0, 2, 1, 0]
    rows, columns = np.nonzero(tape.gradient(neuron, image).numpy()[0, :, :, 0])
    assert shapes.receptive_interval(layers, 2) == (rows.min(), rows.max())
    assert shapes.receptive_interval(layers, 1) == (columns.min(), columns.max())
    assert shapes.receptive_field(layers) == 16


def test_receptive_field_without_layers_is_the_pixel_itself():
    assert shapes.receptive_field([]) == shapes.input_stride([]) == 1
    assert shapes.receptive_interval([], 7) == (7, 7)
    assert shapes.receptive_interval(iter([(3, 2)]), 1) == (2, 4)


def test_parameter_counts_equal_keras():
    for kernel_size, in_channels, out_channels, bias in product(
        (1, 3, (5, 2)), (1, 3), (1, 32), (True, False)
    ):
        layer = keras.layers.Conv2D(out_channels, kernel_size, use_bias=bias)
        layer.build((None, 8, 8, in_channels))
        assert (
            shapes.conv_parameters(kernel_size, in_channels, out_channels, bias=bias) == layer.count_params()
        )
        dense = keras.layers.Dense(out_channels, use_bias=bias)
        dense.build((None, in_channels))
        assert shapes.dense_parameters(in_channels, out_channels, bias=bias) == dense.count_params()


def test_parameters_of_the_network_of_chapter_6():
    base = sum(shapes.conv_parameters(3, *channels) for channels in ((3, 32), (32, 64), (64, 64)))
    head = shapes.dense_parameters(4 * 4 * 64, 64) + shapes.dense_parameters(64, 10)
    assert base == 56_320
    assert base + head == 122_570


def test_numpy_integers_are_as_good_as_pythons():
    assert shapes.output_size(np.int64(5), np.int32(3), padding=np.int64(1)) == 5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shapes.output_size(0, 3), "size must be a whole number of at least 1, got 0"),
        (lambda: shapes.output_size(5, 0), "kernel_size must be a whole number of at least 1, got 0"),
        (lambda: shapes.output_size(5, 2.5), "kernel_size must be a whole number of at least 1, got 2.5"),
        (lambda: shapes.output_size(5, 3, stride=0), "stride must be a whole number of at least 1, got 0"),
        (lambda: shapes.output_size(5, 3, dilation=-1), "dilation must be .* got -1"),
        (
            lambda: shapes.output_size(5, 3, padding="full"),
            "'valid', 'same' or a number of pixels, got 'full'",
        ),
        (lambda: shapes.output_size(5, 3, padding=-1), "whole number of at least 0 .* got -1"),
        (lambda: shapes.output_size(5, 3, padding=(0, 0.5)), r"\(before, after\), got \(0, 0.5\)"),
        (lambda: shapes.output_size(5, 3, padding=None), "padding must be .* got None"),
        (lambda: shapes.output_size(5, 3, padding=(1, 2, 3)), "one value or a pair, got 3 values"),
        (lambda: shapes.output_size(5, 7), "7 pixels .* into 5 pixels .* use a smaller kernel"),
        (lambda: shapes.output_size(4, 3, dilation=2), "5 pixels .kernel_size=3, dilation=2. does not fit"),
        (lambda: shapes.same_padding(5, 3, stride=0), "stride must be"),
        (lambda: shapes.same_padding(0, 3), "size must be"),
        (lambda: shapes.same_padding(5, 3, dilation=0), "dilation must be"),
        (lambda: shapes.window_starts(2, 3), "does not fit"),
        (lambda: shapes.window_coverage_1d(2, 3), "does not fit"),
        (lambda: shapes.window_coverage_1d(2.5, 3), "size must be a whole number .* got 2.5"),
        (lambda: shapes.kernel_span(0), "kernel_size must be"),
        (lambda: shapes.receptive_field([3, 3]), r"each layer must be \(kernel_size, stride\) .* got 3"),
        (lambda: shapes.receptive_field([(3,)]), "each layer must be"),
        (lambda: shapes.receptive_field([(3, 0)]), "stride must be"),
        (lambda: shapes.input_stride([(0, 1)]), "kernel_size must be"),
        (lambda: shapes.input_stride([(3, 1, 0)]), "dilation must be"),
        (lambda: shapes.receptive_interval([(3, 1)], -1), "index must be .* at least 0, got -1"),
        (lambda: shapes.receptive_interval([(3, 1)], 0.5), "index must be .* got 0.5"),
        (lambda: shapes.conv_parameters(0, 3, 32), "kernel_height must be"),
        (lambda: shapes.conv_parameters((3, 3, 3), 3, 32), "kernel_size must be one value or a pair"),
        (lambda: shapes.conv_parameters(3, 0, 32), "in_channels must be"),
        (lambda: shapes.conv_parameters(3, 3, 0), "out_channels must be"),
        (lambda: shapes.dense_parameters(0, 10), "inputs must be"),
        (lambda: shapes.dense_parameters(10, 1.5), "units must be"),
    ],
)
def test_errors_say_what_was_expected_and_what_came(call, message):
    with pytest.raises(ValueError, match=message):
        call()
