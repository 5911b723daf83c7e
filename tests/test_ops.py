"""dcv.ops against its own loops, TensorFlow, and the properties that the chapters claim."""

import tracemalloc
from itertools import product

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from dcv import ops, shapes
from dcv.filters import box_blur

EXPLICIT = ((1, 2), (0, 3))  # ((top, bottom), (left, right))
MODES = ("max", "average", "min")


def random(*shape, seed=0, dtype=np.float32):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def fits(image_size, kernel_size, padding, dilation):
    """Whether the kernel fits, found without the code under test."""
    if padding == "same":
        return True
    added = [sum(pair(axis)) for axis in (pair(padding) if padding != "valid" else (0, 0))]
    spans = [(k - 1) * d + 1 for k, d in zip(pair(kernel_size), pair(dilation), strict=True)]
    return all(span <= size + more for span, size, more in zip(spans, image_size, added, strict=True))


def for_tensorflow(padding):
    """Return the padding as TensorFlow wants it."""
    if isinstance(padding, str):
        return padding.upper()
    return [[0, 0], *(list(pair(axis)) for axis in pair(padding)), [0, 0]]


# ---------------------------------------------------------------- against TensorFlow


def convolution_grid():
    image_sizes = ((5, 5), (6, 8), (9, 7), (12, 5))
    kernel_sizes = ((1, 1), (3, 3), (2, 3), (5, 2), (4, 4))
    paddings = ("valid", "same", 2, (0, 1), EXPLICIT)
    # TensorFlow's layers do not combine a stride with a dilation; below, the loops cover that.
    strides_and_dilations = [(stride, 1) for stride in (1, 2, 3, (1, 3), (3, 2))]
    strides_and_dilations += [(1, dilation) for dilation in (2, 3, (1, 2), (3, 2))]
    for image_size, kernel_size, padding, (stride, dilation) in product(
        image_sizes, kernel_sizes, paddings, strides_and_dilations
    ):
        if fits(image_size, kernel_size, padding, dilation):
            yield image_size, kernel_size, padding, stride, dilation


def test_conv2d_equals_tensorflow(capsys):
    compared, largest_difference = 0, 0.0
    for configuration in convolution_grid():
        image_size, kernel_size, padding, stride, dilation = configuration
        batch, in_channels, out_channels = 1 + compared % 3, 1 + compared % 4, 1 + compared % 5
        images = random(batch, *image_size, in_channels, seed=compared)
        kernels = random(*kernel_size, in_channels, out_channels, seed=compared + 1)
        bias = random(out_channels, seed=compared + 2)

        # TensorFlow computes in float64 because its float32 path through oneDNN (2.20) gets one of these
        # wrong: 2 images of 12 × 5 × 1, 5 kernels 3 × 3, stride (1, 3). TF_ENABLE_ONEDNN_OPTS=0 repairs it.
        expected = bias + tf.nn.conv2d(
            images.astype(np.float64),
            kernels.astype(np.float64),
            pair(stride),
            for_tensorflow(padding),
            dilations=pair(dilation),
        )
        actual = ops.conv2d(images, kernels, bias, stride=stride, padding=padding, dilation=dilation)
        assert actual.shape == tuple(expected.shape), configuration
        assert actual.dtype == np.float32
        difference = np.abs(actual - expected).max()
        assert difference <= 1e-4, configuration
        compared, largest_difference = compared + 1, max(largest_difference, difference)
    with capsys.disabled():
        print(
            f"\nconv2d against TensorFlow: {compared} configurations,"
            f" largest difference {largest_difference:.1e}"
        )
    assert compared >= 700


def test_pool2d_equals_tensorflow(capsys):
    compared = 0
    pooling = {"max": tf.nn.max_pool2d, "average": tf.nn.avg_pool2d}
    for mode, image_size, size, stride, padding in product(
        pooling,
        ((4, 4), (5, 7), (9, 6)),
        (1, 2, 3, (2, 3), (4, 1)),
        (None, 1, 2, 3, (1, 2)),
        ("valid", "same", ((0, 0), (0, 0)), ((1, 0), (0, 0))),
    ):
        # TensorFlow has padding in pixels for the maximum only, and smaller than the window like us.
        explicit = not isinstance(padding, str)
        if explicit and (mode == "average" or min(pair(size)) == 1):
            continue
        images = random(2, *image_size, 3, seed=compared) - 3  # negative: zeros of the padding would show
        expected = pooling[mode](
            images, pair(size), pair(size if stride is None else stride), for_tensorflow(padding)
        )
        actual = ops.pool2d(images, size, stride=stride, padding=padding, mode=mode)
        np.testing.assert_allclose(actual, expected, atol=1e-5, err_msg=f"{mode, size, stride, padding}")
        assert actual.dtype == np.float32
        compared += 1
    with capsys.disabled():
        print(f"\npool2d against TensorFlow: {compared} configurations")
    assert compared >= 350


def test_relu_and_global_average_pool_equal_tensorflow():
    images = random(3, 5, 4, 2)
    np.testing.assert_array_equal(ops.relu(images), tf.nn.relu(images))
    np.testing.assert_allclose(
        ops.global_average_pool(images), tf.reduce_mean(images, axis=[1, 2]), atol=1e-6
    )


def test_pad_equals_tensorflow():
    images = random(2, 3, 4, 2)
    for padding in (0, 2, (1, 3), EXPLICIT):
        np.testing.assert_array_equal(
            ops.pad(images, padding, value=7), tf.pad(images, for_tensorflow(padding), constant_values=7)
        )


def test_window_coverage_equals_a_gradient_through_tensorflow():
    # How often a pixel is used is how much the sum of all responses grows with it, if all weights are 1.
    for stride, padding, dilation in (
        (1, "valid", 1),
        (1, "same", 1),
        ((3, 2), "valid", 1),
        (2, "same", 1),
        (1, EXPLICIT, 1),
        (1, "same", 2),
    ):
        image = tf.Variable(np.ones((1, 9, 8, 1), np.float32))
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(
                tf.nn.conv2d(
                    image,
                    np.ones((3, 2, 1, 1), np.float32),
                    pair(stride),
                    for_tensorflow(padding),
                    dilations=dilation,
                )
            )
        expected = tape.gradient(total, image).numpy()[0, :, :, 0]
        actual = ops.window_coverage((9, 8), (3, 2), stride=stride, padding=padding, dilation=dilation)
        np.testing.assert_array_equal(actual, expected)
        assert actual.dtype.kind == "i"


# ---------------------------------------------------------------- against the loops

sides = st.integers(0, 3)
paddings = st.one_of(
    st.sampled_from(["valid", "same"]),
    sides,
    st.tuples(sides, sides),
    st.tuples(st.tuples(sides, sides), st.tuples(sides, sides)),
)
one_or_two = st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3)))


@settings(max_examples=150, deadline=None)
@given(
    image_shape=st.tuples(*[st.integers(1, 9)] * 2, st.integers(1, 3)),
    kernel_size=st.tuples(*[st.integers(1, 4)] * 2),
    filters=st.integers(1, 3),
    batch=st.integers(0, 2),
    stride=one_or_two,
    dilation=one_or_two,
    padding=paddings,
)
def test_conv2d_equals_its_loops(image_shape, kernel_size, filters, batch, stride, dilation, padding):
    images = random(batch, *image_shape, dtype=float)
    kernels = random(*kernel_size, image_shape[2], filters, seed=1, dtype=float)
    bias = random(filters, seed=2, dtype=float)
    arguments = {"stride": stride, "padding": padding, "dilation": dilation}
    if not fits(image_shape[:2], kernel_size, padding, dilation):
        for convolve in (ops.conv2d, ops.conv2d_loops):
            with pytest.raises(ValueError, match="does not fit"):
                convolve(images, kernels, **arguments)
        return
    actual = ops.conv2d(images, kernels, bias, **arguments)
    np.testing.assert_allclose(actual, ops.conv2d_loops(images, kernels, bias, **arguments), atol=1e-12)
    if batch:
        image, kernel = images[0, :, :, 0], kernels[:, :, 0, 0]
        single = ops.correlate2d(image, kernel, **arguments)
        assert single.shape == actual.shape[1:3]
        np.testing.assert_allclose(single, ops.correlate2d_loops(image, kernel, **arguments), atol=1e-12)


def test_stride_and_dilation_together_equal_the_loops():
    compared = 0
    for stride, dilation, padding in product((2, (1, 3)), (2, (3, 1)), ("valid", "same", EXPLICIT)):
        images, kernels = random(2, 11, 10, 2, dtype=float), random(3, 2, 2, 3, seed=1, dtype=float)
        arguments = {"stride": stride, "dilation": dilation, "padding": padding}
        np.testing.assert_allclose(
            ops.conv2d(images, kernels, **arguments),
            ops.conv2d_loops(images, kernels, **arguments),
            atol=1e-12,
        )
        compared += 1
    assert compared == 12


@settings(max_examples=100, deadline=None)
@given(
    image_shape=st.tuples(st.integers(0, 2), *[st.integers(1, 9)] * 2, st.integers(1, 3)),
    size=one_or_two,
    stride=st.none() | one_or_two,
    padding=paddings,
    mode=st.sampled_from(MODES),
)
def test_pool2d_equals_its_loops(image_shape, size, stride, padding, mode):
    images = random(*image_shape, dtype=float)
    amounts = (0, 0) if isinstance(padding, str) else [max(pair(axis)) for axis in pair(padding)]
    too_much = any(amount >= side for amount, side in zip(amounts, pair(size), strict=True))
    if too_much or not fits(image_shape[1:3], size, padding, 1):
        for pool in (ops.pool2d, ops.pool2d_loops):
            with pytest.raises(ValueError, match=r"does not fit|padding must be smaller"):
                pool(images, size, stride=stride, padding=padding, mode=mode)
        return
    np.testing.assert_allclose(
        ops.pool2d(images, size, stride=stride, padding=padding, mode=mode),
        ops.pool2d_loops(images, size, stride=stride, padding=padding, mode=mode),
        atol=1e-12,
    )


def test_the_loops_equal_arithmetic_by_hand():
    image = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    kernel = [[1, 0], [2, -1]]  # asymmetric: a flipped kernel would give other numbers
    expected = [[1 + 8 - 5, 2 + 10 - 6], [4 + 14 - 8, 5 + 16 - 9]]
    np.testing.assert_array_equal(ops.correlate2d_loops(image, kernel), expected)
    np.testing.assert_array_equal(ops.correlate2d(image, kernel), expected)


# ---------------------------------------------------------------- what the chapters claim

seeds = st.integers(0, 10_000)


@settings(max_examples=40, deadline=None)
@given(seed=seeds, factor=st.floats(-10, 10), stride=one_or_two, padding=st.sampled_from(["valid", "same"]))
def test_convolution_is_linear(seed, factor, stride, padding):
    images, others = random(2, 1, 8, 7, 2, seed=seed, dtype=float)
    kernels = random(3, 3, 2, 3, seed=seed + 1, dtype=float)

    def convolve(images):
        return ops.conv2d(images, kernels, stride=stride, padding=padding)

    np.testing.assert_allclose(
        convolve(factor * images + others), factor * convolve(images) + convolve(others), atol=1e-9
    )


@settings(max_examples=40, deadline=None)
@given(seed=seeds, down=st.integers(0, 4), right=st.integers(0, 4), dilation=st.integers(1, 2))
def test_convolution_is_shift_equivariant_away_from_borders(seed, down, right, dilation):
    image = random(16, 17, seed=seed, dtype=float)
    kernel = random(3, 3, seed=seed + 1, dtype=float)
    shifted = np.roll(image, (down, right), axis=(0, 1))  # wraps around: hence "away from borders"
    response = ops.correlate2d(image, kernel, dilation=dilation)
    response_to_shifted = ops.correlate2d(shifted, kernel, dilation=dilation)
    rows, columns = response.shape
    np.testing.assert_allclose(
        response_to_shifted[down:, right:], response[: rows - down, : columns - right], atol=1e-12
    )


@settings(max_examples=40, deadline=None)
@given(seed=seeds, stride=one_or_two, kernel_size=one_or_two)
def test_a_stride_is_subsampling_of_the_dense_response(seed, stride, kernel_size):
    images = random(2, 9, 8, 2, seed=seed, dtype=float)
    kernels = random(*pair(kernel_size), 2, 3, seed=seed + 1, dtype=float)
    every_row, every_column = pair(stride)
    np.testing.assert_allclose(
        ops.conv2d(images, kernels, stride=stride),
        ops.conv2d(images, kernels)[:, ::every_row, ::every_column],
        atol=1e-12,
    )


@settings(max_examples=40, deadline=None)
@given(seed=seeds, size=one_or_two, stride=one_or_two, padding=st.sampled_from(["valid", "same"]))
def test_the_minimum_is_the_negative_maximum_of_the_negative(seed, size, stride, padding):
    images = random(2, 7, 8, 2, seed=seed)
    np.testing.assert_array_equal(
        ops.pool2d(images, size, stride=stride, padding=padding, mode="min"),
        -ops.pool2d(-images, size, stride=stride, padding=padding, mode="max"),
    )


@settings(max_examples=40, deadline=None)
@given(seed=seeds, size=st.integers(1, 4), stride=one_or_two)
def test_average_pooling_is_convolution_with_a_box(seed, size, stride):
    image = random(9, 8, seed=seed, dtype=float)
    np.testing.assert_allclose(
        ops.pool2d(image[None, :, :, None], size, stride=stride, mode="average")[0, :, :, 0],
        ops.correlate2d(image, box_blur(size), stride=stride),
        atol=1e-6,
    )


def test_global_average_pooling_is_average_pooling_with_the_largest_window():
    images = random(3, 5, 4, 2)
    np.testing.assert_allclose(
        ops.global_average_pool(images), ops.pool2d(images, (5, 4), mode="average")[:, 0, 0], atol=1e-6
    )


def test_pooling_2_halves_each_side_and_drops_the_last_edge_of_an_odd_one():
    assert ops.pool2d(np.zeros((1, 32, 32, 8))).shape == (1, 16, 16, 8)
    assert ops.pool2d(np.zeros((1, 13, 13, 8))).shape == (1, 6, 6, 8)
    edge = np.zeros((1, 13, 13, 1))
    edge[:, -1] = 1
    assert not ops.pool2d(edge).any()


@pytest.mark.parametrize("pool", [ops.pool2d, ops.pool2d_loops])
@pytest.mark.parametrize("padding", ["same", 1, ((1, 0), (0, 1))])
def test_padding_never_enters_a_pooled_value(pool, padding):
    for brightness in (-5.0, 5.0):
        images = np.full((1, 5, 5, 1), brightness, np.float32)
        for mode in MODES:
            assert (pool(images, 3, stride=2, padding=padding, mode=mode) == brightness).all()


def test_window_coverage_counts_corner_edge_and_interior():
    coverage = ops.window_coverage((5, 6), 3, padding=1)
    assert coverage.shape == (5, 6)
    assert (coverage[0, 0], coverage[0, 2], coverage[2, 2]) == (4, 6, 9)
    np.testing.assert_array_equal(ops.window_coverage(6, (1, 3))[0], shapes.window_coverage_1d(6, 3))


# ---------------------------------------------------------------- dtypes, inputs left alone, memory


@pytest.mark.parametrize(
    ("given_dtype", "expected"),
    [
        (np.uint8, np.float32),
        (np.int64, np.float32),
        (bool, np.float32),
        (np.float32, np.float32),
        (float, float),
    ],
)
def test_floats_keep_their_dtype_and_integers_become_float32(given_dtype, expected):
    images = np.ones((1, 4, 4, 2), given_dtype)
    kernels = np.ones((3, 3, 2, 1), given_dtype)
    bias = np.zeros(1)  # float64, must not widen the result
    for result in (
        ops.conv2d(images, kernels, bias),
        ops.conv2d_loops(images, kernels, bias),
        ops.correlate2d(images[0, :, :, 0], kernels[:, :, 0, 0]),
        ops.correlate2d_loops(images[0, :, :, 0], kernels[:, :, 0, 0]),
        *(pool(images, mode=mode) for pool in (ops.pool2d, ops.pool2d_loops) for mode in MODES),
        ops.global_average_pool(images),
    ):
        assert result.dtype == expected
    assert ops.pad(images, 1).dtype == given_dtype
    assert given_dtype is bool or ops.relu(images).dtype == given_dtype


def test_bytes_do_not_overflow():
    image = np.full((3, 3), 200, np.uint8)
    assert ops.correlate2d(image, np.ones((3, 3), np.uint8)) == 1800
    assert ops.pool2d(image[None, :, :, None], 3, mode="average") == 200


def test_the_wider_dtype_wins():
    images, kernels = np.ones((1, 4, 4, 1), np.float32), np.ones((3, 3, 1, 1))
    assert ops.conv2d(images, kernels).dtype == ops.conv2d_loops(images, kernels).dtype == np.float64


def test_arguments_are_left_as_they_were():
    images, kernels, bias = random(1, 5, 5, 2), random(3, 3, 2, 2), random(2)
    copies = images.copy(), kernels.copy(), bias.copy()
    results = [ops.conv2d(images, kernels, bias), ops.pad(images, 0), ops.relu(images)]
    results += [ops.pool2d(images, 1, mode=mode) for mode in MODES]
    for result in results:
        result[...] = 99  # nor do results share memory with them
    for array, copy in zip((images, kernels, bias), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_an_empty_batch_gives_an_empty_batch():
    images = np.zeros((0, 6, 6, 3), np.float32)
    assert ops.conv2d(images, np.zeros((3, 3, 3, 4))).shape == (0, 4, 4, 4)
    assert ops.pool2d(images, mode="average").shape == (0, 3, 3, 3)


def test_memory_grows_with_the_result_and_not_with_the_windows():
    images, kernels = random(64, 32, 32, 16), random(5, 5, 16, 4)
    tracemalloc.start()
    feature_maps = ops.conv2d(images, kernels)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    windows_of_one_image = 28 * 28 * kernels.nbytes // 4
    # The padded copy, the result, and the windows of one row; all windows at once would need 80 MB.
    assert peak < images.nbytes + feature_maps.nbytes + windows_of_one_image // 4


# ---------------------------------------------------------------- errors

IMAGE = np.zeros((8, 8, 3))
IMAGES = IMAGE[None]
KERNELS = np.zeros((3, 3, 3, 4))


@pytest.mark.parametrize("convolve", [ops.conv2d, ops.conv2d_loops])
@pytest.mark.parametrize(
    ("images", "kernels", "arguments", "message"),
    [
        (
            IMAGE,
            KERNELS,
            {},
            r"4 axes \(batch, height, width, channels\), got shape \(8, 8, 3\): .* image\[None\]",
        ),
        (IMAGE[:, :, 0], KERNELS, {}, r"got shape \(8, 8\): .* image\[None, :, :, None\]"),
        (IMAGES[None], KERNELS, {}, "got shape .* pass a batch of images, channels last"),
        (
            IMAGES,
            KERNELS[..., 0, 0],
            {},
            r"kernels must have 4 axes \(kernel_height, kernel_width, in_channels,",
        ),
        (IMAGES, KERNELS[..., 0], {}, r"got shape \(3, 3, 3\): .* kernel\[:, :, None, None\]"),
        (IMAGES, KERNELS[:, :, :1], {}, "have 3 channels, kernels .* expect 1; check that"),
        (IMAGES.transpose(0, 3, 1, 2), KERNELS, {}, "have 8 channels, .* channels are the last axis"),
        (IMAGES, KERNELS, {"bias": np.zeros(3)}, r"bias must have shape \(4,\), .* got shape \(3,\)"),
        (IMAGES, KERNELS, {"bias": 1.0}, r"bias must have shape \(4,\), .* got shape \(\)"),
        (IMAGES[:, :2], KERNELS, {}, "3 pixels .* does not fit into 2 pixels .* use a smaller kernel"),
        (IMAGES, KERNELS, {"dilation": 4}, "9 pixels .* does not fit into 8 pixels"),
        (IMAGES[:, :0], KERNELS, {}, "size must be a whole number of at least 1, got 0"),
        (IMAGES, KERNELS[:0], {}, "kernel_size must be a whole number of at least 1, got 0"),
        (IMAGES, KERNELS, {"stride": 0}, "stride must be a whole number of at least 1, got 0"),
        (IMAGES, KERNELS, {"stride": (1, 2, 1)}, "stride must be one value or a pair, got 3 values"),
        (IMAGES, KERNELS, {"dilation": 1.5}, "dilation must be a whole number of at least 1, got 1.5"),
        (IMAGES, KERNELS, {"padding": "full"}, "padding must be 'valid', 'same' .* got 'full'"),
        (IMAGES, KERNELS, {"padding": -1}, "padding must be .* at least 0 .* got -1"),
        (IMAGES, KERNELS, {"padding": ((1, 2, 3), 0)}, "padding must be one value or a pair, got 3 values"),
    ],
)
def test_convolution_errors_say_what_to_do(convolve, images, kernels, arguments, message):
    with pytest.raises(ValueError, match=message):
        convolve(images, kernels, **arguments)


@pytest.mark.parametrize("correlate", [ops.correlate2d, ops.correlate2d_loops])
@pytest.mark.parametrize(
    ("image", "kernel", "message"),
    [
        (IMAGE, np.ones((3, 3)), r"2 axes \(height, width\), got shape \(8, 8, 3\): .* image\[:, :, 0\]"),
        (IMAGE[..., 0], KERNELS, r"2 axes \(kernel_height, kernel_width\), got .*kernels\[:, :, 0, 0\]"),
        (IMAGE[..., 0], np.ones((9, 9)), "does not fit into 8 pixels"),
    ],
)
def test_correlation_errors_say_what_to_do(correlate, image, kernel, message):
    with pytest.raises(ValueError, match=message):
        correlate(image, kernel)


@pytest.mark.parametrize("pool", [ops.pool2d, ops.pool2d_loops])
@pytest.mark.parametrize(
    ("images", "arguments", "message"),
    [
        (IMAGE, {}, r"got shape \(8, 8, 3\): add the batch axis with image\[None\]"),
        (IMAGES, {"mode": "mean"}, "mode must be one of 'max', 'average', 'min', got 'mean'"),
        (IMAGES, {"size": 0}, "kernel_size must be a whole number of at least 1, got 0"),
        (IMAGES, {"size": 9}, "does not fit into 8 pixels"),
        (IMAGES, {"size": (2, 2, 2)}, "size must be one value or a pair, got 3 values"),
        (IMAGES, {"stride": -1}, "stride must be a whole number of at least 1, got -1"),
        (
            IMAGES,
            {"padding": 2},
            r"smaller than the pooling window, .* got padding \(2, 2\) for a window of 2",
        ),
        (IMAGES, {"padding": "full"}, "padding must be 'valid', 'same' .* got 'full'"),
    ],
)
def test_pooling_errors_say_what_to_do(pool, images, arguments, message):
    with pytest.raises(ValueError, match=message):
        pool(images, **arguments)


def test_other_errors_say_what_to_do():
    with pytest.raises(
        ValueError, match=r"'same' means depends on the kernel, ask dcv\.shapes\.same_padding"
    ):
        ops.pad(IMAGES, "same")
    with pytest.raises(ValueError, match=r"add the batch axis with image\[None\]"):
        ops.pad(IMAGE, 1)
    with pytest.raises(ValueError, match=r"at least 0 .* got -1"):
        ops.pad(IMAGES, -1)
    with pytest.raises(ValueError, match=r"add the batch axis with image\[None\]"):
        ops.global_average_pool(IMAGE)
    with pytest.raises(ValueError, match="does not fit"):
        ops.window_coverage(2, 3)
