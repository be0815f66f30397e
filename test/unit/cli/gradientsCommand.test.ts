import assert from "node:assert/strict";
import { DEFAULT_CORPUS_SETTINGS } from "../../../src/corpus/corpus.ts";
import type { CommandContext } from "../../../src/cli/commandContext.ts";
import { runGradients } from "../../../src/cli/gradientsCommand.ts";
import { logTicks } from "../../../src/cli/logChart.ts";
import { Terminal } from "../../../src/cli/terminal.ts";
import type { GradientEvent, GradientJob } from "../../../src/protocol/gradientMessages.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";
import { gradientRow, untrainedRow } from "../../support/sampleGradients.ts";

const ROW = gradientRow();

const RESULT = { window: "let <x> =", target: " 1", rows: [untrainedRow(), ROW] };

async function look(
  path: string,
  { isJson = true, report = null }: { isJson?: boolean; report?: string | null } = {},
): Promise<{ readonly out: string; readonly job: GradientJob | undefined; readonly files: MemoryFileStore }> {
  const files = new MemoryFileStore();
  files.put("/folder/a.txt", "text");
  let out = "";
  let asked: GradientJob | undefined;
  const context = {
    terminal: new Terminal({ out: { write: (text) => (out += text) }, err: { write: () => undefined }, isJson }),
    files,
    resolvePath: (given: string) => `/${given}`,
    signal: new AbortController().signal,
    watchSuspension: () => ({ dispose: () => undefined }),
    engine: {
      request: (_method: string, job: GradientJob, { onEvent }: { onEvent: (event: GradientEvent) => void }) => {
        asked = job;
        onEvent({ type: "gradientRow", row: ROW });
        return Promise.resolve(RESULT);
      },
    },
  } as unknown as CommandContext;
  const options = { models: ["lstm"], tokenizer: "char", windowTokens: 4, hiddenSize: 8, budgetSeconds: 5 } as const;
  await runGradients({ path, ...options, backend: "auto", seed: 1, report }, context);
  return { out, job: asked, files };
}

describe("The command that looks at gradients", () => {
  it("prints one JSON object for each network and stage where a program reads", async () => {
    assert.deepEqual(JSON.parse((await look("folder")).out), ROW);
  });

  it("tells people the norms, what they change by, and what clipping did", async () => {
    const { out } = await look("folder", { isJson: false });
    assert.match(out, /^lstm, trained: loss 2\.50 nats/u);
    assert.match(out, /∂h, steps back: 0: 0\.500 {2}1: 0\.250 {2}2: 0\.125 {2}3: 1\.0e-12, × 0\.500 a step/u);
    assert.match(out, /3 steps in 5\.0 s.*25 % clipped to 1\.00/u);
  });

  it("asks for a folder as a folder, and for a file as a file", async () => {
    const folder = { kind: "folder", folders: [{ path: "/folder", name: "folder" }], corpus: DEFAULT_CORPUS_SETTINGS };
    assert.deepEqual((await look("folder")).job?.source, folder);
    assert.deepEqual((await look("folder/a.txt")).job?.source, { kind: "file", path: "/folder/a.txt" });
  });

  it("refuses a path that is not there", async () => {
    await assert.rejects(look("nowhere"), /There is no \/nowhere; name a folder or a text file/u);
  });

  it("writes a report that needs nothing else, in which text is text", async () => {
    const { files } = await look("folder", { report: "r.html" });
    const page = new TextDecoder().decode(await files.readFile("/r.html"));
    assert.match(page, /let &lt;x&gt; =/u);
    assert.doesNotMatch(page, /https?:|<script|NaN|undefined/u);
    // Output and cell, untrained and trained; before and after clipping.
    assert.equal(page.match(/<polyline/gu)?.length, 6);
  });
});

describe("The marks of a logarithmic scale", () => {
  it("are powers of ten over a wide range and round numbers over a narrow one", () => {
    assert.deepEqual(logTicks(1e-10, 1), [1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1]);
    assert.deepEqual(logTicks(90, 210), [100, 150, 200]);
  });
});
