import { LmError } from "../../base/errors.ts";
import { withLabellerDirectory } from "../../checkpoints/labellerStore.ts";
import type { CorpusDocument } from "../../corpus/corpus.ts";
import { TAIL_SUFFIX } from "../../corpus/splitDocuments.ts";
import { fileLanguage } from "../../models/calibration/calibration.ts";
import type { LanguagesJob, LanguagesResult } from "../../protocol/labelMessages.ts";
import { readWorkspace } from "../readWorkspace.ts";
import type { HeldOut } from "./holdOut.ts";
import { keepLabeller } from "./keepLabeller.ts";
import { stretchesOf } from "./labelledSequences.ts";
import { cancelled, evaluateTexts, judgeTexts } from "./openLabeller.ts";
import type { LabelledText } from "./readLabelled.ts";
import { figuresOf, type LabelContext, trainLabeller } from "./trainLabeller.ts";

/** Endings of one language under the name of the one that most files have. */
const SAME_LANGUAGE: Readonly<Record<string, string>> = {
  cjs: "js",
  mjs: "js",
  cts: "ts",
  mts: "ts",
  htm: "html",
  markdown: "md",
  pyi: "py",
  yml: "yaml",
};

/** Of the files: half to choose the weights by, half to measure. */
const HELD_OUT_FRACTION = 0.3;
/** A language of fewer files cannot be told from the ways of a single one. */
const LEAST_FILES = 2;

interface LanguageTexts extends HeldOut {
  readonly test: readonly LabelledText[];
  readonly unnamed: readonly CorpusDocument[];
}

/**
 * Trains what tells the languages of a workspace's files, by the endings of their names and nothing but their text, measures it on files that it has not
 * seen, and applies it to files whose names have no ending. Throws `LmError`; also `cancelled`.
 */
export async function runLanguagesJob(job: LanguagesJob, context: LabelContext): Promise<LanguagesResult> {
  const texts = await readLanguages(job, context);
  const train = (): Promise<LanguagesResult> => trainLanguages(texts, job, context);
  const { out: directory } = job;
  return directory === null
    ? train()
    : withLabellerDirectory({ directory, isEach: false, files: context.files }, train);
}

function trainLanguages(
  texts: LanguageTexts,
  { out, options }: LanguagesJob,
  context: LabelContext,
): Promise<LanguagesResult> {
  return trainLabeller({ task: "classify", texts, options }, context, async (trained, after) => {
    const { reading, result } = trained;
    const test = await evaluateTexts(reading, texts.test, after);
    const separator = options.units === "word" ? " " : "";
    const stretches = texts.test.flatMap(({ parts, labels }) =>
      stretchesOf(parts, reading).map((stretch) => ({ parts: [stretch.join(separator)], labels })),
    );
    const judged = await judgeTexts(
      reading,
      texts.unnamed.map(({ text }) => [text]),
      after,
    );
    if (out !== null) {
      await keepLabeller(out, { trained, options, texts }, after);
    }
    return {
      ...result,
      model: out,
      test: figuresOf(test),
      testStretches: figuresOf(await evaluateTexts(reading, stretches, after)),
      stretchUnits: reading.stretchUnits ?? 0,
      unnamed: texts.unnamed.map(({ path }, index) => ({
        text: path,
        ...(judged[index]?.[0] ?? { label: "", probability: 0 }),
      })),
    };
  });
}

/** The workspace's files by language, split as they are for every training, near duplicates on one side. */
async function readLanguages(job: LanguagesJob, context: LabelContext): Promise<LanguageTexts> {
  const corpus = await readWorkspace(
    { folders: job.folders, unsaved: [], corpus: { ...job.corpus, validationFraction: HELD_OUT_FRACTION } },
    context,
  );
  if (corpus === null) {
    throw cancelled();
  }
  const named = (documents: readonly CorpusDocument[]): readonly LabelledText[] =>
    documents
      .map(({ path, text }) => ({ parts: [text], labels: [languageOf(path)] }))
      .filter(({ parts, labels }) => labels[0] !== "" && parts[0]?.trim() !== "");
  const training = keepFrequent(named(corpus.training), context);
  const held = named(corpus.validation);
  const [validation, test] = [held.filter((_, index) => index % 2 === 0), held.filter((_, index) => index % 2 === 1)];
  const languages = new Set(training.flatMap(({ labels }) => labels));
  if (languages.size < 2) {
    const [only] = languages;
    const found = only === undefined ? "no language" : `one language only (${only})`;
    throw new LmError(
      "badArgument",
      `There is ${found} with ${LEAST_FILES} files or more to learn from, and two are needed to tell them apart; name a folder with more kinds of files.`,
    );
  }
  if (validation.length === 0 || test.length === 0) {
    throw new LmError(
      "noDocuments",
      `Of this folder ${held.length === 0 ? "nothing" : "1 file"} is held out, and two are needed: one to choose the weights by, one to measure. Name a larger folder.`,
    );
  }
  const unnamed = [...corpus.training, ...corpus.validation].filter(
    ({ path, text }) => languageOf(path) === "" && !path.endsWith(TAIL_SUFFIX) && text.trim() !== "",
  );
  return { training, validation, test, unnamed };
}

function keepFrequent(texts: readonly LabelledText[], { emit }: LabelContext): readonly LabelledText[] {
  const counts = new Map<string, number>();
  for (const { labels } of texts) {
    counts.set(labels[0] ?? "", (counts.get(labels[0] ?? "") ?? 0) + 1);
  }
  const rare = [...counts].filter(([, count]) => count < LEAST_FILES).map(([label]) => label);
  if (rare.length > 0) {
    emit({
      type: "notice",
      level: "info",
      message: `Nothing is learnt of ${rare.join(", ")}: there are fewer than ${LEAST_FILES} files to learn from. Held-out files of these count as wrong.`,
    });
  }
  return texts.filter(({ labels }) => !rare.includes(labels[0] ?? ""));
}

/** The language of a path, by the ending of its name; "" where there is none. Names that begin with a point have none of their own. */
function languageOf(path: string): string {
  const bare = path.endsWith(TAIL_SUFFIX) ? path.slice(0, -TAIL_SUFFIX.length) : path;
  const ending = fileLanguage(bare);
  return Object.hasOwn(SAME_LANGUAGE, ending) ? (SAME_LANGUAGE[ending] ?? ending) : ending;
}
