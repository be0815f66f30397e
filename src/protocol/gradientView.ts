import { GRADIENT_MODELS, type GradientModel, type GradientRow } from "./gradientMessages.ts";
import { isRunView, type RunView } from "./runView.ts";
import { isFigure, isListOf, isNullOr, isRecord, isText } from "./shapeChecks.ts";

/** Plain data in which a number that is not finite is null. */
type Finite<T> = T extends number
  ? number | null
  : T extends readonly (infer Item)[]
    ? readonly Finite<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Finite<T[Key]> }
      : T;

/** What was seen of one network, as it is shown and kept: messages to a page are JSON, which has no number that is not finite. */
export type ShownGradients = Finite<GradientRow>;

export type ShownTraining = NonNullable<ShownGradients["training"]>;

/** A look at gradients that runs, or the last one. */
export interface GradientView extends RunView {
  /** What the text is of: a file, or the workspace. */
  readonly place: string;
  /** What was asked for, in this order. */
  readonly models: readonly GradientModel[];
  /** Of each network; null: they are looked at untrained only. */
  readonly budgetSeconds: number | null;
  /** What all networks read, and the token whose loss is differentiated, empty for the end of a document; null before it is read. */
  readonly text: { readonly window: string; readonly target: string } | null;
  readonly rows: readonly ShownGradients[];
}

/** A row as it can be shown and kept. */
export function shownGradients(row: GradientRow): ShownGradients {
  return JSON.parse(JSON.stringify(row)) as ShownGradients;
}

/** Whether a value is a look at gradients that can be shown. */
export function isGradientView(value: unknown): value is GradientView {
  return (
    isRecord(value) &&
    isRunView(value) &&
    isText(value["place"]) &&
    isListOf(value["models"], isModel) &&
    isFigure(value["budgetSeconds"]) &&
    isNullOr(value["text"], (text) => isRecord(text) && isText(text["window"]) && isText(text["target"])) &&
    isListOf(value["rows"], isShownGradients)
  );
}

function isModel(value: unknown): boolean {
  return GRADIENT_MODELS.some((model) => model === value);
}

function isShownGradients(value: unknown): boolean {
  return (
    isRecord(value) &&
    isModel(value["model"]) &&
    (value["stage"] === "untrained" || value["stage"] === "trained") &&
    hasFigures(value, ["hiddenSize", "windowTokens", "parameters", "lossNats", "hiddenFactor", "cellFactor"]) &&
    isListOf(value["hiddenNorms"], isFigure) &&
    isNullOr(value["cellNorms"], (norms) => isListOf(norms, isFigure)) &&
    isListOf(value["gates"], isGateHistogram) &&
    isListOf(value["singularValues"], (one) => isRecord(one) && isText(one["block"]) && isFigure(one["value"])) &&
    isNullOr(value["training"], isShownTraining)
  );
}

function isGateHistogram(value: unknown): boolean {
  return isRecord(value) && isText(value["gate"]) && isListOf(value["counts"], isFigure) && isFigure(value["mean"]);
}

function isShownTraining(value: unknown): boolean {
  const figures = [
    "seconds",
    "steps",
    "tokens",
    "validationPerplexity",
    "clipNorm",
    "clippedFraction",
    "stepsPerPoint",
  ];
  return (
    isRecord(value) &&
    hasFigures(value, figures) &&
    isListOf(value["normsBefore"], isFigure) &&
    isListOf(value["normsAfter"], isFigure) &&
    isRecord(value["histogram"]) &&
    isListOf(value["histogram"]["bounds"], isFigure) &&
    isListOf(value["histogram"]["counts"], isFigure)
  );
}

function hasFigures(value: Record<string, unknown>, keys: readonly string[]): boolean {
  return keys.every((key) => isFigure(value[key]));
}
