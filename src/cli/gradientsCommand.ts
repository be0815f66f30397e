import { basename } from "node:path";
import { LmError } from "../base/errors.ts";
import { readableCount, readableFigure, readablePerplexity, readableShare } from "../base/readableNumbers.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import type { GradientEvent, GradientJob, GradientRow, GradientSource } from "../protocol/gradientMessages.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { gradientReport } from "./gradientReport.ts";
import { openReport } from "./reportFile.ts";
import { pauseText, requestTraining } from "./trainPause.ts";

export interface GradientArguments extends Omit<GradientJob, "source"> {
  /** A folder or a file. */
  readonly path: string;
  /** Path of the HTML to write. */
  readonly report: string | null;
}

/** Looks at the gradients of networks on one window of text; prints a row for each as soon as it is there. */
export async function runGradients(given: GradientArguments, context: CommandContext): Promise<ExitCode> {
  const { path, report, ...options } = given;
  const job: GradientJob = { ...options, source: await sourceOf(path, context) };
  const page = await openReport(report, context);
  const result = await requestTraining("gradients", job, {
    context,
    onEvent: (event) => {
      show(event, context);
    },
  });
  await page?.write(gradientReport(result));
  return 0;
}

async function sourceOf(given: string, { resolvePath, files }: CommandContext): Promise<GradientSource> {
  const path = resolvePath(given);
  const stat = await files.stat(path);
  if (stat === undefined) {
    throw new LmError("fileUnreadable", `There is no ${path}; name a folder or a text file.`);
  }
  return stat.kind === "directory"
    ? { kind: "folder", folders: [{ path, name: basename(path) || "root" }], corpus: DEFAULT_CORPUS_SETTINGS }
    : { kind: "file", path };
}

function show(event: GradientEvent, { terminal }: CommandContext): void {
  switch (event.type) {
    case "notice":
      terminal.note(event.message);
      return;
    case "pause":
      terminal.note(pauseText(event));
      return;
    case "gradientText":
      terminal.note(
        `${readableCount(event.vocabularySize)} pieces; ${readableCount(event.trainingTokens)} tokens to learn from. The window:\n${event.window}\nThe token whose loss is differentiated: ${JSON.stringify(event.target)}`,
      );
      return;
    case "gradientProgress":
      terminal.live(
        `${event.model}  ${readableShare(event.fraction)}, training perplexity ${readablePerplexity(event.trainingPerplexity)}, ` +
          `${readableCount(Math.round(event.tokensPerSecond))} tokens/s`,
      );
      return;
    case "gradientRow":
      terminal.result(event.row, describeRow(event.row));
  }
}

function describeRow(row: GradientRow): string {
  const { hiddenNorms, cellNorms, hiddenFactor, cellFactor, gates, singularValues, training } = row;
  const factor = (value: number | null): string => (value === null ? "" : `, × ${readableFigure(value)} a step`);
  const lines = [
    `${row.model}, ${row.stage}: loss ${readableFigure(row.lossNats)} nats`,
    `  norm of ∂loss/∂h, ${describeNorms(hiddenNorms)}${factor(hiddenFactor)}`,
    ...(cellNorms === null ? [] : [`  norm of ∂loss/∂c, ${describeNorms(cellNorms)}${factor(cellFactor)}`]),
    `  largest singular value: ${singularValues.map(({ block, value }) => `${block} ${readableFigure(value)}`).join(", ")}`,
    ...(gates.length === 0
      ? []
      : [`  gates: ${gates.map(({ gate, mean }) => `${gate} ${readableFigure(mean)} open on average`).join(", ")}`]),
  ];
  if (training !== null) {
    const { steps, seconds, clippedFraction, clipNorm, histogram, validationPerplexity } = training;
    const { bounds } = histogram;
    lines.push(
      `  trained: ${readableCount(steps)} steps in ${seconds.toFixed(1)} s, validation perplexity ${readablePerplexity(validationPerplexity)}; gradients of ` +
        `${readableFigure(bounds[0])} to ${readableFigure(bounds[bounds.length - 1])}, ${readableShare(clippedFraction)} clipped to ${readableFigure(clipNorm)}`,
    );
  }
  return lines.join("\n");
}

/** The norms at a few distances, each twice as far as the one before. */
function describeNorms(norms: readonly number[]): string {
  const last = norms.length - 1;
  const distances = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512].filter((back) => back < last);
  const shown = [...distances, last].map((back) => `${back}: ${readableFigure(norms[back])}`);
  return `steps back: ${shown.join("  ")}`;
}
