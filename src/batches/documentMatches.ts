import { MatchIndex } from "../tokens/matchIndex.ts";
import type { TokenStream } from "./tokenStream.ts";

const found = new WeakMap<TokenStream, Int32Array>();

/**
 * What every token of a stream suggests by the last match in its document, as `MatchIndex` tells it; worked out once for a stream.
 * @returns int32 [tokens]; borrowed
 */
export function documentMatches(stream: TokenStream): Int32Array {
  const known = found.get(stream);
  if (known !== undefined) {
    return known;
  }
  const { tokens, documentStarts, documentCount } = stream;
  const codes = new Int32Array(tokens.length);
  for (let document = 0; document < documentCount; document++) {
    const start = documentStarts[document] as number;
    const end = documentStarts[document + 1] as number;
    const index = new MatchIndex(end - start);
    for (let place = start; place < end; place++) {
      codes[place] = index.push(tokens[place] as number);
    }
  }
  found.set(stream, codes);
  return codes;
}
