// Boxes on pictures. A box is [y_min, x_min, y_max, x_max], and the arithmetic is that of dcv.boxes.

/** @returns {number} Height times width. */
function boxArea([top, left, bottom, right]) {
  return (bottom - top) * (right - left);
}

/** @returns {number} What two boxes have in common; 0 if they only touch. */
function intersectionArea(box, other) {
  const height = Math.min(box[2], other[2]) - Math.max(box[0], other[0]);
  const width = Math.min(box[3], other[3]) - Math.max(box[1], other[1]);
  return Math.max(height, 0) * Math.max(width, 0);
}

/** @returns {number} Intersection over union; 0 if a box has no area. */
function boxIou(box, other) {
  const intersection = intersectionArea(box, other);
  return intersection > 0 ? intersection / (boxArea(box) + boxArea(other) - intersection) : 0;
}

/** @returns {number[]} [center_y, center_x, height, width] */
function toCenter([top, left, bottom, right]) {
  return [(top + bottom) / 2, (left + right) / 2, bottom - top, right - left];
}

/** @returns {boolean} Whether a point lies in a box. */
function isInside([top, left, bottom, right], y, x) {
  return y >= top && y < bottom && x >= left && x < right;
}

/** @returns {number[][]} The rows of a trait made by `array_trait`, (rows, columns). */
function readRows(model, trait) {
  const { height, width, values } = readGrid(model, trait);
  return Array.from({ length: height }, (_, i) => Array.from(values.subarray(i * width, (i + 1) * width)));
}

/** @returns {{y: number, x: number}} Where the pointer is on a picture, in pixels of the image. */
function pointAt(picture, event) {
  const box = picture.canvas.getBoundingClientRect();
  return {
    y: ((event.clientY - box.top) / box.height) * picture.grid.height,
    x: ((event.clientX - box.left) / box.width) * picture.grid.width,
  };
}

/**
 * Outline boxes on a PixelGrid, with a short text at each that has one.
 * @param {PixelGrid} picture
 * @param {{box: number[], kind?: string, tag?: string}[]} boxes Later ones lie above; kinds are those of boxes.css.
 */
function showBoxes(picture, boxes) {
  picture.showWindows(
    boxes.map(({ box: [top, left, bottom, right], kind }) => ({
      row: top,
      column: left,
      height: bottom - top,
      width: right - left,
      kind,
    })),
  );
  const size = (12 * picture.grid.width) / (picture.stage.clientWidth || 320); // 12 CSS pixels, in those of the image
  for (const {
    box: [top, left],
    tag,
  } of boxes) {
    if (!tag) continue;
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("class", "dcv-tag");
    text.setAttribute("font-size", String(size));
    text.setAttribute("x", String(clamp(left, 0, picture.grid.width - 3 * size) + 0.25 * size));
    text.setAttribute("y", String(Math.max(top, 0) + size));
    text.textContent = tag;
    picture.overlay.append(text);
  }
}
