import { multiplyAdd } from "../elementary";
import { beginOfGroup, groupCount, placesOf } from "./groups";
import { DEPTH, packedBytes, packRows, packStrips, STRIP } from "./packing";
import { beginOfPart } from "./parts";

/** Rows of a first factor that are packed at once and stay in the second cache. */
const BLOCK_ROWS: usize = 80;

/** Room for sums that lie over the edge of a matrix: five rows of a strip. */
const TILE_BYTES: usize = 160;

/** Bytes that `addPackedProduct` works in. */
export function packedProductScratch(rowCount: usize): usize {
  // A group of three takes four places, and so does a row or two alone.
  return TILE_BYTES + (((rowCount + groupCount(rowCount) + 2) * DEPTH) << 2);
}

/** Bytes that each part of `addProduct` works in. */
export function productScratch(columns: usize): usize {
  return packedProductScratch(BLOCK_ROWS) + packedBytes(DEPTH, columns);
}

/**
 * C += A·B, rows or columns of C shared among the parts: whatever is not shared is packed by each of them.
 * @param rows of C and A; `depth`: columns of A and rows of B; `columns`: of B and C
 * @param a element (r, c) lies `r · aRowStride + c · aColumnStride` bytes behind it; B likewise
 * @param c float32 [rows, columns]
 * @param scratch `productScratch(columns)` bytes a part
 */
export function addProduct(
  part: usize,
  parts: usize,
  rows: usize,
  depth: usize,
  columns: usize,
  a: usize,
  aRowStride: usize,
  aColumnStride: usize,
  b: usize,
  bRowStride: usize,
  bColumnStride: usize,
  c: usize,
  scratch: usize,
): void {
  const isByColumns = columns >= rows;
  const count = isByColumns ? columns : rows;
  const begin = beginOfPart(count, isByColumns ? STRIP : 20, part, parts);
  const size = beginOfPart(count, isByColumns ? STRIP : 20, part + 1, parts) - begin;
  const stride = columns << 2;
  scratch += part * productScratch(columns);
  if (isByColumns) {
    b += begin * bColumnStride;
    c += begin << 2;
    addBlocks(rows, depth, size, a, aRowStride, aColumnStride, b, bRowStride, bColumnStride, c, stride, scratch);
  } else {
    a += begin * aRowStride;
    c += begin * stride;
    addBlocks(size, depth, columns, a, aRowStride, aColumnStride, b, bRowStride, bColumnStride, c, stride, scratch);
  }
}

/** The whole of a product, in blocks. @param scratch `productScratch(columns)` bytes */
export function addBlocks(
  rows: usize,
  depth: usize,
  columns: usize,
  a: usize,
  aRowStride: usize,
  aColumnStride: usize,
  b: usize,
  bRowStride: usize,
  bColumnStride: usize,
  c: usize,
  cStride: usize,
  scratch: usize,
): void {
  const packedA = scratch + TILE_BYTES;
  const packedB = scratch + packedProductScratch(BLOCK_ROWS);
  for (let firstDepth: usize = 0; firstDepth < depth; firstDepth += DEPTH) {
    const blockDepth = depth - firstDepth < DEPTH ? depth - firstDepth : DEPTH;
    packStrips(b + firstDepth * bRowStride, bRowStride, bColumnStride, blockDepth, columns, packedB);
    for (let row: usize = 0; row < rows; row += BLOCK_ROWS) {
      const count = rows - row < BLOCK_ROWS ? rows - row : BLOCK_ROWS;
      const from = a + row * aRowStride + firstDepth * aColumnStride;
      packRows(from, aRowStride, aColumnStride, count, blockDepth, packedA);
      addBlock(packedA, count, packedB, blockDepth, columns, c + row * cStride, cStride, scratch);
    }
  }
}

/**
 * C += A·B with B packed already, block after block of its rows, as `packMatrix` leaves it.
 * @param a float32 rows `aStride` bytes apart
 * @param scratch `packedProductScratch(rows)` bytes
 */
export function addPackedProduct(
  a: usize,
  aStride: usize,
  rows: usize,
  packedB: usize,
  depth: usize,
  columns: usize,
  c: usize,
  cStride: usize,
  scratch: usize,
): void {
  const packedA = scratch + TILE_BYTES;
  for (let firstDepth: usize = 0; firstDepth < depth; firstDepth += DEPTH) {
    const blockDepth = depth - firstDepth < DEPTH ? depth - firstDepth : DEPTH;
    packRows(a + (firstDepth << 2), aStride, 4, rows, blockDepth, packedA);
    addBlock(packedA, rows, packedB, blockDepth, columns, c, cStride, scratch);
    packedB += packedBytes(blockDepth, columns);
  }
}

/** One block, both factors packed. */
function addBlock(
  packedA: usize,
  rows: usize,
  packedB: usize,
  depth: usize,
  columns: usize,
  c: usize,
  stride: usize,
  tile: usize,
): void {
  const groups = groupCount(rows);
  for (let column: usize = 0; column < columns; column += STRIP) {
    const width = columns - column < STRIP ? columns - column : STRIP;
    let group = packedA;
    for (let index: usize = 0; index < groups; index++) {
      const begin = beginOfGroup(rows, index);
      const count = beginOfGroup(rows, index + 1) - begin;
      const places = placesOf(count);
      const out = c + begin * stride + (column << 2);
      if (count == 5 && width == STRIP) {
        addFive(group, packedB, depth, out, stride);
      } else if (count == 4 && width == STRIP) {
        addFour(group, packedB, depth, out, stride);
      } else {
        addEdge(group, packedB, depth, out, stride, count, width, tile);
      }
      group += (depth * places) << 2;
    }
    packedB += (depth * STRIP) << 2;
  }
}

/** A group that is not full, or a strip that is not: computed beside, what counts is added. */
function addEdge(
  group: usize,
  strip: usize,
  depth: usize,
  out: usize,
  stride: usize,
  rows: usize,
  width: usize,
  tile: usize,
): void {
  memory.fill(tile, 0, TILE_BYTES);
  if (placesOf(rows) == 5) {
    addFive(group, strip, depth, tile, STRIP << 2);
  } else {
    addFour(group, strip, depth, tile, STRIP << 2);
  }
  for (let row: usize = 0; row < rows; row++) {
    for (let column: usize = 0; column < width; column++) {
      const to = out + row * stride + (column << 2);
      store<f32>(to, load<f32>(to) + load<f32>(tile + ((row * STRIP + column) << 2)));
    }
  }
}

function addFour(group: usize, strip: usize, depth: usize, out: usize, stride: usize): void {
  const second = out + stride;
  const third = second + stride;
  const fourth = third + stride;
  let p0 = v128.load(out);
  let p1 = v128.load(out, 16);
  let q0 = v128.load(second);
  let q1 = v128.load(second, 16);
  let r0 = v128.load(third);
  let r1 = v128.load(third, 16);
  let s0 = v128.load(fourth);
  let s1 = v128.load(fourth, 16);
  for (const end = strip + ((depth * STRIP) << 2); strip < end; strip += STRIP << 2) {
    const b0 = v128.load(strip);
    const b1 = v128.load(strip, 16);
    let factor = v128.load32_splat(group);
    p0 = multiplyAdd(factor, b0, p0);
    p1 = multiplyAdd(factor, b1, p1);
    factor = v128.load32_splat(group, 4);
    q0 = multiplyAdd(factor, b0, q0);
    q1 = multiplyAdd(factor, b1, q1);
    factor = v128.load32_splat(group, 8);
    r0 = multiplyAdd(factor, b0, r0);
    r1 = multiplyAdd(factor, b1, r1);
    factor = v128.load32_splat(group, 12);
    s0 = multiplyAdd(factor, b0, s0);
    s1 = multiplyAdd(factor, b1, s1);
    group += 16;
  }
  v128.store(out, p0);
  v128.store(out, p1, 16);
  v128.store(second, q0);
  v128.store(second, q1, 16);
  v128.store(third, r0);
  v128.store(third, r1, 16);
  v128.store(fourth, s0);
  v128.store(fourth, s1, 16);
}

function addFive(group: usize, strip: usize, depth: usize, out: usize, stride: usize): void {
  const second = out + stride;
  const third = second + stride;
  const fourth = third + stride;
  const fifth = fourth + stride;
  let p0 = v128.load(out);
  let p1 = v128.load(out, 16);
  let q0 = v128.load(second);
  let q1 = v128.load(second, 16);
  let r0 = v128.load(third);
  let r1 = v128.load(third, 16);
  let s0 = v128.load(fourth);
  let s1 = v128.load(fourth, 16);
  let t0 = v128.load(fifth);
  let t1 = v128.load(fifth, 16);
  for (const end = strip + ((depth * STRIP) << 2); strip < end; strip += STRIP << 2) {
    const b0 = v128.load(strip);
    const b1 = v128.load(strip, 16);
    let factor = v128.load32_splat(group);
    p0 = multiplyAdd(factor, b0, p0);
    p1 = multiplyAdd(factor, b1, p1);
    factor = v128.load32_splat(group, 4);
    q0 = multiplyAdd(factor, b0, q0);
    q1 = multiplyAdd(factor, b1, q1);
    factor = v128.load32_splat(group, 8);
    r0 = multiplyAdd(factor, b0, r0);
    r1 = multiplyAdd(factor, b1, r1);
    factor = v128.load32_splat(group, 12);
    s0 = multiplyAdd(factor, b0, s0);
    s1 = multiplyAdd(factor, b1, s1);
    factor = v128.load32_splat(group, 16);
    t0 = multiplyAdd(factor, b0, t0);
    t1 = multiplyAdd(factor, b1, t1);
    group += 20;
  }
  v128.store(out, p0);
  v128.store(out, p1, 16);
  v128.store(second, q0);
  v128.store(second, q1, 16);
  v128.store(third, r0);
  v128.store(third, r1, 16);
  v128.store(fourth, s0);
  v128.store(fourth, s1, 16);
  v128.store(fifth, t0);
  v128.store(fifth, t1, 16);
}
