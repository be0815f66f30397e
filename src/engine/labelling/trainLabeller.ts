import { LmError } from "../../base/errors.ts";
import { readableCount } from "../../base/readableNumbers.ts";
import { createRng } from "../../base/rng.ts";
import type { StoredLabeller } from "../../checkpoints/labellerStore.ts";
import { Labeller } from "../../models/neural/labelling/labeller.ts";
import {
  labellerFault,
  labellerParameterCount,
  labellerShapes,
  type LabellerSpec,
} from "../../models/neural/labelling/labellerSpec.ts";
import { labellerWeights } from "../../models/neural/labelling/labellerWeights.ts";
import type {
  EvaluateLabellerResult,
  LabelEvent,
  LabelOptions,
  LabelTask,
  TrainLabellerResult,
} from "../../protocol/labelMessages.ts";
import { learnUnits, type UnitVocabulary } from "../../tokens/unitVocabulary.ts";
import { LabellerRun } from "../../training/labellerRun.ts";
import type { JobContext } from "../jobContext.ts";
import type { HeldOut } from "./holdOut.ts";
import { encodeTexts, stretchesOf } from "./labelledSequences.ts";
import { cancelled, evaluateTexts, type ReadingLabeller, readingOf } from "./openLabeller.ts";

export interface LabelContext extends JobContext {
  readonly emit: (event: LabelEvent) => void;
}

export interface TrainLabellerCall {
  readonly task: LabelTask;
  readonly texts: HeldOut;
  readonly options: LabelOptions;
}

/** A labeller after its training. */
export interface TrainedLabeller {
  /** Disposed when the work with it is done. */
  readonly reading: ReadingLabeller;
  readonly stored: Omit<StoredLabeller, "origin">;
  readonly result: Omit<TrainLabellerResult, "model">;
}

/** Units of a stretch: what tells a language or a topic, and short enough for many in a batch. */
const STRETCH_UNITS = { word: 128, char: 256 } as const;
/** Of a tagger and of classifiers alike (docs/benchmarks.md, "Taggers and classifiers"). */
const DROPOUT = 0.3;

/**
 * Trains on the training texts and does something with the outcome, which is then put away. Where it is cancelled, the best weights so far are the outcome. Throws
 * `LmError`; `cancelled` where there are none.
 * @param work gets a context in which nothing is cancelled: what was learnt is kept
 */
export async function trainLabeller<T>(
  { task, texts, options }: TrainLabellerCall,
  context: LabelContext,
  work: (trained: TrainedLabeller, context: LabelContext) => Promise<T>,
): Promise<T> {
  const isEach = task === "tag";
  const kind = isEach ? "word" : options.units;
  const stretchUnits = isEach ? null : STRETCH_UNITS[kind];
  const stretches = texts.training.flatMap(({ parts }) => stretchesOf(parts, { units: { kind }, stretchUnits }));
  const units = learnUnits(stretches, kind);
  const labels = labelsOf(texts);
  const spec = specOf({ isEach, options, units, labels });
  const encode = { units, stretchUnits, labels };
  const [training, validation] = [encodeTexts(texts.training, encode), encodeTexts(texts.validation, encode)];
  tellOfTexts({ texts, labels, spec, unitCount: stretches.reduce((sum, { length }) => sum + length, 0) }, context);
  const { kernels, description } = await context.backend(options.backend);
  const model = new Labeller(spec, labellerWeights(spec, createRng(options.seed)), kernels);
  try {
    const { clock, signal, pause, emit } = context;
    const { budgetSeconds, epochs, seed } = options;
    const outcome = await new LabellerRun({
      ...{ model, fieldCount: units.fieldCount, training, validation },
      ...{ budgetSeconds, epochs, seed, clock, signal, pause },
      onPoint: (point) => {
        emit({ type: "labelPoint", ...point });
      },
      onProgress: (progress) => {
        emit({ type: "labelProgress", ...progress });
      },
    }).run();
    requireLook(outcome.validation === null ? outcome.stopped : null);
    const after = { ...context, signal: new AbortController().signal };
    const stored = { spec, units: units.serialize(), labels, stretchUnits, weights: model.readWeights() };
    const reading = readingOf(stored, model);
    const { stopped, seconds, passes, unitsPerSecond } = outcome;
    const result = {
      ...{ labels, stopped, seconds, passes, unitsPerSecond },
      parameters: labellerParameterCount(spec),
      multiplicationsPerUnit: multiplicationsPerUnit(spec),
      validation: figuresOf(await evaluateTexts(reading, texts.validation, after)),
      backend: description.backend,
      device: description.device,
    };
    return await work({ reading, stored, result }, after);
  } finally {
    model.dispose();
  }
}

/** The counts alone. */
export function figuresOf({
  count,
  right,
  accuracy,
  macroF1,
  labels,
  confusion,
}: EvaluateLabellerResult): TrainLabellerResult["validation"] {
  return { count, right, accuracy, macroF1, labels, confusion };
}

/** The labels of the training texts, the frequent ones first. */
function labelsOf({ training }: HeldOut): readonly string[] {
  const counts = new Map<string, number>();
  for (const label of training.flatMap(({ labels }) => labels)) {
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].sort(([, left], [, right]) => right - left).map(([label]) => label);
}

function specOf({
  isEach,
  options,
  units,
  labels,
}: {
  readonly isEach: boolean;
  readonly options: LabelOptions;
  readonly units: UnitVocabulary;
  readonly labels: readonly string[];
}): LabellerSpec {
  const { cell, directions, pooling, embeddingSize, hiddenSize, layerCount } = options;
  const spec: LabellerSpec = {
    ...{ cell, directions, embeddingSize, hiddenSize, layerCount },
    head: isEach ? "each" : pooling,
    vocabularySize: units.size,
    labelCount: labels.length,
    dropout: DROPOUT,
  };
  const fault = labellerFault(spec);
  if (fault !== null) {
    throw new LmError("badArgument", `Nothing can be trained so: ${fault}`);
  }
  return spec;
}

function tellOfTexts(
  {
    texts,
    labels,
    spec,
    unitCount,
  }: {
    readonly texts: HeldOut;
    readonly labels: readonly string[];
    readonly spec: LabellerSpec;
    readonly unitCount: number;
  },
  { emit }: LabelContext,
): void {
  emit({
    type: "labelText",
    trainingTexts: texts.training.length,
    trainingUnits: unitCount,
    validationTexts: texts.validation.length,
    labelCount: labels.length,
    vocabularySize: spec.vocabularySize,
    parameters: labellerParameterCount(spec),
  });
  const known = new Set(labels);
  const unseen = texts.validation.flatMap(({ labels: own }) => own.filter((label) => !known.has(label)));
  if (unseen.length > 0) {
    const names = [...new Set(unseen)].slice(0, 5).join(", ");
    emit({
      type: "notice",
      level: "warning",
      message: `The validation texts have labels that the others do not have (${names}); all ${readableCount(unseen.length)} count as wrong.`,
    });
  }
}

function requireLook(stopped: TrainLabellerResult["stopped"] | null): void {
  if (stopped === "cancelled") {
    throw cancelled();
  }
  if (stopped === "nonFinite") {
    throw new LmError(
      "nonFiniteLoss",
      "The loss exploded before there was anything worth keeping; choose smaller sizes.",
    );
  }
  if (stopped !== null) {
    throw new LmError("badArgument", "The budget was over before a step was made; give it more seconds.");
  }
}

/** Each matrix once for each unit; the output's too, though a classifier needs it once a text. */
function multiplicationsPerUnit(spec: LabellerSpec): number {
  return labellerShapes(spec)
    .filter(({ name, shape }) => shape.length === 2 && name !== "embedding")
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}
