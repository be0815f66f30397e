import assert from "node:assert/strict";
import { usePlainBackend } from "../../../support/tinyNetwork.ts";
import { JobBench } from "../jobBench.ts";
import {
  cancelAfterLooks,
  cancelAfterSaves,
  evaluate,
  JOB,
  refuses,
  sample,
  SMALL,
  stored,
  train,
} from "./familyBench.ts";

describe("Training of a network that only the engine can run", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  it("tells what a training tells, and ends with the figure of text that chose nothing", async () => {
    const bench = new JobBench();
    const { done, events, evaluations } = await train(bench);
    assert.deepEqual([done.stopped, done.model, done.backend], ["epochs", "/model", "portable"]);
    const kinds = new Set(events.map(({ type }) => type));
    assert.deepEqual([...kinds].sort(), ["checkpoint", "corpus", "evaluation", "phase", "progress"]);
    assert.deepEqual(
      evaluations.map(({ split, isFinal }) => [split, isFinal]),
      [
        ["validation", false],
        ["validation", false],
        ["test", true],
      ],
    );
    const { figures, network, spec, progress, origin, recipe } = await stored(bench);
    assert.equal(figures.test?.nats, evaluations.at(-1)?.nats);
    assert.ok((evaluations.at(-1)?.perplexity ?? NaN) < spec.vocabularySize / 2);
    assert.deepEqual([network, spec.kind, progress.step > 10, progress.passes], ["qrnn", "qrnn", true, 2]);
    assert.deepEqual([origin["stopped"], recipe["laneCount"]], ["epochs", 4]);
  });

  it("keeps what evaluates to the same figure, and writes the same text for the same seed", async () => {
    const bench = new JobBench();
    await train(bench);
    const { figures, validationPaths } = await stored(bench);
    const test = validationPaths.filter((_, index) => index % 2 === 1).map((path) => `/${path}`);
    const result = await evaluate(bench, test);
    assert.ok(Math.abs(result.nats - (figures.test?.nats ?? NaN)) < 1e-3 * result.nats);
    assert.deepEqual(
      [result.network, result.tokens, result.bytes],
      ["qrnn", figures.test?.tokens, figures.test?.bytes],
    );
    const { text } = await sample(bench);
    assert.equal((await sample(bench)).text, text);
    assert.notEqual((await sample(bench, { seed: 2 })).text, text);
    const greedy = await sample(bench, { temperature: 0 });
    assert.equal((await sample(bench, { topK: 1, seed: 5 })).text, greedy.text);
  });

  for (const [network, tokenizer] of [
    ["window", "char"],
    ["lstm-peephole", "bpe"],
    ["awd-lstm", "char"],
    ["mos", "bpe"],
    ["highway", "char"],
    ["retention", "word"],
  ] as const) {
    it(`trains, evaluates and samples ${network} of ${tokenizer === "bpe" ? "pieces" : `${tokenizer}s`}`, async () => {
      const bench = new JobBench();
      const vocabularySize = tokenizer === "bpe" ? 256 : null;
      await train(bench, { network, tokenizer, vocabularySize, epochs: 0.5 });
      const result = await evaluate(bench, ["/w/m0.js"]);
      assert.ok(result.perplexity > 1 && result.perplexity < 256, String(result.perplexity));
      const { text } = await sample(bench, { prompt: "const va", lengthTokens: 5 });
      assert.ok(text.length > 0);
      if (tokenizer === "word") {
        assert.match(text, /^ \S+( \S+){0,4}$/u);
      }
    });
  }

  it("keeps the best weights so far where it is cancelled", async () => {
    const bench = new JobBench();
    const { done, evaluations } = await train(bench, { epochs: 50 }, cancelAfterSaves(2));
    assert.equal(done.stopped, "cancelled");
    const { figures, origin } = await stored(bench);
    assert.deepEqual([figures.test, origin["stopped"]], [null, "cancelled"]);
    assert.equal(figures.validation.nats, Math.min(...evaluations.map(({ nats }) => nats)));
    assert.deepEqual([evaluations.at(-1)?.isFinal, evaluations.at(-1)?.split], [true, "validation"]);
  });

  it("keeps an earlier network where it is stopped before it is better, and replaces it at its end", async () => {
    const bench = new JobBench();
    await train(bench, { epochs: 3 });
    const before = await stored(bench);
    const controller = new AbortController();
    const stopped = await train(
      bench,
      { epochs: 50, seed: 2 },
      {
        signal: controller.signal,
        onEvent: ({ type }) => {
          if (type === "evaluation") {
            controller.abort();
          }
        },
      },
    );
    assert.equal(stopped.done.stopped, "cancelled");
    assert.match(stopped.done.nothingLearnt ?? "", /earlier model is kept/u);
    assert.deepEqual((await stored(bench)).weights, before.weights);
    await train(bench, { epochs: 0.2, seed: 2 });
    assert.equal((await stored(bench)).origin["seed"], 2);
  });

  for (const [title, first, then, isReplaced] of [
    ["the same words, some unknown, that is worse", { tokenizer: "word" }, { tokenizer: "word" }, true],
    [
      "other words, some unknown, that is worse",
      { tokenizer: "word" },
      { tokenizer: "word", vocabularySize: 20 },
      false,
    ],
    ["characters, all known, that is worse", { tokenizer: "char" }, { tokenizer: "bpe", vocabularySize: 256 }, true],
    [
      "characters, some unknown, that is worse",
      { tokenizer: "char", vocabularySize: 20 },
      { tokenizer: "char" },
      false,
    ],
  ] as const) {
    it(`${isReplaced ? "replaces" : "keeps"}, where it is stopped early, a network of ${title}`, async () => {
      const bench = new JobBench();
      await train(bench, { network: "window", ...first, epochs: 0.1 });
      const run = train(bench, { network: "window", ...then, epochs: 50, seed: 2 }, cancelAfterLooks(5));
      assert.equal((await run).done.stopped, "cancelled");
      assert.equal((await stored(bench)).origin["seed"], isReplaced ? 2 : 1);
    });
  }

  it("says so where nothing was learnt in time, and leaves what was there", async () => {
    const bench = new JobBench();
    await train(bench, { epochs: 0.1 });
    const before = await stored(bench);
    const { done } = await train(bench, { epochs: null, budgetSeconds: 0.1 });
    assert.equal(done.stopped, "budget");
    assert.match(done.nothingLearnt ?? "", /^Nothing was saved/u);
    assert.deepEqual(await stored(bench), before);
  });

  it("says so where hardly a step fitted into the budget", async () => {
    const { done, events } = await train(new JobBench(), { epochs: null, budgetSeconds: 4 });
    assert.deepEqual([done.stopped, done.nothingLearnt], ["budget", undefined]);
    const notices = events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
    assert.match(notices.join("\n"), /^Only \d steps? of qrnn fitted into the budget/u);
  });

  it("keeps the best weights of before a loss that explodes, and says so", async () => {
    const bench = new JobBench();
    // After the first steps it is looked at already, and the rate rises until nothing is left.
    const recipe = { ...SMALL.recipe, learningRate: 5, looksPerPass: 20 };
    const { done, events } = await train(bench, { epochs: 4, settings: { ...SMALL, recipe } });
    assert.equal(done.stopped, "nonFinite");
    const notices = events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
    assert.equal(notices.filter((message) => message.includes("with half the learning rate")).length, 1);
    assert.ok(notices.some((message) => /a second time, .* best weights before that/u.test(message)));
    const { figures, progress } = await stored(bench);
    assert.ok(progress.passes <= 2 && figures.test !== null);
  });

  it("keeps nothing of a loss that explodes at once", async () => {
    const bench = new JobBench();
    const settings = { ...SMALL, recipe: { ...SMALL.recipe, learningRate: 1000, optimizer: "sgd", clipNorm: null } };
    await refuses(train(bench, { settings }), "nonFiniteLoss", /lower learningRate/u);
    await refuses(stored(bench), "checkpointMissing", /no network of the family/u);
  });

  it("goes on where the disk is full for a while, and fails where it is at the end", async () => {
    const bench = new JobBench();
    const { events } = await train(
      bench,
      { epochs: 2 },
      {
        onEvent: (event) => {
          if (event.type === "phase" && event.phase === "training") {
            bench.files.freeBytes = 0;
          }
          bench.files.freeBytes = event.type === "notice" ? Infinity : bench.files.freeBytes;
        },
      },
    );
    assert.ok(events.some((event) => event.type === "notice" && /tries again/u.test(event.message)));
    assert.equal((await stored(bench)).origin["stopped"], "epochs");
    const full = train(
      bench,
      { epochs: 0.1 },
      {
        onEvent: (event) => {
          bench.files.freeBytes = event.type === "phase" && event.phase === "training" ? 0 : bench.files.freeBytes;
        },
      },
    );
    await refuses(full, "diskFull", /./u);
  });

  it("learns from a folder of one file, whose end is held out", async () => {
    const bench = new JobBench();
    const { evaluations } = await train(bench, { corpus: { ...JOB.corpus, include: ["m0.js"] }, epochs: 0.5 });
    assert.equal(evaluations.at(-1)?.split, "test");
    assert.equal((await stored(bench)).validationPaths.length, 1);
  });

  it("refuses what makes no sense before it makes a directory", async () => {
    const bench = new JobBench();
    bench.files.add("/tiny/one.txt", "ab\n");
    for (const [changes, code, message] of [
      [{ network: "transformer" }, "badArgument", /no network called/u],
      [{ epochs: null }, "badArgument", /needs an end/u],
      [{ settings: { spec: { layerCount: 0 }, recipe: {} } }, "badArgument", /layerCount is 0/u],
      [{ settings: { spec: {}, recipe: { laneCount: 900 } } }, "badArgument", /smaller laneCount/u],
      [
        { settings: { spec: { hiddenSize: 8192, layerCount: 4 }, recipe: {} } },
        "outOfMemory",
        /Choose a smaller hidden size/u,
      ],
      [{ folders: [{ path: "/none", name: "none" }] }, "noDocuments", /does not exist/u],
      [{ folders: [{ path: "/tiny", name: "tiny" }] }, "noDocuments", /with more text or code/u],
    ] as const) {
      await refuses(train(bench, changes), code, message);
      assert.equal(await bench.files.stat("/model"), undefined);
    }
  });

  it("trains by any technique that a comparison has, and keeps what it was trained by", async () => {
    const bench = new JobBench();
    for (const [network, spec, recipe] of [
      ["rnn", { isResidual: true }, { optimizer: "sgd", clipNorm: null, clipValue: 0.5, schedule: "plateau" }],
      ["lstm", { isTied: false, initialBound: 0.1 }, { optimizer: "rmsprop", teacherForcing: 0.5 }],
      [
        "gru",
        { regularisation: { hiddenDropout: 0.2, isLocked: false } },
        { optimizer: "momentum", learningRate: 0.1 },
      ],
    ] as const) {
      await train(bench, {
        network,
        epochs: 0.2,
        settings: { spec: { ...SMALL.spec, ...spec }, recipe: { ...SMALL.recipe, ...recipe } },
      });
      const kept = await stored(bench);
      assert.equal(kept.network, network);
      for (const [name, value] of Object.entries(recipe)) {
        assert.equal(kept.recipe[name], value);
      }
    }
  });

  it("gives a short text fewer lanes, unless it is told how many", async () => {
    const bench = new JobBench();
    await train(bench, { epochs: 0.3, settings: { spec: SMALL.spec, recipe: {} } });
    const { recipe } = await stored(bench);
    assert.deepEqual([recipe["laneCount"], recipe["windowTokens"]], [8, 35]);
  });

  it("refuses tensors that are not those of the sizes", async () => {
    const bench = new JobBench();
    await train(bench, { epochs: 0.1 });
    const text = new TextDecoder().decode(await bench.files.readFile("/model/family.json"));
    bench.files.add("/model/family.json", text.replace('"name":"qrnn/0/bias"', '"name":"qrnn/0/bios"'));
    await refuses(sample(bench), "checkpointCorrupt", /tensors that its sizes ask for \(qrnn\/0\/bias\)/u);
  });
});
