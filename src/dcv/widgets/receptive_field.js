// A stack of layers that the reader builds: one neuron, everything below that it depends on, and its pixels.

const KINDS = ["convolution", "pooling"];
const SHORT_NAMES = { convolution: "conv", pooling: "pool" };
const LARGEST_KERNEL = 11;
const LARGEST_STRIDE = 4;
const MOST_LAYERS = 8;

/** A layer of the stack: kind, kernel size, stride. @typedef {[string, number, number]} StackLayer */

/** First and last index along an axis. @typedef {[number, number]} Interval */

/** @returns {number[]} Neurons along an axis of the image and of each layer; 0 from where it does not fit. */
function mapSizes(length, layers) {
  const sizes = [length];
  for (const [kernelSize, stride] of layers) sizes.push(outputSize(sizes[sizes.length - 1], kernelSize, { stride }));
  return sizes;
}

/** @returns {number} The middle of the field of a neuron, in pixels. */
function middleOfField(layers, index) {
  const [first, last] = receptiveInterval(layers, index);
  return (first + last) / 2;
}

/** @returns {number} The neuron whose field has its middle nearest to a place, the first of two such. */
function nearestNeuron(layers, count, place) {
  const distances = Array.from({ length: count }, (_, index) => Math.abs(middleOfField(layers, index) - place));
  return Math.max(distances.indexOf(Math.min(...distances)), 0);
}

/** @returns {Interval[]} What a neuron of the last layer sees in the image and in each map up to its own. */
function intervalsBelow(layers, index) {
  return [...layers.keys(), layers.length].map((level) => receptiveInterval(layers.slice(level), index));
}

/** @returns {string} "rows 3 to 10" */
function spell(name, [first, last]) {
  return first === last ? `${name} ${first}` : `${name}s ${first} to ${last}`;
}

function render({ model, el }) {
  const image = readGrid(model, "image");
  const colours = colourMap("gray", 0, 255); // for images without colour
  let preview = null; // level and place under the pointer, which nobody chose yet

  const table = new LayerTable(el, { change: setStack });
  const stackPicture = new StackPicture(el, image);
  const pictures = element("div", "dcv-row dcv-maps dcv-fields", el);
  const imagePicture = new PixelGrid(pictures, { heading: "Image" });
  const seenPicture = new PixelGrid(pictures, { heading: "All that the neuron sees" });

  function compute() {
    const stack = model.get("stack");
    const layers = stack.map(([, kernelSize, stride]) => [kernelSize, stride]);
    const [heights, widths] = [image.height, image.width].map((length) => mapSizes(length, layers));
    const fitting = heights.filter((height, level) => height > 0 && widths[level] > 0).length - 1;
    const { level: wanted, place } = preview ?? { level: model.get("chosen_level"), place: model.get("place") };
    const level = Math.min(wanted, fitting);
    const below = layers.slice(0, level);
    const row = nearestNeuron(below, heights[level], place[0]);
    const column = nearestNeuron(below, widths[level], place[1]);
    const [rows, columns] = [row, column].map((index) => intervalsBelow(below, index));
    const kernels = stack.slice(0, level).filter(([kind]) => kind === "convolution");
    const weights = kernels.reduce((sum, [, kernelSize]) => sum + kernelSize ** 2, 0);
    const state = { stack, layers, heights, widths, fitting, level, below, row, column, rows, columns, weights };
    return { ...state, numbers: numbers(state), readout: readout(state) };
  }

  function numbers({ stack, layers, heights, widths, level, below, row, column, rows, columns, weights }) {
    return {
      layers,
      kinds: stack.map(([kind]) => kind),
      level,
      row,
      column,
      rows,
      columns,
      weights,
      size: receptiveField(below),
      jump: inputStride(below),
      heights,
      widths,
      fields: layers.map((_, i) => receptiveField(layers.slice(0, i + 1))),
      jumps: layers.map((_, i) => inputStride(layers.slice(0, i + 1))),
    };
  }

  function readout({ layers, fitting, level, below, row, column, rows, columns, weights }) {
    const pixels = `${formatSize(image.height, image.width)} pixels`;
    if (fitting === 0) return `The kernel of layer 1 does not fit on ${pixels}: make it smaller.`;
    const size = receptiveField(below);
    const jump = inputStride(below);
    const tooHigh = `\nLayer ${fitting + 1} does not fit: its kernel is larger than the map below.`;
    return (
      `The neuron of layer ${level} in row ${row}, column ${column} sees ${formatSize(size, size)} pixels:` +
      ` ${spell("row", rows[0])}, ${spell("column", columns[0])}.` +
      ` Its neighbour's field lies ${jump} ${jump === 1 ? "pixel" : "pixels"} further on.\n` +
      `Weights of all kernels up to here, for one channel in and out: ${weights}.${fitting < layers.length ? tooHigh : ""}`
    );
  }

  function draw(state) {
    const { level, rows, columns, fitting } = state;
    table.draw(state);
    stackPicture.draw(state);
    const [[top, bottom], [left, right]] = [rows[0], columns[0]];
    const field = { row: top, column: left, height: bottom - top + 1, width: right - left + 1 };
    // Marks at both ends of the row that lies under the stack; a whole frame would hide too much.
    const marks = [0, image.width - 2].map((column) => ({ row: stripRow(rows[0]), column, width: 2, kind: "second" }));
    imagePicture.setHeading("Image", `${formatSize(image.height, image.width)}, its row marked`);
    imagePicture.draw(image, {
      colours,
      numbers: false,
      label: `The image with a frame around ${spell("row", rows[0])}, ${spell("column", columns[0])}`,
    });
    imagePicture.showWindows(fitting ? [...marks, field] : []);
    seenPicture.setHeading("All that the neuron sees", formatSize(field.height, field.width));
    seenPicture.draw(cropGrid(image, top, left, field.height, field.width), {
      colours,
      numbers: false,
      label: `The ${formatSize(field.height, field.width)} pixels that the neuron of layer ${level} sees`,
    });
  }

  // ---------------------------------------------------------------- what the reader does

  /** @param {StackLayer[]} stack @param {number} [level] Where the neuron goes. */
  function setStack(stack, level = Math.min(model.get("chosen_level"), stack.length)) {
    preview = null;
    setTraits(model, { stack, chosen_level: Math.max(level, 1) });
    explorer.update();
  }

  function goTo(level, place) {
    preview = null;
    setTraits(model, { chosen_level: level, place });
    explorer.update();
  }

  const show = (level, place) => {
    preview = { level, place };
    explorer.update();
  };
  const leave = () => {
    preview = null;
    explorer.update();
  };

  /** Move to a neighbour in the map of the layer, and to no neuron that is not there. */
  function moveNeuron(rows, columns) {
    const { level, below, row, column, heights, widths } = explorer.state();
    if (level === 0) return;
    const nextRow = clamp(row + rows, 0, heights[level] - 1);
    const nextColumn = clamp(column + columns, 0, widths[level] - 1);
    goTo(level, [middleOfField(below, nextRow), middleOfField(below, nextColumn)]);
  }

  /** In the stack, up and down change the layer; Home and End go along the row. */
  function moveInStack(rows, columns) {
    const { level, fitting } = explorer.state();
    if (columns !== 0) moveNeuron(0, columns);
    else if (fitting > 0) goTo(clamp(level - rows, 1, fitting), model.get("place"));
  }

  const explorer = runExplorer({ model, el, traits: ["stack", "chosen_level", "place"], compute, draw });

  const ownRow = () => (preview ?? { place: model.get("place") }).place[0];
  stackPicture.onMove({
    label: "Neuron in the stack: left and right move it, up and down change the layer",
    choose: ({ level, pixel }) => goTo(level, [ownRow(), pixel]),
    preview: ({ level, pixel }) => show(level, [ownRow(), pixel]),
    leave,
    move: moveInStack,
  });
  const levelOf = () => Math.max(explorer.state().level, 1);
  imagePicture.onMove({
    label: "Neuron over the image: arrow keys move it",
    choose: ({ row, column }) => goTo(levelOf(), [row, column]),
    preview: ({ row, column }) => show(levelOf(), [row, column]),
    leave,
    move: moveNeuron,
  });
  return () => {
    stackPicture.stop();
    explorer.stop();
  };
}

/** @returns {number} The row of pixels that lies under the stack: the middle one of the field. */
function stripRow([first, last]) {
  return Math.floor((first + last) / 2);
}

// --------------------------------------------------------------------------------- the table of layers

/** The columns of the table: a short name, and what it means. */
const COLUMNS = [
  ["", ""], // number of the layer
  ["kind", "kind of layer"],
  ["size", "kernel size"],
  ["stride", "values from one window to the next"],
  ["map", "size of the map"],
  ["sees", "pixels that a neuron sees along an axis"],
  ["step", "pixels from its field to that of its neighbour"],
  ["", ""], // button
];

/** A table with a row for each layer, the last on top as in the picture below, and fields to change it. */
class LayerTable {
  /** @param {Element} parent @param {{change: (stack: StackLayer[], level?: number) => void}} actions */
  constructor(parent, { change }) {
    this.change = change;
    this.stack = [];
    this.addButton = element("button", "dcv-button", parent, { type: "button" });
    this.addButton.textContent = "Add a layer";
    this.addButton.addEventListener("click", () =>
      change([...this.stack, ["convolution", 3, 1]], this.stack.length + 1),
    );
    const table = element("table", "dcv-layers", parent);
    const head = element("tr", "", element("thead", "", table));
    for (const [name, title] of COLUMNS)
      element(name ? "th" : "td", "", head, name ? { scope: "col", title } : {}).textContent = name;
    this.body = element("tbody", "", table);
  }

  /** @param {any} state What `compute` found. */
  draw({ stack, layers, level, heights, widths }) {
    if (stack.length !== this.stack.length) this.#build(stack.length);
    this.stack = stack;
    this.addButton.disabled = stack.length >= MOST_LAYERS;
    this.rows.forEach(({ node, head, menus, results, removal }, i) => {
      const map = heights[i + 1] && widths[i + 1] ? `${heights[i + 1]}×${widths[i + 1]}` : "does not fit";
      const upTo = layers.slice(0, i + 1);
      head.textContent = `${i + 1}${i + 1 === level ? " ◂" : ""}`;
      node.classList.toggle("dcv-chosen", i + 1 === level);
      menus.forEach((menu, part) => {
        menu.value = String(stack[i][part]);
      });
      [map, receptiveField(upTo), inputStride(upTo)].forEach((text, column) => {
        results[column].textContent = String(text);
      });
      removal.disabled = stack.length === 1;
    });
  }

  #build(count) {
    const hadFocus = this.body.contains(document.activeElement);
    this.body.replaceChildren();
    this.rows = Array.from({ length: count }, (_, i) => this.#row(i));
    this.body.append(...this.rows.map(({ node }) => node).reverse());
    if (hadFocus) this.addButton.focus(); // the button that was pressed is gone
  }

  #row(i) {
    const node = element("tr", "");
    const head = element("th", "", node, { scope: "row" });
    const range = (largest) => Array.from({ length: largest }, (_, n) => n + 1);
    /** @type {[string, any[]][]} */
    const parts = [
      ["kind", KINDS],
      ["kernel size", range(LARGEST_KERNEL)],
      ["stride", range(LARGEST_STRIDE)],
    ];
    const menus = parts.map(([name, options], part) => {
      const menu = element("select", "", element("td", "", node), { "aria-label": `${name} of layer ${i + 1}` });
      for (const option of options) element("option", "", menu, { value: String(option) }).textContent = option;
      menu.addEventListener("change", () => {
        /** @type {any[]} */
        const layer = [...this.stack[i]];
        layer[part] = part === 0 ? menu.value : Number(menu.value);
        this.change(this.stack.map((other, number) => (number === i ? layer : other)));
      });
      return menu;
    });
    const results = [0, 1, 2].map(() => element("td", "", node));
    const label = `remove layer ${i + 1}`;
    const removal = element("button", "dcv-button", element("td", "", node), { type: "button", "aria-label": label });
    removal.textContent = "×";
    removal.addEventListener("click", () => this.change(this.stack.filter((_, number) => number !== i)));
    return { node, head, menus, results, removal };
  }
}

// ------------------------------------------------------------------------------ the picture of the stack

const ROW_HEIGHT = 48; // CSS pixels from one layer to the next
const BOX_HEIGHT = 22;
const TOP = 17; // CSS pixels above the middle of the first row
const LABELS = 58; // CSS pixels at the left for the names of the layers

/** All layers along the columns of the image: each a row of neurons, below them one row of pixels. */
class StackPicture {
  constructor(parent, image) {
    this.image = image;
    const figure = element("figure", "dcv-figure", parent);
    const caption = element("figcaption", "dcv-caption", figure);
    caption.textContent = "Point at a neuron. Everything that it depends on is hatched.";
    this.stage = element("div", "dcv-stage", figure);
    this.canvas = element("canvas", "dcv-canvas", this.stage, { role: "img", "aria-label": "The stack" });
    this.state = null;
    this.resizing = new ResizeObserver(() => this.#paint());
    this.resizing.observe(this.stage);
  }

  stop() {
    this.resizing.disconnect();
  }

  draw(state) {
    this.state = state;
    const { level, columns, fitting } = state;
    this.stage.style.height = `${fitting * ROW_HEIGHT + 2 * TOP + 4}px`;
    const seen = columns.map(([first, last], i) => `${last - first + 1} ${i ? `of layer ${i}` : "pixels"}`);
    const below = seen.slice(0, level).reverse().join(", ");
    const label = `The stack along the columns: one neuron of layer ${level} depends on ${below}`;
    this.canvas.setAttribute("aria-label", label);
    this.#paint();
  }

  /** Where a layer is drawn: height of its middle, and the place of its neurons along the width. */
  #geometry(level) {
    const { layers, fitting } = this.state;
    const unit = (this.canvas.clientWidth - LABELS - 8) / this.image.width; // CSS pixels of a pixel
    const below = layers.slice(0, level);
    const middle = (fitting - level) * ROW_HEIGHT + TOP;
    const half = 0.42 * Math.min(inputStride(below), 2) * unit;
    return { unit, middle, half, x: (index) => LABELS + (middleOfField(below, index) + 0.5) * unit };
  }

  #paint() {
    const { canvas, state } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!state || !width || !height) return;
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const theme = themeColours(this.stage);
    for (let level = state.level; level > 0; level--) this.#paintFunnel(context, level);
    for (let level = 0; level <= state.fitting; level++) {
      if (level === 0) this.#paintPixels(context);
      else this.#paintNeurons(context, level, theme);
      this.#paintLabel(context, level, theme);
    }
  }

  /** Join what the neuron depends on in a layer with what that depends on in the layer below. */
  #paintFunnel(context, level) {
    const [upper, lower] = [level, level - 1].map((i) => {
      const { x, half, middle } = this.#geometry(i);
      const [first, last] = this.state.columns[i];
      return { left: x(first) - half, right: x(last) + half, middle };
    });
    context.beginPath();
    context.moveTo(upper.left, upper.middle + BOX_HEIGHT / 2);
    context.lineTo(upper.right, upper.middle + BOX_HEIGHT / 2);
    context.lineTo(lower.right, lower.middle - BOX_HEIGHT / 2);
    context.lineTo(lower.left, lower.middle - BOX_HEIGHT / 2);
    context.closePath();
    context.fillStyle = "rgb(230 159 0 / 0.28)";
    context.fill();
  }

  #paintNeurons(context, level, { line, muted }) {
    const { state } = this;
    const { x, half, middle } = this.#geometry(level);
    const [first, last] = level <= state.level ? state.columns[level] : [0, -1];
    for (let index = 0; index < state.widths[level]; index++) {
      const isSeen = first <= index && index <= last;
      const box = [x(index) - half, middle - BOX_HEIGHT / 2, 2 * half, BOX_HEIGHT];
      context.strokeStyle = isSeen ? muted : line;
      context.lineWidth = 1;
      if (isSeen) {
        context.fillStyle = "#e69f00";
        context.fillRect(...box);
        hatchBox(context, ...box);
      }
      context.strokeRect(...box);
      if (level === state.level && isSeen) paintFrame(context, ...box);
    }
  }

  /** The row of the image that runs through the middle of the field. */
  #paintPixels(context) {
    const { image, state } = this;
    const { unit, middle } = this.#geometry(0);
    const row = stripRow(state.rows[0]);
    const top = middle - BOX_HEIGHT / 2;
    for (let column = 0; column < image.width; column++) {
      const channels = image.channels === 3 ? [0, 1, 2] : [0, 0, 0];
      context.fillStyle = cssColour(channels.map((channel) => valueAt(image, row, column, channel)));
      context.fillRect(LABELS + column * unit, top, unit + 0.5, BOX_HEIGHT);
    }
    const [first, last] = state.columns[0];
    if (state.level) paintFrame(context, LABELS + first * unit, top, (last - first + 1) * unit, BOX_HEIGHT);
  }

  #paintLabel(context, level, { text, muted }) {
    const { state } = this;
    const { middle } = this.#geometry(level);
    const interval = level <= state.level ? state.columns[level] : null;
    context.textBaseline = "middle";
    context.font = "600 12px ui-sans-serif, system-ui, sans-serif";
    context.fillStyle = text;
    context.fillText(level ? `${SHORT_NAMES[state.stack[level - 1][0]]} ${level}` : "image", 2, middle - 7);
    context.font = "12px ui-sans-serif, system-ui, sans-serif";
    context.fillStyle = interval ? text : muted;
    const count = interval ? `${interval[1] - interval[0] + 1} of ` : "";
    context.fillText(`${count}${state.widths[level]}`, 2, middle + 7);
  }

  /** @returns {{level: number, pixel: number}} The layer, at least the first, and the column of pixels. */
  #placeAt(event) {
    const { fitting, level } = this.state;
    const box = this.canvas.getBoundingClientRect();
    const { unit } = this.#geometry(0);
    const wanted = fitting - Math.round((event.clientY - box.top - TOP) / ROW_HEIGHT);
    return {
      level: wanted >= 1 ? Math.min(wanted, Math.max(fitting, 1)) : Math.max(level, 1),
      pixel: clamp((event.clientX - box.left - LABELS) / unit - 0.5, 0, this.image.width - 1),
    };
  }

  /** Let the reader choose a neuron, as `PixelGrid.onMove` does with cells. */
  onMove({ label, choose, preview, leave, move }) {
    const { stage } = this;
    stage.classList.add("dcv-active");
    stage.tabIndex = 0;
    stage.setAttribute("role", "application");
    stage.setAttribute("aria-label", label);
    stage.addEventListener("pointerdown", (event) => choose(this.#placeAt(event)));
    stage.addEventListener("pointermove", (event) => (event.buttons > 0 ? choose : preview)(this.#placeAt(event)));
    stage.addEventListener("pointerleave", leave);
    onArrowKeys(stage, move);
  }
}

/** Draw diagonal lines in a box, so that it is not marked by its colour alone. */
function hatchBox(context, left, top, width, height) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.strokeStyle = "black";
  context.beginPath();
  for (let x = left - height; x < left + width; x += 5) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

/** Draw a frame as the windows have it: the colour on a dark casing. */
function paintFrame(context, left, top, width, height) {
  for (const [colour, lineWidth] of [
    ["#000000", 5],
    ["#e69f00", 3],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = lineWidth;
    context.strokeRect(left, top, width, height);
  }
}

export default { render };
