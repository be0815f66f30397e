import { exp } from "./elementary";

/**
 * log softmax(x)_v = x_v − max x − log Σ exp(x − max x), in place and summed in float64.
 * @param logits float32 [B, V]
 * @param size V, a multiple of 8; what only fills it up is so low that its share vanishes
 */
export function logSoftmax(logits: usize, size: i32, laneCount: i32): void {
  const bytes = (<usize>size) << 2;
  for (let lane = 0; lane < laneCount; lane++) {
    const end = logits + bytes;
    let greatest = v128.load(logits);
    for (let x = logits; x < end; x += 16) {
      greatest = f32x4.max(greatest, v128.load(x));
    }
    greatest = f32x4.max(greatest, i32x4.shuffle(greatest, greatest, 2, 3, 0, 1));
    greatest = f32x4.max(greatest, i32x4.shuffle(greatest, greatest, 1, 0, 3, 2));
    let sums = f64x2.splat(0);
    for (let x = logits; x < end; x += 16) {
      const e = exp(f32x4.sub(v128.load(x), greatest));
      sums = f64x2.add(sums, f64x2.promote_low_f32x4(e));
      sums = f64x2.add(sums, f64x2.promote_low_f32x4(i32x4.shuffle(e, e, 2, 3, 0, 1)));
    }
    const logSum = JSMath.log(f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1));
    // In float32 the sum of both would be off by up to 1e-6 in every probability alike. Their difference to a logit near the
    // greatest is exact, so the logarithm is what is subtracted last.
    const rest = f32x4.splat(<f32>logSum);
    for (let x = logits; x < end; x += 16) {
      v128.store(x, f32x4.sub(f32x4.sub(v128.load(x), greatest), rest));
    }
    logits = end;
  }
}
