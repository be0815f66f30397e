import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "../../scripts/lib/cacheDirectory.mjs";
import { installOnce } from "../../scripts/lib/installOnce.mjs";
import { Processes } from "../../scripts/lib/processes.mjs";
import { choosePort, rememberPort } from "../../scripts/lib/rememberedPort.mjs";
import { cacheDirectory as productCacheDirectory } from "../../src/node/tensorflow/cacheDirectory.ts";
import { skipAloud } from "../skipAloud.ts";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

function withFolder(): () => string {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "inkling-scripts-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return () => folder;
}

describe("An installation into the cache", () => {
  const folder = withFolder();

  it("is done once", async () => {
    const target = join(folder(), "cache/thing");
    const fill = (staging: string): void => writeFileSync(join(staging, "file"), "filled");
    assert.equal(await installOnce(target, new Processes(), fill), true);
    assert.equal(await installOnce(target, new Processes(), () => assert.fail("nothing is left to do")), false);
    assert.equal(readFileSync(join(target, "file"), "utf8"), "filled");
  });

  it("leaves nothing behind when it fails, and can be done again", async () => {
    const target = join(folder(), "thing");
    const failing = installOnce(target, new Processes(), (staging) => {
      writeFileSync(join(staging, "file"), "half");
      throw new Error("no network");
    });
    await assert.rejects(failing, /no network/);
    assert.deepEqual(readdirSync(folder()), []);
    assert.equal(await installOnce(target, new Processes(), () => {}), true);
  });

  it("succeeds for both of two that are done at once", async () => {
    const target = join(folder(), "thing");
    const fill = async (staging: string): Promise<void> => {
      writeFileSync(join(staging, "file"), "filled");
      await Promise.resolve();
    };
    await Promise.all([installOnce(target, new Processes(), fill), installOnce(target, new Processes(), fill)]);
    assert.deepEqual(readdirSync(folder()), ["thing"]);
    assert.equal(readFileSync(join(target, "file"), "utf8"), "filled");
  });

  it("removes what a process that is gone left half done, and leaves what one that lives is doing", async () => {
    const gone = spawnSync(process.execPath, ["--version"]).pid;
    mkdirSync(join(folder(), `thing.staging-${gone}-0`));
    mkdirSync(join(folder(), `thing.staging-${process.pid}-0`));
    await installOnce(join(folder(), "thing"), new Processes(), () => {});
    assert.deepEqual(readdirSync(folder()).sort(), ["thing", `thing.staging-${process.pid}-0`]);
  });

  it("is undone when the script is ended in the middle of it", async () => {
    const processes = new Processes();
    let isStarted = (): void => {};
    const started = new Promise<void>((resolve) => {
      isStarted = resolve;
    });
    const target = join(folder(), "thing");
    void installOnce(target, processes, async (staging) => {
      writeFileSync(join(staging, "file"), "half");
      isStarted();
      await new Promise(() => {});
    });
    await started;
    await processes.endAll();
    assert.deepEqual(readdirSync(folder()), []);
  });
});

describe("The processes of a script", function () {
  this.timeout(30_000);

  it("end with everything they started, also what ignores a polite request", async () => {
    const processes = new Processes();
    const grandchild = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log(process.pid);';
    const child = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(grandchild)}], { stdio: "inherit" });`;
    let tellPid: (pid: number) => void = () => {};
    const grandchildPid = new Promise<number>((resolve) => {
      tellPid = resolve;
    });
    processes.start(process.execPath, ["-e", child], { onLine: (line) => tellPid(Number(line)) });
    const pid = await grandchildPid;
    assert.equal(isAlive(pid), true);
    await processes.endAll();
    await gone(pid);
  });

  it("end with what started the script, where that is killed as npm's shell is", async function () {
    if (process.platform === "win32") {
      skipAloud(this, "Windows has no sh");
    }
    const script = `
      import { Processes } from ${JSON.stringify(join(repository, "scripts/lib/processes.mjs"))};
      const processes = new Processes();
      processes.endWithParent();
      const { child } = processes.start(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { onLine: () => {} });
      console.log([process.pid, child.pid].join());`;
    // The second command keeps the shell from becoming the script itself, as some do.
    const shell = spawn("sh", ["-c", '"$0" --input-type=module -e "$1"; exit 0', process.execPath, script]);
    const [line] = (await once(shell.stdout, "data")) as [Buffer];
    const pids = line.toString().trim().split(",").map(Number);
    assert.deepEqual(pids.map(isAlive), [true, true]);
    shell.kill("SIGTERM");
    await Promise.all(pids.map(gone));
  });

  it("fail with the command and its last words", async () => {
    const run = new Processes().run(process.execPath, ["-e", 'console.error("last words"); process.exit(3)']);
    await assert.rejects(run, /failed \(status 3\)\nlast words/);
  });

  it("that cannot be started fail too", async () => {
    await assert.rejects(new Processes().run("/nowhere/at/all", []), /ENOENT/);
  });
});

describe("npm start", function () {
  this.timeout(30_000);
  const folder = withFolder();

  function start(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): { status: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(repository, "scripts/start.mjs"), ...args], {
      cwd: folder(),
      env: { ...process.env, npm_lifecycle_event: "", ...environment },
      encoding: "utf8",
    });
    return { status, output: stdout + stderr };
  }

  it("says what it does when asked", () => {
    const { status, output } = start(["--help"]);
    assert.equal(status, 0);
    assert.match(output, /npm start \[-- FOLDER\]/);
  });

  it("refuses a folder that is not there, by its full path and before it does anything", () => {
    const { status, output } = start(["missing"]);
    assert.equal(status, 1);
    assert.equal(
      output.trim(),
      `There is no folder ${join(folder(), "missing")}. Give the folder to open: npm start -- FOLDER`,
    );
  });

  it("refuses a file", () => {
    writeFileSync(join(folder(), "file"), "");
    const { status, output } = start(["file"]);
    assert.equal(status, 1);
    assert.match(output, /file is a file\. Give the folder to open/);
  });

  it("takes a relative folder from where npm was called", () => {
    const { output } = start(["missing"], { npm_lifecycle_event: "start", INIT_CWD: "/elsewhere" });
    assert.match(output, /There is no folder \/elsewhere\/missing/);
  });

  it("refuses what it does not understand", () => {
    assert.match(start(["--fast"]).output, /Unexpected argument `--fast`/);
    assert.match(start(["one", "two"]).output, /Unexpected argument `two`/);
    assert.match(
      start([], { INKLING_EDITOR: "emacs" }).output,
      /Expected INKLING_EDITOR to be auto, desktop or embedded/,
    );
    assert.match(start([], { INKLING_EDITOR: "desktop", PATH: folder() }).output, /`code` is not on the PATH/);
  });
});

describe("The counting of tests", function () {
  this.timeout(30_000);
  const folder = withFolder();

  it("counts what passed, failed and was skipped, with the reason", () => {
    const test = join(folder(), "sample.test.ts");
    const skipAloud = JSON.stringify(join(repository, "test/skipAloud.ts"));
    writeFileSync(
      test,
      `import { skipAloud } from ${skipAloud};
       describe("sample", () => {
         it("passes", () => {});
         it("fails", () => { throw new Error("planted"); });
         it("is skipped", function () { skipAloud(this, "planted reason"); });
         it.skip("is skipped in silence", () => {});
         describe("inner", () => {
           before(function () { skipAloud(this, "no such thing here"); });
           it("never runs", () => {});
         });
       });`,
    );
    const results = join(folder(), "results.json");
    const mocha = join(repository, "node_modules/mocha/bin/mocha.js");
    const reporter = `--reporter=${join(repository, "scripts/lib/countingReporter.cjs")}`;
    spawnSync(process.execPath, [mocha, "--import=tsx", reporter, test], {
      cwd: repository,
      env: { ...process.env, INKLING_TEST_RESULTS: results },
    });
    assert.deepEqual(JSON.parse(readFileSync(results, "utf8")), {
      passed: 1,
      failed: 1,
      skipped: [
        { title: "sample is skipped", reason: "planted reason" },
        { title: "sample is skipped in silence", reason: "no reason given" },
        { title: "sample inner never runs", reason: "no such thing here" },
      ],
    });
  });
});

describe("The port of the embedded editor", () => {
  const folder = withFolder();

  async function listen(port: number): Promise<{ readonly port: number; readonly close: () => Promise<unknown> }> {
    const server = createServer().listen({ host: "127.0.0.1", port });
    await once(server, "listening");
    const close = async (): Promise<unknown> => {
      server.close();
      return once(server, "close");
    };
    return { port: (server.address() as AddressInfo).port, close };
  }

  it("is the one of the start before where that is free, else another that is remembered too", async () => {
    const path = join(folder(), "profile/ports");
    assert.equal(await choosePort(path), 0);
    const [first, second] = [await listen(0), await listen(0)];
    rememberPort(path, first.port);
    assert.equal(await choosePort(path), 0, "it is taken");
    rememberPort(path, second.port);
    rememberPort(path, first.port);
    await second.close();
    assert.equal(await choosePort(path), second.port);
    await first.close();
    assert.equal(await choosePort(path), first.port);
  });

  it("is any where the file holds none", async () => {
    const path = join(folder(), "ports");
    writeFileSync(path, "\nnone\n-1\n99999\n0\n");
    assert.equal(await choosePort(path), 0);
  });
});

describe("The cache", () => {
  const rows: readonly {
    readonly platform: NodeJS.Platform;
    readonly env: NodeJS.ProcessEnv;
    readonly ending: string;
  }[] = [
    { platform: "linux", env: { INKLING_CACHE: "/moved" }, ending: "/moved" },
    { platform: "linux", env: { INKLING_CACHE: "moved" }, ending: "/moved" },
    { platform: "linux", env: { XDG_CACHE_HOME: "/xdg" }, ending: "/xdg/inkling" },
    { platform: "linux", env: { XDG_CACHE_HOME: "relative" }, ending: "/.cache/inkling" },
    { platform: "linux", env: { INKLING_CACHE: "" }, ending: "/.cache/inkling" },
    { platform: "darwin", env: {}, ending: "/Library/Caches/inkling" },
    { platform: "win32", env: { LOCALAPPDATA: "/local" }, ending: "/local/inkling/cache" },
  ];

  for (const { platform, env, ending } of rows) {
    it(`of ${platform} with ${JSON.stringify(env)} is …${ending}, for the scripts and for the product`, () => {
      const directory = cacheDirectory(env, platform);
      assert.ok(directory.endsWith(ending), directory);
      assert.equal(directory, productCacheDirectory({ env, platform }));
    });
  }
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Settles when a process that was killed has been reaped by its new parent. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid) && !isZombie(pid)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function isZombie(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && / Z /.test(readFileSync(path, "utf8"));
}
