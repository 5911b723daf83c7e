// The zoom of the network explorer: how one value of one layer comes about. `describeValue` says it as data, a
// function for each kind of node; `Scene` draws such a description.

/**
 * What the reader looks at.
 * @typedef {{engine: NetworkEngine, number: number, node: NetworkNode, channel: number, row: number, column: number,
 *   source: number, classNames: string[], logitsNode: number, pixelScale: number}} Look
 */

/**
 * How to show it. `mosaic`: many small maps; `maps`: large ones, where a place can be chosen; `terms`: small grids
 * of numbers; `equation`: values with names, and operators between them; `table`: rows of text.
 * @typedef {{text: string, source: number, mosaic?: object, maps: object[], terms: object[],
 *   equation: (string[]|string)[], list?: object, table?: object, said: string}} Description
 */

const ACTIVATION_NAMES = { relu: "ReLU", elu: "ELU", gelu: "GELU", selu: "SELU", silu: "SiLU", linear: "" };
const MOST_ROWS = 6;
const ZOOM_ROOM = { width: 240, height: 235 }; // CSS pixels

/** @returns {string} The name of an activation in the text. @param {NetworkNode} node */
function activationName(node) {
  const name = node.activation?.name ?? "linear";
  return ACTIVATION_NAMES[name] ?? name;
}

/** @returns {string} What a channel of a node is called. @param {NetworkEngine} engine */
function channelName(engine, number, channel, classNames = []) {
  const node = engine.nodes[number];
  if (node.kind === "input" && node.channels === 3) return ["red", "green", "blue"][channel];
  if (node.kind === "input") return "gray";
  if (node.rows * node.columns > 1) return `map ${channel}`;
  const isScore = node.channels === classNames.length && number >= engine.nodes.length - 2;
  return isScore ? classNames[channel] : `unit ${channel}`;
}

/** @returns {{name: string, low: number, high: number, colours: Colours}} Colours for the maps of a node. */
function nodeColours(engine, number, values, pixelScale) {
  if (engine.nodes[number].kind !== "input") return responseColours(values);
  return { name: "gray", low: 0, high: 255 * pixelScale, colours: colourMap("gray", 0, 255 * pixelScale) };
}

/** @returns {Description} How the value comes about that the reader looks at. @param {Look} look */
function describeValue(look) {
  const description = DESCRIBE[look.node.kind](look);
  const isSoftmax = look.node.activation?.name === "softmax";
  if (look.number === look.logitsNode || isSoftmax) description.table = softmaxTable(look);
  return {
    source: -1,
    mosaic: null,
    list: null,
    maps: [],
    terms: [],
    equation: [],
    table: null,
    said: "",
    ...description,
  };
}

const DESCRIBE = {
  input: describeInput,
  conv: describeConvolution,
  pool: describePooling,
  global: describeGlobal,
  dense: describeDense,
  affine: describeAffine,
  activation: describeActivation,
  merge: describeMerge,
  concatenate: describeConcatenate,
  reshape: describeReshape,
  pad: describePad,
};

/**
 * A large map of a node, with a place marked.
 * @param {Look} look
 * @param {number} number
 * @param {number} channel
 * @param {{heading?: string, windows?: object[], sign?: string, toPlace?: (cell: {row: number, column: number}) => object,
 *   detail?: string}} [options]
 */
function bigMap(
  look,
  number,
  channel,
  {
    heading,
    windows = [{ row: look.row, column: look.column }],
    sign = "",
    toPlace = (cell) => cell,
    detail = "",
  } = {},
) {
  const { engine, pixelScale } = look;
  const grid = engine.mapOf(number, channel);
  const size = formatSize(grid.height, grid.width);
  return {
    heading: heading ?? `${engine.nodes[number].name}, ${channelName(engine, number, channel, look.classNames)}`,
    detail: detail || size,
    grid,
    scale: nodeColours(engine, number, grid.values, pixelScale),
    windows,
    sign,
    toPlace,
  };
}

/** @returns {number} The value that the reader looks at. */
function shownValue({ engine, number, node, channel, row, column }) {
  return engine.outputs[number][placeIn(node, row, column) + channel];
}

function describeInput(look) {
  const value = shownValue(look);
  const level = Math.round(value / look.pixelScale);
  const name = channelName(look.engine, look.number, look.channel);
  return {
    text: "The image as the network gets it: one map for each channel.",
    maps: [bigMap(look, look.number, look.channel)],
    equation: [
      [String(level), `${name}, 0 to 255`],
      "·",
      [formatNumber(look.pixelScale, 5), "scale"],
      "=",
      [formatNumber(value, 4), "value"],
    ],
  };
}

function describeConvolution(look) {
  const { engine, number, node, channel, row, column } = look;
  const [before] = node.inputs;
  const sources = engine.sourcesOf(node, channel);
  const maps = sources.map((source) => engine.convolvedOf(node, channel, source));
  const at = row * node.columns + column;
  const strongest = maps.reduce(
    (best, map, i) => (Math.abs(map.values[at]) > Math.abs(maps[best].values[at]) ? i : best),
    0,
  );
  const chosen = sources.includes(look.source) ? sources.indexOf(look.source) : strongest;
  const source = sources[chosen];
  const bias = node.bias[channel];
  const values = new Float64Array(node.rows * node.columns * sources.length);
  const sum = makeGrid(node.rows, node.columns, 1, new Float64Array(node.rows * node.columns).fill(bias));
  maps.forEach((map, i) =>
    map.values.forEach((value, place) => {
      values[place * sources.length + i] = value;
      sum.values[place] += value;
    }),
  );
  const kernel = engine.kernelOf(node, channel, source);
  const { rows, columns, dilation } = engine.windowsOf(node);
  const input = engine.mapOf(before, source);
  const windowValues = kernel.values.map((_, i) =>
    valueAt(
      input,
      rows[row] + Math.floor(i / kernel.width) * dilation[0],
      columns[column] + (i % kernel.width) * dilation[1],
    ),
  );
  const products = kernel.values.map((weight, i) => weight * windowValues[i]);
  const part = maps[chosen].values[at];
  const name = channelName(engine, before, source);
  const function_ = activationName(node);
  const others = sources.length - 1;
  const rest = sum.values[at] - bias - part;
  const grid = (cells) => makeGrid(kernel.height, kernel.width, 1, cells);
  const around = (cells) => {
    const largest = largestOf(cells);
    return { name: "diverging", low: -largest, high: largest, colours: colourMap("diverging", -largest, largest) };
  };
  const all = sources.length === 1 ? "its input map" : `all ${sources.length} input maps`;
  const value = shownValue(look);
  return {
    source,
    said:
      sources.length > 1
        ? ` ${formatNumber(part, 3)} of its sum comes from ${engine.nodes[before].name}, ${name}.`
        : "",
    text:
      `Map ${channel} of ${node.name} slides a ${formatSize(kernel.height, kernel.width)} kernel over ${all},` +
      ` adds up the results and a bias${function_ ? `, and applies ${function_}` : ""}.`,
    mosaic:
      sources.length > 1
        ? {
            heading: "Each input map × its kernel",
            size: { rows: node.rows, columns: node.columns, channels: sources.length },
            values,
            scale: responseColours(values),
            chosen,
            choose: (i) => sources[i],
            label: "Input maps of this sum",
          }
        : null,
    maps: [
      {
        heading: "Sum + bias",
        detail: formatSize(node.rows, node.columns),
        grid: sum,
        scale: responseColours(sum.values),
        windows: [{ row, column }],
        sign: "Σ",
        toPlace: (cell) => cell,
      },
      ...(function_ ? [bigMap(look, number, channel, { heading: `After ${function_}`, sign: "→" })] : []),
    ],
    terms: [
      {
        heading: `${engine.nodes[before].name}, ${name}`,
        grid: grid(windowValues),
        scale: nodeColours(engine, before, windowValues, look.pixelScale),
      },
      { heading: "Kernel", grid: kernel, scale: around(kernel.values), sign: "×" },
      {
        heading: "Products",
        grid: grid(products),
        scale: around(products),
        sign: "=",
        note: `sum = ${formatNumber(part, 3)}`,
      },
    ],
    equation: [
      [formatNumber(part, 3), name],
      ...(others ? ["+", [formatNumber(rest, 3), others === 1 ? "the other map" : `${others} other maps`]] : []),
      "+",
      [formatNumber(bias, 3), "bias"],
      "=",
      [formatNumber(sum.values[at], 3), "sum"],
      ...(function_ ? ["→", [formatNumber(value, 3), function_]] : []),
    ],
  };
}

/** @returns {(cell: {row: number, column: number}) => {row: number, column: number}} The window nearest to a cell. */
function nearestWindow(engine, node) {
  const { rows, columns } = engine.windowsOf(node);
  const nearest = (starts, cell, size) => {
    const distance = (start) => Math.abs(start + (size - 1) / 2 - cell);
    return starts.reduce((best, start, i) => (distance(start) < distance(starts[best]) ? i : best), 0);
  };
  return ({ row, column }) => ({
    row: nearest(rows, row, node.kernel_size[0]),
    column: nearest(columns, column, node.kernel_size[1]),
  });
}

function describePooling(look) {
  const { engine, number, node, channel, row, column } = look;
  const [before] = node.inputs;
  const [height, width] = node.kernel_size;
  const { rows, columns } = engine.windowsOf(node);
  const input = engine.mapOf(before, channel);
  const window = cropGrid(input, rows[row], columns[column], height, width);
  const value = shownValue(look);
  const isMax = node.mode === "max";
  const count = pixelsInWindow(input, rows[row], columns[column], Math.max(height, width)).length;
  const largest = window.values.indexOf(value);
  return {
    text: `${node.name} keeps ${isMax ? "the largest value" : "the mean"} of each ${formatSize(height, width)} window, in every map by itself. It has no weights.`,
    maps: [
      bigMap(look, before, channel, {
        windows: [{ row: rows[row], column: columns[column], height, width }],
        toPlace: nearestWindow(engine, node),
      }),
      bigMap(look, number, channel, { sign: "→" }),
    ],
    terms: [
      {
        heading: "Window",
        grid: window,
        scale: nodeColours(engine, before, window.values, look.pixelScale),
        windows: isMax && largest >= 0 ? [{ row: Math.floor(largest / width), column: largest % width }] : [],
      },
    ],
    equation: [[isMax ? "max" : "mean", `of ${count} values`], "=", [formatNumber(value, 3), "value"]],
  };
}

function describeGlobal(look) {
  const { engine, node, channel } = look;
  const [before] = node.inputs;
  const { rows, columns } = engine.nodes[before];
  const isMax = node.mode === "max";
  return {
    text: `${node.name} makes one number of each map: ${isMax ? "its largest value" : "its mean"}. Where something is found does not matter any more.`,
    maps: [
      bigMap(look, before, channel, {
        windows: [{ row: 0, column: 0, height: rows, width: columns }],
        toPlace: () => ({ row: 0, column: 0 }),
      }),
    ],
    equation: [
      [isMax ? "max" : "mean", `of ${rows * columns} values`],
      "=",
      [formatNumber(shownValue(look), 3), "value"],
    ],
  };
}

function describeDense(look) {
  const { engine, node, channel } = look;
  const [before] = node.inputs;
  const input = engine.nodes[before];
  const contributions = engine.contributionsOf(node, channel);
  const origin = input.kind === "reshape" ? input.inputs[0] : before;
  const { rows, columns, channels } = engine.nodes[origin];
  const fromMaps = rows * columns > 1;
  const total = (values) => values.reduce((sum, value) => sum + value, 0);
  const bySource = new Array(channels).fill(0);
  contributions.forEach((part, i) => {
    bySource[i % channels] += part;
  });
  const strongest = bySource.reduce((best, part, i) => (Math.abs(part) > Math.abs(bySource[best]) ? i : best), 0);
  const source = look.source >= 0 && look.source < channels ? look.source : strongest;
  const ranked = bySource.map((_, i) => i).sort((a, b) => Math.abs(bySource[b]) - Math.abs(bySource[a]));
  const [gain, loss] = [
    total(contributions.filter((part) => part > 0)),
    total(contributions.filter((part) => part < 0)),
  ];
  const bias = node.bias[channel];
  const function_ = activationName(node);
  const weights = contributions.map((_, i) => node.kernel[i * node.channels + channel]);
  const part = (values) =>
    makeGrid(
      rows,
      columns,
      1,
      values.filter((_, i) => i % channels === source),
    );
  const colours = (grid) => {
    const largest = largestOf(grid.values);
    return { name: "diverging", low: -largest, high: largest, colours: colourMap("diverging", -largest, largest) };
  };
  const [slice, products] = [part(weights), part(contributions)];
  const map = engine.mapOf(origin, source);
  const tiles = { rows, columns, channels };
  return {
    source,
    said: ` ${formatNumber(bySource[source], 3)} of its sum comes from ${engine.nodes[origin].name}, ${channelName(engine, origin, source)}.`,
    text:
      `This ${look.number === look.logitsNode ? "logit" : "unit"} multiplies each of the ${formatCount(contributions.length)} numbers of ${input.name} by a weight,` +
      ` adds the products and a bias${function_ ? `, and applies ${function_}` : ""}. Red squares raise it, blue ones lower it.`,
    mosaic: {
      heading: fromMaps ? "Value × weight, map by map" : "Value × weight",
      size: tiles,
      values: contributions,
      scale: responseColours([...contributions, -1e-9]),
      chosen: source,
      choose: (i) => i,
      label: "Inputs of this sum",
      largest: fromMaps ? 70 : 26,
    },
    terms: fromMaps
      ? [
          {
            heading: channelName(engine, origin, source),
            grid: map,
            scale: nodeColours(engine, origin, map.values, look.pixelScale),
          },
          { heading: "Weights", grid: slice, scale: colours(slice), sign: "×" },
          {
            heading: "Products",
            grid: products,
            scale: colours(products),
            sign: "=",
            note: `sum = ${formatNumber(bySource[source], 3)}`,
          },
        ]
      : [],
    list: {
      caption: "What counts most",
      head: ["from", fromMaps ? "sum of products" : "value × weight = product"],
      rows: ranked
        .slice(0, MOST_ROWS)
        .map((i) => [
          channelName(engine, origin, i),
          fromMaps
            ? formatNumber(bySource[i], 3)
            : `${formatNumber(engine.outputs[before][i])} × ${formatNumber(weights[i])} = ${formatNumber(bySource[i])}`,
        ]),
      shares: ranked.slice(0, MOST_ROWS).map((i) => bySource[i]),
      chosen: ranked.indexOf(source),
      choose: (i) => ranked[i],
    },
    equation: [
      [formatNumber(gain, 2), "raises it"],
      "+",
      [formatNumber(loss, 2), "lowers it"],
      "+",
      [formatNumber(bias, 3), "bias"],
      "=",
      [formatNumber(gain + loss + bias, 3), look.number === look.logitsNode ? "logit" : "sum"],
      ...(function_ ? ["→", [formatNumber(shownValue(look), 3), function_]] : []),
    ],
  };
}

/** @returns {object} Softmax step by step. @param {Look} look */
function softmaxTable({ engine, logitsNode, classNames, channel }) {
  const logits = engine.outputs[logitsNode];
  const [, largest] = rangeOf(logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return {
    caption: "Softmax, step by step",
    head: ["class", "logit z", "z − largest", "e to that", "÷ sum"],
    rows: powers.map((power, i) => [
      classNames[i],
      formatNumber(logits[i], 3),
      formatNumber(logits[i] - largest, 3),
      formatNumber(power, 3),
      formatPercent(power / sum),
    ]),
    foot: ["sum", "", "", formatNumber(sum, 3), formatPercent(1)],
    chosen: channel,
  };
}

function describeAffine(look) {
  const { engine, number, node, channel, row, column } = look;
  const [before] = node.inputs;
  const input = engine.outputs[before][placeIn(engine.nodes[before], row, column) + channel];
  const what =
    node.layer === "BatchNormalization"
      ? "With the statistics of training, batch normalization is a factor and an offset for each map."
      : "One factor and one offset for each map.";
  return {
    text: `${node.name}: ${what}`,
    maps: [bigMap(look, before, channel), bigMap(look, number, channel, { sign: "→" })],
    equation: [
      [formatNumber(input, 3), engine.nodes[before].name],
      "·",
      [formatNumber(node.factor[channel], 3), "factor"],
      "+",
      [formatNumber(node.offset[channel], 3), "offset"],
      "=",
      [formatNumber(shownValue(look), 3), "value"],
    ],
  };
}

function describeActivation(look) {
  const { engine, number, node, channel, row, column } = look;
  const [before] = node.inputs;
  const input = engine.outputs[before][placeIn(engine.nodes[before], row, column) + channel];
  const name = activationName(node) || "linear";
  const hasMaps = node.rows * node.columns > 1;
  return {
    text:
      name === "softmax"
        ? "Softmax makes probabilities of the logits."
        : `${node.name} applies ${name} to every value by itself.`,
    maps: hasMaps ? [bigMap(look, before, channel), bigMap(look, number, channel, { sign: "→" })] : [],
    equation: [[formatNumber(input, 3), engine.nodes[before].name], "→", [formatNumber(shownValue(look), 3), name]],
  };
}

const MERGING_SIGNS = { add: "+", average: "and", subtract: "−", multiply: "×", maximum: "or", minimum: "or" };

function describeMerge(look) {
  const { engine, number, node, channel, row, column } = look;
  const sign = MERGING_SIGNS[node.mode];
  const values = node.inputs.map((i) => engine.outputs[i][placeIn(engine.nodes[i], row, column) + channel]);
  const what = {
    add: "adds",
    average: "averages",
    subtract: "subtracts",
    multiply: "multiplies",
    maximum: "takes the larger of",
    minimum: "takes the smaller of",
  };
  return {
    text: `${node.name} ${what[node.mode]} what comes along ${node.inputs.length} ways, value by value. It has no weights.`,
    maps: [
      ...node.inputs.slice(0, 3).map((i, place) =>
        bigMap(look, i, channel, {
          sign: place ? sign : "",
          windows: [
            { row: Math.min(row, engine.nodes[i].rows - 1), column: Math.min(column, engine.nodes[i].columns - 1) },
          ],
        }),
      ),
      bigMap(look, number, channel, { sign: "=" }),
    ],
    equation: [
      ...values.flatMap((value, i) => [
        ...(i ? [sign] : []),
        [formatNumber(value, 3), engine.nodes[node.inputs[i]].name],
      ]),
      "=",
      [formatNumber(shownValue(look), 3), "value"],
    ],
  };
}

function describeConcatenate(look) {
  const { engine, number, node, channel } = look;
  let [first, which] = [0, 0];
  while (channel >= first + engine.nodes[node.inputs[which]].channels)
    first += engine.nodes[node.inputs[which++]].channels;
  const from = node.inputs[which];
  return {
    text: `${node.name} puts the maps of ${node.inputs.map((i) => engine.nodes[i].name).join(" and ")} one behind the other: map ${channel} is map ${channel - first} of ${engine.nodes[from].name}.`,
    maps: [bigMap(look, from, channel - first), bigMap(look, number, channel, { sign: "=" })],
    equation: [[formatNumber(shownValue(look), 3), "the same value"]],
  };
}

function describeReshape(look) {
  const { engine, node, channel } = look;
  const [before] = node.inputs;
  const input = engine.nodes[before];
  const value = shownValue(look);
  const isVector = node.rows * node.columns === 1;
  if (!isVector || input.rows * input.columns === 1)
    return {
      text: `${node.name} writes the same numbers in another shape.`,
      equation: [[formatNumber(value, 3), "the same value"]],
    };
  const place = Math.floor(channel / input.channels);
  const [row, column] = [Math.floor(place / input.columns), place % input.columns];
  const map = channel % input.channels;
  return {
    text: `${node.name} writes all ${formatCount(node.channels)} values of ${input.name} in one row. Number ${channel} is map ${map} at row ${row}, column ${column}.`,
    maps: [
      bigMap(look, before, map, {
        windows: [{ row, column }],
        toPlace: (cell) => ({ channel: (cell.row * input.columns + cell.column) * input.channels + map }),
      }),
    ],
    equation: [[formatNumber(value, 3), `number ${channel}`]],
  };
}

function describePad(look) {
  const { engine, number, node, channel } = look;
  const [before] = node.inputs;
  const [top, , left] = node.amounts;
  const { rows, columns } = engine.nodes[before];
  return {
    text: `${node.name} puts zeros around every map.`,
    maps: [
      bigMap(look, before, channel, {
        windows: [{ row: clamp(look.row - top, 0, rows - 1), column: clamp(look.column - left, 0, columns - 1) }],
        toPlace: (cell) => ({ row: cell.row + top, column: cell.column + left }),
      }),
      bigMap(look, number, channel, { sign: "→" }),
    ],
    equation: [[formatNumber(shownValue(look), 3), "value"]],
  };
}

/**
 * A picture with a sign before it; below it, maybe, a bar of colours or a sentence.
 * @typedef {{group: any, sign: any, picture: PixelGrid, bar?: ColourBar, note?: any}} Part
 */

/** Draws descriptions. All parts are made once; what a description lacks is hidden. */
class Scene {
  /**
   * @param {Element} parent
   * @param {object} actions
   * @param {(place: object) => void} actions.choosePlace
   * @param {(place: object|null) => void} actions.previewPlace What the pointer is over; null when it is gone.
   * @param {(rows: number, columns: number) => void} actions.move
   * @param {(source: number) => void} actions.chooseSource
   */
  constructor(parent, { choosePlace, previewPlace, move, chooseSource }) {
    this.description = null;
    this.text = element("p", "dcv-note", parent);
    const upper = element("div", "dcv-row dcv-scene", parent);
    this.mosaicFigure = element("div", "dcv-figure dcv-scene-mosaic", upper);
    this.mosaicCaption = element("p", "dcv-caption", this.mosaicFigure);
    this.mosaic = new Mosaic(this.mosaicFigure, { label: "Inputs", ...ZOOM_ROOM });
    this.mosaic.onChoose({
      label: "Inputs of the sum: arrow keys choose one",
      chosen: () => this.description.mosaic.chosen,
      choose: (i) => chooseSource(this.description.mosaic.choose(i)),
    });
    this.list = new ChoiceTable(upper, {
      label: "What counts most",
      choose: (i) => chooseSource(this.description.list.choose(i)),
    });
    this.maps = [0, 1, 2, 3].map((slot) => {
      const part = this.#part(upper, "dcv-scene-map");
      part.bar = new ColourBar(part.picture.figure);
      part.picture.onMove({
        label: "",
        choose: (cell) => choosePlace(this.description.maps[slot].toPlace(cell)),
        preview: (cell) => previewPlace(this.description.maps[slot].toPlace(cell)),
        leave: () => previewPlace(null),
        move,
      });
      return part;
    });
    const lower = element("div", "dcv-row dcv-terms", parent);
    this.terms = [0, 1, 2].map(() => {
      const part = this.#part(lower, "dcv-term");
      part.note = element("p", "dcv-sum", part.picture.figure);
      return part;
    });
    this.equation = element("div", "dcv-scene-equation", parent);
    this.table = new ChoiceTable(parent, { label: "Softmax" });
  }

  /** @returns {Part} */
  #part(parent, className) {
    const group = element("div", "dcv-group", parent);
    const sign = element("span", "dcv-sign", group, { "aria-hidden": "true" });
    return { group, sign, picture: new PixelGrid(group, { heading: "A map of this layer", className }) };
  }

  /** @param {Description} description */
  draw(description) {
    this.description = description;
    const { text, mosaic, maps, terms, equation, list, table } = description;
    this.text.textContent = text;
    this.mosaicFigure.hidden = !mosaic;
    if (mosaic) {
      this.mosaic.room = { ...ZOOM_ROOM, largest: mosaic.largest ?? 70 };
      this.mosaicCaption.replaceChildren(element("b", ""), ` ${mosaic.size.channels}`);
      this.mosaicCaption.firstChild.textContent = mosaic.heading;
      const { low, high } = mosaic.scale;
      this.mosaic.draw(
        mosaic.size,
        mosaic.values,
        mosaic.scale,
        `${mosaic.heading}, from ${formatNumber(low)} to ${formatNumber(high)}`,
      );
      this.mosaic.mark([{ channel: mosaic.chosen, kind: "window" }]);
    }
    this.maps.forEach((part, i) => this.#drawPart(part, maps[i]));
    this.terms.forEach((part, i) => this.#drawPart(part, terms[i]));
    this.equation.hidden = equation.length === 0;
    this.equation.replaceChildren(
      ...equation.map((part, i) => {
        const isValue = Array.isArray(part);
        const node = element("span", isValue ? (i === equation.length - 1 ? "dcv-total" : "") : "dcv-operator");
        node.textContent = isValue ? part[0] : part;
        if (isValue) element("small", "", node).textContent = part[1];
        return node;
      }),
    );
    this.list.draw(list);
    this.table.draw(table);
  }

  /** @param {Part} part @param {any} content What to draw there, if anything. */
  #drawPart({ group, sign, picture, bar, note }, content) {
    group.hidden = !content;
    if (!content) return;
    sign.textContent = content.sign ?? "";
    sign.hidden = !content.sign;
    const { grid, scale } = content;
    picture.setHeading(content.heading, content.detail ?? "");
    const label = `${content.heading}, ${formatSize(grid.height, grid.width)}, from ${formatNumber(scale.low)} to ${formatNumber(scale.high)}`;
    picture.draw(grid, { colours: scale.colours, label });
    picture.showWindows(content.windows ?? []);
    if (bar) {
      bar.draw(scale);
      picture.stage.setAttribute("aria-label", `Place in ${content.heading}: arrow keys move it`);
    }
    if (note) note.textContent = content.note ?? "";
  }
}

/** A table of few rows, with bars if it has shares; a click chooses a row. */
class ChoiceTable {
  /** @param {Element} parent @param {{label: string, choose?: (i: number) => void}} options */
  constructor(parent, { label, choose }) {
    this.box = element("div", "dcv-scroll dcv-choice", parent);
    this.table = element("table", "dcv-rows", this.box);
    this.caption = element("caption", "", this.table);
    this.caption.textContent = label;
    this.head = element("thead", "", this.table);
    this.body = element("tbody", "", this.table);
    this.choose = choose;
  }

  draw(content) {
    this.box.hidden = !content;
    if (!content) return;
    this.caption.textContent = content.caption;
    const makeRow = (cells, tag) => {
      const row = element("tr", "");
      cells.forEach((cell, i) => {
        const isName = tag === "th" || i === 0;
        const node = element(isName ? "th" : "td", "", row, isName ? { scope: tag === "th" ? "col" : "row" } : {});
        node.textContent = cell;
      });
      return row;
    };
    const rows = content.rows.map((cells, i) => {
      const row = makeRow(cells, "td");
      row.classList.toggle("dcv-chosen", i === content.chosen);
      if (content.shares) {
        const largest = largestOf(content.shares);
        const bar = element("span", `dcv-share ${content.shares[i] < 0 ? "dcv-negative" : ""}`, row.lastChild);
        bar.style.width = `${(100 * Math.abs(content.shares[i])) / largest}%`;
      }
      if (this.choose) row.addEventListener("pointerdown", () => this.choose(i));
      return row;
    });
    if (content.foot) {
      rows.push(makeRow(content.foot, "td"));
      rows.at(-1).classList.add("dcv-total");
    }
    this.head.replaceChildren(makeRow(content.head, "th"));
    this.body.replaceChildren(...rows);
  }
}
