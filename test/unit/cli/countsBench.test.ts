import assert from "node:assert/strict";
import { type CountsBenchRow, runCountsBench } from "../../../src/cli/countsBench.ts";
import { runTreebankBench, type TreebankRow } from "../../../src/cli/treebankBench.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";
import { createContext } from "./benchContext.ts";

describe("The bench of counting models", () => {
  it("prints a row for each smoothing, with the size of what was learnt", async () => {
    const files = new MemoryFileStore();
    for (let index = 0; index < 30; index++) {
      files.put(`/folder/file${index}.txt`, `line ${index} of a text\n${`word${index * 7} `.repeat(20)}\n`);
    }
    const { context, rows } = createContext(files);
    const given = { paths: ["/folder"], order: 3, smoothing: null, vocabularySize: 256, isUnbounded: true };
    assert.equal(await runCountsBench(given, context), 0);
    const printed = rows() as CountsBenchRow[];
    assert.equal(printed.length, 9);
    const [first] = printed;
    assert.ok(first !== undefined && first.tokens > 1000 && first.corpusBytes > 1000);
    assert.equal(first.bytesPerByte, first.indexBytes / first.corpusBytes);
    const bits = Object.fromEntries(printed.map(({ smoothing, bitsPerByte }) => [smoothing, bitsPerByte]));
    assert.equal(bits["maximumLikelihood"], null, "something held out never occurred");
    assert.ok(typeof bits["wittenBell"] === "number" && bits["wittenBell"] > 0 && bits["wittenBell"] < 5);
  });

  it("scores sentences of words, the last model also with a cache", async () => {
    const files = new MemoryFileStore();
    files.put("/data/ptb.train.txt", " the cat sat \n the dog sat \n a cat ran \n");
    files.put("/data/ptb.valid.txt", " the cat ran \n");
    files.put("/data/ptb.test.txt", " the dog ran \n a cat sat \n");
    const { context, rows } = createContext(files);
    await runTreebankBench({ data: "/data" }, context);
    const printed = rows() as TreebankRow[];
    assert.equal(printed.at(-1)?.model, "modifiedKneserNey 5 + unigram cache");
    assert.ok(printed.every(({ tokens }) => tokens === 8));
    assert.ok(printed.every(({ perplexity }) => perplexity > 1 && perplexity < 7));
  });

  it("says what is missing where there is no treebank", async () => {
    const files = new MemoryFileStore();
    files.put("/notes.zip", "no archive");
    const { context } = createContext(files);
    await assert.rejects(runTreebankBench({ data: "/notes.zip" }, context), /holds no ptb\.train\.txt/);
    await assert.rejects(runTreebankBench({ data: "/nowhere" }, context), /holds no ptb\.train\.txt/);
  });
});
