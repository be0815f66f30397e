import assert from "node:assert/strict";
import { Terminal } from "../../../src/cli/terminal.ts";
import { TrainPrinter } from "../../../src/cli/trainPrinter.ts";
import { GPU_USAGE, progressEvent, USAGE } from "../extension/samplePoints.ts";

describe("The live line of a training", () => {
  const setUp = () => {
    const lines: string[] = [];
    const err = { isTTY: true, columns: 200, write: (text: string) => lines.push(text) };
    const terminal = new Terminal({ out: { write: () => assert.fail("nothing is for programs") }, err, isJson: false });
    return { printer: new TrainPrinter(terminal), lines };
  };

  it("has the GPU's newest figures, also between two readings", () => {
    const { printer, lines } = setUp();
    printer.print(progressEvent({ usage: { ...USAGE, gpus: [GPU_USAGE] } }));
    printer.print(progressEvent({ usage: USAGE }));
    assert.equal(lines.length, 2);
    for (const line of lines) {
      assert.match(line, / · 14,000 tokens\/s · GPU 87 %, 1\.26 GB · clipped 100 %$/);
    }
  });

  it("names no GPU where none is used", () => {
    const { printer, lines } = setUp();
    printer.print(progressEvent({ usage: USAGE }));
    assert.match(lines[0] ?? "", / · 14,000 tokens\/s · clipped 100 %$/);
  });
});

describe("What is printed of a look at held-out text", () => {
  for (const [isSample, tokens] of [
    [true, "2,539 tokens of short passages, 1.50 bits per byte"],
    [false, "2,539 tokens, 1.50 bits per byte"],
  ] as const) {
    it(`says what it is over (${isSample ? "a sample" : "the text"})`, () => {
      const lines: string[] = [];
      const err = { write: (text: string) => lines.push(text) };
      const printer = new TrainPrinter(new Terminal({ out: { write: () => undefined }, err, isJson: false }));
      const figures = { tokens: 2539, bytes: 5000, nats: 5198.6, perplexity: 7.75, bitsPerByte: 1.5 };
      const how = { isBest: true, isFinal: !isSample, isSample };
      printer.print({ type: "evaluation", split: "validation", elapsedSeconds: 3, step: 40, ...figures, ...how });
      assert.ok(lines[0]?.startsWith(`3 s, step 40: validation perplexity 7.75 over ${tokens}`), lines[0]);
    });
  }
});

describe("A training that is not watched", () => {
  const linesOf = (isJson: boolean): readonly string[] => {
    const lines: string[] = [];
    const err = { write: (text: string) => lines.push(text) };
    const printer = new TrainPrinter(new Terminal({ out: { write: () => undefined }, err, isJson }));
    for (let elapsedSeconds = 1; elapsedSeconds <= 25; elapsedSeconds++) {
      printer.print(progressEvent({ elapsedSeconds }));
    }
    return lines;
  };

  it("says every ten seconds how far it is", () => {
    const lines = linesOf(false);
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? "", / 10 s · step [\d,]+ · perplexity .* tokens\/s .*\n$/u);
  });

  it("says nothing of it to people where programs are told", () => {
    assert.deepEqual(linesOf(true), []);
  });
});
