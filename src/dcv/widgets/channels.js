// Mix the channels of an image, with fewer pixels and bits if wanted, and read the numbers of one pixel.

const CHANNELS = ["red", "green", "blue"];

/** @returns {number[]} Where each of `count` blocks begins, and where the last one ends. */
function blockEdges(size, count) {
  return Array.from({ length: count + 1 }, (_, i) => Math.floor((i * size) / count));
}

/** @returns {Grid} An image with fewer pixels: each is the mean of a block of old ones. @param {Grid} image */
function blockMeans(image, rows) {
  const columns = Math.max(Math.floor((2 * image.width * rows + image.height) / (2 * image.height)), 1);
  const tops = blockEdges(image.height, rows);
  const lefts = blockEdges(image.width, columns);
  const means = makeGrid(rows, columns, image.channels);
  let next = 0;
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      for (let channel = 0; channel < image.channels; channel++) {
        let sum = 0;
        for (let row = tops[i]; row < tops[i + 1]; row++)
          for (let column = lefts[j]; column < lefts[j + 1]; column++) sum += valueAt(image, row, column, channel);
        means.values[next++] = sum / ((tops[i + 1] - tops[i]) * (lefts[j + 1] - lefts[j]));
      }
  return means;
}

/** @returns {Grid} A grid of the same size whose values are a function of those of another. */
function mapGrid(grid, change) {
  return makeGrid(grid.height, grid.width, grid.channels, Float64Array.from(grid.values, change));
}

/** The block of the reduced image in which a pixel lies, along one axis. */
function blockOf(pixel, size, count) {
  return Math.floor(((pixel + 1) * count - 1) / size);
}

/** A pixel in the middle of a block, along one axis. */
function middleOf(block, size, count) {
  const edges = blockEdges(size, count);
  return Math.floor((edges[block] + edges[block + 1] - 1) / 2);
}

/** @returns {string} A number with a comma before each thousand. */
function withCommas(number) {
  return number.toLocaleString("en-US");
}

function render({ model, el }) {
  const image = readGrid(model, "image");
  const isMixing = model.get("tools") !== "reducing";
  const isReducing = model.get("tools") !== "mixing";
  const gray = colourMap("gray", 0, 255);
  let preview = null; // the pixel of the image under the pointer, which nobody chose yet

  const main = element("div", "dcv-row dcv-maps", el);
  const original = isMixing ? null : new PixelGrid(main, { heading: "Original" });
  const colour = new PixelGrid(main, { heading: isMixing ? "In colour" : "Reduced" });
  const mixture = isMixing ? new PixelGrid(main, { heading: "In grey" }) : null;
  const thirds = element("div", "dcv-thirds", el);
  const parts = CHANNELS.map((name) => channelPart(isMixing ? thirds : null, name, model));
  const table = element("table", "dcv-pixel-table", element("div", "dcv-scroll", el));

  function compute() {
    const [rows, bits] = [model.get("resolution"), model.get("bits")];
    const means = blockMeans(image, rows);
    const levels = mapGrid(means, (value) => Math.floor(value / (256 / 2 ** bits)));
    const values = mapGrid(levels, (level) => (level * 255) / (2 ** bits - 1));
    const amounts = CHANNELS.map((name) => (model.get(`use_${name}`) ? model.get(name) : 0));
    const total = amounts[0] + amounts[1] + amounts[2];
    const shares = amounts.map((amount) => amount / (total || 1));
    const gains = amounts.map((amount) => amount / (Math.max(...amounts) || 1));
    const coloured = isMixing ? mapGrid(values, (value, i) => value * gains[i % 3]) : values;
    const grays = makeGrid(rows, values.width);
    grays.values.forEach((_, i) => {
      grays.values[i] = shares.reduce((sum, share, channel) => sum + share * values.values[3 * i + channel], 0);
    });
    const place = preview ?? { row: model.get("row"), column: model.get("column") };
    const row = blockOf(place.row, image.height, rows);
    const column = blockOf(place.column, image.width, values.width);
    const at = (grid) => [0, 1, 2].map((channel) => valueAt(grid, row, column, channel));
    const pixel = { means: at(means), levels: at(levels), values: at(values), gray: valueAt(grays, row, column) };
    const bytes = Math.ceil((rows * values.width * 3 * bits) / 8);
    const state = { rows, bits, levels, values, amounts, total, shares, coloured, grays, row, column, pixel, bytes };
    return { ...state, numbers: numbers(state), readout: readout(state) };
  }

  function numbers({ rows, bits, levels, values, shares, coloured, grays, row, column, pixel, bytes }) {
    return {
      size: [rows, values.width],
      bits,
      bytes,
      shares,
      levels: [...levels.values],
      values: [...values.values],
      coloured: [...coloured.values],
      grays: [...grays.values],
      row,
      column,
      pixel: pixel.values,
      gray: pixel.gray,
    };
  }

  function readout({ rows, bits, values, total, row, column, pixel, bytes }) {
    const [red, green, blue] = pixel.values.map((value) => formatNumber(value, 1));
    const place = `Row ${row}, column ${column} of ${formatSize(rows, values.width)}:`;
    const parts = CHANNELS.map((name) => `${model.get(name)} ${name}${model.get(`use_${name}`) ? "" : " (off)"}`).join(
      " + ",
    );
    const mixed = `${total ? `grey ${formatNumber(pixel.gray, 1)}` : "no grey"} from the parts ${parts}.`;
    const whole = image.height * image.width * 3;
    const size =
      `\n${rows} · ${values.width} pixels · 3 channels · ${bits} ${bits === 1 ? "bit" : "bits"} make` +
      ` ${withCommas(bytes)} bytes` +
      (bytes < whole ? `, ${formatNumber((100 * bytes) / whole)} % of ${withCommas(whole)}.` : ".");
    return `${place} red ${red}, green ${green}, blue ${blue}${isMixing ? `; ${mixed}` : "."}${isReducing ? size : ""}`;
  }

  function draw(state) {
    const { rows, bits, values, amounts, total, shares, coloured, grays, row, column } = state;
    const size = formatSize(rows, values.width);
    const cell = { row, column };
    original?.draw(image, { label: `The image, ${formatSize(image.height, image.width)} pixels` });
    original?.showWindows([blockAt(row, column, rows, values.width)]);
    colour.setHeading(isMixing ? "In colour" : "Reduced", isReducing ? `${size}, ${2 ** bits} levels` : size);
    colour.draw(coloured, { label: `In colour, ${size} pixels, ${listShares(amounts, total)}` });
    colour.showWindows([cell]);
    mixture?.setHeading("In grey", total ? shares.map((share) => percent(share)).join(" + ") : "no channel");
    mixture?.draw(grays, {
      colours: gray,
      numbers: values.width <= 16,
      label: `In grey, ${size} pixels, ${listShares(amounts, total)}`,
    });
    mixture?.showWindows(total ? [cell] : []);
    parts.forEach((part, channel) => part.draw(channelOf(values, channel), shares[channel], cell));
    drawTable(state);
  }

  /** The pixels of the image that a pixel of the reduced one stands for. */
  function blockAt(row, column, rows, columns) {
    const [tops, lefts] = [blockEdges(image.height, rows), blockEdges(image.width, columns)];
    const [top, left] = [tops[row], lefts[column]];
    return { row: top, column: left, height: tops[row + 1] - top, width: lefts[column + 1] - left };
  }

  function listShares(amounts, total) {
    return total ? CHANNELS.map((name, i) => `${amounts[i]} of ${total} ${name}`).join(", ") : "no channel is used";
  }

  /** The numbers of the chosen pixel, and how its gray comes about. */
  function drawTable({ bits, total, shares, pixel, row, column }) {
    const lines = [];
    const one = (value) => formatNumber(value, 1);
    if (isReducing) lines.push(["mean of the block", ...pixel.means.map(one), ""]);
    if (isReducing) lines.push([`level, 0 to ${2 ** bits - 1}`, ...pixel.levels.map(String), ""]);
    lines.push([isReducing ? "drawn as" : "value", ...pixel.values.map(one), ""]);
    if (isMixing) {
      const products = shares.map((share, i) => one(share * pixel.values[i]));
      lines.push(["× share", ...shares.map(percent), total ? "grey" : ""]);
      lines.push(["= product", ...products, total ? `= ${one(pixel.gray)}` : "–"]);
    }
    table.replaceChildren();
    const head = element("tr", "", element("thead", "", table));
    const corner = element("th", "", head, { scope: "col" });
    element("span", "dcv-swatch", corner, { "aria-hidden": "true" }).style.background = cssColour(pixel.values);
    corner.append(`row ${row}, column ${column}`);
    for (const name of [...CHANNELS, ...(isMixing ? ["sum"] : [])])
      element("th", "", head, { scope: "col" }).textContent = name;
    const body = element("tbody", "", table);
    for (const [name, ...texts] of lines) {
      const line = element("tr", "", body);
      element("th", "", line, { scope: "row" }).textContent = name;
      for (const text of isMixing ? texts : texts.slice(0, 3)) element("td", "", line).textContent = text;
    }
  }

  // ---------------------------------------------------------------- what the reader does

  /** The pixel of the image that stands for a cell of the reduced one. */
  function placeOf({ row, column }) {
    const { rows, values } = explorer.state();
    return { row: middleOf(row, image.height, rows), column: middleOf(column, image.width, values.width) };
  }

  function choose(place) {
    preview = null;
    setTraits(model, place);
    explorer.update();
  }

  function move(down, right) {
    const { rows, values, row, column } = explorer.state();
    choose(placeOf({ row: clamp(row + down, 0, rows - 1), column: clamp(column + right, 0, values.width - 1) }));
  }

  function show(place) {
    preview = place;
    explorer.update();
  }

  const explorer = runExplorer({
    model,
    el,
    traits: [...CHANNELS, ...CHANNELS.map((name) => `use_${name}`), "resolution", "bits", "row", "column"],
    compute,
    draw,
  });
  const pictures = { "the picture in colour": colour, "the picture in grey": mixture };
  for (const [name, grid] of Object.entries(pictures))
    grid?.onMove({
      label: `Pixel in ${name}: arrow keys move it`,
      choose: (cell) => choose(placeOf(cell)),
      preview: (cell) => show(placeOf(cell)),
      leave: () => show(null),
      move,
    });
  return () => {
    parts.forEach((part) => part.stop());
    explorer.stop();
  };
}

/** A channel as a gray picture, with a tick box that switches it off; without a parent, nothing. */
function channelPart(parent, name, model) {
  if (!parent) return { draw() {}, stop() {} };
  const grid = new PixelGrid(parent, { heading: name });
  const label = element("label", "dcv-tick", grid.figure);
  const box = element("input", "", label, { type: "checkbox" });
  label.append(`use ${name}`);
  grid.figure.prepend(label);
  const read = () => {
    box.checked = model.get(`use_${name}`);
  };
  box.addEventListener("change", () => setTraits(model, { [`use_${name}`]: box.checked }));
  model.on(`change:use_${name}`, read);
  read();
  return {
    draw(channel, share, cell) {
      grid.setHeading(`${model.get(name)}`, box.checked ? `parts, ${percent(share)}` : "parts, but off");
      grid.draw(channel, {
        colours: colourMap("gray", 0, 255),
        numbers: false,
        label: `The ${name} channel${box.checked ? "" : ", switched off"}`,
      });
      grid.stage.classList.toggle("dcv-off", !box.checked);
      grid.showWindows([cell]);
    },
    stop: () => model.off(`change:use_${name}`, read),
  };
}

/** @returns {string} A share as per cent. */
function percent(share) {
  return `${formatNumber(100 * share, 0)}\u00a0%`;
}

export default { render };
