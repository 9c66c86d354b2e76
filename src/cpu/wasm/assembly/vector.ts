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

/**
 * e^x, relative error below 2e-7: x = n ln 2 + r with ln 2 in two parts, a degree-7 polynomial of r, then n added to the exponent.
 * Beyond [-87, 88] the argument is clamped; NaN stays NaN (pmin and pmax return their first operand then).
 */
@inline
export function exp(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.pmax(x, splat(-87)), splat(88));
  const n = f32x4.nearest(f32x4.mul(clamped, splat(1.4426950408889634)));
  let r = madd(n, splat(-0.693359375), clamped);
  r = madd(n, splat(2.12194440e-4), r);
  let p = madd(splat(1.9875691500e-4), r, splat(1.3981999507e-3));
  p = madd(p, r, splat(8.3334519073e-3));
  p = madd(p, r, splat(4.1665795894e-2));
  p = madd(p, r, splat(1.6666665459e-1));
  p = madd(p, r, splat(5.0000001201e-1));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), splat(1));
  const exponent = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, exponent);
}

/** 1 / (1 + e^-x) */
@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), exp(f32x4.neg(x))));
}

/** An odd polynomial below 0.625, where 1 - 2 / (e^2x + 1) would cancel; that formula above. */
@inline
export function tanh(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const square = f32x4.mul(x, x);
  let p = madd(splat(-5.70498872745e-3), square, splat(2.06390887954e-2));
  p = madd(p, square, splat(-5.37397155531e-2));
  p = madd(p, square, splat(1.33314422036e-1));
  p = madd(p, square, splat(-3.33332819422e-1));
  const small = madd(f32x4.mul(p, square), x, x);
  const large = f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(exp(f32x4.add(magnitude, magnitude)), splat(1))));
  // The sign comes last, since the polynomial's sum loses that of -0.
  return v128.or(v128.bitselect(small, large, f32x4.lt(magnitude, splat(0.625))), v128.and(x, i32x4.splat(0x80000000)));
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
