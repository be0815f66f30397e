import { addPackedProduct, packedProductScratch } from "./addProduct";
import { hyperbolicTangent, logistic } from "./nonlinear";
import { loadSome, storeSome } from "./partialVectors";
import { beginOfPart } from "./parts";

/** Lanes that a part takes: with fewer, products read more than they compute. */
export const FEWEST_LANES: usize = 4;

/** Bytes that each part of `lstmForward` works in. */
export function lstmScratch(laneCount: usize): usize {
  return packedProductScratch(laneCount);
}

/**
 * [i g f o] = x·W + b + h₋₁·R; c = σ(f)·c₋₁ + σ(i)·tanh(g); h = σ(o)·tanh(c), with T steps of B lanes of H units. Each part has
 * lanes of its own and takes them through all steps, so that parts never wait for each other.
 * @param projected x·W + b: float32 [T·B, 4H], or a row for each id
 * @param ids int32 [T·B], rows of `projected`; 0: each its own
 * @param packedKernel R [H, 4H], from `packMatrix`
 * @param firstH float32 [B, H], and `firstC`
 * @param keep float32 [T, B]: what the carried state is multiplied by before the step
 * @param h out: float32 [T, B, H], and `c`
 * @param gates out: float32 [T, B, 4H], after their nonlinearities
 * @param hBefore out: float32 [T, B, H], after `keep`
 * @param scratch `lstmScratch(B)` bytes a part
 */
export function lstmForward(
  part: usize,
  parts: usize,
  T: usize,
  B: usize,
  H: usize,
  projected: usize,
  ids: usize,
  packedKernel: usize,
  firstH: usize,
  firstC: usize,
  keep: usize,
  h: usize,
  c: usize,
  gates: usize,
  hBefore: usize,
  scratch: usize,
): void {
  const begin = beginOfPart(B, FEWEST_LANES, part, parts);
  const end = beginOfPart(B, FEWEST_LANES, part + 1, parts);
  const row = H << 2;
  scratch += part * lstmScratch(B);
  for (let t: usize = 0; t < T; t++) {
    for (let lane = begin; lane < end; lane++) {
      const at = t * B + lane;
      const from = ids == 0 ? at : <usize>load<u32>(ids + (at << 2));
      memory.copy(gates + at * 4 * row, projected + from * 4 * row, 4 * row);
      const before = t == 0 ? firstH + lane * row : h + (at - B) * row;
      copyScaled(before, load<f32>(keep + (at << 2)), H, hBefore + at * row);
    }
    const first = t * B + begin;
    const z = gates + first * 4 * row;
    addPackedProduct(hBefore + first * row, row, end - begin, packedKernel, H, 4 * H, z, 4 * row, scratch);
    for (let lane = begin; lane < end; lane++) {
      const at = t * B + lane;
      const cBefore = t == 0 ? firstC + lane * row : c + (at - B) * row;
      applyCell(gates + at * 4 * row, cBefore, load<f32>(keep + (at << 2)), H, c + at * row, h + at * row);
    }
  }
}

function copyScaled(from: usize, factor: f32, count: usize, to: usize): void {
  if (factor == 1) {
    memory.copy(to, from, count << 2);
    return;
  }
  const scale = f32x4.splat(factor);
  for (let i: usize = 0; i < count; i += 4) {
    storeSome(to + (i << 2), f32x4.mul(loadSome(from + (i << 2), count - i), scale), count - i);
  }
}

/** One lane's step. @param z float32 [4H], sums that become gates */
function applyCell(z: usize, cBefore: usize, keep: f32, H: usize, c: usize, h: usize): void {
  const row = H << 2;
  const kept = f32x4.splat(keep);
  for (let j: usize = 0; j < row; j += 16) {
    const n = (row - j) >> 2;
    const gate = z + j;
    const i = logistic(loadSome(gate, n));
    const g = hyperbolicTangent(loadSome(gate + row, n));
    const f = logistic(loadSome(gate + 2 * row, n));
    const o = logistic(loadSome(gate + 3 * row, n));
    const cell = f32x4.add(f32x4.mul(f, f32x4.mul(loadSome(cBefore + j, n), kept)), f32x4.mul(i, g));
    storeSome(gate, i, n);
    storeSome(gate + row, g, n);
    storeSome(gate + 2 * row, f, n);
    storeSome(gate + 3 * row, o, n);
    storeSome(c + j, cell, n);
    storeSome(h + j, f32x4.mul(o, hyperbolicTangent(cell)), n);
  }
}
