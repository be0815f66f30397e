import { familyParameterCount } from "../../models/neural/family/familyShapes.ts";
import { type FlowWindow, gradientFlow } from "../../models/neural/family/gradientFlow.ts";
import { OPEN_CELLS } from "../../models/neural/family/openCells.ts";
import { largestSingularValue } from "../../models/neural/largestSingularValue.ts";
import type { WeightMap } from "../../models/neural/networkSpec.ts";
import type { GateHistogram, GradientModel, GradientRow, SingularValue } from "../../protocol/gradientMessages.ts";
import type { NetworkPlan } from "../family/networkPresets.ts";

/** Bins of a gate's histogram: a gate that is shut or open stands in the first or last one. */
const GATE_BINS = 20;

export interface LookCall {
  readonly model: GradientModel;
  readonly plan: NetworkPlan;
  readonly weights: WeightMap;
  readonly window: FlowWindow;
}

/** What there is to see of a network's gradients on a window, its training aside. */
export function lookAtGradients({ model, plan, weights, window }: LookCall): Omit<GradientRow, "training" | "stage"> {
  const { spec } = plan;
  const { lossNats, hiddenNorms, cellNorms, gates } = gradientFlow(weights, spec, window);
  return {
    model,
    hiddenSize: spec.hiddenSize,
    windowTokens: window.inputs.length,
    parameters: familyParameterCount(spec),
    lossNats,
    hiddenNorms: [...hiddenNorms],
    cellNorms: cellNorms === null ? null : [...cellNorms],
    hiddenFactor: stepFactor(hiddenNorms),
    cellFactor: cellNorms === null ? null : stepFactor(cellNorms),
    gates: Object.entries(gates).map(([gate, values]) => gateHistogram(gate, values)),
    singularValues: singularValues(model, weights, spec.hiddenSize),
  };
}

/** e to the slope of the line that fits the logarithms of norms best (least squares); null where one of them is 0. */
export function stepFactor(norms: Float64Array): number | null {
  const logs = norms.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  if (logs.length < 2 || !Number.isFinite(mean)) {
    return null;
  }
  const middle = (logs.length - 1) / 2;
  const covariance = logs.reduce((sum, log, back) => sum + (back - middle) * (log - mean), 0);
  const variance = logs.reduce((sum, _, back) => sum + (back - middle) ** 2, 0);
  return Math.exp(covariance / variance);
}

function gateHistogram(gate: string, values: Float64Array): GateHistogram {
  const counts = new Array<number>(GATE_BINS).fill(0);
  for (const value of values) {
    const bin = Math.min(GATE_BINS - 1, Math.floor(value * GATE_BINS));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { gate, counts, mean: values.reduce((sum, value) => sum + value, 0) / values.length };
}

function singularValues(model: GradientModel, weights: WeightMap, H: number): readonly SingularValue[] {
  const { blocks } = OPEN_CELLS[model];
  const values = weights.get(`${model}/0/recurrentKernel`) as Float32Array;
  const stride = blocks.length * H;
  const valueOf = (block: string, firstColumn: number, columnCount: number): SingularValue => ({
    block,
    value: largestSingularValue({ values, rowCount: H, columnCount, stride, firstColumn }),
  });
  return [
    valueOf("all", 0, stride),
    ...(blocks.length === 1 ? [] : blocks.map((block, index) => valueOf(block, index * H, H))),
  ];
}
