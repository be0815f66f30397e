import assert from "node:assert/strict";
import { createProgram } from "../../../src/cli/program.ts";

/** What is said of options, and whether they are taken. */
async function answerTo(options: readonly string[]): Promise<{ readonly isTaken: boolean; readonly said: string }> {
  let isTaken = false;
  let said = "";
  const program = createProgram("0", () => {
    isTaken = true;
    return Promise.resolve();
  });
  const writeErr = (text: string): void => {
    said += text;
  };
  program.commands.forEach((command) => command.configureOutput({ writeErr }));
  await program.parseAsync(["train", "folder", "--out", "model", ...options], { from: "user" }).catch(() => undefined);
  return { isTaken, said };
}

describe("The sizes that `train` takes", () => {
  for (const [options, message] of [
    ["--model mos --layers 9", /'--layers <n>' argument '9' is invalid\. For mos write a whole number from 1 to 8\./u],
    [
      "--model mos --layers 65",
      /'--layers <n>' argument '65' is invalid\. For mos write a whole number from 1 to 8\./u,
    ],
    ["--model mos --hidden 9000", /'--hidden <n>' argument '9000' is invalid\. For mos write .* from 1 to 8192\./u],
    ["--tokenizer word --layers 9", /For lstm of words write a whole number from 1 to 8\./u],
    ["--config c.json --model gru --layers 9", /For gru with --config write a whole number from 1 to 8\./u],
    ["--model gru --no-matches", /--no-matches is for an lstm that can suggest; gru reads none anyway/u],
    ["--tokenizer word --no-matches", /lstm of words reads none anyway/u],
    ["--layers 65", /'--layers <n>' argument '65' is invalid\. For lstm write a whole number from 1 to 64\./u],
    ["--hidden 20000", /For lstm write a whole number from 1 to 16384\./u],
    ["--layers 0", /Write a whole number of at least 1\./u],
  ] as const) {
    it(`are told in one range, that of the network (${options})`, async () => {
      const { isTaken, said } = await answerTo(options.split(" "));
      assert.match(said, message);
      assert.equal(isTaken, false);
    });
  }

  for (const options of ["--model mos --layers 8 --hidden 8192", "--layers 64 --hidden 16384"]) {
    it(`are taken up to the largest of the network (${options})`, async () => {
      assert.deepEqual(await answerTo(options.split(" ")), { isTaken: true, said: "" });
    });
  }
});
