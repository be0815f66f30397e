import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import type { CommandContext } from "../../../src/cli/commandContext.ts";
import { parsePlace } from "../../../src/cli/contextCommand.ts";
import { placeTokens, runSurprise } from "../../../src/cli/surpriseCommand.ts";
import { surpriseReport } from "../../../src/cli/surpriseReport.ts";
import { Terminal } from "../../../src/cli/terminal.ts";
import { runEvaluateJob } from "../../../src/engine/evaluateJob.ts";
import type { EvaluateJob, EvaluateResult } from "../../../src/protocol/engineMessages.ts";
import type { SurpriseToken } from "../../../src/protocol/surpriseMessages.ts";
import { stepText, SURPRISE_STEPS, surpriseLines, surpriseStep } from "../../../src/protocol/surpriseWords.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { JobBench } from "../engine/jobBench.ts";

function token(text: string, bits: number, facts: Partial<SurpriseToken> = {}): SurpriseToken {
  const experts = { counts: null, cache: null, lstm: null };
  return { text, isEnd: false, nats: bits * Math.LN2, experts, likelier: [], ...facts };
}

describe("A place in a file", () => {
  it("is read as compilers print it", () => {
    assert.deepEqual(parsePlace("src/a.ts:12"), { file: "src/a.ts", line: 12, column: null });
    assert.deepEqual(parsePlace("src/a.ts:12:3"), { file: "src/a.ts", line: 12, column: 3 });
    assert.deepEqual(parsePlace("C:\\a.ts:12:3"), { file: "C:\\a.ts", line: 12, column: 3 });
  });

  for (const bad of ["src/a.ts", "src/a.ts:0", "src/a.ts:1:0", ":3", "a.ts:x"]) {
    it(`is not "${bad}"`, () => {
      assert.throws(
        () => parsePlace(bad),
        (error) => error instanceof LmError && error.code === "badArgument" && /FILE:LINE:COLUMN/u.test(error.message),
      );
    });
  }
});

describe("The places of tokens", () => {
  it("count lines and columns from 1, also behind line ends inside of tokens", () => {
    const placed = placeTokens([token("a = 1", 1), token(";\n\n  ", 1), token("b", 1), token("", 1, { isEnd: true })]);
    assert.deepEqual(
      placed.map(({ line, column }) => `${line}:${column}`),
      ["1:1", "1:6", "3:3", "3:4"],
    );
  });
});

describe("The words of surprise", () => {
  it("give each token a step of colour by its bits", () => {
    assert.deepEqual([0, 0.99, 1, 3.9, 4, 11, 40].map(surpriseStep), [0, 0, 1, 2, 3, 5, 5]);
    assert.deepEqual(
      [0, ...SURPRISE_STEPS].map((_, step) => stepText(step)),
      ["below 1", "1 to 2", "2 to 4", "4 to 7", "7 to 11", "11 and more"],
    );
  });

  it("say the bits, the probability and what was held more probable", () => {
    const likelier = [
      { text: "\n", isEnd: false, probability: 0.6 },
      { text: "", isEnd: true, probability: 0.3 },
    ];
    assert.deepEqual(surpriseLines(token("x", 4, { likelier })), [
      '"x": 4.00 bits, probability 6 %',
      'rather "\\n" 60 %',
      "rather the document's end 30 %",
    ]);
    assert.equal(surpriseLines(token("x", 0.5))[1], "nothing was held more probable");
  });
});

describe("The report of surprise", () => {
  const figures = { nats: 10, bitsPerByte: 2 };
  const result: EvaluateResult = {
    tokens: 3,
    unknownTokens: 0,
    bytes: 5,
    nats: 10 * Math.LN2,
    perplexity: 8,
    bitsPerByte: 2,
    top1: 0,
    mrr: 0,
    experts: {
      counts: null,
      cache: null,
      places: null,
      lstm: figures,
      dynamicEvaluation: null,
      neuralCache: null,
      mixture: figures,
    },
  };

  it("shows the text as text, in the colours of its legend, with the sum", () => {
    const tokens = [token("<b>", 0.5), token(" &\n", 8), token("", 1.5, { isEnd: true })];
    const page = surpriseReport({ name: "a<b>.html", tokens, result });
    assert.match(
      page,
      /<span class="s0" title="[^"]*">&lt;b&gt;<\/span><span class="s4" title="[^"]*"> &amp;\n<\/span>/u,
    );
    assert.match(page, /10 bits for 3 tokens and 5 bytes: 2\.00 bits a byte/u);
    assert.match(page, /<span class="s5">11 and more<\/span>/u);
    assert.doesNotMatch(page, /https?:|<script|NaN|undefined|<b>/u);
  });

  it("is not made of an empty file, which is refused as evaluate refuses it", async () => {
    const bench = new JobBench();
    await usePlainBackend();
    await bench.train({ epochs: 0.1 });
    bench.files.add("/empty.txt", "");
    let out = "";
    const context = {
      terminal: new Terminal({ out: { write: (text) => (out += text) }, err: { write: () => 0 }, isJson: false }),
      files: bench.files,
      resolvePath: (path: string) => path,
      signal: new AbortController().signal,
      engine: { request: (_: string, job: EvaluateJob) => runEvaluateJob(job, { ...bench.context(), emit: () => 0 }) },
    } as unknown as CommandContext;
    const work = runSurprise({ file: "/empty.txt", model: "/model", isFrozen: false, report: null }, context);
    await assert.rejects(work, /There is nothing to score: no text the model can predict is in what was named\./u);
    assert.equal(out, "");
  });
});
