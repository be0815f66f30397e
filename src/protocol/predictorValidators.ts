import { PlainValue } from "../base/plainValue.ts";
import type { CompletionQuery, PredictorRequests, TextPosition, TextRange } from "./predictorMessages.ts";

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
    budgetMs: root.field("budgetMs").number(0),
  };
}

/** Parameters of `load`, checked; throws `PlainValueError`. */
export function readLoadParams(params: unknown): PredictorRequests["load"]["params"] {
  return { directory: new PlainValue(params, "load").field("directory").string() };
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

/** Parameters of `close`, checked; throws `PlainValueError`. */
export function readCloseParams(params: unknown): PredictorRequests["close"]["params"] {
  return { document: new PlainValue(params, "close").field("document").string() };
}

/** Parameters of `sample`, checked; throws `PlainValueError`. */
export function readSampleParams(params: unknown): PredictorRequests["sample"]["params"] {
  const root = new PlainValue(params, "sample");
  return {
    prompt: root.field("prompt").string(),
    lengthTokens: root.field("lengthTokens").integer(),
    temperature: root.field("temperature").number(0),
    seed: root.field("seed").integer({ least: Number.MIN_SAFE_INTEGER }),
  };
}

function readRange(value: PlainValue): TextRange {
  return { start: readPosition(value.field("start")), end: readPosition(value.field("end")) };
}

function readPosition(value: PlainValue): TextPosition {
  return { line: value.field("line").integer(), column: value.field("column").integer() };
}
