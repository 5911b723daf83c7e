// A kernel slides over an image: window × kernel = products, and their sum is one value of the response map.

/** @returns {number[][]} The kernel that the reader chose, with the cells that he or she changed. */
function chosenRows(model) {
  const edited = model.get("edited");
  if (edited.length > 0) return edited;
  const sizes = model.get("sizes");
  const sizeIndex = Math.max(sizes.indexOf(model.get("kernel_size")), 0);
  return model.get("kernel_table")[model.get("filter_index")][sizeIndex];
}

/** @returns {string} The formula of the output size along one axis, filled in. */
function sizeFormula(size, kernelSize, stride, padding) {
  const result = outputSize(size, kernelSize, { stride, padding });
  return `⌊(${size} + 2·${padding} − ${kernelSize}) / ${stride}⌋ + 1 = ${result}`;
}

function render({ model, el }) {
  const image = readGrid(model, "image");
  const gray = pixelColours(image.values);
  const respond = remember((rows, stride, padding) => correlate2d(image, gridFromRows(rows), { stride, padding }));
  const padded = remember((padding) => padGrid(image, padding));
  let preview = null; // the position under the pointer, which nobody chose yet

  const maps = element("div", "dcv-row dcv-maps", el);
  const input = new PixelGrid(maps, { heading: "Input" });
  const output = new PixelGrid(maps, { heading: "Response map" });
  const bar = new ColourBar(output.figure);

  const terms = element("div", "dcv-row dcv-terms", el);
  const windowGrid = new PixelGrid(element("div", "dcv-group", terms), { heading: "Window", className: "dcv-term" });
  const kernelGroup = signGroup(terms, "×");
  const kernelFigure = element("div", "dcv-figure dcv-term", kernelGroup);
  const kernelCaption = element("p", "dcv-caption", kernelFigure);
  const kernelTable = new NumberTable(kernelFigure, { name: "kernel", onEdit: editKernel });
  const products = new PixelGrid(signGroup(terms, "="), { heading: "Products", className: "dcv-term" });
  const sum = element("p", "dcv-sum", products.figure);

  const buttons = element("div", "dcv-row", el);
  const stopPlaying = playButton(buttons, {
    label: "slide the kernel",
    step: () => goTo(explorer.state().position + 1),
  });

  function compute() {
    const rows = chosenRows(model);
    const kernel = gridFromRows(rows);
    const [stride, padding] = [model.get("stride"), model.get("padding")];
    const response = respond(rows, stride, padding);
    const count = response.height * response.width;
    const position = count ? (preview ?? model.get("position")) % count : 0;
    const row = count ? Math.floor(position / response.width) : 0;
    const column = count ? position % response.width : 0;
    const window = cropGrid(image, row * stride - padding, column * stride - padding, kernel.height, kernel.width);
    const product = makeGrid(
      kernel.height,
      kernel.width,
      1,
      window.values.map((value, i) => value * kernel.values[i]),
    );
    const value = count ? response.values[position] : null;
    const state = { kernel, stride, padding, response, position, row, column, window, product, value };
    return {
      ...state,
      get numbers() {
        return numbers(state); // thousands, which only tests ask for
      },
      readout: readout(state),
    };
  }

  function numbers({ kernel, stride, padding, response, row, column, window, product, value }) {
    return {
      filter: model.get("kernel_names")[model.get("filter_index")],
      kernelShape: [kernel.height, kernel.width],
      kernel: [...kernel.values],
      stride,
      padding,
      row,
      column,
      window: [...window.values],
      products: [...product.values],
      responseShape: [response.height, response.width],
      response: [...response.values],
      value,
    };
  }

  function readout({ kernel, stride, padding, response, row, column, value }) {
    const size = formatSize(kernel.height, kernel.width);
    if (value === null)
      return `The ${size} kernel does not fit into ${formatSize(image.height, image.width)} pixels with padding ${padding}.`;
    const rows = `Rows of the response map: ${sizeFormula(image.height, kernel.height, stride, padding)}.`;
    const columns = `Columns: ${sizeFormula(image.width, kernel.width, stride, padding)}.`;
    const both = image.width === image.height && kernel.width === kernel.height;
    return (
      `Row ${row}, column ${column} of ${formatSize(response.height, response.width)}:` +
      ` the ${kernel.values.length} products add up to ${formatNumber(value, 4)}.\n` +
      (both
        ? `Size of the response map: ${sizeFormula(image.height, kernel.height, stride, padding)}.`
        : `${rows} ${columns}`)
    );
  }

  function draw(state) {
    const { kernel, padding, stride, response, row, column, window, product, value } = state;
    drawInput(padding);
    const responses = responseColours(response.values);
    const kernelColours = colourMap("diverging", ...symmetric(kernel.values));
    output.setHeading("Response map", formatSize(response.height, response.width));
    const key = JSON.stringify([...kernel.values, kernel.width, stride, padding]);
    output.draw(response, { colours: responses.colours, label: responseLabel(state), key });
    bar.draw(responses);
    windowGrid.draw(window, { colours: gray.colours, label: `The window: ${listRows(window)}` });
    products.draw(product, {
      colours: colourMap("diverging", ...symmetric(product.values)),
      label: `The products: ${listRows(product)}`,
    });
    kernelTable.draw(kernel, kernelColours);
    kernelCaption.replaceChildren(element("b", ""), ` ${formatSize(kernel.height, kernel.width)}, editable`);
    kernelCaption.firstChild.textContent = "Kernel";
    sum.textContent = value === null ? "" : `sum = ${formatNumber(value, 3)}`;
    terms.style.setProperty("--dcv-columns", String(kernel.width));
    const isThere = value !== null;
    input.showWindows(
      isThere ? [{ row: row * stride, column: column * stride, height: kernel.height, width: kernel.width }] : [],
    );
    output.showWindows(isThere ? [{ row, column }] : []);
  }

  function drawInput(padding) {
    const isPadding = (row, column) =>
      row < padding || column < padding || row >= image.height + padding || column >= image.width + padding;
    const detail = formatSize(image.height, image.width) + (padding ? `, padding ${padding}` : "");
    input.setHeading("Input", detail);
    input.draw(padded(padding), {
      colours: gray.colours,
      label: `The input, ${detail}`,
      key: detail,
      shade: padding ? (row, column) => (isPadding(row, column) ? "padding" : "") : undefined,
    });
  }

  function responseLabel({ response }) {
    const [low, high] = rangeOf(response.values);
    return `The response map, ${formatSize(response.height, response.width)}, from ${formatNumber(low)} to ${formatNumber(high)}`;
  }

  // ---------------------------------------------------------------- what the reader does

  function goTo(position) {
    preview = null;
    const { response } = explorer.state();
    setTraits(model, { position: position % (response.height * response.width || 1) });
    explorer.update();
  }

  function move(rows, columns) {
    const { response, row, column } = explorer.state();
    const nextRow = clamp(row + rows, 0, response.height - 1);
    const nextColumn = clamp(column + columns, 0, response.width - 1);
    goTo(nextRow * response.width + nextColumn);
  }

  /** The position in the response map whose window has its middle next to a cell of the padded input. */
  function positionOfInput({ row, column }) {
    const { kernel, stride, response } = explorer.state();
    const nearest = (cell, size, count) => clamp(Math.round((cell - (size - 1) / 2) / stride), 0, count - 1);
    return (
      nearest(row, kernel.height, response.height) * response.width + nearest(column, kernel.width, response.width)
    );
  }

  function positionOfOutput({ row, column }) {
    return row * explorer.state().response.width + column;
  }

  function editKernel(row, column, value) {
    const rows = chosenRows(model).map((weights) => [...weights]); // the model must not change by itself
    rows[row][column] = value;
    setTraits(model, { edited: rows });
  }

  const forgetEdits = () => setTraits(model, { edited: [] });
  model.on("change:filter_index", forgetEdits);
  model.on("change:kernel_size", forgetEdits);

  const explorer = runExplorer({
    model,
    el,
    traits: ["filter_index", "kernel_size", "edited", "stride", "padding", "position"],
    compute,
    draw,
  });
  /** @type {[PixelGrid, Function, string][]} */
  const places = [
    [input, positionOfInput, "input"],
    [output, positionOfOutput, "response map"],
  ];
  for (const [grid, positionOf, name] of places)
    grid.onMove({
      label: `Position of the window in the ${name}: arrow keys move it`,
      choose: (cell) => goTo(positionOf(cell)),
      preview: (cell) => {
        preview = positionOf(cell);
        explorer.update();
      },
      leave: () => {
        preview = null;
        explorer.update();
      },
      move,
    });

  return () => {
    stopPlaying();
    model.off("change:filter_index", forgetEdits);
    model.off("change:kernel_size", forgetEdits);
    explorer.stop();
  };
}

/** @returns {HTMLElement} A place for a picture with a sign before it. */
function signGroup(parent, sign) {
  const group = element("div", "dcv-group", parent);
  element("span", "dcv-sign", group, { "aria-hidden": "true" }).textContent = sign;
  return group;
}

/** @returns {[number, number]} Limits around zero. */
function symmetric(values) {
  const [low, high] = rangeOf(values);
  const largest = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return [-largest, largest];
}

/** @returns {string} The values of a small grid, row by row. */
function listRows(grid) {
  const rows = Array.from({ length: grid.height }, (_, i) =>
    Array.from(grid.values.slice(i * grid.width, (i + 1) * grid.width), (value) => formatNumber(value)).join(", "),
  );
  return rows.join("; ");
}

export default { render };
