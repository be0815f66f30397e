import assert from "node:assert/strict";
import { Terminal } from "../../../src/cli/terminal.ts";
import { printProfile } from "../../../src/cli/trainProfile.ts";
import { USAGE } from "../extension/samplePoints.ts";

function printed({ isJson }: { readonly isJson: boolean }): string {
  let out = "";
  const terminal = new Terminal({
    out: { write: (text) => (out += text) },
    err: { write: () => undefined },
    isJson,
  });
  printProfile(USAGE, terminal);
  return out;
}

describe("The profile of a training", () => {
  it("is a table for people, its columns in line", () => {
    const lines = printed({ isJson: false }).trimEnd().split("\n");
    assert.equal(lines[1], "Forward        60.0 ms, 30 %");
    assert.equal(lines[4], "Between steps  4.00 ms, 2 %");
    assert.ok(lines.includes("Utilisation    75 % of 2 threads"));
  });

  it("is one event for programs", () => {
    const event = JSON.parse(printed({ isJson: true })) as Record<string, unknown>;
    assert.deepEqual([event["type"], event["totalMs"], event["utilisation"]], ["profile", 2000, 0.75]);
    assert.deepEqual(event["phaseMs"], USAGE.phaseMs);
  });
});
