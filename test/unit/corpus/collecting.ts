import assert from "node:assert/strict";
import { collectCorpus, type CorpusResult } from "../../../src/corpus/collectCorpus.ts";
import type { CollectCorpusOptions } from "../../../src/corpus/collectDocuments.ts";
import {
  type Corpus,
  type CorpusDocument,
  type CorpusSettings,
  DEFAULT_CORPUS_SETTINGS,
} from "../../../src/corpus/corpus.ts";
import { MemoryFiles } from "./memoryFiles.ts";

/** Enough text of its own that a file alone makes a corpus and resembles no other. */
export function textFor(name: string): string {
  return Array.from({ length: 8 }, (_, line) => `line ${String(line)} of ${name} says something\n`).join("");
}

/** What differs from the plain case. */
export interface Given extends Partial<Omit<CollectCorpusOptions, "settings">> {
  readonly settings?: Partial<CorpusSettings>;
}

/** Collects the folder /work, unless told otherwise. */
export function collect(files: MemoryFiles, given: Given = {}): Promise<CorpusResult> {
  return collectCorpus({
    folders: [{ path: "/work", name: "work" }],
    unsaved: [],
    reader: files,
    signal: new AbortController().signal,
    ...given,
    settings: { ...DEFAULT_CORPUS_SETTINGS, ...given.settings },
  });
}

/** The corpus of a result that has one. */
export function corpusOf(result: CorpusResult): Corpus {
  assert.ok(result.kind === "corpus", `expected a corpus, got ${JSON.stringify(result)}`);
  return result.corpus;
}

/** The result, if it says that there is nothing. */
export function emptyOf(result: CorpusResult): Extract<CorpusResult, { kind: "empty" }> {
  assert.ok(result.kind === "empty", `expected none, got ${result.kind}`);
  return result;
}

/** Training, then validation. */
export function allDocuments(corpus: Corpus): readonly CorpusDocument[] {
  return [...corpus.training, ...corpus.validation];
}

/** Paths of all documents, ends of documents counted with them. */
export function pathsOf(corpus: Corpus): readonly string[] {
  return [...new Set(allDocuments(corpus).map((document) => document.path.replace(/#end$/, "")))].sort();
}

/** A tree in which each listed path is a text file of its own, and files of other content can be given. */
export function tree(
  paths: readonly string[],
  contents: Readonly<Record<string, string | Uint8Array>> = {},
): MemoryFiles {
  const files = new MemoryFiles();
  for (const path of paths) {
    files.add(`/work/${path}`, textFor(path));
  }
  for (const [path, content] of Object.entries(contents)) {
    files.add(`/work/${path}`, content);
  }
  return files;
}

/** Collects and compares which files were taken, by their paths inside the folder. */
export async function checkTaken(files: MemoryFiles, expected: readonly string[], given: Given = {}): Promise<Corpus> {
  const corpus = corpusOf(await collect(files, given));
  assert.deepEqual(pathsOf(corpus), [...expected.map((path) => `work/${path}`)].sort());
  return corpus;
}
