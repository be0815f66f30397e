import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LmError } from "../../../src/base/errors.ts";
import { DEFAULT_CORPUS_SETTINGS } from "../../../src/corpus/corpus.ts";
import {
  runApplyLabellerJob,
  runEvaluateLabellerJob,
  runTrainLabellerJob,
} from "../../../src/engine/labelling/labelJobs.ts";
import { runLanguagesJob } from "../../../src/engine/labelling/languagesJob.ts";
import {
  type ApplyLabellerJob,
  DEFAULT_LABEL_OPTIONS,
  type LabelEvent,
  type LabelOptions,
  type LabelTask,
} from "../../../src/protocol/labelMessages.ts";
import { usePlainBackend } from "../../support/tinyNetwork.ts";
import { JobBench } from "./jobBench.ts";

const sample = (name: string): string => readFileSync(join(import.meta.dirname, "../../samples", name), "utf8");
const SAMPLES = { "/t.tsv": sample("tokens.tsv"), "/c.tsv": sample("messages.tsv") };
const PATHS: Readonly<Record<LabelTask, string>> = { tag: "/t.tsv", classify: "/c.tsv" };
const SMALL: LabelOptions = {
  ...DEFAULT_LABEL_OPTIONS,
  embeddingSize: 16,
  hiddenSize: 16,
  budgetSeconds: null,
  epochs: 30,
  backend: "portable",
};

function benchOf(files: Readonly<Record<string, string>> = {}) {
  const bench = new JobBench({ ...SAMPLES, ...files });
  const events: LabelEvent[] = [];
  const context = {
    ...bench.context(),
    emit: (event: LabelEvent): void => {
      events.push(event);
    },
  };
  return { bench, events, context };
}

function train(
  task: LabelTask,
  files: Readonly<Record<string, string>> = {},
  {
    path = PATHS[task],
    valid = PATHS[task],
    options = {},
  }: { path?: string; valid?: string | null; options?: Partial<LabelOptions> } = {},
) {
  const made = benchOf(files);
  const job = { task, path, valid, out: "/model", options: { ...SMALL, ...options } };
  return { ...made, done: runTrainLabellerJob(job, made.context) };
}

async function refuses(work: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof LmError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

describe("Training of taggers and classifiers", function () {
  this.timeout(120_000);
  before(usePlainBackend);

  it("makes a tagger that is evaluated and applied from its directory", async () => {
    const { done, context, events } = train("tag");
    const { validation, labels } = await done;
    assert.equal(validation.accuracy, 1);
    assert.equal(labels[0], "NOUN");
    assert.equal(validation.count, 48);
    assert.ok(events.some(({ type }) => type === "labelPoint"));
    const job = { task: "tag", model: "/model", path: "/t.tsv" } as const;
    const evaluated = await runEvaluateLabellerJob(job, context);
    assert.deepEqual([evaluated.accuracy, evaluated.texts, evaluated.unseenLabels], [1, 8, []]);
    assert.ok((evaluated.unknownTokens?.count ?? 0) > 0);
    const text = "\uFEFFThe\tignored\r\nfile\r\n\r\n\r\nShe\n".slice(1);
    const { groups } = await runApplyLabellerJob(
      { task: "tag", model: "/model", source: { kind: "text", text } },
      context,
    );
    assert.deepEqual(
      groups.map((group) => group.map(({ text: token, label }) => `${token}/${label}`)),
      [["The/DET", "file/NOUN"], ["She/PRON"]],
    );
    await refuses(runEvaluateLabellerJob({ ...job, task: "classify" }, context), /is a tagger; use `tag`/u);
  });

  it("keeps the best weights so far where it is cancelled, and nothing where there are none", async () => {
    const running = new AbortController();
    const { context, bench } = benchOf();
    const emit = (event: LabelEvent): void => {
      if (event.type === "labelPoint") {
        running.abort();
      }
    };
    const job = {
      task: "tag",
      path: "/t.tsv",
      valid: "/t.tsv",
      out: "/model",
      options: { ...SMALL, epochs: 100 },
    } as const;
    const { stopped, validation } = await runTrainLabellerJob(job, { ...context, signal: running.signal, emit });
    assert.equal(stopped, "cancelled");
    const evaluated = await runEvaluateLabellerJob({ task: "tag", model: "/model", path: "/t.tsv" }, context);
    assert.equal(evaluated.accuracy, validation.accuracy);
    const early = runTrainLabellerJob({ ...job, out: "/early" }, { ...context, signal: AbortSignal.abort() });
    await assert.rejects(early, (error) => error instanceof LmError && error.code === "cancelled");
    await assert.rejects(bench.files.listDirectory("/early"), /Cannot read/u, "no folder is left");
  });

  it("replaces what is there with weights that do better on the same text, also where it is cancelled, and with no others", async () => {
    const cancelledRun = (
      out: string,
      context: ReturnType<typeof benchOf>["context"],
      isEnough: (right: number) => boolean,
    ) => {
      const running = new AbortController();
      const emit = (event: LabelEvent): void => {
        if (event.type === "labelPoint" && isEnough(event.accuracy)) {
          running.abort();
        }
      };
      const options = { ...SMALL, epochs: 100 };
      const job = { task: "tag", path: "/t.tsv", valid: "/t.tsv", out, options } as const;
      return runTrainLabellerJob(job, { ...context, signal: running.signal, emit });
    };
    const poor = train("tag", {}, { options: { epochs: 1 } });
    const before = (await poor.done).validation.accuracy;
    const better = await cancelledRun("/model", poor.context, (accuracy) => accuracy > before);
    assert.equal(better.stopped, "cancelled");
    const evaluate = { task: "tag", model: "/model", path: "/t.tsv" } as const;
    assert.equal((await runEvaluateLabellerJob(evaluate, poor.context)).accuracy, better.validation.accuracy);
    const good = train("tag");
    assert.equal((await good.done).validation.accuracy, 1);
    await refuses(
      cancelledRun("/model", good.context, () => true),
      /cancelled, and the model in \/model is the one that was there: of 48 held-out labels that has 48 right, the new one \d+, which is not more\. To have the new one, let it come to its end, or train into another directory\./u,
    );
    assert.equal((await runEvaluateLabellerJob(evaluate, good.context)).accuracy, 1);
  });

  it("refuses labels to choose by of which there is nothing to learn, before it trains", async () => {
    const { done, events } = train("tag", { "/v.tsv": "strange\tX-LABEL\n" }, { valid: "/v.tsv" });
    await refuses(done, /\/v\.tsv has a label that no text to learn from has \(X-LABEL\); add such texts/u);
    assert.deepEqual(events, []);
  });

  it("makes a classifier, of words or of characters, that reads files of any length", async () => {
    for (const [units, pooling] of [
      ["word", "max"],
      ["char", "last"],
    ] as const) {
      const long = `question\t${units === "word" ? "how".repeat(33_334) : "How do I open it? ".repeat(33)}`;
      const { done, context } = train(
        "classify",
        { "/c.tsv": `${SAMPLES["/c.tsv"]}${long}\n`, "/x": "please add a font" },
        { options: { units, pooling, epochs: units === "word" ? 20 : 1 } },
      );
      const { validation, stopped } = await done;
      assert.equal(stopped, "epochs");
      assert.equal(validation.count, 19);
      if (units === "word") {
        assert.equal(validation.accuracy, 1);
      }
      const source = { kind: "documents", paths: ["/x"] } as const;
      const { groups } = await runApplyLabellerJob({ task: "classify", model: "/model", source }, context);
      const [judged] = groups.flat();
      assert.ok(judged !== undefined && judged.probability !== null);
      assert.equal(judged.text, "/x");
      assert.ok(judged.probability > 1 / 3 && judged.probability <= 1, String(judged.probability));
    }
  });

  it("keeps a row for a blank line and for an empty file, without a label, and says which are empty", async () => {
    const { done, context } = train("classify", { "/x": "add a font", "/e": " \n" }, { options: { epochs: 1 } });
    await done;
    const labelled = async (source: ApplyLabellerJob["source"]): Promise<readonly unknown[]> => {
      const { groups, empty } = await runApplyLabellerJob({ task: "classify", model: "/model", source }, context);
      return [...groups.flat().map(({ text, label }) => `${text}${label === null ? "" : "!"}`), empty];
    };
    const documents = { kind: "documents", paths: ["/e", "/x"] } as const;
    assert.deepEqual(await labelled(documents), ["/e", "/x!", ["/e"]]);
    const lines = { kind: "text", text: "\n a font\n\nwhy?\n" } as const;
    assert.deepEqual(await labelled(lines), ["", "a font!", "", "why?!", []]);
    assert.deepEqual(await labelled({ kind: "file", path: "/e" }), ["", ["/e"]]);
    assert.deepEqual(await labelled({ kind: "text", text: "" }), [["standard input"]]);
  });

  it("counts labels that it never saw as wrong, and says so", async () => {
    const { done, context, events, bench } = train("tag", {}, { options: { epochs: 2 } });
    await done;
    bench.files.add("/e.tsv", "The\tDET\nwho\tWHAT\n\noh\tOH\n");
    const result = await runEvaluateLabellerJob({ task: "tag", model: "/model", path: "/e.tsv" }, context);
    assert.deepEqual(result.unseenLabels, [
      { label: "WHAT", count: 1 },
      { label: "OH", count: 1 },
    ]);
    assert.ok(result.accuracy <= 1 / 3);
    const notice = events.find((event) => event.type === "notice");
    assert.match(notice?.message ?? "", /WHAT \(1\), OH \(1\); all of these count as wrong/u);
  });

  it("gives the same model for the same seed", async () => {
    const weights = async (seed: number): Promise<string> => {
      const { done, bench } = train("tag", {}, { valid: null, options: { epochs: 2, seed } });
      await done;
      const names = (await bench.files.listDirectory("/model")).map(({ name }) => name);
      return names.find((name) => name.endsWith(".bin")) ?? "";
    };
    assert.equal(await weights(3), await weights(3));
    assert.notEqual(await weights(3), await weights(4));
  });

  const LONG = Array.from({ length: 2001 }, () => "a\tA").join("\n");
  for (const [what, task, text, message] of [
    ["without tabs", "tag", "The DET\ncat NOUN\n", /Line 1 of \/f has no tab \("The DET"\); write a token, a tab/u],
    ["without tabs", "classify", "a\tb\n\nno tab here", /Line 3 of \/f has no tab/u],
    ["with a line of 100,000 characters and no tab", "classify", "x".repeat(100_000), /no tab \("x{40}…"\)/u],
    ["with three columns", "tag", "1\tThe\tDET\n", /Line 1 of \/f has 3 columns/u],
    ["with one label", "tag", "a\tX\n\nb\tX\n", /All 2 tokens of \/f have the label "X".*two labels/u],
    ["with an empty label", "tag", "a\tX\nb\t \n", /Line 2 of \/f has no label/u],
    ["with an empty text", "classify", "a\tX\nb\t\n", /Line 2 of \/f has no text/u],
    ["of nothing", "tag", "\n\r\n \n", /\/f is empty; write a token/u],
    [
      "with the columns the wrong way round",
      "classify",
      Array.from({ length: 25 }, (_, line) => `text ${line}\tbug`).join("\n"),
      /wrong way round/u,
    ],
    ["with a sentence without end", "tag", `b\tB\n\n${LONG}`, /begins in line 3 of \/f has 2,001 tokens/u],
    ["with one sentence", "tag", "a\tX\nb\tY\n", /one sentence only/u],
    ["with one example of each", "classify", "a\tx\nb\ty\n", /one example only of each label/u],
  ] as const) {
    it(`is refused before it begins for a file ${what} (${task})`, async () => {
      const { done, events } = train(task, { "/f": text }, { path: "/f", valid: null });
      await refuses(done, message);
      assert.deepEqual(events, []);
    });
  }

  it("takes line ends of Windows, a byte order mark and blank lines in a row as they are meant", async () => {
    const text = `\uFEFF\r\n\r\n${SAMPLES["/t.tsv"].replaceAll("\n\n", "\n \n\n").replaceAll("\n", "\r\n")}`;
    const { done, events } = train("tag", { "/f": text }, { path: "/f", options: { epochs: 1 } });
    assert.equal((await done).validation.count, 48);
    const told = events.find((event) => event.type === "labelText");
    assert.deepEqual([told?.trainingTexts, told?.trainingUnits, told?.labelCount], [8, 48, 7]);
  });
});

describe("Languages of a workspace's files", function () {
  this.timeout(120_000);
  before(usePlainBackend);

  const job = { folders: [{ path: "/w", name: "w" }], corpus: DEFAULT_CORPUS_SETTINGS, out: "/model" };
  const written = (make: (index: number) => string) => Array.from({ length: 14 }, (_, index) => make(index));
  const FILES = Object.fromEntries([
    ...written((i) => `def read${i}(self, path):\n    return self.files[${i}]\n\nclass Reader${i}:\n    pass\n`).map(
      (text, index) => [`/w/r${index}.py`, text] as const,
    ),
    ...written((i) => `function read${i}(path) {\n  const file = files[${i}];\n  return file;\n}\n`).map(
      (text, index) => [`/w/s${index}.${index % 2 === 0 ? "js" : "mjs"}`, text] as const,
    ),
    ["/w/tool", "def main(self):\n    return self.path\n"],
    ["/w/only.sql", "select name from users where id = 1;\n"],
  ]);

  it("are learnt from their endings, measured on others, and found for files without one", async () => {
    const { context, events } = benchOf(FILES);
    const result = await runLanguagesJob({ ...job, options: { ...SMALL, epochs: 20 } }, context);
    assert.deepEqual([...result.labels].sort(), ["js", "py"]);
    const known = result.test.labels.filter(({ label }) => label !== "sql");
    assert.ok(known.every(({ recall }) => recall === 1) && known.length > 0, JSON.stringify(result.test.labels));
    assert.ok(result.testStretches.count >= result.test.count);
    assert.deepEqual(
      result.unnamed.map(({ text, label }) => [text, label]),
      [["w/tool", "py"]],
    );
    assert.ok(events.some((event) => event.type === "labelPoint"));
    const source = { kind: "documents", paths: ["/w/tool"] } as const;
    const applied = await runApplyLabellerJob({ task: "classify", model: "/model", source }, context);
    assert.equal(applied.groups[0]?.[0]?.label, "py");
  });

  it("need two languages", async () => {
    const python = Object.fromEntries(Object.entries(FILES).filter(([path]) => path.endsWith(".py")));
    const { context } = benchOf(python);
    await refuses(runLanguagesJob({ ...job, options: SMALL }, context), /one language only \(py\)/u);
  });
});
