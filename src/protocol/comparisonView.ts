import type { CompareRow } from "./compareMessages.ts";
import { isRunView, type RunView } from "./runView.ts";
import { isFigure, isListOf, isRecord, isText } from "./shapeChecks.ts";

/** How one model did, as the dashboard shows it; a figure that is not finite is null, because messages to a page are JSON. */
export interface ComparedRow
  extends
    Pick<CompareRow, "model" | "parameters" | "seconds" | "tokensPerSecond" | "tokens" | "bytes">,
    Readonly<Record<"perplexity" | "bitsPerByte" | "top1", number | null>> {}

/** What a network reached on the validation text while it learnt. */
export interface LearningCurve {
  readonly model: string;
  /** In order of time. */
  readonly points: readonly { readonly seconds: number; readonly perplexity: number }[];
}

/** A comparison that runs, or the last one. */
export interface ComparisonView extends RunView {
  /** What was asked for, in this order. */
  readonly models: readonly string[];
  /** Of each network. */
  readonly budgetSeconds: number;
  readonly rows: readonly ComparedRow[];
  /** Of each network that is or was trained, its looks at the validation text. */
  readonly curves: readonly LearningCurve[];
  /** What the models write. */
  readonly samples: readonly { readonly model: string; readonly text: string }[];
}

/** A row as it can be shown and kept. */
export function comparedRow(row: CompareRow): ComparedRow {
  const { model, parameters, seconds, tokensPerSecond, tokens, bytes } = row;
  const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);
  const [perplexity, bitsPerByte, top1] = [finite(row.perplexity), finite(row.bitsPerByte), finite(row.top1)];
  return { model, parameters, seconds, tokensPerSecond, tokens, bytes, perplexity, bitsPerByte, top1 };
}

/** Whether a value is a comparison that can be shown. */
export function isComparisonView(value: unknown): value is ComparisonView {
  return (
    isRecord(value) &&
    isRunView(value) &&
    Number.isFinite(value["budgetSeconds"]) &&
    isListOf(value["models"], isText) &&
    isListOf(value["rows"], isComparedRow) &&
    isListOf(value["curves"], isLearningCurve) &&
    isListOf(value["samples"], (sample) => isRecord(sample) && isText(sample["model"]) && isText(sample["text"]))
  );
}

/** The curves with one more point; one that is not finite cannot be drawn. */
export function withPoint(
  curves: readonly LearningCurve[],
  { model, seconds, perplexity }: { readonly model: string; readonly seconds: number; readonly perplexity: number },
): readonly LearningCurve[] {
  if (!Number.isFinite(perplexity)) {
    return curves;
  }
  const point = { seconds, perplexity };
  return curves.some((curve) => curve.model === model)
    ? curves.map((curve) => (curve.model === model ? { model, points: [...curve.points, point] } : curve))
    : [...curves, { model, points: [point] }];
}

function isLearningCurve(value: unknown): boolean {
  const isPoint = (point: unknown): boolean =>
    isRecord(point) && Number.isFinite(point["seconds"]) && Number.isFinite(point["perplexity"]);
  return isRecord(value) && isText(value["model"]) && isListOf(value["points"], isPoint);
}

function isComparedRow(value: unknown): boolean {
  return (
    isRecord(value) &&
    isText(value["model"]) &&
    ["parameters", "seconds", "tokensPerSecond", "tokens", "bytes"].every((key) => Number.isFinite(value[key])) &&
    ["perplexity", "bitsPerByte", "top1"].every((key) => isFigure(value[key]))
  );
}
