import { addBlocks, addPackedProduct, packedProductScratch, productScratch } from "./addProduct";
import { loadSome, storeSome } from "./partialVectors";
import { beginOfPart } from "./parts";
import { exponentiate, greatestOf } from "./softmax";

/** Logits of a block of rows: they stay in the cache from the product that makes them to those that read them. */
const BLOCK_LOGITS: usize = 1 << 17;

function blockRows(V: usize): usize {
  const rows = (BLOCK_LOGITS / V / 20) * 20;
  return rows < 20 ? 20 : rows > 240 ? 240 : rows;
}

/** Bytes that each part of `softmaxLoss` works in. */
export function softmaxScratch(H: usize, V: usize): usize {
  const rows = blockRows(V);
  return ((rows * V) << 2) + packedProductScratch(rows) + productScratch(H);
}

/**
 * Σ weight · −ln softmax(h·Eᵀ + bias)[target] over rows of a tied softmax, with its gradients: block after block of rows, logits,
 * loss, slopes in the place of the logits, and the products that take them on. Each part has rows of its own.
 * @param rows h, float32 [N, H]
 * @param bias float32 [V]
 * @param targets int32 [N], and `weights`, float32 [N]
 * @param packedTransposed Eᵀ [H, V], from `packMatrix`, and `packedEmbedding`, E [V, H]
 * @param losses out: float64 [parts]
 * @param dRows out: float32 [N, H]
 * @param sums out: float32 [parts, V·H + V], each part's gradients of E and of the bias
 * @param scratch `softmaxScratch(H, V)` bytes a part
 */
export function softmaxLoss(
  part: usize,
  parts: usize,
  N: usize,
  H: usize,
  V: usize,
  rows: usize,
  bias: usize,
  targets: usize,
  weights: usize,
  packedTransposed: usize,
  packedEmbedding: usize,
  losses: usize,
  dRows: usize,
  sums: usize,
  scratch: usize,
): void {
  const begin = beginOfPart(N, 1, part, parts);
  const end = beginOfPart(N, 1, part + 1, parts);
  const most = blockRows(V);
  const row = H << 2;
  const dEmbedding = sums + ((part * (V * H + V)) << 2);
  const dBias = dEmbedding + ((V * H) << 2);
  const logits = scratch + part * softmaxScratch(H, V);
  const work = logits + ((most * V) << 2);
  memory.fill(dEmbedding, 0, (V * H + V) << 2);
  memory.fill(dRows + begin * row, 0, (end - begin) * row);
  let loss: f64 = 0;
  for (let first = begin; first < end; first += most) {
    const count = end - first < most ? end - first : most;
    const h = rows + first * row;
    for (let r: usize = 0; r < count; r++) {
      memory.copy(logits + ((r * V) << 2), bias, V << 2);
    }
    addPackedProduct(h, row, count, packedTransposed, H, V, logits, V << 2, work);
    for (let r: usize = 0; r < count; r++) {
      const at = (first + r) << 2;
      loss += slopesOfRow(logits + ((r * V) << 2), V, load<u32>(targets + at), load<f32>(weights + at), dBias);
    }
    addPackedProduct(logits, V << 2, count, packedEmbedding, V, H, dRows + first * row, row, work);
    addBlocks(V, count, H, logits, 4, V << 2, h, row, 4, dEmbedding, row, work + packedProductScratch(most));
  }
  store<f64>(losses + (part << 3), loss);
}

/** A row's loss; its logits become weight · (softmax − one-hot), which are added to the bias's gradient. */
function slopesOfRow(x: usize, V: usize, target: usize, weight: f32, dBias: usize): f64 {
  if (weight == 0) {
    memory.fill(x, 0, V << 2);
    return 0;
  }
  const wanted = load<f32>(x + (target << 2));
  const greatest = greatestOf(x, V);
  const sum = exponentiate(x, greatest, V, x);
  const share = f32x4.splat(weight / sum);
  for (let i: usize = 0; i < V; i += 4) {
    const n = V - i;
    const at = i << 2;
    const slope = f32x4.mul(loadSome(x + at, n), share);
    storeSome(x + at, slope, n);
    storeSome(dBias + at, f32x4.add(loadSome(dBias + at, n), slope), n);
  }
  const at = target << 2;
  store<f32>(x + at, load<f32>(x + at) - weight);
  store<f32>(dBias + at, load<f32>(dBias + at) - weight);
  return <f64>weight * (<f64>greatest - <f64>wanted + JSMath.log(<f64>sum));
}
