import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The parts of the tests, in the order they run. */
export const testParts = {
  unit: { title: "Unit tests", folders: ["test/unit"], needs: "packages" },
  house: { title: "House tests", folders: ["test/house"], needs: "packages" },
  integration: {
    title: "Integration tests: real processes, real TensorFlow",
    folders: ["test/integration"],
    needs: "tensorflow",
  },
  host: {
    title: "Extension API, inside the extension host of a real VS Code",
    script: "test/editor/hostSuite.ts",
    needs: "editor",
  },
  journey: { title: "Journeys through a real VS Code, in a real browser", folders: ["test/editor"], needs: "editor" },
};

/** Runs one part. Returns `{ passed, failed, skipped, seconds }`; a part that ends without a count is one failure. */
export async function runPart(name, { root, processes, environment }) {
  const { folders, script } = testParts[name];
  const results = join(mkdtempSync(join(tmpdir(), "inkling-results-")), "results.json");
  const begin = process.hrtime.bigint();
  try {
    const args = script === undefined ? mochaArguments(root, folders) : ["--import=tsx", script];
    const { ended } = processes.start(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...environment, INKLING_TEST_RESULTS: results },
    });
    const { status, signal } = await ended;
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    const counts = readCounts(results);
    if (counts === undefined) {
      console.error(`${name}: ended without a result (${signal ?? `status ${status}`}).`);
      return { passed: 0, failed: 1, skipped: [], seconds };
    }
    const isUncounted = status !== 0 && counts.failed === 0;
    if (isUncounted) {
      console.error(`${name}: every test passed, but the run failed (${signal ?? `status ${status}`}).`);
    }
    return { ...counts, failed: counts.failed + (isUncounted ? 1 : 0), seconds };
  } finally {
    rmSync(join(results, ".."), { recursive: true, force: true });
  }
}

function mochaArguments(root, folders) {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((path) => join(folder, String(path)))
      .filter((path) => path.endsWith(".test.ts"))
      .sort(),
  );
  return [
    join(root, "node_modules/mocha/bin/mocha.js"),
    "--import=tsx",
    "--forbid-only",
    `--reporter=${join(root, "scripts/lib/countingReporter.cjs")}`,
    ...files,
  ];
}

function readCounts(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
