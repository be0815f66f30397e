import { DEPTH, packedBytes, packStrips, STRIP } from "./packing";
import { beginOfPart } from "./parts";

/**
 * A whole second factor for `addPackedProduct`: blocks of its rows, each in strips, the strips shared among the parts.
 * @param from element (r, c) lies `r · rowStride + c · columnStride` bytes behind it
 * @param packed `packedBytes(depth, columns)` bytes
 */
export function packMatrix(
  part: usize,
  parts: usize,
  from: usize,
  rowStride: usize,
  columnStride: usize,
  depth: usize,
  columns: usize,
  packed: usize,
): void {
  const begin = beginOfPart(columns, STRIP, part, parts);
  const end = beginOfPart(columns, STRIP, part + 1, parts);
  for (let first: usize = 0; first < depth; first += DEPTH) {
    const blockDepth = depth - first < DEPTH ? depth - first : DEPTH;
    const source = from + first * rowStride + begin * columnStride;
    packStrips(source, rowStride, columnStride, blockDepth, end - begin, packed + ((begin * blockDepth) << 2));
    packed += packedBytes(blockDepth, columns);
  }
}
