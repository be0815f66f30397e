import type { PlainValue } from "../base/plainValue.ts";
import type { FileReader, FileStore } from "../base/ports.ts";
import {
  LABEL_HEADS,
  labellerFault,
  labellerShapes,
  type LabellerSpec,
  READING_DIRECTIONS,
} from "../models/neural/labelling/labellerSpec.ts";
import { CELL_KINDS, type WeightMap } from "../models/neural/networkSpec.ts";
import { fieldCountOf, type SerializedUnits, UNIT_KINDS, UnitVocabulary } from "../tokens/unitVocabulary.ts";
import { holdsManifest, LABELLER_MANIFEST_NAME } from "./checkpointFiles.ts";
import { type ModelKind, type ModelStoreContext, readModel, withModelDirectory, writeModel } from "./modelDirectory.ts";

/** A trained tagger or classifier, as it is kept in a directory of its own. */
export interface StoredLabeller {
  readonly spec: LabellerSpec;
  readonly units: SerializedUnits;
  /** K, in the order of the outputs. */
  readonly labels: readonly string[];
  /** Units of a stretch that a longer text is read in; null where each unit has a label. */
  readonly stretchUnits: number | null;
  /** Where it comes from, for people. */
  readonly origin: Readonly<Record<string, string | number | boolean | null>>;
  readonly weights: WeightMap;
}

const LABELLER: ModelKind<Omit<StoredLabeller, "weights">> = {
  format: "inkling-labeller",
  version: 1,
  manifestName: LABELLER_MANIFEST_NAME,
  role: "labeller",
  name: "tagger or classifier",
  advice: "train one into it with `tag train` or `classify train`, or name the directory of a trained one.",
  read: readManifest,
  entriesOf: ({ spec }) =>
    labellerShapes(spec).map(({ name, shape }) => ({ name, length: shape.reduce((a, b) => a * b, 1) })),
};

/** Where a labeller is to go. */
export interface LabellerTarget {
  readonly directory: string;
  /** Whether it is a tagger, and not a classifier. */
  readonly isEach: boolean;
  readonly files: FileStore;
}

/** As `withModelDirectory` does; refuses to put a tagger where a classifier is, and the other way round. */
export function withLabellerDirectory<T>(
  { directory, isEach, files }: LabellerTarget,
  work: () => Promise<T>,
): Promise<T> {
  const other = isEach ? "a classifier" : "a tagger";
  const otherThan = ({ spec }: Omit<StoredLabeller, "weights">): string | null =>
    (spec.head === "each") === isEach ? null : other;
  return withModelDirectory(directory, { kind: LABELLER, files, otherThan }, work);
}

/** Replaces what is in a directory; a reader or a crash sees the old labeller or the new one. */
export function writeLabeller(
  directory: string,
  { weights, ...parts }: StoredLabeller,
  context: ModelStoreContext,
): Promise<void> {
  return writeModel({ directory, kind: LABELLER, parts, weights }, context);
}

/** Whether there is one in a directory. */
export function hasLabeller(directory: string, files: FileReader): Promise<boolean> {
  return holdsManifest(directory, LABELLER_MANIFEST_NAME, files);
}

/** The labeller in a directory. Throws `LmError` where there is none, or it is damaged, or of a newer Inkling; the message says what to do. */
export async function readLabeller(directory: string, context: ModelStoreContext): Promise<StoredLabeller> {
  const { model, weights } = await readModel(directory, LABELLER, context);
  return { ...model, weights };
}

function readManifest(root: PlainValue): Omit<StoredLabeller, "weights"> {
  const units: SerializedUnits = {
    kind: root.field("units").field("kind").oneOf(UNIT_KINDS),
    fields: root
      .field("units")
      .field("fields")
      .items()
      .map((field) => field.strings()),
  };
  const labels = root.field("labels").strings();
  const spec = readSpec(root.field("spec"));
  if (units.fields.length !== fieldCountOf(units.kind)) {
    throw root
      .field("units")
      .field("fields")
      .mismatch(`a list of ${fieldCountOf(units.kind)} lists`);
  }
  if (new UnitVocabulary(units).size !== spec.vocabularySize) {
    throw root.field("spec").field("vocabularySize").mismatch("the number of pieces and one more for each field");
  }
  if (labels.length !== spec.labelCount) {
    throw root.field("spec").field("labelCount").mismatch("the number of labels");
  }
  const fault = labellerFault(spec);
  if (fault !== null) {
    throw root.field("spec").mismatch(`a specification that makes sense (${fault})`);
  }
  const stretchUnits = root.field("stretchUnits").nullable((value) => value.integer({ least: 1, most: 1 << 16 }));
  if ((stretchUnits === null) !== (spec.head === "each")) {
    throw root.field("stretchUnits").mismatch("null for a tagger and a number for a classifier");
  }
  return { spec, units, labels, stretchUnits, origin: root.field("origin").scalars() };
}

function readSpec(value: PlainValue): LabellerSpec {
  const size = (name: string, most: number): number => value.field(name).integer({ least: 1, most });
  return {
    cell: value.field("cell").oneOf(CELL_KINDS),
    directions: value.field("directions").oneOf(READING_DIRECTIONS),
    head: value.field("head").oneOf(LABEL_HEADS),
    // The bounds keep a damaged manifest from asking for more memory than any machine has.
    vocabularySize: size("vocabularySize", 1 << 20),
    embeddingSize: size("embeddingSize", 1 << 12),
    hiddenSize: size("hiddenSize", 1 << 12),
    layerCount: size("layerCount", 16),
    labelCount: size("labelCount", 1 << 16),
    dropout: value.field("dropout").number(0),
  };
}
