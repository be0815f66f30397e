import assert from "node:assert/strict";
import type { Continuation } from "../../../src/decoding/continuation.ts";
import type { CaretPlace } from "../../../src/suggestions/caretPlace.ts";
import { automaticGate, EXPLICIT_GATE, type WantedLength } from "../../../src/suggestions/gate.ts";
import { type OfferTerms, type OfferWish, SuggestionCache } from "../../../src/suggestions/suggestionCache.ts";

const DOCUMENT = "file:///a.ts";

/** So long that it comes with probability 0.07. */
const UNSURE = "may well be something else";

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

const all: WantedLength = ({ length }) => length;

/** What comes up by itself. */
function automatic(eagerness = 0.5): OfferWish {
  return { trigger: "automatic", eagerness, gate: automaticGate(eagerness), isMultiline: false, wantedLength: all };
}

const ASKED: OfferWish = {
  trigger: "explicit",
  eagerness: 0.5,
  gate: EXPLICIT_GATE,
  isMultiline: false,
  wantedLength: all,
};

describe("suggestion cache", () => {
  let cache: SuggestionCache;
  const findAll = (marked: string, wish = automatic(), document = DOCUMENT): readonly string[] =>
    cache.find(document, place(marked), wish).map(({ continuation: { text } }) => text);
  const find = (marked: string, document = DOCUMENT): string | undefined => findAll(marked, automatic(), document)[0];
  const store = (
    marked: string,
    texts: readonly string[],
    { trigger, eagerness, document = DOCUMENT }: OfferTerms & { readonly document?: string } = automatic(),
  ): void => {
    const shown = texts.map((text) => ({ continuation: continuation(text), terms: { trigger, eagerness } }));
    cache.store(document, place(marked), shown);
  };

  beforeEach(() => {
    cache = new SuggestionCache();
    store("first\n  re‸\nlast", ["turn x;"]);
  });

  it("gives the same suggestion for the same place", () => {
    assert.equal(find("first\n  re‸\nlast"), "turn x;");
    assert.equal(find("first\n  re‸\nlast"), "turn x;");
  });

  it("is cut where it now runs into what is not wanted, typed into or not, and is whole again when that is wanted", () => {
    store("a‸\n", ["dd(b); // why"]);
    const wantedLength: WantedLength = (text) => Math.max(0, text.indexOf("//"));
    assert.deepEqual(findAll("a‸\n", { ...automatic(), wantedLength }), ["dd(b); "]);
    assert.deepEqual(findAll("add‸\n", { ...automatic(), wantedLength }), ["(b); "]);
    assert.deepEqual(findAll("add(b); ‸\n", { ...automatic(), wantedLength }), []);
    assert.deepEqual(findAll("add‸\n"), ["(b); // why"]);
  });

  it("shrinks as it is typed, and knows what is left the better", () => {
    assert.equal(find("first\n  retu‸\nlast"), "rn x;");
    const rest = cache.find(DOCUMENT, place("first\n  return ‸\nlast"), automatic())[0]?.continuation;
    assert.equal(rest?.text, "x;");
    assert.ok(Math.abs(rest.probability - 0.9 ** 2) < 1e-12);
  });

  it("stays until its last character is typed", () => {
    assert.equal(find("first\n  return ‸\nlast"), "x;");
    assert.equal(find("first\n  return x‸\nlast"), ";");
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
    store("go‸", ["(now)"]);
    assert.equal(find("go(‸)"), "now");
    assert.equal(find("go(n‸)"), "ow");
    assert.equal(find("go(now‸)"), undefined);
  });

  it("prefers what was last shown where several fit", () => {
    store("f‸", ["orm"]);
    store("fo‸", ["od"]);
    assert.equal(find("f‸"), "orm");
    assert.equal(find("fo‸"), "rm");
  });

  it("is not offered where the text around it has come to hold it, or it would be in the midst of a conflict", () => {
    assert.equal(find("first\n  re‸\n  return x;"), undefined);
    assert.equal(find("first\n  ret‸\n  return x;"), undefined);
    store(`${"line\n".repeat(60)}  re‸\nlast`, ["turn x;"]);
    assert.equal(find(`${"line\n".repeat(60)}  re‸\nlast`), "turn x;");
    assert.equal(find(`<<<<<<< ours\n${"line\n".repeat(60)}  re‸\nlast`), undefined);
    assert.equal(find("first\n  re‸\nlast"), "turn x;", "it comes back with the text around it");
  });

  it("is not cut for a bracket that was offered with it and has been typed", () => {
    store("go(‸)", ["f(x, y)"]);
    assert.equal(find("go(f(x‸)"), ", y)");
  });

  it("comes back at another eagerness only where it would have come up there", () => {
    store("f‸", ["or (;;)"], automatic(1)); // It comes with probability 0.48.
    store("g‸", ["o"], automatic(1));
    assert.equal(find("f‸"), "or (;;)");
    assert.deepEqual(findAll("f‸", automatic(0)), []);
    assert.deepEqual(findAll("f‸", automatic(1)), ["or (;;)"]);
    assert.equal(find("g‸"), undefined);
    store("h‸", ["o"], automatic(0.4));
    assert.deepEqual(findAll("h‸", automatic(0.4)), ["o"], "what was shown at one eagerness stays there");
  });

  it("does not come up by itself for having been asked for, unless it is being typed", () => {
    const others = ["elsewhere, or nowhere at all", "elsewise it is another matter"];
    store("a ‸", [UNSURE, ...others], ASKED);
    assert.deepEqual(findAll("a ‸"), []);
    assert.deepEqual(findAll("a ‸", ASKED), [UNSURE, ...others]);
    assert.deepEqual(findAll("a e‸"), ["lsewhere, or nowhere at all", "lsewise it is another matter"]);
    assert.deepEqual(findAll("a elsewi‸"), ["se it is another matter"]);
    assert.deepEqual(findAll("a ‸"), []);
    assert.deepEqual(findAll("a elsewi‸"), ["se it is another matter"]);
  });

  it("does not take for typed what was asked for and left", () => {
    store("a ‸", [UNSURE], ASKED);
    store("b ‸", ["other"]);
    assert.equal(find(`a ${UNSURE.slice(0, 2)}‸`), undefined);
  });

  it("finds what was foreseen once somebody is there, and does not take it for what is on the screen", () => {
    const terms = { trigger: "automatic", eagerness: 0.5 } as const;
    cache.foresee(DOCUMENT, place("first\n  return x;‸\nlast"), { continuation: continuation(" // y"), terms });
    assert.equal(find("first\n  re‸\nlast"), "turn x;");
    assert.equal(find("first\n  return x;‸\nlast"), " // y");
    cache.foresee(DOCUMENT, place("z‸"), { continuation: continuation("ebra"), terms });
    cache.keepShown();
    assert.equal(find("z‸"), undefined);
    assert.equal(find("first\n  return x;‸\nlast"), " // y");
  });

  it("keeps only what is on the screen when the model changes", () => {
    store("f‸", ["orm"]);
    store("g‸", ["ood"], { ...automatic(), document: "file:///b.ts" });
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
      store(`${prefix}‸`, ["xyz"]);
    }
    assert.deepEqual(
      ["a‸", "b‸", "c‸"].map((marked) => find(marked)),
      [undefined, "xyz", "xyz"],
    );
  });
});
