import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { DEFAULT_CORPUS_SETTINGS } from "../../src/corpus/corpus.ts";
import { connectToWorker } from "../../src/node/workerPort.ts";
import type {
  CompletionAnswer,
  CountEvent,
  CountTotals,
  PredictorRequests,
} from "../../src/protocol/predictorMessages.ts";
import { createClient, type RequestClient } from "../../src/protocol/requestChannel.ts";
import { bundle } from "./distFolder.ts";

/** What somebody writes over and over in a project of 40 files. */
const habit = (n: number): string =>
  `import { createServer } from "../server.ts";\n\nexport function start${n}(): void {\n  const server = createServer({ port: ${8000 + n} });\n  server.onRequest((request, response) => response.end());\n}\n`;

describe("The predictor's thread, counting", function () {
  this.timeout(60_000);

  let folder: string;
  let storage: string;
  let worker: Worker;
  let client: RequestClient<PredictorRequests>;
  let events: CountEvent[];

  const start = (): void => {
    worker = new Worker(bundle("predictor.cjs"));
    client = createClient<PredictorRequests>(connectToWorker(worker, "predictor"));
    events = [];
  };
  const stop = async (): Promise<void> => {
    client.dispose();
    await worker.terminate();
  };
  const count = (): Promise<CountTotals> =>
    client.request(
      "count",
      { folders: [{ path: folder, name: "ws" }], corpus: DEFAULT_CORPUS_SETTINGS, first: [], storage },
      { onEvent: (event) => events.push(event) },
    );
  const complete = (path: string, before: string): Promise<CompletionAnswer> => {
    const lines = before.split("\n");
    return client.request("complete", {
      document: pathToFileURL(path).href,
      before,
      isFromStart: true,
      after: "",
      position: { line: lines.length - 1, column: lines.at(-1)?.length ?? 0 },
      selectedCompletion: null,
      trigger: "explicit",
      budgetMs: 2000,
    });
  };
  /** Whether something is offered that begins so. */
  const offers = async (path: string, before: string, beginning: string): Promise<boolean> =>
    (await complete(path, before)).suggestions.some(({ text }) => text.startsWith(beginning));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "inkling-counting-"));
    storage = join(folder, "..", `${folder}-store`);
    await mkdir(join(folder, "src"));
    for (let n = 0; n < 40; n++) {
      await writeFile(join(folder, "src", `part${n}.ts`), habit(n));
    }
    start();
  });
  afterEach(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
    await rm(storage, { recursive: true, force: true });
  });

  it("suggests from the files of a folder, with nothing trained, and again after a restart", async () => {
    const fresh = join(folder, "src", "fresh.ts");
    const before =
      'import { createServer } from "../server.ts";\n\nexport function startMe(): void {\n  const server = cre';
    assert.equal((await complete(fresh, before)).silence, "noModel");
    const { fileCount } = await count();
    assert.equal(fileCount, 40);
    assert.ok(events.some((event) => event.type === "progress" && event.fraction === 1));
    assert.ok(await offers(fresh, before, "createServer"));
    await stop();
    start();
    await count();
    assert.deepEqual(events, [], "nothing was read");
    assert.ok(await offers(fresh, before, "createServer"));
  });

  it("knows what was typed a moment ago, and forgets what was deleted", async () => {
    await count();
    const open = pathToFileURL(join(folder, "src", "part1.ts")).href;
    const typed = "  telemetry.measure(elapsedMilliseconds);\n";
    await client.request("update", { document: open, text: habit(1) + typed.repeat(8) });
    const other = join(folder, "src", "part2.ts");
    assert.ok(await offers(other, "\n  telemetry.mea", "measure("));
    await client.request("update", { document: open, text: habit(1) });
    assert.ok(!(await offers(join(folder, "src", "part3.ts"), "\n  telemetry.mea", "measure(")));
  });

  it("makes a damaged index anew and says so", async () => {
    await count();
    await stop();
    const path = join(storage, "counts.bin");
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
    start();
    const { fileCount } = await count();
    assert.equal(fileCount, 40);
    assert.ok(events.some((event) => event.type === "log" && /made anew/.test(event.message)));
  });
});
