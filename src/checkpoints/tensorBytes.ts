import { parameterShapes, type NetworkSpec, type WeightMap } from "../models/neural/networkSpec.ts";
import type { ResumeState } from "./checkpoint.ts";
import type { TensorEntry } from "./checkpointManifest.ts";

/** Names and lengths of the parameters of `spec`, in the order in which they are stored. */
export function parameterEntries(spec: NetworkSpec): readonly TensorEntry[] {
  return parameterShapes(spec).map(({ name, shape }) => ({ name, length: shape.reduce((a, b) => a * b, 1) }));
}

/** Names and lengths of the tensors of `map`, in its order. */
function tensorEntries(map: WeightMap): readonly TensorEntry[] {
  return [...map].map(([name, values]) => ({ name, length: values.length }));
}

/**
 * The bytes of the tensors that `entries` name, one chunk a tensor: views, borrowed from `map`.
 * Throws `RangeError` where the map does not hold exactly these tensors.
 */
export function tensorChunks(map: WeightMap, entries: readonly TensorEntry[]): readonly Uint8Array[] {
  if (map.size !== entries.length) {
    throw new RangeError(`Expected \`weights\` to hold ${entries.length} tensors, got ${map.size}`);
  }
  return entries.map(({ name, length }) => {
    const values = map.get(name);
    if (values?.length !== length) {
      throw new RangeError(
        `Expected tensor \`${name}\` to hold ${length} values, got ${values?.length ?? "no tensor"}`,
      );
    }
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  });
}

/**
 * Tensors out of the bytes of a file, group after group; the groups' lengths must add up to the file.
 * @param bytes little-endian float32, which is also what every platform of ours computes in
 * @returns views on one fresh copy of the bytes; the caller owns it
 */
export function splitTensors(bytes: Uint8Array, groups: readonly (readonly TensorEntry[])[]): readonly WeightMap[] {
  // A file's bytes may start anywhere in a shared buffer, float32 views only at multiples of four.
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  let offset = 0;
  return groups.map(
    (entries) =>
      new Map(
        entries.map(({ name, length }) => {
          offset += length;
          return [name, values.subarray(offset - length, offset)];
        }),
      ),
  );
}

/** The bytes of a trainer's state, weights first, and what its other tensors are; views, borrowed from `resume`. */
export function resumeParts(
  spec: NetworkSpec,
  resume: ResumeState,
): {
  readonly chunks: readonly Uint8Array[];
  readonly optimizer: readonly TensorEntry[];
  readonly carried: readonly TensorEntry[];
} {
  const optimizer = tensorEntries(resume.optimizer);
  const carried = tensorEntries(resume.carried);
  const chunks = [
    ...tensorChunks(resume.weights, parameterEntries(spec)),
    ...tensorChunks(resume.optimizer, optimizer),
    ...tensorChunks(resume.carried, carried),
  ];
  return { chunks, optimizer, carried };
}
