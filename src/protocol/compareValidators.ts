import { PlainValue } from "../base/plainValue.ts";
import { BACKEND_CHOICES, readCorpusOptions, readFolders } from "./engineValidators.ts";
import { COMPARE_TOKENIZERS, type CompareJob, type CompareSource, type ModelSettings } from "./compareMessages.ts";
import { TRAIN_LIMITS } from "./trainLimits.ts";

/** A comparison, every field checked; what the settings mean is the engine's to judge. Throws `PlainValueError`. */
export function readCompareJob(params: unknown): CompareJob {
  const root = new PlainValue(params, "job");
  return {
    source: readSource(root.field("source")),
    tokenizer: root.field("tokenizer").oneOf(COMPARE_TOKENIZERS),
    vocabularySize: root.field("vocabularySize").nullable((size) => size.integer({ least: 4, most: 65_536 })),
    hasBoundaries: root.field("hasBoundaries").boolean(),
    models: root.field("models").strings(),
    settings: readModelSettings(root.field("settings")),
    budgetSeconds: root.field("budgetSeconds").nullable((seconds) => seconds.number(0)),
    epochs: root.field("epochs").nullable((epochs) => epochs.number(TRAIN_LIMITS.epochs.least)),
    backend: root.field("backend").oneOf(BACKEND_CHOICES),
    seed: root.field("seed").integer(TRAIN_LIMITS.seed),
  };
}

/** Settings by the name of a network: `{ "lstm": { "spec": { … }, "recipe": { … } } }`; throws `PlainValueError`. */
export function readModelSettings(value: PlainValue): Readonly<Record<string, ModelSettings>> {
  return Object.fromEntries(Object.keys(value.object()).map((name) => [name, readSettings(value.field(name))]));
}

/** Settings of one network; throws `PlainValueError`. */
export function readSettings(model: PlainValue): ModelSettings {
  const stranger = Object.keys(model.object()).find((key) => key !== "spec" && key !== "recipe");
  if (stranger !== undefined) {
    throw model.mismatch(`an object with "spec" and "recipe" and nothing else (it has "${stranger}")`);
  }
  const part = (key: "spec" | "recipe"): Readonly<Record<string, unknown>> =>
    model.object()[key] === undefined ? {} : model.field(key).object();
  return { spec: part("spec"), recipe: part("recipe") };
}

function readSource(value: PlainValue): CompareSource {
  if (value.field("kind").oneOf(["files", "folder"]) === "folder") {
    return {
      kind: "folder",
      folders: readFolders(value.field("folders")),
      corpus: readCorpusOptions(value.field("corpus")),
    };
  }
  const path = (name: string): string => value.field(name).string();
  return { kind: "files", train: path("train"), valid: path("valid"), test: path("test") };
}
