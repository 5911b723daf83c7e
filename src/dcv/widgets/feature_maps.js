// Feature maps: the image, one map large, and below all maps of the layer; one is chosen by pointer or arrow keys.

const SHEET_COLUMNS = 8;

async function render({ model, el }) {
  const photos = await readSheet(model.get("photos"));
  const layers = await Promise.all(
    model.get("layers").map(async (layer) => ({ ...layer, tiles: await readSheet(layer.sheet) })),
  );
  const titles = model.get("titles");
  let preview = null; // the cell under the pointer, which nobody chose yet

  const top = element("div", "dcv-row dcv-maps", el);
  const photo = new PixelGrid(top, { heading: "Image" });
  const large = new PixelGrid(top, { heading: "Feature map" });
  const buttons = element("div", "dcv-row", el);
  const stopPlaying = playButton(buttons, {
    label: "next channel",
    step: () => goTo(model.get("channel") + 1),
    delay: 700,
  });
  const label = element("label", "dcv-tick", buttons);
  const tick = element("input", "", label, { type: "checkbox" });
  label.append("each map on its own scale");
  tick.addEventListener("change", () => setTraits(model, { own_scale: tick.checked }));
  const sheet = new PixelGrid(el, { heading: "All channels", className: "dcv-channels" });
  const scale = new ColourBar(el);

  const layer = () => layers[model.get("layer_index")];

  /** The values of one map, from levels back to responses. */
  function mapOf({ tiles, channels, largest }, channel) {
    const { height, width, values } = tiles[model.get("image_index") * channels + channel];
    return makeGrid(
      height,
      width,
      1,
      Float64Array.from(values, (level) => (level * largest) / 255),
    );
  }

  function compute() {
    const { name, channels, largest, field, tiles } = layer();
    const { height, width } = tiles[0];
    const channel = Math.min(model.get("channel"), channels - 1);
    const place = preview ?? { row: model.get("row"), column: model.get("column") };
    const [row, column] = [Math.min(place.row, height - 1), Math.min(place.column, width - 1)];
    const map = mapOf(layer(), channel);
    const response = valueAt(map, row, column);
    const zero = map.values.filter((value) => value === 0).length / map.values.length;
    const sees = field && { row: row * field.step, column: column * field.step, height: field.size, width: field.size };
    const title = titles[model.get("image_index")];
    const where = sees
      ? `; it sees rows ${sees.row} to ${sees.row + field.size - 1} and columns ${sees.column} to ${sees.column + field.size - 1} of the image`
      : "";
    return {
      name,
      channels,
      largest,
      map,
      channel,
      row,
      column,
      sees,
      title,
      ownScale: model.get("own_scale"),
      numbers: {
        image: model.get("image_index"),
        layer: name,
        channel,
        row,
        column,
        response,
        zero,
        largest,
        sees,
        values: Array.from(map.values),
      },
      readout:
        `${name}, channel ${channel} of 0 to ${channels - 1}, ${title}: ${formatSize(height, width)} values, ${Math.round(100 * zero)} % of them zero, ` +
        `largest ${formatNumber(largestIn(map))}.\nCell in row ${row}, column ${column}: ${formatNumber(response)}${where}.`,
    };
  }

  function draw({ name, channels, largest, map, channel, row, column, sees, title, ownScale }) {
    tick.checked = ownScale;
    const image = photos[model.get("image_index")];
    photo.setHeading("Image", title);
    photo.draw(image, { numbers: false, label: `${title}, ${formatSize(image.height, image.width)} pixels` });
    photo.showWindows(sees ? [sees] : []);
    const top = ownScale ? largestIn(map) || 1 : largest || 1;
    large.setHeading(`${name}, channel ${channel}`, formatSize(map.height, map.width));
    large.draw(map, {
      colours: colourMap("cividis", 0, top),
      label: `Feature map ${channel} of ${name}, ${formatSize(map.height, map.width)}`,
    });
    large.showWindows([{ row, column }]);
    drawSheet({ name, channels, largest, ownScale });
    const place = placeOf(channel, map);
    sheet.showWindows([{ row: place.row, column: place.column, height: map.height, width: map.width }]);
    scale.draw({ name: "cividis", low: 0, high: top });
  }

  /** All maps of the layer as one picture in colour, with gray lines between them. */
  function drawSheet({ name, channels, largest, ownScale }) {
    const current = layer();
    const { height, width } = current.tiles[0];
    const columns = Math.min(SHEET_COLUMNS, channels);
    const rows = Math.ceil(channels / columns);
    const all = makeGrid(rows * (height + 1) - 1, columns * (width + 1) - 1, 3);
    all.values.fill(128);
    for (let channel = 0; channel < channels; channel++) {
      const map = mapOf(current, channel);
      const colours = colourMap("cividis", 0, (ownScale ? largestIn(map) : largest) || 1);
      const place = placeOf(channel, map);
      map.values.forEach((value, i) => {
        const at = (place.row + Math.floor(i / width)) * all.width + place.column + (i % width);
        all.values.set(colours(value), 3 * at);
      });
    }
    sheet.setHeading(
      "All channels",
      `${channels} maps of ${name}, ${ownScale ? "each on its own scale" : "one scale"}`,
    );
    const key = [model.get("image_index"), name, ownScale].join("/");
    sheet.draw(all, { numbers: false, label: `${channels} feature maps of ${name}`, key });
  }

  /** Where a map begins on the sheet. */
  function placeOf(channel, { height, width }) {
    return { row: Math.floor(channel / SHEET_COLUMNS) * (height + 1), column: (channel % SHEET_COLUMNS) * (width + 1) };
  }

  // ---------------------------------------------------------------- what the reader does

  const goTo = (channel) => {
    const { channels } = layer();
    setTraits(model, { channel: ((channel % channels) + channels) % channels });
  };

  function probe(row, column) {
    const { height, width } = layer().tiles[0];
    preview = null;
    setTraits(model, { row: clamp(row, 0, height - 1), column: clamp(column, 0, width - 1) });
    explorer.update();
  }

  // Another layer may be smaller, or have fewer channels.
  const stayInside = () => {
    const { tiles, channels } = layer();
    setTraits(model, {
      channel: Math.min(model.get("channel"), channels - 1),
      row: Math.min(model.get("row"), tiles[0].height - 1),
      column: Math.min(model.get("column"), tiles[0].width - 1),
    });
  };
  model.on("change:layer_index", stayInside);

  const traits = ["image_index", "layer_index", "channel", "row", "column", "own_scale"];
  const explorer = runExplorer({ model, el, traits, compute, draw });
  large.onMove({
    label: "Cell of the feature map: arrow keys move it",
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
    label: "Channel: arrow keys choose another one",
    choose: ({ row, column }) => {
      const { tiles, channels } = layer();
      const chosen =
        Math.floor(row / (tiles[0].height + 1)) * SHEET_COLUMNS + Math.floor(column / (tiles[0].width + 1));
      goTo(Math.min(chosen, channels - 1));
    },
    move: (down, right) => {
      const { channels } = layer();
      if (!Number.isFinite(down)) goTo(down < 0 ? 0 : channels - 1);
      else goTo(clamp(model.get("channel") + SHEET_COLUMNS * down + right, 0, channels - 1));
    },
  });

  return () => {
    model.off("change:layer_index", stayInside);
    stopPlaying();
    explorer.stop();
  };
}

/** @returns {number} The largest value of a map. */
function largestIn({ values }) {
  return rangeOf(values)[1];
}

export default { render };
