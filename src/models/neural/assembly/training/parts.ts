/** Where part number `part` of `count` things begins, in multiples of `step`; the part after the last begins at `count`. */
export function beginOfPart(count: usize, step: usize, part: usize, parts: usize): usize {
  const steps = (count + step - 1) / step;
  const begin = ((steps * part) / parts) * step;
  return begin < count ? begin : count;
}
