import assert from "node:assert/strict";
import { createRng } from "../../../../src/base/rng.ts";
import { CharacterNgram, NGRAM_ORDER } from "../../../../src/evaluation/replay/characterNgram.ts";

const START = "\uffff";
const TYPES = 65_535;

/** Witten-Bell by its definition, from texts that are searched through for every question. */
function definedProbability(texts: readonly string[], before: string, character: string): number {
  const padded = texts.map((text) => START + text);
  let probability = 1 / TYPES;
  for (let length = 0; length < NGRAM_ORDER; length++) {
    const context = (START + before).slice(-length - 1).slice(length === START.length + before.length ? 0 : 1);
    if (context.length < length) {
      break;
    }
    const followers = padded.flatMap((text) =>
      Array.from({ length: text.length }, (_, at) => at).flatMap((at) =>
        text.startsWith(context, at) && text.charAt(at + length) !== "" && text.charAt(at + length) !== START
          ? [text.charAt(at + length)]
          : [],
      ),
    );
    const types = new Set(followers).size;
    if (types > 0) {
      const count = followers.filter((some) => some === character).length;
      probability = (count + types * probability) / (followers.length + types);
    }
  }
  return probability;
}

describe("CharacterNgram", () => {
  const rng = createRng(7);
  const randomText = (length: number): string => Array.from({ length }, () => "abca\n"[rng.nextInt(5)]).join("");
  const texts = [randomText(60), randomText(40), "the end of the line"];

  function checkAgainstDefinition(ngram: CharacterNgram, learnt: readonly string[]): void {
    for (const before of ["", "a", "ab", "bca\n", "the end of the li", "unheard of: ab", randomText(20)]) {
      for (const character of "abcdn\nz") {
        const found = ngram.probability(before, character.charCodeAt(0));
        const defined = definedProbability(learnt, before, character);
        assert.ok(Math.abs(found - defined) < 1e-12 * defined + 1e-15, `${before}|${character}: ${found} ${defined}`);
      }
    }
  }

  it("has the probabilities of the definition", () => {
    checkAgainstDefinition(new CharacterNgram(texts), texts);
  });

  it("has the same after it learnt a text unit by unit as if it had begun with it", () => {
    const ngram = new CharacterNgram(texts.slice(0, 1));
    for (const text of texts.slice(1)) {
      for (let index = 0; index < text.length; index++) {
        ngram.learn(text.slice(0, index), text.charCodeAt(index));
      }
    }
    checkAgainstDefinition(ngram, texts);
  });

  it("names the most probable unit, which sums with the others to 1", () => {
    const ngram = new CharacterNgram(["abab", "abac"]);
    assert.deepEqual(ngram.mostLikely("xxa")?.unit, "b".charCodeAt(0));
    const seen = "abc".split("").map((character) => ngram.probability("aba", character.charCodeAt(0)));
    const sum = seen.reduce((all, probability) => all + probability) + (TYPES - 3) * ngram.probability("aba", 0);
    assert.ok(Math.abs(sum - 1) < 1e-9, String(sum));
  });

  it("takes the unit that marks the start for an unknown character where a text has it", () => {
    const ngram = new CharacterNgram([`a${START}b`]);
    ngram.learn("a", START.charCodeAt(0));
    assert.ok(ngram.probability("a", 0xfffd) > 0.5);
  });
});
