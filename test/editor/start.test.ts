import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repository } from "./editorSession.ts";
import { SampleWorkspace } from "./sampleWorkspace.ts";

describe("npm start with the embedded editor", function () {
  this.timeout(180_000);
  const workspace = new SampleWorkspace();

  after(() => workspace.dispose());

  it("shows its steps with their seconds, serves the folder, and ends all it started on Ctrl+C", async () => {
    const script = spawn(process.execPath, [join(repository, "scripts/start.mjs"), workspace.folder], {
      cwd: repository,
      env: { ...process.env, INKLING_EDITOR: "embedded", npm_lifecycle_event: "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(script, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    const lines: string[] = [];
    const address = await new Promise<string>((resolve, reject) => {
      createInterface({ input: script.stdout }).on("line", (line) => {
        lines.push(line);
        if (line === "Ctrl+C ends it.") {
          resolve(lines.find((shown) => shown.includes("http://"))?.trim() ?? "none");
        }
      });
      void ended.then(() => reject(new Error(`It ended by itself:\n${lines.join("\n")}`)));
    });

    assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/\?folder=/);
    const page = await fetch(address);
    assert.equal(page.status, 200);
    assert.ok((await page.text()).includes("vscode"), "the page is the editor");
    for (const step of ["npm packages", "Build", "TensorFlow", "VSIX", "Embedded VS Code", "Starting VS Code"]) {
      assert.ok(
        lines.some((line) => line.startsWith(`✓ ${step} (`)),
        `${step}:\n${lines.join("\n")}`,
      );
    }

    const pid = script.pid ?? 0;
    const started = descendants(pid);
    assert.ok(started.length >= 2, "the editor's processes run");
    script.kill("SIGINT");
    assert.deepEqual(await ended, [130, null]);
    assert.deepEqual(started.filter(isRunning), []);
  });
});

/** Every process that a process started, directly or by way of another. */
function descendants(ancestor: number): readonly number[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const parent = parentOf(Number(name));
        return parent === undefined ? [] : [[Number(name), parent] as const];
      }),
  );
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === ancestor || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

function parentOf(pid: number): number | undefined {
  const fields = statusFields(pid);
  return fields === undefined ? undefined : Number(fields[1]);
}

/** Whether a process runs; one that ended and waits to be collected does not. */
function isRunning(pid: number): boolean {
  const state = statusFields(pid)?.[0];
  return state !== undefined && state !== "Z";
}

/** State, parent and so on: what /proc/PID/stat has behind the name, which may hold anything. */
function statusFields(pid: number): readonly string[] | undefined {
  const path = `/proc/${pid}/stat`;
  try {
    return existsSync(path) ? readFileSync(path, "utf8").split(") ").at(-1)?.split(" ") : undefined;
  } catch {
    return undefined;
  }
}
