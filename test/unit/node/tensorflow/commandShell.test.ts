import assert from "node:assert/strict";
import { CommandShell } from "../../../../src/node/tensorflow/commandShell.ts";
import type { CommandOutcome } from "../../../../src/node/tensorflow/runCommand.ts";

describe("CommandShell", () => {
  let shell: CommandShell;
  beforeEach(() => {
    shell = new CommandShell();
  });
  afterEach(() => {
    shell.dispose();
  });
  const textOf = (outcome: CommandOutcome): string => (outcome.kind === "unstartable" ? "" : outcome.stdout);

  it("hands words over as they are, whatever they mean to a shell", async () => {
    const words = ["it's", "$HOME", "a b", '"', "`id`", "", "\\", "*", "x; exit 3"];
    const outcome = await shell.run("printf", ["%s|", ...words]);
    assert.equal(textOf(outcome), words.map((word) => `${word}|`).join(""));
  });

  it("starts all commands from one process", async () => {
    const parent = async (): Promise<string> => textOf(await shell.run("/bin/sh", ["-c", "echo $PPID"]));
    const first = await parent();
    assert.match(first, /^\d+\n$/);
    assert.equal(await parent(), first);
  });

  it("tells how a command ended", async () => {
    const outcome = await shell.run("/bin/sh", ["-c", "echo oh >&2; exit 7"]);
    assert.deepEqual(outcome, { kind: "exited", exitCode: 7, stdout: "oh\n", output: "oh\n" });
    assert.equal((await shell.run("/nowhere/at-all", [])).kind, "unstartable");
  });

  it("settles what is under way when it is disposed, which may be done twice", async () => {
    const running = shell.run("/bin/sleep", ["60"]);
    shell.dispose();
    shell.dispose();
    assert.equal((await running).kind, "signalled");
  });
});
