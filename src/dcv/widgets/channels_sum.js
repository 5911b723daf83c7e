// One filter on an image in colour: each slice meets its own channel, and all products make one sum.

const CHANNELS = ["red", "green", "blue"];

/** @returns {Grid} A grid from rows of columns of channels. */
function gridFromCells(rows) {
  return makeGrid(rows.length, rows[0].length, rows[0][0].length, Float64Array.from(rows.flat(2)));
}

/** @returns {number[][][]} The rows of a filter as Python reads them: rows of columns of channels. */
function cellsOf({ height, width, channels, values }) {
  return Array.from({ length: height }, (_, i) =>
    Array.from({ length: width }, (_, j) => [
      ...values.slice((i * width + j) * channels, (i * width + j + 1) * channels),
    ]),
  );
}

/** @returns {string} The values of a grid. */
function listValues({ values }) {
  return Array.from(values, (value) => formatNumber(value)).join(", ");
}

/** @returns {Grid} Values as red, green and blue from 0 to 255, to be drawn. */
function forDrawing(image, { low, high }) {
  const scale = 255 / (high - low);
  return makeGrid(
    image.height,
    image.width,
    3,
    Float64Array.from(image.values, (value) => (value - low) * scale),
  );
}

function render({ model, el }) {
  const stored = readGrid(model, "image");
  const unit = model.get("unit");
  // Bytes are drawn from 0 to 255 even if the image holds less.
  const bytes = stored.values instanceof Uint8Array;
  const image = makeGrid(
    stored.height,
    stored.width,
    3,
    Float64Array.from(stored.values, (value) => value / unit),
  );
  const channels = [0, 1, 2].map((channel) => channelOf(image, channel));
  const range = bytes ? { low: 0, high: 255 / unit } : pixelColours(stored.values);
  const gray = colourMap("gray", range.low, range.high);
  const picture = forDrawing(image, range);
  let preview = null; // the position under the pointer, which nobody chose yet

  const maps = element("div", "dcv-row dcv-maps", el);
  const input = new PixelGrid(maps, { heading: "Input" });
  const output = new PixelGrid(maps, { heading: "Feature map" });
  const bar = new ColourBar(output.figure);
  const sum = element("p", "dcv-equation", el);
  const thirds = element("div", "dcv-thirds", el);
  const slices = CHANNELS.map((name, channel) =>
    slicePart(thirds, name, (row, column, value) => edit(row, column, channel, value)),
  );

  function compute() {
    const edited = model.get("edited");
    const kernel = gridFromCells(edited.length ? edited : model.get("kernel_table")[model.get("filter_index")]);
    const kernels = [0, 1, 2].map((channel) => channelOf(kernel, channel));
    const bias = model.get("bias");
    const channelMaps = kernels.map((slice, channel) => correlate2d(channels[channel], slice));
    const response = conv2d(image, [kernel], {}, [bias]);
    const position = (preview ?? model.get("position")) % response.values.length;
    const row = Math.floor(position / response.width);
    const column = position % response.width;
    const windows = channels.map((channel) => cropGrid(channel, row, column, kernel.height, kernel.width));
    const sums = channelMaps.map((map) => map.values[position]);
    const value = response.values[position];
    const state = { kernel, kernels, bias, channelMaps, response, position, row, column, windows, sums, value };
    return { ...state, numbers: numbers(state), readout: readout(state) };
  }

  function numbers({ kernel, bias, channelMaps, response, row, column, windows, sums, value }) {
    return {
      filter: model.get("kernel_names")[model.get("filter_index")],
      kernelShape: [kernel.height, kernel.width, 3],
      kernel: [...kernel.values],
      bias,
      row,
      column,
      windows: windows.map((window) => [...window.values]),
      channelMaps: channelMaps.map((map) => [...map.values]),
      sums,
      responseShape: [response.height, response.width],
      response: [...response.values],
      value,
    };
  }

  function readout({ response, bias, row, column, sums, value }) {
    const parts = CHANNELS.map((name, i) => `${name} ${formatNumber(sums[i], 3)}`).join(", ");
    return (
      `Row ${row}, column ${column} of ${formatSize(response.height, response.width)}: the sums are ${parts};` +
      ` with the bias ${formatNumber(bias, 3)} they make ${formatNumber(value, 3)}. Three sums, one map.`
    );
  }

  function draw(state) {
    const { kernel, kernels, bias, channelMaps, response, row, column, windows, sums, value } = state;
    const size = formatSize(response.height, response.width);
    const scale = responseColours([...response.values, ...channelMaps.flatMap((map) => [...map.values])]);
    input.setHeading("Input", `${formatSize(image.height, image.width)} × 3`);
    input.draw(picture, { label: `The input in colour, ${formatSize(image.height, image.width)} pixels` });
    input.showWindows([{ row, column, height: kernel.height, width: kernel.width }]);
    const [low, high] = rangeOf(response.values).map((limit) => formatNumber(limit));
    output.setHeading("Feature map", `${size} × 1, sum + bias`);
    output.draw(response, { colours: scale.colours, label: `The feature map, ${size}, from ${low} to ${high}` });
    output.showWindows([{ row, column }]);
    bar.draw(scale);
    const weights = largestOf(kernel.values);
    const kernelColours = colourMap("diverging", -weights, weights);
    slices.forEach((slice, i) => {
      slice.map.draw(channelMaps[i], {
        colours: scale.colours,
        label: `The response of the ${CHANNELS[i]} slice, ${size}`,
      });
      slice.map.showWindows([{ row, column }]);
      slice.window.draw(windows[i], {
        colours: gray,
        label: `The window in ${CHANNELS[i]}: ${listValues(windows[i])}`,
      });
      slice.table.draw(kernels[i], kernelColours);
      slice.sum.textContent = `sum = ${formatNumber(sums[i], 3)}`;
    });
    writeEquation(sums, bias, value);
  }

  /** red + green + blue + bias = total, each under its name. */
  function writeEquation(sums, bias, value) {
    sum.replaceChildren();
    const terms = [...CHANNELS.map((name, i) => [name, sums[i]]), ["bias", bias], ["total", value]];
    terms.forEach(([name, number], i) => {
      const sign = i === 0 ? "" : i === terms.length - 1 ? "=" : "+";
      if (sign) element("span", "dcv-operator", sum).textContent = sign;
      const term = element("span", i === terms.length - 1 ? "dcv-total" : "", sum);
      element("b", "", term).textContent = formatNumber(number, 3);
      element("small", "", term).textContent = name;
    });
  }

  // ---------------------------------------------------------------- what the reader does

  function goTo(position) {
    preview = null;
    setTraits(model, { position });
    explorer.update();
  }

  function show(position) {
    preview = position;
    explorer.update();
  }

  function move(rows, columns) {
    const { response, row, column } = explorer.state();
    goTo(clamp(row + rows, 0, response.height - 1) * response.width + clamp(column + columns, 0, response.width - 1));
  }

  /** The position whose window has its middle next to a cell of the input. */
  function positionOfInput({ row, column }) {
    const { kernel, response } = explorer.state();
    const nearest = (cell, size, count) => clamp(Math.round(cell - (size - 1) / 2), 0, count - 1);
    return (
      nearest(row, kernel.height, response.height) * response.width + nearest(column, kernel.width, response.width)
    );
  }

  function positionOfOutput({ row, column }) {
    return row * explorer.state().response.width + column;
  }

  function edit(row, column, channel, value) {
    const rows = cellsOf(explorer.state().kernel);
    rows[row][column][channel] = value;
    setTraits(model, { edited: rows });
  }

  const forgetEdits = () => setTraits(model, { edited: [] });
  model.on("change:filter_index", forgetEdits);
  const explorer = runExplorer({ model, el, traits: ["filter_index", "edited", "bias", "position"], compute, draw });
  /** @type {[PixelGrid, Function, string][]} */
  const places = [
    [input, positionOfInput, "input"],
    [output, positionOfOutput, "feature map"],
  ];
  for (const [grid, positionOf, name] of places)
    grid.onMove({
      label: `Position of the window in the ${name}: arrow keys move it`,
      choose: (cell) => goTo(positionOf(cell)),
      preview: (cell) => show(positionOf(cell)),
      leave: () => show(null),
      move,
    });
  return () => {
    model.off("change:filter_index", forgetEdits);
    explorer.stop();
  };
}

/** The column of a channel: window × slice, their sum, and the map of all such sums. */
function slicePart(parent, name, onEdit) {
  const column = element("div", "dcv-slice", parent);
  const window = new PixelGrid(column, { heading: name, className: "dcv-term" });
  window.setHeading(name, "window");
  element("span", "dcv-times", column, { "aria-hidden": "true" }).textContent = "×";
  const table = new NumberTable(column, { name: `${name} slice`, onEdit });
  const sum = element("p", "dcv-sum", column);
  const map = new PixelGrid(column, { heading: `${name} map` });
  return { window, table, sum, map };
}

export default { render };
