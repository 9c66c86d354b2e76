// Threefry-2x32, 20 rounds: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC11.
// The same key and counter give the same two words on every device.

fn threefry_mix(x: vec2<u32>, rotation: u32) -> vec2<u32> {
  let sum = x.x + x.y;
  return vec2<u32>(sum, ((x.y << rotation) | (x.y >> (32u - rotation))) ^ sum);
}

fn threefry_rounds_even(x: vec2<u32>) -> vec2<u32> {
  return threefry_mix(threefry_mix(threefry_mix(threefry_mix(x, 13u), 15u), 26u), 6u);
}

fn threefry_rounds_odd(x: vec2<u32>) -> vec2<u32> {
  return threefry_mix(threefry_mix(threefry_mix(threefry_mix(x, 17u), 29u), 16u), 24u);
}

fn threefry2x32(key: vec2<u32>, counter: vec2<u32>) -> vec2<u32> {
  let key2 = key.x ^ key.y ^ 0x1bd11bdau;
  var x = counter + key;
  x = threefry_rounds_even(x) + vec2<u32>(key.y, key2 + 1u);
  x = threefry_rounds_odd(x) + vec2<u32>(key2, key.x + 2u);
  x = threefry_rounds_even(x) + vec2<u32>(key.x, key.y + 3u);
  x = threefry_rounds_odd(x) + vec2<u32>(key.y, key2 + 4u);
  return threefry_rounds_even(x) + vec2<u32>(key2, key.x + 5u);
}
