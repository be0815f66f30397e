import { findSecrets, MAX_SECRETS_PER_TEXT } from "../../corpus/secrets.ts";
import { createPassage, isSamePassage, type Passage } from "../../models/counting/passage.ts";
import type { Vocabulary } from "../../tokens/vocabulary.ts";
import { cutSections, readLines, type TextLines } from "./cutSections.ts";

/** From `start` up to `end`, in UTF-16 units of the document. */
export interface TextStretch {
  readonly start: number;
  readonly end: number;
}

export interface CutOptions {
  readonly vocabulary: Vocabulary;
  /** Whether secrets have been taken out already. */
  readonly isRedacted: boolean;
  /** The document as it was before; what did not change is taken from there. */
  readonly previous?: DocumentSections | undefined;
}

/** What a passage depends on besides its section. */
interface Surrounded {
  /** The tokens right before it, the same array where they are the same; undefined where something was left out there. */
  readonly before: Uint16Array | undefined;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

interface PlainPassage extends Surrounded {
  readonly passage: Passage;
}

/** Tokens that a part of a document knows of what stands before it. */
const LEAD_TOKENS = 16;

/** A stretch of a document; its tokens and secrets are found when they are needed. */
class Section implements TextStretch {
  public readonly start: number;
  public readonly end: number;
  public readonly text: string;
  /** Where in the document `#surroundings` begin. */
  readonly #from: number;
  /** The section with its neighbours, in which its secrets are looked for; empty where there are none. */
  readonly #surroundings: string;
  #tokens: Uint16Array | undefined;
  #secrets: readonly TextStretch[] | undefined;
  /** What it is where nothing is left out, or was in the document before. */
  #plain: PlainPassage | undefined;

  public constructor(place: TextStretch & { readonly from: number }, text: string, surroundings: string) {
    this.start = place.start;
    this.end = place.end;
    this.#from = place.from;
    this.text = text;
    this.#surroundings = surroundings;
  }

  /** Lines with secrets among those that were looked for, relative to the section. */
  public get knownSecrets(): readonly TextStretch[] {
    return this.#secrets ?? [];
  }

  /** Takes over what was found in a section of the same text. */
  public takeFrom(old: Section): void {
    this.#tokens = old.#tokens;
    this.#secrets = old.#surroundings === this.#surroundings ? old.#secrets : undefined;
    this.#plain = old.#plain;
  }

  /** What it is where nothing is left out: the same object each time, so that comparing is quick and memory is shared. */
  public plain(surrounded: Surrounded, create: () => Passage): Passage {
    const { before, isFirst, isLast } = surrounded;
    const known = this.#plain;
    if (known?.before === before && known?.isFirst === isFirst && known.isLast === isLast) {
      return known.passage;
    }
    const created = create();
    const passage = known !== undefined && isSamePassage(known.passage, created) ? known.passage : created;
    this.#plain = { before, isFirst, isLast, passage };
    return passage;
  }

  /** Finds tokens and secrets; returns whether they had to be looked for. */
  public examine(vocabulary: Vocabulary): boolean {
    const isKnown = this.#tokens !== undefined && this.#secrets !== undefined;
    this.tokens(vocabulary);
    this.#secrets ??= secretLines(this.#surroundings, { start: this.start, end: this.end, from: this.#from });
    return !isKnown;
  }

  public tokens(vocabulary: Vocabulary): Uint16Array {
    this.#tokens ??= Uint16Array.from(vocabulary.encode(this.text));
    return this.#tokens;
  }
}

/** A document in sections, each with its tokens. */
export class DocumentSections {
  readonly #vocabulary: Vocabulary;
  readonly #lines: TextLines;
  readonly #sections: readonly Section[];

  private constructor(vocabulary: Vocabulary, lines: TextLines, sections: readonly Section[]) {
    this.#vocabulary = vocabulary;
    this.#lines = lines;
    this.#sections = sections;
  }

  /** Cuts a text, line ends normalised. */
  public static cut(text: string, { vocabulary, isRedacted, previous }: CutOptions): DocumentSections {
    const known = new KnownSections(previous === undefined ? [] : previous.#sections);
    const lines = readLines(text, previous === undefined ? undefined : previous.#lines);
    const ends = cutSections(lines, (stretch) => vocabulary.lastBoundary(stretch));
    const sections = ends.map((end, index) => {
      const start = ends[index - 1] ?? 0;
      const from = ends[index - 2] ?? 0;
      const surroundings = isRedacted ? "" : text.slice(from, ends[index + 1] ?? text.length);
      const section = new Section({ start, end, from }, text.slice(start, end), surroundings);
      const old = known.find(section.text, { index, count: ends.length });
      if (old !== undefined) {
        section.takeFrom(old);
      }
      return section;
    });
    return new DocumentSections(vocabulary, lines, sections);
  }

  /** Finds what `passages` needs; yields after every section that had to be read. */
  public *examine(hole: TextStretch | null): Generator<void, void> {
    for (const section of this.#sections) {
      if (!isInside(section, hole) && section.examine(this.#vocabulary)) {
        yield;
      }
    }
  }

  /**
   * What is to be counted.
   * @param hole left out: what is being written, and what is counted elsewhere
   */
  public passages(hole: TextStretch | null): readonly Passage[] {
    Array.from(this.examine(hole)); // What is not known by now is found here.
    if (this.#sections.reduce((count, { knownSecrets }) => count + knownSecrets.length, 0) > MAX_SECRETS_PER_TEXT) {
      return [];
    }
    const passages: Passage[] = [];
    /** The tokens right before the section; undefined where something was left out there. */
    let before: Uint16Array | undefined;
    for (const [index, section] of this.#sections.entries()) {
      const holes = holesIn(section, { hole, isLast: this.#isLast(index) });
      if (holes.length > 0) {
        before = isInside(section, hole) ? undefined : this.#cutAround(holes, { index, before, passages });
        continue;
      }
      passages.push(this.#plainPassage(section, { index, before }));
      before = section.tokens(this.#vocabulary);
    }
    return passages;
  }

  #plainPassage(section: Section, { index, before }: Omit<CutPlace, "passages">): Passage {
    const [isFirst, isLast] = [index === 0, this.#isLast(index)];
    return section.plain({ before, isFirst, isLast }, () =>
      this.#passage(section.tokens(this.#vocabulary), { lead: isFirst ? undefined : leadOf(before), isLast }),
    );
  }

  #isLast(index: number): boolean {
    return index === this.#sections.length - 1;
  }

  /** Adds what is left of a section; returns the tokens right before the next one. */
  #cutAround(holes: readonly TextStretch[], { index, before, passages }: CutPlace): Uint16Array | undefined {
    const { text } = this.#sections[index] as Section;
    const add = (from: number, to: number): Uint16Array | undefined => {
      const isAtEnd = this.#isLast(index) && to === text.length && (holes.at(-1)?.end ?? 0) < to;
      if (from >= to) {
        return undefined;
      }
      const tokens = Uint16Array.from(this.#vocabulary.encode(text.slice(from, to)));
      const lead = from > 0 ? NO_LEAD : leadOf(before);
      passages.push(this.#passage(tokens, { lead: index === 0 && from === 0 ? undefined : lead, isLast: isAtEnd }));
      return tokens;
    };
    let from = 0;
    for (const { start, end } of holes) {
      add(from, start);
      from = Math.max(from, end);
    }
    return add(from, text.length);
  }

  /** @param lead undefined at the beginning of the document */
  #passage(
    tokens: Uint16Array,
    { lead, isLast }: { readonly lead: Uint16Array | undefined; readonly isLast: boolean },
  ): Passage {
    const leadCount = lead?.length ?? 0;
    const joined = new Uint16Array(leadCount + tokens.length + (isLast ? 1 : 0));
    joined.set(lead ?? []);
    joined.set(tokens, leadCount);
    if (isLast) {
      joined[joined.length - 1] = this.#vocabulary.endId;
    }
    return createPassage(joined, { leadCount, isDocumentStart: lead === undefined });
  }
}

/** Sections of a document as it was, by their text. */
class KnownSections {
  readonly #sections: readonly Section[];
  #byText: ReadonlyMap<string, Section> | undefined;

  public constructor(sections: readonly Section[]) {
    this.#sections = sections;
  }

  /** Most stand as far from the beginning or from the end as they stood before: to compare is quicker than to hash. */
  public find(text: string, { index, count }: { readonly index: number; readonly count: number }): Section | undefined {
    const near = [this.#sections[index], this.#sections[this.#sections.length - count + index]];
    const found = near.find((section) => section?.text === text);
    if (found !== undefined) {
      return found;
    }
    this.#byText ??= new Map(this.#sections.map((section) => [section.text, section]));
    return this.#byText.get(text);
  }
}

/** Whether nothing of a section is to be counted. */
function isInside({ start, end }: TextStretch, hole: TextStretch | null): boolean {
  return hole !== null && hole.start <= start && hole.end >= end;
}

/** What is left out of a section, relative to it. A hole at the end of the document counts though nothing may be in it: END is left out. */
function holesIn(
  { start, end, knownSecrets }: Section,
  { hole, isLast }: { readonly hole: TextStretch | null; readonly isLast: boolean },
): readonly TextStretch[] {
  if (hole === null || !((hole.start < end && hole.end > start) || (isLast && hole.end >= end))) {
    return knownSecrets;
  }
  const own = { start: Math.max(0, hole.start - start), end: Math.min(end, hole.end) - start };
  return [...knownSecrets, own].sort((a, b) => a.start - b.start);
}

interface CutPlace {
  readonly index: number;
  readonly before: Uint16Array | undefined;
  readonly passages: Passage[];
}

const NO_LEAD = new Uint16Array(0);

function leadOf(tokens: Uint16Array | undefined): Uint16Array {
  return tokens?.subarray(Math.max(0, tokens.length - LEAD_TOKENS)) ?? NO_LEAD;
}

/** The lines of a section in which secrets stand, looked for in it and its neighbours. */
function secretLines(
  surroundings: string,
  { from, start, end }: TextStretch & { readonly from: number },
): readonly TextStretch[] {
  const lines: TextStretch[] = [];
  for (const finding of findSecrets(surroundings)) {
    const newline = surroundings.indexOf("\n", finding.end);
    const line = {
      start: from + surroundings.lastIndexOf("\n", finding.start - 1) + 1,
      end: from + (newline < 0 ? surroundings.length : newline + 1),
    };
    if (line.start < end && line.end > start) {
      lines.push({ start: Math.max(0, line.start - start), end: Math.min(end, line.end) - start });
    }
  }
  return lines;
}
