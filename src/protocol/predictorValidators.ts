import { PlainValue } from "../base/plainValue.ts";
import { readCorpusOptions, readFolders } from "./engineValidators.ts";
import {
  type CompletionQuery,
  type CountJob,
  EXPERT_NAMES,
  MULTILINE_CHOICES,
  type PredictorRequests,
  SILENT_PARTS,
  type SilentPart,
  type TextPosition,
  type TextRange,
} from "./predictorMessages.ts";

/** What is divided by it stays of the size it was. */
const LEAST_ACCEPTED_SHARE = 0.1;
const MOST_ACCEPTED_SHARE = 10;

/** A query for completions, every field checked; throws `PlainValueError`. */
export function readCompletionQuery(params: unknown): CompletionQuery {
  const root = new PlainValue(params, "query");
  return {
    document: root.field("document").string(),
    before: root.field("before").string(),
    isFromStart: root.field("isFromStart").boolean(),
    after: root.field("after").string(),
    position: readPosition(root.field("position")),
    selectedCompletion: root.field("selectedCompletion").nullable((selected) => ({
      text: selected.field("text").string(),
      range: readRange(selected.field("range")),
    })),
    trigger: root.field("trigger").oneOf(["automatic", "explicit"]),
    ...(isGiven(root, "eagerness") ? { eagerness: readShare(root.field("eagerness")) } : {}),
    ...(isGiven(root, "acceptedShare") ? { acceptedShare: readAcceptedShare(root.field("acceptedShare")) } : {}),
    ...(isGiven(root, "languageId") ? { languageId: root.field("languageId").string() } : {}),
    ...(isGiven(root, "silentIn") ? { silentIn: readSilentParts(root.field("silentIn")) } : {}),
    ...(isGiven(root, "multiline") ? { multiline: root.field("multiline").oneOf(MULTILINE_CHOICES) } : {}),
    budgetMs: root.field("budgetMs").number(0),
  };
}

/** Parameters of `load`, checked; throws `PlainValueError`. */
export function readLoadParams(params: unknown): Required<PredictorRequests["load"]["params"]> {
  const root = new PlainValue(params, "load");
  const experts = root.field("experts");
  return {
    directory: root.field("directory").string(),
    experts:
      experts.raw === undefined || experts.raw === null
        ? null
        : experts.items().map((expert) => expert.oneOf(EXPERT_NAMES)),
  };
}

/** What is to be counted, every field checked; throws `PlainValueError`. */
export function readCountJob(params: unknown): CountJob {
  const root = new PlainValue(params, "count");
  return {
    folders: readFolders(root.field("folders")),
    corpus: readCorpusOptions(root.field("corpus")),
    first: root.field("first").strings(),
    storage: root.field("storage").nullable((storage) => storage.string()),
  };
}

/** Parameters of `update`, checked; throws `PlainValueError`. */
export function readUpdateParams(params: unknown): PredictorRequests["update"]["params"] {
  const root = new PlainValue(params, "update");
  return { document: root.field("document").string(), text: root.field("text").string() };
}

/** Parameters of `prepare`, checked; throws `PlainValueError`. */
export function readPrepareParams(params: unknown): PredictorRequests["prepare"]["params"] {
  const root = new PlainValue(params, "prepare");
  return {
    document: root.field("document").string(),
    before: root.field("before").string(),
    isFromStart: root.field("isFromStart").boolean(),
  };
}

/** Parameters of `explain`, checked; throws `PlainValueError`. */
export function readExplainParams(params: unknown): PredictorRequests["explain"]["params"] {
  const root = new PlainValue(params, "explain");
  return {
    document: root.field("document").string(),
    before: root.field("before").string(),
    isFromStart: root.field("isFromStart").boolean(),
    ...(root.object()["after"] === undefined ? {} : { after: root.field("after").string() }),
    count: root.field("count").integer({ least: 1 }),
  };
}

/** Parameters of `close`, checked; throws `PlainValueError`. */
export function readCloseParams(params: unknown): PredictorRequests["close"]["params"] {
  return { document: new PlainValue(params, "close").field("document").string() };
}

/** Parameters of `surprise`, checked; throws `PlainValueError`. */
export function readSurpriseParams(params: unknown): PredictorRequests["surprise"]["params"] {
  return { text: new PlainValue(params, "surprise").field("text").string() };
}

/** Parameters of `sample`, checked; throws `PlainValueError`. */
export function readSampleParams(params: unknown): PredictorRequests["sample"]["params"] {
  const root = new PlainValue(params, "sample");
  return {
    prompt: root.field("prompt").string(),
    lengthTokens: root.field("lengthTokens").integer(),
    temperature: root.field("temperature").number(0),
    ...(root.object()["topK"] === undefined ? {} : { topK: root.field("topK").integer({ least: 1 }) }),
    ...(root.object()["topP"] === undefined ? {} : { topP: readTopP(root.field("topP")) }),
    seed: root.field("seed").integer({ least: Number.MIN_SAFE_INTEGER }),
    ...(isGiven(root, "beamWidth") ? { beamWidth: root.field("beamWidth").integer({ least: 1 }) } : {}),
  };
}

function readRange(value: PlainValue): TextRange {
  return { start: readPosition(value.field("start")), end: readPosition(value.field("end")) };
}

function readPosition(value: PlainValue): TextPosition {
  return { line: value.field("line").integer(), column: value.field("column").integer() };
}

function isGiven(root: PlainValue, name: string): boolean {
  return root.object()[name] !== undefined;
}

function readSilentParts(value: PlainValue): readonly SilentPart[] {
  return value.items().map((part) => part.oneOf(SILENT_PARTS));
}

function readAcceptedShare(value: PlainValue): number {
  const share = value.number(0);
  if (share < LEAST_ACCEPTED_SHARE || share > MOST_ACCEPTED_SHARE) {
    throw value.mismatch(`a number from ${LEAST_ACCEPTED_SHARE} to ${MOST_ACCEPTED_SHARE}`);
  }
  return share;
}

function readShare(value: PlainValue): number {
  const share = value.number(0);
  if (share > 1) {
    throw value.mismatch("a number from 0 to 1");
  }
  return share;
}

/** The share of nucleus sampling: above 0, for of nothing no token can be drawn, and at most 1. */
export function readTopP(value: PlainValue): number {
  const share = value.number(0);
  if (share === 0 || share > 1) {
    throw value.mismatch("a number above 0 and at most 1");
  }
  return share;
}
