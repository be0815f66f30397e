import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { LmError, type ErrorCode } from "../../base/errors.ts";
import { makeDirectory } from "./makeDirectory.ts";
import { isProcessAlive } from "../processLock.ts";
import { explainOutcome, isSuccess, type CommandOutcome } from "./runCommand.ts";
import { cacheError, type SetUpContext } from "./setupContext.ts";

/** A Python that has pip. */
export interface Python {
  readonly command: string;
  readonly pipVersion: string;
}

export interface DownloadOptions {
  /** Name and version range, as pip reads them. */
  readonly requirement: string;
  /** Folder for finished wheels; one that is there already is not downloaded again. */
  readonly directory: string;
  /** What is downloaded, for people. */
  readonly title: string;
}

/**
 * The first Python 3 with pip: `INKLING_PYTHON`, then what the PATH has.
 * @throws LmError `noPython`
 */
export async function findPython(context: SetUpContext): Promise<Python> {
  const chosen = context.env["INKLING_PYTHON"];
  const versions = ["3.14", "3.13", "3.12", "3.11", "3.10", "3.9", "3.8"].map((version) => `python${version}`);
  const commands = [...(chosen === undefined || chosen === "" ? [] : [chosen]), "python3", "python", ...versions];
  const withoutPip: string[] = [];
  for (const command of commands) {
    const outcome = await context.run(command, ["-m", "pip", "--version"], {
      env: pipEnvironment(context),
      signal: context.signal,
    });
    context.signal.throwIfAborted();
    const pipVersion = isSuccess(outcome) ? /^pip (\S+) .*\(python 3\.\d+\)/m.exec(outcome.stdout)?.[1] : undefined;
    if (pipVersion !== undefined) {
      return { command, pipVersion };
    }
    if (outcome.kind === "exited") {
      withoutPip.push(command);
    }
  }
  const found =
    withoutPip.length === 0
      ? "No Python 3 was found on the PATH."
      : `Python was found (${withoutPip.join(", ")}), but without pip.`;
  throw new LmError(
    "noPython",
    `${found} TensorFlow is fetched with Python's pip: install Python 3.8 or later with pip (on Debian and Ubuntu the packages ` +
      "python3 and python3-pip), or set INKLING_PYTHON to one that has it, and set up again.",
  );
}

/**
 * Downloads one wheel for Linux x64 with the user's own pip configuration, whatever that Python's own version is.
 * @returns the wheel's path
 * @throws LmError `noNetwork`, `diskFull`, `cacheUnwritable`, `commandFailed`
 */
export async function downloadWheel(options: DownloadOptions, python: Python, context: SetUpContext): Promise<string> {
  const { requirement, directory, title } = options;
  try {
    await makeDirectory(directory);
    await removeAbandoned(directory);
    const present = await findWheel(directory, requirement);
    if (present !== null) {
      return join(directory, present);
    }
    const incoming = join(directory, `incoming.${String(process.pid)}`);
    await rm(incoming, { recursive: true, force: true });
    await mkdir(incoming);
    try {
      context.onProgress({ phase: "downloading", message: `Downloading ${title}` });
      await runDownload({ requirement, incoming, title }, python, context);
      const wheel = await findWheel(incoming, requirement);
      if (wheel === null) {
        throw new LmError(
          "commandFailed",
          `pip reported success but left no wheel of ${requirement}. Update pip and set up again.`,
        );
      }
      await rename(join(incoming, wheel), join(directory, wheel));
      return join(directory, wheel);
    } finally {
      await rm(incoming, { recursive: true, force: true });
    }
  } catch (error) {
    throw error instanceof LmError || context.signal.aborted ? error : cacheError(error, directory);
  }
}

interface DownloadRun {
  readonly requirement: string;
  readonly incoming: string;
  readonly title: string;
}

async function runDownload(options: DownloadRun, python: Python, context: SetUpContext): Promise<void> {
  const { requirement, incoming, title } = options;
  const hasRawProgress = isAtLeast(python.pipVersion, [24, 1]);
  const args = [
    ...["-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check", "--only-binary=:all:"],
    ...["--python-version", "3.12", "--implementation", "cp", ...platformTags().flatMap((tag) => ["--platform", tag])],
    ...(hasRawProgress ? ["--progress-bar", "raw"] : []),
    ...["--dest", incoming, requirement],
  ];
  const onLine = (line: string): void => {
    const [, done, total] = /^Progress (\d+) of (\d+)$/.exec(line) ?? [];
    const size = /^\s*Downloading \S+ \(([\d.]+ [kMG]B)\)/.exec(line)?.[1];
    if (done !== undefined && total !== undefined && Number(total) > 0) {
      const fraction = Number(done) / Number(total);
      context.onProgress({ phase: "downloading", message: `Downloading ${title}`, fraction });
    } else if (size !== undefined) {
      context.onProgress({ phase: "downloading", message: `Downloading ${title} (${size})` });
    }
  };
  // pip's own temporary files go where there is room for them, and are gone with the folder.
  const env = { ...pipEnvironment(context), TMPDIR: incoming };
  const outcome = await context.run(python.command, args, { env, signal: context.signal, onLine });
  context.signal.throwIfAborted();
  if (!isSuccess(outcome)) {
    throw downloadError(outcome, requirement, incoming);
  }
}

function downloadError(outcome: CommandOutcome, requirement: string, directory: string): LmError {
  const output = outcome.kind === "unstartable" ? outcome.reason : outcome.output;
  const errorLine = output
    .split("\n")
    .filter((line) => /^\s*(ERROR|WARNING):/.test(line))
    .pop()
    ?.trim();
  const detail = errorLine ?? explainOutcome(outcome, 3);
  const explain = (code: ErrorCode, advice: string): LmError =>
    new LmError(code, `pip could not download ${requirement}: ${detail} ${advice}`, {
      facts: { requirement, directory },
    });
  if (/No space left on device|Errno 28|Disk quota exceeded|Errno 122/i.test(output)) {
    return explain(
      "diskFull",
      "Free some space, or point INKLING_CACHE at a folder on another disk, and set up again.",
    );
  }
  if (/Permission denied|Errno 13|Read-only file system|Errno 30/i.test(output)) {
    return explain(
      "cacheUnwritable",
      "Make the folder writable, or point INKLING_CACHE at one that is, and set up again.",
    );
  }
  if (networkTrouble.test(output)) {
    const advice =
      "No package index with it could be reached. Connect, or set pip's own index or proxy (pip config), or put the wheel into a " +
      "folder and set PIP_FIND_LINKS to it; then set up again.";
    return explain("noNetwork", advice);
  }
  const advice = /No matching distribution/.test(output)
    ? "The package index in use does not offer it: choose another one in pip's configuration, and set up again."
    : "Run the set-up again; if it fails in the same way, run this pip by hand to see more.";
  return explain("commandFailed", advice);
}

/** The last one: pip tells nothing of a refused connection when its retries are set to 0, only that it saw no version. */
const networkTrouble =
  /NewConnectionError|Failed to establish a new connection|Connection refused|Connection reset|Connection aborted|name resolution|Name or service not known|Network is unreachable|ConnectTimeout|ReadTimeout|Read timed out|ProxyError|SSLError|CERTIFICATE_VERIFY_FAILED|Max retries exceeded|IncompleteRead|ProtocolError|not a trusted or secure host|\(from versions: none\)/i;

/** The user's environment, less what would make pip refuse a mere download. */
function pipEnvironment(context: SetUpContext): Record<string, string | undefined> {
  return { ...context.env, PIP_REQUIRE_VIRTUALENV: "0", PYTHONUNBUFFERED: "1" };
}

/** Every manylinux tag up to the C library that TensorFlow's own wheel asks for: pip takes tags word for word. */
function platformTags(): readonly string[] {
  const tags = Array.from({ length: 23 }, (_, index) => `manylinux_2_${String(27 - index)}_x86_64`);
  return [...tags, "manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"];
}

/** Removes the downloads of processes that died in the middle. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const pid = /^incoming\.(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isProcessAlive(Number(pid))) {
      await rm(join(directory, name), { recursive: true, force: true });
    }
  }
}

async function findWheel(directory: string, requirement: string): Promise<string | null> {
  const project = normalise(/^[\w.-]+/.exec(requirement)?.[0] ?? requirement);
  const names = await readdir(directory);
  return names.find((name) => name.endsWith(".whl") && normalise(name.split("-")[0] ?? "") === project) ?? null;
}

/** A project's name as every spelling of it reads (PEP 503). */
function normalise(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

function isAtLeast(version: string, least: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return major > least[0] || (major === least[0] && minor >= least[1]);
}
