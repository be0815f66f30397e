/** Rows that are computed together at most: their sums, two vectors each, fill the registers. */
export const MOST_ROWS: usize = 5;

/** Places that a group's rows take where they are packed: four, or five; what is over stays zero. */
export function placesOf(rowCount: usize): usize {
  return rowCount > 4 ? 5 : 4;
}

/** Rows are cut into groups as even as whole numbers allow: 16 are four of four, not three of five and one alone. */
export function groupCount(rowCount: usize): usize {
  return (rowCount + MOST_ROWS - 1) / MOST_ROWS;
}

/** The first row of a group. */
export function beginOfGroup(rowCount: usize, group: usize): usize {
  return (rowCount * group) / groupCount(rowCount);
}
