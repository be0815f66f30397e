/** From one element to the next along each axis; 0 along an axis that is repeated. */
export type Strides = readonly number[];

/** Strides of a dense row-major tensor. */
export function denseStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}

/** Strides by which a tensor is read as if it had another shape, along whose end its own axes lie, those of size 1 repeated. */
export function broadcastStrides(shape: readonly number[], whole: readonly number[]): number[] {
  const missing = whole.length - shape.length;
  const own = denseStrides(shape);
  return whole.map((_, axis) => (axis < missing || shape[axis - missing] === 1 ? 0 : (own[axis - missing] as number)));
}

/** What is done with a row of a shape, along its last axis: where it begins by the first strides, and by the second. */
export type RowWork = (firstAt: number, secondAt: number) => void;

/** Visits the rows of a shape in order. */
export function forEachRow(
  shape: readonly number[],
  { first, second }: { readonly first: Strides; readonly second: Strides },
  work: RowWork,
): void {
  const last = shape.length - 1;
  const index = new Array<number>(Math.max(last, 0)).fill(0);
  const rowCount = shape.slice(0, Math.max(last, 0)).reduce((a, b) => a * b, 1);
  let firstAt = 0;
  let secondAt = 0;
  for (let row = 0; row < rowCount; row++) {
    work(firstAt, secondAt);
    for (let axis = last - 1; axis >= 0; axis--) {
      const size = shape[axis] as number;
      firstAt += first[axis] as number;
      secondAt += second[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < size) {
        break;
      }
      index[axis] = 0;
      firstAt -= (first[axis] as number) * size;
      secondAt -= (second[axis] as number) * size;
    }
  }
}
