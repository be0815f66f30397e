import assert from "node:assert/strict";
import { runEvaluateJob } from "../../../src/engine/evaluateJob.ts";
import type { EvaluateEvent } from "../../../src/protocol/engineMessages.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { JobBench } from "./jobBench.ts";

describe("An evaluation", function () {
  this.timeout(60_000);
  let bench: JobBench;

  before(async () => {
    await usePlainBackend();
    bench = new JobBench();
    await bench.train({ epochs: 0.5, tokenizer: "char", vocabularySize: null });
  });

  async function evaluate(text: string) {
    bench.files.add("/new.js", text);
    const notices: string[] = [];
    const trained: string[] = [];
    const emit = (event: EvaluateEvent): void => {
      notices.push(...(event.type === "notice" ? [event.message] : []));
      trained.push(...(event.type === "trainedTexts" ? event.paths : []));
    };
    const job = { model: "/model", paths: ["/new.js"], isFrozen: true };
    return { notices, trained, result: await runEvaluateJob(job, { ...bench.context(), emit }) };
  }

  it("gives bits for each byte of what the vocabulary knows", async () => {
    const { result, notices } = await evaluate("const total = 1;");
    const { experts, unknownTokens, nats, bytes, bitsPerByte } = result;
    assert.deepEqual([unknownTokens, bytes, notices], [0, 16, []]);
    assert.equal(bitsPerByte, nats / Math.LN2 / bytes);
    assert.equal(experts.lstm.bitsPerByte, experts.lstm.nats / Math.LN2 / bytes);
  });

  it("tells of a text that was trained on under another name, and of no other", async () => {
    const read = await bench.context().openStore("/model").read();
    assert.ok(read.kind === "checkpoint");
    const [trained = ""] = read.checkpoint.trainingPaths;
    const text = new TextDecoder().decode(await bench.files.readFile(`/${trained}`));
    assert.deepEqual((await evaluate(text)).trained, ["/new.js"]);
    assert.deepEqual((await evaluate(`${text} `)).trained, []);
    assert.deepEqual((await evaluate("")).trained, []);
  });

  it("gives none where characters are unknown, and says how many are", async () => {
    const { result, notices } = await evaluate("ÄÖÜ total");
    assert.deepEqual([result.tokens, result.unknownTokens, result.bytes, result.bitsPerByte], [10, 3, 6, null]);
    assert.ok(Object.values(result.experts).every((figures) => figures === null || figures.bitsPerByte === null));
    assert.ok(result.perplexity > 1 && Number.isFinite(result.perplexity));
    assert.match(notices.join("\n"), /^3 of the 10 tokens to score are unknown: /u);
  });
});
