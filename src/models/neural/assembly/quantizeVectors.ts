/**
 * Rounds vectors to integers, each divided by a scale of its own: its greatest absolute value / `most`. What is no number makes the scale none.
 * @param vectors float32 [B, columns]
 * @param columnCount a multiple of 8
 * @param most at most 32,767, and little enough that `most` · 127 · columns is below 2³¹
 * @param out int16 [B, columns]; overwritten
 * @param scales float32 [B]; overwritten
 */
export function quantizeVectors(
  vectors: usize,
  columnCount: i32,
  laneCount: i32,
  most: f32,
  out: usize,
  scales: usize,
): void {
  const bytes = (<usize>columnCount) << 2;
  for (let lane = 0; lane < laneCount; lane++) {
    const end = vectors + bytes;
    let greatest = f32x4.splat(0);
    for (let x = vectors; x < end; x += 16) {
      greatest = f32x4.max(greatest, f32x4.abs(v128.load(x)));
    }
    greatest = f32x4.max(greatest, i32x4.shuffle(greatest, greatest, 2, 3, 0, 1));
    greatest = f32x4.max(greatest, i32x4.shuffle(greatest, greatest, 1, 0, 3, 2));
    const scale = f32x4.extract_lane(greatest, 0) / most;
    store<f32>(scales, scale);
    // Of a vector of zeros this is infinite, and 0 · ∞ is made 0.
    const inverse = f32x4.splat(1 / scale);
    for (let x = vectors; x < end; x += 32) {
      const low = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x), inverse)));
      const high = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 16), inverse)));
      v128.store(out, i16x8.narrow_i32x4_s(low, high));
      out += 16;
    }
    vectors = end;
    scales += 4;
  }
}
