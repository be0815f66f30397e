import { PlainValue } from "../base/plainValue.ts";
import { type GivenSettings, SETTING_NAMES, settingProblem } from "./settingLimits.ts";
import { TRAIN_LIMITS } from "./trainLimits.ts";
import type { BackendChoice } from "./backendDescription.ts";
import {
  CELL_CHOICES,
  type EvaluateJob,
  type PauseParams,
  type TrainJob,
  type TrainOptions,
  WEIGHTS_CHOICES,
} from "./engineMessages.ts";
import { type TimeNetworkJob, type TimeTrainingJob, TOKEN_LAWS } from "./timingMessages.ts";
import { ADAPTATIONS } from "./expertFigures.ts";

/** The choices of a backend, as a person may name them. */
export const BACKEND_CHOICES = ["auto", "tensorflow", "portable"] as const satisfies readonly BackendChoice[];

/** Parameters of `describe`, checked; throws `PlainValueError`. */
export function readDescribeParams(params: unknown): { readonly backend: BackendChoice } {
  return { backend: new PlainValue(params, "describe").field("backend").oneOf(BACKEND_CHOICES) };
}

/** Parameters of `pauseTraining`, checked; throws `PlainValueError`. */
export function readPauseParams(params: unknown): PauseParams {
  return { isPaused: new PlainValue(params, "pauseTraining").field("isPaused").boolean() };
}

/** A training job, every field checked; throws `PlainValueError`. */
export function readTrainJob(params: unknown): TrainJob {
  const root = new PlainValue(params, "job");
  return {
    folders: readFolders(root.field("folders")),
    unsaved: root
      .field("unsaved")
      .items()
      .map((document) => ({ path: nonEmptyText(document.field("path")), text: document.field("text").string() })),
    corpus: readCorpusOptions(root.field("corpus")),
    out: nonEmptyText(root.field("out")),
    options: readTrainOptions(root.field("options")),
  };
}

/** The folders of a job, at least one; throws `PlainValueError`. */
export function readFolders(value: PlainValue): TrainJob["folders"] {
  return nonEmptyItems(value).map((folder) => ({
    path: nonEmptyText(folder.field("path")),
    name: nonEmptyText(folder.field("name")),
  }));
}

/** Which documents belong to a job; throws `PlainValueError`. */
export function readCorpusOptions(corpus: PlainValue): TrainJob["corpus"] {
  return {
    include: corpus.field("include").strings(),
    exclude: corpus.field("exclude").strings(),
    isGitignoreHonoured: corpus.field("isGitignoreHonoured").boolean(),
    maxFileBytes: corpus.field("maxFileBytes").number(0),
    maxCorpusBytes: corpus.field("maxCorpusBytes").number(0),
    validationFraction: readFraction(corpus.field("validationFraction")),
  };
}

/** An evaluation job, every field checked; throws `PlainValueError`. */
export function readEvaluateJob(params: unknown): EvaluateJob {
  const root = new PlainValue(params, "job");
  return {
    model: nonEmptyText(root.field("model")),
    paths: nonEmptyItems(root.field("paths")).map(nonEmptyText),
    isFrozen: root.field("isFrozen").boolean(),
    ...(root.object()["weights"] === undefined ? {} : { weights: root.field("weights").oneOf(WEIGHTS_CHOICES) }),
    ...(root.object()["adaptations"] === undefined
      ? {}
      : {
          adaptations: root
            .field("adaptations")
            .items()
            .map((item) => item.oneOf(ADAPTATIONS)),
        }),
    ...(root.object()["isTraced"] === undefined ? {} : { isTraced: root.field("isTraced").boolean() }),
  };
}

/** Throws `PlainValueError` where `params` is not a job of `timeNetwork`. */
export function readTimeNetworkJob(params: unknown): TimeNetworkJob {
  const root = new PlainValue(params, "job");
  return {
    hiddenSize: root.field("hiddenSize").integer(TRAIN_LIMITS.hiddenSize),
    layerCount: root.field("layerCount").integer(TRAIN_LIMITS.layerCount),
    vocabularySize: root.field("vocabularySize").integer({ least: 2, most: 1 << 20 }),
    batch: root.field("batch").integer({ least: 1, most: 1024 }),
    stepCount: root.field("stepCount").integer({ least: 1, most: 10_000 }),
  };
}

/** Throws `PlainValueError` where `params` is not a job of `timeTraining`. */
export function readTimeTrainingJob(params: unknown): TimeTrainingJob {
  const root = new PlainValue(params, "job");
  return {
    backend: root.field("backend").oneOf(BACKEND_CHOICES),
    hiddenSize: root.field("hiddenSize").integer(TRAIN_LIMITS.hiddenSize),
    layerCount: root.field("layerCount").integer(TRAIN_LIMITS.layerCount),
    vocabularySize: root.field("vocabularySize").integer({ least: 2, most: 1 << 20 }),
    laneCount: root.field("laneCount").integer({ least: 1, most: 1024 }),
    windowTokens: root.field("windowTokens").integer({ least: 1, most: 4096 }),
    stepCount: root.field("stepCount").integer({ least: 1, most: 1_000_000 }),
    tokenLaw: root.field("tokenLaw").oneOf(TOKEN_LAWS),
    ...(root.object()["memorySteps"] === undefined
      ? {}
      : { memorySteps: root.field("memorySteps").integer({ least: 1 }) }),
  };
}

function readTrainOptions(value: PlainValue): TrainOptions {
  return {
    budgetSeconds: value.field("budgetSeconds").nullable((seconds) => seconds.number(0)),
    epochs: value.field("epochs").nullable((epochs) => epochs.number(TRAIN_LIMITS.epochs.least)),
    tokenizer: value.field("tokenizer").nullable((kind) => kind.oneOf(["char", "bpe"])),
    vocabularySize: value.field("vocabularySize").nullable((size) => size.integer({ least: 1 })),
    hiddenSize: value.field("hiddenSize").nullable((size) => size.integer(TRAIN_LIMITS.hiddenSize)),
    layerCount: value.field("layerCount").nullable((count) => count.integer(TRAIN_LIMITS.layerCount)),
    backend: value.field("backend").oneOf(BACKEND_CHOICES),
    seed: value.field("seed").integer(TRAIN_LIMITS.seed),
    isResume: value.field("isResume").boolean(),
    ...(value.object()["keepsPieces"] === undefined ? {} : { keepsPieces: value.field("keepsPieces").boolean() }),
    ...(value.object()["settings"] === undefined ? {} : { settings: readSettings(value.field("settings")) }),
    ...(value.object()["readsMatches"] === undefined ? {} : { readsMatches: value.field("readsMatches").boolean() }),
    ...(value.object()["cell"] === undefined ? {} : { cell: value.field("cell").oneOf(CELL_CHOICES) }),
  };
}

function readSettings(value: PlainValue): GivenSettings {
  const given = SETTING_NAMES.filter((name) => value.object()[name] !== undefined);
  return Object.fromEntries(
    given.map((name) => {
      const setting = value.field(name);
      const number = setting.number(0);
      const problem = settingProblem(name, number);
      if (problem !== undefined) {
        throw setting.mismatch(problem);
      }
      return [name, number];
    }),
  );
}

function readFraction(value: PlainValue): number {
  const fraction = value.number(0);
  if (fraction >= 1) {
    throw value.mismatch("below 1");
  }
  return fraction;
}

function nonEmptyItems(value: PlainValue): readonly PlainValue[] {
  const items = value.items();
  if (items.length === 0) {
    throw value.mismatch("a list that is not empty");
  }
  return items;
}

function nonEmptyText(value: PlainValue): string {
  const text = value.string();
  if (text === "") {
    throw value.mismatch("a text that is not empty");
  }
  return text;
}
