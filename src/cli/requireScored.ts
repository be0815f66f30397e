import { LmError } from "../base/errors.ts";
import type { EvaluateResult } from "../protocol/engineMessages.ts";

/** Throws `LmError("noDocuments")` where nothing but the ends of documents was scored. */
export function requireScored({ bytes }: Pick<EvaluateResult, "bytes">): void {
  if (bytes === 0) {
    throw new LmError("noDocuments", "There is nothing to score: no text the model can predict is in what was named.");
  }
}
