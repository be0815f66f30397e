import { loadSome, storeSome } from "./partialVectors";
import { beginOfPart } from "./parts";
import { exponentiate, greatestOf } from "./softmax";

/**
 * −ln softmax(logits)[target] of every row, rows shared among the parts.
 * @param logits float32 [N, V]
 * @param targets int32 [N]
 * @param nats out: float32 [N]
 * @param logSums out: float32 [N], ln Σ eˣ
 * @param scratch float32 [parts, V]
 */
export function crossEntropy(
  part: usize,
  parts: usize,
  N: usize,
  V: usize,
  logits: usize,
  targets: usize,
  nats: usize,
  logSums: usize,
  scratch: usize,
): void {
  const end = beginOfPart(N, 1, part + 1, parts);
  scratch += (part * V) << 2;
  for (let r = beginOfPart(N, 1, part, parts); r < end; r++) {
    const at = r << 2;
    const x = logits + at * V;
    const greatest = greatestOf(x, V);
    const logSum = <f64>greatest + JSMath.log(<f64>exponentiate(x, greatest, V, scratch));
    store<f32>(logSums + at, <f32>logSum);
    store<f32>(nats + at, <f32>(logSum - <f64>load<f32>(x + ((<usize>load<u32>(targets + at)) << 2))));
  }
}

/**
 * dy · (softmax − one-hot), rows shared among the parts; the rest as with `crossEntropy`.
 * @param dy float32 [N]
 * @param slopes out: float32 [N, V]
 */
export function crossEntropyGradient(
  part: usize,
  parts: usize,
  N: usize,
  V: usize,
  logits: usize,
  targets: usize,
  logSums: usize,
  dy: usize,
  slopes: usize,
): void {
  const end = beginOfPart(N, 1, part + 1, parts);
  for (let r = beginOfPart(N, 1, part, parts); r < end; r++) {
    const at = r << 2;
    const slope = slopes + at * V;
    const factor = load<f32>(dy + at);
    exponentiate(logits + at * V, load<f32>(logSums + at), V, slope);
    scaleRow(slope, factor, V);
    const target = slope + ((<usize>load<u32>(targets + at)) << 2);
    store<f32>(target, load<f32>(target) - factor);
  }
}

function scaleRow(x: usize, factor: f32, count: usize): void {
  const factors = f32x4.splat(factor);
  for (let i: usize = 0; i < count; i += 4) {
    storeSome(x + (i << 2), f32x4.mul(loadSome(x + (i << 2), count - i), factors), count - i);
  }
}
