// Images as points of a plane, placed by their features: the chosen one, its neighbours, and their vote.

const CLASS_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#808080"];
/** Outlines of the markers around (0, 0), about 4 pixels in each direction. */
const CLASS_MARKERS = [
  "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
  "M-3.6 -3.6H3.6V3.6H-3.6Z",
  "M0 -4.8L4.6 3.6H-4.6Z",
  "M0 -5L5 0L0 5L-5 0Z",
  "M0 4.8L4.6 -3.6H-4.6Z",
  "M-1.5 -4.5H1.5V-1.5H4.5V1.5H1.5V4.5H-1.5V1.5H-4.5V-1.5H-1.5Z",
  "M-4 -4L0 -1.5L4 -4L1.5 0L4 4L0 1.5L-4 4L-1.5 0Z",
];
const PADDING = 14; // CSS pixels around the points

function render({ model, el }) {
  const images = readGrid(model, "images");
  const [labels, classes, features] = ["labels", "class_names", "feature_names"].map((trait) => model.get(trait));
  const [points, nearest, distances] = ["points", "nearest", "distances"].map((trait) => kinds(model, trait));
  const count = images.length;
  const most = nearest[0].width;

  const top = element("div", "dcv-row dcv-features", el);
  const left = element("div", "dcv-features-plane", top);
  const heading = element("p", "dcv-caption", left);
  const stage = element("div", "dcv-features-stage", left, {
    tabindex: "0",
    role: "application",
    "aria-label": "Choose an image: arrow keys go to the next point in that direction",
  });
  const chart = node("svg", { class: "dcv-features-chart", "aria-hidden": "true" });
  stage.append(chart);
  const legend = element("p", "dcv-note", left);
  classes.forEach((name, label) => legend.append(sample(label), ` ${name}  `));
  legend.append("– open: the vote is wrong");
  const large = new PixelGrid(top, { heading: "Image", className: "dcv-features-image" });
  const row = element("div", "dcv-features-row", el);
  const small = Array.from(
    { length: most },
    (_, i) => new PixelGrid(row, { heading: `Neighbour number ${i + 1}`, className: "dcv-features-small" }),
  );

  /** The vote of the nearest: most of them win, and of equals the one with the nearest. */
  function voteOf(kind, number, neighbours) {
    const votes = numbersOf(kind, number, neighbours).map((other) => labels[other]);
    const times = (label) => votes.filter((vote) => vote === label).length;
    return votes.reduce((leader, label) => (times(label) > times(leader) ? label : leader), votes[0]);
  }

  function numbersOf(kind, number, neighbours) {
    return Array.from({ length: neighbours }, (_, i) => valueAt(nearest[kind], number, i));
  }

  const votesOf = remember((kind, neighbours) => labels.map((_, number) => voteOf(kind, number, neighbours)));

  function compute() {
    const kind = clamp(model.get("feature_index"), 0, features.length - 1);
    const number = clamp(model.get("image_number"), 0, count - 1);
    const neighbours = clamp(model.get("neighbours"), 1, most);
    const votes = votesOf(kind, neighbours);
    const others = numbersOf(kind, number, neighbours);
    const right = votes.filter((vote, i) => vote === labels[i]).length;
    const alike = others.filter((other) => labels[other] === labels[number]).length;
    const accuracy = right / count;
    const numbers = {
      kind,
      number,
      others,
      accuracy,
      vote: classes[votes[number]],
      distances: others.map((_, i) => valueAt(distances[kind], number, i)),
      point: [valueAt(points[kind], number, 0), valueAt(points[kind], number, 1)],
    };
    const readout =
      `Image ${number}, ${classes[labels[number]]}: ${alike} of its ${neighbours} nearest by ${features[kind]} ${alike === 1 ? "is" : "are"} of its class; ` +
      `the vote is ${classes[votes[number]]}, ${votes[number] === labels[number] ? "right" : "wrong"}.\n` +
      `Over all ${count} images the vote is right for ${right}: ${(100 * accuracy).toFixed(1)} %.`;
    return { kind, number, neighbours, others, votes, numbers, readout };
  }

  function draw(state) {
    drawPlane(state);
    const { kind, number, others } = state;
    heading.replaceChildren(element("b", ""), " plane of the first two components");
    heading.firstChild.textContent = features[kind];
    large.setHeading(classes[labels[number]], `image ${number}`);
    large.draw(images[number], { numbers: false, label: `Image ${number}, ${classes[labels[number]]}` });
    small.forEach((grid, i) => {
      grid.figure.hidden = i >= others.length;
      if (i >= others.length) return;
      const other = others[i];
      const isAlike = labels[other] === labels[number];
      grid.setHeading(`${isAlike ? "✓" : "✗"} ${classes[labels[other]]}`);
      grid.draw(images[other], {
        numbers: false,
        label: `Neighbour ${i + 1}: image ${other}, ${classes[labels[other]]}`,
      });
    });
  }

  // -------------------------------------------------------------------------------------- the plane

  let places = []; // of all points, in CSS pixels

  function drawPlane({ kind, number, others, votes }) {
    const width = chart.clientWidth;
    if (!width) return; // not in the page yet
    const height = Math.round(0.75 * width);
    chart.setAttribute("height", String(height));
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const [xs, ys] = [0, 1].map((axis) => labels.map((_, i) => valueAt(points[kind], i, axis)));
    const place = (values, length) => {
      const [low, high] = rangeOf(values);
      return values.map((value) => PADDING + ((value - low) / (high - low || 1)) * (length - 2 * PADDING));
    };
    const across = place(xs, width);
    const down = place(
      ys.map((value) => -value),
      height,
    );
    places = across.map((x, i) => [x, down[i]]);
    const nodes = others.map((other) =>
      node("path", { class: "dcv-features-link", d: `M${places[number].join(" ")}L${places[other].join(" ")}` }),
    );
    places.forEach(([x, y], i) => {
      const isRight = votes[i] === labels[i];
      const colour = CLASS_COLOURS[labels[i]];
      const marker = node("path", {
        class: isRight ? "" : "dcv-features-open",
        d: CLASS_MARKERS[labels[i]],
        transform: `translate(${x} ${y})`,
        stroke: colour,
        "stroke-width": 1.8,
      });
      if (isRight) marker.setAttribute("fill", colour);
      nodes.push(marker);
    });
    const [x, y] = places[number];
    for (const layer of ["casing", "line"])
      nodes.push(node("circle", { class: `dcv-features-${layer}`, cx: x, cy: y, r: 9 }));
    chart.replaceChildren(...nodes);
  }

  /** The look of a class, for the legend. */
  function sample(label) {
    const svg = node("svg", {
      width: 14,
      height: 12,
      viewBox: "-7 -6 14 12",
      "aria-hidden": "true",
      class: "dcv-features-key",
    });
    svg.append(node("path", { d: CLASS_MARKERS[label], fill: CLASS_COLOURS[label] }));
    return svg;
  }

  // --------------------------------------------------------------------------- what the reader does

  const show = (number) => setTraits(model, { image_number: number });

  stage.addEventListener("pointerdown", (event) => {
    const box = chart.getBoundingClientRect();
    const distance = ([x, y]) => (x - (event.clientX - box.left)) ** 2 + (y - (event.clientY - box.top)) ** 2;
    show(places.reduce((best, place, i) => (distance(place) < distance(places[best]) ? i : best), 0));
  });
  onArrowKeys(stage, (rows, columns) => {
    if (!places.length) return;
    const axis = columns ? 0 : 1;
    const step = columns || rows;
    const order = places.map((_, i) => i).sort((a, b) => places[a][axis] - places[b][axis] || a - b);
    show(order[clamp(order.indexOf(model.get("image_number")) + step, 0, count - 1)]);
  });

  const explorer = runExplorer({ model, el, traits: ["feature_index", "image_number", "neighbours"], compute, draw });
  const resizing = new ResizeObserver(() => drawPlane(explorer.state()));
  resizing.observe(chart);

  return () => {
    resizing.disconnect();
    explorer.stop();
  };
}

/** @returns {Grid[]} One matrix for each kind of features. */
function kinds(model, trait) {
  const { height, width, channels, values } = readGrid(model, trait);
  const size = width * channels;
  return Array.from({ length: height }, (_, kind) =>
    makeGrid(width, channels, 1, values.subarray(kind * size, (kind + 1) * size)),
  );
}

/** @returns {Element} An element of SVG. */
function node(tag, attributes) {
  const created = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, String(value));
  return created;
}

export default { render };
