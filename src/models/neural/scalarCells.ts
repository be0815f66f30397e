/* eslint-disable @typescript-eslint/no-non-null-assertion -- a kernel file: every index is in range by construction */
import type { CellKind } from "./networkSpec.ts";
import type { RecurrentState } from "./recurrentKernel.ts";

/** Products of one lane with their biases, in the order of the kernel's blocks; float64 [blocks · H] each. */
export interface GateSums {
  readonly input: Float64Array;
  readonly recurrent: Float64Array;
}

/** One layer's step of one lane: reads `previous`, overwrites `next`; float32 [H] each. */
export type ScalarCell = (sums: GateSums, previous: RecurrentState, next: RecurrentState) => void;

/** The equations of the cells, one scalar at a time; `parameterShapes` has the order of the blocks. */
export const SCALAR_CELLS: Readonly<Record<CellKind, ScalarCell>> = { lstm: applyLstm, gru: applyGru, rnn: applyRnn };

/** c = σ(f)·c₋₁ + σ(i)·tanh(g), h = σ(o)·tanh(c). */
function applyLstm({ input, recurrent }: GateSums, previous: RecurrentState, next: RecurrentState): void {
  const H = next.hidden.length;
  const gate = (block: number, n: number): number => input[block * H + n]! + recurrent[block * H + n]!;
  for (let n = 0; n < H; n++) {
    const cell = sigmoid(gate(2, n)) * previous.cell[n]! + sigmoid(gate(0, n)) * Math.tanh(gate(1, n));
    next.cell[n] = cell;
    next.hidden[n] = sigmoid(gate(3, n)) * Math.tanh(cell);
  }
}

/** n = tanh(xₙ + σ(r)·hₙ), h = (1 − σ(z))·n + σ(z)·h₋₁. */
function applyGru({ input, recurrent }: GateSums, previous: RecurrentState, next: RecurrentState): void {
  const H = next.hidden.length;
  for (let k = 0; k < H; k++) {
    const r = sigmoid(input[k]! + recurrent[k]!);
    const z = sigmoid(input[H + k]! + recurrent[H + k]!);
    const n = Math.tanh(input[2 * H + k]! + r * recurrent[2 * H + k]!);
    next.hidden[k] = (1 - z) * n + z * previous.hidden[k]!;
  }
}

/** h = tanh(x + h₋₁), with what the kernels made of both. */
function applyRnn({ input, recurrent }: GateSums, _previous: RecurrentState, next: RecurrentState): void {
  for (let n = 0; n < next.hidden.length; n++) {
    next.hidden[n] = Math.tanh(input[n]! + recurrent[n]!);
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
