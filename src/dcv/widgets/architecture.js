// A network of three convolutions and a head: the shape and the parameters of every layer, as Keras counts them.

const PADDINGS = ["valid", "same"];
const HEADS = ["flatten", "global average", "global max"];
const POOL_SIZE = 2;
const BLOCKS = [1, 2, 3];
const SETTINGS = [
  ...BLOCKS.flatMap((block) => [`filters_${block}`, `kernel_size_${block}`]),
  "padding_index",
  "pooled_blocks",
  "head_index",
  "hidden_units",
];

/**
 * A row of the table. `weights` says in words where the parameters come from.
 * @typedef {{name: string, what: string, kind: string, shape: number[], parameters: number, weights: string}} LayerRow
 */

/** @returns {{rows: LayerRow[], misfit: string}} The layers; they end where a kernel or a pooling does not fit. */
function buildLayers(model) {
  const padding = PADDINGS[model.get("padding_index")];
  let [height, width, channels] = model.get("input_shape");
  const rows = [
    { name: "input", what: "image", kind: "input", shape: [height, width, channels], parameters: 0, weights: "" },
  ];

  /** Let a window slide over the maps; false if it does not fit. */
  function slide(size, movement) {
    [height, width] = [outputSize(height, size, movement), outputSize(width, size, movement)];
    return height > 0 && width > 0;
  }

  for (const block of BLOCKS) {
    const [filters, size] = [model.get(`filters_${block}`), model.get(`kernel_size_${block}`)];
    const before = formatSize(height, width);
    if (!slide(size, { padding }))
      return {
        rows,
        misfit: `conv${block}: a ${formatSize(size, size)} kernel does not fit into maps of ${before}. Try a smaller kernel, less pooling, or padding “same”.`,
      };
    const weights = `${size} × ${size} × ${channels} × ${filters} + ${filters}`;
    rows.push({
      name: `conv${block}`,
      what: `convolution ${size} × ${size}, ${padding}, ReLU`,
      kind: "convolution",
      shape: [height, width, filters],
      parameters: (size * size * channels + 1) * filters,
      weights,
    });
    channels = filters;
    if (block > model.get("pooled_blocks")) continue;
    const maps = formatSize(height, width);
    if (!slide(POOL_SIZE, { stride: POOL_SIZE }))
      return {
        rows,
        misfit: `pool${block}: a 2 × 2 window does not fit into maps of ${maps}. Try smaller kernels, less pooling, or padding “same”.`,
      };
    rows.push({
      name: `pool${block}`,
      what: "max pooling 2 × 2",
      kind: "pooling",
      shape: [height, width, channels],
      parameters: 0,
      weights: "",
    });
  }

  const head = HEADS[model.get("head_index")];
  let features = head === "flatten" ? height * width * channels : channels;
  rows.push({
    name: head,
    what: head === "flatten" ? "all values in a row" : "one value a map",
    kind: "pooling",
    shape: [features],
    parameters: 0,
    weights: "",
  });
  const [hidden, classes] = [model.get("hidden_units"), model.get("classes")];
  for (const [name, units] of hidden
    ? [
        ["hidden", hidden],
        ["logits", classes],
      ]
    : [["logits", classes]]) {
    rows.push({
      name,
      what: name === "hidden" ? "dense, ReLU" : "dense",
      kind: "dense",
      shape: [units],
      parameters: (features + 1) * units,
      weights: `${formatCount(features)} × ${units} + ${units}`,
    });
    features = units;
  }
  return { rows, misfit: "" };
}

function render({ model, el }) {
  const table = element("table", "dcv-rows", el);
  element("caption", "dcv-caption", table).textContent = "The network, from the image to the logits";
  const header = element("tr", "", element("thead", "", table));
  for (const text of ["layer", "output", "parameters"]) element("th", "", header, { scope: "col" }).textContent = text;
  const body = element("tbody", "", table);
  let before = null; // the total at the start, to compare with

  function compute() {
    const { rows, misfit } = buildLayers(model);
    const total = rows.reduce((sum, row) => sum + row.parameters, 0);
    before ??= misfit ? null : total;
    const numbers = {
      layers: rows.slice(1).map(({ name, shape, parameters }) => [name, shape, parameters]),
      total: misfit ? null : total,
    };
    return { rows, misfit, total, numbers, readout: readout(rows, misfit, total) };
  }

  function readout(rows, misfit, total) {
    if (misfit) return `This network cannot be built. ${misfit}`;
    const largest = rows.reduce((most, row) => (row.parameters > most.parameters ? row : most));
    const share = formatNumber((100 * largest.parameters) / total, 0);
    const maps = rows.findLast((row) => row.shape.length === 3).shape.join(" × ");
    const change = total - before;
    const compared = change
      ? ` ${formatCount(Math.abs(change))} ${change > 0 ? "more" : "fewer"} than at the start.`
      : "";
    return (
      `${formatCount(total)} parameters in all.${compared} The last maps are ${maps}, with ${PADDINGS[model.get("padding_index")]} padding.\n` +
      `The largest part lies in ${largest.name}: ${largest.weights} = ${formatCount(largest.parameters)}, ${share} %.`
    );
  }

  function draw({ rows, misfit, total }) {
    const largest = Math.max(...rows.map((row) => row.parameters), 1);
    const tallest = Math.max(...rows[0].shape.slice(0, 2));
    body.replaceChildren(...rows.map((row) => tableRow(row, largest, tallest)));
    const last = element("tr", "dcv-total", body);
    element("th", "", last, { scope: "row" }).textContent = misfit ? "does not fit" : "in all";
    element("td", "", last);
    element("td", "dcv-count", last).textContent = misfit ? "–" : formatCount(total);
  }

  const explorer = runExplorer({ model, el, traits: SETTINGS, compute, draw });
  return explorer.stop;
}

/** @returns {HTMLElement} One layer: its name, the shape with a sketch, its parameters with a bar. */
function tableRow({ name, what, kind, shape, parameters, weights }, largest, tallest) {
  const row = element("tr", "");
  const head = element("th", "", row, { scope: "row" });
  head.textContent = name;
  element("span", "dcv-what", head).textContent = what;

  const output = element("td", "", row);
  const sketch = element("span", "dcv-sketch", output, { "aria-hidden": "true", "data-kind": kind });
  // Maps: as tall as they have rows, as wide as they have columns. A vector: a line.
  const [height, width] = shape.length === 3 ? shape : [0, tallest];
  sketch.style.height = `${Math.max((2 * height) / tallest, 0.15)}rem`;
  sketch.style.width = `${Math.max((2 * width) / tallest, 0.15)}rem`;
  element("span", "dcv-shape", output).textContent = shape.map(formatCount).join(" × ");

  const cell = element("td", "", row);
  const count = element("div", "dcv-count", cell);
  count.textContent = formatCount(parameters);
  if (weights) element("span", "dcv-what", cell).textContent = weights;
  if (parameters) {
    const bar = element("span", "dcv-amount-bar", cell, { "data-kind": kind, "aria-hidden": "true" });
    bar.style.width = `${(100 * parameters) / largest}%`;
  }
  return row;
}

export default { render };
