import { PlainValue } from "../base/plainValue.ts";
import { COMPARE_TOKENIZERS } from "./compareMessages.ts";
import { readSettings } from "./compareValidators.ts";
import { ADAPTATIONS } from "./expertFigures.ts";
import { BACKEND_CHOICES, readCorpusOptions, readFolders } from "./engineValidators.ts";
import type { EvaluateFamilyJob, ExplainFamilyJob, SampleFamilyJob, TrainFamilyJob } from "./familyMessages.ts";
import { readTopP } from "./predictorValidators.ts";
import { TRAIN_LIMITS } from "./trainLimits.ts";

/** The training of a network, every field checked; what the settings mean is the engine's to judge. Throws `PlainValueError`. */
export function readTrainFamilyJob(params: unknown): TrainFamilyJob {
  const root = new PlainValue(params, "job");
  return {
    folders: readFolders(root.field("folders")),
    corpus: readCorpusOptions(root.field("corpus")),
    out: root.field("out").string(),
    network: root.field("network").string(),
    settings: readSettings(root.field("settings")),
    tokenizer: root.field("tokenizer").oneOf(COMPARE_TOKENIZERS),
    vocabularySize: root.field("vocabularySize").nullable((size) => size.integer({ least: 4, most: 65_536 })),
    budgetSeconds: root.field("budgetSeconds").nullable((seconds) => seconds.number(0)),
    epochs: root.field("epochs").nullable((epochs) => epochs.number(TRAIN_LIMITS.epochs.least)),
    backend: root.field("backend").oneOf(BACKEND_CHOICES),
    seed: root.field("seed").integer(TRAIN_LIMITS.seed),
  };
}

/** What a network is to write, every field checked. Throws `PlainValueError`. */
export function readSampleFamilyJob(params: unknown): SampleFamilyJob {
  const root = new PlainValue(params, "job");
  return {
    model: root.field("model").string(),
    prompt: root.field("prompt").string(),
    lengthTokens: root.field("lengthTokens").integer(),
    temperature: root.field("temperature").number(0),
    topK: root.field("topK").nullable((count) => count.integer({ least: 1 })),
    topP: readTopP(root.field("topP")),
    seed: root.field("seed").integer(TRAIN_LIMITS.seed),
    beamWidth: root.field("beamWidth").nullable((width) => width.integer({ least: 1 })),
  };
}

/** The place that a network is asked about, every field checked. Throws `PlainValueError`. */
export function readExplainFamilyJob(params: unknown): ExplainFamilyJob {
  const root = new PlainValue(params, "job");
  return {
    model: root.field("model").string(),
    before: root.field("before").string(),
    after: root.field("after").string(),
    count: root.field("count").integer({ least: 1 }),
  };
}

/** What a network is to be scored on, every field checked. Throws `PlainValueError`. */
export function readEvaluateFamilyJob(params: unknown): EvaluateFamilyJob {
  const root = new PlainValue(params, "job");
  const paths = root.field("paths").strings();
  if (paths.length === 0) {
    throw root.field("paths").mismatch("a list that is not empty");
  }
  const adaptations = root.field("adaptations").items();
  return {
    model: root.field("model").string(),
    paths,
    adaptations: adaptations.map((item) => item.oneOf(ADAPTATIONS)),
  };
}
