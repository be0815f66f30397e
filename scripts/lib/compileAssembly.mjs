import { join } from "node:path";

const SIMD = ["simd"];
const RELAXED = ["simd", "relaxed-simd"];

/** In pages of 64 KiB; the most is what `src/engine/portableBackend.ts` asks for. */
const SHARED = ["--sharedMemory", "--initialMemory=1", "--maximumMemory=65535", "--enable", "threads"];

/** Modules in `dist/wasm`: what they are compiled from, the WebAssembly features they need, and how they are given memory. */
export const assemblyModules = {
  "decoder.wasm": { source: "decoder.ts", features: SIMD, memory: [] },
  "decoder-relaxed.wasm": { source: "decoder.ts", features: RELAXED, memory: [] },
  "trainer.wasm": { source: "trainer.ts", features: SIMD, memory: SHARED },
  "trainer-relaxed.wasm": { source: "trainer.ts", features: RELAXED, memory: SHARED },
};

/** Compiles AssemblyScript. Returns the bytes of the module with that name. */
export async function compileAssembly(root, name) {
  // Loaded here, since it takes a second and most who build in tests never come here.
  const { main } = await import("assemblyscript/asc");
  const { source, features, memory } = assemblyModules[name];
  let bytes;
  const { error, stderr } = await main(
    [
      source,
      `--baseDir=${join(root, "src/models/neural/assembly")}`,
      `--outFile=${name}`,
      "--runtime=stub",
      "--importMemory",
      "--noExportMemory",
      "--optimizeLevel=3",
      "--shrinkLevel=0",
      "--converge",
      "--noAssert",
      ...memory,
      ...features.flatMap((feature) => ["--enable", feature]),
    ],
    {
      writeFile: (_path, contents) => {
        bytes = contents;
      },
    },
  );
  if (error !== null || bytes === undefined) {
    throw new Error(`AssemblyScript could not compile ${source}:\n${stderr.toString()}`, { cause: error });
  }
  return bytes;
}
