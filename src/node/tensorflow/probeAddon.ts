import { readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { explainOutcome, type CommandOutcome, type Environment, type RunCommand } from "./runCommand.ts";

export interface ProbeOptions {
  readonly run: RunCommand;
  readonly env: Environment;
  readonly nodePath: string;
  readonly signal: AbortSignal;
}

/** Whether an addon loads with its TensorFlow. */
export type ProbeResult =
  | {
      readonly kind: "loads";
      readonly version: string;
      readonly isGpuUsed: boolean;
      readonly warnings: readonly string[];
    }
  | { readonly kind: "fails"; readonly reason: string };

/**
 * Loads the addon in a process of its own, because a broken library may end the process that loads it. A success is
 * noted beside the addon and believed until the addon or a library changes, for loading takes more than a second.
 */
export async function probeAddon(addonPath: string, options: ProbeOptions): Promise<ProbeResult> {
  const identity = await identityOf(addonPath, options);
  const noted = await readNote(addonPath, identity);
  if (noted !== null) {
    return noted;
  }
  const outcome = await options.run(options.nodePath, ["-e", probeScript, addonPath], {
    env: { ...options.env, ELECTRON_RUN_AS_NODE: "1", NODE_OPTIONS: undefined, TF_CPP_MIN_LOG_LEVEL: "1" },
    signal: options.signal,
  });
  options.signal.throwIfAborted();
  const result = readOutcome(outcome);
  if (result.kind === "loads") {
    await writeNote(addonPath, identity, result);
  }
  return result;
}

const probeScript = `
const addon = require(process.argv[1]);
const missing = ["createTensor", "executeOp", "tensorDataSync", "isUsingGpuDevice"].filter((name) => typeof addon[name] !== "function");
if (missing.length > 0) throw new Error("the addon lacks " + missing.join(", "));
console.log("INKLING_PROBE " + JSON.stringify({ version: addon.TF_Version, isGpuUsed: addon.isUsingGpuDevice() }));
`;

function readOutcome(outcome: CommandOutcome): ProbeResult {
  if (outcome.kind === "unstartable") {
    return { kind: "fails", reason: `Node could not be started: ${outcome.reason}` };
  }
  if (outcome.kind === "signalled") {
    return { kind: "fails", reason: signalReasons[outcome.signal] ?? `loading it ended by ${outcome.signal}` };
  }
  const json = /^INKLING_PROBE (.*)$/m.exec(outcome.stdout)?.[1];
  if (outcome.exitCode !== 0 || json === undefined) {
    return { kind: "fails", reason: loadErrorOf(outcome.output) ?? explainOutcome(outcome, 3) };
  }
  const facts: unknown = JSON.parse(json);
  const version = typeof facts === "object" && facts !== null && "version" in facts ? String(facts.version) : "";
  const isGpuUsed = typeof facts === "object" && facts !== null && "isGpuUsed" in facts && facts.isGpuUsed === true;
  return { kind: "loads", version, isGpuUsed, warnings: gpuWarnings(outcome.output) };
}

const signalReasons: Readonly<Record<string, string>> = {
  SIGILL: "this processor lacks instructions (AVX) that TensorFlow was built for",
  SIGBUS: "a TensorFlow library is cut short",
  SIGKILL: "loading it was killed, perhaps for want of memory",
};

/** The loader's own sentence out of Node's stack trace. */
function loadErrorOf(output: string): string | null {
  return /^(?:Error|TypeError): (.*)$/m.exec(output)?.[1] ?? null;
}

/** What TensorFlow says about a GPU that it sees and cannot use. */
function gpuWarnings(output: string): readonly string[] {
  const lines = output.split("\n").filter((line) => /^[WE]\d{4}|^\S+ \S+: [WE] /.test(line));
  const about = lines.filter((line) => /cuda|gpu|cudnn|dlopen/i.test(line));
  return about.map((line) => line.replace(/^.*?\] /, "").trim());
}

interface ProbeNote {
  readonly identity: string;
  readonly result: ProbeResult;
}

/** Sizes and times of everything that is loaded: another value means that the note says nothing any more. */
async function identityOf(addonPath: string, options: ProbeOptions): Promise<string> {
  const libraries = join(dirname(addonPath), "tensorflow");
  const paths = [addonPath, join(libraries, "libtensorflow_cc.so.2"), join(libraries, "libtensorflow_framework.so.2")];
  const facts = await Promise.all(
    paths.map(async (path) => {
      try {
        const { size, mtimeMs } = await stat(path);
        return [await realpath(path), size, mtimeMs];
      } catch {
        return [path, null];
      }
    }),
  );
  return JSON.stringify([facts, options.nodePath, options.env["CUDA_VISIBLE_DEVICES"] ?? null]);
}

async function readNote(addonPath: string, identity: string): Promise<ProbeResult | null> {
  try {
    const note = JSON.parse(await readFile(`${addonPath}.probe.json`, "utf8")) as Partial<ProbeNote>;
    return note.identity === identity && note.result?.kind === "loads" ? note.result : null;
  } catch {
    return null;
  }
}

async function writeNote(addonPath: string, identity: string, result: ProbeResult): Promise<void> {
  const note: ProbeNote = { identity, result };
  const temporary = `${addonPath}.probe.${String(process.pid)}`;
  try {
    await writeFile(temporary, JSON.stringify(note));
    await rename(temporary, `${addonPath}.probe.json`);
  } catch {
    // A cache that cannot be written costs a second at the next start, nothing else.
  }
}
