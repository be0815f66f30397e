import { readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fetchWheels } from "./fetchWheels.ts";
import { installFolder } from "./installFolder.ts";
import { inspectCandidate, manifestName, type InstallationManifest } from "./installation.ts";
import { findPython } from "./pip.ts";
import { ownedDirectory, pinnedTensorflowVersion, type SetUpContext, type TensorflowFlavour } from "./setupContext.ts";

/**
 * Installs the pinned TensorFlow into a cache root, unless a whole one is there.
 * @returns its directory, and whether it was there before
 * @throws LmError `noPython`, `noNetwork`, `diskFull`, `cacheUnwritable`, `commandFailed`
 */
export async function installTensorflow(
  flavour: TensorflowFlavour,
  root: string,
  context: SetUpContext,
): Promise<InstalledTensorflow> {
  const directory = ownedDirectory(root, flavour);
  const downloads = join(root, "downloads", `${flavour}-${pinnedTensorflowVersion}`);
  const isGood = async (path: string): Promise<boolean> =>
    (await inspectCandidate({ path, origin: "cache", isOwned: true })).kind === "fits";
  const isFilled = await installFolder(
    { directory, requiredBytes: requiredBytes[flavour], isGood },
    context,
    async (staging) => {
      const python = await findPython(context);
      const project = flavour === "gpu" ? "tensorflow" : "tensorflow-cpu";
      await fetchWheels(
        {
          requirements: [`${project}==${pinnedTensorflowVersion}`],
          downloads,
          target: staging,
          keep: keptOfTensorflow,
          title: "TensorFlow",
        },
        python,
        context,
      );
      if (flavour === "gpu") {
        const requirements = cudaRequirements(await readMetadata(staging));
        await fetchWheels(
          { requirements, downloads, target: staging, keep: keptOfNvidia, title: "the CUDA libraries" },
          python,
          context,
        );
      }
      await writeManifest(staging, flavour);
    },
  );
  await rm(downloads, { recursive: true, force: true });
  return { directory, wasThere: !isFilled };
}

export interface InstalledTensorflow {
  readonly directory: string;
  readonly wasThere: boolean;
}

/**
 * The wheels that `tensorflow[and-cuda]` adds, by the metadata of the tensorflow wheel. Only these: its Python dependencies
 * are of no use without Python.
 */
export function cudaRequirements(metadata: string): readonly string[] {
  return [...metadata.matchAll(/^Requires-Dist:\s*([^;\n]+?)\s*;[^\n]*extra\s*==\s*["']and-cuda["']/gm)].flatMap(
    ([, requirement]) => (requirement === undefined ? [] : [requirement.replace(/[()\s]/g, "")]),
  );
}

/**
 * Measured: the CPU wheel has 274 MB and unpacks to 857 MB of what is kept; the thirteen GPU wheels have 3.4 GB and unpack to
 * 5.7 GB. A wheel
 * is there twice for a moment, in pip's temporary folder and in its destination.
 */
const requiredBytes: Readonly<Record<TensorflowFlavour, number>> = { cpu: 1.3e9, gpu: 10e9 };

/**
 * The libraries to run, the C headers to build the addon, and the licences: of the CPU wheel's 1,290 MB that leaves out
 * 435 MB of Python code, its extension modules, and the headers of Eigen, protobuf and others.
 */
const keptOfTensorflow =
  "^tensorflow/(libtensorflow[^/]*\\.so[^/]*$|THIRD_PARTY_NOTICES|include/(tensorflow/(c|core/platform|core/common_runtime/next_pluggable_device/c)|tsl/(c|platform)|xla/tsl/c)/)|\\.dist-info/(METADATA$|licenses/|LICENSE)";

/** The CUDA libraries with the compiler's device code, without headers, static libraries and Python files. */
const keptOfNvidia = "^nvidia/(?!.*/include/)(?!.*\\.(a|py|h)$)|\\.dist-info/(METADATA$|licenses/|LICENSE|License)";

async function readMetadata(directory: string): Promise<string> {
  const name = (await readdir(directory)).find((entry) => /^tensorflow-.*\.dist-info$/.test(entry)) ?? "";
  return readFile(join(directory, name, "METADATA"), "utf8");
}

async function writeManifest(staging: string, flavour: TensorflowFlavour): Promise<void> {
  const libraryBytes: Record<string, number> = {};
  for (const path of await readdir(staging, { recursive: true })) {
    if (/\.so(\.\d+)*$/.test(path)) {
      libraryBytes[path] = (await stat(join(staging, path))).size;
    }
  }
  const manifest: InstallationManifest = { version: pinnedTensorflowVersion, flavour, libraryBytes };
  await writeFile(join(staging, manifestName), JSON.stringify(manifest, null, 2));
}
