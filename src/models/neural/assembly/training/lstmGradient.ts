import { addPackedProduct, packedProductScratch } from "./addProduct";
import { FEWEST_LANES } from "./lstm";
import { hyperbolicTangent } from "./nonlinear";
import { loadSome, storeSome } from "./partialVectors";
import { beginOfPart } from "./parts";

/** Bytes that each part of `lstmBackward` works in. */
export function lstmGradientScratch(laneCount: usize, H: usize): usize {
  return packedProductScratch(laneCount) + ((2 * laneCount * H) << 2);
}

/**
 * Truncated BPTT inside a window of `lstmForward`, which says what the arguments are.
 * @param dh float32 [T, B, H], from above
 * @param packedTransposed Rᵀ [4H, H], from `packMatrix`
 * @param dz out: float32 [T, B, 4H]
 * @param scratch `lstmGradientScratch(B, H)` bytes a part
 */
export function lstmBackward(
  part: usize,
  parts: usize,
  T: usize,
  B: usize,
  H: usize,
  dh: usize,
  packedTransposed: usize,
  gates: usize,
  c: usize,
  firstC: usize,
  keep: usize,
  dz: usize,
  scratch: usize,
): void {
  const begin = beginOfPart(B, FEWEST_LANES, part, parts);
  const count = beginOfPart(B, FEWEST_LANES, part + 1, parts) - begin;
  const row = H << 2;
  const dhLater = scratch + part * lstmGradientScratch(B, H);
  const dcLater = dhLater + B * row;
  memory.fill(dhLater, 0, 2 * B * row);
  for (let t = T; t-- > 0;) {
    for (let lane: usize = 0; lane < count; lane++) {
      const at = t * B + begin + lane;
      const cBefore = t == 0 ? firstC + (begin + lane) * row : c + (at - B) * row;
      // What flows back out of the step after this one passed that step's mask.
      const keepLater: f32 = t + 1 < T ? load<f32>(keep + ((at + B) << 2)) : 0;
      cellGradient(
        dh + at * row,
        gates + at * 4 * row,
        c + at * row,
        cBefore,
        load<f32>(keep + (at << 2)),
        keepLater,
        H,
        dhLater + lane * row,
        dcLater + lane * row,
        dz + at * 4 * row,
      );
    }
    if (t > 0) {
      const first = dz + (t * B + begin) * 4 * row;
      memory.fill(dhLater, 0, count * row);
      addPackedProduct(first, 4 * row, count, packedTransposed, 4 * H, H, dhLater, row, dcLater + B * row);
    }
  }
}

/** One lane's step; `dcLater` becomes what flows on to the step before. */
function cellGradient(
  dh: usize,
  gates: usize,
  c: usize,
  cBefore: usize,
  keep: f32,
  keepLater: f32,
  H: usize,
  dhLater: usize,
  dcLater: usize,
  dz: usize,
): void {
  const row = H << 2;
  const one = f32x4.splat(1);
  const kept = f32x4.splat(keep);
  const keptLater = f32x4.splat(keepLater);
  for (let j: usize = 0; j < row; j += 16) {
    const n = (row - j) >> 2;
    const i = loadSome(gates + j, n);
    const g = loadSome(gates + row + j, n);
    const f = loadSome(gates + 2 * row + j, n);
    const o = loadSome(gates + 3 * row + j, n);
    const tanhC = hyperbolicTangent(loadSome(c + j, n));
    const dhHere = f32x4.add(loadSome(dh + j, n), f32x4.mul(loadSome(dhLater + j, n), keptLater));
    const through = f32x4.mul(f32x4.mul(dhHere, o), f32x4.sub(one, f32x4.mul(tanhC, tanhC)));
    const dC = f32x4.add(f32x4.mul(loadSome(dcLater + j, n), keptLater), through);
    const before = f32x4.mul(loadSome(cBefore + j, n), kept);
    storeSome(dz + j, f32x4.mul(f32x4.mul(dC, g), slopeOfSigmoid(i)), n);
    storeSome(dz + row + j, f32x4.mul(f32x4.mul(dC, i), f32x4.sub(one, f32x4.mul(g, g))), n);
    storeSome(dz + 2 * row + j, f32x4.mul(f32x4.mul(dC, before), slopeOfSigmoid(f)), n);
    storeSome(dz + 3 * row + j, f32x4.mul(f32x4.mul(dhHere, tanhC), slopeOfSigmoid(o)), n);
    storeSome(dcLater + j, f32x4.mul(dC, f), n);
  }
}

/** σ′ in terms of σ */
function slopeOfSigmoid(s: v128): v128 {
  return f32x4.mul(s, f32x4.sub(f32x4.splat(1), s));
}
