import assert from "node:assert/strict";
import { ERROR_CODES, LmError, toErrorData } from "../../../src/base/errors.ts";
import { describeFailure } from "../../../src/extension/failureMessages.ts";

describe("describeFailure", () => {
  for (const code of ERROR_CODES) {
    it(`has one message for ${code}`, () => {
      const { text, actions } = describeFailure({ code, message: "The details.", facts: {} });
      assert.ok(!text.includes("\n"));
      assert.match(text, code.startsWith("checkpoint") ? /[Tt]rain (again|one)/ : /The details\.$/);
      assert.equal(code.startsWith("checkpoint"), !text.includes("The details."));
      assert.equal(new Set(actions).size, actions.length);
    });
  }

  it("offers to open a folder where none is open", () => {
    const { actions, severity } = describeFailure({
      code: "noDocuments",
      message: "No folder is open.",
      facts: { hasFolder: false },
    });
    assert.deepEqual(actions, ["openFolder"]);
    assert.equal(severity, "information");
  });

  it("offers to train again where the model is damaged", () => {
    assert.ok(describeFailure({ code: "checkpointCorrupt", message: "", facts: {} }).actions.includes("trainAgain"));
  });

  it("shows no stack of an unexpected error", () => {
    const { text } = describeFailure(toErrorData(new TypeError("x is not a function")));
    assert.match(text, /x is not a function$/);
    assert.doesNotMatch(text, / at |\.ts/);
  });

  it("cuts a message that is too long for a notification", () => {
    const { text } = describeFailure(toErrorData(new LmError("commandFailed", "pip ".repeat(400))));
    assert.ok(text.length <= 320 && text.endsWith("…"));
  });
});
