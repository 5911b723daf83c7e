// A confusion matrix: choose a cell, see what share it is and some of the images behind it.

const SHARES = [
  { name: "number of images", total: () => 1 },
  { name: "% of the true class (rows)", total: (sums, row) => sums.rows[row] / 100 },
  { name: "% of the predicted class (columns)", total: (sums, row, column) => sums.columns[column] / 100 },
];

async function render({ model, el }) {
  const photos = await readSheet(model.get("photos"));
  const [confusion, names] = ["confusion", "class_names"].map((trait) => model.get(trait));
  const [indices, confidences, firstPhoto] = ["indices_of_photos", "confidences", "first_photo"].map((trait) =>
    Array.from(readGrid(model, trait).values),
  );
  const size = names.length;
  const sums = {
    rows: confusion.map((row) => row.reduce((sum, count) => sum + count, 0)),
    columns: names.map((_, column) => confusion.reduce((sum, row) => sum + row[column], 0)),
  };
  const total = sums.rows.reduce((sum, count) => sum + count, 0);
  const mostPhotos = Math.max(1, ...firstPhoto.slice(1).map((end, cell) => end - firstPhoto[cell]));

  const frame = element("div", "dcv-confusion", el);
  element("span", "dcv-corner", frame, { "aria-hidden": "true" }).textContent = "true ↓ · predicted →";
  const columnNames = labels(frame, "dcv-column-names");
  const rowNames = labels(frame, "dcv-row-names");
  const matrix = new PixelGrid(frame, { heading: "Confusion matrix" });
  const caption = element("p", "dcv-note", el);
  const tiles = element("div", "dcv-row dcv-tiles", el);
  const pictures = Array.from({ length: mostPhotos }, () => new PixelGrid(tiles, { heading: "Image" }));
  let preview = null; // the cell under the pointer, which nobody chose yet

  function labels(parent, className) {
    const list = element("div", className, parent, { "aria-hidden": "true" }); // the read-out says them
    return names.map((name) => {
      const label = element("span", "", list);
      label.textContent = name;
      return label;
    });
  }

  function compute() {
    const { row, column } = preview ?? {
      row: model.get("true_class_index"),
      column: model.get("predicted_class_index"),
    };
    const kind = model.get("numbers_index");
    const values = confusion.map((counts, i) =>
      counts.map((count, j) => count / (SHARES[kind].total(sums, i, j) || 1)),
    );
    const count = confusion[row][column];
    const ofTrue = share(count, sums.rows[row]);
    const ofPredicted = share(count, sums.columns[column]);
    const precision = share(confusion[row][row], sums.columns[row]);
    const recall = share(confusion[row][row], sums.rows[row]);
    const cell = row * size + column;
    const shown = indices.slice(firstPhoto[cell], firstPhoto[cell + 1]);
    const what = row === column ? `${names[row]}, named correctly` : `True ${names[row]}, called ${names[column]}`;
    return {
      row,
      column,
      kind,
      values,
      shown,
      cell,
      numbers: { row, column, kind, values, count, ofTrue, ofPredicted, precision, recall, indices: shown },
      readout:
        `${what}: ${formatCount(count)} of ${formatCount(total)} images; ${percent(ofTrue)} of those that are ` +
        `${names[row]}, ${percent(ofPredicted)} of those called ${names[column]}.\n` +
        `${names[row]}: precision ${percent(precision)}, recall ${percent(recall)}. Shown: ${SHARES[kind].name}, ${formatNumber(values[row][column], 1)} in this cell.`,
    };
  }

  function draw({ row, column, kind, values, shown, cell }) {
    const grid = gridFromRows(values);
    // The diagonal would make all errors look alike, so the scale ends at the largest error.
    const errors = values.flatMap((line, i) => line.filter((_, j) => i !== j));
    matrix.setHeading("Confusion matrix", SHARES[kind].name);
    matrix.draw(grid, {
      colours: colourMap("cividis", 0, Math.max(...errors) || 1),
      format: (value, decimals) => formatNumber(value, kind === 0 ? 0 : Math.min(decimals, 1)),
      label: `Confusion matrix, ${size} × ${size}, ${SHARES[kind].name}; rows are true classes, columns predicted ones`,
    });
    matrix.showWindows([{ row, column }]);
    rowNames.forEach((label, i) => label.classList.toggle("dcv-chosen", i === row));
    columnNames.forEach((label, i) => label.classList.toggle("dcv-chosen", i === column));
    caption.textContent = shown.length
      ? `Images that are ${names[row]} and were called ${names[column]}, the surest first:`
      : "No image lies in this cell.";
    pictures.forEach((picture, i) => {
      picture.figure.hidden = i >= shown.length;
      if (i >= shown.length) return;
      const photo = firstPhoto[cell] + i;
      picture.setHeading(percent(confidences[photo]), `image ${shown[i]}`);
      picture.draw(photos[photo], {
        numbers: false,
        label: `Image ${shown[i]}, ${names[row]}, called ${names[column]}`,
      });
    });
  }

  const choose = (row, column) => {
    preview = null;
    setTraits(model, { true_class_index: clamp(row, 0, size - 1), predicted_class_index: clamp(column, 0, size - 1) });
    explorer.update();
  };
  const traits = ["true_class_index", "predicted_class_index", "numbers_index"];
  const explorer = runExplorer({ model, el, traits, compute, draw });
  matrix.onMove({
    label: "Cell of the confusion matrix: arrow keys choose another one",
    choose: ({ row, column }) => choose(row, column),
    move: (down, right) => choose(model.get("true_class_index") + down, model.get("predicted_class_index") + right),
    preview: (cell) => {
      preview = cell;
      explorer.update();
    },
    leave: () => {
      preview = null;
      explorer.update();
    },
  });
  return explorer.stop;
}

/** @returns {number|null} A share, or nothing where there is nothing to share. */
function share(part, whole) {
  return whole ? part / whole : null;
}

/** @returns {string} A share in percent. */
function percent(value) {
  return value === null ? "–" : `${(100 * value).toFixed(1)} %`;
}

export default { render };
