import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { compileAssembly } from "../../scripts/lib/compileAssembly.mjs";
import { type DecoderFile, supportedDecoders } from "../../src/models/neural/wasmSupport.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const validate = (bytes: Uint8Array<ArrayBuffer>): boolean => WebAssembly.validate(bytes);

/** The decoder as this machine runs it, compiled from its source, so that tests never meet an old build. */
export async function compileSupportedDecoders(): Promise<ReadonlyMap<DecoderFile, WebAssembly.Module>> {
  if (!supportedDecoders(validate).includes("decoder-relaxed.wasm")) {
    setFlagsFromString("--experimental-wasm-relaxed-simd"); // Node 20 has it behind this flag.
  }
  const modules = new Map<DecoderFile, WebAssembly.Module>();
  for (const file of supportedDecoders(validate)) {
    modules.set(file, new WebAssembly.Module(await compileAssembly(root, file)));
  }
  return modules;
}
