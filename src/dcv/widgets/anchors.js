// Anchors: boxes around the centre of each cell of a grid, and which of them match an object.

function render({ model, el }) {
  const image = readGrid(model, "image");
  const objects = readRows(model, "objects");
  const names = model.get("object_names");
  const grids = model.get("grids");
  const ratioSets = model.get("ratio_sets");

  const picture = new PixelGrid(el, { heading: "Anchors", className: "dcv-square" });
  const table = element("table", "dcv-rows", el);
  element("caption", "dcv-caption", table).textContent = "Anchors of the chosen cell";
  const header = element("tr", "", element("thead", "", table));
  for (const text of ["height × width", "overlaps most", "IoU", "has to find", "offsets Δy, Δx, ln height, ln width"])
    element("th", "", header, { scope: "col" }).textContent = text;
  const body = element("tbody", "", table);

  const cells = () => grids[model.get("grid_index")];
  const place = () => ({
    row: Math.min(model.get("row"), cells() - 1),
    column: Math.min(model.get("column"), cells() - 1),
  });

  function compute() {
    const count = cells();
    const { row, column } = place();
    const ratios = ratioSets[model.get("ratios_index")];
    const threshold = model.get("iou_threshold");
    const anchors = gridAnchors([image.height, image.width], count, model.get("scale"), ratios);
    const { overlaps, matches } = matchAnchors(anchors, objects, threshold);
    const first = (row * count + column) * ratios.length;
    const mine = ratios.map((_, i) => {
      const anchor = anchors[first + i];
      const best = indexOfLargest(overlaps[first + i]);
      const match = matches[first + i];
      return {
        anchor,
        best,
        iou: overlaps[first + i][best],
        match,
        offsets: match < 0 ? null : encodeBox(objects[match], anchor),
      };
    });
    const matched = anchors.filter((_, i) => matches[i] >= 0);
    const found = objects.map((_, i) => Math.max(...overlaps.map((row) => row[i])));
    const best = mine.reduce((a, b) => (b.iou > a.iou ? b : a));
    return {
      row,
      column,
      count,
      mine,
      matched,
      numbers: {
        row,
        column,
        scale: model.get("scale"),
        iou_threshold: threshold,
        anchors: mine.map(({ anchor }) => anchor),
        ious: mine.map(({ iou }) => iou),
        matches,
        offsets: mine.map(({ offsets }) => offsets),
        matched: matched.length,
        best_ious: found,
      },
      readout:
        `${count} × ${count} cells with ${ratios.length} ${ratios.length > 1 ? "anchors" : "anchor"} each: ${anchors.length} anchors, of which ${matched.length} have to find an object (IoU from ${formatNumber(threshold)}, and the best one of each object).\n` +
        `Cell in row ${row}, column ${column}: largest IoU ${best.iou.toFixed(2)}, with the ${names[best.best]}. ` +
        `Best IoU of the ${names.map((name, i) => `${name} ${found[i].toFixed(2)}`).join(", ")}.`,
    };
  }

  function draw({ row, column, count, mine, matched }) {
    picture.setHeading("Anchors", `${matched.length} have to find an object`);
    picture.draw(image, {
      label: `An image with ${objects.length} objects, anchors that match one, and the anchors of the cell in row ${row}, column ${column}`,
    });
    const [height, width] = [image.height / count, image.width / count];
    showBoxes(picture, [
      ...matched.map((box) => ({ box, kind: "removed" })),
      ...objects.map((box, i) => ({ box, kind: "object", tag: names[i] })),
      ...mine.map(({ anchor }) => ({ box: anchor })),
    ]);
    drawGridLines(count, width, height, row, column);
    body.replaceChildren(
      ...mine.map(({ anchor, best, iou, match, offsets }) => {
        const line = element("tr", match >= 0 ? "dcv-chosen-row" : "");
        const [, , tall, wide] = toCenter(anchor);
        element("th", "", line, { scope: "row" }).textContent = formatSize(tall.toFixed(1), wide.toFixed(1));
        for (const text of [
          iou > 0 ? names[best] : "–",
          iou.toFixed(2),
          match < 0 ? "nothing" : names[match],
          offsets === null ? "–" : offsets.map((value) => formatNumber(value)).join(", "),
        ])
          element("td", "", line).textContent = text;
        return line;
      }),
    );
  }

  /** Thin lines between the cells, and the chosen cell lit up. */
  function drawGridLines(count, width, height, row, column) {
    let path = "";
    for (let i = 1; i < count; i++) path += `M0 ${i * height}H${image.width}M${i * width} 0V${image.height}`;
    const lines = document.createElementNS(SVG, "path");
    lines.setAttribute("class", "dcv-cells");
    lines.setAttribute("d", path);
    const cell = document.createElementNS(SVG, "rect");
    for (const [name, value] of Object.entries({
      x: column * width,
      y: row * height,
      width,
      height,
      class: "dcv-cell",
    }))
      cell.setAttribute(name, String(value));
    picture.overlay.prepend(lines, cell);
  }

  const go = (row, column) =>
    setTraits(model, { row: clamp(row, 0, cells() - 1), column: clamp(column, 0, cells() - 1) });
  const explorer = runExplorer({
    model,
    el,
    compute,
    draw,
    traits: ["grid_index", "scale", "ratios_index", "iou_threshold", "row", "column"],
  });
  picture.onMove({
    label: "Cell: arrow keys choose another one",
    move: (down, right) => go(place().row + down, place().column + right),
    choose: ({ row, column }) =>
      go(Math.floor((row * cells()) / image.height), Math.floor((column * cells()) / image.width)),
  });
  return () => explorer.stop();
}

/** Anchors of all cells in reading order, as `dcv.boxes.grid_anchors` returns them. */
function gridAnchors([height, width], count, scale, ratios) {
  const anchors = [];
  for (let row = 0; row < count; row++)
    for (let column = 0; column < count; column++)
      for (const ratio of ratios) {
        const [y, x] = [((row + 0.5) * height) / count, ((column + 0.5) * width) / count];
        const [tall, wide] = [scale / Math.sqrt(ratio), scale * Math.sqrt(ratio)];
        anchors.push([y - tall / 2, x - wide / 2, y + tall / 2, x + wide / 2]);
      }
  return anchors;
}

/** Which object each anchor has to find, or −1, as `dcv.boxes.match_anchors` says. */
function matchAnchors(anchors, objects, threshold) {
  const overlaps = anchors.map((anchor) => objects.map((object) => boxIou(anchor, object)));
  const matches = overlaps.map((row) => (Math.max(...row) >= threshold ? indexOfLargest(row) : -1));
  const best = objects.map((_, object) => {
    const column = overlaps.map((row) => row[object]);
    const anchor = indexOfLargest(column);
    return { object, anchor, iou: column[anchor] };
  });
  // The larger IoU is written last, so that it wins where two objects want the same anchor.
  for (const { object, anchor, iou } of best.sort((a, b) => a.iou - b.iou)) if (iou > 0) matches[anchor] = object;
  return { overlaps, matches };
}

/** @returns {number} The first place of the largest value. */
function indexOfLargest(values) {
  return values.indexOf(Math.max(...values));
}

/** How to move and stretch an anchor so that it becomes a box, as `dcv.boxes.encode_boxes` says. */
function encodeBox(box, anchor) {
  const [y, x, height, width] = toCenter(box);
  const [anchorY, anchorX, anchorHeight, anchorWidth] = toCenter(anchor);
  return [
    (y - anchorY) / anchorHeight,
    (x - anchorX) / anchorWidth,
    Math.log(height / anchorHeight),
    Math.log(width / anchorWidth),
  ];
}

export default { render };
