import type { WeightMap } from "../networkSpec.ts";
import type { FamilySpec } from "./familySpec.ts";
import { OPEN_CELLS, OPEN_KINDS, type OpenCell, type OpenKind, type OpenState, type OpenStep } from "./openCells.ts";

/** A stretch of text, and what comes behind it. */
export interface FlowWindow {
  /** int32 [T], each in [0, V): what the model reads from a state of zero */
  readonly inputs: Int32Array;
  /** The token that follows the last one. */
  readonly target: number;
}

/** How a loss at the end of a window reaches back into it. */
export interface GradientFlow {
  /** −ln p(target), nats: of the last step alone */
  readonly lossNats: number;
  /** ‖∂loss/∂h‖ of the output k steps before the last, k = 0 … T − 1; of an LSTM with the cell of the same step held fixed */
  readonly hiddenNorms: Float64Array;
  /** ‖∂loss/∂c‖ likewise, through the output of the same step as well; null where the kind has no cell */
  readonly cellNorms: Float64Array | null;
  /** By name, of all steps and units, each in (0, 1): [T·H] */
  readonly gates: Readonly<Record<string, Float64Array>>;
}

/**
 * Backpropagation through time from one loss (Pascanu, Mikolov and Bengio 2013, equations 3 to 5), in float64: what vanishes in float32 is still seen.
 * The model reads the window forward from a state of zero; the loss is that of the last step and of no other, so that what arrives k steps earlier has gone through
 * k steps. Nothing is dropped, nothing is clipped.
 * @param spec one layer of a kind in `OPEN_KINDS`, a plain softmax
 */
export function gradientFlow(weights: WeightMap, spec: FamilySpec, window: FlowWindow): GradientFlow {
  const kind = openKind(spec);
  const cell = OPEN_CELLS[kind];
  const steps = readWindow(layerOf(weights, spec, cell), cell, window);
  const last = steps[steps.length - 1];
  if (last === undefined) {
    throw new RangeError("Expected a window of at least one token");
  }
  const { lossNats, gradient } = softmaxLoss(weights, spec, { top: last.after.h, target: window.target });
  const { hiddenNorms, cellNorms } = goBack(steps, gradient, {
    cell,
    recurrentKernel: weightsOf(weights, `${kind}/0/recurrentKernel`),
  });
  return { lossNats, hiddenNorms, cellNorms: cell.hasCell ? cellNorms : null, gates: gather(steps) };
}

/** The kind of a model that can be looked into; throws `RangeError` for any other. */
export function openKind({ kind, layerCount, softmaxCount, isResidual }: FamilySpec): OpenKind {
  const open = OPEN_KINDS.find((some) => some === kind);
  if (open === undefined || layerCount !== 1 || softmaxCount !== 1 || isResidual) {
    throw new RangeError(`Expected one plain layer of ${OPEN_KINDS.join(", ")} and one softmax, got ${kind}`);
  }
  return open;
}

interface OpenLayer {
  /** [V, E] */
  readonly embedding: Float32Array;
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  /** [E, n·H] */
  readonly inputKernel: Float32Array;
  /** [H, n·H] */
  readonly recurrentKernel: Float32Array;
  /** [n·H]; what lies behind is the bias of the last block's recurrent part */
  readonly bias: Float32Array;
}

function layerOf(weights: WeightMap, { kind, embeddingSize }: FamilySpec, { blocks }: OpenCell): OpenLayer {
  const recurrentKernel = weightsOf(weights, `${kind}/0/recurrentKernel`);
  return {
    embedding: weightsOf(weights, "embedding"),
    embeddingSize,
    hiddenSize: Math.round(Math.sqrt(recurrentKernel.length / blocks.length)),
    inputKernel: weightsOf(weights, `${kind}/0/inputKernel`),
    recurrentKernel,
    bias: weightsOf(weights, `${kind}/0/bias`),
  };
}

function readWindow(layer: OpenLayer, cell: OpenCell, { inputs }: FlowWindow): readonly OpenStep[] {
  const { embedding, embeddingSize: E, hiddenSize: H, inputKernel, recurrentKernel, bias } = layer;
  const columns = cell.blocks.length * H;
  const inputBias = Float64Array.from(bias.subarray(0, columns));
  const recurrentBias = new Float64Array(columns);
  recurrentBias.set(bias.subarray(columns), columns - H);
  let state: OpenState = { h: new Float64Array(H), c: new Float64Array(cell.hasCell ? H : 0) };
  return Array.from(inputs, (token) => {
    const x = embedding.subarray(token * E, (token + 1) * E);
    const step = cell.step(affine(x, inputKernel, inputBias), affine(state.h, recurrentKernel, recurrentBias), state);
    state = step.after;
    return step;
  });
}

/** The loss of one prediction, and its gradient with respect to what the softmax reads: Σᵥ (pᵥ − [v = target])·Uᵥ. */
function softmaxLoss(
  weights: WeightMap,
  { isTied, vocabularySize: V }: FamilySpec,
  { top, target }: { readonly top: Float64Array; readonly target: number },
): { readonly lossNats: number; readonly gradient: Float64Array } {
  const kernel = weightsOf(weights, isTied ? "embedding" : "softmax/kernel");
  const bias = weightsOf(weights, "softmax/bias");
  const D = top.length;
  const logits = Float64Array.from({ length: V }, (_, token) =>
    top.reduce((sum, value, unit) => sum + value * (kernel[token * D + unit] as number), bias[token] as number),
  );
  const most = logits.reduce((a, b) => Math.max(a, b));
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - most), 0);
  const gradient = new Float64Array(D);
  logits.forEach((logit, token) => {
    const error = Math.exp(logit - most) / sum - (token === target ? 1 : 0);
    for (let unit = 0; unit < D; unit++) {
      gradient[unit] = (gradient[unit] as number) + error * (kernel[token * D + unit] as number);
    }
  });
  return { lossNats: most + Math.log(sum) - (logits[target] as number), gradient };
}

function goBack(
  steps: readonly OpenStep[],
  top: Float64Array,
  { cell, recurrentKernel }: { readonly cell: OpenCell; readonly recurrentKernel: Float32Array },
): { readonly hiddenNorms: Float64Array; readonly cellNorms: Float64Array } {
  const T = steps.length;
  const hiddenNorms = new Float64Array(T);
  const cellNorms = new Float64Array(T);
  let gradient: OpenState = { h: top, c: new Float64Array(cell.hasCell ? top.length : 0) };
  for (let back = 0; back < T; back++) {
    const pulled = (steps[T - 1 - back] as OpenStep).pullBack(gradient);
    hiddenNorms[back] = norm(gradient.h);
    cellNorms[back] = norm(pulled.cell);
    const through = transposedProduct(recurrentKernel, pulled.recurrent);
    const h = pulled.before.h.map((direct, unit) => direct + (through[unit] as number));
    gradient = { h, c: pulled.before.c };
  }
  return { hiddenNorms, cellNorms };
}

function gather(steps: readonly OpenStep[]): Readonly<Record<string, Float64Array>> {
  const names = Object.keys(steps[0]?.gates ?? {});
  return Object.fromEntries(
    names.map((name) => [name, Float64Array.from(steps.flatMap(({ gates }) => [...(gates[name] as Float64Array)]))]),
  );
}

/** x·W + b for W [I, O], row-major. */
function affine(x: Float32Array | Float64Array, kernel: Float32Array, bias: Float64Array): Float64Array {
  const sums = bias.slice();
  const width = sums.length;
  x.forEach((value, row) => {
    for (let column = 0; column < width; column++) {
      sums[column] = (sums[column] as number) + value * (kernel[row * width + column] as number);
    }
  });
  return sums;
}

/** W·y for W [H, O], row-major. */
function transposedProduct(kernel: Float32Array, y: Float64Array): Float64Array {
  const width = y.length;
  return Float64Array.from({ length: kernel.length / width }, (_, row) =>
    y.reduce((sum, value, column) => sum + value * (kernel[row * width + column] as number), 0),
  );
}

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function weightsOf(weights: WeightMap, name: string): Float32Array {
  const values = weights.get(name);
  if (values === undefined) {
    throw new RangeError(`Expected the weights to have \`${name}\``);
  }
  return values;
}
