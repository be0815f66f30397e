import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandOptions, CommandOutcome, RunCommand } from "../../../../src/node/tensorflow/runCommand.ts";
import type { SetUpContext, SetUpProgress } from "../../../../src/node/tensorflow/setupContext.ts";

/** A command that a fake machine has: gets its arguments, does what it does, and says how it ended. */
export type FakeCommand = (
  args: readonly string[],
  options: CommandOptions,
) => CommandOutcome | Promise<CommandOutcome>;

/** A machine in a temporary folder whose only commands are the given ones. */
export interface FakeMachine {
  readonly context: SetUpContext;
  /** Temporary; also the only cache root. */
  readonly root: string;
  readonly calls: readonly string[];
  readonly progress: readonly SetUpProgress[];
  dispose(): Promise<void>;
}

export async function createFakeMachine(
  commands: Readonly<Record<string, FakeCommand>>,
  changes: Partial<SetUpContext> = {},
): Promise<FakeMachine> {
  const root = await mkdtemp(join(tmpdir(), "inkling-machine-"));
  const calls: string[] = [];
  const progress: SetUpProgress[] = [];
  const run: RunCommand = async (command, args, options = {}) => {
    calls.push([command, ...args].join(" "));
    const fake = commands[command];
    return fake === undefined ? { kind: "unstartable", reason: `${command} is not there` } : fake(args, options);
  };
  const context: SetUpContext = {
    env: {},
    platform: { os: "linux", cpu: "x64", isGlibc: true },
    run,
    signal: new AbortController().signal,
    onProgress: (event) => progress.push(event),
    roots: [root],
    startDirectory: root,
    nodePath: "node",
    ...changes,
  };
  return { context, root, calls, progress, dispose: () => rm(root, { recursive: true, force: true }) };
}

/** A command that ran to its end. */
export function exited(exitCode: number, output = ""): CommandOutcome {
  return { kind: "exited", exitCode, stdout: output, output };
}

/** A Python with pip whose `pip download` does `download`. */
export function fakePython(
  download: (folder: string, requirement: string, options: CommandOptions) => CommandOutcome | Promise<CommandOutcome>,
  unpack: FakeCommand = () => exited(0),
): FakeCommand {
  return (args, options) => {
    if (args.includes("--version")) {
      return exited(0, "pip 24.2 from somewhere (python 3.9)\n");
    }
    return args[2] === "download"
      ? download(args[args.indexOf("--dest") + 1] ?? "", args[args.length - 1] ?? "", options)
      : unpack(args, options);
  };
}
