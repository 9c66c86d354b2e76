/** What all probes share: sums in f64, since a vanishing gradient has squares below f32, and the place of the current row in the ring. */

/** The first `count` of four elements, zeros in place of the others. */
@inline
export function first(x: v128, count: usize): v128 {
  return count >= 4 ? x : v128.and(x, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(<i32>count)));
}

/** All bits of the elements that are infinite or not a number. */
@inline
export function badOf(x: v128): v128 {
  const exponent = i32x4.splat(0x7f800000);
  return i32x4.eq(v128.and(x, exponent), exponent);
}

@inline
export function total(x: v128): i32 {
  return i32x4.extract_lane(x, 0) + i32x4.extract_lane(x, 1) + i32x4.extract_lane(x, 2) + i32x4.extract_lane(x, 3);
}

@inline
export function total64(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

@inline
export function low64(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

@inline
export function high64(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

/** The sum of a[i] b[i]. */
export function dot(a: usize, b: usize, count: usize): f64 {
  let sum0 = f64x2.splat(0);
  let sum1 = f64x2.splat(0);
  for (let i: usize = 0; i < count; i += 4) {
    const x = first(v128.load(a + i * 4), count - i);
    const y = first(v128.load(b + i * 4), count - i);
    sum0 = f64x2.add(sum0, f64x2.mul(low64(x), low64(y)));
    sum1 = f64x2.add(sum1, f64x2.mul(high64(x), high64(y)));
  }
  return total64(f64x2.add(sum0, sum1));
}

export function norm(x: usize, count: usize): f64 {
  return Math.sqrt(dot(x, x, count));
}

/** Where `offset` of the current row is. */
@inline
export function place(probes: usize, probeState: usize, capacity: usize, width: usize, offset: usize): usize {
  return probes + ((<usize>load<u32>(probeState) % capacity) * width + offset) * 4;
}
