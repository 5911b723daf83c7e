// Stripes, every s-th pixel of them, and the period that these few pixels seem to have.

const [HEIGHT, WIDTH] = [24, 48]; // as in aliasing.py
const LARGEST_SHIFT = 19;
const ROUNDING = 1e-9; // a period that a slider made need not be exact

/** Stripes as a wave: periods for each pixel down and to the right. @typedef {[number, number]} Frequency */

/** @returns {number} The brightness of stripes, 0 to 1, at a place that need not be a whole pixel. */
function brightness([down, right], shift, row, column, contrast = 1) {
  return 0.5 + 0.5 * contrast * Math.cos(2 * Math.PI * (down * row + right * (column - shift)));
}

/** @returns {number[]} The weights of a blur that suits a stride: ¼ ½ ¼ for 2. */
function triangle(stride) {
  return Array.from({ length: 2 * stride - 1 }, (_, i) => (stride - Math.abs(i - stride + 1)) / stride ** 2);
}

/** @returns {Grid} The stripes. They go on outside the picture, so that the blur has no border to suffer from. */
function makeStripes(frequency, shift, stride, blur) {
  const margin = blur ? stride - 1 : 0;
  const stripes = makeGrid(HEIGHT + 2 * margin, WIDTH + 2 * margin);
  stripes.values.forEach((_, i) => {
    const [row, column] = [Math.floor(i / stripes.width) - margin, (i % stripes.width) - margin];
    stripes.values[i] = brightness(frequency, shift, row, column);
  });
  const weights = triangle(stride);
  return blur ? correlate2d(stripes, gridFromRows(weights.map((a) => weights.map((b) => a * b)))) : stripes;
}

/** @returns {number} What a blur leaves of the contrast of a wave. @param {Frequency} frequency */
function contrastAfterBlur(frequency, stride) {
  const along = (f) =>
    triangle(stride).reduce((sum, weight, i) => sum + weight * Math.cos(2 * Math.PI * f * (i - stride + 1)), 0);
  return along(frequency[0]) * along(frequency[1]);
}

function render({ model, el }) {
  const maps = element("div", "dcv-row dcv-maps", el);
  maps.style.alignItems = "flex-end"; // also where one heading takes two lines
  const input = new PixelGrid(maps, { heading: "Stripes" });
  const output = new PixelGrid(maps, { heading: "What is kept" });
  for (const { figure } of [input, output]) figure.style.flexBasis = "14rem"; // on a phone, the whole width
  const plot = element("figure", "dcv-figure", el);
  element("figcaption", "dcv-caption", plot).textContent =
    "Along the top row. Thin: the stripes. Large dots: the kept pixels. Dashed: the wave that these seem to show.";
  const waves = document.createElementNS(SVG, "svg");
  waves.setAttribute("class", "dcv-waves");
  waves.setAttribute("role", "img");
  plot.append(waves);
  const buttons = element("div", "dcv-row", el);
  const stopPlaying = playButton(buttons, {
    label: "move the stripes to the right",
    delay: 400,
    step: () => setTraits(model, { shift: (model.get("shift") + 1) % (LARGEST_SHIFT + 1) }),
  });

  function compute() {
    const [period, stride, angle, shift, blur] = ["period", "stride", "angle", "shift", "blur"].map((name) =>
      model.get(name),
    );
    const radians = (angle * Math.PI) / 180;
    /** @type {Frequency} */
    const frequency = [Math.sin(radians) / period, Math.cos(radians) / period];
    const turns = frequency.map((f) => f * stride); // from one kept pixel to the next
    const seen = turns.map((turn) => turn - Math.floor(turn + 0.5)); // whole turns cannot be seen
    const speed = Math.hypot(...seen);
    const apparentPeriod = speed > ROUNDING ? stride / speed : Infinity;
    const survives = turns.every((turn) => turn < 0.5 - ROUNDING);
    const stripes = makeStripes(frequency, shift, stride, blur);
    const kept = cropGrid(stripes, 0, 0, HEIGHT / stride, WIDTH / stride, stride);
    const state = { period, stride, angle, shift, blur, frequency, seen, apparentPeriod, survives, stripes, kept };
    return { ...state, numbers: numbers(state), readout: readout(state) };
  }

  function numbers({ period, stride, angle, shift, blur, apparentPeriod, survives, stripes, kept }) {
    return {
      ...{ period, stride, angle, shift, blur, survives },
      apparentPeriod: Number.isFinite(apparentPeriod) ? apparentPeriod : null,
      keptShape: [kept.height, kept.width],
      kept: [...kept.values],
      stripes: [...stripes.values],
    };
  }

  function readout({ period, stride, shift, blur, frequency, apparentPeriod, survives, kept }) {
    const [low, high] = rangeOf(kept.values);
    const contrast = `Brightest minus darkest kept pixel: ${formatNumber(high - low)}.`;
    const alongAxis = 1 / Math.max(...frequency); // the shorter one of the periods along a row and down a column
    const axis = alongAxis > period + ROUNDING ? ` (${formatNumber(alongAxis)} along a row or column)` : "";
    const moved = shift ? `, moved to the right by ${shift}` : "";
    const truth = `The stripes repeat every ${formatNumber(period)} pixels${axis}${moved}`;
    if (stride === 1) return `${truth}. Stride 1 keeps every pixel, so nothing is lost.\n${contrast}`;
    const limit = `stride ${stride} needs more than ${2 * stride}`;
    if (survives) return `${truth}, ${limit}: the kept pixels show the true stripes.\n${contrast}`;
    const aliases =
      apparentPeriod === Infinity
        ? `All kept pixels are alike, ${formatNumber(high)}: no stripes seem to be there.`
        : Math.abs(alongAxis - 2 * stride) < ROUNDING
          ? "With two kept pixels a period, at the limit, what is left depends on the shift."
          : `They seem to repeat every ${formatNumber(apparentPeriod)} pixels, ${formatNumber(apparentPeriod / period)}` +
            ` times as broad: aliasing${blur ? ", but the blur has made them pale" : ""}.`;
    return `${truth}, but ${limit}.\n${aliases} ${contrast}`;
  }

  function draw(state) {
    const { period, stride, angle, shift, blur, stripes, kept, apparentPeriod, survives } = state;
    const colours = colourMap("gray", 0, 1);
    const moved = shift ? `, moved by ${shift}` : "";
    const seems = Number.isFinite(apparentPeriod) ? `period ${formatNumber(apparentPeriod)}` : "no stripes";
    const kind = ["pixel", "2nd pixel", "3rd pixel", "4th pixel"][stride - 1];

    input.setHeading(blur ? "Stripes, blurred" : "Stripes", `period ${formatNumber(period)}${moved}`);
    input.draw(stripes, {
      colours,
      numbers: false,
      label: `${formatSize(HEIGHT, WIDTH)} pixels, stripes with period ${formatNumber(period)}, turned by ${angle} degrees${moved}`,
    });
    markKept(input.overlay, stride);
    output.setHeading(`Every ${kind}`, `${survives ? "" : "seems to have "}${seems}`);
    output.draw(kept, {
      colours,
      numbers: false,
      label: `The kept pixels, ${formatSize(kept.height, kept.width)}: ${seems}`,
    });
    drawWaves(waves, state);
  }

  const traits = ["period", "stride", "angle", "shift", "blur"];
  const explorer = runExplorer({ model, el, traits, compute, draw });
  return () => {
    stopPlaying();
    explorer.stop();
  };
}

/** Put a dot on every pixel that is kept. */
function markKept(overlay, stride) {
  if (overlay.dataset.stride === String(stride)) return;
  overlay.dataset.stride = String(stride);
  overlay.replaceChildren();
  if (stride === 1) return; // all of them: the dots would only hide the stripes
  for (let row = 0; row < HEIGHT; row += stride)
    for (let column = 0; column < WIDTH; column += stride)
      drawShape(overlay, "circle", { class: "dcv-dot", cx: column + 0.5, cy: row + 0.5, r: 0.26 });
}

/** Draw the brightness along the top row: what is there, what is kept, and the wave that this looks like. */
function drawWaves(svg, { stride, shift, blur, frequency, seen, stripes, kept }) {
  const contrast = blur ? contrastAfterBlur(frequency, stride) : 1;
  const height = 8; // of the curve, where a pixel is 1 wide
  const y = (value) => 0.8 + height * (1 - value);
  const curve = (wave) =>
    Array.from({ length: 8 * WIDTH + 1 }, (_, i) => `${i / 8 + 0.5},${y(wave(i / 8)).toFixed(3)}`).join(" ");
  // The false wave goes through all kept pixels: between two of them it makes fewer turns.
  const phase = 2 * Math.PI * frequency[1] * shift;
  const falseWave = (x) => 0.5 + 0.5 * contrast * Math.cos((2 * Math.PI * seen[1] * x) / stride - phase);

  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${height + 1.6}`);
  const [low, high] = rangeOf(kept.values.slice(0, kept.width)).map((value) => formatNumber(value));
  svg.setAttribute("aria-label", `Brightness along the top row; the kept pixels lie between ${low} and ${high}`);
  drawShape(svg, "polyline", {
    class: "dcv-true-wave",
    points: curve((x) => brightness(frequency, shift, 0, x, contrast)),
  });
  if (stride > 1) drawShape(svg, "polyline", { class: "dcv-false-wave", points: curve(falseWave) });
  for (let column = 0; column < WIDTH; column++)
    drawShape(svg, "circle", {
      class: column % stride ? "dcv-left-out" : "dcv-dot",
      cx: column + 0.5,
      cy: y(valueAt(stripes, 0, column)),
      r: column % stride ? 0.16 : 0.36,
    });
}

/** Append a shape to an SVG drawing. */
function drawShape(parent, tag, attributes) {
  const shape = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, String(value));
  parent.append(shape);
}

export default { render };
