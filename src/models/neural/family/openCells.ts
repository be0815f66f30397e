import type { FamilyKind } from "./familySpec.ts";

/** What a cell carries, or the gradient of a loss with respect to it; `c` is empty where the kind has no cell. Float64 [H] each. */
export interface OpenState {
  readonly h: Float64Array;
  readonly c: Float64Array;
}

/** A gradient taken back through one step. */
export interface PulledBack {
  /** With respect to h·R, [n·H] */
  readonly recurrent: Float64Array;
  /** With respect to what the step found, the product with R aside. */
  readonly before: OpenState;
  /** With respect to the cell that the step left, through its output as well; [H], or empty. */
  readonly cell: Float64Array;
}

/** One step that was made. */
export interface OpenStep {
  readonly after: OpenState;
  /** By name, each in (0, 1), [H] */
  readonly gates: Readonly<Record<string, Float64Array>>;
  /** @param gradient with respect to h and c of `after`, the one with the other held fixed */
  pullBack(gradient: OpenState): PulledBack;
}

/** A cell's step written out in plain numbers, so that its gates and its gradient can be looked at. */
export interface OpenCell {
  /** What the blocks of H columns of the recurrent matrix are for, in their order. */
  readonly blocks: readonly string[];
  readonly hasCell: boolean;
  /** @param projected x·W + b, [n·H]; @param recurrent h·R, with a bias of its own where the kind has one, [n·H] */
  step(projected: Float64Array, recurrent: Float64Array, before: OpenState): OpenStep;
}

/** Kinds that can be looked into. */
export const OPEN_KINDS = ["rnn", "lstm", "gru"] as const satisfies readonly FamilyKind[];

export type OpenKind = (typeof OPEN_KINDS)[number];

const NOTHING = new Float64Array(0);

/** `elmanLayer`: h = tanh(a), a = x·W + h'·R + b; ∂loss/∂a = ∂loss/∂h ⊙ (1 − h²). */
const openElman: OpenCell = {
  blocks: ["hidden"],
  hasCell: false,
  step: (projected, recurrent, before) => {
    const h = projected.map((x, unit) => Math.tanh(x + at(recurrent, unit)));
    return {
      after: { h, c: NOTHING },
      gates: {},
      pullBack: (gradient) => ({
        recurrent: gradient.h.map((d, unit) => d * (1 - at(h, unit) ** 2)),
        before: { h: new Float64Array(before.h.length), c: NOTHING },
        cell: NOTHING,
      }),
    };
  },
};

/**
 * `lstmLayer`: blocks i, g, f, o; c = f·c' + i·g, h = o·tanh(c), with i, f, o = σ and g = tanh of their blocks. Behind it,
 * ∂loss/∂c (in all) = ∂loss/∂c + ∂loss/∂h·o·(1 − tanh²c), and ∂loss/∂c' = f times that: the constant error carousel of Hochreiter and Schmidhuber (1997).
 */
const openLstm: OpenCell = {
  blocks: ["input", "candidate", "forget", "output"],
  hasCell: true,
  step: (projected, recurrent, before) => {
    const H = before.h.length;
    const block = (index: number, squash: (x: number) => number): Float64Array =>
      Float64Array.from({ length: H }, (_, unit) =>
        squash(at(projected, index * H + unit) + at(recurrent, index * H + unit)),
      );
    const [i, g, f, o] = [block(0, sigmoid), block(1, Math.tanh), block(2, sigmoid), block(3, sigmoid)];
    const c = before.c.map((kept, unit) => at(f, unit) * kept + at(i, unit) * at(g, unit));
    const squashed = c.map(Math.tanh);
    const pullBack = (gradient: OpenState): PulledBack => {
      const cell = gradient.c.map((d, unit) => d + at(gradient.h, unit) * at(o, unit) * (1 - at(squashed, unit) ** 2));
      const inner = new Float64Array(4 * H);
      cell.forEach((d, unit) => {
        inner[unit] = d * at(g, unit) * slope(at(i, unit));
        inner[H + unit] = d * at(i, unit) * (1 - at(g, unit) ** 2);
        inner[2 * H + unit] = d * at(before.c, unit) * slope(at(f, unit));
        inner[3 * H + unit] = at(gradient.h, unit) * at(squashed, unit) * slope(at(o, unit));
      });
      const c = cell.map((d, unit) => d * at(f, unit));
      return { recurrent: inner, before: { h: new Float64Array(H), c }, cell };
    };
    const h = o.map((open, unit) => open * at(squashed, unit));
    return { after: { h, c }, gates: { input: i, forget: f, output: o }, pullBack };
  },
};

/** `gruLayer`: blocks r, z, n; n = tanh(xₙ + r·sₙ), h = n + z·(h' − n), with r, z = σ of their blocks. */
const openGru: OpenCell = {
  blocks: ["reset", "update", "candidate"],
  hasCell: false,
  step: (projected, recurrent, before) => {
    const H = before.h.length;
    const gate = (index: number): Float64Array =>
      Float64Array.from({ length: H }, (_, unit) =>
        sigmoid(at(projected, index * H + unit) + at(recurrent, index * H + unit)),
      );
    const [r, z] = [gate(0), gate(1)];
    const own = recurrent.subarray(2 * H);
    const n = r.map((open, unit) => Math.tanh(at(projected, 2 * H + unit) + open * at(own, unit)));
    const pullBack = (gradient: OpenState): PulledBack => {
      const inner = new Float64Array(3 * H);
      gradient.h.forEach((d, unit) => {
        const candidate = d * (1 - at(z, unit)) * (1 - at(n, unit) ** 2);
        inner[unit] = candidate * at(own, unit) * slope(at(r, unit));
        inner[H + unit] = d * (at(before.h, unit) - at(n, unit)) * slope(at(z, unit));
        inner[2 * H + unit] = candidate * at(r, unit);
      });
      const h = gradient.h.map((d, unit) => d * at(z, unit));
      return { recurrent: inner, before: { h, c: NOTHING }, cell: NOTHING };
    };
    const h = n.map((fresh, unit) => fresh + at(z, unit) * (at(before.h, unit) - fresh));
    return { after: { h, c: NOTHING }, gates: { reset: r, update: z }, pullBack };
  },
};

export const OPEN_CELLS: Readonly<Record<OpenKind, OpenCell>> = { rnn: openElman, lstm: openLstm, gru: openGru };

function at(values: Float64Array, index: number): number {
  return values[index] as number;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** σ′ of the value that σ gave. */
function slope(open: number): number {
  return open * (1 - open);
}
