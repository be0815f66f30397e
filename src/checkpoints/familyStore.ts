import { LmError } from "../base/errors.ts";
import type { PlainValue } from "../base/plainValue.ts";
import type { FileStore } from "../base/ports.ts";
import {
  DEFAULT_FAMILY_SPEC,
  FAMILY_KINDS,
  familyFault,
  type FamilySpec,
  NO_REGULARISATION,
} from "../models/neural/family/familySpec.ts";
import type { WeightMap } from "../models/neural/networkSpec.ts";
import { type AnyVocabulary, restoreAnyVocabulary } from "../tokens/anyVocabulary.ts";
import type { CheckpointTally } from "./checkpoint.ts";
import { FAMILY_MANIFEST_NAME, holdsManifest } from "./checkpointFiles.ts";
import type { TensorEntry } from "./checkpointManifest.ts";
import type { DirectoryClaim } from "./claimDirectory.ts";
import {
  type ModelKind,
  type ModelStoreContext,
  readModel,
  readModelManifest,
  withModelDirectory,
  writeModel,
} from "./modelDirectory.ts";

type Scalars = Readonly<Record<string, string | number | boolean | null>>;

/** A trained network of the family, as it is kept in a directory of its own. */
export interface StoredFamily {
  /** What it was asked for by, such as `mos`. */
  readonly network: string;
  readonly spec: FamilySpec;
  readonly vocabulary: AnyVocabulary;
  /** How it was trained. */
  readonly recipe: Scalars;
  readonly progress: {
    /** Of the weights that are kept, as all here. */
    readonly step: number;
    readonly passes: number;
    readonly trainedTokens: number;
    readonly elapsedSeconds: number;
  };
  readonly figures: {
    /** Of the text that chose these weights. */
    readonly validation: CheckpointTally;
    /** Of held-out text that chose nothing; null where the training was stopped before it was scored. */
    readonly test: (CheckpointTally & { readonly firstCount: number }) | null;
  };
  /** Where it comes from, for people. */
  readonly origin: Scalars;
  /** Folder's name and path in it, joined with `/`. */
  readonly trainingPaths: readonly string[];
  readonly validationPaths: readonly string[];
  /** By name; whether they are those that the specification asks for is for whoever makes a network of them to see. */
  readonly weights: WeightMap;
}

/** All but the weights themselves. */
export interface FamilyManifest extends Omit<StoredFamily, "weights"> {
  /** In stored order. */
  readonly tensors: readonly TensorEntry[];
}

const FAMILY: ModelKind<FamilyManifest> = {
  format: "inkling-family",
  version: 1,
  manifestName: FAMILY_MANIFEST_NAME,
  role: "family",
  name: "network of the family",
  advice: "train one into it with `train --model NAME`, or name the directory of a trained one.",
  read: readManifest,
  entriesOf: ({ tensors }) => tensors,
};

/** Whether a directory is one of these; what is in it may be damaged all the same. */
export function isFamilyDirectory(directory: string, files: Pick<FileStore, "join" | "stat">): Promise<boolean> {
  return holdsManifest(directory, FAMILY_MANIFEST_NAME, files);
}

/** As `withModelDirectory` does. */
export function withFamilyDirectory<T>(
  directory: string,
  files: FileStore,
  work: (claim: DirectoryClaim) => Promise<T>,
): Promise<T> {
  return withModelDirectory(directory, { kind: FAMILY, files }, work);
}

/** Replaces what is in a directory; a reader or a crash sees the old network or the new one. */
export function writeFamily(
  directory: string,
  { weights, vocabulary, ...rest }: StoredFamily,
  context: ModelStoreContext,
): Promise<void> {
  const tensors = [...weights].map(([name, { length }]) => ({ name, length }));
  const parts = { ...rest, vocabulary: vocabulary.serialize(), tensors };
  return writeModel({ directory, kind: FAMILY, parts, weights }, context);
}

/** The network in a directory. Throws `LmError` where there is none, or it is damaged, or of a newer Inkling; the message says what to do. */
export async function readFamily(
  directory: string,
  context: ModelStoreContext,
): Promise<FamilyManifest & Pick<StoredFamily, "weights">> {
  const { model, weights } = await readModel(directory, FAMILY, context);
  return { ...model, weights };
}

/** As `readFamily`, without the weights. */
export function readFamilyManifest(directory: string, files: FileStore): Promise<FamilyManifest> {
  return readModelManifest(directory, { kind: FAMILY, files });
}

function readManifest(root: PlainValue): FamilyManifest {
  const spec = readSpec(root.field("spec"));
  const vocabulary = readVocabulary(root.field("vocabulary"));
  if (vocabulary.size !== spec.vocabularySize) {
    throw root.field("spec").field("vocabularySize").mismatch(`${vocabulary.size}, the number of pieces`);
  }
  const progress = root.field("progress");
  const figures = root.field("figures");
  return {
    network: root.field("network").string(),
    spec,
    vocabulary,
    recipe: root.field("recipe").scalars(),
    progress: {
      step: progress.field("step").integer(),
      passes: progress.field("passes").number(0),
      trainedTokens: progress.field("trainedTokens").integer(),
      elapsedSeconds: progress.field("elapsedSeconds").number(0),
    },
    figures: {
      validation: readTally(figures.field("validation")),
      test: figures.field("test").nullable((value) => ({
        ...readTally(value),
        firstCount: value.field("firstCount").integer(),
      })),
    },
    origin: root.field("origin").scalars(),
    trainingPaths: root.field("trainingPaths").strings(),
    validationPaths: root.field("validationPaths").strings(),
    tensors: readTensors(root.field("tensors")),
  };
}

function readTensors(value: PlainValue): readonly TensorEntry[] {
  const tensors = value.items().map((item) => ({
    name: item.field("name").string(),
    length: item.field("length").integer({ least: 1 }),
  }));
  if (new Set(tensors.map(({ name }) => name)).size !== tensors.length) {
    throw value.mismatch("a list of tensors with names of their own");
  }
  return tensors;
}

function readTally(value: PlainValue): CheckpointTally {
  return {
    tokens: value.field("tokens").integer(),
    bytes: value.field("bytes").integer(),
    nats: value.field("nats").number(0),
  };
}

function readVocabulary(value: PlainValue): AnyVocabulary {
  try {
    return restoreAnyVocabulary(value.raw);
  } catch (error) {
    const why = error instanceof LmError ? error.facts["why"] : undefined;
    if (typeof why !== "string") {
      throw error;
    }
    throw value.mismatch(`a vocabulary that holds together (${why})`);
  }
}

/** Sizes above this ask for more memory than any machine has. */
const MOST_SIZE = 1 << 16;

function readSpec(value: PlainValue): FamilySpec {
  const spec: FamilySpec = {
    ...readLike(DEFAULT_FAMILY_SPEC, value),
    kind: value.field("kind").oneOf(FAMILY_KINDS),
    vocabularySize: value.field("vocabularySize").integer({ least: 2, most: MOST_SIZE }),
    regularisation: readLike(NO_REGULARISATION, value.field("regularisation")),
  };
  const fault = familyFault(spec);
  if (fault !== null) {
    throw value.mismatch(`a specification that makes sense (${fault})`);
  }
  return spec;
}

/** The numbers and truth values that `usual` has; one that is not there is as usual, for an earlier Inkling did not know it. */
function readLike<T extends object>(usual: T, value: PlainValue): T {
  const given = value.object();
  const read = Object.entries(usual).map(([name, before]: readonly [string, unknown]) => {
    const field = value.field(name);
    if (given[name] === undefined || (typeof before !== "number" && typeof before !== "boolean")) {
      return [name, before];
    }
    if (typeof before === "boolean") {
      return [name, field.boolean()];
    }
    const number = field.number(0);
    if (number > MOST_SIZE) {
      throw field.mismatch(`at most ${MOST_SIZE}`);
    }
    return [name, number];
  });
  return Object.fromEntries(read) as T;
}
