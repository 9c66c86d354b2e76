/** f16 on the host, where Node 20 and older browsers have no Float16Array. The same rounding as nearest_half in storage_half.wgsl. */

const word = new Float32Array(1);
const bitsOfWord = new Uint32Array(word.buffer);
const SMALLEST_NORMAL = 2 ** -14;
/** Spacing of the f16 below SMALLEST_NORMAL. */
const SUBNORMAL_SPACING = 2 ** -24;

function nearestEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** x rounded to the nearest f16, of two equally near ones to the even; infinite beyond 65,504 by half a spacing or more. */
export function roundToHalf(x: number): number {
  word[0] = x;
  const magnitude = Math.abs(word[0]);
  if (!(magnitude < Number.POSITIVE_INFINITY)) return word[0];
  const sign = x < 0 || Object.is(x, -0) ? -1 : 1;
  if (magnitude < SMALLEST_NORMAL) return sign * nearestEven(magnitude / SUBNORMAL_SPACING) * SUBNORMAL_SPACING;
  word[0] = magnitude;
  const bits = bitsOfWord[0] ?? 0;
  bitsOfWord[0] = (bits + 0xfff + ((bits >>> 13) & 1)) & 0xffffe000;
  const rounded = word[0];
  return sign * (rounded >= 65_536 ? Number.POSITIVE_INFINITY : rounded);
}

/** The 16 bits of the f16 nearest to x. */
export function halfBits(x: number): number {
  const half = roundToHalf(x);
  const sign = half < 0 || Object.is(half, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(half);
  if (Number.isNaN(half)) return 0x7e00;
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (magnitude < SMALLEST_NORMAL) return sign | (magnitude / SUBNORMAL_SPACING);
  word[0] = magnitude;
  // The exponent's bias is 127 in f32 and 15 in f16.
  return sign | (((bitsOfWord[0] ?? 0) - ((127 - 15) << 23)) >>> 13);
}

/** The number that 16 bits of f16 stand for. */
export function fromHalfBits(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * SUBNORMAL_SPACING;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
