import assert from "node:assert/strict";
import { LmError } from "../../../../src/base/errors.ts";
import type { Checkpoint } from "../../../../src/checkpoints/checkpoint.ts";
import { createScalarKernel } from "../../../../src/models/neural/scalarKernel.ts";
import type { CounterThread } from "../../../../src/predictor/counting/workspaceCounts.ts";
import { Predictor } from "../../../../src/predictor/predictor.ts";
import type { CompletionAnswer, CompletionQuery } from "../../../../src/protocol/predictorMessages.ts";
import { ManualTime } from "../../../fakes/manualTime.ts";
import { MemoryFileStore } from "../../../fakes/memoryFileStore.ts";
import { chainCheckpoint } from "../chainCheckpoint.ts";
import { counterOver, JOB, pathOf } from "./countingParts.ts";
import { sourceText } from "./sourceText.ts";

const QUIET = { signal: new AbortController().signal, emit: (): void => undefined };
const HABIT = "  log.information(request, response);\n";

describe("A predictor that counts", () => {
  let files: MemoryFileStore;
  let threads: (CounterThread & { readonly die: () => void })[];
  let predictor: Predictor;
  let checkpoint: Checkpoint | undefined;

  beforeEach(() => {
    files = new MemoryFileStore();
    threads = [];
    checkpoint = undefined;
    files.put("/ws/a.ts", `${sourceText(60)}${HABIT.repeat(6)}`);
    files.put("/ws/b.ts", sourceText(60));
    files.put("/ws/x.txt", "abc\nx=yzt\n".repeat(40));
    predictor = new Predictor({
      clock: new ManualTime(),
      createKernel: createScalarKernel,
      pause: () => new Promise((resolve) => setImmediate(resolve)),
      startThread: () => {
        const thread = counterOver(files);
        threads.push(thread);
        return thread;
      },
      pathOf,
      openCheckpoint: () =>
        checkpoint === undefined
          ? Promise.reject(new LmError("checkpointMissing", "None."))
          : Promise.resolve(checkpoint),
    });
  });
  afterEach(() => {
    predictor.dispose();
  });

  /** Asks at `‸` in a document. */
  const complete = (document: string, marked: string): Promise<CompletionAnswer> => {
    const [before = "", after = ""] = marked.split("‸");
    const lines = before.split("\n");
    const query: CompletionQuery = {
      document,
      before,
      isFromStart: true,
      after,
      position: { line: lines.length - 1, column: lines.at(-1)!.length },
      selectedCompletion: null,
      trigger: "explicit",
      budgetMs: 100,
    };
    return predictor.complete(query, new AbortController().signal);
  };
  /** Whether something is offered at `‸` that begins so; how sure one must be of how much is for others to say. */
  const offers = async (document: string, marked: string, beginning: string): Promise<boolean> =>
    (await complete(document, marked)).suggestions.some(({ text }) => text.startsWith(beginning));

  it("completes from counts alone, before anything was trained", async () => {
    assert.equal((await complete("/ws/new.ts", "  log.inf‸")).silence, "noModel");
    await predictor.count(JOB, QUIET);
    assert.ok(await offers("/ws/new.ts", "  log.inf‸", "information"));
  });

  it("completes what was typed a moment ago and never saved", async () => {
    await predictor.count(JOB, QUIET);
    assert.ok(!(await offers("/ws/c.ts", "quite.un‸", "unheard")));
    await predictor.update({ document: "untitled:1", text: "quite.unheard(of);\n".repeat(5) });
    assert.ok(await offers("/ws/c.ts", "quite.un‸", "unheard"));
    predictor.close("untitled:1");
    assert.ok(!(await offers("/ws/d.ts", "quite.un‸", "unheard")));
  });

  it("does not take the line that is being written for its own best example", async () => {
    const text = files.text("/ws/b.ts");
    const [head, tail] = [text.slice(0, text.indexOf("\n", 1000) + 1), text.slice(text.indexOf("\n", 1000) + 1)];
    await predictor.count(JOB, QUIET);
    for (const typed of ["", "  ", "  lo", "  log", "  log.", "  log.inf"]) {
      await predictor.update({ document: "/ws/b.ts", text: `${head}${typed}\n${tail}` });
      await complete("/ws/b.ts", `${head}${typed}‸\n${tail}`);
    }
    assert.ok(await offers("/ws/b.ts", `${head}  log.inf‸\n${tail}`, "information"));
  });

  it("has network and counts together once a checkpoint over the same vocabulary comes", async () => {
    checkpoint = chainCheckpoint(["abcdefgh;", "x=yzt\n"]);
    await predictor.load("/model");
    const totals = await predictor.count(JOB, QUIET);
    assert.equal(totals.vocabularySize, checkpoint.spec.vocabularySize);
    assert.ok(await offers("/ws/new.ts", "abc\nx=‸", "yzt"));
    assert.equal(threads.length, 1);
  });

  it("counts again when a checkpoint has another vocabulary, and answers from what it had until then", async () => {
    await predictor.count(JOB, QUIET);
    await predictor.update({ document: "untitled:1", text: "x=yzt\n" });
    checkpoint = chainCheckpoint(["abcdefgh;", "x=yzt\n"]);
    const loading = predictor.load("/model");
    assert.ok(await offers("/ws/new.ts", "  log.inf‸", "information"));
    const { vocabularySize } = await loading;
    assert.equal(vocabularySize, checkpoint.spec.vocabularySize);
    assert.equal(threads.length, 2);
    assert.ok(await offers("/ws/new.ts", "abc\nx=‸", "yzt"));
    const totals = await predictor.count(JOB, QUIET);
    assert.equal(totals.vocabularySize, vocabularySize);
  });

  it("never mixes counts and network over different vocabularies, though both come at once as when an editor starts", async () => {
    checkpoint = chainCheckpoint(["x=yzt\n", " abcdefghijklmnopqrsuvw.(),;"]);
    await Promise.all([predictor.load("/model"), predictor.count(JOB, QUIET)]);
    // Changes are made one after the other: behind this one, those under way are over.
    await predictor.load("/model");
    const place = { document: "/ws/new.ts", before: "  log.inf", isFromStart: true, count: 3 };
    const explanation = await predictor.explain(place, new AbortController().signal);
    const [longest] = explanation?.contexts ?? [];
    assert.equal(longest?.text.endsWith(" log.inf"), true, JSON.stringify(longest));
    assert.equal(longest.followers[0]?.text, "o");
  });

  it("goes on from counts when the network is taken away", async () => {
    checkpoint = chainCheckpoint(["abcdefgh;", "x=yzt\n"]);
    await predictor.count(JOB, QUIET);
    await predictor.load("/model");
    await predictor.unload();
    assert.notEqual((await complete("/ws/new.ts", "abc\nx=‸")).silence, "noModel");
  });

  it("uses only the experts that are asked for", async () => {
    checkpoint = chainCheckpoint(["x=yzt\n", " abcdefghijklmnopqrsuvw.(),;"]);
    await predictor.count(JOB, QUIET);
    await predictor.load("/model", ["lstm"]);
    assert.ok(await offers("/ws/n.ts", "abc\nx=‸", "yzt"));
    assert.ok(!(await offers("/ws/n.ts", "  log.inf‸", "information")));
    await predictor.load("/model", ["counts"]);
    assert.ok(await offers("/ws/m.ts", "  log.inf‸", "information"));
  });

  it("goes on answering when the counting thread dies, and counts in a new one when asked again", async () => {
    await predictor.count(JOB, QUIET);
    const counting = predictor.count(JOB, QUIET);
    threads[0]!.die();
    await assert.rejects(counting, { code: "engineDied" });
    assert.ok(await offers("/ws/new.ts", "  log.inf‸", "information"));
    await predictor.count(JOB, QUIET);
    assert.equal(threads.length, 2);
    assert.ok(await offers("/ws/newer.ts", "  log.inf‸", "information"));
  });

  it("keeps what is on the screen while counts change beneath it", async () => {
    await predictor.count(JOB, QUIET);
    assert.ok(await offers("/ws/new.ts", "  log.inf‸", "information"));
    await predictor.update({ document: "untitled:1", text: "  log.inference();\n".repeat(50) });
    assert.ok(await offers("/ws/new.ts", "  log.info‸", "information"));
    assert.ok(await offers("/ws/other.ts", "  log.inf‸", "infer"));
  });

  it("computes anew what the counts say now, where the text is the same", async () => {
    await predictor.count(JOB, QUIET);
    await predictor.prepare({ document: "/ws/new.ts", before: "a();\n  zeb", isFromStart: true });
    assert.ok(!(await offers("/ws/new.ts", "a();\n  zeb‸", "zebra")));
    await predictor.update({ document: "untitled:1", text: "a();\n  zebra.cross();\n".repeat(20) });
    assert.ok(await offers("/ws/new.ts", "a();\n  zeb‸", "zebra"));
  });
});
