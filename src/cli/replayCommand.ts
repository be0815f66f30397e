import { LmError } from "../base/errors.ts";
import { readableCount, readableFigure } from "../base/readableNumbers.ts";
import { collectDocuments } from "../corpus/collectDocuments.ts";
import { type CorpusDocument, DEFAULT_CORPUS_SETTINGS } from "../corpus/corpus.ts";
import { characterBaseline } from "../evaluation/replay/characterBaseline.ts";
import {
  leftOverRuns,
  type RecordedRun,
  selectRuns,
  type TypedRun,
  typedCharacters,
} from "../evaluation/replay/recordReplay.ts";
import { findExamples } from "../evaluation/replay/replayExamples.ts";
import {
  coverageCurve,
  type CurvePoint,
  figuresOf,
  figuresPerLanguage,
  latencyOf,
  type LatencyFigures,
  type ReplayFigures,
} from "../evaluation/replay/replayFigures.ts";
import { replayReport } from "../evaluation/replay/replayReport.ts";
import { scoreReplay } from "../evaluation/replay/scoreReplay.ts";
import { findTypedHunks, versionedText } from "../evaluation/replay/typedHunks.ts";
import { wordBaseline } from "../evaluation/replay/wordBaseline.ts";
import { findGlobalGitignore } from "../node/globalGitignore.ts";
import type { ExpertName } from "../protocol/predictorMessages.ts";
import type { CommandContext, ExitCode } from "./commandContext.ts";
import {
  type ChoiceRuns,
  chooseEagerness,
  type ChosenOn,
  type EagernessChoice,
  type EagernessPoint,
} from "./replayEagerness.ts";
import { type PredictorSetup, record, recordPredictor, WORKSPACE_NAME } from "./replaySession.ts";
import { openReport } from "./reportFile.ts";

/** Which other ways to suggest are measured: none, those that need no model, or all. */
export const BASELINE_CHOICES = ["none", "quick", "all"] as const;

export interface ReplayArguments {
  readonly oldFolder: string;
  readonly newFolder: string;
  readonly model: string;
  /** In [0, 1]; null for the editor's default. */
  readonly eagerness: number | "net" | null;
  /** Whether suggestions may have several lines. */
  readonly isMultiline: boolean;
  /** Whether the gate learns from accepts and rejections, as in the editor. */
  readonly isAdapting: boolean;
  /** Characters to type at most; null for all. */
  readonly limit: number | null;
  readonly seed: number;
  readonly baselines: (typeof BASELINE_CHOICES)[number];
  /** File for the report. */
  readonly report: string | null;
}

/** What one way to suggest is worth. */
export interface ReplaySystem extends ReplayFigures {
  /** The typist who takes leading words too. */
  readonly words: ReplayFigures;
  /** Null where suggestions have no probability. */
  readonly coverageCurve: readonly CurvePoint[] | null;
}

export interface ReplayResult extends ReplaySystem {
  readonly perLanguage: Readonly<Record<string, ReplayFigures>>;
  readonly latencyMs: LatencyFigures;
  readonly seed: number;
  /** Null: the default. */
  readonly eagerness: number | null;
  /** What `net` was chosen from; null where it was not asked for. */
  readonly eagernessCurve: readonly EagernessPoint[] | null;
  /** Which hunks `net` was chosen on; null where it was not asked for. */
  readonly eagernessChosenOn: ChosenOn | null;
  /** Characters that NEW adds by typing, of which `characters` were typed. */
  readonly typedCharacters: number;
  readonly hunks: number;
  readonly baselines: Readonly<Record<string, ReplaySystem>>;
}

/** Types what one version of a workspace adds to another, with the predictor's suggestions, and measures what they save. */
export async function runReplay(given: ReplayArguments, context: CommandContext): Promise<ExitCode> {
  const oldDocuments = await readDocuments(given.oldFolder, context);
  const newDocuments = await readDocuments(given.newFolder, context);
  const hunks = findTypedHunks(oldDocuments.map(versionedText), newDocuments.map(versionedText));
  const extent = { seed: given.seed, limit: given.limit ?? Infinity };
  const runs = selectRuns(hunks, extent);
  if (runs.length === 0) {
    throw new LmError(
      "noDocuments",
      `${given.newFolder} adds no line to ${given.oldFolder} that somebody would have typed; name an older and a newer version of one workspace.`,
    );
  }
  const report = await openReport(given.report, context);
  const setup: PredictorSetup = {
    model: context.resolvePath(given.model),
    folder: context.resolvePath(given.oldFolder),
    hunks,
    eagerness: null,
    isMultiline: given.isMultiline,
    isAdapting: given.isAdapting,
    experts: null,
  };
  const choice =
    given.eagerness === "net"
      ? await tryEagerness({ typed: runs, others: leftOverRuns(hunks, extent) }, setup, context)
      : null;
  const eagerness = given.eagerness === "net" ? (choice?.best ?? null) : given.eagerness;
  const recording = await recordPredictor(runs, { name: "Inkling", setup: { ...setup, eagerness } }, context);
  const baselines = await measureBaselines(
    given.baselines,
    { runs, oldDocuments, setup: { ...setup, eagerness } },
    context,
  );
  const result: ReplayResult = {
    ...describeSystem(recording),
    perLanguage: figuresPerLanguage(recording, "whole"),
    latencyMs: latencyOf(recording),
    seed: given.seed,
    eagerness,
    eagernessCurve: choice?.points ?? null,
    eagernessChosenOn: choice?.chosenOn ?? null,
    typedCharacters: typedCharacters(hunks),
    hunks: hunks.length,
    baselines,
  };
  // Hours of typing may be in it: a report that cannot be written after all takes nothing with it.
  context.terminal.result(result, describe(result));
  await report?.write(describePage({ given, result, recording }));
  return 0;
}

async function readDocuments(
  folder: string,
  { files, resolvePath, signal }: CommandContext,
): Promise<readonly CorpusDocument[]> {
  const path = resolvePath(folder);
  if ((await files.stat(path))?.kind !== "directory") {
    throw new LmError("badArgument", `${path} is no folder; name a folder that holds a version of the workspace.`);
  }
  const collected = await collectDocuments({
    folders: [{ path, name: WORKSPACE_NAME }],
    unsaved: [],
    settings: DEFAULT_CORPUS_SETTINGS,
    reader: files,
    signal,
    globalIgnoreFile: await findGlobalGitignore(),
  });
  if (collected.kind === "cancelled") {
    throw new LmError("cancelled", "The replay was cancelled.");
  }
  return collected.documents;
}

function tryEagerness(runs: ChoiceRuns, setup: PredictorSetup, context: CommandContext): Promise<EagernessChoice> {
  return chooseEagerness(runs, (sample, tried) =>
    recordPredictor(sample, { name: `Inkling at eagerness ${tried}`, setup: { ...setup, eagerness: tried } }, context),
  );
}

interface BaselineCall {
  readonly runs: readonly TypedRun[];
  readonly oldDocuments: readonly CorpusDocument[];
  /** Of the product. */
  readonly setup: PredictorSetup;
}

async function measureBaselines(
  baselines: ReplayArguments["baselines"],
  { runs, oldDocuments, setup }: BaselineCall,
  context: CommandContext,
): Promise<Readonly<Record<string, ReplaySystem>>> {
  if (baselines === "none") {
    return {};
  }
  const characters = characterBaseline(oldDocuments.map(({ text }) => text));
  const byCharacters = await record({ name: "Character n-gram", runs, suggester: characters }, context);
  const byWords = await record({ name: "Word-based", runs, suggester: wordBaseline() }, context);
  const quick = {
    character: describeSystem(byCharacters),
    words: { ...describeSystem(byWords), coverageCurve: null },
  };
  if (baselines === "quick") {
    return quick;
  }
  const recordExperts = async (name: string, experts: readonly ExpertName[]): Promise<ReplaySystem> =>
    describeSystem(await recordPredictor(runs, { name, setup: { ...setup, experts } }, context));
  return {
    ...quick,
    counts: await recordExperts("Counts only", ["counts", "cache"]),
    lstm: await recordExperts("LSTM only", ["lstm"]),
  };
}

function describeSystem(recording: readonly RecordedRun[]): ReplaySystem {
  return {
    ...figuresOf(scoreReplay(recording, { minProbability: 0, policy: "whole" })),
    words: figuresOf(scoreReplay(recording, { minProbability: 0, policy: "words" })),
    coverageCurve: coverageCurve(recording),
  };
}

/** What people call the baselines. */
const BASELINE_NAMES: Readonly<Record<string, string>> = {
  character: "Character n-gram",
  words: "Word-based (VS Code)",
  counts: "Counts only",
  lstm: "LSTM only",
};

interface ReportCall {
  readonly given: ReplayArguments;
  readonly result: ReplayResult;
  readonly recording: readonly RecordedRun[];
}

function describePage({ given, result, recording }: ReportCall): string {
  const systems = [
    { name: "Inkling", ...result },
    ...Object.entries(result.baselines).map(([key, system]) => ({ name: BASELINE_NAMES[key] ?? key, ...system })),
  ];
  return replayReport({
    title: "Inkling replay",
    description: [
      `From ${given.oldFolder} to ${given.newFolder}: ${readableCount(result.characters)} of ${readableCount(result.typedCharacters)} typed characters in ${readableCount(result.hunks)} hunks, shuffled by seed ${result.seed}.`,
      `Model ${given.model}, eagerness ${eagernessText(result)}.`,
    ],
    systems: systems.map((system) => ({
      name: system.name,
      figures: system,
      wordFigures: system.words,
      coverageCurve: system.coverageCurve,
    })),
    perLanguage: result.perLanguage,
    latencyMs: result.latencyMs,
    examples: findExamples(recording),
  });
}

function describe(result: ReplayResult): string {
  const { latencyMs, baselines, characters, seed } = result;
  const named: readonly (readonly [string, ReplaySystem])[] = [
    ["Inkling", result],
    ...Object.entries(baselines).map(([key, system]) => [BASELINE_NAMES[key] ?? key, system] as const),
  ];
  return [
    `${readableCount(characters)} characters typed, seed ${seed}, eagerness ${eagernessText(result)}`,
    ...named.map(
      ([name, { netSaved, completedRatio, precision, shown, acceptedLength }]) =>
        `${name.padEnd(22)} net saved ${percent(netSaved)}, completed ${percent(completedRatio)}, precision ${percent(precision)} of ${readableCount(shown)} shown, ${readableFigure(acceptedLength)} characters each`,
    ),
    `An answer took ${readableFigure(latencyMs.p50)} ms (p50), ${readableFigure(latencyMs.p95)} ms (p95), ${readableFigure(latencyMs.p99)} ms (p99).`,
  ].join("\n");
}

function eagernessText({ eagerness, eagernessChosenOn }: ReplayResult): string {
  if (eagerness === null) {
    return "as by default";
  }
  switch (eagernessChosenOn) {
    case null:
      return String(eagerness);
    case "otherHunks":
      return `${eagerness}, which saves most on other hunks than these`;
    case "sameHunks":
      return `${eagerness}, which saves most on the first of these hunks (too few others were left to choose on)`;
  }
}

function percent(share: number | null): string {
  return share === null ? "–" : `${(share * 100).toFixed(1)} %`;
}
