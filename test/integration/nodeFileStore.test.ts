import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LmError } from "../../src/base/errors.ts";
import { createNodeFileStore } from "../../src/node/nodeFileStore.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("createNodeFileStore", () => {
  const store = createNodeFileStore();
  let root = "";

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "inkling-files-"));
  });

  afterEach(async () => {
    await chmod(root, 0o755);
    await rm(root, { recursive: true, force: true });
  });

  async function codeOf(work: Promise<unknown>): Promise<string> {
    try {
      await work;
      return "none";
    } catch (error) {
      assert.ok(error instanceof LmError, String(error));
      return error.code;
    }
  }

  it("writes chunks one after the other and leaves nothing beside the file", async () => {
    const path = join(root, "model.bin");
    await store.writeFileAtomically(path, [bytes("first "), bytes(""), bytes("second")]);
    await store.writeFileAtomically(path, [bytes("third")]);
    assert.equal(await readFile(path, "utf8"), "third");
    assert.deepEqual(await readdir(root), ["model.bin"]);
  });

  it("lets several writers of one file finish, the last of them whole", async () => {
    const path = join(root, "model.bin");
    const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000));
    await Promise.all(texts.map((text) => store.writeFileAtomically(path, [bytes(text)])));
    assert.ok(texts.includes(await readFile(path, "utf8")));
    assert.deepEqual(await readdir(root), ["model.bin"]);
  });

  it("shows a reader the old bytes or the new ones, never a mixture", async () => {
    const path = join(root, "model.bin");
    const versions = ["a", "b"].map((letter) => letter.repeat(300_000));
    await store.writeFileAtomically(path, [bytes(versions[0] ?? "")]);
    const writer = { isDone: false };
    const writes = (async () => {
      for (let i = 1; i <= 20; i++) {
        await store.writeFileAtomically(path, [bytes(versions[i % 2] ?? "")]);
      }
      writer.isDone = true;
    })();
    while (!writer.isDone) {
      assert.ok(versions.includes(new TextDecoder().decode(await store.readFile(path))));
    }
    await writes;
  });

  it("removes what dead writers of the same file left long ago, and nothing else", async () => {
    const long = new Date(Date.now() - 3_600_000);
    // No process has the highest number that fits in 31 bits: Linux stops at 2^22.
    const names = {
      dead: ".model.bin.2147483647-0123456789ab.tmp",
      fresh: ".model.bin.2147483647-ba9876543210.tmp",
      alive: `.model.bin.${String(process.pid)}-0123456789ab.tmp`,
      other: ".other.bin.2147483647-0123456789ab.tmp",
    };
    for (const [key, name] of Object.entries(names)) {
      await writeFile(join(root, name), "x");
      if (key !== "fresh") {
        await utimes(join(root, name), long, long);
      }
    }
    await store.writeFileAtomically(join(root, "model.bin"), [bytes("x")]);
    assert.deepEqual((await readdir(root)).sort(), [names.fresh, names.alive, names.other, "model.bin"].sort());
  });

  it("replaces what a link leads to and keeps the link", async () => {
    await writeFile(join(root, "real"), "old");
    await symlink("real", join(root, "link"));
    await store.writeFileAtomically(join(root, "link"), [bytes("new")]);
    assert.equal(await readFile(join(root, "real"), "utf8"), "new");
    assert.deepEqual((await readdir(root)).sort(), ["link", "real"]);
  });

  it("says why a file cannot be written, and loses nothing", async function () {
    assert.equal(await codeOf(store.writeFileAtomically(join(root, "no", "x"), [bytes("x")])), "fileUnwritable");
    await writeFile(join(root, "file"), "x");
    assert.equal(await codeOf(store.makeDirectory(join(root, "file", "x"))), "fileUnwritable");
    if (process.getuid?.() === 0) {
      console.warn("      SKIPPED in part: permissions do not bind root");
      return;
    }
    await chmod(root, 0o555);
    assert.equal(await codeOf(store.writeFileAtomically(join(root, "file"), [bytes("y")])), "fileUnwritable");
    assert.equal(await readFile(join(root, "file"), "utf8"), "x");
  });

  it("says that the disk is full, keeps the old file and cleans up", function () {
    const script = `
      import { readdirSync, readFileSync } from "node:fs";
      import { createNodeFileStore } from ${JSON.stringify(new URL("../../src/node/nodeFileStore.ts", import.meta.url).href)};
      const store = createNodeFileStore();
      const path = process.argv.at(-1) + "/model.bin";
      const write = (length) => store.writeFileAtomically(path, [new Uint8Array(length).fill(65)]);
      await write(1000);
      const code = await write(1000000).then(() => "none", (error) => error.code);
      console.log(JSON.stringify([code, readFileSync(path).length, readdirSync(process.argv.at(-1))]));`;
    const mount =
      'mount -t tmpfs -o size=256k none "$1" && exec "$2" --import=tsx --input-type=module --eval "$3" "$1"';
    const inNamespace = ["--user", "--map-root-user", "--mount", "sh", "-c"];
    try {
      execFileSync("unshare", [...inNamespace, 'mount -t tmpfs none "$1"', "sh", root], { stdio: "ignore" });
    } catch {
      console.warn("      SKIPPED: this machine does not let a test mount a small disk");
      this.skip();
    }
    const output = execFileSync("unshare", [...inNamespace, mount, "sh", root, process.execPath, script], {
      encoding: "utf8",
    });
    assert.deepEqual(JSON.parse(output), ["diskFull", 1000, ["model.bin"]]);
  }).timeout(30_000);

  it("reads no more than it is asked for", async () => {
    const path = join(root, "text");
    await writeFile(path, "x".repeat(10_000));
    assert.equal((await store.readFile(path, 9_000)).length, 9_000);
    assert.equal((await store.readFile(path, 99_000)).length, 10_000);
    assert.equal((await store.readFile(path, 0)).length, 0);
    assert.equal((await store.readFile(path)).length, 10_000);
  });

  it("tells what is missing from what cannot be read", async () => {
    assert.equal(await store.stat(join(root, "none")), undefined);
    assert.equal(await store.realPath(join(root, "none")), undefined);
    await symlink("self", join(root, "self"));
    assert.equal(await store.stat(join(root, "self")), undefined);
    assert.equal(await codeOf(store.readFile(join(root, "none"))), "fileUnreadable");
    assert.equal(await codeOf(store.listDirectory(join(root, "none"))), "fileUnreadable");
    assert.equal(await codeOf(store.removeFile(join(root, "none"))), "none");
    assert.equal(await codeOf(store.removeEmptyDirectory(join(root, "none"))), "none");
  });

  it("removes a directory only where it is empty", async () => {
    const directory = join(root, "made");
    await store.makeDirectory(directory);
    await writeFile(join(directory, "file"), "x");
    await store.removeEmptyDirectory(directory);
    assert.equal((await store.stat(join(directory, "file")))?.kind, "file");
    await store.removeFile(join(directory, "file"));
    await store.removeEmptyDirectory(directory);
    assert.equal(await store.stat(directory), undefined);
  });

  it("lists kinds without following links", async () => {
    await writeFile(join(root, "file"), "x");
    await store.makeDirectory(join(root, "directory", "deep"));
    await symlink("file", join(root, "link"));
    const entries = [...(await store.listDirectory(root))].sort((a, b) => a.name.localeCompare(b.name, "en"));
    assert.deepEqual(entries, [
      { name: "directory", kind: "directory" },
      { name: "file", kind: "file" },
      { name: "link", kind: "symbolicLink" },
    ]);
    assert.equal((await store.stat(join(root, "link")))?.kind, "file");
  });
});
