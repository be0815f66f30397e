import assert from "node:assert/strict";
import { createRng } from "../../../../../src/base/rng.ts";
import { SharedHeap } from "../../../../../src/models/neural/wasm/sharedHeap.ts";

function heapOf(maximum = 64): SharedHeap {
  return new SharedHeap(new WebAssembly.Memory({ initial: 1, maximum, shared: true }));
}

describe("Blocks in shared memory", () => {
  it("never overlap, and begin at cache lines", () => {
    const heap = heapOf();
    const rng = createRng(3);
    const blocks: { readonly at: number; readonly bytes: number }[] = [];
    for (let round = 0; round < 2000; round++) {
      if (blocks.length > 0 && rng.next() < 0.48) {
        const [block] = blocks.splice(rng.nextInt(blocks.length), 1);
        heap.release(block!.at);
      } else {
        const bytes = rng.nextInt(20_000);
        blocks.push({ at: heap.allocate(bytes), bytes });
      }
    }
    assert.equal(heap.blockCount, blocks.length);
    const inOrder = blocks.toSorted((a, b) => a.at - b.at);
    for (const [index, { at, bytes }] of inOrder.entries()) {
      assert.equal(at % 64, 0);
      assert.ok(at + bytes <= (inOrder[index + 1]?.at ?? heap.memory.buffer.byteLength));
    }
  });

  it("are joined again when they are given back", () => {
    const heap = heapOf();
    const blocks = Array.from({ length: 40 }, () => heap.allocate(3000));
    const bytes = heap.memory.buffer.byteLength;
    for (const [index, at] of [
      ...blocks.filter((_, n) => n % 2 === 0),
      ...blocks.filter((_, n) => n % 2 === 1),
    ].entries()) {
      assert.equal(heap.blockCount, blocks.length - index);
      heap.release(at);
    }
    heap.allocate(bytes - 64);
    assert.equal(heap.memory.buffer.byteLength, bytes);
  });

  it("stay readable through views made before the memory grew", () => {
    const heap = heapOf();
    const view = heap.floats(heap.allocate(16), 4);
    heap.allocate(200_000);
    view.set([1, 2, 3, 4]);
    assert.deepEqual([...heap.floats(view.byteOffset, 4)], [1, 2, 3, 4]);
  });

  it("are refused where the memory cannot grow, in words that are known to mean it", () => {
    const heap = heapOf(2);
    assert.throws(() => heap.allocate(200_000), /Failed to allocate memory/);
    heap.release(heap.allocate(100_000));
  });

  it("are not given back twice", () => {
    const heap = heapOf();
    const at = heap.allocate(1);
    heap.release(at);
    assert.throws(() => heap.release(at), RangeError);
  });
});
