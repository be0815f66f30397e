import type { CompletionQuery } from "../../src/protocol/predictorMessages.ts";

/** A question at the beginning of an empty document, with nothing that may be left out. */
export const PLAIN_QUERY: CompletionQuery = {
  document: "d",
  before: "",
  isFromStart: true,
  after: "",
  position: { line: 0, column: 0 },
  selectedCompletion: null,
  trigger: "automatic",
  budgetMs: 40,
};
