import type { NetworkSpec, WeightMap } from "./networkSpec.ts";
import { quantizedWeights } from "./quantizedRows.ts";
import type { RecurrentKernel } from "./recurrentKernel.ts";
import { createScalarKernel } from "./scalarKernel.ts";
import { createWasmKernel, fitsWasm } from "./wasmKernel.ts";
import { type DecoderFile, supportedDecoders } from "./wasmSupport.ts";
import { DEFAULT_WEIGHT_PRECISION, type WeightPrecision } from "./weightPrecision.ts";

/** Makes a kernel for a network's weights, by default with those in the decoder's usual precision. */
export type CreateKernel = (spec: NetworkSpec, weights: WeightMap, precision?: WeightPrecision) => RecurrentKernel;

/** The bytes of a module of the decoder. */
export type ReadDecoder = (file: DecoderFile) => Uint8Array<ArrayBuffer>;

export interface NamedKernel {
  readonly name: "scalar" | "simd" | "relaxed";
  readonly create: CreateKernel;
}

/** The kernels that run on this machine, the fastest first; the scalar one, the last, always does. */
export function availableKernels(readDecoder: ReadDecoder): readonly NamedKernel[] {
  const wasm = supportedDecoders((bytes) => WebAssembly.validate(bytes)).map((file) => wasmKernel(file, readDecoder));
  return [...wasm, { name: "scalar", create: scalarKernel }];
}

/** Makes kernels of the fastest kind that runs on this machine. */
export function kernelFactory(readDecoder: ReadDecoder): CreateKernel {
  const [fastest] = availableKernels(readDecoder);
  return fastest?.create ?? scalarKernel;
}

/** Computes with the same weights as its rivals, in float64: with int8, those that rounding left. */
function scalarKernel(
  spec: NetworkSpec,
  weights: WeightMap,
  precision: WeightPrecision = DEFAULT_WEIGHT_PRECISION,
): RecurrentKernel {
  return createScalarKernel(spec, precision === "int8" ? quantizedWeights(spec, weights) : weights);
}

function wasmKernel(file: DecoderFile, readDecoder: ReadDecoder): NamedKernel {
  let module: WebAssembly.Module | undefined;
  return {
    name: file === "decoder.wasm" ? "simd" : "relaxed",
    create: (spec, weights, precision = DEFAULT_WEIGHT_PRECISION) => {
      if (!fitsWasm(spec, precision)) {
        return scalarKernel(spec, weights, precision);
      }
      module ??= new WebAssembly.Module(readDecoder(file));
      try {
        return createWasmKernel(module, spec, { weights, precision });
      } catch (error) {
        // WebAssembly reserves addresses for more than it uses, which limits of a shell or a container may forbid.
        if (error instanceof RangeError) {
          return scalarKernel(spec, weights, precision);
        }
        throw error;
      }
    },
  };
}
