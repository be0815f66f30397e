import { join } from "node:path";

/** Names of the decoder's modules in `dist/wasm`, and the WebAssembly features they need. */
export const decoderModules = {
  "decoder.wasm": ["simd"],
  "decoder-relaxed.wasm": ["simd", "relaxed-simd"],
};

/** Compiles the decoder's AssemblyScript. Returns the bytes of the module with that name. */
export async function compileDecoder(root, name) {
  // Loaded here, since it takes a second and most who build in tests never come here.
  const { main } = await import("assemblyscript/asc");
  let bytes;
  const { error, stderr } = await main(
    [
      "decoder.ts",
      `--baseDir=${join(root, "src/models/neural/assembly")}`,
      `--outFile=${name}`,
      "--runtime=stub",
      "--importMemory",
      "--noExportMemory",
      "--optimizeLevel=3",
      "--shrinkLevel=0",
      "--converge",
      "--noAssert",
      ...decoderModules[name].flatMap((feature) => ["--enable", feature]),
    ],
    {
      writeFile: (_path, contents) => {
        bytes = contents;
      },
    },
  );
  if (error !== null || bytes === undefined) {
    throw new Error(`AssemblyScript could not compile the decoder:\n${stderr.toString()}`, { cause: error });
  }
  return bytes;
}
