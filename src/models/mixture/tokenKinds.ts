/** Kinds of token by what their text ends in. */
export const TOKEN_KINDS = 16;

/** The last character of each kind but the first, which has no text, and the last, which is everything else. */
const ENDS: readonly RegExp[] = [
  /\n$/,
  /^ +$/,
  / $/,
  /\t$/,
  /[a-z]$/,
  /[A-Z]$/,
  /[0-9]$/,
  /[([{]$/,
  /[)\]}]$/,
  /[,;]$/,
  /\.$/,
  /_$/,
  /["'`]$/,
  /[=:<>]$/,
];

/**
 * The kind of each token: in a word, behind a word, at the start of a line, behind a bracket, …
 * @param texts of the tokens [V]
 * @returns [V], each in [0, TOKEN_KINDS)
 */
export function tokenKinds(texts: readonly string[]): Uint8Array {
  return Uint8Array.from(texts, (text) => {
    if (text === "") {
      return 0;
    }
    const kind = ENDS.findIndex((end) => end.test(text));
    return kind < 0 ? TOKEN_KINDS - 1 : kind + 1;
  });
}
