import * as tf from "@tensorflow/tfjs-core";
import { packCudnnParams, unpackCudnnGradient } from "./cudnnParams.ts";
import { type CudnnPrecision, scaled } from "./cudnnPrecision.ts";
import type { LstmCall, LstmInput, LstmResult, LstmState, LstmWindow, ProjectionMath } from "./neuralKernels.ts";
import { keepAt } from "./resetMasks.ts";
import type { OpAttribute, TensorflowOps } from "./tensorflowOps.ts";

const ATTRIBUTES: Readonly<Record<string, OpAttribute>> = {
  rnn_mode: { string: "lstm" },
  input_mode: { string: "linear_input" },
  direction: { string: "unidirectional" },
  dropout: { float: 0 },
  seed: { int: 0 },
  seed2: { int: 0 },
  num_proj: { int: 0 },
  time_major: { bool: true },
};

/** Steps between which no lane is cleared: `from` to `to`, exclusive. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a span's backward pass reads. */
interface SpanTrace extends Span {
  /** In cuDNN's numbers: input [S, B, I], h₀ and c₀ [1, B, H], outputs [S, B, H], h and c after it [1, B, H], and two that cuDNN keeps to itself. */
  readonly tensors: readonly tf.Tensor[];
}

const TENSORS_A_SPAN = 8;

/** What cuDNN is called by and computes in. */
export interface CudnnOptions {
  readonly ops: TensorflowOps;
  readonly precision: CudnnPrecision;
}

/**
 * An LSTM over a window by cuDNN, a layer a call: `CudnnRNNV3` and `CudnnRNNBackpropV3`. cuDNN cannot clear single lanes within a sequence, so a window
 * is cut where lanes begin afresh. Only a GPU's TensorFlow has these ops; elsewhere a call throws.
 */
export function createCudnnLstm(options: CudnnOptions, projection: ProjectionMath): (call: LstmCall) => LstmResult {
  const { enter, leave } = options.precision;
  return ({ input, state, weights, window }) => {
    let last: LstmState | undefined;
    const sequence = tf.customGrad<tf.Tensor>((...args) => {
      const [x, inputKernel, recurrentKernel, bias, save] = args as unknown as [
        tf.Tensor3D,
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor1D,
        tf.GradSaveFunc,
      ];
      const params = enter(packCudnnParams({ inputKernel, recurrentKernel, bias }));
      const traces: SpanTrace[] = [];
      let before = state;
      for (const span of spansOf(window)) {
        const trace = runForward(options, { x, params, before: cleared(before, window, span.from), span });
        traces.push(trace);
        before = stateBehind(trace, options.precision);
      }
      last = { h: tf.keep(tf.clone(before.h)), c: tf.keep(tf.clone(before.c)) };
      save([params, ...traces.flatMap(({ tensors }) => tensors)]);
      return {
        value: tf.concat(
          traces.map(({ tensors }) => leave(tensors[3] as tf.Tensor3D)),
          0,
        ),
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
          const kept = traces.map((trace, index) => ({
            ...trace,
            tensors: saved.slice(1 + index * TENSORS_A_SPAN, 1 + (index + 1) * TENSORS_A_SPAN),
          }));
          const { dx, dParams } = runBackward(options, {
            dh: dy as tf.Tensor3D,
            params: saved[0] as tf.Tensor1D,
            traces: kept,
            window,
          });
          const sizes = { inputSize: x.shape[2], hiddenSize: recurrentKernel.shape[0] };
          return [dx, ...unpackCudnnGradient(dParams, sizes)];
        },
      };
    });
    const { inputKernel, recurrentKernel, bias } = weights;
    const h = sequence(vectorsOf(input, window, projection), inputKernel, recurrentKernel, bias) as tf.Tensor3D;
    return { h, state: last as unknown as LstmState };
  };
}

/** [T, B, I] */
function vectorsOf(input: LstmInput, { windowTokens: T, laneCount: B }: LstmWindow, math: ProjectionMath): tf.Tensor3D {
  if (input.kind === "vectors") {
    return input.x;
  }
  const distinct = math.lookUp(input.table, input.tokens.distinct);
  return tf.reshape<tf.Rank.R3>(math.lookUp(distinct, input.tokens.places), [T, B, input.table.shape[1]]);
}

function spansOf({ windowTokens, hasResets }: LstmWindow): readonly Span[] {
  const starts = [0, ...hasResets.flatMap((hasReset, t) => (hasReset && t > 0 ? [t] : []))];
  return starts.map((from, index) => ({ from, to: starts[index + 1] ?? windowTokens }));
}

function cleared({ h, c }: LstmState, window: LstmWindow, t: number): LstmState {
  const keep = keepAt(window, t);
  return keep === null ? { h, c } : { h: tf.mul(h, keep), c: tf.mul(c, keep) };
}

interface ForwardCall {
  readonly x: tf.Tensor3D;
  /** In cuDNN's numbers. */
  readonly params: tf.Tensor1D;
  readonly before: LstmState;
  readonly span: Span;
}

function runForward({ ops, precision }: CudnnOptions, { x, params, before, span }: ForwardCall): SpanTrace {
  const [, B, I] = x.shape;
  const steps = span.to - span.from;
  const input = precision.enter(tf.slice3d(x, [span.from, 0, 0], [steps, B, I]));
  const read = (part: tf.Tensor2D): tf.Tensor3D => precision.enter(tf.expandDims<tf.Tensor3D>(part, 0));
  const [h, c] = [read(before.h), read(before.c)];
  const [output, lastH, lastC, reserve, hostReserved] = ops.runMany("CudnnRNNV3", {
    attributes: { ...ATTRIBUTES, T: { type: precision.type }, is_training: { bool: true } },
    inputs: [input, h, c, params, lengths(steps, B)],
    outputCount: 5,
  }) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  return { ...span, tensors: [input, h, c, output, lastH, lastC, reserve, hostReserved] };
}

function stateBehind({ tensors }: SpanTrace, { leave }: CudnnPrecision): LstmState {
  const [, B, H] = (tensors[4] as tf.Tensor3D).shape;
  const flat = (index: number): tf.Tensor2D => tf.reshape<tf.Rank.R2>(leave(tensors[index] as tf.Tensor), [B, H]);
  return { h: flat(4), c: flat(5) };
}

interface BackwardCall {
  /** ∂loss/∂h of every step from above, [T, B, H] */
  readonly dh: tf.Tensor3D;
  /** In cuDNN's numbers. */
  readonly params: tf.Tensor1D;
  readonly traces: readonly SpanTrace[];
  readonly window: LstmWindow;
}

/** From the last span to the first: what flows out of one at its beginning passes the mask there and goes on into the one before it. */
function runBackward(
  { ops, precision }: CudnnOptions,
  { dh, params, traces, window }: BackwardCall,
): { readonly dx: tf.Tensor3D; readonly dParams: tf.Tensor1D } {
  const { enter, leave, gradientScale } = precision;
  const [, B, H] = dh.shape;
  const above = scaled(dh, gradientScale);
  const slopes: tf.Tensor3D[] = [];
  let dParams: tf.Tensor1D | null = null;
  let dhLater: tf.Tensor3D = tf.zeros([1, B, H]);
  let dcLater: tf.Tensor3D = tf.zeros([1, B, H]);
  for (const { from, to, tensors } of [...traces].reverse()) {
    const [input, h, c, output, lastH, lastC, reserve, hostReserved] = tensors as unknown as SpanTensors;
    const [dx, dh0, dc0, gradient] = ops.runMany("CudnnRNNBackpropV3", {
      attributes: { ...ATTRIBUTES, T: { type: precision.type } },
      inputs: [
        ...[input, h, c, params, lengths(to - from, B), output, lastH, lastC],
        ...[tf.slice3d(above, [from, 0, 0], [to - from, B, H]), dhLater, dcLater].map(enter),
        ...[reserve, hostReserved],
      ],
      outputCount: 4,
    }) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, tf.Tensor1D];
    slopes.unshift(leave(dx));
    dParams = dParams === null ? leave(gradient) : tf.add(dParams, leave(gradient));
    const keep = keepAt(window, from);
    [dhLater, dcLater] = [leave(dh0), leave(dc0)].map((slope) => (keep === null ? slope : tf.mul(slope, keep))) as [
      tf.Tensor3D,
      tf.Tensor3D,
    ];
  }
  const back = 1 / gradientScale;
  return { dx: scaled(tf.concat3d(slopes, 0), back), dParams: scaled(dParams as unknown as tf.Tensor1D, back) };
}

/** Of a span, in the order of its trace. */
type SpanTensors = readonly [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];

/** Every lane is as long as the span. */
function lengths(steps: number, laneCount: number): tf.Tensor1D {
  return tf.fill([laneCount], steps, "int32");
}
