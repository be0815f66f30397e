import type { NetworkSpec, WeightMap } from "./networkSpec.ts";
import type { RecurrentKernel } from "./recurrentKernel.ts";
import { createScalarKernel } from "./scalarKernel.ts";
import { createWasmKernel, fitsWasm } from "./wasmKernel.ts";
import { type DecoderFile, supportedDecoders } from "./wasmSupport.ts";

/** Makes a kernel for a network's weights. */
export type CreateKernel = (spec: NetworkSpec, weights: WeightMap) => RecurrentKernel;

/** The bytes of a module of the decoder. */
export type ReadDecoder = (file: DecoderFile) => Uint8Array<ArrayBuffer>;

export interface NamedKernel {
  readonly name: "scalar" | "simd" | "relaxed";
  readonly create: CreateKernel;
}

/** The kernels that run on this machine, the fastest first; the scalar one, the last, always does. */
export function availableKernels(readDecoder: ReadDecoder): readonly NamedKernel[] {
  const wasm = supportedDecoders((bytes) => WebAssembly.validate(bytes)).map((file) => wasmKernel(file, readDecoder));
  return [...wasm, { name: "scalar", create: createScalarKernel }];
}

/** Makes kernels of the fastest kind that runs on this machine. */
export function kernelFactory(readDecoder: ReadDecoder): CreateKernel {
  const [fastest] = availableKernels(readDecoder);
  return fastest?.create ?? createScalarKernel;
}

function wasmKernel(file: DecoderFile, readDecoder: ReadDecoder): NamedKernel {
  let module: WebAssembly.Module | undefined;
  return {
    name: file === "decoder.wasm" ? "simd" : "relaxed",
    create: (spec, weights) => {
      if (!fitsWasm(spec)) {
        return createScalarKernel(spec, weights);
      }
      module ??= new WebAssembly.Module(readDecoder(file));
      return createWasmKernel(module, spec, weights);
    },
  };
}
