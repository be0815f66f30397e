import { ERROR_CODES, type ErrorData } from "../base/errors.ts";
import { PlainValue } from "../base/plainValue.ts";
import type { WireMessage } from "./engineMessages.ts";

/** The wire message in `message`, its envelope checked; throws `PlainValueError`. Params, results and events pass as they are. */
export function readWireMessage(message: unknown): WireMessage {
  const root = new PlainValue(message, "message");
  const kind = root.field("kind").oneOf(["request", "cancel", "event", "result", "error"]);
  const id = root.field("id").integer();
  switch (kind) {
    case "request":
      return { kind, id, method: root.field("method").string(), params: root.field("params").raw };
    case "cancel":
      return { kind, id };
    case "event":
      return { kind, id, event: root.field("event").raw };
    case "result":
      return { kind, id, result: root.field("result").raw };
    case "error":
      return { kind, id, error: readErrorData(root.field("error")) };
  }
}

function readErrorData(value: PlainValue): ErrorData {
  return {
    code: value.field("code").oneOf(ERROR_CODES),
    message: value.field("message").string(),
    facts: value.field("facts").scalars(),
  };
}
