// Prepares everything and runs every test: npm test [-- PART…]
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "./lib/cacheDirectory.mjs";
import { installEmbeddedEditor } from "./lib/embeddedEditor.mjs";
import { FriendlyError } from "./lib/friendlyError.mjs";
import { preparations, prepareCheckout, requireNode } from "./lib/prepareCheckout.mjs";
import { Processes } from "./lib/processes.mjs";
import { Progress } from "./lib/progress.mjs";
import { installTestBrowser } from "./lib/testBrowser.mjs";
import { runPart, testParts } from "./lib/testParts.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const usage = `Usage: npm test [-- PART…]

Parts, all of them by default:
${Object.entries(testParts)
  .map(([name, { title }]) => `  ${name.padEnd(12)} ${title}`)
  .join("\n")}
`;

async function main() {
  const processes = new Processes();
  processes.endOnSignals();
  const progress = new Progress();
  try {
    const parts = readArguments(process.argv.slice(2));
    if (parts === "help") {
      progress.say(usage);
      return;
    }
    requireNode();
    const environment = await prepare(parts, { processes, progress });
    const results = [];
    for (const part of parts) {
      progress.say(`\n━━ ${testParts[part].title} ━━`);
      results.push({ part, ...(await runPart(part, { root, processes, environment })) });
    }
    process.exitCode = report(results, progress);
  } catch (error) {
    console.error(error instanceof FriendlyError ? `\n${error.message}` : error);
    process.exitCode = 1;
  } finally {
    await processes.endAll();
  }
}

function readArguments(args) {
  if (args.includes("--help") || args.includes("-h")) {
    return "help";
  }
  const unknown = args.find((argument) => !(argument in testParts));
  if (unknown !== undefined) {
    throw new FriendlyError(`There is no part \`${unknown}\`.\n\n${usage}`);
  }
  return Object.keys(testParts).filter((part) => args.length === 0 || args.includes(part));
}

/** Does the set-up that the chosen parts need. Returns variables for their environment. */
async function prepare(parts, { processes, progress }) {
  const cache = cacheDirectory();
  const until = preparations.findLast((level) => parts.some((part) => testParts[part].needs === level));
  const vsix = await prepareCheckout({ root, cache, processes, progress, until });
  if (until === "editor") {
    await progress.step("Embedded VS Code", (note) => installEmbeddedEditor(cache, processes, note));
    await progress.step("Test browser", (note) => installTestBrowser(cache, processes, note));
  }
  return { INKLING_CACHE: cache, INKLING_TEST_VSIX: vsix };
}

/** Prints what came of every part, the skipped tests with their reasons, and the line that sums it up. */
function report(results, progress) {
  const sum = (count) => results.reduce((total, result) => total + count(result), 0);
  const skipped = results.flatMap((result) => result.skipped.map((test) => ({ part: result.part, ...test })));
  progress.say("\n━━ All parts ━━");
  for (const { part, passed, failed, seconds } of results) {
    progress.say(`${part.padEnd(12)} ${passed} passed, ${failed} failed (${seconds.toFixed(1)} s)`);
  }
  for (const { part, title, reason } of skipped) {
    progress.say(`skipped in ${part}: ${title}: ${reason}`);
  }
  const failed = sum((result) => result.failed);
  const passed = sum((result) => result.passed);
  const skippedText = skipped.length === 0 ? "" : `, ${skipped.length} skipped`;
  progress.say(`\n${passed} passed, ${failed} failed${skippedText}`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

await main();
