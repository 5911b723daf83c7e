// Grad-CAM over an image: image, class, layer, opacity, and where the coarse map is laid.

const LUMA = [0.299, 0.587, 0.114];
const PLACEMENTS = ["in its place", "stretched to the frame"];

async function render({ model, el }) {
  const photos = await readSheet(model.get("photos"));
  const layers = await Promise.all(
    model.get("layers").map(async (layer) => ({ ...layer, tiles: await readSheet(layer.sheet) })),
  );
  const [titles, names, probabilities] = ["titles", "class_names", "probabilities"].map((trait) => model.get(trait));
  const { height, width } = photos[0];
  let preview = null; // the cell under the pointer, which nobody chose yet

  const top = element("div", "dcv-row dcv-maps", el);
  const overlay = new PixelGrid(top, { heading: "Image and map" });
  const cells = new PixelGrid(top, { heading: "The map itself" });
  const scale = new ColourBar(el);
  const note = element("p", "dcv-note", el);

  const layer = () => layers[model.get("layer_index")];

  function compute() {
    const [image, label] = [model.get("image_index"), model.get("class_index")];
    const { name, largest, rows, columns, field, tiles } = layer();
    const tile = tiles[image * names.length + label];
    const map = makeGrid(
      tile.height,
      tile.width,
      1,
      Float64Array.from(tile.values, (level) => (level * largest[image]) / 255),
    );
    const place = preview ?? { row: model.get("row"), column: model.get("column") };
    const [row, column] = [Math.min(place.row, map.height - 1), Math.min(place.column, map.width - 1)];
    const isStretched = model.get("placement_index") === 1;
    const placed = placeOnImage(
      map,
      isStretched ? spread(map.height, height) : rows,
      isStretched ? spread(map.width, width) : columns,
      height,
      width,
    );
    const value = valueAt(map, row, column);
    const most = rangeOf(map.values)[1];
    const opacity = model.get("opacity");
    // What a cell sees does not depend on where the map is drawn.
    const sees = {
      row: rows[row] - (field - 1) / 2,
      column: columns[column] - (field - 1) / 2,
      height: field,
      width: field,
    };
    const probability = probabilities[image][label];
    const strongest =
      most > 0
        ? `largest value ${formatNumber(most, 3)}`
        : "zero everywhere: with these weights, no cell speaks for this class";
    return {
      image,
      label,
      name,
      map,
      placed,
      row,
      column,
      sees,
      opacity,
      most,
      isStretched,
      numbers: {
        image,
        label,
        layer: name,
        row,
        column,
        value,
        sees,
        opacity,
        most,
        probability,
        isStretched,
        placed: Array.from(placed.values),
      },
      readout:
        `${titles[image]}; class ${names[label]}, probability ${percent(probability)}. ${name}, ${formatSize(map.height, map.width)} cells, opacity ${opacity} %, ${PLACEMENTS[Number(isStretched)]}: ${strongest}.\n` +
        `Cell in row ${row}, column ${column}: ${formatNumber(value, 3)}; it sees ${formatSize(field, field)} pixels, rows ${sees.row} to ${sees.row + field - 1} and columns ${sees.column} to ${sees.column + field - 1}.`,
    };
  }

  function draw({ image, label, name, map, placed, row, column, sees, opacity, most, isStretched }) {
    // Zero has the darkest colour; the largest value of this map the brightest.
    const colours = colourMap("cividis", 0, most || 1);
    const photo = photos[image];
    const blend = makeGrid(height, width, 3);
    const share = opacity / 100;
    for (let i = 0; i < height * width; i++) {
      const gray = LUMA.reduce((sum, weight, channel) => sum + weight * photo.values[3 * i + channel], 0);
      colours(placed.values[i]).forEach((colour, channel) => {
        blend.values[3 * i + channel] = Math.round((1 - share) * gray + share * colour);
      });
    }
    overlay.setHeading(`Class ${names[label]}`, titles[image]);
    overlay.draw(blend, {
      numbers: false,
      label: `${titles[image]} with the map of ${names[label]} at ${name}, ${PLACEMENTS[Number(isStretched)]}`,
    });
    overlay.showWindows([sees]);
    cells.setHeading(`Grad-CAM at ${name}`, formatSize(map.height, map.width));
    cells.draw(map, {
      colours,
      label: `The map itself, ${formatSize(map.height, map.width)} cells; largest value ${formatNumber(most, 3)}`,
    });
    cells.showWindows([{ row, column }]);
    scale.draw({ name: "cividis", low: 0, high: most });
    const order = names.map((_, i) => i).sort((a, b) => probabilities[image][b] - probabilities[image][a]);
    const likely = order.slice(0, 3).map((i) => `${names[i]} ${percent(probabilities[image][i])}`);
    note.textContent = `The network says: ${likely.join(", ")}. The outline in the image is what the chosen cell sees.`;
  }

  // ---------------------------------------------------------------- what the reader does

  function probe(row, column) {
    const { tiles } = layer();
    preview = null;
    setTraits(model, { row: clamp(row, 0, tiles[0].height - 1), column: clamp(column, 0, tiles[0].width - 1) });
    explorer.update();
  }

  // Another layer may be smaller.
  const stayInside = () => {
    const [{ height: rows, width: columns }] = layer().tiles;
    setTraits(model, { row: Math.min(model.get("row"), rows - 1), column: Math.min(model.get("column"), columns - 1) });
  };
  model.on("change:layer_index", stayInside);

  const traits = ["image_index", "layer_index", "class_index", "opacity", "placement_index", "row", "column"];
  const explorer = runExplorer({ model, el, traits, compute, draw });
  cells.onMove({
    label: "Cell of the map: arrow keys move it",
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
  return () => {
    model.off("change:layer_index", stayInside);
    explorer.stop();
  };
}

/** @returns {number[]} Where stretching a map to the frame puts the centres of its cells, in pixels. */
function spread(cells, pixels) {
  return Array.from({ length: cells }, (_, i) => ((i + 0.5) * pixels) / cells - 0.5);
}

/** Lay a map over an image as `dcv.maps.place_on_image` does. @returns {Grid} */
function placeOnImage(map, rows, columns, height, width) {
  const placed = makeGrid(height, width);
  for (let y = 0; y < height; y++) {
    const down = between(rows, y);
    for (let x = 0; x < width; x++) {
      const right = between(columns, x);
      const mix = (row) =>
        (1 - right.share) * valueAt(map, row, right.before) +
        right.share * valueAt(map, row, Math.min(right.before + 1, map.width - 1));
      placed.values[y * width + x] =
        (1 - down.share) * mix(down.before) + down.share * mix(Math.min(down.before + 1, map.height - 1));
    }
  }
  return placed;
}

/** @returns {{before: number, share: number}} The place before a pixel, and how far on to the next it lies. */
function between(places, pixel) {
  const last = places.length - 1;
  if (pixel <= places[0]) return { before: 0, share: 0 };
  if (pixel >= places[last]) return { before: last, share: 0 };
  const before = places.findIndex((place) => place > pixel) - 1;
  return { before, share: (pixel - places[before]) / (places[before + 1] - places[before]) };
}

/** @returns {string} A share in percent. */
function percent(value) {
  return `${(100 * value).toFixed(1)} %`;
}

export default { render };
