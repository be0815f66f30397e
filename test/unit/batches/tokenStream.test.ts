import assert from "node:assert/strict";
import { encodeDocuments, TokenStreamBuilder } from "../../../src/batches/tokenStream.ts";
import { trainBpe } from "../../../src/tokens/trainBpe.ts";
import { LETTERS, streamOf } from "./streamOf.ts";

describe("The token stream", () => {
  it("puts START before and END behind every document, in order", () => {
    const stream = streamOf("ab", "", "c");
    assert.deepEqual([...stream.tokens], [0, 3, 4, 1, 0, 1, 0, 5, 1]);
    assert.deepEqual([...stream.documentStarts], [0, 4, 6, 9]);
    assert.equal(stream.documentCount, 3);
  });

  it("counts all tokens but the STARTs as predictions", () => {
    assert.equal(streamOf("ab", "", "c").predictedTokens, 6);
  });

  it("counts no bytes for characters that the vocabulary does not know: naming them is not predicting them", () => {
    assert.equal(encodeDocuments(["ab漢c"], LETTERS).bytes, 3);
    assert.equal(encodeDocuments(["漢字"], LETTERS).bytes, 0);
  });

  it("counts the UTF-8 bytes of the documents where the vocabulary covers them", () => {
    const texts = ["größe", "漢字 😀\n"];
    const bytes = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
    const bpe = trainBpe(texts, { vocabularySize: 256 });
    const stream = encodeDocuments(texts, bpe);
    assert.equal(stream.bytes, bytes);
    const pieceBytes = [...stream.tokens].reduce((sum, id) => sum + bpe.pieceBytes(id).length, 0);
    assert.equal(pieceBytes, bytes);
  });

  it("can be built document by document", () => {
    const builder = new TokenStreamBuilder(LETTERS);
    builder.add("ab");
    builder.add("c");
    assert.deepEqual(builder.finish(), streamOf("ab", "c"));
  });

  it("may be empty", () => {
    const stream = streamOf();
    assert.equal(stream.tokens.length, 0);
    assert.equal(stream.predictedTokens, 0);
    assert.deepEqual([...stream.documentStarts], [0]);
  });
});
