import assert from "node:assert/strict";
import { createRng } from "../../../src/base/rng.ts";
import { onnxModel } from "../../../src/cli/onnxModel.ts";
import { initialWeights } from "../../../src/models/neural/initialWeights.ts";
import type { NetworkSpec } from "../../../src/models/neural/networkSpec.ts";

describe("The ONNX model of a network", () => {
  const spec: NetworkSpec = { cell: "lstm", hiddenSize: 2, layerCount: 2, vocabularySize: 3 };
  const weights = initialWeights(spec, createRng(1));
  const [graph] = fields(onnxModel(spec, weights), 7);

  it("has an LSTM for each layer between look-up and softmax", () => {
    assert.deepEqual(
      fields(graph!, 1).map((node) => text(fields(node, 4)[0]!)),
      ["Gather", "LSTM", "Identity", "LSTM", "Identity", "MatMul", "Add", "LogSoftmax"],
    );
    assert.deepEqual(fields(fields(graph!, 1)[3]!, 1).map(text), ["x1", "w1", "r1", "b1", "", "h1", "c1"]);
  });

  it("holds each gate's rows transposed and in the order of ONNX", () => {
    const tensors = new Map(fields(graph!, 5).map((tensor) => [text(fields(tensor, 8)[0]!), fields(tensor, 9)[0]!]));
    const recurrent = weights.get("lstm/1/recurrentKernel")!;
    const at = (row: number, column: number): number => recurrent[row * 8 + column]!;
    // Blocks i, g, f, o of two columns each; i, o, f, g of rows.
    const columns = [0, 1, 6, 7, 4, 5, 2, 3];
    assert.deepEqual(
      [...floats(tensors.get("r1")!)],
      columns.flatMap((column) => [at(0, column), at(1, column)]),
    );
    assert.deepEqual([...floats(tensors.get("b1")!)], [0, 0, 0, 0, 1, 1, 0, 0, ...Array<number>(8).fill(0)]);
    const embedding = weights.get("embedding")!;
    assert.deepEqual(
      [...floats(tensors.get("softmax")!)],
      [0, 2, 4, 1, 3, 5].map((index) => embedding[index]),
    );
  });
});

/** The contents of a message's fields of bytes with this number. */
function fields(message: Uint8Array, id: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        return value;
      }
    }
  };
  while (at < message.length) {
    const tag = varint();
    if ((tag & 7) === 0) {
      varint();
      continue;
    }
    const length = varint();
    if (tag >> 3 === id) {
      found.push(message.subarray(at, at + length));
    }
    at += length;
  }
  return found;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function floats(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}
