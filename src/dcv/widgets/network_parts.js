// Pieces of the network explorer: a mosaic of many maps, the strip of images, the bars of the prediction. They draw what they are handed and report what the reader does; what it means, network.js knows.

const MOSAIC_HEIGHT = 400; // CSS pixels
const TILE_SIZES = [70, 54, 40, 32, 26, 20, 16, 12, 8, 6, 4, 3]; // CSS pixels
const SMALLEST_TILE_WITH_GAP = 6;
const SMALLEST_CHANGE = 0.01; // of a probability, that is marked
const FAINTEST = 0.25; // of the largest value of a layer: a map that stays below it is drawn on this scale

/** @returns {Uint32Array} 256 colours as the pixels of a canvas hold them. @param {string} name */
const paletteOf = (() => {
  const known = {};
  return (name) => {
    known[name] ??= Uint32Array.from({ length: 256 }, (_, level) => {
      const [red, green, blue] = colourMap(name, 0, 255)(level).map(Math.round);
      return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    });
    return known[name];
  };
})();

/**
 * How many tiles stand side by side and how large they are.
 * @param {{rows: number, columns: number, channels: number}} size
 * @param {{width: number, height?: number, largest?: number}} room In CSS pixels.
 * @returns {{across: number, down: number, width: number, height: number}}
 */
function tileLayout({ rows, columns, channels }, { width, height = MOSAIC_HEIGHT, largest = 54 }) {
  for (const size of TILE_SIZES) {
    const tile = { width: size * Math.min(1, columns / rows), height: size * Math.min(1, rows / columns) };
    const across = Math.ceil(channels / Math.max(Math.floor(height / tile.height), 1));
    if (size <= largest && (across * tile.width <= width || size === TILE_SIZES.at(-1)))
      return { across, down: Math.ceil(channels / across), ...tile };
  }
}

/** Many small maps in one canvas, one of them chosen. */
class Mosaic {
  /** @param {Element} parent @param {{label: string, width: number, largest?: number}} options */
  constructor(parent, { label, width, largest }) {
    this.room = { width, largest };
    this.size = { rows: 1, columns: 1, channels: 1 };
    /** @type {{across: number, down: number, width: number, height: number}|undefined} */
    this.layout = undefined;
    this.stage = element("div", "dcv-stage dcv-mosaic", parent);
    this.canvas = element("canvas", "", this.stage, { role: "img", "aria-label": label });
    this.overlay = document.createElementNS(SVG, "svg");
    this.overlay.setAttribute("aria-hidden", "true");
    this.stage.append(this.overlay);
    this.small = element("canvas", "");
  }

  /**
   * @param {{rows: number, columns: number, channels: number}} size
   * @param {ArrayLike<number>} values In the order rows, columns, channels.
   * @param {{name: string, low: number, high: number}} scale Of the whole layer. Weak maps are drawn brighter,
   *   up to four times, or nothing could be seen in most of them.
   * @param {string} label The text alternative.
   */
  draw(size, values, scale, label) {
    const layout = tileLayout(size, this.room);
    const { across, down, width, height } = layout;
    if (JSON.stringify(layout) !== JSON.stringify(this.layout)) {
      this.stage.style.width = `${across * width}px`;
      this.stage.style.height = `${down * height}px`;
      this.overlay.setAttribute("viewBox", `0 0 ${across * width} ${down * height}`);
    }
    Object.assign(this, { size, layout });
    this.canvas.setAttribute("aria-label", label);
    this.#paint(values, scale);
  }

  #paint(values, { name, low, high }) {
    const { rows, columns, channels } = this.size;
    const { across, down, width, height } = this.layout;
    const { small, canvas } = this;
    const [smallWidth, smallHeight] = [across * columns, down * rows];
    if (small.width !== smallWidth || small.height !== smallHeight || !this.pixels) {
      [small.width, small.height] = [smallWidth, smallHeight];
      this.image = new ImageData(smallWidth, smallHeight);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    const palette = paletteOf(name);
    for (let channel = 0; channel < channels; channel++) {
      const share = rows * columns > 1 && name !== "gray" ? this.#brightness(values, channel, high) : 1;
      const factor = 255 / (share * (high - low) || 1);
      const floor = share * low;
      const corner = Math.floor(channel / across) * rows * smallWidth + (channel % across) * columns;
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) {
          const level = (values[(row * columns + column) * channels + channel] - floor) * factor;
          this.pixels[corner + row * smallWidth + column] =
            palette[level <= 0 ? 0 : level >= 255 ? 255 : (level + 0.5) | 0];
        }
    }
    small.getContext("2d").putImageData(this.image, 0, 0);
    const ratio = window.devicePixelRatio || 1;
    const [fullWidth, fullHeight] = [Math.round(across * width * ratio), Math.round(down * height * ratio)];
    if (canvas.width !== fullWidth || canvas.height !== fullHeight)
      [canvas.width, canvas.height] = [fullWidth, fullHeight];
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = columns > width * ratio;
    context.clearRect(0, 0, fullWidth, fullHeight);
    context.drawImage(small, 0, 0, fullWidth, fullHeight);
    if (Math.min(width, height) < SMALLEST_TILE_WITH_GAP) return;
    for (let i = 1; i < across; i++) context.clearRect(Math.round(i * width * ratio) - 1, 0, 1, fullHeight);
    for (let i = 1; i < down; i++) context.clearRect(0, Math.round(i * height * ratio) - 1, fullWidth, 1);
  }

  /** @returns {number} The part of the layer's scale that a map is drawn with. */
  #brightness(values, channel, high) {
    let largest = 0;
    for (let i = channel; i < values.length; i += this.size.channels) largest = Math.max(largest, Math.abs(values[i]));
    return clamp(largest / high, FAINTEST, 1);
  }

  /** @returns {{x: number, y: number, width: number, height: number}} Where a tile lies. */
  boxOf(channel) {
    const { across, width, height } = this.layout;
    return { x: (channel % across) * width, y: Math.floor(channel / across) * height, width, height };
  }

  /** Outline tiles ("window" or "second") and cross out others. @param {{channel: number, kind: string}[]} marks */
  mark(marks) {
    const shapes = [];
    const add = (tag, className, attributes) => {
      const shape = document.createElementNS(SVG, tag);
      shape.setAttribute("class", className);
      for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, String(value));
      shapes.push(shape);
    };
    for (const { channel, kind } of marks) {
      const { x, y, width, height } = this.boxOf(channel);
      for (const layer of ["casing", "line"])
        if (kind === "off")
          add("path", `dcv-${layer} dcv-off`, { d: `M${x} ${y}l${width} ${height}m${-width} 0l${width} ${-height}` });
        else add("rect", `dcv-${layer} dcv-${kind}`, { x, y, width, height });
    }
    this.overlay.replaceChildren(...shapes);
  }

  /** @returns {number} The channel under the pointer. @param {PointerEvent} event */
  channelAt(event) {
    const box = this.stage.getBoundingClientRect();
    const { across, down, width, height } = this.layout;
    const column = clamp(Math.floor((event.clientX - box.left) / width), 0, across - 1);
    const row = clamp(Math.floor((event.clientY - box.top) / height), 0, down - 1);
    return Math.min(row * across + column, this.size.channels - 1);
  }

  /**
   * Let the reader choose a tile by pointer and arrow keys.
   * @param {{label: string, chosen: () => number, choose: (channel: number) => void, preview?: (channel: number|null) => void,
   *   keys?: Object<string, () => void>}} actions
   */
  onChoose({ label, chosen, choose, preview, keys = {} }) {
    const { stage } = this;
    stage.classList.add("dcv-active");
    stage.tabIndex = 0;
    stage.setAttribute("role", "application");
    stage.setAttribute("aria-label", label);
    // Not "pointerdown": a finger that comes down may want to scroll.
    stage.addEventListener("click", (event) => choose(this.channelAt(event)));
    if (preview) {
      stage.addEventListener("pointermove", (event) => preview(this.channelAt(event)));
      stage.addEventListener("pointerleave", () => preview(null));
    }
    onArrowKeys(stage, (rows, columns) => {
      const { across } = this.layout;
      const last = this.size.channels - 1;
      if (!Number.isFinite(rows)) choose(rows < 0 ? 0 : last);
      else choose(clamp(Math.max(chosen(), 0) + rows * across + columns, 0, last));
    });
    stage.addEventListener("keydown", (event) => {
      const act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    });
  }
}

/** @returns {string} A shape as text: "30 × 30 × 32", or "64". @param {number[]} shape */
function shapeText(shape) {
  return shape.join(" × ");
}

/** All images side by side, and a place for one of the reader's own. */
class ImageStrip {
  /** @param {Element} parent @param {Grid[]} images */
  constructor(parent, images) {
    this.images = images;
    this.across = Math.min(images.length + 1, 11);
    this.picture = new PixelGrid(parent, { heading: "Images", className: "dcv-strip" });
    const { height, width } = images[0];
    this.sheet = { height: height * Math.ceil((images.length + 1) / this.across), width: width * this.across };
    this.picture.figure.style.maxWidth = `${this.across * 3.4}rem`;
  }

  /** @param {number} index @param {Uint8Array|null} own @param {string} heading @param {string} detail */
  draw(index, own, heading, detail) {
    const { images, across, sheet } = this;
    const { height, width } = images[0];
    const values = new Uint8Array(sheet.height * sheet.width * 3).fill(128);
    [...images.map((image) => image.values), own ?? plusSign(images[0])].forEach((pixels, i) => {
      for (let row = 0; row < height; row++)
        for (let column = 0; column < width; column++)
          for (let channel = 0; channel < 3; channel++) {
            const { channels } = images[0];
            const target = ((Math.floor(i / across) * height + row) * sheet.width + (i % across) * width + column) * 3;
            values[target + channel] = pixels[(row * width + column) * channels + (channels === 3 ? channel : 0)];
          }
    });
    this.picture.setHeading(heading, detail);
    const label = `${images.length} images to choose from and, as the last, one of your own`;
    this.picture.draw(makeGrid(sheet.height, sheet.width, 3, values), { label, key: own ? own.join() : "none" });
    this.picture.showWindows([
      { row: Math.floor(index / across) * height, column: (index % across) * width, height, width },
    ]);
  }

  /** @param {{chosen: () => number, choose: (index: number) => void}} actions */
  onChoose({ chosen, choose }) {
    const { height, width } = this.images[0];
    const last = this.images.length;
    const indexAt = ({ row, column }) =>
      Math.min(Math.floor(row / height) * this.across + Math.floor(column / width), last);
    this.picture.onMove({
      label: "Images: arrow keys choose one, the last is your own",
      choose: (cell) => choose(indexAt(cell)),
      move: (rows, columns) =>
        choose(clamp(chosen() + (Number.isFinite(rows) ? rows * this.across + columns : rows), 0, last)),
    });
  }
}

/** @returns {Uint8Array} A gray image with a plus sign: here the reader can draw. @param {Grid} size */
function plusSign({ height, width, channels }) {
  const pixels = new Uint8Array(height * width * channels).fill(128);
  const [middleRow, middleColumn] = [(height - 1) / 2, (width - 1) / 2];
  const [arm, half] = [Math.min(height, width) / 4, Math.min(height, width) / 16];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const [down, right] = [Math.abs(row - middleRow), Math.abs(column - middleColumn)];
      const isPlus = (down < half && right < arm) || (right < half && down < arm);
      if (isPlus) pixels.fill(255, (row * width + column) * channels, (row * width + column + 1) * channels);
    }
  return pixels;
}

/** The probability of each class as a bar, with a mark where it was before the reader changed anything. */
class PredictionBars {
  /** @param {Element} parent @param {string[]} names */
  constructor(parent, names) {
    this.names = names;
    this.figure = element("div", "dcv-figure dcv-prediction", parent);
    this.caption = element("p", "dcv-caption", this.figure);
    this.stage = element("div", "dcv-bars", this.figure, { tabindex: "0", role: "application" });
    this.stage.setAttribute("aria-label", "Class: arrow keys choose the one that is explained");
    this.rows = names.map((name) => {
      const row = element("div", "dcv-bar-row", this.stage);
      element("span", "dcv-bar-name", row).textContent = name;
      const track = element("span", "dcv-bar-track", row);
      const bar = element("span", "dcv-bar", track);
      const before = element("span", "dcv-bar-before", track);
      const value = element("span", "dcv-bar-value", row);
      return { row, bar, before, value };
    });
  }

  /** @param {number[]} probabilities @param {number[]} before @param {number} predicted @param {number} explained */
  draw(probabilities, before, predicted, explained) {
    this.caption.replaceChildren(element("b", ""), ` ${this.names[predicted]}`);
    this.caption.firstChild.textContent = "Prediction";
    this.rows.forEach(({ row, bar, before: mark, value }, i) => {
      bar.style.width = `${100 * probabilities[i]}%`;
      mark.style.left = `${100 * before[i]}%`;
      mark.hidden = Math.abs(probabilities[i] - before[i]) < SMALLEST_CHANGE;
      value.textContent = formatPercent(probabilities[i]);
      row.classList.toggle("dcv-predicted", i === predicted);
      row.classList.toggle("dcv-explained", i === explained);
    });
  }

  /** @param {{chosen: () => number, choose: (label: number) => void}} actions */
  onChoose({ chosen, choose }) {
    this.rows.forEach(({ row }, i) => row.addEventListener("pointerdown", () => choose(i)));
    onArrowKeys(this.stage, (rows, columns) =>
      choose(clamp(Number.isFinite(rows) ? chosen() + rows + columns : rows, 0, this.names.length - 1)),
    );
  }
}

/** @returns {string} "64.2 %" */
function formatPercent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

/**
 * Tint a gray copy of the image by what each region adds: blue against, red for.
 * @param {{height: number, width: number, channels: number, values: ArrayLike<number>}} image 0 to 255.
 * @param {Grid} map Any size.
 * @param {{first: number, step: number}[]} places Of its rows and of its columns, in pixels of the image.
 * @returns {Grid} red, green, blue
 */
function tintedImage(image, map, [rows, columns]) {
  const { height, width, channels } = image;
  const largest = largestOf(map.values);
  const colours = colourMap("diverging", -largest, largest);
  const values = new Uint8ClampedArray(height * width * 3);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const at = (row * width + column) * channels;
      const [red, green, blue] = [0, 1, 2].map((channel) => image.values[at + (channels === 3 ? channel : 0)]);
      const gray = 0.299 * red + 0.587 * green + 0.114 * blue;
      const part = between(map, (row - rows.first) / rows.step, (column - columns.first) / columns.step);
      const tint = Math.min(0.85, (1.2 * Math.abs(part)) / largest);
      colours(part).forEach((colour, channel) => {
        values[(row * width + column) * 3 + channel] = gray * (1 - tint) + colour * tint;
      });
    }
  return makeGrid(height, width, 3, values);
}

/** @returns {number} A map between its cells, by the nearest four of them. @param {Grid} map */
function between(map, row, column) {
  const [y, x] = [clamp(row, 0, map.height - 1), clamp(column, 0, map.width - 1)];
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [bottom, right] = [Math.min(top + 1, map.height - 1), Math.min(left + 1, map.width - 1)];
  const along = (line) => valueAt(map, line, left) * (1 - x + left) + valueAt(map, line, right) * (x - left);
  return along(top) * (1 - y + top) + along(bottom) * (y - top);
}
