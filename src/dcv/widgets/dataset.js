// Browse a data set: one image large, with the values of a pixel; below, all images, one column for each class.

const CHANNELS = { 1: ["gray"], 3: ["red", "green", "blue"] };

function render({ model, el }) {
  const images = readGrid(model, "images");
  const [labels, indices, names, classLabels] = ["labels", "indices", "class_names", "class_labels"].map((trait) =>
    model.get(trait),
  );
  const { height, width, channels } = images[0];
  const byClass = classLabels.map((label) => labels.flatMap((other, i) => (other === label ? [i] : [])));
  const rows = Math.max(...byClass.map((members) => members.length));
  let preview = null; // the pixel under the pointer, which nobody chose yet

  const top = element("div", "dcv-row dcv-maps", el);
  const large = new PixelGrid(top, { heading: "Image" });
  const side = element("div", "dcv-figure", top);
  const buttons = element("div", "dcv-row", side);
  /** @type {[string, number][]} */
  const steps = [
    ["◀ Previous", -1],
    ["Next ▶", 1],
  ];
  for (const [text, step] of steps) {
    const button = element("button", "dcv-button", buttons, {
      type: "button",
      "aria-label": text.replace(/[◀▶]/g, "").trim() + " image",
    });
    button.textContent = text;
    button.addEventListener("click", () => show((model.get("image_number") + step + images.length) % images.length));
  }
  const heading = element("p", "dcv-note", side);
  const bars = CHANNELS[channels].map((name) => barRow(side, name));
  const sheet = new PixelGrid(el, { heading: "All images", className: "dcv-sheet" });
  drawSheet();

  function compute() {
    const number = model.get("image_number");
    const image = images[number];
    const { row, column } = preview ?? { row: model.get("row"), column: model.get("column") };
    const values = CHANNELS[channels].map((_, channel) => valueAt(image, row, column, channel));
    const [index, label] = [indices[number], labels[number]];
    const name = names[classLabels.indexOf(label)];
    const spoken = CHANNELS[channels].map((channel, i) => `${channel} ${values[i]}`).join(", ");
    return {
      number,
      image,
      row,
      column,
      values,
      index,
      name,
      numbers: { number, index, label, name, row, column, values },
      readout: `Image ${index} of the array: label ${label}, ${name}.\nPixel in row ${row}, column ${column}: ${spoken}.`,
    };
  }

  function draw({ number, image, row, column, values, index, name }) {
    large.setHeading(name, `image ${index}`);
    large.draw(image, { numbers: false, label: `Image ${index}, ${name}, ${formatSize(height, width)} pixels` });
    large.showWindows([{ row, column }]);
    heading.textContent = `Pixel in row ${row}, column ${column}`;
    bars.forEach(({ bar, value }, channel) => {
      bar.style.width = `${(100 * values[channel]) / 255}%`;
      value.textContent = String(values[channel]);
    });
    const place = placeOf(number);
    sheet.showWindows([{ row: place.row * height, column: place.column * width, height, width }]);
  }

  /** Draw all images as one picture: one column for each class, gray where a class has fewer. */
  function drawSheet() {
    const all = makeGrid(
      rows * height,
      names.length * width,
      channels,
      new Uint8Array(rows * height * names.length * width * channels).fill(128),
    );
    byClass.forEach((members, column) =>
      members.forEach((member, row) => {
        for (let line = 0; line < height; line++) {
          const start = ((row * height + line) * all.width + column * width) * channels;
          all.values.set(images[member].values.subarray(line * width * channels, (line + 1) * width * channels), start);
        }
      }),
    );
    sheet.setHeading("All images", "one column for each class");
    sheet.draw(all, { numbers: false, label: `${images.length} images; columns: ${names.join(", ")}` });
  }

  /** Where an image lies on the sheet. */
  function placeOf(number) {
    const column = classLabels.indexOf(labels[number]);
    return { row: byClass[column].indexOf(number), column };
  }

  /** The image at a place of the sheet, or the last of its class. */
  function imageAt(row, column) {
    const members = byClass[clamp(column, 0, names.length - 1)];
    return members[clamp(row, 0, members.length - 1)];
  }

  // ---------------------------------------------------------------- what the reader does

  function show(number) {
    setTraits(model, { image_number: number, class_index: classLabels.indexOf(labels[number]) });
  }

  function probe(row, column) {
    preview = null;
    setTraits(model, { row: clamp(row, 0, height - 1), column: clamp(column, 0, width - 1) });
    explorer.update();
  }

  // The slider moves the number, the menu the class: each takes the other along.
  const followNumber = () => show(model.get("image_number"));
  const followClass = () => {
    const index = model.get("class_index");
    if (classLabels[index] !== labels[model.get("image_number")]) show(byClass[index][0]);
  };
  model.on("change:image_number", followNumber);
  model.on("change:class_index", followClass);

  const explorer = runExplorer({ model, el, traits: ["image_number", "class_index", "row", "column"], compute, draw });
  large.onMove({
    label: "Position of the probed pixel: arrow keys move it",
    choose: ({ row, column }) => probe(row, column),
    move: (down, right) => probe(model.get("row") + down, model.get("column") + right),
    preview: (cell) => {
      preview = cell;
      explorer.update();
    },
    leave: () => {
      preview = null;
      explorer.update();
    },
  });
  sheet.onMove({
    label: "Position among all images: arrow keys choose another one",
    choose: ({ row, column }) => show(imageAt(Math.floor(row / height), Math.floor(column / width))),
    move: (down, right) => {
      const { row, column } = placeOf(model.get("image_number"));
      show(imageAt(row + down, column + right));
    },
  });

  return () => {
    model.off("change:image_number", followNumber);
    model.off("change:class_index", followClass);
    explorer.stop();
  };
}

/** A bar with the name of a channel before and its value behind it. */
function barRow(parent, name) {
  const row = element("div", "dcv-amount dcv-channel", parent);
  element("span", "dcv-amount-name", row).textContent = name;
  const bar = element("span", "dcv-amount-bar", element("span", "dcv-amount-track", row), { "data-channel": name });
  return { bar, value: element("span", "dcv-amount-value", row) };
}

export default { render };
