import { spawn } from "node:child_process";
import { bundle } from "./distFolder.ts";

/** What a command printed, and how it ended. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Sees text as it is printed, and can end the command. */
export type OnText = (text: string, kill: (signal: NodeJS.Signals) => void) => void;

interface RunOptions {
  readonly cwd: string;
  readonly onOut?: OnText | undefined;
  readonly onError?: OnText | undefined;
}

/** Runs the command line as it is shipped. */
export function runCli(args: readonly string[], { cwd, onOut, onError }: RunOptions): Promise<Outcome> {
  const child = spawn(process.execPath, [bundle("cli.cjs"), ...args], { cwd });
  const kill = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    onOut?.(text, kill);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    onError?.(text, kill);
  });
  return new Promise((resolve) =>
    child.on("close", (exitCode) => {
      resolve({ exitCode, stdout, stderr });
    }),
  );
}
