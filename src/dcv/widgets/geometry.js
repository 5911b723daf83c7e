// A window on a padded image: where it stands, how many positions it has, and which pixels nobody looks at.

/** @type {(number|"same")[]} */
const PADDINGS = [0, 1, 2, 3, "same"]; // the same list stands in geometry.py
const IMAGE_COLOUR = [220, 233, 245];

function render({ model, el }) {
  /** @type {{row: number, column: number}|null} The position under the pointer, which nobody chose yet. */
  let preview = null;

  const formula = element("div", "dcv-formula", el, { role: "math" });
  const maps = element("div", "dcv-row dcv-maps", el);
  const input = new PixelGrid(maps, { heading: "Image" });
  const bar = new ColourBar(input.figure);
  const output = new PixelGrid(maps, { heading: "Output" });
  const legend = element("p", "dcv-legend", el);

  // Both axes are alike, so everything is counted along one of them.
  function compute() {
    const [size, kernelSize] = [model.get("size"), model.get("kernel_size")];
    const [stride, dilation] = [model.get("stride"), model.get("dilation")];
    const padding = PADDINGS[model.get("padding_index")];
    /** @type {Movement} */
    const movement = { stride, padding, dilation };
    const amounts = paddingAmounts(size, kernelSize, movement);
    const paddedSize = amounts[0] + size + amounts[1];
    const span = kernelSpan(kernelSize, dilation);
    const starts = windowStarts(size, kernelSize, movement);
    const along = windowCoverage(size, kernelSize, movement);
    const coverage = along.flatMap((row) => along.map((column) => row * column));
    const place = (cell, trait) => clamp(preview ? preview[cell] : model.get(trait), 0, Math.max(starts.length - 1, 0));
    const [row, column] = [place("row", "chosen_row"), place("column", "chosen_column")];
    const [rows, columns] = [row, column].map((position) => looksAt(starts[position], kernelSize, dilation));
    const settings = { size, kernelSize, padding, stride, dilation, counts: model.get("counts") };
    const state = { ...settings, amounts, paddedSize, span, starts, coverage, row, column, rows, columns };
    const outputSize = starts.length;
    const numbers = { ...settings, amounts, outputSize, starts, coverage, row, column, rows, columns };
    return { ...state, numbers, readout: readout(state) };
  }

  function readout(state) {
    const { size, span, paddedSize, starts, coverage, row, column, rows, columns } = state;
    const count = starts.length;
    if (count === 0)
      return (
        `The kernel does not fit: it reaches over ${span} pixels, and there are ${paddedSize} with the padding.` +
        ` ${countOf(span - paddedSize, "pixel")} too few.`
      );
    const inPadding = rows.length ** 2 - rows.filter(isIn(size)).length * columns.filter(isIn(size)).length;
    const unused = coverage.filter((uses) => uses === 0).length;
    const [fewest, most] = rangeOf(coverage.filter((uses) => uses > 0));
    const windows = fewest === most ? countOf(most, "window") : `${fewest} to ${most} windows`;
    return (
      `Output ${formatSize(count, count)}. Position row ${row}, column ${column}: the window looks at ` +
      (rows.join() === columns.join()
        ? `rows and columns ${listNumbers(rows)} of the image`
        : `rows ${listNumbers(rows)} and columns ${listNumbers(columns)} of the image`) +
      (inPadding ? `; ${inPadding} of these ${rows.length ** 2} pixels are padding.\n` : ".\n") +
      (unused
        ? `${unused} of ${size ** 2} pixels are used by no window; each of the others by ${windows}.`
        : `Every pixel is used, each by ${windows}.`)
    );
  }

  function draw(state) {
    const { size, amounts, paddedSize, coverage, starts, row, column, span, stride, kernelSize, dilation } = state;
    const [before] = amounts;
    const uses = padGrid(makeGrid(size, size, 1, coverage), amounts);
    const isPadding = (i, j) => !isIn(size)(i - before) || !isIn(size)(j - before);
    const most = Math.max(1, ...coverage);
    const heat = colourMap("cividis", 0, most);
    const unused = coverage.filter((count) => count === 0).length;
    const paper = pixelColour(themeColours(el).surface);

    drawFormula(formula, state);
    input.setHeading(paddedSize > size ? "Padded image" : "Image", formatSize(paddedSize, paddedSize));
    input.draw(uses, {
      colours: (count) => (count === 0 ? paper : state.counts ? heat(count) : IMAGE_COLOUR),
      numbers: state.counts,
      shade: (i, j) => (isPadding(i, j) ? "padding" : valueAt(uses, i, j) === 0 ? "unused" : ""),
      label:
        `The image, ${formatSize(size, size)} pixels, padding ${amounts[0]} before and ${amounts[1]} after;` +
        ` ${unused} pixels are used by no window, no pixel by more than ${starts.length ? most : 0}`,
    });
    bar.node.hidden = !state.counts;
    bar.draw({ name: "cividis", low: 0, high: most });

    // On a phone, many pixels need the whole width; the two pictures are always equally wide.
    for (const { figure } of [input, output]) figure.style.flexBasis = paddedSize > 16 ? "16rem" : "";

    const count = starts.length;
    output.setHeading("Output", count ? formatSize(count, count) : "none: the kernel does not fit");
    output.stage.style.width = `max(2rem, ${(100 * count) / paddedSize}%)`; // its cells as large as those of the image
    output.draw(makeGrid(count, count), {
      colours: () => IMAGE_COLOUR,
      numbers: false,
      label: `The output, ${formatSize(count, count)} positions; row ${row}, column ${column} is chosen`,
    });

    const [top, left] = [row * stride, column * stride]; // in the padded image
    const reach = { row: top, column: left, height: span, width: span };
    input.showWindows(
      count === 0
        ? []
        : dilation === 1
          ? [reach]
          : [{ ...reach, kind: "second" }, ...elementsOf(top, left, kernelSize, dilation)],
    );
    output.showWindows(count === 0 ? [] : [{ row, column }]);
    legend.textContent = [
      paddedSize > size && "Dots: padding.",
      unused > 0 && "Hatched: used by no window.",
      dilation > 1 &&
        kernelSize > 1 &&
        count > 0 &&
        "Dashed: how far the kernel reaches; solid: the pixels that it looks at.",
      state.counts && count > 0 && "Numbers and colours: how many windows use a pixel.",
    ]
      .filter(Boolean)
      .join(" ");
  }

  // ---------------------------------------------------------------- what the reader does

  function goTo({ row, column }) {
    preview = null;
    setTraits(model, { chosen_row: row, chosen_column: column });
    explorer.update();
  }

  function move(rows, columns) {
    const { row, column, starts } = explorer.state();
    const last = Math.max(starts.length - 1, 0);
    goTo({ row: clamp(row + rows, 0, last), column: clamp(column + columns, 0, last) });
  }

  /** The position whose window has its middle next to a cell of the padded image. */
  function positionOfInput({ row, column }) {
    const { span, stride, starts } = explorer.state();
    const nearest = (cell) => clamp(Math.round((cell - (span - 1) / 2) / stride), 0, Math.max(starts.length - 1, 0));
    return { row: nearest(row), column: nearest(column) };
  }

  function look(position) {
    preview = position;
    explorer.update();
  }

  const traits = [
    "size",
    "kernel_size",
    "padding_index",
    "stride",
    "dilation",
    "counts",
    "chosen_row",
    "chosen_column",
  ];
  const explorer = runExplorer({ model, el, traits, compute, draw });
  /** @type {[PixelGrid, Function, string][]} */
  const places = [
    [input, positionOfInput, "image"],
    [output, (cell) => cell, "output"],
  ];
  for (const [grid, positionOf, name] of places)
    grid.onMove({
      label: `Position of the window in the ${name}: arrow keys move it`,
      choose: (cell) => goTo(positionOf(cell)),
      preview: (cell) => look(positionOf(cell)),
      leave: () => look(null),
      move,
    });
  return explorer.stop;
}

/** @returns {number[]} The pixels along one axis under a window that starts there; none without a start. */
function looksAt(start, kernelSize, dilation) {
  return start === undefined ? [] : Array.from({ length: kernelSize }, (_, i) => start + i * dilation);
}

/** @returns {(pixel: number) => boolean} Whether a pixel lies in the image and not in its padding. */
function isIn(size) {
  return (pixel) => pixel >= 0 && pixel < size;
}

/** @returns {object[]} A small outline around each pixel that a dilated window looks at. */
function elementsOf(top, left, kernelSize, dilation) {
  const steps = Array.from({ length: kernelSize }, (_, i) => i * dilation + 0.1);
  return steps.flatMap((down) =>
    steps.map((right) => ({ row: top + down, column: left + right, height: 0.8, width: 0.8, kind: "element" })),
  );
}

/** @returns {number[]} Any CSS colour as red, green and blue. */
function pixelColour(colour) {
  const context = element("canvas", "").getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

/** Write the formula of the output size, each number under its letter. */
function drawFormula(node, { size, amounts, kernelSize, dilation, stride, span, paddedSize, starts }) {
  const room = paddedSize - span; // the last start, counted from the edge of the padding
  const terms = [
    ["", "⌊("], ["n", size], ["", "+"], ["p before", amounts[0]], ["", "+"], ["p after", amounts[1]],
    ["", "−"], ["d", dilation], ["", "·("], ["k", kernelSize], ["", "−"], ["", "1)"], ["", "−"], ["", "1)"],
    ["", "/"], ["s", stride], ["", "⌋"], ["", "+"], ["", "1"],
    ["", "="], ["", "⌊"], ["last start", formatNumber(room)], ["", "/"], ["step", stride], ["", "⌋"], ["", "+"], ["", "1"],
    ["", "="], ["output", starts.length || "none"],
  ]; // prettier-ignore
  const label = terms.map(([, number]) => number).join(" ");
  if (node.getAttribute("aria-label") === label) return;
  node.setAttribute("aria-label", label);
  node.replaceChildren();
  for (const [letter, number] of terms) {
    const term = element("span", letter ? "dcv-letter" : "", node);
    element("small", "", term).textContent = letter;
    element("span", "", term).textContent = String(number);
  }
}

/** @returns {string} "1, 3 and 5" */
function listNumbers(numbers) {
  const texts = numbers.map((number) => formatNumber(number));
  return texts.length < 2 ? texts.join() : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}

/** @returns {string} "1 pixel", "2 pixels" */
function countOf(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

export default { render };
