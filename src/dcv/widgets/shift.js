// A pattern moves. A dense unit has its weights at one place; a convolution lays the same weights everywhere.

/** @returns {Grid} The picture moved; what leaves it on one side comes back on the other. @param {Grid} image */
function shiftGrid(image, down, right) {
  const moved = makeGrid(image.height, image.width);
  const wrap = (place, size) => ((place % size) + size) % size;
  for (let row = 0; row < image.height; row++)
    for (let column = 0; column < image.width; column++)
      moved.values[wrap(row + down, image.height) * image.width + wrap(column + right, image.width)] = valueAt(
        image,
        row,
        column,
      );
  return moved;
}

/** @returns {string} "3 right, 2 up" or "not moved". */
function describeShift(down, right) {
  const parts = [];
  if (right) parts.push(right > 0 ? `${right} right` : `${-right} left`);
  if (down) parts.push(down > 0 ? `${down} down` : `${-down} up`);
  return parts.join(", ") || "not moved";
}

function render({ model, el }) {
  const images = readGrid(model, "images");
  const kernel = readGrid(model, "weights");
  const home = {
    row: model.get("home_row"),
    column: model.get("home_column"),
    height: kernel.height,
    width: kernel.width,
  };
  const { height, width } = images[0];
  const gray = pixelColours(images[0].values.constructor.from(images.flatMap((image) => [...image.values])));
  // The unit's weights: the kernel at home, zero everywhere else.
  const dense = padGrid(
    kernel,
    [home.row, height - home.row - kernel.height],
    [home.column, width - home.column - kernel.width],
  );
  const largestWeight = largestOf(kernel.values);
  const limits = {
    right: [-home.column, width - kernel.width - home.column],
    down: [-home.row, height - kernel.height - home.row],
  };
  // All pictures of responses have one scale, so that colours can be compared while things move.
  const largest = Math.max(...images.map((image) => largestOf(correlate2d(image, kernel).values)));
  const atHome = sumOfProducts(images[0], kernel, home.row, home.column);

  const top = element("div", "dcv-row dcv-maps", el);
  const input = new PixelGrid(top, { heading: "Picture" });
  const output = new PixelGrid(top, { heading: "Convolution" });
  const bar = new ColourBar(output.figure);
  const bars = element("div", "dcv-responses", el);
  const denseBar = responseBar(bars, "Dense unit");
  const mapBar = responseBar(bars, "Largest of the map");
  element("p", "dcv-caption", el).textContent =
    "Dashed frame: where the dense unit has its weights. Solid frame: where the map has its largest response.";
  const bottom = element("div", "dcv-row dcv-maps", el);
  const weights = new PixelGrid(bottom, { heading: "Dense unit" });
  const products = new PixelGrid(bottom, { heading: "Products" });

  function compute() {
    const [right, down] = [model.get("right"), model.get("down")];
    const image = shiftGrid(images[model.get("pattern_index")], down, right);
    const product = makeGrid(
      height,
      width,
      1,
      Float64Array.from(dense.values, (weight, i) => weight * image.values[i]),
    );
    const denseResponse = product.values.reduce((sum, value) => sum + value, 0);
    const response = correlate2d(image, kernel);
    const largestResponse = rangeOf(response.values)[1];
    const peakIndex = response.values.indexOf(largestResponse);
    const peak = { row: Math.floor(peakIndex / response.width), column: peakIndex % response.width };
    const state = { right, down, image, product, denseResponse, response, largestResponse, peak };
    return { ...state, numbers: numbers(state), readout: readout(state) };
  }

  function numbers({ right, down, image, product, denseResponse, response, largestResponse, peak }) {
    return {
      pattern: model.get("names")[model.get("pattern_index")],
      right,
      down,
      image: [...image.values],
      products: [...product.values],
      dense: denseResponse,
      responseShape: [response.height, response.width],
      response: [...response.values],
      largest: largestResponse,
      peak: [peak.row, peak.column],
    };
  }

  function readout({ right, down, denseResponse, largestResponse, peak }) {
    const place = describeShift(down, right);
    return (
      `${place[0].toUpperCase()}${place.slice(1)}. The dense unit responds ${formatNumber(denseResponse)}.\n` +
      `The largest response of the map is ${formatNumber(largestResponse)}, at row ${peak.row}, column ${peak.column}.`
    );
  }

  function draw(state) {
    const { right, down, image, product, denseResponse, response, largestResponse, peak } = state;
    const signed = colourMap("diverging", -largestWeight, largestWeight);
    const scale = { name: "diverging", low: -largest, high: largest };
    const found = { ...peak, height: kernel.height, width: kernel.width };
    input.setHeading("Picture", describeShift(down, right));
    input.draw(image, {
      colours: gray.colours,
      label: `The picture, ${formatSize(height, width)}, ${describeShift(down, right)}`,
    });
    input.showWindows([{ ...home, kind: "second" }, found]);
    output.setHeading("Convolution", `map ${formatSize(response.height, response.width)}`);
    output.draw(response, {
      colours: colourMap("diverging", -largest, largest),
      label: `The response map, largest at row ${peak.row}, column ${peak.column}`,
    });
    output.showWindows([peak]);
    bar.draw(scale);
    weights.setHeading("Dense unit", "weights");
    weights.draw(dense, {
      colours: signed,
      numbers: false,
      label: `The weights of the dense unit: zero but for rows ${home.row} to ${home.row + home.height - 1}, columns ${home.column} to ${home.column + home.width - 1}`,
    });
    weights.showWindows([{ ...home, kind: "second" }]);
    const largestProduct = largestWeight * Math.max(Math.abs(gray.low), Math.abs(gray.high));
    products.setHeading("Products", `sum ${formatNumber(denseResponse)}`);
    products.draw(product, {
      colours: colourMap("diverging", -largestProduct, largestProduct),
      numbers: false,
      label: `Picture times weights, pixel by pixel; the sum is ${formatNumber(denseResponse)}`,
    });
    products.showWindows([{ ...home, kind: "second" }]);
    denseBar(denseResponse, "in the dashed frame");
    mapBar(largestResponse, `at row ${peak.row}, column ${peak.column}`);
  }

  /** A bar with a name, a number and a remark; full length is the response at home. */
  function responseBar(parent, name) {
    element("b", "", parent).textContent = name;
    const track = element("div", "dcv-response", parent);
    const length = element("span", "", track);
    const text = element("span", "", track);
    return (value, remark) => {
      const share = Math.min(Math.abs(value) / (Math.max(Math.abs(atHome), largest) || 1), 1);
      length.style.width = `${45 * share}%`;
      track.classList.toggle("dcv-negative", value < 0);
      text.textContent = `${formatNumber(value)} ${remark}`;
    };
  }

  // ---------------------------------------------------------------- what the reader does

  function moveTo(down, right) {
    setTraits(model, { down: clamp(down, ...limits.down), right: clamp(right, ...limits.right) });
  }

  const explorer = runExplorer({ model, el, traits: ["pattern_index", "right", "down"], compute, draw });
  input.onMove({
    label: "Place of the pattern: arrow keys or dragging move it",
    // The middle of the pattern goes where the pointer is.
    choose: ({ row, column }) =>
      moveTo(
        row - home.row - Math.floor((home.height - 1) / 2),
        column - home.column - Math.floor((home.width - 1) / 2),
      ),
    move: (rows, columns) => moveTo(model.get("down") + rows, model.get("right") + columns),
  });
  return explorer.stop;
}

export default { render };
