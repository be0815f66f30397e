import { hyperbolicTangent, logistic } from "./nonlinear";
import { loadSome, storeSome } from "./partialVectors";
import { beginOfPart } from "./parts";

/** Values that a part takes a multiple of: a cache line. */
const STEP: usize = 16;

/** out = 1 / (1 + e⁻ˣ) @param count of float32 in each */
export function sigmoid(part: usize, parts: usize, count: usize, x: usize, out: usize): void {
  const end = beginOfPart(count, STEP, part + 1, parts);
  for (let i = beginOfPart(count, STEP, part, parts); i < end; i += 4) {
    storeSome(out + (i << 2), logistic(loadSome(x + (i << 2), end - i)), end - i);
  }
}

/** out = tanh x @param count of float32 in each */
export function tanh(part: usize, parts: usize, count: usize, x: usize, out: usize): void {
  const end = beginOfPart(count, STEP, part + 1, parts);
  for (let i = beginOfPart(count, STEP, part, parts); i < end; i += 4) {
    storeSome(out + (i << 2), hyperbolicTangent(loadSome(x + (i << 2), end - i)), end - i);
  }
}

/** Sum of squares in float64. @param out float64 [parts] */
export function sumSquares(part: usize, parts: usize, count: usize, x: usize, out: usize): void {
  const end = beginOfPart(count, STEP, part + 1, parts);
  let sums = f64x2.splat(0);
  for (let i = beginOfPart(count, STEP, part, parts); i < end; i += 4) {
    const values = loadSome(x + (i << 2), end - i);
    const low = f64x2.promote_low_f32x4(values);
    const high = f64x2.promote_low_f32x4(i32x4.shuffle(values, values, 2, 3, 0, 1));
    sums = f64x2.add(sums, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
  }
  store<f64>(out + (part << 3), f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1));
}

/** Adds to the first of so many arrays all others, which follow it. @param count of float32 in each */
export function sumParts(part: usize, parts: usize, count: usize, arrays: usize, sums: usize): void {
  const begin = beginOfPart(count, STEP, part, parts);
  const end = beginOfPart(count, STEP, part + 1, parts);
  for (let array: usize = 1; array < arrays; array++) {
    const other = sums + ((array * count) << 2);
    for (let i = begin; i < end; i += 4) {
      const at = i << 2;
      storeSome(sums + at, f32x4.add(loadSome(sums + at, end - i), loadSome(other + at, end - i)), end - i);
    }
  }
}
