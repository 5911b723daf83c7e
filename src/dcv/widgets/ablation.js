// Compare two rows of an ablation table: mean curves, each in a band of its spread, and all seeds at an epoch.

const PAIR_COLOURS = ["#0072b2", "#d55e00"];
const ROOM = { left: 46, right: 14, top: 26, bottom: 36 }; // CSS pixels around the curves

function render({ model, el }) {
  const [names, curves, last] = ["names", "curves", "epoch_count"].map((trait) => model.get(trait));
  const chart = svgShape("svg", { class: "dcv-ablation-chart", role: "img" });
  element("div", "", el).append(chart);
  const note = element("p", "dcv-note", el);
  note.textContent = "Lines: means. Bands, and ±: one standard deviation over the seeds each way.";
  const table = element("table", "dcv-rows", el);
  const caption = element("caption", "dcv-caption", table);
  const header = element("tr", "", element("thead", "", table));
  for (const text of ["variant", "mean ± deviation", "every seed"])
    element("th", "", header, { scope: "col" }).textContent = text;
  const body = element("tbody", "", table);

  function compute() {
    const epoch = clamp(model.get("epoch"), 1, last);
    const chosen = [model.get("first_index"), model.get("second_index")];
    const measuredOn = model.get("measured_on_index") === 0 ? "validation" : "training";
    const runs = chosen.map((i) => curves[model.get("measured_on_index")][i]);
    const bands = runs.map((seeds) => seeds[0].map((_, at) => spread(seeds.map((seed) => seed[at]))));
    const accuracies = runs.map((seeds) => seeds.map((seed) => seed[epoch - 1]));
    const now = bands.map((band) => band[epoch - 1]);
    const difference = now[1].mean - now[0].mean;
    const isApart = Math.abs(difference) > now[0].deviation + now[1].deviation;
    const numbers = {
      epoch,
      measuredOn,
      accuracies,
      difference,
      isApart,
      first: names[chosen[0]],
      second: names[chosen[1]],
      means: now.map(({ mean }) => mean),
      deviations: now.map(({ deviation }) => deviation),
    };
    const [first, second] = chosen.map((i, side) => `${names[i]} ${inPercent(now[side])}`);
    const comparison = isApart ? "the bands do not overlap" : "the bands overlap, so it may be luck";
    const readout =
      `Epoch ${epoch} of ${last}, ${measuredOn}: ${first}; ${second}.\n` +
      `Difference: ${difference < 0 ? "−" : "+"}${Math.abs(100 * difference).toFixed(1)} points; ${comparison}.`;
    return { epoch, measuredOn, chosen, bands, accuracies, now, numbers, readout };
  }

  function draw(state) {
    drawChart(state);
    const { epoch, measuredOn, chosen, accuracies, now } = state;
    caption.textContent = `Accuracy on ${measuredOn} images after epoch ${epoch}`;
    body.replaceChildren(
      ...chosen.map((i, side) => {
        const row = element("tr", "");
        element("th", "", row, { scope: "row" }).append(key(side), ` ${names[i]}`);
        element("td", "", row).textContent = inPercent(now[side]);
        element("td", "", row).textContent = accuracies[side].map((value) => (100 * value).toFixed(1)).join("  ");
        return row;
      }),
    );
  }

  function drawChart({ epoch, measuredOn, bands }) {
    const width = chart.clientWidth;
    if (!width) return; // not in the page yet
    const height = clamp(0.55 * width, 220, 340);
    chart.setAttribute("height", String(height));
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.setAttribute(
      "aria-label",
      `Mean accuracy on ${measuredOn} images over the epochs, two variants; the table has the numbers.`,
    );
    const x = (at) => ROOM.left + ((at - 1) / (last - 1)) * (width - ROOM.left - ROOM.right);
    const y = (value) => height - ROOM.bottom - value * (height - ROOM.top - ROOM.bottom);
    const nodes = [];
    const write = (text, left, top, anchor) => {
      const node = svgShape("text", { x: left, y: top, "text-anchor": anchor });
      node.textContent = text;
      nodes.push(node);
    };
    for (let fifth = 0; fifth <= 5; fifth++) {
      nodes.push(
        svgShape("path", { class: "dcv-ablation-line", d: `M${ROOM.left} ${y(fifth / 5)}H${width - ROOM.right}` }),
      );
      write(`${20 * fifth} %`, ROOM.left - 8, y(fifth / 5) + 4, "end");
    }
    const every = Math.ceil(last / ((width - ROOM.left - ROOM.right) / 28));
    for (let at = 1; at <= last; at += every) write(String(at), x(at), height - ROOM.bottom + 17, "middle");
    write("epoch", width - ROOM.right, height - 3, "end");
    write(`accuracy, ${measuredOn}`, 4, 13, "start");
    nodes.push(svgShape("path", { class: "dcv-ablation-now", d: `M${x(epoch)} ${ROOM.top}V${height - ROOM.bottom}` }));
    bands.forEach((band, side) => nodes.push(bandAndLine(band, side, x, y, epoch)));
    chart.replaceChildren(...nodes);
  }

  chart.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    const box = chart.getBoundingClientRect();
    const share = (event.clientX - box.left - ROOM.left) / (box.width - ROOM.left - ROOM.right);
    setTraits(model, { epoch: clamp(Math.round(1 + share * (last - 1)), 1, last) });
  });

  const explorer = runExplorer({
    model,
    el,
    traits: ["first_index", "second_index", "measured_on_index", "epoch"],
    compute,
    draw,
  });
  const resizing = new ResizeObserver(() => drawChart(explorer.state()));
  resizing.observe(chart);

  return () => {
    resizing.disconnect();
    explorer.stop();
  };
}

/** @returns {{mean: number, deviation: number}} Mean and sample standard deviation; 0 of a single run. */
function spread(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** @returns {string} "72.7 % ± 0.4" */
function inPercent({ mean, deviation }) {
  return `${(100 * mean).toFixed(1)} % ± ${(100 * deviation).toFixed(1)}`;
}

/** @returns {Element} The band of a variant, its mean, and a marker at the epoch. */
function bandAndLine(band, side, x, y, epoch) {
  const group = svgShape("g", { class: "dcv-ablation-curve", stroke: PAIR_COLOURS[side], fill: PAIR_COLOURS[side] });
  const path = (values) => values.map(([at, value]) => `${x(at + 1)} ${y(clamp(value, 0, 1))}`).join("L");
  const upper = band.map(({ mean, deviation }, at) => [at, mean + deviation]);
  const lower = band.map(({ mean, deviation }, at) => [at, mean - deviation]).reverse();
  const line = path(band.map(({ mean }, at) => [at, mean]));
  group.append(
    svgShape("path", { d: `M${path([...upper, ...lower])}Z`, "fill-opacity": 0.25, stroke: "none" }),
    svgShape("path", {
      d: `M${line}`,
      fill: "none",
      "stroke-width": 2,
      ...(side ? { "stroke-dasharray": "6 4" } : {}),
    }),
    pairMarker(x(epoch), y(band[epoch - 1].mean), side),
  );
  return group;
}

/** A disc for the first variant, a square for the second: not by colour alone. */
function pairMarker(x, y, side) {
  if (side) return svgShape("path", { class: "dcv-ablation-marker", d: `M${x - 4} ${y - 4}h8v8h-8Z` });
  return svgShape("circle", { class: "dcv-ablation-marker", cx: x, cy: y, r: 4.5 });
}

/** The look of a variant, for its row of the table. */
function key(side) {
  const svg = svgShape("svg", {
    width: 36,
    height: 12,
    viewBox: "-18 -6 36 12",
    "aria-hidden": "true",
    class: "dcv-ablation-key",
    stroke: PAIR_COLOURS[side],
    fill: PAIR_COLOURS[side],
  });
  svg.append(
    svgShape("path", { d: "M-17 0H17", "stroke-width": 2, ...(side ? { "stroke-dasharray": "6 4" } : {}) }),
    pairMarker(0, 0, side),
  );
  return svg;
}

/** @returns {Element} An element of SVG. */
function svgShape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return node;
}

export default { render };
