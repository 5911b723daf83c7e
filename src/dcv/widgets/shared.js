// What the front ends of all explorers share. An explorer's own file follows this text in the same module, so
// nothing is imported or exported here. Sizes are (height, width), positions (row, column), channels last.

// ---------------------------------------------------------------------------------------------- arrays

/** Numbers one after the other; other typed arrays have the same methods. @typedef {Float64Array} Numbers */

/**
 * An image or feature map: values in the order rows, columns, channels.
 * @typedef {{height: number, width: number, channels: number, values: Numbers}} Grid
 */

/** Pixels before and after the image along one axis. @typedef {[number, number]} Amounts */

/**
 * How a window moves along one axis; what is left out is stride 1, padding "valid", dilation 1.
 * @typedef {{stride?: number, padding?: "valid"|"same"|number|Amounts, dilation?: number}} Movement
 */

/**
 * @param {any} values
 * @returns {Grid} A grid of zeros, or of the values given.
 */
function makeGrid(height, width, channels = 1, values = new Float64Array(height * width * channels)) {
  return { height, width, channels, values };
}

/** @returns {Grid} A grid from nested rows of numbers. */
function gridFromRows(rows) {
  return makeGrid(rows.length, rows[0].length, 1, Float64Array.from(rows.flat()));
}

/** @returns {number} The value at a place, 0 in the padding. */
function valueAt(grid, row, column, channel = 0) {
  const isInside = row >= 0 && row < grid.height && column >= 0 && column < grid.width;
  return isInside ? grid.values[(row * grid.width + column) * grid.channels + channel] : 0;
}

/** @returns {Grid} The part that begins at a place, filled up with zeros where it leaves the grid. */
function cropGrid(grid, top, left, height, width, dilation = 1) {
  const part = makeGrid(height, width, grid.channels);
  let next = 0;
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++)
      for (let channel = 0; channel < grid.channels; channel++)
        part.values[next++] = valueAt(grid, top + i * dilation, left + j * dilation, channel);
  return part;
}

/** @returns {Grid} One channel of a grid. */
function channelOf(grid, channel) {
  const values = Float64Array.from(
    { length: grid.height * grid.width },
    (_, i) => grid.values[grid.channels * i + channel],
  );
  return makeGrid(grid.height, grid.width, 1, values);
}

/** @returns {Grid} The grid with zeros around it; give the amounts of both axes, or one number. */
function padGrid(grid, rows, columns = rows) {
  const [top, bottom] = asPair(rows);
  const [left, right] = asPair(columns);
  return cropGrid(grid, -top, -left, top + grid.height + bottom, left + grid.width + right);
}

/** @returns {[number, number]} The smallest and the largest value; [0, 0] of nothing. */
function rangeOf(values) {
  if (values.length === 0) return [0, 0];
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** @returns {number} The largest value without its sign; 1 if all are zero, so that it can be a scale. */
function largestOf(values) {
  const [low, high] = rangeOf(values);
  return Math.max(Math.abs(low), Math.abs(high)) || 1;
}

/**
 * Read a trait made by `array_trait` in Python. Its shape may have 2, 3 or 4 axes; a batch of images comes as
 * an array of grids.
 * @returns {any} A `Grid`, or an array of them.
 */
function readGrid(model, trait) {
  const { shape, dtype, data } = model.get(trait);
  const bytes = data instanceof DataView ? data : new DataView(data.buffer ?? data);
  // A copy, because floats must begin at a multiple of four bytes.
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const values = dtype === "uint8" ? new Uint8Array(buffer) : new Float32Array(buffer);
  if (shape.length < 4) return makeGrid(shape[0], shape[1] ?? 1, shape[2] ?? 1, values);
  const [count, height, width, channels] = shape;
  const size = height * width * channels;
  return Array.from({ length: count }, (_, i) =>
    makeGrid(height, width, channels, values.subarray(i * size, (i + 1) * size)),
  );
}

// ------------------------------------------------------- sizes: the same as dcv.shapes, along one axis

/** @returns {[any, any]} One value for both, or the pair itself. */
function asPair(value) {
  return Array.isArray(value) ? [value[0], value[1]] : [value, value];
}

/** @returns {number} Pixels over which a kernel reaches, gaps included. */
function kernelSpan(kernelSize, dilation = 1) {
  return (kernelSize - 1) * dilation + 1;
}

/** @returns {Amounts} Padding for "same", as TensorFlow splits it: the odd pixel comes after the image. */
function samePadding(size, kernelSize, stride = 1, dilation = 1) {
  const positions = Math.ceil(size / stride);
  const lastWindowEnd = (positions - 1) * stride + kernelSpan(kernelSize, dilation);
  const total = Math.max(lastWindowEnd - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/**
 * @param {number} size
 * @param {number} kernelSize
 * @param {Movement} [movement]
 * @returns {Amounts} The amounts that any kind of padding adds.
 */
function paddingAmounts(size, kernelSize, { stride = 1, padding = "valid", dilation = 1 } = {}) {
  if (padding === "same") return samePadding(size, kernelSize, stride, dilation);
  return padding === "valid" ? [0, 0] : asPair(padding);
}

/** @returns {number} Positions of the window; 0 if it does not fit. @param {Movement} movement */
function outputSize(size, kernelSize, movement = {}) {
  const [before, after] = paddingAmounts(size, kernelSize, movement);
  const { stride = 1, dilation = 1 } = movement;
  const room = before + size + after - kernelSpan(kernelSize, dilation);
  return room < 0 ? 0 : Math.floor(room / stride) + 1;
}

/** @returns {number[]} Where each window begins; negative in the padding. @param {Movement} movement */
function windowStarts(size, kernelSize, movement = {}) {
  const [before] = paddingAmounts(size, kernelSize, movement);
  const { stride = 1 } = movement;
  const count = outputSize(size, kernelSize, movement);
  return Array.from({ length: count }, (_, position) => position * stride - before);
}

/** @returns {number[]} How many windows use each pixel. @param {Movement} movement */
function windowCoverage(size, kernelSize, movement = {}) {
  const { dilation = 1 } = movement;
  const coverage = new Array(size).fill(0);
  for (const start of windowStarts(size, kernelSize, movement))
    for (let element = 0; element < kernelSize; element++) {
      const pixel = start + element * dilation;
      if (pixel >= 0 && pixel < size) coverage[pixel]++;
    }
  return coverage;
}

/** A layer: kernel size, stride, dilation. @typedef {[number, number]|[number, number, number]} Layer */

/** @returns {number} Input pixels between two neighbours of the last map. @param {Layer[]} layers */
function inputStride(layers) {
  return layers.reduce((jump, [, stride]) => jump * stride, 1);
}

/** @returns {number} Input pixels that one value of the last map depends on. @param {Layer[]} layers */
function receptiveField(layers) {
  let field = 1;
  let jump = 1;
  for (const [kernelSize, stride, dilation = 1] of layers) {
    field += (kernelSpan(kernelSize, dilation) - 1) * jump;
    jump *= stride;
  }
  return field;
}

/** @returns {[number, number]} First and last input pixel that an output sees. @param {Layer[]} layers */
function receptiveInterval(layers, index) {
  const first = index * inputStride(layers);
  return [first, first + receptiveField(layers) - 1];
}

// ------------------------------------------------------------------ operations: the same as dcv.ops

/**
 * Cross-correlate an image with filters, as `dcv.ops.conv2d` does.
 * @param {Grid} image (height, width, channels)
 * @param {Grid[]} filters Each as deep as the image.
 * @param {Movement} movement The same for rows and columns.
 * @returns {Grid} One channel for each filter; empty if the kernel does not fit.
 */
function conv2d(image, filters, movement = {}, bias = null) {
  const { height, width } = filters[0];
  const { dilation = 1 } = movement;
  const tops = windowStarts(image.height, height, movement);
  const lefts = windowStarts(image.width, width, movement);
  const output = makeGrid(tops.length, lefts.length, filters.length);
  let next = 0;
  for (const top of tops)
    for (const left of lefts)
      filters.forEach((kernel, k) => {
        output.values[next++] = sumOfProducts(image, kernel, top, left, dilation) + (bias ? bias[k] : 0);
      });
  return output;
}

/** @returns {Grid} The response map of one kernel. @param {Movement} movement */
function correlate2d(image, kernel, movement = {}) {
  return conv2d(image, [kernel], movement);
}

/** @returns {number} Kernel times window, summed over rows, columns and channels. */
function sumOfProducts(image, kernel, top, left, dilation = 1) {
  const { channels } = image;
  let sum = 0;
  for (let i = 0; i < kernel.height; i++) {
    const row = top + i * dilation;
    if (row < 0 || row >= image.height) continue; // in the padding, every product is 0
    for (let j = 0; j < kernel.width; j++) {
      const column = left + j * dilation;
      if (column < 0 || column >= image.width) continue;
      const pixel = (row * image.width + column) * channels;
      const weight = (i * kernel.width + j) * channels;
      for (let channel = 0; channel < channels; channel++)
        sum += image.values[pixel + channel] * kernel.values[weight + channel];
    }
  }
  return sum;
}

/** How to join the pixels of a window. */
const POOLING = {
  max: (pixels) => Math.max(...pixels),
  min: (pixels) => Math.min(...pixels),
  average: (pixels) => pixels.reduce((sum, pixel) => sum + pixel, 0) / pixels.length,
};

/**
 * Summarise every window by one number for each channel, as `dcv.ops.pool2d` does: padding never counts.
 * @param {Grid} image
 * @param {{size?: number, stride?: number, padding?: Movement["padding"], mode?: "max"|"average"|"min"}} options
 * @returns {Grid}
 */
function pool2d(image, { size = 2, stride = size, padding = "valid", mode = "max" } = {}) {
  const tops = windowStarts(image.height, size, { stride, padding });
  const lefts = windowStarts(image.width, size, { stride, padding });
  const output = makeGrid(tops.length, lefts.length, image.channels);
  let next = 0;
  for (const top of tops)
    for (const left of lefts)
      for (let channel = 0; channel < image.channels; channel++)
        output.values[next++] = POOLING[mode](pixelsInWindow(image, top, left, size, channel));
  return output;
}

/** @returns {number[]} The pixels of one channel in a window, without its padding. */
function pixelsInWindow(image, top, left, size, channel = 0) {
  const pixels = [];
  for (let row = Math.max(top, 0); row < Math.min(top + size, image.height); row++)
    for (let column = Math.max(left, 0); column < Math.min(left + size, image.width); column++)
      pixels.push(valueAt(image, row, column, channel));
  return pixels;
}

// ------------------------------------------------------------------------------------------- colours

/** Stops of the colour maps of dcv.plots, from low to high. */
const COLOUR_MAPS = {
  gray: ["#000000", "#ffffff"],
  cividis:
    "#00224e #003170 #2a3f6d #434e6c #575d6d #6a6c71 #7d7c78 #918b78 #a59c74 #bcae6c #d2c060 #e9d34e #fee838".split(
      " ",
    ),
  diverging: "#053061 #2065ab #4393c3 #90c4dd #d1e5f0 #f7f6f6 #fddbc7 #f3a481 #d6604d #b1182b #67001f".split(" "),
};

/** A function from a value to [red, green, blue], 0 to 255. @typedef {(value: number) => number[]} Colours */

/** @returns {Colours} The colours of a map between two values. @param {string} name */
function colourMap(name, low, high) {
  const stops = COLOUR_MAPS[name].map((stop) => [1, 3, 5].map((i) => parseInt(stop.slice(i, i + 2), 16)));
  // A table, because a picture asks for as many colours as it has pixels.
  const table = Array.from({ length: 256 }, (_, level) => {
    const place = (level / 255) * (stops.length - 1);
    const below = Math.min(Math.floor(place), stops.length - 2);
    return stops[below].map((colour, i) => colour + (place - below) * (stops[below + 1][i] - colour));
  });
  const scale = 255 / (high - low || 1);
  return (value) => table[Math.round(Math.min(Math.max((value - low) * scale, 0), 255))];
}

/**
 * Choose colours as dcv.plots does: a diverging map centred on zero if any value is negative, else cividis.
 * @returns {{name: string, low: number, high: number, colours: Colours}}
 */
function responseColours(values) {
  const [low, high] = rangeOf(values);
  const largest = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const scale =
    low < 0 ? { name: "diverging", low: -largest, high: largest } : { name: "cividis", low: 0, high: largest };
  return { ...scale, colours: colourMap(scale.name, scale.low, scale.high) };
}

/** @returns {{name: string, low: number, high: number, colours: Colours}} Gray from black to white. */
function pixelColours(values) {
  const [low, high] = rangeOf(values);
  const scale =
    values instanceof Uint8Array || values instanceof Uint8ClampedArray
      ? { name: "gray", low: 0, high: 255 }
      : { name: "gray", low: Math.min(low, 0), high: Math.max(high, low < 0 ? 0 : 1) };
  return { ...scale, colours: colourMap(scale.name, scale.low, scale.high) };
}

/** @returns {"black"|"white"} What can be read on a colour. @param {number[]} colour */
function contrast([red, green, blue]) {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 127 ? "black" : "white";
}

/** @returns {string} A CSS colour. */
function cssColour(colour) {
  return `rgb(${colour.map(Math.round).join(" ")})`;
}

// ---------------------------------------------------------------------------------------------- text

/** @returns {string} A short number: two decimals at most unless it is tiny, and a proper minus sign. */
function formatNumber(value, decimals = 2) {
  let text = String(Number(value.toFixed(decimals)) || 0);
  if (text === "0" && decimals > 1 && Math.abs(value) > 1e-6) text = String(Number(value.toPrecision(1)));
  return text.replace("-", "−");
}

/** @returns {string} A number as a field holds it: two decimals unless it is tiny. */
function shortNumber(value) {
  return String(Number(value.toFixed(2)) || Number(value.toPrecision(1)));
}

/** @returns {string} A whole number with its thousands marked: "122,570". */
function formatCount(count) {
  return count.toLocaleString("en");
}

/** @returns {string} "3 × 5" */
function formatSize(height, width) {
  return `${height} × ${width}`;
}

// ----------------------------------------------------------------------------------- pieces of a page

/**
 * Make an element.
 * @param {string} tag
 * @param {string} className
 * @param {Element} [parent] Where to append it.
 * @param {Object<string, string>} [attributes]
 * @returns {any} The element, of whichever kind.
 */
function element(tag, className, parent, attributes = {}) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  parent?.append(node);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
const SMALLEST_NUMBER = 8.5; // CSS pixels; smaller text cannot be read
const EASY_NUMBER = 10; // CSS pixels; for this, decimals are left out
const SMALLEST_CELL_WITH_LINES = 7; // CSS pixels

/**
 * A picture of cells with a heading, windows above it, and a text for those who cannot see it.
 *
 *     const input = new PixelGrid(row, { heading: "Input" });
 *     input.draw(image, { colours: pixelColours(image.values).colours, label: "The input, 8 × 8 pixels" });
 *     input.showWindows([{ row: 0, column: 0, height: 3, width: 3 }]);
 *     input.onMove({ move, preview, choose, leave });
 */
class PixelGrid {
  /** @param {Element} parent @param {{heading: string, className?: string}} options */
  constructor(parent, { heading, className = "" }) {
    this.figure = element("figure", `dcv-figure ${className}`, parent);
    this.caption = element("figcaption", "dcv-caption", this.figure);
    this.stage = element("div", "dcv-stage", this.figure);
    this.canvas = element("canvas", "dcv-canvas", this.stage, { role: "img", "aria-label": heading });
    this.overlay = document.createElementNS(SVG, "svg");
    this.overlay.setAttribute("aria-hidden", "true");
    this.overlay.setAttribute("preserveAspectRatio", "none");
    this.stage.append(this.overlay);
    this.setHeading(heading);
    this.grid = null;
    this.options = {};
    this.resizing = new ResizeObserver(() => this.paint());
    this.resizing.observe(this.stage);
  }

  /** Write the heading, and beside it a detail such as a size. */
  setHeading(heading, detail = "") {
    this.caption.replaceChildren(element("b", ""), ` ${detail}`);
    this.caption.firstChild.textContent = heading;
  }

  /**
   * Draw a grid: one channel through `colours`, three channels as red, green, blue from 0 to 255.
   * @param {Grid} grid
   * @param {object} options
   * @param {Colours} [options.colours]
   * @param {string} [options.label] The text alternative.
   * @param {boolean} [options.numbers] Whether to write the values into cells that are large enough.
   * @param {(value: number, decimals: number) => string} [options.format] How to write them.
   * @param {(row: number, column: number) => ""|"padding"|"unused"} [options.shade] Cells with a texture.
   * @param {string} [options.key] Names what is drawn: while it stays the same, nothing is painted again.
   */
  draw(grid, options = {}) {
    const key = options.key && [options.key, ...Object.values(themeColours(this.stage))].join(" ");
    if (key && key === this.key) return;
    this.key = key;
    this.grid = grid;
    this.options = { numbers: true, format: formatNumber, colours: colourMap("gray", 0, 255), ...options };
    if (options.label) this.canvas.setAttribute("aria-label", options.label);
    this.stage.style.aspectRatio = `${Math.max(grid.width, 1)} / ${Math.max(grid.height, 1)}`;
    this.overlay.setAttribute("viewBox", `0 0 ${Math.max(grid.width, 1)} ${Math.max(grid.height, 1)}`);
    this.paint();
  }

  /**
   * Outline windows; each is a rectangle of cells, "window" (solid), "marker" (solid, one cell) or "second"
   * (dashed).
   * @param {{row: number, column: number, height?: number, width?: number, kind?: string}[]} windows
   */
  showWindows(windows) {
    const shapes = [];
    for (const { row, column, height = 1, width = 1, kind = "window" } of windows)
      for (const layer of ["casing", "line"]) {
        const shape = document.createElementNS(SVG, "rect");
        shape.setAttribute("class", `dcv-${layer} dcv-${kind}`);
        const place = { x: column, y: row, width, height };
        for (const [name, value] of Object.entries(place)) shape.setAttribute(name, String(value));
        shapes.push(shape);
      }
    this.overlay.replaceChildren(...shapes);
  }

  /** Paint at the size that the canvas has now. */
  paint() {
    const { grid, canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!grid || !width || !height) return; // not in the page yet: the size will change, and then we paint
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d");
    if (grid.width * grid.height === 0) return;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#pixels(), 0, 0, canvas.width, canvas.height);
    context.scale(canvas.width / grid.width, canvas.height / grid.height); // from here on, a cell is 1 × 1
    const cell = Math.min(width / grid.width, height / grid.height); // CSS pixels
    this.#paintShades(context, cell);
    if (cell >= SMALLEST_CELL_WITH_LINES) this.#paintLines(context, cell);
    if (this.options.numbers) this.#paintNumbers(context, cell);
  }

  /** @returns {HTMLCanvasElement} The grid with one pixel for each cell. */
  #pixels() {
    const { grid } = this;
    const small = element("canvas", "");
    [small.width, small.height] = [grid.width, grid.height];
    const context = small.getContext("2d");
    const image = context.createImageData(grid.width, grid.height);
    for (let i = 0; i < grid.width * grid.height; i++) {
      const [red, green, blue] = this.#colourAt(i);
      image.data[4 * i] = red;
      image.data[4 * i + 1] = green;
      image.data[4 * i + 2] = blue;
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    return small;
  }

  /** @returns {number[]} The colour of cell number i. */
  #colourAt(i) {
    const { values, channels } = this.grid;
    return channels === 1 ? this.options.colours(values[i]) : [values[3 * i], values[3 * i + 1], values[3 * i + 2]];
  }

  /** Give cells of the padding dots and cells that nothing uses a hatch: not by colour alone. */
  #paintShades(context, cell) {
    const { grid, options } = this;
    if (!options.shade) return;
    const { surface, line } = themeColours(this.stage);
    context.lineWidth = 1 / cell;
    for (let row = 0; row < grid.height; row++)
      for (let column = 0; column < grid.width; column++) {
        const shade = options.shade(row, column);
        if (!shade) continue;
        context.fillStyle = surface;
        if (shade === "padding") context.fillRect(column, row, 1, 1);
        context.fillStyle = context.strokeStyle = line;
        context.beginPath();
        if (shade === "padding") context.arc(column + 0.5, row + 0.5, Math.min(0.12, 2 / cell), 0, 7);
        else {
          // Black or white, whatever can be seen on the colour of the cell.
          context.strokeStyle = contrast(this.#colourAt(row * grid.width + column));
          drawHatch(context, row, column);
        }
        if (shade === "padding") context.fill();
        else context.stroke();
      }
  }

  #paintLines(context, cell) {
    const { grid } = this;
    context.lineWidth = 0.6 / cell;
    context.strokeStyle = "rgb(128 128 128 / 0.6)";
    context.beginPath();
    for (let row = 0; row <= grid.height; row++) {
      context.moveTo(0, row);
      context.lineTo(grid.width, row);
    }
    for (let column = 0; column <= grid.width; column++) {
      context.moveTo(column, 0);
      context.lineTo(column, grid.height);
    }
    context.stroke();
  }

  #paintNumbers(context, cell) {
    const { grid, options } = this;
    if (grid.channels !== 1 || cell < SMALLEST_NUMBER) return;
    // As many decimals as fit into the cells; none only where whole numbers still say something.
    const fitting = (largestOf(grid.values) < 10 ? [2, 1] : [2, 1, 0]).map((decimals) => {
      const texts = Array.from(grid.values, (value) => options.format(value, decimals));
      const longest = Math.max(...texts.map((text) => text.length));
      return { texts, size: Math.min(15, 0.5 * cell, (1.6 * cell) / longest) };
    });
    const { texts, size } = fitting.find((choice) => choice.size >= EASY_NUMBER) ?? fitting.at(-1);
    if (size < SMALLEST_NUMBER) return;
    context.font = `${size / cell}px ui-sans-serif, system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    texts.forEach((text, i) => {
      const [row, column] = [Math.floor(i / grid.width), i % grid.width];
      const shade = options.shade?.(row, column);
      if (shade === "padding") return; // dots say that nothing is there
      const colour = this.#colourAt(i);
      if (shade) {
        // The hatch ends around the number, which stays readable.
        context.strokeStyle = cssColour(colour);
        context.lineWidth = 6 / cell;
        context.lineJoin = "round";
        context.strokeText(text, column + 0.5, row + 0.53);
      }
      context.fillStyle = contrast(colour);
      context.fillText(text, column + 0.5, row + 0.53);
    });
  }

  /** @returns {{row: number, column: number}} The cell under the pointer. @param {PointerEvent} event */
  cellAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const place = (offset, length, count) => Math.min(Math.max(Math.floor((offset / length) * count), 0), count - 1);
    return {
      row: place(event.clientY - box.top, box.height, this.grid.height),
      column: place(event.clientX - box.left, box.width, this.grid.width),
    };
  }

  /**
   * Let the reader choose a cell: hovering previews it, a click keeps it, arrow keys move.
   * @param {object} actions
   * @param {string} actions.label What the arrow keys do, for screen readers.
   * @param {(cell: {row: number, column: number}) => void} actions.choose
   * @param {(rows: number, columns: number) => void} actions.move By that many rows and columns; ±Infinity
   *   for Home and End.
   * @param {(cell: {row: number, column: number}) => void} [actions.preview]
   * @param {() => void} [actions.leave] The pointer is gone: go back to what was chosen.
   */
  onMove({ label, choose, move, preview, leave }) {
    const { stage } = this;
    const isDragging = (event) => event.buttons > 0;
    stage.classList.add("dcv-active");
    stage.tabIndex = 0;
    stage.setAttribute("role", "application"); // so that screen readers pass on the arrow keys
    stage.setAttribute("aria-label", label);
    stage.addEventListener("pointerdown", (event) => choose(this.cellAt(event)));
    stage.addEventListener("pointermove", (event) =>
      isDragging(event) ? choose(this.cellAt(event)) : preview?.(this.cellAt(event)),
    );
    if (leave) stage.addEventListener("pointerleave", leave);
    onArrowKeys(stage, move);
  }
}

/** Add three diagonal lines within one cell to a path. */
function drawHatch(context, row, column) {
  for (const [x, y] of [
    [0, 0.5],
    [0, 1],
    [0.5, 1],
  ]) {
    const length = x + (1 - y) === 0.5 && x === 0 ? 0.5 : x === 0 ? 1 : 0.5;
    context.moveTo(column + x, row + y);
    context.lineTo(column + x + length, row + y - length);
  }
}

/** Call move(rows, columns) for arrow keys; Home and End give ∓Infinity. */
function onArrowKeys(node, move) {
  const moves = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    Home: [-Infinity, -Infinity],
    End: [Infinity, Infinity],
  };
  node.addEventListener("keydown", (event) => {
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // the page must not scroll
    event.stopPropagation(); // nor the notebook go to the next cell
    move(...moves[event.key]);
  });
}

/** @returns {Function} The same function, which computes nothing while it is asked the same again. */
function remember(compute) {
  let question = null;
  let answer = null;
  return (...inputs) => {
    const next = JSON.stringify(inputs);
    if (next !== question) [question, answer] = [next, compute(...inputs)];
    return answer;
  };
}

/** @returns {number} A value held between two limits. */
function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** A narrow bar that says which colour is which value. */
class ColourBar {
  constructor(parent) {
    this.node = element("div", "dcv-colours", parent, { "aria-hidden": "true" });
    this.labels = [0, 1, 2].map(() => element("span", "", this.node));
  }

  /** @param {{name: string, low: number, high: number}} scale As `responseColours` returns it. */
  draw({ name, low, high }) {
    this.node.style.setProperty("--dcv-stops", COLOUR_MAPS[name].join(", "));
    const middle = name === "diverging" ? "0" : "";
    [formatNumber(low), middle, formatNumber(high)].forEach((text, i) => {
      this.labels[i].textContent = text;
    });
  }
}

/**
 * A table of number fields that the reader can edit.
 *
 *     const cells = new NumberTable(parent, { name: "kernel", onEdit: (row, column, value) => … });
 *     cells.draw(kernel, colours);
 */
class NumberTable {
  constructor(parent, { name, onEdit }) {
    this.node = element("div", "dcv-numbers", parent, { role: "group", "aria-label": name });
    this.name = name;
    this.onEdit = onEdit;
    this.shape = "";
  }

  /** @param {Grid} grid @param {Colours} colours */
  draw(grid, colours) {
    if (this.shape !== formatSize(grid.height, grid.width)) this.#build(grid);
    [...this.node.children].forEach((field, i) => {
      const value = grid.values[i];
      const colour = colours(value);
      field.style.backgroundColor = cssColour(colour);
      field.style.color = contrast(colour);
      // The field that is being edited holds what the reader types, such as "0." or "-".
      if (field !== document.activeElement || Number(field.value) !== value)
        if (field.dataset.value !== String(value)) field.value = shortNumber(value);
      field.dataset.value = String(value);
    });
  }

  #build(grid) {
    this.shape = formatSize(grid.height, grid.width);
    this.node.style.setProperty("--dcv-columns", String(grid.width));
    this.node.replaceChildren();
    for (let row = 0; row < grid.height; row++)
      for (let column = 0; column < grid.width; column++) {
        const label = `${this.name} row ${row + 1} column ${column + 1}`;
        const field = element("input", "", this.node, { type: "number", step: "any", "aria-label": label });
        field.addEventListener("input", () => {
          if (!Number.isFinite(field.valueAsNumber)) return; // not a number yet
          field.dataset.value = String(field.valueAsNumber);
          this.onEdit(row, column, field.valueAsNumber);
        });
        field.addEventListener("keydown", (event) => event.stopPropagation());
      }
  }
}

/**
 * A button that repeats a step until it is pressed again; where motion is unwelcome it does one step a press.
 * @returns {() => void} Stop.
 */
function playButton(parent, { label, step, delay = 200 }) {
  const button = element("button", "dcv-button", parent, { type: "button" });
  const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
  let timer = 0;
  const show = () => {
    const isPlaying = timer !== 0;
    button.textContent = stillness.matches ? `Next step: ${label}` : `${isPlaying ? "⏸ Pause" : "▶ Play"}: ${label}`;
  };
  const stop = () => {
    window.clearInterval(timer);
    timer = 0;
    show();
  };
  button.addEventListener("click", () => {
    if (stillness.matches) step();
    else if (timer) stop();
    else timer = window.setInterval(step, delay);
    show();
  });
  stillness.addEventListener("change", stop);
  show();
  return stop;
}

// --------------------------------------------------------------------------------------------- theme

/** @returns {{text: string, muted: string, surface: string, line: string}} Colours of the page's theme. */
function themeColours(node) {
  const style = getComputedStyle(node);
  const read = (name) => style.getPropertyValue(`--dcv-${name}`).trim();
  return { text: read("text"), muted: read("muted"), surface: read("surface"), line: read("line") };
}

/** Call back when the page's theme changes; return a function that ends this. */
function onThemeChange(callback) {
  const attributes = new MutationObserver(callback);
  for (const node of [document.documentElement, document.body])
    attributes.observe(node, {
      attributes: true,
      attributeFilter: ["data-theme", "data-jp-theme-light", "theme", "class"],
    });
  const queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((text) => window.matchMedia(text));
  for (const query of queries) query.addEventListener("change", callback);
  return () => {
    attributes.disconnect();
    for (const query of queries) query.removeEventListener("change", callback);
  };
}

// ------------------------------------------------------------------------------------------- controls

/** Give the parts of ipywidgets' controls, which have none, the name that stands beside them. */
function nameControls(panel) {
  for (const control of panel.querySelectorAll(".widget-slider, .widget-inline-hbox")) {
    const label = control.querySelector(".widget-label");
    const name = label?.textContent.trim();
    if (!name) continue;
    if (label.title === "null") label.removeAttribute("title");
    const readout = control.querySelector(".widget-readout[contenteditable]");
    for (const handle of control.querySelectorAll(".noUi-handle")) setOnce(handle, "aria-label", name);
    for (const handle of control.querySelectorAll(".ui-slider-handle")) {
      // ipywidgets 7, as in Colab, does not even say that this is a slider.
      setOnce(handle, "role", "slider");
      setOnce(handle, "aria-label", name);
      setOnce(handle, "aria-valuenow", readout?.textContent ?? "");
    }
    if (readout) {
      setOnce(readout, "role", "textbox");
      setOnce(readout, "aria-label", `${name}, type a value`);
    }
  }
}

/** Set an attribute unless it has that value: an observer of the page would be called again. */
function setOnce(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// ------------------------------------------------------------------------------------------ explorers

/**
 * Keep a picture up to date. The numbers follow a trait at once; the drawing follows in the next frame, once a
 * frame at most.
 * @template State
 * @param {object} parts
 * @param {any} parts.model The widget's model.
 * @param {any} parts.el The widget's element, with the explorer's own parts in it.
 * @param {string[]} parts.traits Those that change the picture.
 * @param {() => State & {numbers: object, readout: string}} parts.compute Everything that the drawing needs.
 *   `numbers` is what tests compare with NumPy, `readout` one or two sentences with the key numbers.
 * @param {(state: State) => void} parts.draw
 * @returns {{update: () => void, state: () => State, stop: () => void}} `update` computes and draws again.
 */
function runExplorer({ model, el, traits, compute, draw }) {
  el.classList.add("dcv");
  el.dataset.lmSuppressShortcuts = "true"; // JupyterLab's shortcuts would take keys away
  const readout = element("output", "dcv-readout", el, { "aria-live": "polite" });
  let state = null;
  let frame = 0;

  const paint = () => {
    frame = 0;
    draw(state);
    if (readout.textContent !== state.readout) readout.textContent = state.readout;
  };
  const schedule = () => {
    frame ||= requestAnimationFrame(paint);
  };
  const update = () => {
    state = compute();
    schedule();
  };

  const naming = new MutationObserver(() => nameControls(el.closest(".dcv-panel")));
  const attaching = new ResizeObserver(() => {
    const panel = el.closest(".dcv-panel");
    if (!panel) return;
    attaching.disconnect();
    naming.observe(panel, { childList: true, subtree: true, characterData: true });
    nameControls(panel);
  });
  attaching.observe(el);
  const stopTheme = onThemeChange(schedule);
  for (const trait of traits) model.on(`change:${trait}`, update);
  update();
  el.dcv = { numbers: () => state.numbers };

  return {
    update,
    state: () => state,
    stop() {
      cancelAnimationFrame(frame);
      attaching.disconnect();
      naming.disconnect();
      stopTheme();
      for (const trait of traits) model.off(`change:${trait}`, update);
    },
  };
}

/** Set traits and send them to Python, if it listens. */
function setTraits(model, values) {
  for (const [trait, value] of Object.entries(values)) model.set(trait, value);
  model.save_changes();
}
