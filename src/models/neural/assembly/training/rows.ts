import { loadSome, storeSome } from "./partialVectors";
import { beginOfPart } from "./parts";

/** Columns that a part takes: a cache line, so that no two parts write to the same. */
const COLUMN_STEP: usize = 16;

/** Rows of a table by number. @param table float32 [·, columns] @param ids int32 [rows] @param out float32 [rows, columns] */
export function pickRows(
  part: usize,
  parts: usize,
  rows: usize,
  columns: usize,
  table: usize,
  ids: usize,
  out: usize,
): void {
  const end = beginOfPart(rows, 1, part + 1, parts);
  const bytes = columns << 2;
  for (let r = beginOfPart(rows, 1, part, parts); r < end; r++) {
    memory.copy(out + r * bytes, table + <usize>load<u32>(ids + (r << 2)) * bytes, bytes);
  }
}

/** The same row over and over. @param row float32 [columns] @param out float32 [rows, columns] */
export function repeatRow(part: usize, parts: usize, rows: usize, columns: usize, row: usize, out: usize): void {
  const end = beginOfPart(rows, 1, part + 1, parts);
  const bytes = columns << 2;
  for (let r = beginOfPart(rows, 1, part, parts); r < end; r++) {
    memory.copy(out + r * bytes, row, bytes);
  }
}

/** out[ids[r]] += x[r], columns shared among the parts. @param x float32 [rows, columns] @param out float32 [outRows, columns] */
export function scatterRows(
  part: usize,
  parts: usize,
  rows: usize,
  columns: usize,
  outRows: usize,
  x: usize,
  ids: usize,
  out: usize,
): void {
  const begin = beginOfPart(columns, COLUMN_STEP, part, parts);
  const width = beginOfPart(columns, COLUMN_STEP, part + 1, parts) - begin;
  const bytes = columns << 2;
  x += begin << 2;
  out += begin << 2;
  for (let r: usize = 0; r < outRows; r++) {
    memory.fill(out + r * bytes, 0, width << 2);
  }
  for (let r: usize = 0; r < rows; r++) {
    addRow(x + r * bytes, width, out + <usize>load<u32>(ids + (r << 2)) * bytes);
  }
}

/** Sums of the rows for each column, columns shared among the parts. @param x float32 [rows, columns] @param out float32 [columns] */
export function sumRows(part: usize, parts: usize, rows: usize, columns: usize, x: usize, out: usize): void {
  const begin = beginOfPart(columns, COLUMN_STEP, part, parts);
  const width = beginOfPart(columns, COLUMN_STEP, part + 1, parts) - begin;
  memory.fill(out + (begin << 2), 0, width << 2);
  for (let r: usize = 0; r < rows; r++) {
    addRow(x + ((r * columns + begin) << 2), width, out + (begin << 2));
  }
}

function addRow(x: usize, count: usize, out: usize): void {
  for (let i: usize = 0; i < count; i += 4) {
    const at = i << 2;
    storeSome(out + at, f32x4.add(loadSome(out + at, count - i), loadSome(x + at, count - i)), count - i);
  }
}
