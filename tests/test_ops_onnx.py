"""dcv.ops against the operator test vectors that the ONNX project publishes inside its package.

Two collections: the cases of ``onnx.backend.test.case.node``, which the ONNX authors wrote as code, and the
files ``onnx/backend/test/data/pytorch-*``, inputs and outputs recorded from PyTorch. Both put channels first
and write the padding of an image as [top, left, bottom, right].
"""

import importlib
from pathlib import Path

import numpy as np
import onnx
import onnx.backend.test.case.node as onnx_node_cases
import pytest
from onnx import numpy_helper

from dcv import ops, shapes

DATA = Path(onnx.__file__).parent / "backend/test/data"
OPERATORS = {"Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "Relu", "Pad"}

# Every published case of these operators that does not apply, and why.
NOT_APPLICABLE = {
    "three spatial axes; we work on images": [
        "test_maxpool_3d_default",
        "test_maxpool_3d_dilations",
        "test_maxpool_3d_dilations_use_ref_impl",
        "test_maxpool_3d_dilations_use_ref_impl_large",
        "test_averagepool_3d_default",
        "test_averagepool_3d_dilations_small",
        "test_averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_False",
        "test_averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_True",
        "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_False",
        "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True",
        "test_AvgPool3d",
        "test_AvgPool3d_stride",
        "test_AvgPool3d_stride1_pad0_gpu_input",
        "test_Conv3d",
        "test_Conv3d_dilated",
        "test_Conv3d_dilated_strided",
        "test_Conv3d_groups",
        "test_Conv3d_no_bias",
        "test_Conv3d_stride",
        "test_Conv3d_stride_padding",
        "test_MaxPool3d",
        "test_MaxPool3d_stride",
        "test_MaxPool3d_stride_padding",
    ],
    "pooling windows with holes (dilation); Keras has none": [
        "test_maxpool_2d_dilations",
        "test_averagepool_2d_dilations",
        "test_MaxPool1d_stride_padding_dilation",
        "test_MaxPool2d_stride_padding_dilation",
    ],
    "ceil_mode, which lets a last window reach over the edge; Keras has none": [
        "test_maxpool_2d_ceil",
        "test_maxpool_2d_ceil_output_size_reduce_by_one",
        "test_averagepool_2d_ceil",
        "test_averagepool_2d_ceil_last_window_starts_on_pad",
    ],
    "count_include_pad: padding enters the average, which ours never does": [
        "test_averagepool_2d_precomputed_pads_count_include_pad",
        "test_averagepool_2d_pads_count_include_pad",
    ],
    "padding that repeats or mirrors pixels; ours is one value": [
        "test_ReflectionPad2d",
        "test_ReplicationPad2d",
        "test_operator_pad",
    ],
}
# How many apply, so that none can vanish unnoticed.
EXPECTED_COUNTS = {"node": 30, "pytorch": 31}


def node_cases():
    """Return the cases that the ONNX authors wrote as code: name → (node, inputs, expected output)."""
    # Importing such a module registers its cases. The public collect_testcases imports all 200 operators.
    for operator in ("conv", "maxpool", "averagepool", "globalaveragepool", "relu"):
        importlib.import_module(f"onnx.backend.test.case.node.{operator}")
    cases = {}
    for case in onnx_node_cases._NodeTestCases:
        node, inputs_and_outputs = case.model.graph.node[0], case.data_sets[0]
        if node.op_type in OPERATORS - {"Pad"}:
            inputs, outputs = inputs_and_outputs
            cases[case.name] = node, inputs, outputs[0]  # a second output would be the argmax
    return cases


def pytorch_cases():
    """Return the cases recorded from PyTorch: name → (node, inputs, expected output)."""
    cases = {}
    for folder in sorted(DATA.glob("pytorch-*/*")):
        graph = onnx.load(folder / "model.onnx").graph
        node = next((node for node in graph.node if node.op_type in OPERATORS), None)
        if node is not None:
            weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
            image = read_array(folder / "test_data_set_0/input_0.pb")
            inputs = [image, *(weights[name] for name in node.input[1:])]
            cases[folder.name] = node, inputs, read_array(folder / "test_data_set_0/output_0.pb")
    return cases


def read_array(path):
    return numpy_helper.to_array(onnx.load_tensor(path))


PUBLISHED = {"node": node_cases(), "pytorch": pytorch_cases()}
SKIPPED = {name for names in NOT_APPLICABLE.values() for name in names}
APPLICABLE = {
    source: {name: case for name, case in cases.items() if name not in SKIPPED}
    for source, cases in PUBLISHED.items()
}


# ---------------------------------------------------------------- from ONNX's terms to ours


def channels_last(array):
    """(batch, channels, height[, width]) → (batch, height, width, channels); a sequence gets width 1."""
    if array.ndim == 3:
        array = array[..., None]
    return np.moveaxis(array, 1, -1)


def per_axis(values):
    """One value for each axis; the width of a sequence, 1, is left alone."""
    return tuple(values) if len(values) == 2 else (values[0], 1)


def pairs_of_padding(attributes, image, kernel_size, stride):
    """Return ((top, bottom), (left, right))."""
    how = attributes.get("auto_pad", b"NOTSET")
    if how == b"NOTSET":
        pads = attributes.get("pads", [0] * 2 * len(kernel_size))
        before, after = pads[: len(pads) // 2], pads[len(pads) // 2 :]
        pairs = list(zip(before, after, strict=True))
        return tuple(pairs) if len(pairs) == 2 else (pairs[0], (0, 0))
    # SAME_UPPER is TensorFlow's rule; SAME_LOWER puts the extra pixel first.
    same = [
        shapes.same_padding(*axis[:2], stride=axis[2])
        for axis in zip(image.shape[1:3], kernel_size, stride, strict=True)
    ]
    return {b"SAME_UPPER": "same", b"SAME_LOWER": tuple(amounts[::-1] for amounts in same)}[how]


def compute(node, inputs, convolve, pool):
    """Return what our functions give for an ONNX node, channels last."""
    attributes = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    if node.op_type == "Relu":
        return ops.relu(inputs[0])
    image = channels_last(inputs[0])
    if node.op_type == "GlobalAveragePool":
        return ops.global_average_pool(image)[:, None, None]
    if node.op_type == "Pad":
        _, _, top, left, _, _, bottom, right = attributes["pads"]
        return ops.pad(image, ((top, bottom), (left, right)), value=attributes["value"])

    kernel_size = per_axis(attributes["kernel_shape"])
    stride = per_axis(attributes.get("strides", (1, 1)))
    padding = pairs_of_padding(attributes, image, kernel_size, stride)
    if node.op_type != "Conv":
        mode = {"MaxPool": "max", "AveragePool": "average"}[node.op_type]
        return pool(image, kernel_size, stride=stride, padding=padding, mode=mode)

    weights, *bias = inputs[1:]
    # (out, in, height[, width]) → (height, width, in, out)
    kernels = np.moveaxis(channels_last(weights), 0, -1)
    bias = bias[0] if bias else np.zeros(len(weights), np.float32)
    dilation = per_axis(attributes.get("dilations", (1, 1)))
    groups = attributes.get("group", 1)  # a grouped convolution is one convolution for each group of channels
    responses = [
        convolve(*group, stride=stride, padding=padding, dilation=dilation)
        for group in zip(
            np.split(image, groups, axis=-1),
            np.split(kernels, groups, axis=-1),
            np.split(bias, groups),
            strict=True,
        )
    ]
    return np.concatenate(responses, axis=-1)


# ---------------------------------------------------------------- the tests


def test_every_published_case_runs_or_says_why_not(capsys):
    published = {name for cases in PUBLISHED.values() for name in cases}
    assert published >= SKIPPED, "NOT_APPLICABLE names cases that this ONNX does not have"
    counts = {source: len(cases) for source, cases in APPLICABLE.items()}
    assert counts == EXPECTED_COUNTS
    with capsys.disabled():
        print(f"\nONNX test vectors that apply: {counts}, sum {sum(counts.values())}; not applicable:")
        for reason, names in NOT_APPLICABLE.items():
            print(f"  {len(names):2}  {reason}")


@pytest.mark.parametrize(
    ("source", "name"), [(source, name) for source, cases in APPLICABLE.items() for name in cases]
)
def test_published_vector(source, name):
    node, inputs, expected = APPLICABLE[source][name]
    if node.op_type != "Relu":
        expected = channels_last(expected)
    implementations = [(ops.conv2d, ops.pool2d)]
    if expected.size <= 5_000:
        implementations.append((ops.conv2d_loops, ops.pool2d_loops))
    for convolve, pool in implementations:
        actual = compute(node, inputs, convolve, pool)
        assert actual.shape == expected.shape
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)
