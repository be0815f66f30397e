import assert from "node:assert/strict";
import { runCompareJob } from "../../../../src/engine/comparison/compareJob.ts";
import { JobBench } from "../jobBench.ts";

const line = (index: number): string =>
  ` the ${["cat", "dog", "bird"][index % 3]} sees a ${["mouse", "tree"][index % 2]} \n`;
const sentences = (count: number, from: number): string =>
  Array.from({ length: count }, (_, index) => line(index + from)).join("");

const TRAIN = sentences(60, 0);
const FILES = { "/train": TRAIN, "/copy": `${TRAIN}\n`, "/valid": sentences(10, 1), "/test": sentences(11, 2) };

/** What a comparison tells beside its rows. */
async function noticesOf(files: { readonly train: string; readonly valid: string; readonly test: string }) {
  const notices: string[] = [];
  const { rows } = await runCompareJob(
    {
      source: { kind: "files", ...files },
      tokenizer: "word",
      vocabularySize: null,
      hasBoundaries: true,
      models: ["kn2"],
      settings: {},
      budgetSeconds: null,
      epochs: 1,
      backend: "portable",
      seed: 1,
    },
    {
      ...new JobBench(FILES).context(),
      emit: (event) => {
        notices.push(...(event.type === "notice" ? [event.message] : []));
      },
    },
  );
  assert.equal(rows.length, 1);
  return notices;
}

describe("A comparison in which one text has two roles", () => {
  for (const [train, valid, test, message] of [
    [
      "/train",
      "/train",
      "/train",
      /^Warning: the training text and the test text are the same, .*nothing of unseen text/u,
    ],
    ["/train", "/valid", "/copy", /^Warning: the training text and the test text are the same/u],
    ["/train", "/test", "/test", /^Warning: the validation text and the test text .* chosen by what is scored/u],
    ["/train", "/copy", "/test", /^Warning: the training text and the validation text .* by heart/u],
  ] as const) {
    it(`warns, and compares all the same (${train} ${valid} ${test})`, async () => {
      const [notice = "", ...others] = await noticesOf({ train, valid, test });
      assert.match(notice, message);
      assert.deepEqual(others, []);
    });
  }

  it("is no comparison of three texts, of which nothing is said", async () => {
    assert.deepEqual(await noticesOf({ train: "/train", valid: "/valid", test: "/test" }), []);
  });
});
