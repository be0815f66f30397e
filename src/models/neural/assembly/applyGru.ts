import { sigmoid, tanh } from "./elementary";

/**
 * One GRU cell for each of B lanes: n = tanh(xₙ + σ(r)·hₙ), h = (1 − σ(z))·n + σ(z)·h₋₁.
 * @param gates float32 [B, 4H] in the order xₙ, r, z, hₙ: what the input, both, both and the state give
 * @param previous float32 [B, H]; h₋₁
 * @param hiddens float32 [B, H]; h, overwritten
 * @param size H, a multiple of 8
 */
export function applyGru(gates: usize, previous: usize, hiddens: usize, size: i32, laneCount: i32): void {
  const bytes = (<usize>size) << 2;
  for (let lane = 0; lane < laneCount; lane++) {
    for (let k: usize = 0; k < bytes; k += 16) {
      const gate = gates + k;
      const r = sigmoid(v128.load(gate + bytes));
      const z = sigmoid(v128.load(gate + 2 * bytes));
      const n = tanh(f32x4.add(v128.load(gate), f32x4.mul(r, v128.load(gate + 3 * bytes))));
      v128.store(hiddens + k, f32x4.add(n, f32x4.mul(z, f32x4.sub(v128.load(previous + k), n))));
    }
    gates += 4 * bytes;
    previous += bytes;
    hiddens += bytes;
  }
}
