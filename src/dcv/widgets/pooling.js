// A pooling window on a feature map: of all values in it, one number is left in the pooled map.

const MODES = ["max", "average", "min"];
const PADDINGS = ["valid", "same"];
const LARGEST_WHOLE = 10; // a map of at most so many values a side is shown whole, with its numbers
const ZOOM = 8; // values along each side of the zoom into a larger map

/** What is shown with numbers along one axis: windows first … first + count − 1, values begin … end − 1.
 * @typedef {{first: number, count: number, begin: number, end: number}} Part */

/** @returns {number} The window whose middle is nearest to a place; the first of two that are equally near. */
function nearestWindow(starts, size, place) {
  const distances = starts.map((start) => Math.abs(start + (size - 1) / 2 - place));
  return distances.indexOf(Math.min(...distances));
}

/**
 * Choose the part of an axis that the zoom shows. It stays where it was as long as the window is inside.
 * @param {number} length Values of the feature map along this axis.
 * @param {number[]} starts Where all windows begin.
 * @param {number} index The chosen window.
 * @param {{size: number, stride: number}} settings
 * @param {number} [previous] The first window that the zoom showed until now.
 * @returns {Part}
 */
function partOfAxis(length, starts, index, { size, stride }, previous) {
  if (starts.length === 0) return { first: 0, count: 0, begin: 0, end: Math.min(length, LARGEST_WHOLE) };
  const lowest = Math.min(starts[0], 0); // with padding, windows begin before and end after the map
  const highest = Math.max(starts[starts.length - 1] + size, length);
  if (length <= LARGEST_WHOLE) return { first: 0, count: starts.length, begin: lowest, end: highest };
  const count = Math.min(Math.floor((ZOOM - size) / stride) + 1, starts.length);
  const wanted = clamp(previous ?? index - Math.floor(count / 2), index - count + 1, index);
  const first = clamp(wanted, 0, starts.length - count);
  const begin = Math.max(Math.min(first === 0 ? lowest : starts[first], highest - ZOOM), lowest);
  return { first, count, begin, end: Math.min(begin + ZOOM, highest) };
}

/** @returns {string} How one number comes from the values of a window: "max(1, −3, 4, 2) = 4". */
function poolingFormula(mode, values, result) {
  const list = values.map((value) => formatNumber(value)).join(", ");
  if (mode !== "average") return `${mode}(${list}) = ${formatNumber(result)}`;
  const terms = values.map((value, i) => {
    if (i === 0) return formatNumber(value);
    return value < 0 ? `− ${formatNumber(-value)}` : `+ ${formatNumber(value)}`;
  });
  return `(${terms.join(" ")}) / ${values.length} = ${formatNumber(result)}`;
}

function render({ model, el }) {
  const map = readGrid(model, "feature_map");
  const scale = responseColours(map.values); // pooled values never leave this scale
  const isWhole = Math.max(map.height, map.width) <= LARGEST_WHOLE;
  let preview = null; // the place under the pointer, which nobody chose yet
  let pooling = { key: "" }; // the pooled map, which only the settings change, not the place
  let shown = { key: "" }; // the part that the zoom shows

  const overview = isWhole ? null : element("div", "dcv-row dcv-maps", el);
  const wholeMap = overview && new PixelGrid(overview, { heading: "Feature map" });
  const wholePooled = overview && new PixelGrid(overview, { heading: "Pooled map" });
  const parts = element("div", "dcv-row dcv-parts", el);
  const mapPart = new PixelGrid(parts, { heading: "Feature map" });
  const pooledPart = new PixelGrid(parts, { heading: "Pooled map" });
  const legend = element("p", "dcv-caption", el);
  if (scale.low !== scale.high) new ColourBar(el).draw(scale);

  /** The pooled map and where its windows lie, along rows and columns. */
  function poolWith(settings) {
    const key = JSON.stringify(settings);
    if (pooling.key !== key) {
      const axes = [map.height, map.width].map((length) => ({
        starts: windowStarts(length, settings.size, settings),
        coverage: windowCoverage(length, settings.size, settings),
      }));
      pooling = { key, axes, pooled: pool2d(map, settings) };
    }
    return pooling;
  }

  function compute() {
    const settings = {
      mode: MODES[model.get("mode_index")],
      size: model.get("size"),
      stride: model.get("stride"),
      padding: PADDINGS[model.get("padding_index")],
    };
    const { key, axes, pooled } = poolWith(settings);
    const fits = pooled.values.length > 0;
    const place = preview ?? model.get("place");
    const [row, column] = axes.map(({ starts }, axis) => nearestWindow(starts, settings.size, place[axis]));
    const firsts = shown.key === key ? shown.firsts : [];
    const [rows, columns] = [
      partOfAxis(map.height, axes[0].starts, row, settings, firsts[0]),
      partOfAxis(map.width, axes[1].starts, column, settings, firsts[1]),
    ];
    shown = { key, firsts: [rows.first, columns.first] };
    const top = fits ? axes[0].starts[row] : 0;
    const left = fits ? axes[1].starts[column] : 0;
    const window = fits ? pixelsInWindow(map, top, left, settings.size) : [];
    const value = fits ? pooled.values[row * pooled.width + column] : null;
    const [usedRows, usedColumns] = axes.map(({ coverage }) => coverage.filter(Boolean).length);
    const unused = map.values.length - usedRows * usedColumns;
    const state = { settings, axes, pooled, row, column, rows, columns, top, left, window, value, unused };
    return { ...state, numbers: numbers(state), readout: readout(state) };
  }

  function numbers({ settings, pooled, row, column, top, left, window, value, unused, rows, columns }) {
    return {
      ...settings,
      row,
      column,
      top,
      left,
      window,
      value,
      unused,
      pooledShape: [pooled.height, pooled.width],
      pooled: [...pooled.values],
      part: [rows.begin, columns.begin, rows.end - rows.begin, columns.end - columns.begin],
      pooledPart: [rows.first, columns.first, rows.count, columns.count],
    };
  }

  function readout({ settings, pooled, row, column, window, value, unused }) {
    const { mode, size, stride, padding } = settings;
    const sizes = `${formatSize(map.height, map.width)} → ${formatSize(pooled.height, pooled.width)}`;
    if (value === null)
      return (
        `The ${formatSize(size, size)} window does not fit into ${formatSize(map.height, map.width)} values:` +
        " choose a smaller one, or padding same."
      );
    const [before, after] = [map.values.length, pooled.values.length];
    const share = formatNumber((100 * after) / before, 1);
    const overlap = stride < size ? " Windows overlap." : "";
    const lost = unused === 0 ? "Every value lies in a window." : `No window uses ${unused} of them (hatched).`;
    return (
      `Row ${row}, column ${column} of the pooled map: ${poolingFormula(mode, window, value)}.\n` +
      `Of ${before} values ${after} remain (${share} %): ${sizes} with padding ${padding}. ${lost}${overlap}`
    );
  }

  function draw(state) {
    const { settings, pooled, row, column, rows, columns, top, left, value } = state;
    const isThere = value !== null;
    const { size } = settings;
    const part = cropGrid(map, rows.begin, columns.begin, rows.end - rows.begin, columns.end - columns.begin);
    const names = isWhole ? ["Feature map", "Pooled map"] : ["Zoom", "Pooled"];
    const smallPart = cropGrid(pooled, rows.first, columns.first, rows.count, columns.count);
    const window = { row: top, column: left, height: size, width: size };
    const cell = { row, column };
    const shade = shadeOf(state);
    const frames = [...keptValues(state), window].map((frame) => shifted(frame, rows.begin, columns.begin));
    drawGrid(mapPart, part, names[0], isWhole ? map : part, (i, j) => shade(i + rows.begin, j + columns.begin));
    drawGrid(pooledPart, smallPart, names[1], smallPart);
    mapPart.showWindows(isThere ? frames : []);
    pooledPart.showWindows(isThere ? [shifted(cell, rows.first, columns.first)] : []);
    // Both parts have cells of the same size, so that one sees how much smaller the map becomes.
    mapPart.figure.style.setProperty("--dcv-columns", String(part.width));
    pooledPart.figure.style.setProperty("--dcv-columns", String(Math.max(smallPart.width, 1)));
    if (overview) {
      drawGrid(wholeMap, map, "Feature map", map, Math.max(map.height, map.width) <= 48 ? shade : undefined);
      drawGrid(wholePooled, pooled, "Pooled map", pooled);
      const [{ height, width }, kind] = [part, "second"];
      const frame = { row: rows.begin, column: columns.begin, height, width, kind };
      const smallFrame = { row: rows.first, column: columns.first, height: rows.count, width: columns.count, kind };
      wholeMap.showWindows(isThere ? [frame, window] : []);
      wholePooled.showWindows(isThere ? [smallFrame, cell] : []);
    }
    const kept = { max: " In it, dashed: the largest value.", min: " In it, dashed: the smallest value.", average: "" };
    const zoom = overview ? " In the large maps, dashed: the zoom." : "";
    const edge = settings.padding === "same" ? " Windows may hang over the edge: padding same." : "";
    legend.textContent = `Solid: the window and the value that it leaves.${kept[settings.mode]}${zoom}${edge}`;
  }

  function drawGrid(picture, grid, heading, { height, width }, shade) {
    picture.setHeading(heading, formatSize(height, width));
    const [low, high] = rangeOf(grid.values);
    const label = `${heading}, ${formatSize(height, width)} values from ${formatNumber(low)} to ${formatNumber(high)}`;
    picture.draw(grid, { colours: scale.colours, label, shade });
  }

  /** Which texture a place has: dots outside the map, a hatch where no window comes. */
  function shadeOf({ axes }) {
    return (row, column) => {
      if (row < 0 || column < 0 || row >= map.height || column >= map.width) return "padding";
      return axes[0].coverage[row] && axes[1].coverage[column] ? "" : "unused";
    };
  }

  /** Frames around the values of the window that max or min pooling keeps; there may be several. */
  function keptValues({ settings, top, left, value }) {
    if (settings.mode === "average") return [];
    const frames = [];
    for (let row = Math.max(top, 0); row < Math.min(top + settings.size, map.height); row++)
      for (let column = Math.max(left, 0); column < Math.min(left + settings.size, map.width); column++)
        if (valueAt(map, row, column) === value) frames.push({ row, column, kind: "second" });
    return frames;
  }

  // ---------------------------------------------------------------- what the reader does

  /** The middle of a window, by its row and column in the pooled map. */
  function middleOf(row, column) {
    const { axes, settings } = explorer.state();
    return [axes[0].starts[row], axes[1].starts[column]].map((start) => start + (settings.size - 1) / 2);
  }

  function goTo(place) {
    preview = null;
    if (place.every(Number.isFinite)) setTraits(model, { place });
    explorer.update();
  }

  function move(rows, columns) {
    const { pooled, row, column } = explorer.state();
    goTo(middleOf(clamp(row + rows, 0, pooled.height - 1), clamp(column + columns, 0, pooled.width - 1)));
  }

  const explorer = runExplorer({
    model,
    el,
    traits: ["mode_index", "size", "stride", "padding_index", "place"],
    compute,
    draw,
  });
  const partShown = () => explorer.state();
  const inMap = ({ row, column }) => [row, column];
  const inZoom = ({ row, column }) => [row + partShown().rows.begin, column + partShown().columns.begin];
  const inPooled = ({ row, column }) => middleOf(row, column);
  const inPooledZoom = ({ row, column }) => middleOf(row + partShown().rows.first, column + partShown().columns.first);
  /** @type {[PixelGrid, Function, string][]} */
  const pictures = overview
    ? [
        [wholeMap, inMap, "feature map"],
        [wholePooled, inPooled, "pooled map"],
        [mapPart, inZoom, "zoom"],
        [pooledPart, inPooledZoom, "pooled zoom"],
      ]
    : [
        [mapPart, inZoom, "feature map"],
        [pooledPart, inPooledZoom, "pooled map"],
      ];
  for (const [picture, placeOf, name] of pictures)
    picture.onMove({
      label: `Position of the window in the ${name}: arrow keys move it`,
      choose: (cell) => goTo(placeOf(cell)),
      preview: (cell) => {
        preview = placeOf(cell);
        explorer.update();
      },
      leave: () => {
        preview = null;
        explorer.update();
      },
      move,
    });
  return explorer.stop;
}

/** @returns {{row: number, column: number}} A frame in the coordinates of a part. */
function shifted(frame, top, left) {
  return { ...frame, row: frame.row - top, column: frame.column - left };
}

export default { render };
