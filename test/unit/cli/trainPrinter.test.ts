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
