/** The first `count` of four values, zeros after them; nothing beyond them is read. */
export function loadSome(from: usize, count: usize): v128 {
  if (count >= 4) {
    return v128.load(from);
  }
  if (count == 1) {
    return v128.load32_zero(from);
  }
  const two = v128.load64_zero(from);
  return count == 2 ? two : v128.load32_lane(from, two, 2, 8);
}

/** Stores the first `count` of four values. */
export function storeSome(to: usize, values: v128, count: usize): void {
  if (count >= 4) {
    v128.store(to, values);
    return;
  }
  if (count == 1) {
    v128.store32_lane(to, values, 0);
    return;
  }
  v128.store64_lane(to, values, 0);
  if (count == 3) {
    v128.store32_lane(to, values, 2, 8);
  }
}

/** Sum of the four values. */
export function sumOf(values: v128): f32 {
  const pairs = f32x4.add(values, i32x4.shuffle(values, values, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}
