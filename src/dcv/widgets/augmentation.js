// Change an image: mirror, turn upside down, move, brighten, cover; and say what may cost its label.

const HOLE = 128; // the gray of the hole
const CHANGES = ["mirrored", "upside_down", "down", "right", "brightness", "hole"];

function render({ model, el }) {
  const [images, names] = [readGrid(model, "images"), model.get("names")];
  const row = element("div", "dcv-row dcv-maps", el);
  const before = new PixelGrid(row, { heading: "Original" });
  const after = new PixelGrid(row, { heading: "Changed" });
  const note = element("p", "dcv-note", el);

  function compute() {
    const at = clamp(model.get("image_index"), 0, images.length - 1);
    /** @type {any} */
    const changes = Object.fromEntries(CHANGES.map((name) => [name, model.get(name)]));
    const original = images[at];
    const changed = changeImage(original, changes);
    const total = changed.values.reduce((sum, value, i) => sum + Math.abs(value - original.values[i]), 0);
    const meanChange = total / changed.values.length;
    const doubts = doubtsAbout(original, changes);
    const numbers = { image: names[at], values: [...changed.values], meanChange, doubts };
    return { at, original, changed, doubts, numbers, readout: readout(names[at], changes, meanChange, doubts) };
  }

  function readout(name, changes, meanChange, doubts) {
    const said = [];
    if (changes.mirrored) said.push("mirrored");
    if (changes.upside_down) said.push("upside down");
    if (changes.down) said.push(`${Math.abs(changes.down)} pixels ${changes.down > 0 ? "down" : "up"}`);
    if (changes.right) said.push(`${Math.abs(changes.right)} pixels to the ${changes.right > 0 ? "right" : "left"}`);
    if (changes.brightness)
      said.push(`${Math.abs(changes.brightness)} levels ${changes.brightness > 0 ? "brighter" : "darker"}`);
    if (changes.hole) said.push(`a hole of ${formatSize(changes.hole, changes.hole)} pixels`);
    const safe = doubts.length
      ? `Label in doubt: ${doubts.join(", ")}.`
      : "Label-safe for photographs of things like these.";
    return `${name}: ${said.join(", ") || "unchanged"}. The pixels differ by ${formatNumber(meanChange, 1)} levels of 255 on average.\n${safe}`;
  }

  function draw({ at, original, changed, doubts, numbers }) {
    const size = formatSize(original.height, original.width);
    before.setHeading("Original", names[at]);
    before.draw(original, { label: `${names[at]}, the original, ${size} pixels` });
    after.setHeading("Changed", doubts.length ? `still a ${names[at]}?` : names[at]);
    after.draw(changed, { label: `${numbers.image}, changed, ${size} pixels` });
    note.textContent = doubts.length
      ? "⚠ Would images like this one occur where the network will be used? Would you still call it by its name?"
      : "✓ Another image with the same label: free training data.";
  }

  const explorer = runExplorer({ model, el, traits: ["image_index", ...CHANGES], compute, draw });
  return () => explorer.stop();
}

/** @returns {Grid} The changed image, as `AugmentationPicture.changed` in Python. @param {Grid} image */
function changeImage(image, { mirrored, upside_down: upsideDown, down, right, brightness, hole }) {
  const { height, width, channels } = image;
  const changed = makeGrid(height, width, channels);
  const [top, left] = [Math.floor((height - hole) / 2), Math.floor((width - hole) / 2)];
  let next = 0;
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const isHole = i >= top && i < top + hole && j >= left && j < left + hole;
      let [row, column] = [reflect(i - down, height), reflect(j - right, width)];
      if (upsideDown) row = height - 1 - row;
      if (mirrored) column = width - 1 - column;
      for (let channel = 0; channel < channels; channel++)
        changed.values[next++] = isHole ? HOLE : clamp(valueAt(image, row, column, channel) + brightness, 0, 255);
    }
  return changed;
}

/** The place that a mirror at the first and the last pixel shows. */
function reflect(place, size) {
  if (place < 0) return -place;
  return place >= size ? 2 * (size - 1) - place : place;
}

/** @returns {string[]} The changes that go so far that the label may not survive. */
function doubtsAbout({ height, width }, { upside_down: upsideDown, down, right, brightness, hole }) {
  const asked = {
    "upside down": upsideDown,
    "a move by more than a quarter": Math.abs(down) > height / 4 || Math.abs(right) > width / 4,
    "brightness by more than 100 levels": Math.abs(brightness) > 100,
    "a hole over more than half the side": hole > Math.min(height, width) / 2,
  };
  return Object.keys(asked).filter((name) => asked[name]);
}

export default { render };
