// Freeze depth and number of images: accuracy with error bars, from recorded runs, and a table of all depths.

const FROZEN = "#0072b2";
const SCRATCH = "#d55e00";
const EDGES = { left: 52, right: 16, top: 26, bottom: 38 }; // CSS pixels around the curves

function render({ model, el }) {
  const [counts, frozen, scratch, trained] = ["counts", "frozen", "scratch", "trained"].map((trait) =>
    model.get(trait),
  );
  const all = [...frozen.flat(2), ...scratch.flat()];
  const low = Math.floor(10 * Math.min(...all)) / 10;
  const high = Math.max(Math.ceil(10 * Math.max(...all)) / 10, low + 0.1);

  const chart = shape("svg", { class: "dcv-transfer-chart", role: "img" });
  element("div", "", el).append(chart);
  const legend = element("p", "dcv-note", el);
  legend.append(
    sample(FROZEN, false),
    " the chosen depth ",
    sample(SCRATCH, true),
    " from scratch; bars: one standard deviation each way",
  );
  const table = element("table", "dcv-rows", el);
  const caption = element("caption", "dcv-caption", table);
  const header = element("tr", "", element("thead", "", table));
  const columns = ["frozen blocks", ...(trained.length ? ["weights trained"] : []), "mean ± standard deviation"];
  for (const text of columns) element("th", "", header, { scope: "col" }).textContent = text;
  const body = element("tbody", "", table);

  function compute() {
    const at = clamp(model.get("images_index"), 0, counts.length - 1);
    const blocks = clamp(model.get("frozen_blocks"), 0, frozen.length - 1);
    const depths = frozen.map((runs) => summary(runs[at]));
    const without = summary(scratch[at]);
    const best = depths.reduce((leader, { mean }, i) => (mean > depths[leader].mean ? i : leader), 0);
    const chosen = depths[blocks];
    const isApart = Math.abs(chosen.mean - without.mean) > chosen.deviation + without.deviation;
    const numbers = {
      images: counts[at],
      blocks,
      best,
      isApart,
      means: depths.map(({ mean }) => mean),
      deviations: depths.map(({ deviation }) => deviation),
      scratch: [without.mean, without.deviation],
    };
    const difference = 100 * (chosen.mean - without.mean);
    const readout =
      `${formatCount(counts[at])} images, ${blocks} of ${frozen.length - 1} blocks frozen: ${percent(chosen)}. From scratch: ${percent(without)}, ` +
      `so ${Math.abs(difference).toFixed(1)} points ${difference < 0 ? "more" : "less"}; the error bars ${isApart ? "do not overlap" : "overlap"}.\n` +
      `Highest mean with so many images: ${best} blocks frozen.`;
    return { at, blocks, depths, without, best, everyRun: model.get("every_run"), numbers, readout };
  }

  function draw(state) {
    drawChart(state);
    const { at, blocks, depths, without, best } = state;
    caption.textContent = `Accuracy with ${formatCount(counts[at])} training images`;
    const rows = depths.map((depth, i) =>
      tableRow(String(i), trained[i], depth, i === best ? " ★ highest" : "", i === blocks),
    );
    body.replaceChildren(...rows, tableRow("from scratch", null, without, "", false));
  }

  function tableRow(name, weights, depth, remark, isChosen) {
    const row = element("tr", isChosen ? "dcv-transfer-chosen" : "");
    element("th", "", row, { scope: "row" }).textContent = isChosen ? `▶ ${name}` : name;
    if (trained.length) element("td", "", row).textContent = weights === null ? "all" : formatCount(weights);
    const cell = element("td", "", row);
    cell.textContent = percent(depth) + remark;
    return row;
  }

  // -------------------------------------------------------------------------------------- the chart

  function drawChart({ at, blocks, everyRun }) {
    const width = chart.clientWidth;
    if (!width) return; // not in the page yet
    const height = clamp(0.55 * width, 220, 340);
    chart.setAttribute("height", String(height));
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.setAttribute(
      "aria-label",
      `Accuracy against the number of images, ${blocks} blocks frozen and from scratch; the table has the numbers.`,
    );
    // Logarithmic: from 50 to 100 images is as far as from 500 to 1,000.
    const span = Math.log(counts[counts.length - 1] / counts[0]);
    const x = (i) =>
      EDGES.left + 12 + (Math.log(counts[i] / counts[0]) / span) * (width - EDGES.left - EDGES.right - 24);
    const y = (value) => height - EDGES.bottom - ((value - low) / (high - low)) * (height - EDGES.top - EDGES.bottom);
    const nodes = [];
    const write = (text, left, top, anchor) => {
      const node = shape("text", { x: left, y: top, "text-anchor": anchor });
      node.textContent = text;
      nodes.push(node);
    };
    for (let tenth = Math.round(10 * low); tenth <= Math.round(10 * high); tenth++) {
      nodes.push(
        shape("path", { class: "dcv-transfer-line", d: `M${EDGES.left} ${y(tenth / 10)}H${width - EDGES.right}` }),
      );
      write(`${10 * tenth} %`, EDGES.left - 8, y(tenth / 10) + 4, "end");
    }
    counts.forEach((count, i) => write(formatCount(count), x(i), height - EDGES.bottom + 17, "middle"));
    write("training images", width - EDGES.right, height - 3, "end");
    write("accuracy on new images", 4, 13, "start");
    nodes.push(shape("path", { class: "dcv-transfer-now", d: `M${x(at)} ${EDGES.top}V${height - EDGES.bottom}` }));
    nodes.push(curve(scratch, SCRATCH, true, x, y, everyRun), curve(frozen[blocks], FROZEN, false, x, y, everyRun));
    chart.replaceChildren(...nodes);
  }

  // --------------------------------------------------------------------------- what the reader does

  chart.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    const box = chart.getBoundingClientRect();
    const share = clamp(
      (event.clientX - box.left - EDGES.left - 12) / (box.width - EDGES.left - EDGES.right - 24),
      0,
      1,
    );
    const count = counts[0] * (counts[counts.length - 1] / counts[0]) ** share;
    const distance = (i) => Math.abs(Math.log(counts[i] / count));
    setTraits(model, {
      images_index: counts.reduce((nearest, _, i) => (distance(i) < distance(nearest) ? i : nearest), 0),
    });
  });

  const explorer = runExplorer({ model, el, traits: ["frozen_blocks", "images_index", "every_run"], compute, draw });
  const resizing = new ResizeObserver(() => drawChart(explorer.state()));
  resizing.observe(chart);

  return () => {
    resizing.disconnect();
    explorer.stop();
  };
}

/** @returns {{mean: number, deviation: number}} Mean and sample standard deviation; 0 of a single run. */
function summary(runs) {
  const mean = runs.reduce((sum, value) => sum + value, 0) / runs.length;
  const squares = runs.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: runs.length > 1 ? Math.sqrt(squares / (runs.length - 1)) : 0 };
}

/** @returns {string} "63.1 % ± 0.8" */
function percent({ mean, deviation }) {
  return `${(100 * mean).toFixed(1)} % ± ${(100 * deviation).toFixed(1)}`;
}

/** @returns {Element} Means with error bars, joined by a line; each run as a small dot if wanted. */
function curve(runs, colour, isDashed, x, y, everyRun) {
  const group = shape("g", { class: "dcv-transfer-curve", stroke: colour, fill: isDashed ? "none" : colour });
  const points = runs.map(summary);
  const line = points.map(({ mean }, i) => `${i ? "L" : "M"}${x(i)} ${y(mean)}`).join("");
  group.append(
    shape("path", { d: line, fill: "none", "stroke-width": 2, ...(isDashed ? { "stroke-dasharray": "6 4" } : {}) }),
  );
  const shift = isDashed ? 3 : -3; // so that the bars of two curves never hide each other
  points.forEach(({ mean, deviation }, i) => {
    const [left, upper, lower] = [x(i) + shift, y(mean + deviation), y(mean - deviation)];
    group.append(
      shape("path", {
        class: "dcv-transfer-bar",
        d: `M${left} ${upper}V${lower}M${left - 4} ${upper}h8M${left - 4} ${lower}h8`,
        fill: "none",
        "stroke-width": 1.5,
      }),
    );
    group.append(marker(x(i), y(mean), isDashed));
    if (everyRun)
      for (const value of runs[i])
        group.append(shape("circle", { class: "dcv-transfer-run", cx: x(i) + 3 * shift, cy: y(value), r: 2.5 }));
  });
  return group;
}

/** A filled disc, or an open square: not by colour alone. */
function marker(x, y, isOpen) {
  if (isOpen) return shape("path", { class: "dcv-transfer-open", d: `M${x - 4} ${y - 4}h8v8h-8Z`, "stroke-width": 2 });
  return shape("circle", { cx: x, cy: y, r: 4.5 });
}

/** The look of a curve, for the legend. */
function sample(colour, isDashed) {
  const svg = shape("svg", {
    width: 36,
    height: 12,
    viewBox: "-18 -6 36 12",
    "aria-hidden": "true",
    class: "dcv-transfer-key",
    stroke: colour,
    fill: isDashed ? "none" : colour,
  });
  svg.append(
    shape("path", { d: "M-17 0H17", "stroke-width": 2, ...(isDashed ? { "stroke-dasharray": "6 4" } : {}) }),
    marker(0, 0, isDashed),
  );
  return svg;
}

/** @returns {Element} An element of SVG. */
function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return node;
}

export default { render };
