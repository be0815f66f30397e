// Runs the extension API suite in a desktop VS Code: npm run test:desktop
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "./lib/cacheDirectory.mjs";
import { FriendlyError } from "./lib/friendlyError.mjs";
import { prepareCheckout, requireNode } from "./lib/prepareCheckout.mjs";
import { Processes } from "./lib/processes.mjs";
import { Progress } from "./lib/progress.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const processes = new Processes();
processes.endOnSignals();
try {
  requireNode();
  const cache = cacheDirectory();
  const vsix = await prepareCheckout({ root, cache, processes, progress: new Progress() });
  const { ended } = processes.start(process.execPath, ["--import=tsx", "test/editor/desktopSuite.ts"], {
    cwd: root,
    env: { ...process.env, INKLING_CACHE: cache, INKLING_TEST_VSIX: vsix },
  });
  process.exitCode = (await ended).status ?? 1;
} catch (error) {
  console.error(error instanceof FriendlyError ? `\n${error.message}` : error);
  process.exitCode = 1;
} finally {
  await processes.endAll();
}
