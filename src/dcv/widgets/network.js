// The network explorer: the image and what is done to it, all layers, the prediction, and the zoom into one value.

const NOISE_UNIT = 42; // grey levels that one standard deviation of the stored pattern has
const COVER_GRAY = 128;
const FIRST_COVER = 8; // pixels
const BRUSH = 2; // pixels
const PAINTS = {
  white: [255, 255, 255],
  black: [0, 0, 0],
  red: [200, 50, 40],
  orange: [230, 140, 40],
  yellow: [240, 220, 90],
  green: [60, 140, 60],
  blue: [60, 110, 200],
  brown: [120, 80, 50],
  gray: [128, 128, 128],
};
const IMAGE_TRAITS = [
  "image_index",
  "own_pixels",
  "shift_right",
  "shift_down",
  "mirror",
  "noise",
  "cover",
  "cover_row",
  "cover_column",
];
const LOOK_TRAITS = ["node", "channel", "row", "column", "source", "class_index", "switched_off"];

/**
 * Mirror, move, add noise and cover, in this order, as `NetworkPicture.image` of Python does.
 * @returns {Uint8Array}
 */
function changedPixels(
  { height, width, channels, values },
  pattern,
  { mirror, right, down, noise, cover, coverRow, coverColumn },
) {
  const result = new Uint8Array(values.length);
  const [top, left] = [coverRow - Math.floor(cover / 2), coverColumn - Math.floor(cover / 2)];
  let next = 0;
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const isCovered = row >= top && row < top + cover && column >= left && column < left + cover;
      const fromRow = clamp(row - down, 0, height - 1);
      const moved = clamp(column - right, 0, width - 1);
      const from = (fromRow * width + (mirror ? width - 1 - moved : moved)) * channels;
      for (let channel = 0; channel < channels; channel++) {
        const noisy = values[from + channel] + (noise / NOISE_UNIT) * (pattern[next] - COVER_GRAY);
        result[next++] = isCovered ? COVER_GRAY : clamp(Math.floor(noisy + 0.5), 0, 255);
      }
    }
  return result;
}

function render({ model, el }) {
  const engine = new NetworkEngine(model.get("nodes"), model.get("places"), readGrid(model, "weights").values);
  const images = [readGrid(model, "images")].flat();
  const pattern = readGrid(model, "noise_pattern").values;
  const classNames = model.get("class_names");
  const logitsNode = model.get("logits_node");
  const pixelScale = model.get("scale");
  const { height, width, channels } = images[0];
  let pointed = null; // the place in a large map that the pointer is over
  let brush = { row: Math.floor(height / 2), column: Math.floor(width / 2) };

  // ------------------------------------------------------------------------------------ the page

  const strip = new ImageStrip(el, images);
  const tools = element("div", "dcv-row dcv-tools", el);
  const ownButton = element("button", "dcv-button", tools, { type: "button" });
  ownButton.textContent = "Draw or load your own image";
  const paintLabel = element("label", "dcv-own", tools);
  paintLabel.textContent = "Paint with ";
  const paint = element("select", "", paintLabel, { "aria-label": "Colour of the brush" });
  for (const name of Object.keys(PAINTS)) element("option", "", paint).textContent = name;
  const clearButton = element("button", "dcv-button dcv-own", tools, { type: "button" });
  clearButton.textContent = "Clear";
  const fileLabel = element("label", "dcv-own", tools);
  fileLabel.textContent = "From a file ";
  const file = element("input", "dcv-file", fileLabel, {
    type: "file",
    accept: "image/*",
    "aria-label": "Load an image from a file",
  });

  const top = element("div", "dcv-row dcv-network-top", el);
  const input = new PixelGrid(top, { heading: "Image", className: "dcv-network-image" });
  const evidence = new PixelGrid(top, { heading: "Evidence", className: "dcv-network-image" });
  const evidenceNote = element("p", "dcv-legend", evidence.figure);
  const bars = new PredictionBars(top, classNames);

  const band = new LayerBand(el, engine, {
    namesOf: (number) => (number >= logitsNode ? classNames : []),
    chosen: () => explorer.state(),
    choose: goTo,
    toggle,
  });
  const bandNote = element("p", "dcv-legend", el);
  bandNote.textContent =
    "Yellow is large; where values can be negative, red is above zero and blue below. Weak maps are drawn up to four times brighter. Keys: arrows choose a map, Page Up and Page Down go to another layer, Delete switches a map off.";

  const zoom = element("section", "dcv-zoom", el, { "aria-label": "How one value comes about" });
  const heading = element("p", "dcv-zoom-heading", zoom);
  const buttons = element("div", "dcv-row", zoom);
  const offButton = element("button", "dcv-button", buttons, { type: "button" });
  const allOnButton = element("button", "dcv-button", buttons, { type: "button" });
  const scene = new Scene(zoom, {
    choosePlace,
    previewPlace,
    move: (rows, right) => {
      const { node } = explorer.state();
      const [row, column] = [model.get("row"), model.get("column")];
      choosePlace({ row: clamp(row + rows, 0, node.rows - 1), column: clamp(column + right, 0, node.columns - 1) });
    },
    chooseSource: (source) => setTraits(model, { source }),
  });
  const note = element("p", "dcv-legend", el);
  note.textContent = precisionNote();

  // --------------------------------------------------------------------------------- the numbers

  /** @returns {string} How the weights were stored, and what that does. */
  function precisionNote() {
    const stored = { int8: "8 bits", int12: "12 bits", float16: "16 bits", float32: "32 bits" }[model.get("precision")];
    const parameters = engine.nodes.reduce((sum, node) => sum + node.parameters, 0);
    const rounding = model.get("rounding");
    const moved =
      rounding < 5e-7
        ? ""
        : `; on these images that moves no probability by more than ${(100 * rounding).toPrecision(2)} points of 100`;
    const leftOut = model.get("left_out");
    const silent = leftOut.length ? ` Left out, since they act during training only: ${leftOut.join(", ")}.` : "";
    return `Everything is computed in this page, from ${formatCount(parameters)} parameters, kernels stored with ${stored} a weight${moved}.${silent}`;
  }

  /** @returns {Uint8Array|null} What the reader drew. */
  function ownPixels() {
    const pixels = model.get("own_pixels");
    return pixels.length ? Uint8Array.from(pixels) : null;
  }

  function isOwn() {
    return model.get("image_index") >= images.length;
  }

  /** @returns {Grid} The image before anything is done to it. */
  function basePixels() {
    if (!isOwn()) return images[model.get("image_index")];
    return { ...images[0], values: ownPixels() ?? new Uint8Array(height * width * channels).fill(COVER_GRAY) };
  }

  /** Run the network on the image as it was, and on what the reader made of it; not again if nothing changed. */
  const answer = (() => {
    let [baseKey, before, key, pixels] = [null, null, null, null];
    const asInput = (bytes) => Float32Array.from(bytes, (byte) => byte * pixelScale);
    return () => {
      const base = basePixels();
      const nextBase = isOwn() ? base.values.join() : String(model.get("image_index"));
      const change = {
        mirror: model.get("mirror"),
        right: model.get("shift_right"),
        down: model.get("shift_down"),
        noise: model.get("noise"),
        cover: model.get("cover"),
        coverRow: model.get("cover_row"),
        coverColumn: model.get("cover_column"),
      };
      const switchedOff = model.get("switched_off");
      const nextKey = JSON.stringify([nextBase, change, switchedOff]);
      if (nextBase !== baseKey) {
        before = softmax(engine.run(asInput(base.values))[logitsNode]);
        [baseKey, key] = [nextBase, null];
      }
      if (nextKey !== key) {
        pixels = changedPixels(base, pattern, change);
        engine.run(asInput(pixels), switchedOff);
        key = nextKey;
      }
      return { before, image: { ...images[0], values: pixels }, key };
    };
  })();

  function compute() {
    const { before, image, key } = answer();
    const number = model.get("node");
    const node = engine.nodes[number];
    const place = { channel: model.get("channel"), row: model.get("row"), column: model.get("column"), ...pointed };
    const channel = clamp(place.channel, 0, node.channels - 1);
    const row = clamp(place.row, 0, node.rows - 1);
    const column = clamp(place.column, 0, node.columns - 1);
    const logits = engine.outputs[logitsNode];
    const probabilities = softmax(logits);
    const predicted = logits.indexOf(rangeOf(logits)[1]);
    const explained = model.get("class_index") < 0 ? predicted : model.get("class_index");
    const look = {
      engine,
      number,
      node,
      channel,
      row,
      column,
      source: model.get("source"),
      classNames,
      logitsNode,
      pixelScale,
    };
    const state = {
      ...look,
      key,
      image,
      before,
      logits,
      probabilities,
      predicted,
      explained,
      switchedOff: model.get("switched_off"),
      field: engine.receptiveField(number, row, column, channel),
      evidence: engine.evidence(logitsNode, explained),
      value: shownValue(look),
      description: describeValue(look),
    };
    return { ...state, numbers: numbers(state), readout: readout(state) };
  }

  function numbers({
    node,
    number,
    channel,
    row,
    column,
    value,
    image,
    before,
    logits,
    probabilities,
    predicted,
    explained,
    field,
    evidence: found,
    switchedOff,
    description,
  }) {
    const { source, terms, maps, equation, mosaic } = description;
    return {
      imageIndex: model.get("image_index"),
      cover: [model.get("cover"), model.get("cover_row"), model.get("cover_column")],
      image: [...image.values],
      layer: node.name,
      node: number,
      channel,
      row,
      column,
      value,
      source,
      logits: [...logits],
      probabilities,
      before,
      prediction: classNames[predicted],
      explained: classNames[explained],
      field,
      evidence: found && {
        layer: engine.nodes[found.node].name,
        map: [...found.map.values],
        rest: found.rest,
        places: placesOf(found),
      },
      switchedOff: switchedOff.map((pair) => [...pair]),
      terms: terms.map(({ grid }) => [...grid.values]),
      maps: maps.map(({ grid }) => [...grid.values]),
      mosaic: mosaic && [...mosaic.values],
      equation: equation.flat(),
    };
  }

  function placeText({ node, number, channel, row, column }) {
    const name = `${node.name}, ${channelName(engine, number, channel, classNames)}`;
    return node.rows * node.columns > 1 ? `${name}, row ${row}, column ${column}` : name;
  }

  /** What the arrow keys move on the image, so that it can also be heard. */
  function imageText() {
    const cover = model.get("cover");
    const span = (middle, length) => {
      const first = middle - Math.floor(cover / 2);
      return `${Math.max(first, 0)} to ${Math.min(first + cover, length) - 1}`;
    };
    const image = isOwn()
      ? `Your own image, brush at row ${brush.row}, column ${brush.column}`
      : `Image ${model.get("image_index")}`;
    if (!cover) return image;
    const [rows, columns] = [span(model.get("cover_row"), height), span(model.get("cover_column"), width)];
    return `${image}, rows ${rows}, columns ${columns} gray`;
  }

  function readout(state) {
    const { field, value, probabilities, predicted, before, switchedOff, explained } = state;
    const seen =
      field.height === height && field.width === width
        ? "It sees the whole image."
        : `It sees rows ${field.row} to ${field.row + field.height - 1}, columns ${field.column} to ${field.column + field.width - 1} of the image.`;
    const first = before.indexOf(rangeOf(before)[1]);
    const change = first === predicted ? "" : ` (${classNames[first]} before)`;
    const off = switchedOff.length ? ` ${switchedOff.length} switched off.` : "";
    const other =
      explained === predicted ? "" : ` ${classNames[explained]}: ${formatPercent(probabilities[explained])}.`;
    return (
      `${placeText(state)}: ${formatNumber(value, 4)}.${state.description.said} ${seen}\n` +
      `${imageText()}: ${classNames[predicted]}, ${formatPercent(probabilities[predicted])}${change}.${other}${off}`
    );
  }

  // --------------------------------------------------------------------------------- the drawing

  function draw(state) {
    drawTop(state);
    band.draw(state, (i) => nodeColours(engine, i, engine.outputs[i], pixelScale));
    const { node, number, channel, switchedOff } = state;
    heading.replaceChildren(element("b", ""), ` ${node.layer}, ${shapeText(node.shape)}`);
    heading.firstChild.textContent = placeText(state);
    const thing = node.rows * node.columns > 1 ? "map" : "unit";
    const isOff = switchedOff.some(([off, which]) => off === number && which === channel);
    offButton.textContent = isOff ? `Switch this ${thing} on again` : `Switch this ${thing} off`;
    offButton.hidden = number === 0;
    allOnButton.textContent = `Switch all on (${switchedOff.length} off)`;
    allOnButton.hidden = switchedOff.length === 0;
    scene.draw(state.description);
  }

  /** @returns {{first: number, step: number}[]} Where a map lies; over the whole image where that cannot be told. */
  function placesOf({ node, map }) {
    const stretch = (size, cells) => ({ first: (size / cells - 1) / 2, step: size / cells });
    return engine.cellPlaces(node) ?? [stretch(height, map.height), stretch(width, map.width)];
  }

  function drawTop({ image, field, evidence: found, explained, probabilities, before, predicted }) {
    const index = model.get("image_index");
    const name = isOwn() ? "your own" : model.get("image_names")[index];
    strip.draw(index, ownPixels(), isOwn() ? "Your own image" : `Image ${index}`, isOwn() ? "" : name);
    for (const node of tools.querySelectorAll(".dcv-own")) node.hidden = !isOwn();
    ownButton.hidden = isOwn();
    const size = formatSize(height, width);
    input.setHeading(isOwn() ? "Draw here" : "What the network sees");
    const gray = { colours: colourMap("gray", 0, 255), numbers: false };
    input.draw(image, {
      ...gray,
      label: `The image as the network gets it, ${name}, ${size}; the outlined part is what the chosen value sees`,
    });
    const marks = [field];
    if (isOwn() && input.stage.matches(":focus-visible"))
      marks.push({ ...brush, height: BRUSH, width: BRUSH, kind: "second" });
    input.showWindows(marks);
    input.stage.setAttribute(
      "aria-label",
      isOwn() ? "Your image: arrow keys move the brush, space paints" : "Cover a part: arrow keys move the gray square",
    );
    evidence.figure.hidden = !found;
    if (found) {
      const { name: layer } = engine.nodes[found.node];
      evidence.setHeading(`What speaks for ${classNames[explained]}`, "");
      const total = found.map.values.reduce((sum, part) => sum + part, 0);
      evidence.draw(tintedImage(image, found.map, placesOf(found)), {
        numbers: false,
        label: `What each place of ${layer} adds to the logit of ${classNames[explained]}, laid over the image: ${formatNumber(total)} in sum`,
      });
      evidenceNote.textContent = `Red: for, blue: against. Places of ${layer}: ${formatNumber(total)}, biases: ${formatNumber(found.rest)}, logit: ${formatNumber(total + found.rest)}.`;
    }
    bars.draw(probabilities, before, predicted, explained);
  }

  // ------------------------------------------------------------------------- what the reader does

  /** Go to a channel of a node, to the place where it answers most; its middle if it is silent. */
  function goTo(number, channel) {
    const next = engine.nodes[number];
    const { values } = engine.mapOf(number, channel);
    const strongest = values.reduce((best, value, i) => (Math.abs(value) > Math.abs(values[best]) ? i : best), 0);
    const middle = Math.floor(next.rows / 2) * next.columns + Math.floor(next.columns / 2);
    const place = values[strongest] === 0 ? middle : strongest;
    const traits = {
      node: number,
      channel,
      row: Math.floor(place / next.columns),
      column: place % next.columns,
      source: -1,
    };
    if (number >= logitsNode && next.channels === classNames.length) traits.class_index = channel;
    setTraits(model, traits);
  }

  /** Show the arithmetic of the value under the pointer, until it leaves. @param {object|null} place */
  function previewPlace(place) {
    if (JSON.stringify(place) === JSON.stringify(pointed)) return;
    pointed = place;
    explorer.update();
  }

  function choosePlace(place) {
    previewPlace(null);
    setTraits(model, place);
  }

  function explain(label) {
    setTraits(model, { class_index: label, node: logitsNode, channel: label, row: 0, column: 0, source: -1 });
  }

  function toggle(number, channel) {
    if (number === 0) return;
    const switchedOff = model.get("switched_off");
    const others = switchedOff.filter(([off, which]) => off !== number || which !== channel);
    setTraits(model, {
      switched_off: others.length < switchedOff.length ? others : [...switchedOff, [number, channel]],
    });
  }

  function chooseImage(index) {
    setTraits(model, { image_index: index });
  }

  function coverAt({ row, column }) {
    setTraits(model, { cover_row: row, cover_column: column, cover: model.get("cover") || FIRST_COVER });
  }

  function paintAt({ row, column }) {
    brush = { row: clamp(row, 0, height - BRUSH), column: clamp(column, 0, width - BRUSH) };
    const pixels = [...basePixels().values];
    const colour = PAINTS[paint.value];
    const level = Math.round(0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]);
    for (let i = 0; i < BRUSH; i++)
      for (let j = 0; j < BRUSH; j++)
        for (let channel = 0; channel < channels; channel++)
          pixels[((brush.row + i) * width + brush.column + j) * channels + channel] =
            channels === 3 ? colour[channel] : level;
    setTraits(model, { own_pixels: pixels });
  }

  /** Take the middle of a picture file, in the size that the network takes. */
  async function loadFile() {
    const [chosen] = file.files;
    if (!chosen) return;
    let bitmap;
    try {
      bitmap = await createImageBitmap(chosen);
    } catch {
      note.textContent = `${chosen.name} is not a picture that this browser can read. Choose a PNG or JPEG file.`;
      return;
    }
    const canvas = element("canvas", "");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    const share = Math.min(bitmap.width / width, bitmap.height / height);
    const part = [share * width, share * height];
    context.drawImage(
      bitmap,
      (bitmap.width - part[0]) / 2,
      (bitmap.height - part[1]) / 2,
      ...part,
      0,
      0,
      width,
      height,
    );
    const { data } = context.getImageData(0, 0, width, height);
    const pixels = [];
    for (let i = 0; i < data.length; i += 4)
      if (channels === 3) pixels.push(data[i], data[i + 1], data[i + 2]);
      else pixels.push(Math.round(0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2]));
    note.textContent = precisionNote();
    setTraits(model, { own_pixels: pixels, image_index: images.length });
  }

  // Keys may move on while the pointer rests on a map.
  const forgetPointer = () => {
    pointed = null;
  };
  for (const trait of LOOK_TRAITS) model.on(`change:${trait}`, forgetPointer);
  const explorer = runExplorer({ model, el, traits: [...IMAGE_TRAITS, ...LOOK_TRAITS], compute, draw });
  el.dcv.own = () => model.get("own_pixels");
  el.dcv.run = (bytes) => engine.run(Float32Array.from(bytes, (byte) => byte * pixelScale));

  strip.onChoose({ chosen: () => model.get("image_index"), choose: chooseImage });
  ownButton.addEventListener("click", () => chooseImage(images.length));
  clearButton.addEventListener("click", () => setTraits(model, { own_pixels: [] }));
  file.addEventListener("change", loadFile);
  offButton.addEventListener("click", () => toggle(explorer.state().number, explorer.state().channel));
  allOnButton.addEventListener("click", () => setTraits(model, { switched_off: [] }));
  bars.onChoose({ chosen: () => explorer.state().explained, choose: explain });
  input.onMove({
    label: "Image",
    choose: (cell) => (isOwn() ? paintAt(cell) : coverAt(cell)),
    move: (rows, right) => {
      const place = isOwn() ? brush : { row: model.get("cover_row"), column: model.get("cover_column") };
      const next = { row: clamp(place.row + rows, 0, height - 1), column: clamp(place.column + right, 0, width - 1) };
      if (!isOwn()) return coverAt(next);
      brush = next;
      explorer.update();
    },
  });
  input.stage.addEventListener("keydown", (event) => {
    if (event.key !== " " || !isOwn()) return;
    event.preventDefault();
    event.stopPropagation();
    paintAt(brush);
  });

  return () => {
    for (const trait of LOOK_TRAITS) model.off(`change:${trait}`, forgetPointer);
    band.stop();
    explorer.stop();
  };
}

export default { render };
