import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";
import { NodeJSKernelBackend } from "@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend";
import "@tensorflow/tfjs-node-gpu/dist/register_all_kernels";
import type { OpAttribute, OpCall, TensorflowOps } from "../models/neural/tensorflowOps.ts";

/** TensorFlow as loaded into this thread. */
export interface LoadedTensorflow {
  readonly version: string;
  readonly isOnGpu: boolean;
  readonly ops: TensorflowOps;
}

/** What the addon exports, as far as it is used here. */
interface TensorflowBinding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_UINT8: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_STRING: number;
  isUsingGpuDevice(): boolean;
}

/** The kernel backend's way to run any op, with types that fit plain data. */
interface OpRunner {
  executeMultipleOutputs(
    op: string,
    attributes: readonly object[],
    inputs: readonly tf.Tensor[],
    outputCount: number,
  ): tf.Tensor[];
}

/** Registers the addon at `addonPath` as tfjs's backend and makes it the current one. Throws what loading throws. */
export async function loadTensorflow(addonPath: string): Promise<LoadedTensorflow> {
  const load = createRequire(addonPath);
  const binding = load(addonPath) as TensorflowBinding;
  const backend = new NodeJSKernelBackend(binding as never, "@tensorflow/tfjs-node-gpu");
  acceptOddTypes(backend as unknown as OutputMaker, binding);
  tf.registerBackend("tensorflow", () => backend, 3);
  if (!(await tf.setBackend("tensorflow"))) {
    throw new Error("tfjs refused the TensorFlow backend");
  }
  return {
    version: binding.TF_Version,
    isOnGpu: binding.isUsingGpuDevice(),
    ops: createOps(backend as unknown as OpRunner, binding),
  };
}

/** TensorFlow's numbers for 8-bit integers with a sign and for float16, which the addon has no names for. */
const TF_INT8 = 6;
const TF_HALF = 19;

/** The kernel backend's way to make a tensor of an op's output. */
interface OutputMaker {
  createOutputTensor(output: { readonly dtype: number }): tf.Tensor;
}

/** tfjs has no type for what cuDNN's passes take and hand on to each other, 8-bit integers and float16; nobody reads them as they are. */
function acceptOddTypes(backend: OutputMaker, { TF_UINT8, TF_FLOAT }: TensorflowBinding): void {
  const nearest = new Map([
    [TF_INT8, TF_UINT8],
    [TF_HALF, TF_FLOAT],
  ]);
  const create = backend.createOutputTensor.bind(backend);
  backend.createOutputTensor = (output) => create({ ...output, dtype: nearest.get(output.dtype) ?? output.dtype });
}

function createOps(backend: OpRunner, binding: TensorflowBinding): TensorflowOps {
  const runMany = (op: string, call: OpCall & { readonly outputCount: number }): readonly tf.Tensor[] => {
    const attributes = Object.entries(call.attributes ?? {}).map(([name, value]) => ({
      name,
      ...encode(value, binding),
    }));
    return backend.executeMultipleOutputs(op, attributes, call.inputs, call.outputCount);
  };
  return {
    runMany,
    run: (op, call) => runMany(op, { ...call, outputCount: 1 })[0] as tf.Tensor,
  };
}

function encode(value: OpAttribute, binding: TensorflowBinding): { type: number; value: number | boolean | string } {
  if ("type" in value) {
    const types = { float32: binding.TF_FLOAT, int32: binding.TF_INT32, float16: TF_HALF };
    return { type: binding.TF_ATTR_TYPE, value: types[value.type] };
  }
  if ("int" in value) {
    return { type: binding.TF_ATTR_INT, value: value.int };
  }
  if ("float" in value) {
    return { type: binding.TF_ATTR_FLOAT, value: value.float };
  }
  if ("bool" in value) {
    return { type: binding.TF_ATTR_BOOL, value: value.bool };
  }
  return { type: binding.TF_ATTR_STRING, value: value.string };
}
