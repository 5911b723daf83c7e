// Replay training runs: learning curves up to an epoch, and their values there.

// Runs differ in colour and in marker; training is dashed with open markers, validation solid with filled ones.
const RUN_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "currentColor", "#e69f00", "#56b4e9"];
/** Outlines of the markers around (0, 0), about 4 pixels in each direction. */
const MARKERS = [
  "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
  "M-3.5 -3.5H3.5V3.5H-3.5Z",
  "M0 -4.5L4.5 3.5H-4.5Z",
  "M0 -5L5 0L0 5L-5 0Z",
  "M0 4.5L4.5 -3.5H-4.5Z",
  "M-1.5 -4.5H1.5V-1.5H4.5V1.5H1.5V4.5H-1.5V1.5H-4.5V-1.5H-1.5Z",
  "M-4 -4L0 -1.5L4 -4L1.5 0L4 4L0 1.5L-4 4L-1.5 0Z",
];
const PARTS = ["training", "validation"];
const MARGIN = { left: 46, right: 14, top: 24, bottom: 36 }; // CSS pixels around the curves
const FAR_ABOVE = 3; // values so many times above the median would press all others to the ground

function render({ model, el }) {
  const [names, metrics, curves, last] = ["run_names", "metrics", "curves", "epoch_count"].map((trait) =>
    model.get(trait),
  );
  const buttons = element("div", "dcv-row", el);
  const stopPlaying = playButton(buttons, { label: "train on", step: playStep, delay: 350 });
  if (last === 1) buttons.remove(); // nothing to play
  const chart = svgNode("svg", { class: "dcv-chart", role: "img" });
  element("div", "", el).append(chart);
  const remark = element("p", "dcv-note", el);
  const table = element("table", "dcv-rows", el);
  const caption = element("caption", "dcv-caption", table);
  const header = element("tr", "", element("thead", "", table));
  for (const text of [model.get("run_label"), "training (dashed)", "validation (solid)"])
    element("th", "", header, { scope: "col" }).textContent = text;
  const body = element("tbody", "", table);

  function compute() {
    const epoch = clamp(model.get("epoch"), 1, last);
    const metric = metrics[model.get("metric_index")];
    const runs = curves[model.get("metric_index")];
    const shown = PARTS.filter((part) => model.get(part));
    const values = runs.map((run) => run.map((curve) => curve[epoch - 1] ?? null));
    const best = bestRun(values, metric);
    const numbers = { epoch, metric, shown, values, best: best === null ? null : names[best.run] };
    return { epoch, metric, runs, shown, values, best, numbers, readout: readout(epoch, metric, shown, best) };
  }

  function readout(epoch, metric, shown, best) {
    const start = `After epoch ${epoch} of ${last}: `;
    const drawn = shown.length ? `\nDrawn: ${shown.join(" and ")}.` : "\nNo curve is drawn.";
    if (best === null) return `${start}no ${metric} is a number.${drawn}`;
    const direction = metric.includes("loss") ? "lowest" : "highest";
    const leader = `${model.get("run_label")} ${names[best.run]}`;
    return `${start}${direction} ${best.part} ${metric} ${formatMetric(best.value, metric)}, by ${leader}.${drawn}`;
  }

  function draw(state) {
    drawChart(state);
    const { epoch, metric, values, best } = state;
    caption.textContent = `${metric} after epoch ${epoch} of ${last}`;
    body.replaceChildren(
      ...values.map((pair, i) => {
        const row = element("tr", "");
        const head = element("th", "", row, { scope: "row" });
        head.append(sample(i), ` ${names[i]}`);
        pair.forEach((value, part) => {
          const cell = element("td", "", row);
          const isBest = best !== null && best.run === i && best.part === PARTS[part];
          cell.textContent = (value === null ? "–" : formatMetric(value, metric)) + (isBest ? " ★ best" : "");
          if (isBest) cell.className = "dcv-count";
        });
        return row;
      }),
    );
  }

  // -------------------------------------------------------------------------------------- the chart

  function drawChart({ epoch, metric, runs, shown }) {
    const width = chart.clientWidth;
    if (!width) return; // not in the page yet
    const height = clamp(0.55 * width, 220, 360);
    chart.setAttribute("height", String(height));
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.setAttribute(
      "aria-label",
      `Curves of ${metric}, ${shown.join(" and ")}, up to epoch ${epoch} of ${last}; the table has the numbers.`,
    );
    const { top, step } = verticalAxis(runs.flat(2));
    const x = (at) => MARGIN.left + ((at - 1) / Math.max(last - 1, 1)) * (width - MARGIN.left - MARGIN.right);
    const y = (value) => height - MARGIN.bottom - (value / top) * (height - MARGIN.top - MARGIN.bottom);
    chart.replaceChildren(...axes({ x, y, top, step, metric, width, height, last }));
    chart.append(svgNode("path", { class: "dcv-now", d: `M${x(epoch)} ${MARGIN.top}V${height - MARGIN.bottom}` }));
    const above = [];
    runs.forEach((run, i) =>
      run.forEach((curve, part) => {
        if (!shown.includes(PARTS[part])) return;
        const points = curve
          .slice(0, epoch)
          .map((value, at) => (value === null ? null : [x(at + 1), y(Math.min(value, top)), value]));
        drawCurve(points, i, part === 0);
        points.forEach((point, at) => {
          if (!point || point[2] <= top) return;
          above.push(`${names[i]}, ${PARTS[part]}, epoch ${at + 1}: ${formatMetric(point[2], metric)}`);
        });
      }),
    );
    remark.textContent = above.length
      ? `At the upper edge, since they lie above the chart: ${above.slice(0, 4).join("; ")}${above.length > 4 ? " …" : ""}.`
      : "";
  }

  function drawCurve(points, i, isTraining) {
    let path = "";
    points.forEach((point, at) => {
      if (point) path += `${points[at - 1] ? "L" : "M"}${point[0]} ${point[1]}`;
    });
    const group = svgNode("g", {
      stroke: RUN_COLOURS[i],
      fill: isTraining ? "none" : RUN_COLOURS[i],
      class: "dcv-curve",
    });
    group.append(svgNode("path", { d: path, fill: "none", ...(isTraining ? { "stroke-dasharray": "5 4" } : {}) }));
    const every = Math.ceil(last / 25); // with many epochs, markers would run into each other
    points.forEach((point, at) => {
      if (!point || (at % every && at !== points.length - 1)) return;
      const marker = svgNode("path", { d: MARKERS[i], transform: `translate(${point[0]} ${point[1]})` });
      if (isTraining) marker.setAttribute("class", "dcv-open");
      group.append(marker);
    });
    chart.append(group);
  }

  /** The look of a run, for its row of the table. */
  function sample(i) {
    const svg = svgNode("svg", {
      width: "34",
      height: "12",
      viewBox: "-17 -6 34 12",
      "aria-hidden": "true",
      class: "dcv-key",
    });
    svg.append(svgNode("path", { d: "M-16 0H16", stroke: RUN_COLOURS[i], "stroke-width": "2" }));
    svg.append(svgNode("path", { d: MARKERS[i], fill: RUN_COLOURS[i] }));
    return svg;
  }

  // --------------------------------------------------------------------------- what the reader does

  const goTo = (epoch) => setTraits(model, { epoch: clamp(epoch, 1, last) });

  /** One epoch on; after the last one from the beginning. */
  function playStep() {
    const epoch = model.get("epoch");
    goTo(epoch < last ? epoch + 1 : 1);
    if (epoch + 1 === last) stopPlaying();
  }

  chart.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    const box = chart.getBoundingClientRect();
    const share = (event.clientX - box.left - MARGIN.left) / (box.width - MARGIN.left - MARGIN.right);
    goTo(Math.round(1 + share * (last - 1)));
  });

  const explorer = runExplorer({ model, el, traits: ["epoch", "metric_index", ...PARTS], compute, draw });
  const resizing = new ResizeObserver(() => drawChart(explorer.state()));
  resizing.observe(chart);

  return () => {
    resizing.disconnect();
    stopPlaying();
    explorer.stop();
  };
}

/** @returns {{run: number, part: string, value: number}|null} Who leads: by validation, or else by training. */
function bestRun(values, metric) {
  for (const part of [1, 0]) {
    const measured = values
      .map((pair, run) => ({ run, part: PARTS[part], value: pair[part] }))
      .filter(({ value }) => value !== null);
    if (measured.length === 0) continue;
    const sign = metric.includes("loss") ? 1 : -1;
    return measured.reduce((best, other) => (sign * other.value < sign * best.value ? other : best));
  }
  return null;
}

/** @returns {{top: number, step: number}} The upper end of the axis, which starts at zero, and its marks. */
function verticalAxis(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 1;
  const largest = sorted.filter((value) => value <= FAR_ABOVE * median).pop() || 1;
  const rough = largest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  return { top: step * Math.ceil(largest / step - 1e-9), step };
}

/** @returns {Element[]} Lines, marks and names of both axes. */
function axes({ x, y, top, step, metric, width, height, last }) {
  const nodes = [];
  const write = (text, at, anchor) => {
    const node = svgNode("text", { x: String(at[0]), y: String(at[1]), "text-anchor": anchor });
    node.textContent = text;
    nodes.push(node);
  };
  for (let i = 0; i * step <= top * 1.0001; i++) {
    const value = i * step;
    nodes.push(svgNode("path", { class: "dcv-gridline", d: `M${MARGIN.left} ${y(value)}H${width - MARGIN.right}` }));
    write(formatMetric(value, metric, step < 0.01 ? 1 : 0), [MARGIN.left - 8, y(value) + 4], "end");
  }
  const fitting = Math.floor((width - MARGIN.left - MARGIN.right) / 28);
  const every = Math.ceil(last / fitting);
  for (let epoch = 1; epoch <= last; epoch += every)
    write(String(epoch), [x(epoch), height - MARGIN.bottom + 17], "middle");
  write("epoch", [width - MARGIN.right, height - 3], "end");
  write(metric, [4, 13], "start");
  return nodes;
}

/** @returns {string} Accuracies in percent, everything else as it is. */
function formatMetric(value, metric, decimals = 1) {
  return metric.includes("accuracy") ? `${(100 * value).toFixed(decimals)} %` : formatNumber(value, 2 + decimals);
}

/** @returns {Element} An element of SVG. */
function svgNode(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

export default { render };
