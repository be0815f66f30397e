import { tanh } from "./elementary";

/**
 * One cell of a simple recurrent network for each of B lanes: h = tanh(x + h₋₁), with what the kernels made of both.
 * @param gates float32 [B, H]
 * @param hiddens float32 [B, H]; h, overwritten
 * @param size H, a multiple of 8
 */
export function applyRnn(gates: usize, hiddens: usize, size: i32, laneCount: i32): void {
  const end = gates + ((<usize>size * <usize>laneCount) << 2);
  for (; gates < end; gates += 16) {
    v128.store(hiddens, tanh(v128.load(gates)));
    hiddens += 16;
  }
}
