import { LmError } from "../../base/errors.ts";
import { readableCount } from "../../base/readableNumbers.ts";
import { withLabellerDirectory } from "../../checkpoints/labellerStore.ts";
import { normalizeLineEnds } from "../../corpus/decodeText.ts";
import type {
  ApplyLabellerJob,
  ApplyLabellerResult,
  EvaluateLabellerJob,
  EvaluateLabellerResult,
  TrainLabellerJob,
  TrainLabellerResult,
} from "../../protocol/labelMessages.ts";
import { type HeldOut, holdOut } from "./holdOut.ts";
import { keepLabeller } from "./keepLabeller.ts";
import { evaluateTexts, judgeTexts, withLabeller } from "./openLabeller.ts";
import { type LabelledText, parseLabelled, parseTokens, readText, requireTrainable } from "./readLabelled.ts";
import { type LabelContext, trainLabeller } from "./trainLabeller.ts";

/** Trains a tagger or a classifier from a file and keeps it in a directory. What makes no sense is refused before. Throws `LmError`. */
export async function runTrainLabellerJob(job: TrainLabellerJob, context: LabelContext): Promise<TrainLabellerResult> {
  const { task, path, valid, out, options } = job;
  const texts = parseLabelled(await readText(path, context), { task, path });
  requireTrainable(texts, { task, path });
  const held =
    valid === null
      ? holdOut(texts, { seed: options.seed, isEach: task === "tag", path })
      : { training: texts, validation: parseLabelled(await readText(valid, context), { task, path: valid }) };
  requireKnownLabels(held, valid);
  return withLabellerDirectory({ directory: out, isEach: task === "tag", files: context.files }, () =>
    trainLabeller({ task, texts: held, options }, context, async (trained, after) => {
      await keepLabeller(out, { trained, options, texts: held }, after);
      return { ...trained.result, model: out };
    }),
  );
}

/** What is to choose the weights cannot ask for labels that nothing was learnt of. @param path null: the texts are a share of those to learn from */
function requireKnownLabels({ training, validation }: HeldOut, path: string | null): void {
  if (path === null) {
    return;
  }
  const known = new Set(training.flatMap(({ labels }) => labels));
  const unseen = new Set(validation.flatMap(({ labels }) => labels.filter((label) => !known.has(label))));
  if (unseen.size > 0) {
    const names = [...unseen].slice(0, 5).join(", ");
    throw new LmError(
      "badArgument",
      `${path} has ${unseen.size === 1 ? "a label" : "labels"} that no text to learn from has (${names}${unseen.size > 5 ? ", …" : ""}); add such texts, or take these out of ${path}.`,
    );
  }
}

/** How well a labeller in a directory does on a file of the kind that it was trained from. Throws `LmError`. */
export async function runEvaluateLabellerJob(
  job: EvaluateLabellerJob,
  context: LabelContext,
): Promise<EvaluateLabellerResult> {
  const { task, path } = job;
  const texts = parseLabelled(await readText(path, context), { task, path });
  return withLabeller(job, context, async (labeller) => {
    const result = await evaluateTexts(labeller, texts, context);
    if (result.unseenLabels.length > 0) {
      const shown = result.unseenLabels.slice(0, 5).map(({ label, count }) => `${label} (${readableCount(count)})`);
      context.emit({
        type: "notice",
        level: "warning",
        message: `The model was not trained on the ${result.unseenLabels.length === 1 ? "label" : "labels"} ${shown.join(", ")}; all of these count as wrong.`,
      });
    }
    return result;
  });
}

/** Labels what has none; what is blank keeps its place without a label. Throws `LmError`. */
export async function runApplyLabellerJob(job: ApplyLabellerJob, context: LabelContext): Promise<ApplyLabellerResult> {
  const { texts, empty } = await readUnlabelled(job, context);
  return withLabeller(job, context, async (labeller) => {
    const parts = texts.map((text) => text.parts).filter(({ length }) => length > 0);
    const judged = parts.length === 0 ? [] : await judgeTexts(labeller, parts, context);
    let next = 0;
    const groups = texts.map((text) => {
      const own = text.parts.length === 0 ? [] : (judged[next++] ?? []);
      return text.names.map((name, place) => ({ text: name, ...(own[place] ?? NO_LABEL) }));
    });
    return { groups: job.task === "tag" ? groups : [groups.flat()], empty };
  });
}

const NO_LABEL = { label: null, probability: null } as const;

interface Unlabelled extends Pick<LabelledText, "parts"> {
  /** What each judgement is shown with: tokens, a text, or a path. */
  readonly names: readonly string[];
}

interface ReadTexts extends Pick<ApplyLabellerResult, "empty"> {
  /** Those that are blank have no parts. */
  readonly texts: readonly Unlabelled[];
}

async function readUnlabelled({ task, source }: ApplyLabellerJob, context: LabelContext): Promise<ReadTexts> {
  if (source.kind === "documents") {
    const texts: Unlabelled[] = [];
    for (const path of source.paths) {
      texts.push({ parts: partsOf(await readText(path, context)), names: [path] });
    }
    return { texts, empty: source.paths.filter((_, index) => texts[index]?.parts.length === 0) };
  }
  const path = source.kind === "file" ? source.path : "standard input";
  const text = source.kind === "file" ? await readText(path, context) : normalizeLineEnds(source.text);
  const texts =
    task === "tag"
      ? parseTokens(text, path).map((tokens) => ({ parts: tokens, names: tokens }))
      : linesOf(text).map((line) => ({ parts: partsOf(line), names: [line] }));
  return { texts, empty: text.trim() === "" ? [path] : [] };
}

/** A text by itself; nothing where it is blank. */
function partsOf(text: string): readonly string[] {
  return text.trim() === "" ? [] : [text];
}

/** All lines without the space around them; what stands behind the last line end is one only where there is anything. */
function linesOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
