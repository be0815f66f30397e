import { LmError } from "../base/errors.ts";
import { readableCount, readableFigure, readableShare } from "../base/readableNumbers.ts";
import type { EvaluateResult } from "../protocol/engineMessages.ts";
import type { SurpriseToken } from "../protocol/surpriseMessages.ts";
import { bitsOf, likelierText } from "../protocol/surpriseWords.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import { noteTrainedFiles } from "./evaluateCommand.ts";
import { openReport } from "./reportFile.ts";
import { requireScored } from "./requireScored.ts";
import { surpriseReport } from "./surpriseReport.ts";

export interface SurpriseArguments {
  readonly file: string;
  readonly model: string;
  /** Whether counts, cache and mixture stay as they are. */
  readonly isFrozen: boolean;
  /** Path of the HTML to write. */
  readonly report: string | null;
}

/** A token with its place, both counted from 1. */
export interface PlacedSurprise extends SurpriseToken {
  readonly line: number;
  readonly column: number;
}

/** Tells how surprising each token of a file is to a model. The bits are those that `evaluate` sums up. */
export async function runSurprise(given: SurpriseArguments, context: CommandContext): Promise<ExitCode> {
  const { engine, terminal, signal, files, resolvePath } = context;
  const path = resolvePath(given.file);
  if ((await files.stat(path))?.kind === "directory") {
    throw new LmError("fileUnreadable", `${path} is a folder; name one file of it.`);
  }
  const report = await openReport(given.report, context);
  const model = resolvePath(given.model);
  const trained = await noteTrainedFiles({ model, paths: [path] }, context);
  const tokens: SurpriseToken[] = [];
  const job = { model, paths: [path], isFrozen: given.isFrozen, isTraced: true };
  const result = await engine.request("evaluate", job, {
    signal,
    onEvent: (event) => {
      switch (event.type) {
        case "notice":
          terminal.note(event.message);
          return;
        case "evaluationProgress":
          terminal.live(
            `Scoring  ${readableShare(event.tokens / event.totalTokens)} of ${readableCount(event.totalTokens)} tokens`,
          );
          return;
        case "trainedTexts":
          trained.noteTexts(event.paths);
          return;
        case "surprise":
          tokens.push(...event.tokens);
      }
    },
  });
  requireScored(result);
  const placed = placeTokens(tokens);
  if (terminal.isJson) {
    placed.forEach((token) => {
      terminal.event(jsonOf(token));
    });
  }
  terminal.result({ type: "total", path, ...result }, describe(placed, result));
  await report?.write(surpriseReport({ name: given.file, tokens: placed, result }));
  return 0;
}

/** Lines and columns (in UTF-16 units) at which tokens begin. */
export function placeTokens(tokens: readonly SurpriseToken[]): readonly PlacedSurprise[] {
  let [line, column] = [1, 1];
  return tokens.map((token) => {
    const placed = { ...token, line, column };
    const lines = token.text.split("\n");
    line += lines.length - 1;
    column = (lines.length === 1 ? column : 1) + (lines[lines.length - 1]?.length ?? 0);
    return placed;
  });
}

function jsonOf(token: PlacedSurprise): object {
  const bits = (nats: number | null): number | null => (nats === null ? null : nats / Math.LN2);
  const { line, column, text, isEnd, nats, experts, likelier } = token;
  return {
    type: "token",
    line,
    column,
    text,
    isEnd,
    bits: bitsOf(token),
    probability: Math.exp(-nats),
    experts: { counts: bits(experts.counts), cache: bits(experts.cache), lstm: bits(experts.lstm) },
    likelier,
  };
}

const MOST_SHOWN = 10;

function describe(tokens: readonly PlacedSurprise[], result: EvaluateResult): string {
  const worst = [...tokens].sort((a, b) => b.nats - a.nats).slice(0, MOST_SHOWN);
  return [
    `${readableCount(result.tokens)} tokens, ${readableCount(result.bytes)} bytes: ${readableFigure(result.nats / Math.LN2)} bits, ${readableFigure(result.bitsPerByte)} a byte`,
    "The most surprising:",
    ...worst.map((token) => {
      const what = token.isEnd ? "the document's end" : JSON.stringify(token.text);
      const rather = token.likelier.map(likelierText).join(", ");
      return `${readableFigure(bitsOf(token)).padStart(7)} bits  ${`${token.line}:${token.column}`.padEnd(9)} ${what}${rather === "" ? "" : `, rather ${rather}`}`;
    }),
  ].join("\n");
}
