import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OnText, type Outcome, runCli } from "./runCli.ts";

/** `cut` is a noun behind a determiner and a verb behind a noun: a tagger has to read what stands around it. */
const SENTENCES = [
  [
    ["the", "DET"],
    ["cut", "NOUN"],
    ["heals", "VERB"],
  ],
  [
    ["gardeners", "NOUN"],
    ["cut", "VERB"],
    ["a", "DET"],
    ["rose", "NOUN"],
  ],
  [
    ["a", "DET"],
    ["rose", "NOUN"],
    ["cut", "VERB"],
    ["the", "DET"],
    ["gardeners", "NOUN"],
  ],
] as const;

/** Rows of two topics. */
function topics(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    index % 2 === 0 ? `tea\tsteep the leaves for ${index} minutes` : `bread\tknead the dough for ${index} minutes`,
  );
}

const SMALL = ["--embedding", "16", "--hidden", "16", "--seed", "2"];

describe("The commands that tag and classify", function () {
  this.timeout(180_000);
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "inkling-labellers-"));
    const tagged = Array.from({ length: 150 }, (_, index) =>
      (SENTENCES[index % SENTENCES.length] ?? []).map((pair) => pair.join("\t")).join("\n"),
    );
    await writeFile(join(folder, "tags.tsv"), `${tagged.join("\n\n")}\n`);
    await writeFile(join(folder, "plain.txt"), "the\nrose\ncut\na\ncut\n\ngardeners\ncut\n");
    await writeFile(join(folder, "topics.tsv"), `${topics(80).join("\n")}\n`);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  function inkling(args: readonly string[], onError?: OnText): Promise<Outcome> {
    return runCli(args, { cwd: folder, onError });
  }

  /** What a command that succeeds prints, one object a line. */
  async function objectsOf(args: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { exitCode, stdout, stderr } = await inkling([...args, "--json"]);
    assert.equal(exitCode, 0, stderr);
    return stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  }

  for (const backend of ["tensorflow", "portable"]) {
    it(`trains a tagger that reads what stands around a word, and keeps it (${backend})`, async () => {
      const out = `tagger-${backend}`;
      const train = ["tag", "train", "tags.tsv", "--out", out, "--epochs", "25", "--backend", backend, ...SMALL];
      assert.equal((await objectsOf(train)).at(-1)?.["type"], "done");
      const [figures] = await objectsOf(["tag", "evaluate", out, "tags.tsv"]);
      assert.equal(figures?.["accuracy"], 1);
      const { stdout } = await inkling(["tag", "apply", out, "plain.txt"]);
      assert.deepEqual(
        stdout.split("\n").filter((line) => line !== ""),
        ["the\tDET", "rose\tNOUN", "cut\tVERB", "a\tDET", "cut\tNOUN", "gardeners\tNOUN", "cut\tVERB"],
      );
    });
  }

  it("trains a classifier, and says which is which", async () => {
    await objectsOf(["classify", "train", "topics.tsv", "--out", "topics", "--epochs", "12", ...SMALL]);
    await writeFile(join(folder, "new.txt"), "steep it well\nthe dough rises\n");
    const rows = await objectsOf(["classify", "apply", "topics", "new.txt"]);
    assert.deepEqual(
      rows.map(({ text, label }) => [text, label]),
      [
        ["steep it well", "tea"],
        ["the dough rises", "bread"],
      ],
    );
  });

  it("keeps a directory for the training that writes to it, and what was there where that is stopped", async () => {
    // So many that a training does not come to its end while another program starts.
    await writeFile(join(folder, "many.tsv"), `${topics(6000).join("\n")}\n`);
    await objectsOf(["classify", "train", "many.tsv", "--out", "held", "--epochs", "1", ...SMALL]);
    const names = (await readdir(join(folder, "held"))).sort();
    const others: Promise<Outcome>[] = [];
    const train = ["classify", "train", "many.tsv", "--out", "held", "--budget", "10m", ...SMALL];
    // Only a training that has looked at the held-out texts has anything to compare with what is there.
    const isDone = { refusal: false, look: false, stop: false };
    const first = await inkling(train, (text, kill) => {
      const stopWhenDone = (): void => {
        if (isDone.refusal && isDone.look && !isDone.stop) {
          isDone.stop = true;
          kill("SIGINT");
        }
      };
      isDone.look ||= /validation .* right/u.test(text);
      if (text.includes("texts with") && others.length === 0) {
        const other = inkling(["classify", "train", "topics.tsv", "--out", "held", "--epochs", "1"]);
        others.push(other);
        void other.finally(() => {
          isDone.refusal = true;
          stopWhenDone();
        });
      }
      stopWhenDone();
    });
    const [second] = await Promise.all(others);
    assert.equal(second?.exitCode, 1);
    assert.match(second.stderr, /Another training \(process \d+\) writes to .*held: wait until it ends/u);
    assert.equal(first.exitCode, 130, first.stderr);
    assert.match(first.stderr, /held is the one that was there: of 600 held-out labels that has 600 right/u);
    assert.deepEqual((await readdir(join(folder, "held"))).sort(), names);
    assert.equal((await objectsOf(["classify", "evaluate", "held", "topics.tsv"])).length, 1);
  });

  it("refuses a model of the other kind, and says what it is", async () => {
    await objectsOf(["classify", "train", "topics.tsv", "--out", "kind", "--epochs", "1", ...SMALL]);
    const { exitCode, stderr } = await inkling(["tag", "apply", "kind", "plain.txt"]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /classif/u);
    assert.doesNotMatch(stderr, /\n\s+at /u);
  });
});
