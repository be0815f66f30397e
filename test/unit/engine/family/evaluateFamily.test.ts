import assert from "node:assert/strict";
import { usePlainBackend } from "../../../support/tinyNetwork.ts";
import { JobBench } from "../jobBench.ts";
import { evaluate, evaluateAloud, refuses, stored, train } from "./familyBench.ts";

describe("Evaluation of a network that only the engine can run", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  it("gives no bits for each byte where words are unknown, and says how many are", async () => {
    const bench = new JobBench();
    const { events, evaluations } = await train(bench, { network: "window", tokenizer: "word", epochs: 1 });
    const notices = events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
    assert.match(notices.join("\n"), /^\d+ of the \d+ tokens of both held-out halves are unknown: /u);
    for (const { bitsPerByte, unknownTokens = 0, tokens, nats, perplexity } of evaluations) {
      assert.ok(unknownTokens > 0 && unknownTokens < tokens);
      assert.equal(bitsPerByte, null);
      assert.ok(Math.abs(perplexity - Math.exp(nats / tokens)) < 1e-9 * perplexity);
    }
    bench.files.add("/new.js", "const total = unheard of;\n");
    const { result, notices: told } = await evaluateAloud(bench, { paths: ["/new.js"] });
    assert.deepEqual([result.tokens, result.unknownTokens, result.bitsPerByte], [6, 2, null]);
    assert.match(told.join("\n"), /^2 of the 6 tokens to score are unknown: .*no bits per byte/u);
  });

  it("says in which half of the held-out text a character is unknown, and gives bits for each byte of the other", async () => {
    const halves = new Set<string>();
    // Which part a file is in depends on what is in it.
    for (let index = 0; index < 6; index++) {
      const bench = new JobBench();
      const path = `/w/m${index}.js`;
      bench.files.add(path, `${new TextDecoder().decode(await bench.files.readFile(path))}€`);
      const { events, evaluations } = await train(bench, { network: "window", epochs: 0.1 });
      const notices = events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
      const half = /^1 of the [\d,]+ tokens of the (validation|test) half are unknown: /u.exec(notices[0] ?? "")?.[1];
      assert.deepEqual([notices.length, half === undefined], half === undefined ? [0, true] : [1, false]);
      halves.add(half ?? "training");
      for (const { split, bitsPerByte } of evaluations) {
        assert.equal(bitsPerByte === null, split === half);
      }
    }
    assert.deepEqual([...halves].sort(), ["test", "training", "validation"]);
  });

  it("gives bits for each byte where a character model knows all of the text, and none where it does not", async () => {
    const bench = new JobBench();
    const { evaluations } = await train(bench, { epochs: 0.2 });
    assert.ok(evaluations.every(({ bitsPerByte, unknownTokens }) => bitsPerByte !== null && unknownTokens === 0));
    for (const [text, unknownTokens] of [
      ["const total", 0],
      ["ÄÖÜ total", 3],
    ] as const) {
      bench.files.add("/new.js", text);
      const { result, notices } = await evaluateAloud(bench, { paths: ["/new.js"] });
      const bits = unknownTokens === 0 ? result.nats / Math.LN2 / result.bytes : null;
      assert.deepEqual(
        [result.unknownTokens, result.bitsPerByte, notices.length],
        [unknownTokens, bits, bits === null ? 1 : 0],
      );
    }
  });

  it("scores what adapts to the text, as held-out files chose that are not scored, else as is usual", async () => {
    const bench = new JobBench();
    await train(bench, { network: "gru", tokenizer: "word", epochs: 6 });
    const { validationPaths, trainingPaths, vocabulary } = await stored(bench);
    const held = validationPaths.map((path) => `/${path}`);
    const adaptations = ["dynamicEvaluation", "neuralCache"] as const;
    const { result: plain } = await evaluateAloud(bench, { paths: held.slice(0, 1) });
    assert.deepEqual(plain.experts, {
      network: { nats: plain.nats, bitsPerByte: plain.bitsPerByte },
      dynamicEvaluation: null,
      neuralCache: null,
    });
    const { result, notices: told } = await evaluateAloud(bench, { paths: held.slice(0, 1), adaptations });
    const notices = told.slice(-2);
    assert.equal(result.nats, plain.nats);
    for (const adaptation of adaptations) {
      const figures = result.experts[adaptation];
      assert.ok(
        figures !== null && figures.nats < plain.nats,
        `${adaptation}: ${figures?.nats}, not below ${plain.nats}`,
      );
      // Some words are unknown.
      assert.equal(figures.bitsPerByte, null);
    }
    const others = await Promise.all(
      held.slice(1).map(async (path) => new TextDecoder().decode(await bench.files.readFile(path))),
    );
    const chosenBy = others.reduce((sum, text) => sum + vocabulary.encode(text).length + 1, 0).toLocaleString("en-US");
    assert.match(
      notices[0] ?? "",
      new RegExp(`^Neural cache of 500 places .*as ${chosenBy} tokens of held-out files`, "u"),
    );
    assert.match(
      notices[1] ?? "",
      new RegExp(`^Dynamic evaluation with .*as ${chosenBy} tokens of held-out files`, "u"),
    );

    const usual = await evaluateAloud(bench, { paths: held, adaptations });
    assert.match(usual.notices.at(-2) ?? "", /θ = 0\.300 and a share of 0\.100, which are usual values/u);
    assert.match(usual.notices.at(-1) ?? "", /rate of 7\.0e-5 and a decay of 0\.002, which are usual values/u);

    bench.files.add("/elsewhere.js", "const total = 1;\n");
    for (const path of [...trainingPaths, ...validationPaths]) {
      await bench.files.removeFile(`/${path}`);
    }
    const far = await evaluateAloud(bench, { paths: ["/elsewhere.js"], adaptations: ["neuralCache"] });
    assert.ok(Number.isFinite(far.result.experts.neuralCache?.nats));
    const dynamic = evaluateAloud(bench, { paths: ["/elsewhere.js"], adaptations: ["dynamicEvaluation"] });
    await refuses(dynamic, "badArgument", /none of it that is not scored is where it was \(\/w\)/u);
  });

  it("refuses what is not there", async () => {
    const bench = new JobBench();
    await refuses(evaluate(bench, ["/w/m0.js"]), "checkpointMissing", /train --model NAME/u);
    await train(bench, { epochs: 0.1 });
    await refuses(evaluate(bench, ["/w/none.js"]), "fileUnreadable", /does not exist/u);
  });
});
