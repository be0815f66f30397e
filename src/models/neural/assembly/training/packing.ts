import { beginOfGroup, groupCount, placesOf } from "./groups";

/** Columns of a strip: two vectors. */
export const STRIP: usize = 8;
/** Rows of a strip that stay in the first cache. */
export const DEPTH: usize = 256;

/** Bytes of `depth` rows and so many columns, packed in strips. */
export function packedBytes(depth: usize, columns: usize): usize {
  return (depth * ((columns + STRIP - 1) / STRIP) * STRIP) << 2;
}

/**
 * A block of a second factor in strips: for each strip `depth` × 8 values, zeros beyond the last column.
 * @param from its first value; element (r, c) lies `r · rowStride + c · columnStride` bytes behind it
 */
export function packStrips(
  from: usize,
  rowStride: usize,
  columnStride: usize,
  depth: usize,
  columns: usize,
  packed: usize,
): void {
  for (let column: usize = 0; column < columns; column += STRIP) {
    const width = columns - column < STRIP ? columns - column : STRIP;
    const source = from + column * columnStride;
    if (columnStride == 4 && width == STRIP) {
      copyStrip(source, rowStride, depth, packed);
    } else {
      if (width < STRIP) {
        memory.fill(packed, 0, (depth * STRIP) << 2);
      }
      turnStrip(source, rowStride, columnStride, depth, width, packed);
    }
    packed += (depth * STRIP) << 2;
  }
}

function copyStrip(from: usize, rowStride: usize, depth: usize, packed: usize): void {
  const end = packed + ((depth * STRIP) << 2);
  for (; packed < end; packed += STRIP << 2) {
    v128.store(packed, v128.load(from));
    v128.store(packed, v128.load(from, 16), 16);
    from += rowStride;
  }
}

/** Eight rows of the source at a time, so that its cache lines are read once. */
function turnStrip(
  from: usize,
  rowStride: usize,
  columnStride: usize,
  depth: usize,
  width: usize,
  packed: usize,
): void {
  for (let first: usize = 0; first < depth; first += 8) {
    const end = first + 8 < depth ? first + 8 : depth;
    for (let column: usize = 0; column < width; column++) {
      const source = from + column * columnStride;
      for (let row = first; row < end; row++) {
        store<f32>(packed + ((row * STRIP + column) << 2), load<f32>(source + row * rowStride));
      }
    }
  }
}

/**
 * Rows of a first factor in groups: for each group `depth` × its places.
 * @param from as with `packStrips`
 */
export function packRows(
  from: usize,
  rowStride: usize,
  columnStride: usize,
  rowCount: usize,
  depth: usize,
  packed: usize,
): void {
  const groups = groupCount(rowCount);
  for (let group: usize = 0; group < groups; group++) {
    const begin = beginOfGroup(rowCount, group);
    const count = beginOfGroup(rowCount, group + 1) - begin;
    const places = placesOf(count);
    const source = from + begin * rowStride;
    if (count < places) {
      memory.fill(packed, 0, (depth * places) << 2);
    }
    if (rowStride == 4 && count >= 4) {
      packBeside(source, columnStride, depth, places, packed);
    } else if (columnStride == 4 && count >= 4) {
      packFour(source, rowStride, depth, places, packed);
      if (count > 4) {
        packOne(source + 4 * rowStride, 4, depth, places, packed + 16);
      }
    } else {
      for (let row: usize = 0; row < count; row++) {
        packOne(source + row * rowStride, columnStride, depth, places, packed + (row << 2));
      }
    }
    packed += (depth * places) << 2;
  }
}

/** Four or five rows that lie beside each other, as in a matrix that is read transposed. */
function packBeside(from: usize, columnStride: usize, depth: usize, places: usize, packed: usize): void {
  const bytes = places << 2;
  const end = packed + depth * bytes;
  for (; packed < end; packed += bytes) {
    v128.store(packed, v128.load(from));
    if (places > 4) {
      store<f32>(packed, load<f32>(from, 16), 16);
    }
    from += columnStride;
  }
}

/** Four rows, each of them consecutive: four by four values turned at once. */
function packFour(a: usize, rowStride: usize, depth: usize, places: usize, packed: usize): void {
  const bytes = places << 2;
  const b = a + rowStride;
  const c = b + rowStride;
  const d = c + rowStride;
  let at: usize = 0;
  for (const end = (depth & ~3) << 2; at < end; at += 16) {
    const va = v128.load(a + at);
    const vb = v128.load(b + at);
    const vc = v128.load(c + at);
    const vd = v128.load(d + at);
    const abLow = i32x4.shuffle(va, vb, 0, 4, 1, 5);
    const abHigh = i32x4.shuffle(va, vb, 2, 6, 3, 7);
    const cdLow = i32x4.shuffle(vc, vd, 0, 4, 1, 5);
    const cdHigh = i32x4.shuffle(vc, vd, 2, 6, 3, 7);
    v128.store(packed, i64x2.shuffle(abLow, cdLow, 0, 2));
    v128.store(packed + bytes, i64x2.shuffle(abLow, cdLow, 1, 3));
    v128.store(packed + 2 * bytes, i64x2.shuffle(abHigh, cdHigh, 0, 2));
    v128.store(packed + 3 * bytes, i64x2.shuffle(abHigh, cdHigh, 1, 3));
    packed += bytes << 2;
  }
  for (const end = depth << 2; at < end; at += 4) {
    store<f32>(packed, load<f32>(a + at));
    store<f32>(packed, load<f32>(b + at), 4);
    store<f32>(packed, load<f32>(c + at), 8);
    store<f32>(packed, load<f32>(d + at), 12);
    packed += bytes;
  }
}

function packOne(from: usize, columnStride: usize, depth: usize, places: usize, packed: usize): void {
  const bytes = places << 2;
  const end = packed + depth * bytes;
  for (; packed < end; packed += bytes) {
    store<f32>(packed, load<f32>(from));
    from += columnStride;
  }
}
