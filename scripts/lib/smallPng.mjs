import { writeFileSync } from "node:fs";
import { crc32, deflateSync, inflateSync } from "node:zlib";

// A screenshot as a PNG with a palette: a third of the size, and of a page's few colours nothing is seen to be missing.

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS = 256;
/** Of these the first are simply the most frequent. */
const FREQUENT = 64;
/** Colours that agree in so many leading bits of each channel are candidates for one entry. */
const BITS = 6;

/**
 * Pixels of a screenshot: 8 bits a channel, red, green, blue with or without alpha, not interlaced.
 * @param {Uint8Array} png
 * @returns {{ width: number, height: number, rgb: Uint8Array }}
 */
export function readPng(png) {
  const bytes = Buffer.from(png);
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error("This is not a PNG.");
  /** @type {Buffer[]} */
  const data = [];
  let [width, height, channels] = [0, 0, 0];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const kind = bytes.toString("latin1", at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      channels = { 2: 3, 6: 4 }[body.readUInt8(9)] ?? 0;
      if (body.readUInt8(8) !== 8 || channels === 0 || body.readUInt8(12) !== 0)
        throw new Error("A PNG of another kind than a screenshot.");
    } else if (kind === "IDAT") data.push(body);
    at += length + 12;
  }
  const rows = unfiltered(inflateSync(Buffer.concat(data)), width * channels, height, channels);
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) rgb.set(rows.subarray(i * channels, i * channels + 3), 3 * i);
  return { width, height, rgb };
}

/** Undoes PNG's filters. @param {Uint8Array} filtered @param {number} stride @param {number} height @param {number} channels */
function unfiltered(filtered, stride, height, channels) {
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = filtered[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? (rows[y * stride + x - channels] ?? 0) : 0;
      const up = y > 0 ? (rows[(y - 1) * stride + x] ?? 0) : 0;
      const corner = x >= channels && y > 0 ? (rows[(y - 1) * stride + x - channels] ?? 0) : 0;
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      rows[y * stride + x] = (filtered[y * (stride + 1) + 1 + x] ?? 0) + predicted;
    }
  }
  return rows;
}

/** @param {number} left @param {number} up @param {number} corner */
function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/**
 * At most 256 colours that miss least of a picture, and for each pixel the nearest.
 * @param {Uint8Array} rgb
 * @returns {{ palette: readonly (readonly [number, number, number])[], indices: Uint8Array }}
 */
export function quantise(rgb) {
  const shift = 8 - BITS;
  /** @type {Map<number, { count: number, colours: Map<number, number> }>} */
  const bins = new Map();
  const keys = new Uint32Array(rgb.length / 3);
  for (let i = 0; i < keys.length; i++) {
    const [r, g, b] = [rgb[3 * i] ?? 0, rgb[3 * i + 1] ?? 0, rgb[3 * i + 2] ?? 0];
    const key = ((r >> shift) << (2 * BITS)) | ((g >> shift) << BITS) | (b >> shift);
    const colour = (r << 16) | (g << 8) | b;
    keys[i] = key;
    const bin = bins.get(key) ?? { count: 0, colours: new Map() };
    bin.count++;
    bin.colours.set(colour, (bin.colours.get(colour) ?? 0) + 1);
    bins.set(key, bin);
  }
  const ranked = [...bins].sort(([, a], [, b]) => b.count - a.count);
  // Of each bin the colour that is most often there, so that plain areas keep theirs.
  const ofBin = (/** @type {{ colours: Map<number, number> }} */ { colours }) => {
    const [colour = 0] = [...colours].sort(([, a], [, b]) => b - a)[0] ?? [];
    return /** @type {const} */ ([colour >> 16, (colour >> 8) & 255, colour & 255]);
  };
  const colours = ranked.map(([, bin]) => ofBin(bin));
  const chosen = choose(
    colours,
    ranked.map(([, { count }]) => count),
  );
  const palette = chosen.map((i) => colours[i] ?? /** @type {const} */ ([0, 0, 0]));
  const places = new Map(ranked.map(([key], i) => [key, nearest(palette, colours[i] ?? [0, 0, 0])]));
  return { palette, indices: Uint8Array.from(keys, (key) => places.get(key) ?? 0) };
}

/**
 * Which colours make the palette: first the most frequent ones, then again and again the one that most pixels would miss most, so that
 * a scale of many colours keeps its ends.
 * @param {readonly (readonly [number, number, number])[]} colours By falling frequency.
 * @param {readonly number[]} counts
 * @returns {number[]}
 */
function choose(colours, counts) {
  const chosen = colours.slice(0, FREQUENT).map((_, i) => i);
  const missed = colours.map((colour) => Math.min(...chosen.map((i) => distance(colour, colours[i] ?? colour))));
  while (chosen.length < Math.min(COLOURS, colours.length)) {
    const costs = missed.map((each, i) => each * (counts[i] ?? 0));
    const next = costs.reduce((best, cost, i) => (cost > (costs[best] ?? 0) ? i : best), 0);
    const colour = colours[next];
    if (colour === undefined || missed[next] === 0) break;
    chosen.push(next);
    for (const [i, each] of colours.entries()) missed[i] = Math.min(missed[i] ?? 0, distance(each, colour));
  }
  return chosen;
}

/** @param {readonly [number, number, number]} a @param {readonly [number, number, number]} b */
const distance = (a, b) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;

/** @param {readonly (readonly [number, number, number])[]} palette @param {readonly [number, number, number]} colour */
function nearest(palette, colour) {
  const distances = palette.map((each) => distance(each, colour));
  return distances.indexOf(Math.min(...distances));
}

/** @param {string} kind @param {Uint8Array} body */
export function chunk(kind, body) {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length, 0);
  head.write(kind, 4, "latin1");
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc32(Buffer.concat([head.subarray(4), body])) >>> 0, 0);
  return Buffer.concat([head, body, tail]);
}

/**
 * A PNG with a palette.
 * @param {{ width: number, height: number, rgb: Uint8Array }} picture
 * @returns {Buffer}
 */
export function palettePng({ width, height, rgb }) {
  const { palette, indices } = quantise(rgb);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, palette.
  header.set([8, 3, 0, 0, 0], 8);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(indices.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const data = deflateSync(rows, { level: 9, memLevel: 9 });
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", Uint8Array.from(palette.flat())),
    chunk("IDAT", data),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** Writes a screenshot to a file, small. @param {string} file @param {Uint8Array} screenshot */
export const writePicture = (file, screenshot) => writeFileSync(file, palettePng(readPng(screenshot)));
