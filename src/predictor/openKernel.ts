import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createScalarKernel } from "../models/neural/scalarKernel.ts";
import { createWasmKernel, fitsWasm } from "../models/neural/wasmKernel.ts";
import { type DecoderFile, supportedDecoders } from "../models/neural/wasmSupport.ts";
import type { ModelRuntime } from "./loadedModel.ts";

export interface NamedKernel {
  readonly name: "scalar" | "simd" | "relaxed";
  readonly create: ModelRuntime["createKernel"];
}

/**
 * The kernels that run on this machine, the fastest first; the scalar one, the last, always does.
 * @param wasmDirectory where the modules of the decoder lie
 */
export function availableKernels(wasmDirectory: string): readonly NamedKernel[] {
  const wasm = supportedDecoders((bytes) => WebAssembly.validate(bytes)).map((file) => wasmKernel(wasmDirectory, file));
  return [...wasm, { name: "scalar", create: createScalarKernel }];
}

/** Makes kernels of the fastest kind that runs on this machine. */
export function kernelFactory(wasmDirectory: string): ModelRuntime["createKernel"] {
  const [fastest] = availableKernels(wasmDirectory);
  return fastest?.create ?? createScalarKernel;
}

function wasmKernel(wasmDirectory: string, file: DecoderFile): NamedKernel {
  let module: WebAssembly.Module | undefined;
  return {
    name: file === "decoder.wasm" ? "simd" : "relaxed",
    create: (spec, weights) => {
      if (!fitsWasm(spec)) {
        return createScalarKernel(spec, weights);
      }
      module ??= new WebAssembly.Module(readFileSync(join(wasmDirectory, file)));
      return createWasmKernel(module, spec, weights);
    },
  };
}
