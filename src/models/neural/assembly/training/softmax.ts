import { exp } from "../elementary";
import { loadSome, storeSome, sumOf } from "./partialVectors";

/** The greatest value of a row; not-a-number where there is one. */
export function greatestOf(x: usize, count: usize): f32 {
  let greatest = f32x4.splat(load<f32>(x));
  let i: usize = 0;
  for (; i + 4 <= count; i += 4) {
    greatest = f32x4.max(greatest, v128.load(x + (i << 2)));
  }
  greatest = f32x4.max(greatest, i32x4.shuffle(greatest, greatest, 2, 3, 0, 1));
  greatest = f32x4.max(greatest, i32x4.shuffle(greatest, greatest, 1, 0, 3, 2));
  let most = f32x4.extract_lane(greatest, 0);
  for (; i < count; i++) {
    most = max<f32>(most, load<f32>(x + (i << 2)));
  }
  return most;
}

/** Writes e to the power of each value less `greatest`, in place or elsewhere, and returns their sum. */
export function exponentiate(x: usize, greatest: f32, count: usize, out: usize): f32 {
  const most = f32x4.splat(greatest);
  let sums = f32x4.splat(0);
  let i: usize = 0;
  for (; i + 4 <= count; i += 4) {
    const e = exp(f32x4.sub(v128.load(x + (i << 2)), most));
    v128.store(out + (i << 2), e);
    sums = f32x4.add(sums, e);
  }
  let sum = sumOf(sums);
  if (i < count) {
    const n = count - i;
    storeSome(out + (i << 2), exp(f32x4.sub(loadSome(x + (i << 2), n), most)), n);
    for (; i < count; i++) {
      sum += load<f32>(out + (i << 2));
    }
  }
  return sum;
}
