/**
 * f32x4 helpers: multiply-add, exp, tanh, sigmoid, loads and stores of partial vectors.
 *
 * RELAXED is a compile-time constant (`--use RELAXED=0|1`). With it the multiply-add is one rounded instruction; such a
 * module only validates in engines that have relaxed SIMD.
 */

/** a * b + c */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return RELAXED ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** Numbers that exp and tanh need. From memory each is one instruction, as an operand of the code three; nobody writes to them. */
const NUMBERS: usize = memory.data<f32>(
  [1.4426950408889634, 12582912, -0.693359375, 2.1219444e-4, 1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1],
  16,
);
const LOG2_E: usize = 0;
/** 1.5 * 2^23: added to a number below 2^22, it leaves that number rounded to an integer in the lowest bits. */
const ROUND: usize = 4;
const MINUS_LN2_HIGH: usize = 8;
const MINUS_LN2_LOW: usize = 12;
const COEFFICIENTS: usize = 16;
const ONE: usize = 40;

@inline
function number(place: usize): v128 {
  return v128.load_splat<f32>(NUMBERS + place);
}

/** x / ln 2 rounded to an integer n, in the lowest bits of a float. */
@inline
function powerOfTwo(x: v128): v128 {
  return madd(x, number(LOG2_E), number(ROUND));
}

/** 2^n */
@inline
function scaleOf(power: v128): v128 {
  return i32x4.add(i32x4.shl(power, 23), number(ONE));
}

/** e^r - 1 for r = x - n ln 2, with ln 2 in two parts and a polynomial of degree 7. */
@inline
function remainderPower(x: v128, power: v128): v128 {
  const n = f32x4.sub(power, number(ROUND));
  const r = madd(n, number(MINUS_LN2_LOW), madd(n, number(MINUS_LN2_HIGH), x));
  let p = madd(number(COEFFICIENTS), r, number(COEFFICIENTS + 4));
  p = madd(p, r, number(COEFFICIENTS + 8));
  p = madd(p, r, number(COEFFICIENTS + 12));
  p = madd(p, r, number(COEFFICIENTS + 16));
  p = madd(p, r, number(COEFFICIENTS + 20));
  return madd(p, f32x4.mul(r, r), r);
}

/**
 * e^x, relative error below 2e-7. Beyond [-87, 88] the argument is clamped; NaN stays NaN (pmin and pmax return their first operand
 * then).
 */
@inline
export function exp(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, splat(-87)), splat(88));
  const power = powerOfTwo(clamped);
  return f32x4.mul(f32x4.add(remainderPower(clamped, power), number(ONE)), scaleOf(power));
}

/** 1 / (1 + e^-x) */
@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(number(ONE), f32x4.add(number(ONE), exp(f32x4.neg(x))));
}

/** m / (m + 2) with m = e^2|x| - 1, which loses nothing where x is small; relative error below 2e-7. Beyond 20 it is 1. */
@inline
export function tanh(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const double = f32x4.pmin(f32x4.add(magnitude, magnitude), splat(40));
  const power = powerOfTwo(double);
  const scale = scaleOf(power);
  const m = madd(remainderPower(double, power), scale, f32x4.sub(scale, number(ONE)));
  return v128.or(f32x4.div(m, f32x4.add(m, splat(2))), v128.and(x, i32x4.splat(0x80000000)));
}

/** Stores the first `count` (1 to 4, or more for all four) elements; rows need not be multiples of 4. Loads may run over a row's end. */
@inline
export function storeFirst(pointer: usize, value: v128, count: usize): void {
  if (count >= 4) {
    v128.store(pointer, value);
  } else {
    storePart(pointer, value, count);
  }
}

function storePart(pointer: usize, value: v128, count: usize): void {
  f32.store(pointer, f32x4.extract_lane(value, 0));
  if (count > 1) f32.store(pointer, f32x4.extract_lane(value, 1), 4);
  if (count > 2) f32.store(pointer, f32x4.extract_lane(value, 2), 8);
}

/** The sum of the four elements, in a fixed order. */
@inline
export function horizontalSum(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 2) + (f32x4.extract_lane(x, 1) + f32x4.extract_lane(x, 3));
}

/** out[i] = e^x[i] for a multiple of 4 elements; with its two neighbours, lets tests reach the functions above. */
export function map_exp(x: usize, out: usize, count: usize): void {
  for (let i: usize = 0; i < count * 4; i += 16) v128.store(out + i, exp(v128.load(x + i)));
}

export function map_tanh(x: usize, out: usize, count: usize): void {
  for (let i: usize = 0; i < count * 4; i += 16) v128.store(out + i, tanh(v128.load(x + i)));
}

export function map_sigmoid(x: usize, out: usize, count: usize): void {
  for (let i: usize = 0; i < count * 4; i += 16) v128.store(out + i, sigmoid(v128.load(x + i)));
}
