/** Orders texts by UTF-16 units, so that it is the same in every language of the desktop; for `sort`. */
export function compareText(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
