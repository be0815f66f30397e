import {
  counted,
  readableBytes,
  readableCount,
  readableFigure,
  readableSeconds,
  readableShare,
  readableShortCount,
} from "../base/readableNumbers.ts";
import { runSeconds, type InklingStatus, type RunHistory } from "../protocol/dashboardMessages.ts";
import type { CorpusEvent, TrainingMode } from "../protocol/engineMessages.ts";
import { backendSummary, modelSummary, reasonsText, secretSummary } from "../protocol/statusWords.ts";
import { usageRows } from "../protocol/stepUsage.ts";
import { gradientSpread } from "./chartData.ts";

/** Facts that belong together, as a small table. */
export interface FactGroup {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
}

/** What the model is, what it learnt from, how it was trained and how it is used; groups without facts are left out. */
export function factGroups(status: InklingStatus, history: RunHistory): readonly FactGroup[] {
  const groups = [
    modelFacts(status),
    corpusFacts(status.corpus),
    runFacts(status, history),
    { title: "A step", rows: status.usage === null ? [] : usageRows(status.usage) },
    suggestionFacts(status),
  ];
  return groups.filter(({ rows }) => rows.length > 0);
}

function modelFacts({ model, backend, corpus }: InklingStatus): FactGroup {
  const rows: (readonly [string, string])[] = [];
  if (model !== null) {
    rows.push(["Network", modelSummary(model)]);
  }
  if (corpus !== null) {
    rows.push(["Parameters", readableShortCount(corpus.parameterCount)]);
  }
  if (backend !== null) {
    rows.push(["Backend", backendSummary(backend)]);
    if (backend.backend === "tensorflow" && backend.reasons.length > 0) {
      rows.push(["Why", reasonsText(backend.reasons)]);
    }
  }
  if (model !== null) {
    rows.push(["Kept at step", readableCount(model.step)]);
  }
  return { title: "Model", rows };
}

const EXCLUSION_WORDS: Readonly<Record<string, string>> = {
  ignored: "Ignored by rules",
  binary: "Binary",
  tooLarge: "Too large",
  generated: "Generated or minified",
  empty: "Empty",
  unreadable: "Unreadable",
  corpusFull: "Beyond the size limit",
};

function corpusFacts(corpus: CorpusEvent | null): FactGroup {
  if (corpus === null) {
    return { title: "Corpus", rows: [] };
  }
  const leftOut = Object.entries(EXCLUSION_WORDS).flatMap(([reason, words]) => {
    const count = corpus.excludedCounts[reason] ?? 0;
    return count === 0 ? [] : [[words, counted(count, "file")] as const];
  });
  return {
    title: "Corpus",
    rows: [
      ["Learnt from", `${counted(corpus.takenCount, "file")}, ${readableBytes(corpus.takenBytes)}`],
      ["Training", `${readableCount(corpus.trainingTokens)} tokens`],
      ["Held out", `${readableCount(corpus.validationTokens)} tokens`],
      ["Vocabulary", readableCount(corpus.vocabularySize)],
      ["Left out for secrets", secretSummary(corpus)],
      ...(corpus.duplicateCount === 0 ? [] : [["Duplicates", counted(corpus.duplicateCount, "file")] as const]),
      ...leftOut,
    ],
  };
}

function runFacts(status: InklingStatus, history: RunHistory): FactGroup {
  const { progress } = status;
  const spread = gradientSpread(history);
  if (progress === null) {
    return { title: "Run", rows: [] };
  }
  const rows: (readonly [string, string])[] = [
    ["Time", readableSeconds(runSeconds(history))],
    ...(history.mode === undefined ? [] : [["Mode", MODE_WORDS[history.mode]] as const]),
    ["Steps", readableCount(progress.step)],
    ["Learning rate", readableFigure(progress.learningRate)],
  ];
  if (spread !== null) {
    rows.push(["Gradient norm, least", readableFigure(spread.least)]);
    rows.push(["Gradient norm, median", readableFigure(spread.median)]);
    rows.push(["Gradient norm, most", readableFigure(spread.most)]);
  }
  if (history.stopped !== null) {
    rows.push(["Ended by", STOP_WORDS[history.stopped] ?? history.stopped]);
  }
  return { title: "Run", rows };
}

const MODE_WORDS: Readonly<Record<TrainingMode, string>> = {
  fullSpeed: "full speed",
  background: "background",
};

const STOP_WORDS: Readonly<Record<string, string>> = {
  budget: "the time budget",
  epochs: "the number of epochs",
  cancelled: "cancelling",
  converged: "no more progress",
  nonFinite: "an infinite loss",
};

function suggestionFacts({ suggestions, model }: InklingStatus): FactGroup {
  if (model === null && suggestions.shown === 0) {
    return { title: "Suggestions", rows: [] };
  }
  const { shown, accepted, acceptedCharacters } = suggestions;
  return {
    title: "Suggestions",
    rows: [
      ["Shown (inferred)", readableCount(shown)],
      [
        "Accepted whole",
        shown === 0
          ? readableCount(accepted)
          : `${readableCount(accepted)} (${readableShare(Math.min(1, accepted / shown))})`,
      ],
      ["Characters inserted", readableCount(acceptedCharacters)],
    ],
  };
}
