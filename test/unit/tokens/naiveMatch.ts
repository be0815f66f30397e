/** What the last token of a text suggests, by looking everywhere: the token, and the rank from 0 for no match to 5 for the longest context. */
export function naiveMatch(tokens: readonly number[]): { readonly token: number; readonly rank: number } {
  const lengths = [1, 2, 3, 6, 12];
  for (const [index, length] of [...lengths.entries()].reverse()) {
    const context = tokens.slice(-length).join(" ");
    for (let end = tokens.length - 2; end >= length - 1 && tokens.length > length; end--) {
      if (tokens.slice(end + 1 - length, end + 1).join(" ") === context) {
        return { token: tokens[end + 1] as number, rank: index + 1 };
      }
    }
  }
  return { token: 0, rank: 0 };
}
