import { LmError } from "../../base/errors.ts";
import { type StoredLabeller, readLabeller } from "../../checkpoints/labellerStore.ts";
import { LabelTally } from "../../evaluation/labelFigures.ts";
import { Labeller } from "../../models/neural/labelling/labeller.ts";
import { sha256 } from "../../node/sha256.ts";
import type { EvaluateLabellerResult, LabelTask } from "../../protocol/labelMessages.ts";
import { UnitVocabulary } from "../../tokens/unitVocabulary.ts";
import { LABEL_BATCHES } from "../../training/labellerRun.ts";
import { likeliest, scoreLabels } from "../../training/scoreLabels.ts";
import type { JobContext } from "../jobContext.ts";
import { encodeTexts, stretchesOf } from "./labelledSequences.ts";
import type { LabelledText } from "./readLabelled.ts";

/** The label that is held likeliest, and how likely. */
export interface Judged {
  readonly label: string;
  readonly probability: number;
}

/** A labeller with all that it needs to read texts. */
export interface ReadingLabeller {
  readonly model: Labeller;
  readonly units: UnitVocabulary;
  readonly labels: readonly string[];
  /** Null: each unit has a label. */
  readonly stretchUnits: number | null;
}

/** Does something with the labeller in a directory, which is then put away. Throws `LmError` where there is none of that kind. */
export async function withLabeller<T>(
  { task, model: directory }: { readonly task: LabelTask; readonly model: string },
  context: JobContext,
  work: (labeller: ReadingLabeller) => Promise<T>,
): Promise<T> {
  const stored = await readLabeller(directory, { files: context.files, sha256 });
  const own: LabelTask = stored.spec.head === "each" ? "tag" : "classify";
  if (own !== task) {
    const [what, other] = own === "tag" ? ["a tagger", "tag"] : ["a classifier", "classify"];
    throw new LmError("modelMismatch", `The model in ${directory} is ${what}; use \`${other}\` with it.`);
  }
  const { kernels } = await context.backend("auto");
  const model = new Labeller(stored.spec, stored.weights, kernels);
  try {
    return await work(readingOf(stored, model));
  } finally {
    model.dispose();
  }
}

/** @param model borrowed */
export function readingOf(
  { units, labels, stretchUnits }: Pick<StoredLabeller, "units" | "labels" | "stretchUnits">,
  model: Labeller,
): ReadingLabeller {
  return { model, units: new UnitVocabulary(units), labels, stretchUnits };
}

/**
 * A judgement for each token of each text, or one for each text: of a text that is read in stretches the label whose log probability is the largest on
 * average. Throws `LmError("cancelled")`.
 */
export async function judgeTexts(
  { model, units, labels, stretchUnits }: ReadingLabeller,
  texts: readonly LabelledText["parts"][],
  { signal, pause }: Pick<JobContext, "signal" | "pause">,
): Promise<readonly (readonly Judged[])[]> {
  const counts = texts.map((parts) => stretchesOf(parts, { units, stretchUnits }).length);
  const sequences = encodeTexts(
    texts.map((parts) => ({ parts, labels: [] })),
    { units, stretchUnits, labels },
  );
  const options = { fieldCount: units.fieldCount, limits: LABEL_BATCHES, signal, pause };
  const scores = await scoreLabels(model, sequences, options);
  if (scores === null) {
    throw cancelled();
  }
  let next = 0;
  return counts.map((count) => {
    const own = scores.slice(next, next + count);
    next += count;
    return stretchUnits === null ? judgeEach(own[0] ?? new Float32Array(0), labels) : [judge(meanOf(own), labels)];
  });
}

/** Judges texts and compares with what they are; labels that the model does not have are wrong. */
export async function evaluateTexts(
  labeller: ReadingLabeller,
  texts: readonly LabelledText[],
  context: Pick<JobContext, "signal" | "pause">,
): Promise<EvaluateLabellerResult> {
  const judged = await judgeTexts(
    labeller,
    texts.map(({ parts }) => parts),
    context,
  );
  const known = new Set(labeller.labels);
  const unseen = new Map<string, number>();
  const tally = new LabelTally();
  const unknownTokens = { count: 0, right: 0 };
  texts.forEach(({ parts, labels }, index) => {
    labels.forEach((label, place) => {
      const predicted = judged[index]?.[place]?.label ?? "";
      tally.note(label, predicted);
      if (!known.has(label)) {
        unseen.set(label, (unseen.get(label) ?? 0) + 1);
      }
      if (!labeller.units.knows(parts[place] ?? "")) {
        unknownTokens.count++;
        unknownTokens.right += predicted === label ? 1 : 0;
      }
    });
  });
  return {
    ...tally.figures(),
    texts: texts.length,
    unseenLabels: [...unseen].map(([label, count]) => ({ label, count })).sort((a, b) => b.count - a.count),
    unknownTokens: labeller.stretchUnits === null ? unknownTokens : null,
  };
}

/** What a job ends with that was told to stop. */
export function cancelled(): LmError {
  return new LmError("cancelled", "The work was cancelled.");
}

function judgeEach(scores: Float32Array, labels: readonly string[]): readonly Judged[] {
  const K = labels.length;
  return Array.from({ length: scores.length / K }, (_, t) => judge(scores.subarray(t * K, (t + 1) * K), labels));
}

function judge(row: Float32Array, labels: readonly string[]): Judged {
  const best = likeliest(row);
  return { label: labels[best] as string, probability: Math.exp(row[best] as number) };
}

/** The mean of log probabilities, made to sum to 1 again. */
function meanOf(rows: readonly Float32Array[]): Float32Array {
  const mean = Float32Array.from(rows[0] ?? [], (_, label) =>
    rows.reduce((sum, row) => sum + (row[label] as number) / rows.length, 0),
  );
  const total = Math.log(mean.reduce((sum, value) => sum + Math.exp(value), 0));
  return mean.map((value) => value - total);
}
