// One dense layer and one convolution on the same image: what each unit sees, and how much there is to learn.

const MARKS = 9; // powers of ten below the bars: the largest count is below a billion
const MARK_NAMES = { 0: "1", 3: "1,000", 6: "1 million", 9: "1 billion" };
const LARGEST_GRID_DRAWN = 40; // pixels a side; finer lines would be a gray area

/** @returns {number} Weights and biases of a dense layer, as dcv.shapes.dense_parameters. */
function denseParameters(inputs, units) {
  return inputs * units + units;
}

/** @returns {number} Weights and biases of a convolution, as dcv.shapes.conv_parameters. */
function convParameters(kernelSize, channels, filters) {
  return denseParameters(kernelSize * kernelSize * channels, filters);
}

function render({ model, el }) {
  const cards = element("div", "dcv-row dcv-maps", el);
  const dense = sightCard(cards, "Dense layer");
  const convolution = sightCard(cards, "Convolution");

  const chart = element("div", "dcv-amounts", el);
  const denseBar = barRow(chart, "dense", "dense");
  const convolutionBar = barRow(chart, "convolution", "convolution");
  const axis = element("div", "dcv-amount-axis", chart, { "aria-hidden": "true" });
  const scale = element("p", "dcv-note", chart);

  function compute() {
    const get = (trait) => model.get(trait);
    const [size, channels, units, kernelSize, filters] = SETTINGS.map(get);
    const inputs = size * size * channels;
    const window = kernelSize * kernelSize * channels;
    const counts = {
      dense: denseParameters(inputs, units),
      convolution: convParameters(kernelSize, channels, filters),
    };
    const places = outputSize(size, kernelSize) ** 2;
    const state = { size, channels, units, kernelSize, filters, inputs, window, counts, places };
    return { ...state, numbers: { ...counts, inputs, window, places }, readout: readout(state) };
  }

  function readout({ size, kernelSize, counts, places }) {
    const { dense, convolution } = counts;
    const [more, ratio] =
      dense > convolution ? ["dense layer", dense / convolution] : ["convolution", convolution / dense];
    const comparison = ratio === 1 ? "Both are the same." : `The ${more} has ${formatRatio(ratio)} times as many.`;
    const scale = model.get("logarithmic") ? "logarithmic" : "linear";
    let remark = "";
    if (places === 0)
      remark = `\nA ${formatSize(kernelSize, kernelSize)} kernel is larger than the image: it has no place there.`;
    if (size === kernelSize)
      remark = "\nThe kernel covers the whole image. One place is left, and a filter is a dense unit.";
    return `Dense layer: ${formatCount(dense)} parameters. Convolution: ${formatCount(convolution)}. ${comparison} The bars have a ${scale} scale.${remark}`;
  }

  function draw({ size, channels, units, kernelSize, filters, inputs, window, counts, places }) {
    const image = `${size} × ${size} × ${channels}`;
    drawSight(dense.svg, size, size);
    dense.svg.setAttribute("aria-label", `A dense unit sees all ${size} × ${size} pixels.`);
    dense.lines[0].textContent = `One unit sees ${image} = ${formatCount(inputs)} numbers.`;
    dense.lines[1].textContent = `${formatCount(inputs)} weights × ${units} units`;
    dense.lines[2].textContent = `+ ${units} biases = ${formatCount(counts.dense)}`;

    drawSight(convolution.svg, size, kernelSize);
    convolution.svg.setAttribute(
      "aria-label",
      `A filter sees ${kernelSize} × ${kernelSize} of ${size} × ${size} pixels.`,
    );
    convolution.lines[0].textContent =
      `One filter sees ${kernelSize} × ${kernelSize} × ${channels} = ${formatCount(window)} numbers,` +
      ` at ${formatCount(places)} ${places === 1 ? "place" : "places"} with the same weights.`;
    convolution.lines[1].textContent = `${formatCount(window)} weights × ${filters} filters`;
    convolution.lines[2].textContent = `+ ${filters} biases = ${formatCount(counts.convolution)}`;

    drawBars(counts, model.get("logarithmic"));
  }

  function drawBars(counts, isLogarithmic) {
    const largest = Math.max(counts.dense, counts.convolution);
    const share = (count) => (isLogarithmic ? Math.log10(count) / MARKS : count / largest);
    for (const [bar, count] of [
      [denseBar, counts.dense],
      [convolutionBar, counts.convolution],
    ]) {
      bar.bar.style.width = `${100 * share(count)}%`;
      bar.value.textContent = formatCount(count);
    }
    axis.replaceChildren();
    const marks = isLogarithmic
      ? Array.from({ length: MARKS + 1 }, (_, i) => [i / MARKS, MARK_NAMES[i] ?? ""])
      : [
          [0, "0"],
          [1, formatCount(largest)],
        ];
    for (const [place, name] of marks) {
      const mark = element("span", "dcv-mark", axis);
      mark.style.left = `${100 * place}%`;
      mark.textContent = name;
    }
    scale.textContent = isLogarithmic
      ? "Logarithmic scale: each mark is ten times the one before, so a bar that looks a little longer is many times as much."
      : "Linear scale: a bar of twice the length is twice as many.";
  }

  const explorer = runExplorer({ model, el, traits: [...SETTINGS, "logarithmic"], compute, draw });
  return explorer.stop;
}

const SETTINGS = ["image_size", "channels", "units", "kernel_size", "filters"];

/** A card with a picture of an image and of what is seen of it, and three lines of text. */
function sightCard(parent, heading) {
  const figure = element("figure", "dcv-figure", parent);
  const caption = element("figcaption", "dcv-caption", figure);
  element("b", "", caption).textContent = heading;
  const stage = element("div", "dcv-stage dcv-sight", figure);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("viewBox", "0 0 1 1");
  stage.append(svg);
  return { svg, lines: [0, 1, 2].map(() => element("p", "dcv-note", figure)) };
}

/** Draw an image as a grid of pixels, and in its middle the part that is seen. */
function drawSight(svg, size, seen) {
  const lines = Array.from({ length: size - 1 }, (_, i) => (i + 1) / size);
  const grid = document.createElementNS(SVG, "path");
  grid.setAttribute("class", "dcv-pixel-lines");
  if (size <= LARGEST_GRID_DRAWN) grid.setAttribute("d", lines.map((place) => `M0 ${place}H1M${place} 0V1`).join(""));
  const side = Math.min(seen, size) / size;
  const start = Math.floor((size - Math.min(seen, size)) / 2) / size;
  const shapes = ["dcv-seen", "dcv-casing", "dcv-line"].map((name) => {
    const shape = document.createElementNS(SVG, "rect");
    const place = { class: name, x: start, y: start, width: side, height: side };
    for (const [attribute, value] of Object.entries(place)) shape.setAttribute(attribute, String(value));
    return shape;
  });
  svg.replaceChildren(grid, ...shapes);
}

/** A bar with its name before and its number behind it. */
function barRow(parent, name, kind) {
  const row = element("div", "dcv-amount", parent);
  element("span", "dcv-amount-name", row).textContent = name;
  const bar = element("span", "dcv-amount-bar", element("span", "dcv-amount-track", row), { "data-kind": kind });
  return { bar, value: element("span", "dcv-amount-value", row) };
}

/** @returns {string} A ratio of at least 1: whole from 10 on, else with one decimal. */
function formatRatio(ratio) {
  return ratio >= 10 ? formatCount(Math.round(ratio)) : formatNumber(ratio, 1);
}

export default { render };
