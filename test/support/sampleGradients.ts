import type { GradientRow, GradientTraining } from "../../src/protocol/gradientMessages.ts";
import { type GradientView, shownGradients } from "../../src/protocol/gradientView.ts";

const TRAINING: GradientTraining = {
  seconds: 5,
  steps: 3,
  tokens: 96,
  validationPerplexity: 40,
  clipNorm: 1,
  clippedFraction: 0.25,
  stepsPerPoint: 1,
  normsBefore: [0.5, 2, 3],
  normsAfter: [0.5, 1, 1],
  histogram: { bounds: [0.5, 1, 3], counts: [1, 2] },
};

/** What was seen of a trained LSTM on a window of four tokens. */
export function gradientRow(facts: Partial<GradientRow> = {}): GradientRow {
  return {
    model: "lstm",
    stage: "trained",
    hiddenSize: 8,
    windowTokens: 4,
    parameters: 1000,
    lossNats: 2.5,
    hiddenNorms: [0.5, 0.25, 0.125, 1e-12],
    cellNorms: [0.4, 0.3, 0.2, 0.1],
    hiddenFactor: 0.5,
    cellFactor: 0.8,
    gates: [{ gate: "forget", counts: [0, 1, 3], mean: 0.75 }],
    singularValues: [{ block: "all", value: 1.5 }],
    training: TRAINING,
    ...facts,
  };
}

/** The same before it was trained. */
export function untrainedRow(facts: Partial<GradientRow> = {}): GradientRow {
  return gradientRow({ stage: "untrained", training: null, ...facts });
}

/** A look at a simple network and an LSTM that came to its end. */
export function gradientView(facts: Partial<GradientView> = {}): GradientView {
  const rnn = { model: "rnn", cellNorms: null, cellFactor: null, gates: [], hiddenFactor: 0.25 } as const;
  return {
    startedEpochMs: 1,
    state: "done",
    current: null,
    problem: null,
    place: "a.txt",
    models: ["rnn", "lstm"],
    budgetSeconds: 5,
    text: { window: "let x =", target: " 1" },
    rows: [untrainedRow(rnn), gradientRow(rnn), untrainedRow(), gradientRow()].map(shownGradients),
    ...facts,
  };
}
