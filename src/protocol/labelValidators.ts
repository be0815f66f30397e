import { PlainValue } from "../base/plainValue.ts";
import { BACKEND_CHOICES, readCorpusOptions, readFolders } from "./engineValidators.ts";
import {
  type ApplyLabellerJob,
  type EvaluateLabellerJob,
  LABEL_CELLS,
  LABEL_DIRECTIONS,
  LABEL_LIMITS,
  LABEL_POOLINGS,
  LABEL_TASKS,
  LABEL_UNITS,
  type LabelOptions,
  type LanguagesJob,
  type TrainLabellerJob,
} from "./labelMessages.ts";
import { TRAIN_LIMITS } from "./trainLimits.ts";

/** Training of a tagger or classifier, every field checked. Throws `PlainValueError`. */
export function readTrainLabellerJob(params: unknown): TrainLabellerJob {
  const root = new PlainValue(params, "job");
  return {
    task: root.field("task").oneOf(LABEL_TASKS),
    path: root.field("path").string(),
    valid: root.field("valid").nullable((path) => path.string()),
    out: root.field("out").string(),
    options: readOptions(root.field("options")),
  };
}

/** Evaluation of one, every field checked. Throws `PlainValueError`. */
export function readEvaluateLabellerJob(params: unknown): EvaluateLabellerJob {
  const root = new PlainValue(params, "job");
  return {
    task: root.field("task").oneOf(LABEL_TASKS),
    model: root.field("model").string(),
    path: root.field("path").string(),
  };
}

/** Application of one, every field checked. Throws `PlainValueError`. */
export function readApplyLabellerJob(params: unknown): ApplyLabellerJob {
  const root = new PlainValue(params, "job");
  return {
    task: root.field("task").oneOf(LABEL_TASKS),
    model: root.field("model").string(),
    source: readSource(root.field("source")),
  };
}

/** Training of what tells languages, every field checked. Throws `PlainValueError`. */
export function readLanguagesJob(params: unknown): LanguagesJob {
  const root = new PlainValue(params, "job");
  return {
    folders: readFolders(root.field("folders")),
    corpus: readCorpusOptions(root.field("corpus")),
    out: root.field("out").nullable((path) => path.string()),
    options: readOptions(root.field("options")),
  };
}

function readSource(value: PlainValue): ApplyLabellerJob["source"] {
  const kind = value.field("kind").oneOf(["file", "text", "documents"]);
  switch (kind) {
    case "file":
      return { kind, path: value.field("path").string() };
    case "text":
      return { kind, text: value.field("text").string() };
    case "documents":
      return { kind, paths: value.field("paths").strings() };
  }
}

function readOptions(value: PlainValue): LabelOptions {
  const budgetSeconds = value.field("budgetSeconds").nullable((seconds) => seconds.number(0));
  const epochs = value.field("epochs").nullable((count) => count.number(TRAIN_LIMITS.epochs.least));
  if (budgetSeconds === null && epochs === null) {
    throw value.field("budgetSeconds").mismatch("a number where there are no `epochs`");
  }
  return {
    cell: value.field("cell").oneOf(LABEL_CELLS),
    directions: value.field("directions").oneOf(LABEL_DIRECTIONS),
    pooling: value.field("pooling").oneOf(LABEL_POOLINGS),
    units: value.field("units").oneOf(LABEL_UNITS),
    embeddingSize: value.field("embeddingSize").integer(LABEL_LIMITS.embeddingSize),
    hiddenSize: value.field("hiddenSize").integer(LABEL_LIMITS.hiddenSize),
    layerCount: value.field("layerCount").integer(LABEL_LIMITS.layerCount),
    budgetSeconds,
    epochs,
    seed: value.field("seed").integer(TRAIN_LIMITS.seed),
    backend: value.field("backend").oneOf(BACKEND_CHOICES),
  };
}
