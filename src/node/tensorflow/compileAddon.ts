import { chmod, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LmError } from "../../base/errors.ts";
import { fetchWheels } from "./fetchWheels.ts";
import { installFolder } from "./installFolder.ts";
import { makeDirectory } from "./makeDirectory.ts";
import { findPython } from "./pip.ts";
import { explainOutcome, isSuccess } from "./runCommand.ts";
import type { SetUpContext } from "./setupContext.ts";

export interface AddonCompilation {
  /** C++ files. */
  readonly sources: readonly string[];
  /** Folder of `node_api.h`. */
  readonly napiInclude: string;
  /** The `tensorflow` folder of an installation, with `include` and the libraries. */
  readonly tensorflow: string;
  readonly output: string;
  /**
   * For every Linux that TensorFlow itself runs on: ziglang has the symbols of an old glibc and a C++ runtime to link in,
   * where a compiler at hand builds for its own machine's.
   */
  readonly isPortable?: boolean;
}

/** The compiler that pip has for machines without one. */
export const pinnedZiglangVersion = "0.14.1";

/** The addon looks for TensorFlow in `tensorflow/` beside itself, so that a whole cache can be moved. */
const addonRunPath = "$ORIGIN/tensorflow";

/** The C library that TensorFlow's wheel asks for. */
const oldestGlibc = "2.27";

/**
 * Compiles the addon with the first compiler that can: `CXX`, g++, clang++, c++, else the one in the Python package ziglang.
 * @throws LmError `noCompiler` where none is to be had, `commandFailed` where none succeeds
 */
export async function compileAddon(compilation: AddonCompilation, context: SetUpContext): Promise<void> {
  const chosen = context.env["CXX"]?.trim();
  const atHand = [...(chosen === undefined || chosen === "" ? [] : [chosen]), "g++", "clang++", "c++"];
  const failures: string[] = [];
  for (const name of compilation.isPortable === true ? [] : atHand) {
    const [command = name, ...own] = name.split(/\s+/);
    context.onProgress({ phase: "compiling", message: `Compiling the TensorFlow addon with ${command}` });
    const args = [...own, ...compilerArguments(compilation)];
    const outcome = await context.run(command, args, { env: context.env, signal: context.signal });
    context.signal.throwIfAborted();
    if (isSuccess(outcome)) {
      return;
    }
    if (outcome.kind !== "unstartable") {
      failures.push(`${command}: ${explainOutcome(outcome)}`);
    }
  }
  await compileWithZig(compilation, failures, context);
}

async function compileWithZig(
  compilation: AddonCompilation,
  failures: readonly string[],
  context: SetUpContext,
): Promise<void> {
  const zig = await provideZig(failures, context);
  context.onProgress({ phase: "compiling", message: "Compiling the TensorFlow addon with ziglang (about a minute)" });
  const args = ["c++", "-target", `x86_64-linux-gnu.${oldestGlibc}`, "-s", ...compilerArguments(compilation)];
  const cache = join(dirname(dirname(zig)), "cache");
  const env = { ...context.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
  const outcome = await context.run(zig, args, { env, signal: context.signal });
  context.signal.throwIfAborted();
  if (!isSuccess(outcome)) {
    const all = [...failures, `ziglang: ${explainOutcome(outcome)}`].join("\n");
    throw new LmError(
      "commandFailed",
      `The TensorFlow addon could not be compiled. Install a working g++ or clang++ and set up again.\n${all}`,
    );
  }
}

function compilerArguments(compilation: AddonCompilation): readonly string[] {
  const { sources, napiInclude, tensorflow, output } = compilation;
  return [
    // Loops over registers have to be unrolled, or the sums live in memory: four times slower.
    "-O3",
    "-std=c++17",
    "-fPIC",
    "-shared",
    "-w",
    `-I${napiInclude}`,
    `-I${join(tensorflow, "include")}`,
    ...sources,
    join(tensorflow, "libtensorflow_cc.so.2"),
    join(tensorflow, "libtensorflow_framework.so.2"),
    `-Wl,-rpath,${addonRunPath}`,
    "-o",
    output,
  ];
}

/** The path of zig, installed into the cache where it is not there yet. */
async function provideZig(failures: readonly string[], context: SetUpContext): Promise<string> {
  const root = context.roots[0] ?? "";
  const directory = join(root, "compilers", `ziglang-${pinnedZiglangVersion}`);
  const downloads = join(root, "downloads", `ziglang-${pinnedZiglangVersion}`);
  try {
    await installFolder({ directory, requiredBytes: 500e6 }, context, async (staging) => {
      const python = await findPython(context);
      await fetchWheels(
        {
          requirements: [`ziglang==${pinnedZiglangVersion}`],
          downloads,
          target: staging,
          keep: "^ziglang/(?!doc/)",
          title: "the ziglang compiler",
        },
        python,
        context,
      );
      await makeDirectory(join(staging, "cache"));
      await chmod(join(staging, "ziglang", "zig"), 0o755);
    });
    await rm(downloads, { recursive: true, force: true });
  } catch (error) {
    if (!(error instanceof LmError) || error.code === "diskFull" || error.code === "cacheUnwritable") {
      throw error;
    }
    const tried =
      failures.length === 0 ? "No C++ compiler was found" : `No C++ compiler worked (${failures.join("; ")})`;
    throw new LmError(
      "noCompiler",
      `${tried}, and the replacement from pip could not be had: ${error.message} Or install g++ or clang++, and set up again.`,
      { cause: error },
    );
  }
  return join(directory, "ziglang", "zig");
}
