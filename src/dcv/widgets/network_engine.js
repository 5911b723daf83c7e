// The forward pass of a network in the browser: the same as dcv.widgets.network_forward, node by node.
// Values lie in the order rows, columns, channels, as in Keras; a vector has one row and one column.

/** Where the windows of a node begin, and how far apart their cells lie. @typedef {{rows: number[], columns: number[], dilation: number[]}} Windows */

/** An activation function and its settings. @typedef {{name: string, slope?: number, highest?: number|null, threshold?: number, alpha?: number}} Activation */

/**
 * A node as `read_network` of Python describes it. Which of the optional parts it has depends on its kind. Added
 * here: `rows`, `columns`, `channels`, arrays in place of their numbers, and `windows`.
 * @typedef {object} NetworkNode
 * @property {string} name
 * @property {string} layer Its class in Keras.
 * @property {string} kind What is computed.
 * @property {number[]} inputs Numbers of nodes.
 * @property {number[]} shape Of its output.
 * @property {number} parameters
 * @property {number} rows
 * @property {number} columns
 * @property {number} channels
 * @property {Activation} [activation]
 * @property {Float32Array} [kernel]
 * @property {Float32Array} [bias]
 * @property {Float32Array} [factor]
 * @property {Float32Array} [offset]
 * @property {[number, number]} [kernel_size]
 * @property {[number, number]} [strides]
 * @property {[number, number]} [dilation]
 * @property {"valid"|"same"} [padding]
 * @property {number} [groups]
 * @property {string} [mode]
 * @property {number[]} [amounts] Of padding: top, bottom, left, right.
 * @property {Windows} [windows]
 */

/** Where a tensor lies among the weights. @typedef {{shape: number[], dtype: string, offset: number, scale?: number}} Place */

/** @returns {Float32Array} The numbers of one tensor. @param {Uint8Array} block @param {Place} place */
function unpackTensor(block, { shape, dtype, offset, scale }) {
  const count = shape.reduce((product, size) => product * size, 1);
  const view = new DataView(block.buffer, block.byteOffset + offset);
  const read = {
    float32: (i) => view.getFloat32(4 * i, true),
    float16: (i) => halfToFloat(view.getUint16(2 * i, true)),
    int8: (i) => view.getInt8(i),
    // Two numbers of 12 bits share three bytes.
    int12: (i) => {
      const first = 3 * (i >> 1);
      const pair = view.getUint8(first) | (view.getUint8(first + 1) << 8) | (view.getUint8(first + 2) << 16);
      return (i % 2 ? pair >> 12 : pair & 4095) - 2048;
    },
  }[dtype];
  const values = Float32Array.from({ length: count }, (_, i) => read(i));
  if (scale === undefined) return values;
  const scales = new DataView(block.buffer, block.byteOffset + scale);
  const channels = shape[shape.length - 1];
  return values.map((value, i) => value * scales.getFloat32(4 * (i % channels), true));
}

/** @returns {number} A number of 16 bits: a sign, five bits of exponent, ten bits of fraction. */
function halfToFloat(bits) {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/** Activation functions of one number; softmax is not one of them. @type {Object<string, (x: number, settings: any) => number>} */
const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x, { threshold, slope, highest }) => {
    const y = x >= threshold ? x : slope * (x - threshold);
    return highest === null || y < highest ? y : highest;
  },
  elu: (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x)),
  exponential: (x) => Math.exp(x),
  gelu: (x) => 0.5 * x * (1 + errorFunction(x / Math.SQRT2)),
  hard_sigmoid: (x) => clamp(x / 6 + 0.5, 0, 1),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  silu: (x) => x / (1 + Math.exp(-x)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  softsign: (x) => x / (1 + Math.abs(x)),
  tanh: (x) => Math.tanh(x),
};

/** @returns {number} erf(x), by its series near zero and a continued fraction far from it. */
function errorFunction(x) {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let term = size;
    let sum = size;
    for (let n = 1; Math.abs(term) > 1e-17 * sum && n < 100; n++) {
      term *= -(size * size) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction));
}

/** @returns {number[]} Probabilities: positive, and 1 in sum. @param {ArrayLike<number>} logits */
function softmax(logits) {
  const largest = rangeOf(logits)[1];
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Kinds of nodes that compute each position from the same position. */
const KEEPS_PLACES = ["affine", "activation", "merge", "concatenate"];

/** How to join the values of several inputs. */
const MERGING = {
  add: (a, b) => a + b,
  average: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  maximum: Math.max,
  minimum: Math.min,
};

/**
 * A network that computes.
 *
 *     const engine = new NetworkEngine(nodes, places, bytes);
 *     const outputs = engine.run(image);           // one Float32Array for each node, overwritten by the next run
 *     engine.run(image, [[1, 17]]);                // channel 17 of node 1 gives out zeros
 */
class NetworkEngine {
  /** @param {NetworkNode[]} nodes @param {Place[]} places @param {Uint8Array} block */
  constructor(nodes, places, block) {
    const tensors = places.map((place) => unpackTensor(block, place));
    this.nodes = nodes.map((node) => {
      const [rows, columns, channels] = node.shape.length === 3 ? node.shape : [1, 1, node.shape[0]];
      const arrays = {};
      for (const name of ["kernel", "bias", "factor", "offset"]) if (name in node) arrays[name] = tensors[node[name]];
      return /** @type {NetworkNode} */ ({ ...node, ...arrays, rows, columns, channels });
    });
    // All memory is taken here, once.
    this.outputs = this.nodes.map(({ rows, columns, channels }) => new Float32Array(rows * columns * channels));
    const longest = Math.max(...this.nodes.map((node) => node.kernel?.length ?? 0), 1);
    this.values = new Float64Array(longest);
    this.places = new Int32Array(longest);
  }

  /** @returns {Float32Array[]} What every node gives out. @param {Float32Array} image @param {number[][]} switchedOff */
  run(image, switchedOff = []) {
    this.nodes.forEach((node, number) => {
      const output = this.outputs[number];
      if (node.kind === "input") output.set(image);
      else
        this[node.kind](
          node,
          node.inputs.map((i) => this.outputs[i]),
          output,
        );
      if (node.activation) this.activate(node, output);
      for (const [off, channel] of switchedOff)
        if (off === number) for (let i = channel; i < output.length; i += node.channels) output[i] = 0;
    });
    return this.outputs;
  }

  /** @returns {NetworkNode} The first node that a node reads. @param {NetworkNode} node */
  inputOf(node) {
    return this.nodes[node.inputs[0]];
  }

  /** @returns {Windows} Where the windows of a node begin. @param {NetworkNode} node */
  windowsOf(node) {
    const input = this.inputOf(node);
    const dilation = node.dilation ?? [1, 1];
    const starts = (axis, size) =>
      windowStarts(size, node.kernel_size[axis], {
        stride: node.strides[axis],
        padding: node.padding,
        dilation: dilation[axis],
      });
    return { rows: starts(0, input.rows), columns: starts(1, input.columns), dilation };
  }

  conv(node, [input], output) {
    node.windows ??= this.windowsOf(node);
    const { rows, columns } = node.windows;
    const compute = node.groups === 1 ? this.#denseWindow : this.#groupedWindow;
    let next = 0;
    for (const top of rows)
      for (const left of columns) {
        compute.call(this, node, input, top, left, output, next);
        next += node.channels;
      }
  }

  /** One window of a convolution whose filters look at all channels. */
  #denseWindow(node, input, top, left, output, next) {
    const {
      kernel,
      bias,
      channels,
      kernel_size: [height, width],
    } = node;
    const { rows, columns, channels: depth } = this.inputOf(node);
    const [stepDown, stepRight] = node.windows.dilation;
    const { values, places } = this;
    // First collect what is not zero, since after ReLU much is; then add the rows of the kernel, four at a time.
    let count = 0;
    for (let i = 0; i < height; i++) {
      const row = top + i * stepDown;
      if (row < 0 || row >= rows) continue;
      for (let j = 0; j < width; j++) {
        const column = left + j * stepRight;
        if (column < 0 || column >= columns) continue;
        const pixel = (row * columns + column) * depth;
        const weight = (i * width + j) * depth;
        for (let channel = 0; channel < depth; channel++) {
          const value = input[pixel + channel];
          if (value === 0) continue;
          values[count] = value;
          places[count++] = (weight + channel) * channels;
        }
      }
    }
    addRows(values, places, count, kernel, bias, channels, output, next);
  }

  /** One window of a convolution whose filters look at some channels only; one channel if it is depthwise. */
  #groupedWindow(node, input, top, left, output, next) {
    const {
      kernel,
      bias,
      channels,
      groups,
      kernel_size: [height, width],
    } = node;
    const { rows, columns, channels: depth } = this.inputOf(node);
    const [stepDown, stepRight] = node.windows.dilation;
    const perGroup = depth / groups;
    const filters = channels / groups;
    for (let k = 0; k < channels; k++) {
      const first = Math.floor(k / filters) * perGroup;
      let sum = bias[k];
      for (let i = 0; i < height; i++) {
        const row = top + i * stepDown;
        if (row < 0 || row >= rows) continue;
        for (let j = 0; j < width; j++) {
          const column = left + j * stepRight;
          if (column < 0 || column >= columns) continue;
          const pixel = (row * columns + column) * depth + first;
          const weight = (i * width + j) * perGroup;
          for (let channel = 0; channel < perGroup; channel++)
            sum += input[pixel + channel] * kernel[(weight + channel) * channels + k];
        }
      }
      output[next + k] = sum;
    }
  }

  dense(node, [input], output) {
    const { values, places } = this;
    let count = 0;
    for (let i = 0; i < input.length; i++) {
      if (input[i] === 0) continue;
      values[count] = input[i];
      places[count++] = i * node.channels;
    }
    addRows(values, places, count, node.kernel, node.bias, node.channels, output, 0);
  }

  pool(node, [input], output) {
    const { rows, columns, channels } = this.inputOf(node);
    node.windows ??= this.windowsOf(node);
    const [height, width] = node.kernel_size;
    const isMax = node.mode === "max";
    let next = 0;
    for (const top of node.windows.rows)
      for (const left of node.windows.columns) {
        const [firstRow, endRow] = [Math.max(top, 0), Math.min(top + height, rows)];
        const [firstColumn, endColumn] = [Math.max(left, 0), Math.min(left + width, columns)];
        const count = (endRow - firstRow) * (endColumn - firstColumn);
        for (let channel = 0; channel < channels; channel++) {
          let result = isMax ? -Infinity : 0;
          for (let row = firstRow; row < endRow; row++)
            for (let column = firstColumn; column < endColumn; column++) {
              const value = input[(row * columns + column) * channels + channel];
              if (!isMax) result += value;
              else if (value > result) result = value;
            }
          output[next++] = isMax ? result : result / count;
        }
      }
  }

  global(node, [input], output) {
    const { channels } = node;
    const isMax = node.mode === "max";
    for (let channel = 0; channel < channels; channel++) {
      let result = isMax ? -Infinity : 0;
      for (let i = channel; i < input.length; i += channels)
        result = isMax ? Math.max(result, input[i]) : result + input[i];
      output[channel] = isMax ? result : (result * channels) / input.length;
    }
  }

  affine({ factor, offset, channels }, [input], output) {
    for (let i = 0; i < output.length; i += channels)
      for (let channel = 0; channel < channels; channel++)
        output[i + channel] = input[i + channel] * factor[channel] + offset[channel];
  }

  activation(node, [input], output) {
    output.set(input);
  }

  merge(node, inputs, output) {
    const combine = MERGING[node.mode];
    const { channels, columns } = node;
    const sources = node.inputs.map((i) => this.nodes[i]);
    for (let i = 0; i < output.length; i++) {
      const place = Math.floor(i / channels);
      const [row, column] = [Math.floor(place / columns), place % columns];
      const valueOf = (source) => inputs[source][placeIn(sources[source], row, column) + (i % channels)];
      let result = valueOf(0);
      for (let source = 1; source < inputs.length; source++) result = combine(result, valueOf(source));
      output[i] = node.mode === "average" ? result / inputs.length : result;
    }
  }

  concatenate(node, inputs, output) {
    let first = 0;
    inputs.forEach((input, source) => {
      const { channels } = this.nodes[node.inputs[source]];
      for (let i = 0; i < input.length; i++)
        output[Math.floor(i / channels) * node.channels + first + (i % channels)] = input[i];
      first += channels;
    });
  }

  reshape(node, [input], output) {
    output.set(input);
  }

  pad(node, [input], output) {
    const { rows, columns, channels } = this.inputOf(node);
    const [top, , left] = node.amounts;
    output.fill(0);
    for (let row = 0; row < rows; row++)
      output.set(
        input.subarray(row * columns * channels, (row + 1) * columns * channels),
        ((row + top) * node.columns + left) * channels,
      );
  }

  /** @param {NetworkNode} node @param {Float32Array} output */
  activate({ activation, channels }, output) {
    const { name } = activation;
    if (name === "linear") return;
    if (name === "softmax") {
      for (let i = 0; i < output.length; i += channels) output.set(softmax(output.subarray(i, i + channels)), i);
      return;
    }
    const compute = ACTIVATIONS[name];
    for (let i = 0; i < output.length; i++) output[i] = compute(output[i], activation);
  }

  // ------------------------------------------------------------------------- looking into one step

  /** @returns {Grid} One channel of a node as a map. */
  mapOf(number, channel) {
    const { rows, columns, channels } = this.nodes[number];
    return channelOf({ height: rows, width: columns, channels, values: this.outputs[number] }, channel);
  }

  /** @returns {number[]} The input channels that a channel of a convolution looks at. */
  sourcesOf(node, channel) {
    const perGroup = this.inputOf(node).channels / node.groups;
    const first = Math.floor(channel / (node.channels / node.groups)) * perGroup;
    return Array.from({ length: perGroup }, (_, i) => first + i);
  }

  /** @returns {Grid} The weights with which a channel of a convolution looks at one of its sources. */
  kernelOf(node, channel, source) {
    const [height, width] = node.kernel_size;
    const perGroup = this.inputOf(node).channels / node.groups;
    const values = Float64Array.from(
      { length: height * width },
      (_, i) => node.kernel[(i * perGroup + (source % perGroup)) * node.channels + channel],
    );
    return makeGrid(height, width, 1, values);
  }

  /** @returns {Grid} Input channel number `source` convolved with its part of the kernel of a channel. */
  convolvedOf(node, channel, source) {
    const input = this.mapOf(node.inputs[0], source);
    const kernel = this.kernelOf(node, channel, source);
    const { rows, columns, dilation } = this.windowsOf(node);
    const result = makeGrid(node.rows, node.columns);
    let next = 0;
    for (const top of rows)
      for (const left of columns) {
        let sum = 0;
        for (let i = 0; i < kernel.height; i++)
          for (let j = 0; j < kernel.width; j++)
            sum += kernel.values[i * kernel.width + j] * valueAt(input, top + i * dilation[0], left + j * dilation[1]);
        result.values[next++] = sum;
      }
    return result;
  }

  /** @returns {Float64Array} What each input of a dense unit adds to it: input times weight. */
  contributionsOf(node, unit) {
    const input = this.outputs[node.inputs[0]];
    return Float64Array.from(input, (value, i) => value * node.kernel[i * node.channels + unit]);
  }

  /** @returns {number} A value before the activation of its node. */
  beforeActivation(number, channel, row = 0, column = 0) {
    const node = this.nodes[number];
    if (node.kind === "dense")
      return this.contributionsOf(node, channel).reduce((sum, term) => sum + term, node.bias[channel]);
    if (node.kind === "activation") return this.outputs[node.inputs[0]][placeIn(node, row, column) + channel];
    if (node.kind !== "conv") return this.outputs[number][placeIn(node, row, column) + channel];
    const { rows, columns, dilation } = node.windows;
    return this.sourcesOf(node, channel).reduce((sum, source) => {
      const kernel = this.kernelOf(node, channel, source);
      const input = this.mapOf(node.inputs[0], source);
      return (
        sum +
        kernel.values.reduce((part, weight, i) => {
          const [down, right] = [Math.floor(i / kernel.width) * dilation[0], (i % kernel.width) * dilation[1]];
          return part + weight * valueAt(input, rows[row] + down, columns[column] + right);
        }, 0)
      );
    }, node.bias[channel]);
  }

  /**
   * The input pixels that one value depends on, cut at the edge of the image.
   * @returns {{row: number, column: number, height: number, width: number}}
   */
  receptiveField(number, row, column, channel = 0) {
    // For each node, the part of its output that is needed: [first row, last row, first column, last column].
    const needed = this.nodes.map(() => null);
    needed[number] = [row, row, column, column];
    for (let i = number; i > 0; i--) {
      const node = this.nodes[i];
      if (!needed[i]) continue;
      for (const source of node.inputs) {
        const part = this.#neededOf(node, this.nodes[source], needed[i], i === number ? channel : null);
        const before = needed[source];
        needed[source] = before
          ? [
              Math.min(before[0], part[0]),
              Math.max(before[1], part[1]),
              Math.min(before[2], part[2]),
              Math.max(before[3], part[3]),
            ]
          : part;
      }
    }
    const [top, bottom, left, right] = needed[0];
    return { row: top, column: left, height: bottom - top + 1, width: right - left + 1 };
  }

  #neededOf(node, source, [top, bottom, left, right], channel) {
    const limit = (parts) => parts.map((part, i) => clamp(part, 0, (i < 2 ? source.rows : source.columns) - 1));
    if (node.kind === "conv" || node.kind === "pool") {
      const { rows, columns, dilation } = (node.windows ??= this.windowsOf(node));
      const [height, width] = node.kernel_size;
      const reach = [(height - 1) * dilation[0], (width - 1) * dilation[1]];
      return limit([rows[top], rows[bottom] + reach[0], columns[left], columns[right] + reach[1]]);
    }
    if (node.kind === "pad")
      return limit([top - node.amounts[0], bottom - node.amounts[0], left - node.amounts[2], right - node.amounts[2]]);
    if (node.kind === "reshape" && channel !== null && node.rows * node.columns === 1) {
      const place = Math.floor(channel / source.channels);
      return [
        Math.floor(place / source.columns),
        Math.floor(place / source.columns),
        place % source.columns,
        place % source.columns,
      ];
    }
    return KEEPS_PLACES.includes(node.kind)
      ? limit([top, bottom, left, right])
      : [0, source.rows - 1, 0, source.columns - 1];
  }

  /**
   * Where the cells of a node's maps lie in the image: the centres of their receptive fields, as `cell_centres` of
   * dcv.explain returns them. Both axes: the pixel of the first cell, and the pixels from each cell to the next.
   * @returns {{first: number, step: number}[] | null} null if a layer on the way mixes all places.
   */
  cellPlaces(number) {
    // For each node and axis: the pixels from `low` to `high` are what the first cell sees, beyond the border too.
    const fields = [];
    for (const [i, node] of this.nodes.slice(0, number + 1).entries()) fields.push(this.#fieldsOf(node, i, fields));
    return fields[number] && fields[number].map(({ low, high, step }) => ({ first: (low + high) / 2, step }));
  }

  #fieldsOf(node, i, fields) {
    if (i === 0) return [0, 1].map(() => ({ low: 0, high: 0, step: 1 }));
    // A map of one cell, which weighs channels, has no place of its own.
    const [before, ...others] = node.inputs
      .filter((source) => node.rows * node.columns === 1 || this.nodes[source].rows * this.nodes[source].columns > 1)
      .map((source) => fields[source]);
    const isKnown = KEEPS_PLACES.includes(node.kind) || ["conv", "pool", "pad"].includes(node.kind);
    if (!isKnown || !before || others.includes(null)) return null;
    return [0, 1].map((axis) => {
      const { low, high, step } = before[axis];
      if (node.kind === "conv" || node.kind === "pool") {
        const { rows, columns, dilation } = (node.windows ??= this.windowsOf(node));
        const [start] = axis ? columns : rows;
        const end = start + (node.kernel_size[axis] - 1) * dilation[axis];
        return { low: low + step * start, high: high + step * end, step: step * node.strides[axis] };
      }
      if (node.kind === "pad") {
        const shift = step * node.amounts[2 * axis];
        return { low: low - shift, high: high - shift, step };
      }
      const all = [before, ...others].map((field) => field[axis]);
      return {
        low: Math.min(...all.map((field) => field.low)),
        high: Math.max(...all.map((field) => field.high)),
        step,
      };
    });
  }

  /**
   * What each position of the last maps adds to a logit. Between the last maps and the logits everything must be
   * linear or ReLU; then the parts add up to the logit exactly, but for what the biases add. With a head of global
   * average pooling and one dense layer, this is the class activation map.
   * @returns {{node: number, map: Grid, rest: number} | null} null if the head is of another kind.
   */
  evidence(logitsNode, label) {
    let number = logitsNode;
    /** @type {Numbers|null} */
    let gradient = new Float64Array(this.nodes[number].channels);
    gradient[label] = 1;
    while (this.nodes[number].rows * this.nodes[number].columns === 1) {
      const node = this.nodes[number];
      if (node.inputs.length !== 1) return null;
      gradient = this.#gradientBefore(node, number, gradient);
      if (!gradient) return null;
      [number] = node.inputs;
    }
    const { rows, columns, channels } = this.nodes[number];
    const map = makeGrid(rows, columns);
    this.outputs[number].forEach((value, i) => {
      map.values[Math.floor(i / channels)] += value * gradient[i];
    });
    const logit = this.outputs[logitsNode][label];
    return { node: number, map, rest: logit - map.values.reduce((sum, part) => sum + part, 0) };
  }

  /** @returns {Numbers|null} The gradient by the input of a node, from that by its output. */
  #gradientBefore(node, number, gradient) {
    const output = this.outputs[number];
    const input = this.inputOf(node);
    let before = gradient;
    if (node.activation && node.activation.name !== "linear") {
      if (node.activation.name !== "relu" || node.activation.threshold) return null;
      const { slope, highest } = node.activation;
      before = before.map((value, i) =>
        highest !== null && output[i] >= highest ? 0 : output[i] > 0 ? value : slope * value,
      );
    }
    const size = input.rows * input.columns * input.channels;
    if (node.kind === "dense")
      return Float64Array.from({ length: size }, (_, i) =>
        before.reduce((sum, value, k) => sum + value * node.kernel[i * node.channels + k], 0),
      );
    if (node.kind === "affine") return before.map((value, i) => value * node.factor[i % node.channels]);
    if (node.kind === "reshape" || node.kind === "activation") return before;
    if (node.kind !== "global" || node.mode !== "average") return null;
    return Float64Array.from({ length: size }, (_, i) => before[i % input.channels] / (input.rows * input.columns));
  }
}

/** @returns {number} Where the channels of a position begin; maps of one position are the same everywhere. */
function placeIn({ rows, columns, channels }, row, column) {
  return ((rows === 1 ? 0 : row) * columns + (columns === 1 ? 0 : column)) * channels;
}

/** Add rows of a matrix, each times a value, to a bias: output[next + k] = bias[k] + Σ values[i] · matrix[places[i] + k]. */
function addRows(values, places, count, matrix, bias, length, output, next) {
  for (let k = 0; k < length; k++) output[next + k] = bias[k];
  let i = 0;
  for (; i + 3 < count; i += 4) {
    const [a, b, c, d] = [values[i], values[i + 1], values[i + 2], values[i + 3]];
    const [p, q, r, s] = [places[i], places[i + 1], places[i + 2], places[i + 3]];
    for (let k = 0; k < length; k++)
      output[next + k] += a * matrix[p + k] + b * matrix[q + k] + c * matrix[r + k] + d * matrix[s + k];
  }
  for (; i < count; i++) {
    const a = values[i];
    const p = places[i];
    for (let k = 0; k < length; k++) output[next + k] += a * matrix[p + k];
  }
}
