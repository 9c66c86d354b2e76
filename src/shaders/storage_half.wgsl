// Goes before every module of a call with f16 tensors, after the definition of `half`: f16, or f32 on a device that lacks it, which then
// holds the same numbers in twice the memory. See storage.ts.

// x rounded to the nearest f16, of two equally near ones to the even, as an f32. Beyond 65,504 it is infinite; not-a-number stays.
// WGSL leaves the direction of a conversion's rounding to the device; an f32 that is an f16 already converts in one way only.
// Below 2^-14, where f16 has fewer digits, the spacing is 2^-24.
fn nearest_half(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  var rounded = (magnitude + 0xfffu + ((magnitude >> 13u) & 1u)) & 0xffffe000u;
  if (rounded >= 0x47800000u) { rounded = 0x7f800000u; }
  if (magnitude < 0x38800000u) { rounded = bitcast<u32>(round(abs(x) * 16777216.0) * 5.9604644775390625e-8); }
  if (magnitude > 0x7f800000u) { rounded = magnitude; }
  return bitcast<f32>(rounded | (bits & 0x80000000u));
}

fn to_half(x: f32) -> half { return half(nearest_half(x)); }
