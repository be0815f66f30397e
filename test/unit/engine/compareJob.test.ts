import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../src/corpus/corpus.ts";
import { runCompareJob } from "../../../src/engine/comparison/compareJob.ts";
import {
  type CompareEvent,
  type CompareJob,
  type CompareResult,
  samplesOf,
} from "../../../src/protocol/compareMessages.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { JobBench } from "./jobBench.ts";

/** Sentences with enough order in them that a model can learn some in a moment. */
function sentences(count: number, from: number): string {
  const subjects = ["the cat", "a dog", "the bird", "one mouse"];
  const verbs = ["sees", "hears", "follows"];
  return Array.from({ length: count }, (_, index) => {
    const at = index + from;
    return ` ${subjects[at % 4]} ${verbs[(at * 7) % 3]} ${subjects[(at * 5 + 1) % 4]} \n`;
  }).join("");
}

const FILES = { "/train": sentences(120, 0), "/valid": sentences(20, 7), "/test": sentences(20, 11) };

const SMALL = {
  spec: { embeddingSize: 8, hiddenSize: 8 },
  recipe: { laneCount: 4, windowTokens: 8, learningRate: 0.02 },
};

const JOB: CompareJob = {
  source: { kind: "files", train: "/train", valid: "/valid", test: "/test" },
  tokenizer: "word",
  vocabularySize: null,
  hasBoundaries: true,
  models: ["kn3"],
  settings: {},
  budgetSeconds: null,
  epochs: 2,
  backend: "portable",
  seed: 1,
};

async function compare(
  changes: Partial<CompareJob>,
  {
    files = FILES,
    onEvent,
  }: { files?: Readonly<Record<string, string>>; onEvent?: (event: CompareEvent) => void } = {},
): Promise<{ readonly result: CompareResult; readonly events: readonly CompareEvent[] }> {
  const events: CompareEvent[] = [];
  const emit = (event: CompareEvent): void => {
    events.push(event);
    onEvent?.(event);
  };
  const result = await runCompareJob({ ...JOB, ...changes }, { ...new JobBench(files).context(), emit });
  return { result, events };
}

function refuses(changes: Partial<CompareJob>, message: RegExp): Promise<void> {
  return assert.rejects(compare(changes), (error) => {
    assert.ok(error instanceof LmError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

describe("A comparison", function () {
  this.timeout(60_000);
  before(usePlainBackend);

  it("gives a row for each model with the figures of the same test text", async () => {
    const models = [
      "kn3",
      "kn3+cache",
      "lstm",
      "lstm+kn3",
      "lstm+kn3+cache",
      "lstm+cache",
      "lstm+context",
      "lstm+dynamic",
    ];
    const { result, events } = await compare({ models, settings: { lstm: SMALL } });
    assert.deepEqual(
      result.rows.map(({ model }) => model),
      models,
    );
    for (const row of result.rows) {
      assert.ok(row.perplexity > 1 && row.perplexity < 14, `${row.model} ${row.perplexity}`);
      // Five words and an end in each of twenty lines; the bytes are the lines' without the space in front.
      assert.equal(row.tokens, 20 * 6);
      assert.equal(row.bytes, FILES["/test"].replace(/^ | (?=\n)/gmu, "").length);
      assert.ok(Math.abs((row.bitsPerByte ?? NaN) - (Math.log2(row.perplexity) * row.tokens) / row.bytes) < 1e-9);
      assert.ok(row.parameters > 0 && row.seconds >= 0);
      assert.ok(row.top1 > 0.2 && row.top1 < 1, `${row.model} ${row.top1}`);
    }
    const [, , lstm, mixed, , cached, , dynamic] = result.rows;
    for (const better of [mixed, cached, dynamic]) {
      assert.ok((better?.validationPerplexity ?? NaN) <= (lstm?.validationPerplexity ?? NaN) + 1e-6);
    }
    // A network that two models need is trained once.
    assert.equal(events.filter(({ type }) => type === "comparePoint").length, 2);
    assert.deepEqual(
      samplesOf(result.rows).map(({ model }) => model),
      ["kn3", "kn3+cache", "lstm"],
    );
  });

  for (const hasBoundaries of [true, false]) {
    const models = ["ml9", "add2", "hadd3", "jm3", "wb3", "ad3", "kn3", "kn3+cache", "kn1d3", "sb3"];
    it(`has every model of counts write words of the text (${hasBoundaries ? "with" : "without"} boundaries)`, async () => {
      // The last word is followed by nothing.
      const files = { ...FILES, "/train": `${FILES["/train"].trimEnd()} omega\n` };
      const { result } = await compare({ models, hasBoundaries }, { files });
      for (const { model, sample } of result.rows) {
        assert.match(sample ?? "", /^ ?\w+([ \n]+\w+){20,59}\n?$/u, model);
      }
      const again = await compare({ models, hasBoundaries }, { files });
      assert.deepEqual(samplesOf(again.result.rows), samplesOf(result.rows));
      const other = await compare({ models, hasBoundaries, seed: 2 }, { files });
      assert.notDeepEqual(samplesOf(other.result.rows), samplesOf(result.rows));
    });
  }

  it("has unsmoothed counts of long contexts write the text that was counted", async () => {
    const { result } = await compare({ models: ["ml9"] });
    const lines = (result.rows[0]?.sample ?? "").split("\n").slice(0, -1);
    assert.ok(lines.length >= 5, String(lines.length));
    assert.ok(
      lines.every((line) => FILES["/train"].includes(` ${line.trim()} \n`)),
      lines.join("\n"),
    );
  });

  for (const network of [
    "window",
    "rnn",
    "lstm-peephole",
    "gru",
    "highway",
    "qrnn",
    "retention",
    "mos",
    "awd-lstm",
    "awd-lstm-mos",
  ]) {
    it(`trains ${network} so that it knows the text better than guessing`, async () => {
      const isAwd = network.startsWith("awd");
      const recipe = isAwd ? { laneCount: 4, windowTokens: 8, learningRate: 2 } : SMALL.recipe;
      const spec = network === "awd-lstm-mos" ? { ...SMALL.spec, lastSize: 8 } : SMALL.spec;
      const { result } = await compare({ models: [network], settings: { [network]: { spec, recipe } }, epochs: 3 });
      assert.ok((result.rows[0]?.perplexity ?? NaN) < 11, `${result.rows[0]?.perplexity}`);
    });
  }

  for (const tokenizer of ["char", "bpe"] as const) {
    it(`counts every byte of the text, line ends included (${tokenizer})`, async () => {
      const { result } = await compare({ tokenizer });
      assert.equal(result.rows[0]?.bytes, FILES["/test"].trimEnd().length + 1);
    });
  }

  for (const tokenizer of ["char", "word"] as const) {
    it(`scores one stretch whose first token is given where texts have no boundaries (${tokenizer})`, async () => {
      const models = ["ml1", "kn3", "kn3+cache", "lstm", "lstm+context"];
      const { result } = await compare({ models, tokenizer, hasBoundaries: false, settings: { lstm: SMALL } });
      const tokensOf = (text: string): readonly string[] =>
        tokenizer === "char" ? Array.from(`${text.trimEnd()}\n`) : text.split(/\s+/u).filter((word) => word !== "");
      const [training, test] = [tokensOf(FILES["/train"]), tokensOf(FILES["/test"])];
      const nats = test.slice(1).reduce((sum, token) => {
        return sum - Math.log(training.filter((each) => each === token).length / training.length);
      }, 0);
      const [unigrams, ...others] = result.rows;
      assert.ok(Math.abs((unigrams?.perplexity ?? NaN) / Math.exp(nats / (test.length - 1)) - 1) < 1e-6);
      for (const row of result.rows) {
        assert.equal(row.tokens, test.length - 1);
        assert.equal(
          row.bytes,
          test.slice(1).join(tokenizer === "char" ? "" : " ").length + (tokenizer === "char" ? 0 : 1),
        );
      }
      for (const { model, perplexity } of others) {
        assert.ok(perplexity > 1 && perplexity < (unigrams?.perplexity ?? NaN), `${model} ${perplexity}`);
      }
    });
  }

  it("leaves the cache out where it is of no use on the validation text", async () => {
    // Longer than what the cache remembers: it never holds the word that comes.
    const words = Array.from({ length: 300 }, (_, index) => `w${index}`).join(" ");
    const files = { "/train": `${words} \n`.repeat(6), "/valid": `${words} \n`.repeat(2), "/test": `${words} \n` };
    const { result } = await compare({ models: ["kn3", "kn3+cache"] }, { files });
    const [plain, cached] = result.rows;
    assert.ok(plain !== undefined && cached !== undefined);
    assert.deepEqual(cached, { ...plain, model: "kn3+cache" });
  });

  it("names a network of which hardly a step fitted into the budget", async () => {
    const { result, events } = await compare({
      ...{ models: ["kn3", "rnn"], epochs: null, budgetSeconds: 2 },
      settings: { rnn: SMALL },
    });
    assert.equal(result.rows.length, 2);
    assert.match(JSON.stringify(events), /Only \d steps? of rnn fitted into the budget/u);
  });

  it("compares networks on a text of a few words", async () => {
    const files = { "/train": sentences(3, 0), "/valid": sentences(1, 7), "/test": sentences(1, 11) };
    const { result } = await compare({ models: ["kn3", "lstm", "window"] }, { files });
    assert.ok(result.rows.every(({ perplexity }) => Number.isFinite(perplexity)));
    assert.equal(result.rows.length, 3);
  });

  it("gives no bits for each byte where tokens are unknown, and says how many are", async () => {
    const files = { ...FILES, "/test": FILES["/test"].replace("cat", "ZEBRA") };
    const { result, events } = await compare({}, { files });
    assert.deepEqual([result.rows[0]?.unknownTokens, result.rows[0]?.bitsPerByte], [1, null]);
    assert.ok((result.rows[0]?.perplexity ?? NaN) > 1);
    assert.match(JSON.stringify(events), /1 of the 120 tokens to score are unknown/u);
  });

  it("goes on with the other models where the loss of one explodes, and says so", async () => {
    const wild = {
      spec: SMALL.spec,
      recipe: { ...SMALL.recipe, optimizer: "sgd", learningRate: 1000, clipNorm: null },
    };
    const models = ["gru", "gru+kn3", "kn3"];
    const { result, events } = await compare({ models, settings: { gru: wild }, epochs: 8 });
    const exploded = result.failures.map(({ model }) => model);
    const scored = result.rows.filter(({ stopped }) => stopped === "nonFinite").map(({ model }) => model);
    assert.deepEqual([...exploded, ...scored], ["gru", "gru+kn3"]);
    assert.equal(result.rows.at(-1)?.model, "kn3");
    assert.ok(result.rows.every(({ perplexity }) => Number.isFinite(perplexity)));
    assert.match(JSON.stringify(events), /exploded/u);
  });

  it("makes the same figures from the same seed where passes limit it", async () => {
    const figures = async (seed: number): Promise<number | undefined> =>
      (await compare({ models: ["gru"], settings: { gru: SMALL }, seed })).result.rows[0]?.perplexity;
    assert.equal(await figures(1), await figures(1));
    assert.notEqual(await figures(1), await figures(2));
  });

  it("splits a folder as training does, and scores other documents than those that chose the weights", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`/w/${index}.txt`, `${sentences(6, index)}number ${index * index}\n`]),
    );
    const source = {
      kind: "folder" as const,
      folders: [{ path: "/w", name: "w" }],
      corpus: { ...DEFAULT_CORPUS_SETTINGS, validationFraction: 0.3 },
    };
    const { result, events } = await compare({ source, tokenizer: "char" }, { files });
    const text = events.find(({ type }) => type === "compareText");
    assert.ok(text?.type === "compareText" && text.trainingTokens > text.testTokens && text.testTokens > 0);
    assert.ok((result.rows[0]?.perplexity ?? NaN) < 20);
  });

  it("takes a folder of one file", async () => {
    const files = { "/w/one.txt": Array.from({ length: 200 }, (_, index) => `${index * 7919} sheep\n`).join("") };
    const source = { kind: "folder" as const, folders: [{ path: "/w", name: "w" }], corpus: DEFAULT_CORPUS_SETTINGS };
    const { result, events } = await compare({ source, tokenizer: "char" }, { files });
    const text = events.find(({ type }) => type === "compareText");
    assert.ok(text?.type === "compareText" && text.trainingTokens > text.validationTokens + text.testTokens);
    // Ten lines, of about a dozen bytes each.
    assert.ok(text.testTokens > 80 && (result.rows[0]?.perplexity ?? NaN) < 10);
  });

  it("ends as cancelled within a step where it is told to", async () => {
    const stop = new AbortController();
    const context = new JobBench(FILES).context(stop.signal);
    const running = runCompareJob(
      { ...JOB, models: ["lstm"], settings: { lstm: SMALL }, epochs: 1000 },
      {
        ...context,
        emit: (event) => {
          if (event.type === "comparePoint") {
            stop.abort();
          }
        },
      },
    );
    await assert.rejects(running, (error) => error instanceof LmError && error.code === "cancelled");
  });

  const nonsense: readonly (readonly [string, Partial<CompareJob>, RegExp])[] = [
    ["no model", { models: [] }, /nothing to compare/u],
    ["an unknown model", { models: ["kn5", "ltsm"] }, /no model called "ltsm".*Networks: window/u],
    ["counts of no tokens", { models: ["kn0"] }, /"kn0" has order 0; choose one from 1 to 20/u],
    [
      "counts with dynamic evaluation",
      { models: ["kn5+dynamic"] },
      /no model called "kn5\+dynamic".*\+dynamic for a network/u,
    ],
    ["a network mixed with another", { models: ["lstm+gru"] }, /no model called "lstm\+gru"/u],
    ["no end", { epochs: null }, /needs an end/u],
    [
      "zero layers",
      { models: ["lstm"], settings: { lstm: { spec: { layerCount: 0 }, recipe: {} } } },
      /layerCount is 0; choose/u,
    ],
    [
      "a setting of another kind",
      { models: ["lstm"], settings: { lstm: { spec: { isTied: 1 }, recipe: {} } } },
      /"isTied".*boolean; got 1/u,
    ],
    [
      "an unknown setting",
      { models: ["lstm"], settings: { lstm: { spec: { layers: 2 }, recipe: {} } } },
      /nothing called "layers".*layerCount/u,
    ],
    [
      "an unknown optimizer",
      { models: ["lstm"], settings: { lstm: { spec: {}, recipe: { optimizer: "adamw" } } } },
      /optimizer is "adamw"; choose one of sgd/u,
    ],
    [
      "both ways to clip",
      { models: ["lstm"], settings: { lstm: { spec: {}, recipe: { clipValue: 1 } } } },
      /both set/u,
    ],
    ["settings of a network that does not exist", { settings: { grus: SMALL } }, /settings for "grus".*gru, /u],
    [
      "settings of a network that is not compared",
      { models: ["kn3", "lstm"], settings: { lstm: SMALL, gru: SMALL } },
      /settings for gru, which is not among the models; leave them out, or compare gru as well/u,
    ],
    [
      "a window longer than the text",
      { models: ["lstm"], settings: { lstm: { spec: {}, recipe: { windowTokens: 500, laneCount: 4 } } } },
      /less than its window of 500/u,
    ],
    [
      "a context longer than the text",
      { models: ["window"], settings: { window: { spec: { contextTokens: 600 }, recipe: { laneCount: 4 } } } },
      /less than its window of 600/u,
    ],
    [
      "more pieces than bytes",
      { tokenizer: "bpe", vocabularySize: 60_000 },
      /60000 pieces is larger than the training text/u,
    ],
    [
      "heads that do not divide a layer",
      { models: ["retention"], settings: { retention: { spec: { hiddenSize: 10, embeddingSize: 10 }, recipe: {} } } },
      /10 units cannot be shared by 4 heads/u,
    ],
    [
      "a last layer that the embedding cannot read",
      { models: ["lstm"], settings: { lstm: { spec: { lastSize: 12 }, recipe: {} } } },
      /lastSize is 12, but the softmax is tied/u,
    ],
    [
      "more true inputs than there are",
      { models: ["lstm"], settings: { lstm: { spec: {}, recipe: { teacherForcing: 2 } } } },
      /teacherForcing is 2; choose a share/u,
    ],
    [
      "a file that is not there",
      { source: { kind: "files", train: "/none", valid: "/valid", test: "/test" } },
      /\/none does not exist/u,
    ],
  ];
  for (const [title, changes, message] of nonsense) {
    it(`refuses ${title} before anything is trained, and says what to change`, () => refuses(changes, message));
  }

  it("refuses to leave out the boundaries of documents, and those of a text of one token", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`/w/${index}.txt`, `${sentences(6, index)}number ${index}\n`]),
    );
    const corpus = { ...DEFAULT_CORPUS_SETTINGS, validationFraction: 0.3 };
    const source = { kind: "folder" as const, folders: [{ path: "/w", name: "w" }], corpus };
    await assert.rejects(compare({ source, hasBoundaries: false }, { files }), /"boundaries" cannot be false/u);
    const oneWord = { ...FILES, "/test": "the\n" };
    await assert.rejects(compare({ hasBoundaries: false }, { files: oneWord }), /test text has no other/u);
    await compare({}, { files: oneWord });
  });

  it("refuses a network that the free memory cannot hold, also behind others", async () => {
    const settings = {
      gru: { spec: { hiddenSize: 8192, layerCount: 4 }, recipe: { laneCount: 4, windowTokens: 8 } },
      lstm: SMALL,
    };
    await refuses({ models: ["lstm", "gru+kn5"], settings }, /parameters, which take .* Choose a smaller hidden size/u);
  });

  it("refuses an empty text", async () => {
    await assert.rejects(compare({}, { files: { ...FILES, "/test": " \n\n" } }), /The test text is empty/u);
  });
});
