import { sigmoid, tanh } from "./elementary";

/**
 * One LSTM cell for each of B lanes: c = σ(f)·c₋₁ + σ(i)·tanh(g), h = σ(o)·tanh(c).
 * @param gates float32 [B, 4H] in the order i, g, f, o
 * @param cells float32 [B, H]; c₋₁ becomes c
 * @param hiddens float32 [B, H]; h, overwritten
 * @param size H, a multiple of 8
 */
export function applyCells(gates: usize, cells: usize, hiddens: usize, size: i32, laneCount: i32): void {
  const bytes = (<usize>size) << 2;
  for (let lane = 0; lane < laneCount; lane++) {
    for (let n: usize = 0; n < bytes; n += 16) {
      const gate = gates + n;
      const i = sigmoid(v128.load(gate));
      const g = tanh(v128.load(gate + bytes));
      const f = sigmoid(v128.load(gate + 2 * bytes));
      const o = sigmoid(v128.load(gate + 3 * bytes));
      const c = f32x4.add(f32x4.mul(f, v128.load(cells + n)), f32x4.mul(i, g));
      v128.store(cells + n, c);
      v128.store(hiddens + n, f32x4.mul(o, tanh(c)));
    }
    gates += 4 * bytes;
    cells += bytes;
    hiddens += bytes;
  }
}
