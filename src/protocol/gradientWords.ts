import { readableCount, readableFigure, readablePerplexity, readableShare } from "../base/readableNumbers.ts";
import type { GradientModel } from "./gradientMessages.ts";
import type { GradientView, ShownGradients, ShownTraining } from "./gradientView.ts";

/** A network that was trained, with what its training did. */
export type TrainedGradients = ShownGradients & { readonly training: ShownTraining };

/** Cells as text, the first of each row its head. */
export interface TextTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A line of a chart of norms. */
export interface NormLine {
  readonly name: string;
  /** Of the network, for its colour. */
  readonly index: number;
  /** Of two lines of a network, the second: of the cell, or behind clipping. */
  readonly isSecond: boolean;
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
}

export const FLOW_LABEL = "Norm of the gradient with respect to the output, over steps back from the loss";
export const CLIPPING_LABEL = "Global norm of the gradient over the steps of training, before and after clipping";
export const GATES_LABEL = "How often each gate stood where, over all steps and units";
export const FIGURES_NOTE =
  "“A step” is the factor by which the norm changes for each step back, from the line that fits its logarithm best. σ is the largest singular value of the recurrent matrix, by power iteration: with one below 1 the gradient of a simple network surely vanishes, with one above 1 it may explode (Pascanu, Mikolov and Bengio 2013).";

/** What is measured, in sentences. */
export function measuredText(windowTokens: number): string {
  return `Each network reads the same ${windowTokens} tokens from a state of zero. The loss is that of the last prediction alone, −ln p of the token behind the window; it is differentiated with respect to the output h of every step, and to the cell c of an LSTM. What arrives k steps before the last one has gone through the recurrent matrix k times. With respect to h of an LSTM the cell of the same step is held fixed; with respect to c, its output is not.`;
}

/** The token whose loss is differentiated; END has no bytes. */
export function targetText(target: string): string {
  return target === "" ? "(end)" : target;
}

/** The networks that were trained. */
export function trainedRows(rows: readonly ShownGradients[]): readonly TrainedGradients[] {
  return rows.filter((row): row is TrainedGradients => row.training !== null);
}

/** How the gradient goes back through each network, and through the cell of an LSTM. */
export function flowLines(rows: readonly ShownGradients[]): readonly NormLine[] {
  const pointsOf = (norms: readonly (number | null)[]): NormLine["points"] => norms.map((y, x) => ({ x, y }));
  return rows.flatMap(({ model, hiddenNorms, cellNorms }, index): readonly NormLine[] => [
    { name: model, index, isSecond: false, points: pointsOf(hiddenNorms) },
    ...(cellNorms === null ? [] : [{ name: `${model}, cell`, index, isSecond: true, points: pointsOf(cellNorms) }]),
  ]);
}

/** Global norms of each network's training, before and after clipping. */
export function clippingLines(rows: readonly TrainedGradients[]): readonly NormLine[] {
  return rows.flatMap(({ model, training }, index): readonly NormLine[] => {
    const points = (norms: readonly (number | null)[]): NormLine["points"] =>
      norms.map((y, place) => ({ x: (place + 0.5) * (training.stepsPerPoint ?? 1), y }));
    return [
      { name: model, index, isSecond: false, points: points(training.normsBefore) },
      { name: `${model}, clipped`, index, isSecond: true, points: points(training.normsAfter) },
    ];
  });
}

/** Norms, their factors and singular values, a row for each network and stage. */
export function gradientFigures(rows: readonly ShownGradients[]): TextTable {
  return {
    heads: ["network", "loss, nats", "‖∂/∂h‖ at the last step", "at the first", "a step", "a step, cell", "σ"],
    rows: rows.map((row) => [
      `${row.model}, ${row.stage}`,
      readableFigure(row.lossNats),
      readableFigure(row.hiddenNorms[0]),
      readableFigure(row.hiddenNorms[row.hiddenNorms.length - 1]),
      factorText(row.hiddenFactor),
      factorText(row.cellFactor),
      row.singularValues.map(({ block, value }) => `${block}\u00a0${readableFigure(value)}`).join(" "),
    ]),
  };
}

/** What training and clipping did, a row for each network. */
export function clippingFigures(rows: readonly TrainedGradients[]): TextTable {
  return {
    heads: ["network", "seconds", "steps", "validation perplexity", "clipped above", "steps clipped"],
    rows: rows.map(({ model, training }) => [
      model,
      (training.seconds ?? 0).toFixed(1),
      readableCount(training.steps ?? 0),
      readablePerplexity(training.validationPerplexity),
      readableFigure(training.clipNorm),
      readableShare(training.clippedFraction ?? 0),
    ]),
  };
}

/** How far a look at gradients is, in a few words. */
export function gradientProgressText({ state, models, rows, current, budgetSeconds }: GradientView): string {
  if (state === "cancelling") {
    return "Stopping the look at gradients…";
  }
  const doneCount = rows.filter(({ training }) => budgetSeconds === null || training !== null).length;
  const place = `${Math.min(doneCount + 1, models.length)} of ${models.length}`;
  return current === null
    ? `Inspecting gradients, ${place}…`
    : `Inspecting gradients, ${place}: ${current.model} ${readableShare(current.fraction)}`;
}

/** What came out of a look at gradients, in one sentence: of each network, its last row. */
export function gradientEndText(rows: readonly ShownGradients[]): string {
  const last = new Map<GradientModel, ShownGradients>(rows.map((row) => [row.model, row]));
  const factors = [...last.values()].map(({ model, hiddenFactor }) => `${factorText(hiddenFactor)} in ${model}`);
  return `A step back multiplies the norm of the gradient by ${factors.join(", ").replaceAll("× ", "")}.`;
}

function factorText(factor: number | null): string {
  return factor === null ? "–" : `× ${readableFigure(factor)}`;
}
