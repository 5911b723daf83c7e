// Pictures with many tiles, as sheets.py makes them: how explorers carry images and maps in little room.

/**
 * Take apart a picture with many tiles, as `described_sheet` in Python sends it.
 * @returns {Promise<Grid[]>} Each tile as a grid of bytes.
 */
async function readSheet({ shape, columns, type, data }) {
  const [count, height, width, channels = 1] = shape;
  // Exactly the stored numbers: no colour profile, no multiplication by an opacity.
  /** @type {ImageBitmapOptions} */
  const exact = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const sheet = await createImageBitmap(new Blob([data], { type }), exact);
  const canvas = element("canvas", "");
  [canvas.width, canvas.height] = [sheet.width, sheet.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(sheet, 0, 0);
  return Array.from({ length: count }, (_, i) => {
    const [left, top] = [(i % columns) * width, Math.floor(i / columns) * height];
    const pixels = context.getImageData(left, top, width, height).data; // red, green, blue, opacity
    const values = new Uint8Array(height * width * channels);
    for (let j = 0; j < values.length; j++) values[j] = pixels[4 * Math.floor(j / channels) + (j % channels)];
    return makeGrid(height, width, channels, values);
  });
}
