import assert from "node:assert/strict";
import type { Continuation } from "../../../src/decoding/continuation.ts";
import type { CaretPlace } from "../../../src/suggestions/caretPlace.ts";
import { SuggestionCache } from "../../../src/suggestions/suggestionCache.ts";

const DOCUMENT = "file:///a.ts";

/** A place with the caret as `‸`. */
function place(marked: string): CaretPlace {
  const [before = "", after = ""] = marked.split("‸");
  return { before, after };
}

/** Each character comes with probability 0.9, given those before it. */
function continuation(text: string): Continuation {
  const probabilities = Float64Array.from({ length: text.length + 1 }, (_, n) => 0.9 ** n);
  return { text, probability: 0.9 ** text.length, probabilities };
}

describe("suggestion cache", () => {
  let cache: SuggestionCache;
  const find = (marked: string, document = DOCUMENT): string | undefined => cache.find(document, place(marked))?.text;

  beforeEach(() => {
    cache = new SuggestionCache();
    cache.store(DOCUMENT, place("first\n  re‸\nlast"), continuation("turn x;"));
  });

  it("gives the same suggestion for the same place", () => {
    assert.equal(find("first\n  re‸\nlast"), "turn x;");
    assert.equal(find("first\n  re‸\nlast"), "turn x;");
  });

  it("shrinks as it is typed, and knows what is left the better", () => {
    assert.equal(find("first\n  retu‸\nlast"), "rn x;");
    const rest = cache.find(DOCUMENT, place("first\n  return ‸\nlast"));
    assert.equal(rest?.text, "x;");
    assert.ok(Math.abs(rest.probability - 0.9 ** 2) < 1e-12);
  });

  it("is gone once accepting what is left takes as many keys as typing it", () => {
    assert.equal(find("first\n  return ‸\nlast"), "x;");
    assert.equal(find("first\n  return x‸\nlast"), undefined);
  });

  it("comes back after backspace and retyping", () => {
    assert.equal(find("first\n  return‸\nlast"), " x;");
    assert.equal(find("first\n  r‸\nlast"), undefined);
    assert.equal(find("first\n  re‸\nlast"), "turn x;");
  });

  it("is gone once all is typed or something else is", () => {
    assert.equal(find("first\n  return x;‸\nlast"), undefined);
    assert.equal(find("first\n  rest‸\nlast"), undefined);
  });

  it("fits no other place", () => {
    assert.equal(find("other\n  re‸\nlast"), undefined);
    assert.equal(find("first\n  re‸ more\nlast"), undefined);
    assert.equal(find("first\n re‸\nlast"), undefined);
    assert.equal(find("first\n  re‸\nlast", "file:///b.ts"), undefined);
  });

  it("stays when the editor closes a bracket that was typed, and does not double it", () => {
    cache.store(DOCUMENT, place("go‸"), continuation("(now)"));
    assert.equal(find("go(‸)"), "now");
    assert.equal(find("go(n‸)"), "ow");
    assert.equal(find("go(now‸)"), undefined);
  });

  it("prefers what was last shown where several fit", () => {
    cache.store(DOCUMENT, place("f‸"), continuation("orm"));
    cache.store(DOCUMENT, place("fo‸"), continuation("od"));
    assert.equal(find("f‸"), "orm");
    assert.equal(find("fo‸"), "rm");
  });

  it("keeps only what is on the screen when the model changes", () => {
    cache.store(DOCUMENT, place("f‸"), continuation("orm"));
    cache.store("file:///b.ts", place("g‸"), continuation("ood"));
    cache.keepShown();
    assert.equal(find("first\n  re‸\nlast"), undefined);
    assert.equal(find("f‸"), "orm");
    assert.equal(find("g‸", "file:///b.ts"), "ood");
  });

  it("forgets a closed document, and the oldest when full", () => {
    cache.forget(DOCUMENT);
    assert.equal(find("first\n  re‸\nlast"), undefined);
    cache = new SuggestionCache(2);
    for (const prefix of ["a", "b", "c"]) {
      cache.store(DOCUMENT, place(`${prefix}‸`), continuation("xyz"));
    }
    assert.deepEqual(
      ["a‸", "b‸", "c‸"].map((marked) => find(marked)),
      [undefined, "xyz", "xyz"],
    );
  });
});
