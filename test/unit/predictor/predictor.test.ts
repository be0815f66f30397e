import assert from "node:assert/strict";
import { LmError } from "../../../src/base/errors.ts";
import type { Checkpoint } from "../../../src/checkpoints/checkpoint.ts";
import { openCheckpointStore } from "../../../src/checkpoints/checkpointStore.ts";
import type { RecurrentKernel } from "../../../src/models/neural/recurrentKernel.ts";
import { createScalarKernel } from "../../../src/models/neural/scalarKernel.ts";
import { sha256 } from "../../../src/node/sha256.ts";
import { Predictor } from "../../../src/predictor/predictor.ts";
import type { CompletionAnswer, CompletionQuery } from "../../../src/protocol/predictorMessages.ts";
import { ManualTime } from "../../fakes/manualTime.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";
import { chainCheckpoint } from "./chainCheckpoint.ts";

const DOCUMENT = "file:///a.ts";
const DIRECTORY = "/model";
/** More than one suggestion. */
const LONG = "abcdefghijkl-mnopqrstuvw+xyzABCDEFGH=IJKLMNOPQRST*UVWXYZ0123/456789;";
/** Lines above a place. From one to the other what was suggested there stays, but what was read is of no use. */
const ABOVE = `a\n${"~\n".repeat(150)}`;
const OTHERWISE_ABOVE = `b\n${"~\n".repeat(150)}`;
const CHAINS = ["abcdefgh;", "(123)", "x=yzt\n", " \r😀é"];

describe("predictor", () => {
  let time: ManualTime;
  /** What one lane of one model step takes. */
  let stepMs: number;
  /** Lanes of model steps and distributions so far. */
  let stepCount: number;
  let files: MemoryFileStore;
  let predictor: Predictor;
  const store = (directory = DIRECTORY): ReturnType<typeof openCheckpointStore> =>
    openCheckpointStore(directory, files, sha256);
  const load = async (checkpoint: Checkpoint): Promise<void> => {
    await store().write(checkpoint, null);
    await predictor.load(DIRECTORY, ["lstm"]);
  };

  beforeEach(async () => {
    time = new ManualTime();
    stepMs = 0.01;
    stepCount = 0;
    files = new MemoryFileStore();
    predictor = new Predictor({
      clock: time,
      createKernel: (spec, weights) => slowKernel(createScalarKernel(spec, weights)),
      pause: () => new Promise((resolve) => setImmediate(resolve)),
      startThread: () => assert.fail("nothing is counted here"),
      pathOf: () => undefined,
      openCheckpoint: async (directory) => {
        const read = await store(directory).read();
        if (read.kind !== "checkpoint") {
          throw new LmError("checkpointMissing", read.message);
        }
        return read.checkpoint;
      },
    });
    await load(chainCheckpoint(CHAINS));
  });

  /** A kernel under which time passes. */
  const slowKernel = (kernel: RecurrentKernel): RecurrentKernel => ({
    spec: kernel.spec,
    step: (states, tokens) => {
      time.advance(stepMs * states.length);
      stepCount += states.length;
      return kernel.step(states, tokens);
    },
    logProbabilities: (states, out, matches) => {
      time.advance(stepMs * states.length);
      stepCount += states.length;
      kernel.logProbabilities(states, out, matches);
    },
  });

  /** Asks at `‸`; the document is what the text says. */
  const complete = (
    marked: string,
    overrides: Partial<CompletionQuery> = {},
    signal = new AbortController().signal,
  ): Promise<CompletionAnswer> => predictor.complete({ ...queryAt(marked), ...overrides }, signal);

  const rows: readonly (readonly [title: string, marked: string, text: string, startColumn: number])[] = [
    ["goes on from the character before the caret", "abc\nx=‸", "yzt", 2],
    ["replaces from the start of the caret's word", "abc‸", "abcdefgh;", 0],
    ["keeps the text behind the caret", "a‸fgh;", "", 0],
    ["leaves out what is already behind the caret", "ab‸;", "abcdefgh", 0],
    ["does not double a bracket that is there", "(‸)", "123", 1],
    ["counts columns in UTF-16 units", "😀 😀 ab‸", "abcdefgh;", 6],
    ["reads documents with CRLF line ends", "x\r\nabc\r\nx=‸\r\n", "yzt", 2],
  ];
  for (const [title, marked, text, startColumn] of rows) {
    it(`${title}: ${JSON.stringify(marked)}`, async () => {
      const query = queryAt(marked);
      const { suggestions } = await complete(marked);
      if (text === "") {
        assert.deepEqual(suggestions, []);
        return;
      }
      assert.equal(suggestions[0]?.text, text);
      assert.deepEqual(suggestions[0].range, {
        start: { line: query.position.line, column: startColumn },
        end: query.position,
      });
    });
  }

  it("offers several lines where they are wanted and sure, in the range of the caret's line alone", async () => {
    await load(chainCheckpoint(["x=yzt\nuvw(1);\n"]));
    const marked = "x\r\n\r\nx=‸\r\n";
    const [first] = (await complete(marked, { multiline: "whenSure" })).suggestions;
    const place = { line: 2, column: 2 };
    assert.deepEqual(
      [first?.text.split("\n").slice(0, 2), first?.range],
      [["yzt", "uvw(1);"], { start: place, end: place }],
    );
    assert.equal((await complete(marked)).suggestions[0]?.text, "yzt");
    assert.equal((await complete("x=‸ ;", { multiline: "whenSure" })).suggestions[0]?.text, "yzt");
  });

  it("gives the probability that all of the inserted text comes next", async () => {
    const { suggestions } = await complete("x=‸");
    const other = chainCheckpoint(CHAINS).spec.vocabularySize - 1;
    const likely = Math.exp(10 * Math.tanh(Math.tanh(20)));
    const step = likely / (likely + other);
    assert.ok(Math.abs(suggestions[0]!.probability - step ** 3) < 1e-4);
  });

  it("is silent without a model, and says so", async () => {
    await predictor.unload();
    assert.deepEqual((await complete("x=‸")).silence, "noModel");
    assert.equal((await complete("x=‸")).suggestions.length, 0);
  });

  it("is silent where it is not sure", async () => {
    assert.equal((await complete("é‸")).silence, "unsure");
  });

  it("is silent in comments and strings where nothing is wanted there, also on request, and says so", async () => {
    const asked = { languageId: "ini", silentIn: ["comment"] } as const;
    assert.equal((await complete("; x=‸", asked)).silence, "notWanted");
    assert.equal((await complete("; x=‸", { ...asked, trigger: "explicit" })).silence, "notWanted");
    assert.equal((await complete("; x=‸", { ...asked, silentIn: ["string"] })).silence, null);
    assert.equal((await complete("; \nx=‸", asked)).silence, null);
  });

  it("ends where a comment begins in which nothing is wanted", async () => {
    await load(chainCheckpoint(["x=yzt#uvw\n"]));
    const asked = { languageId: "python", trigger: "explicit" } as const;
    const textsOf = async (silentIn: readonly "comment"[]): Promise<readonly string[]> =>
      (await complete(silentIn.length > 0 ? "x=‸" : "w\nx=‸", { ...asked, silentIn })).suggestions.map(
        ({ text }) => text,
      );
    assert.deepEqual(await textsOf(["comment"]), ["yzt"]);
    assert.ok((await textsOf([])).some((text) => text.includes("#")));
  });

  it("is silent where the line is complete, and says so", async () => {
    assert.equal((await complete("x=yzt‸")).silence, "nothingLeft");
  });

  for (const [title, marked] of [
    ["between the halves of a surrogate pair", "a\ud83d‸\ude00"],
    ["before a combining mark", "e‸\u0301"],
    ["between CR and LF", "x=\r‸\n"],
  ] as const) {
    it(`offers nothing ${title}`, async () => {
      assert.deepEqual((await complete(marked, { trigger: "explicit" })).suggestions, []);
    });
  }

  it("shrinks a suggestion while it is typed, without asking the model", async () => {
    assert.equal((await complete("ab‸")).suggestions[0]?.text, "abcdefgh;");
    const closed = await complete("abcd‸", { budgetMs: 0 });
    assert.equal(closed.suggestions[0]?.text, "abcdefgh;");
    assert.equal((await complete("ab‸", { budgetMs: 0 })).suggestions[0]?.text, "abcdefgh;");
  });

  it("searches ahead where acceptance leads, and answers there at once", async () => {
    await load(chainCheckpoint([LONG]));
    const first = (await complete(`${ABOVE}a‸`)).suggestions[0]!.text;
    assert.ok(LONG.startsWith(first) && first.length < LONG.length - 2, `${first} leaves something to say`);
    await settle();
    const next = (await complete(`${OTHERWISE_ABOVE}${first}‸`, { budgetMs: 0 })).suggestions[0]?.text;
    assert.ok(next !== undefined && LONG.includes(next), `${next} was foreseen`);
  });

  it("gives up searching ahead at the next request", async () => {
    await load(chainCheckpoint([LONG]));
    const first = (await complete(`${ABOVE}a‸`)).suggestions[0]!.text;
    await complete("m‸");
    await settle();
    assert.deepEqual((await complete(`${OTHERWISE_ABOVE}${first}‸`, { budgetMs: 0 })).suggestions, []);
  });

  it("does not search ahead again at every key while a suggestion is typed", async () => {
    await load(chainCheckpoint(CHAINS));
    await complete("x=‸");
    await settle();
    const steps = stepCount;
    await complete("x=y‸");
    await settle();
    // What is read ahead is the character that was typed.
    assert.ok(stepCount - steps <= 2, `${stepCount - steps} steps`);
  });

  it("keeps what was asked for from coming up by itself, until it is typed", async () => {
    const ask = async (marked: string, trigger: CompletionQuery["trigger"]): Promise<readonly string[]> =>
      (await complete(marked, { trigger })).suggestions.map(({ text }) => text.slice(1));
    const asked = await ask(`${ABOVE}é‸`, "explicit");
    assert.deepEqual(await ask(`${ABOVE}é‸`, "automatic"), []);
    assert.deepEqual(await ask(`${ABOVE}é‸`, "explicit"), asked);
    const second = asked[1]!;
    const marked = `${OTHERWISE_ABOVE}é${second.slice(0, 1)}‸`;
    const [typed] = (await complete(marked, { budgetMs: 0 })).suggestions;
    assert.ok(typed?.text.endsWith(second.slice(1)), `${typed?.text} is the rest of ${second}`);
  });

  it("keeps what is on the screen when a new model comes, and asks the new one elsewhere", async () => {
    assert.equal((await complete("ab‸")).suggestions[0]?.text, "abcdefgh;");
    await load(chainCheckpoint(["hgfedcba;", "x=123\n"], 2));
    assert.equal((await complete("abc‸")).suggestions[0]?.text, "abcdefgh;");
    assert.equal((await complete("x=‸")).suggestions[0]?.text, "123");
  });

  it("extends the selected completion in its range", async () => {
    const range = { start: { line: 0, column: 0 }, end: { line: 0, column: 1 } };
    const { suggestions } = await complete("a‸", { selectedCompletion: { text: "abc", range } });
    assert.deepEqual(suggestions[0], { text: "abcdefgh;", range, probability: suggestions[0]!.probability });
  });

  it("offers nothing where the selected completion cannot be extended", async () => {
    const beyond = { start: { line: 0, column: 0 }, end: { line: 0, column: 3 } };
    assert.equal(
      (await complete("a‸bc", { selectedCompletion: { text: "abc", range: beyond } })).silence,
      "cannotExtend",
    );
    const elsewhere = { start: { line: 7, column: 0 }, end: { line: 7, column: 1 } };
    assert.equal(
      (await complete("a‸", { selectedCompletion: { text: "abc", range: elsewhere } })).silence,
      "cannotExtend",
    );
  });

  it("offers several distinct texts when asked", async () => {
    // After é everything is about equally likely.
    const { suggestions } = await complete("é‸", { trigger: "explicit" });
    assert.ok(suggestions.length > 1, `${suggestions.length} suggestions`);
    assert.equal(new Set(suggestions.map(({ text }) => text)).size, suggestions.length);
  });

  it("answers within the budget in a document it has never seen, and better once it has read it", async () => {
    const before = `${"x=yzt\n".repeat(5_000)}abc\n`;
    const query = { ...queryAt("‸"), before: `${before}x=`, position: { line: 5_001, column: 2 }, isFromStart: true };
    stepMs = 1;
    await predictor.load(DIRECTORY, ["lstm"]);
    const first = await predictor.complete({ ...query, budgetMs: 50 }, new AbortController().signal);
    assert.ok(first.elapsedMs <= 50, `${first.elapsedMs} ms`);
    assert.equal(first.suggestions[0]?.text, "yzt");
    await predictor.prepare({ document: DOCUMENT, before: query.before, isFromStart: true });
    const again = await predictor.complete(
      { ...query, before: `${before}x=yzt\nabc\nx`, position: { line: 5_003, column: 1 } },
      new AbortController().signal,
    );
    assert.ok(again.elapsedMs <= 50, `${again.elapsedMs} ms`);
    assert.equal(again.suggestions[0]?.text, "x=yzt");
  });

  it("says that it is still reading where even the line is too long for the time there is", async () => {
    stepMs = 30;
    assert.equal((await complete(`${"x=".repeat(40)}‸`, { budgetMs: 50 })).silence, "warmingUp");
  });

  it("lets a newer request for the same document end an older one", async () => {
    const older = complete("x=‸");
    const newer = complete("abc\nx=‸");
    const elsewhere = complete("x=‸", { document: "file:///b.ts" });
    assert.equal((await older).silence, "cancelled");
    assert.equal((await newer).suggestions[0]?.text, "yzt");
    assert.equal((await elsewhere).suggestions[0]?.text, "yzt");
  });

  it("ends when the asking side cancels", async () => {
    const controller = new AbortController();
    const answer = complete("x=‸", {}, controller.signal);
    controller.abort();
    assert.equal((await answer).silence, "cancelled");
  });

  it("settles a superseded prepare", async () => {
    const long = "x=yzt\n".repeat(1_000);
    const first = predictor.prepare({ document: DOCUMENT, before: long, isFromStart: true });
    const second = predictor.prepare({ document: DOCUMENT, before: "x=", isFromStart: true });
    assert.deepEqual(await Promise.all([first, second]), [null, null]);
  });

  it("keeps what it has read when the same weights come again, and tells of their progress", async () => {
    const before = "x=yzt\n".repeat(500);
    await predictor.prepare({ document: DOCUMENT, before, isFromStart: true });
    await store().write(chainCheckpoint(CHAINS, 9), null);
    assert.equal((await predictor.load(DIRECTORY, ["lstm"])).step, 9);
    const startedMs = time.nowMs();
    await predictor.prepare({ document: DOCUMENT, before: `${before}x`, isFromStart: true });
    assert.ok(time.nowMs() - startedMs < 5 * stepMs);
  });

  it("keeps the old model when a new one cannot be loaded", async () => {
    await assert.rejects(
      predictor.load("/nowhere"),
      (error: unknown) => error instanceof LmError && error.code === "checkpointMissing",
    );
    assert.equal((await complete("x=‸")).suggestions[0]?.text, "yzt");
  });

  it("finishes requests under way with the model they began with", async () => {
    await store().write(chainCheckpoint(["hgfedcba;", "x=123\n"], 2), null);
    const loading = predictor.load(DIRECTORY, ["lstm"]);
    const answer = complete("x=‸");
    assert.equal((await answer).suggestions[0]?.text, "yzt");
    assert.equal((await loading).step, 2);
    assert.equal((await complete("x=1‸")).suggestions.length, 0);
  });

  it("describes the model", async () => {
    const info = await predictor.load(DIRECTORY, ["lstm"]);
    assert.equal(info.tokenizer, "char");
    assert.equal(info.directory, DIRECTORY);
    assert.ok(Math.abs(info.perplexity! - Math.E) < 1e-12);
    assert.ok(Math.abs(info.bitsPerByte! - 0.5 / Math.LN2) < 1e-12);
  });

  it("samples the same text for the same seed, in parts that make up the whole", async () => {
    const sample = async (seed: number, temperature: number): Promise<readonly [string, string]> => {
      const parts: string[] = [];
      const params = { prompt: "", lengthTokens: 30, temperature, seed };
      const { text } = await predictor.sample(params, (part) => parts.push(part), new AbortController().signal);
      return [text, parts.join("")];
    };
    const [text, joined] = await sample(1, 1.5);
    assert.equal(text, joined);
    assert.deepEqual(await sample(1, 1.5), [text, text]);
    assert.notEqual((await sample(2, 1.5))[0], text);
    assert.ok((await sample(1, 0))[0].startsWith("abcdefgh;"), "the text begins where documents begin");
  });

  it("draws from the likeliest tokens only where it is told to", async () => {
    const sample = async (limits: { readonly topK?: number; readonly topP?: number }): Promise<string> => {
      const params = { prompt: "", lengthTokens: 30, temperature: 1.5, seed: 1, ...limits };
      return (await predictor.sample(params, () => undefined, new AbortController().signal)).text;
    };
    const greedy = await sample({ topK: 1 });
    assert.ok(greedy.startsWith("abcdefgh;"), greedy);
    assert.equal(await sample({ topP: 0 }), greedy);
    assert.notEqual(await sample({}), greedy);
    assert.equal(await sample({ topK: 1_000, topP: 1 }), await sample({}));
  });

  it("samples behind a prompt", async () => {
    const { text } = await predictor.sample(
      { prompt: "x", lengthTokens: 5, temperature: 0, seed: 1 },
      () => undefined,
      new AbortController().signal,
    );
    assert.equal(text, "=yzt\n");
  });

  it("refuses to sample without a model", async () => {
    await predictor.unload();
    const sampled = predictor.sample(
      { prompt: "", lengthTokens: 1, temperature: 1, seed: 1 },
      () => undefined,
      new AbortController().signal,
    );
    await assert.rejects(sampled, (error: unknown) => error instanceof LmError && error.code === "checkpointMissing");
  });
});

/** Until what goes on in the background is done. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 300; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A query for the place of `‸` in a whole document. */
function queryAt(marked: string): CompletionQuery {
  const [before = "", after = ""] = marked.split("‸");
  const lines = before.split(/\r\n|\r|\n/);
  return {
    document: DOCUMENT,
    before,
    isFromStart: true,
    after,
    position: { line: lines.length - 1, column: lines.at(-1)?.length ?? 0 },
    selectedCompletion: null,
    trigger: "automatic",
    budgetMs: 50,
  };
}
