import { PlainValue } from "../base/plainValue.ts";
import { COMPARE_TOKENIZERS } from "./compareMessages.ts";
import { BACKEND_CHOICES, readCorpusOptions, readFolders } from "./engineValidators.ts";
import { GRADIENT_LIMITS, GRADIENT_MODELS, type GradientJob, type GradientSource } from "./gradientMessages.ts";
import { TRAIN_LIMITS } from "./trainLimits.ts";

/** A look at gradients, every field checked. Throws `PlainValueError`. */
export function readGradientJob(params: unknown): GradientJob {
  const root = new PlainValue(params, "job");
  const models = root
    .field("models")
    .items()
    .map((model) => model.oneOf(GRADIENT_MODELS));
  if (models.length === 0) {
    throw root.field("models").mismatch("a list that is not empty");
  }
  return {
    source: readSource(root.field("source")),
    tokenizer: root.field("tokenizer").oneOf(COMPARE_TOKENIZERS),
    models,
    windowTokens: root.field("windowTokens").integer(GRADIENT_LIMITS.windowTokens),
    hiddenSize: root.field("hiddenSize").integer(GRADIENT_LIMITS.hiddenSize),
    budgetSeconds: root.field("budgetSeconds").nullable((seconds) => seconds.number(0)),
    backend: root.field("backend").oneOf(BACKEND_CHOICES),
    seed: root.field("seed").integer(TRAIN_LIMITS.seed),
  };
}

function readSource(value: PlainValue): GradientSource {
  return value.field("kind").oneOf(["file", "folder"]) === "file"
    ? { kind: "file", path: value.field("path").string() }
    : {
        kind: "folder",
        folders: readFolders(value.field("folders")),
        corpus: readCorpusOptions(value.field("corpus")),
      };
}
