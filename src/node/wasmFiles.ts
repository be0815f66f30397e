import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Reads the WebAssembly modules that lie in a directory, when they are first needed. */
export function wasmFiles(directory: string): (file: string) => Uint8Array<ArrayBuffer> {
  return (file) => new Uint8Array(readFileSync(join(directory, file)));
}
