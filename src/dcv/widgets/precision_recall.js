// The score threshold moves along the precision–recall curve: what is counted, what it costs, what is seen.

const CHART = { left: 44, right: 14, top: 12, bottom: 36 }; // CSS pixels around the curve

function render({ model, el }) {
  const scenes = readGrid(model, "images");
  const names = model.get("class_names");
  const found = readRows(model, "detections").map(([image, ...row]) => ({
    image,
    box: row.slice(0, 4),
    score: row[4],
    label: row[5],
  }));
  const objects = readRows(model, "objects").map(([image, ...row]) => ({ image, box: row.slice(0, 4), label: row[4] }));

  const top = element("div", "dcv-row", el);
  const left = element("div", "dcv-figure dcv-curve-part", top);
  const chart = svgNode("svg", { class: "dcv-chart", role: "img" });
  element("div", "", left).append(chart);
  const table = element("table", "dcv-rows dcv-counts", element("div", "dcv-figure dcv-count-part", top));
  element("caption", "dcv-caption", table).textContent = "What is counted";
  const body = element("tbody", "", table);
  element("p", "dcv-note", el).textContent =
    "Solid orange: correct. Dashed blue: wrong. Dotted white: an object that is missed. Only the chosen class is drawn.";
  const row = element("div", "dcv-scenes", el);
  const pictures = scenes.map((_, i) => new PixelGrid(row, { heading: `Scene ${i + 1}` }));

  /** Everything but the score threshold, which moves most. */
  const judged = remember((label, iouThreshold) => {
    const mine = objects.filter((object) => object.label === label);
    const claims = found.filter((claim) => claim.label === label).sort((a, b) => b.score - a.score);
    const matches = judge(claims, mine, iouThreshold);
    const points = [];
    let correct = 0;
    claims.forEach((_, i) => {
      if (matches[i] >= 0) correct++;
      points.push({ precision: correct / (i + 1), recall: correct / mine.length });
    });
    return { mine, claims, matches, points, area: averagePrecision(points) };
  });

  function compute() {
    const label = model.get("class_index");
    const [scoreThreshold, iouThreshold] = [model.get("score_threshold"), model.get("iou_threshold")];
    const result = judged(label, iouThreshold);
    const { mine, claims, matches, points, area } = result;
    const kept = claims.filter(({ score }) => score > scoreThreshold).length;
    const right = matches.slice(0, kept).filter((match) => match >= 0).length;
    const counts = { tp: right, fp: kept - right, fn: mine.length - right };
    const precision = kept ? right / kept : null;
    const recall = right / mine.length;
    return {
      ...result,
      ...counts,
      label,
      kept,
      precision,
      recall,
      scoreThreshold,
      numbers: {
        label,
        score_threshold: scoreThreshold,
        iou_threshold: iouThreshold,
        ...counts,
        precision,
        recall,
        average_precision: area,
        points: points.map((point) => [point.precision, point.recall]),
      },
      readout:
        `Class ${names[label]}, detections with a score above ${formatNumber(scoreThreshold)}: ${right} correct (TP), ${kept - right} wrong (FP), ${mine.length - right} objects missed (FN).\n` +
        `Precision ${precision === null ? "of nothing is not defined" : `${right} / ${kept} = ${precision.toFixed(2)}`}, recall ${right} / ${mine.length} = ${recall.toFixed(2)}. ` +
        `Average precision at IoU ${formatNumber(iouThreshold)}: ${area.toFixed(3)}.`,
    };
  }

  function draw(state) {
    drawChart(state);
    const { tp, fp, fn, precision, recall, area, kept } = state;
    const lines = [
      ["true positives (TP)", tp],
      ["false positives (FP)", fp],
      ["false negatives (FN)", fn],
      ["precision = TP / (TP + FP)", precision === null ? "–" : precision.toFixed(3)],
      ["recall = TP / (TP + FN)", recall.toFixed(3)],
      ["average precision (area)", area.toFixed(3)],
    ];
    body.replaceChildren(
      ...lines.map(([name, value]) => {
        const line = element("tr", "");
        element("th", "", line, { scope: "row" }).textContent = name;
        element("td", "dcv-count", line).textContent = String(value);
        return line;
      }),
    );
    pictures.forEach((picture, image) => {
      const claims = state.claims.slice(0, kept).map((claim, i) => ({ ...claim, match: state.matches[i] }));
      const taken = new Set(claims.map(({ match }) => match));
      const here = claims.filter((claim) => claim.image === image);
      const missed = state.mine.filter((object, i) => object.image === image && !taken.has(i));
      picture.draw(scenes[image], {
        label: `Scene ${image + 1}: ${here.length} detections, ${missed.length} missed`,
        key: String(image),
      });
      showBoxes(picture, [
        ...missed.map(({ box }) => ({ box, kind: "object" })),
        ...here.map(({ box, score, match }) => ({ box, kind: match >= 0 ? "window" : "wrong", tag: score.toFixed(2) })),
      ]);
    });
  }

  // ------------------------------------------------------------------------------------------ the chart

  function frame() {
    const width = chart.clientWidth;
    const height = clamp(0.75 * width, 200, 300);
    const x = (recall) => CHART.left + recall * (width - CHART.left - CHART.right);
    const y = (precision) => height - CHART.bottom - precision * (height - CHART.top - CHART.bottom);
    return { width, height, x, y };
  }

  function drawChart({ points, area, precision, recall, label }) {
    const { width, height, x, y } = frame();
    if (!width) return; // not in the page yet
    chart.setAttribute("height", String(height));
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const now =
      precision === null
        ? "no detection is left"
        : `now precision ${precision.toFixed(2)}, recall ${recall.toFixed(2)}`;
    chart.setAttribute(
      "aria-label",
      `Precision against recall for the class ${names[label]}, area ${area.toFixed(3)}; ${now}`,
    );
    const write = (text, at, anchor) => {
      const node = svgNode("text", { x: String(at[0]), y: String(at[1]), "text-anchor": anchor });
      node.textContent = text;
      return node;
    };
    const nodes = [];
    for (const value of [0, 0.25, 0.5, 0.75, 1]) {
      nodes.push(svgNode("path", { class: "dcv-gridline", d: `M${x(0)} ${y(value)}H${x(1)}` }));
      nodes.push(
        write(String(value), [x(0) - 6, y(value) + 4], "end"),
        write(String(value), [x(value), y(0) + 16], "middle"),
      );
    }
    nodes.push(write("recall", [x(1), height - 3], "end"), write("precision", [x(0) + 4, y(0) - 6], "start"));
    const best = bestFromHere(points);
    const steps = points.map(({ recall: at }, i) => `V${y(best[i])}H${x(at)}`).join("");
    const last = points.length ? points[points.length - 1].recall : 0;
    nodes.push(svgNode("path", { class: "dcv-area", d: `M${x(0)} ${y(0)}${steps}V${y(0)}H${x(last)}Z` }));
    if (points.length)
      nodes.push(
        svgNode("path", {
          class: "dcv-pr",
          d: `M${points.map((point) => `${x(point.recall)} ${y(point.precision)}`).join("L")}`,
        }),
      );
    if (precision !== null)
      nodes.push(svgNode("circle", { class: "dcv-pr-now", cx: x(recall), cy: y(precision), r: 6 }));
    chart.replaceChildren(...nodes);
  }

  chart.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
    const { x } = frame();
    const { points, claims } = explorer.state();
    const at = event.clientX - chart.getBoundingClientRect().left;
    if (!points.length) return;
    const distance = (i) => Math.abs(x(points[i].recall) - at);
    const nearest = points.reduce((best, _, i) => (distance(i) < distance(best) ? i : best), 0);
    // The largest of the slider's steps that still lets this detection through.
    setTraits(model, { score_threshold: clamp((Math.ceil(claims[nearest].score * 50) - 1) / 50, 0, 1) });
  });

  const explorer = runExplorer({
    model,
    el,
    traits: ["class_index", "score_threshold", "iou_threshold"],
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

/** For each claim, highest score first, which object it finds, or −1, as `dcv.boxes.judge_detections` says. */
function judge(claims, objects, iouThreshold) {
  const taken = new Set();
  return claims.map(({ image, box }) => {
    let best = -1;
    let overlap = -1;
    objects.forEach((object, i) => {
      if (object.image !== image || taken.has(i)) return;
      const iou = boxIou(box, object.box);
      if (iou > overlap) [best, overlap] = [i, iou];
    });
    if (overlap < iouThreshold) return -1;
    taken.add(best);
    return best;
  });
}

/** @returns {number[]} The best precision at each recall or any higher one. */
function bestFromHere(points) {
  const best = points.map(({ precision }) => precision);
  for (let i = best.length - 2; i >= 0; i--) best[i] = Math.max(best[i], best[i + 1]);
  return best;
}

/** @returns {number} The area under the steps, as `dcv.boxes.average_precision` computes it from all points. */
function averagePrecision(points) {
  const best = bestFromHere(points);
  return points.reduce((sum, { recall }, i) => sum + (recall - (i ? points[i - 1].recall : 0)) * best[i], 0);
}

/** @returns {Element} An element of SVG. */
function svgNode(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return node;
}

export default { render };
