import { LmError } from "../base/errors.ts";
import { PlainValue, PlainValueError } from "../base/plainValue.ts";
import type { FileStat, FileStore } from "../base/ports.ts";
import {
  LABEL_HEADS,
  labellerFault,
  labellerParameterCount,
  labellerShapes,
  type LabellerSpec,
  READING_DIRECTIONS,
} from "../models/neural/labelling/labellerSpec.ts";
import { CELL_KINDS, type WeightMap } from "../models/neural/networkSpec.ts";
import { fieldCountOf, type SerializedUnits, UNIT_KINDS, UnitVocabulary } from "../tokens/unitVocabulary.ts";
import type { Sha256 } from "./checkpointStore.ts";
import { isByTheWay, isLeftover, LABELLER_MANIFEST_NAME, PROBE_NAME } from "./checkpointFiles.ts";
import { claimDirectory } from "./claimDirectory.ts";
import { describeDamage, describeField } from "./parseManifest.ts";
import { splitTensors, tensorChunks } from "./tensorBytes.ts";

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

export interface LabellerStoreContext {
  readonly files: FileStore;
  readonly sha256: Sha256;
}

const FORMAT = "inkling-labeller";
const VERSION = 1;
const WEIGHTS_NAME = /^labeller-[0-9a-f]{16}\.bin$/;

/**
 * Sees that a labeller can be written to a directory before anything is trained, and keeps other trainings from it until `work` has ended. Throws `LmError` where
 * there is something that is not ours, where nothing can be written, or where another training writes to it (`trainingBusy`).
 */
export async function withLabellerDirectory<T>(
  directory: string,
  files: FileStore,
  work: () => Promise<T>,
): Promise<T> {
  const stat = await files.stat(directory);
  if (stat !== undefined) {
    await refuseForeignDirectory(directory, { stat, files });
  }
  await files.makeDirectory(directory);
  const claim = await claimDirectory(directory, files);
  try {
    const probe = files.join(directory, PROBE_NAME);
    await files.writeFileAtomically(probe, [new Uint8Array(1)]);
    await files.removeFile(probe);
    return await work();
  } finally {
    await claim.release();
  }
}

async function refuseForeignDirectory(
  directory: string,
  { stat, files }: { readonly stat: FileStat; readonly files: FileStore },
): Promise<void> {
  if (stat.kind !== "directory") {
    throw new LmError("checkpointForeign", `${directory} is not a directory; name another place for the model.`);
  }
  const names = (await files.listDirectory(directory)).map(({ name }) => name);
  const isOurs = (name: string): boolean =>
    name === LABELLER_MANIFEST_NAME || WEIGHTS_NAME.test(name) || isByTheWay(name);
  const stranger = names.find((name) => !isOurs(name));
  if (stranger !== undefined && !names.includes(LABELLER_MANIFEST_NAME)) {
    throw new LmError(
      "checkpointForeign",
      `${directory} is not empty and holds no tagger or classifier (it has ${stranger}); name an empty or new directory for the model.`,
    );
  }
}

/** Replaces what is in a directory; a reader or a crash sees the old labeller or the new one. */
export async function writeLabeller(
  directory: string,
  labeller: StoredLabeller,
  { files, sha256 }: LabellerStoreContext,
): Promise<void> {
  const { spec, units, labels, stretchUnits, origin, weights } = labeller;
  const chunks = tensorChunks(weights, entriesOf(spec));
  const digest = sha256(chunks);
  const name = `labeller-${digest.slice(0, 16)}.bin`;
  const manifest = {
    format: FORMAT,
    version: VERSION,
    spec,
    units,
    labels,
    stretchUnits,
    origin,
    weights: { name, bytes: chunks.reduce((sum, { byteLength }) => sum + byteLength, 0), sha256: digest },
  };
  await files.makeDirectory(directory);
  await files.writeFileAtomically(files.join(directory, name), chunks);
  const text = JSON.stringify(manifest);
  await files.writeFileAtomically(files.join(directory, LABELLER_MANIFEST_NAME), [new TextEncoder().encode(text)]);
  for (const { name: other } of await files.listDirectory(directory)) {
    if ((WEIGHTS_NAME.test(other) && other !== name) || isLeftover(other)) {
      await files.removeFile(files.join(directory, other));
    }
  }
}

/** The labeller in a directory. Throws `LmError` where there is none, or it is damaged, or of a newer Inkling; the message says what to do. */
export async function readLabeller(
  directory: string,
  { files, sha256 }: LabellerStoreContext,
): Promise<StoredLabeller> {
  const path = files.join(directory, LABELLER_MANIFEST_NAME);
  if ((await files.stat(path))?.kind !== "file") {
    throw new LmError(
      "checkpointMissing",
      `There is no tagger or classifier in ${directory}; train one into it with \`tag train\` or \`classify train\`, or name the directory of a trained one.`,
    );
  }
  const manifest = parse(new TextDecoder().decode(await files.readFile(path)), path);
  const { name, bytes, sha256: expected } = manifest.binary;
  const binaryPath = files.join(directory, name);
  const stat = await files.stat(binaryPath);
  if (stat?.kind !== "file") {
    throw damaged(binaryPath, "it is missing");
  }
  if (stat.sizeBytes !== bytes) {
    throw damaged(binaryPath, `it has ${stat.sizeBytes} bytes in place of ${bytes}`);
  }
  const content = await files.readFile(binaryPath);
  if (sha256([content]) !== expected) {
    throw damaged(binaryPath, "its content is not what was written");
  }
  const [weights = new Map()] = splitTensors(content, [entriesOf(manifest.labeller.spec)]);
  return { ...manifest.labeller, weights };
}

interface Parsed {
  readonly labeller: Omit<StoredLabeller, "weights">;
  readonly binary: { readonly name: string; readonly bytes: number; readonly sha256: string };
}

function parse(text: string, path: string): Parsed {
  try {
    const root = new PlainValue(JSON.parse(text), "labeller");
    refuseForeign(root, path);
    return readManifest(root);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw damaged(path, "it is no complete JSON");
    }
    if (error instanceof PlainValueError) {
      throw damaged(path, describeField(error).replace("`labeller.", "`"));
    }
    throw error;
  }
}

function refuseForeign(root: PlainValue, path: string): void {
  const { format, version } = root.object();
  if (format !== FORMAT) {
    throw new LmError(
      "checkpointForeign",
      `${path} is no tagger or classifier of Inkling; name another directory for the model.`,
    );
  }
  if (typeof version === "number" && version > VERSION) {
    throw new LmError(
      "checkpointVersion",
      `${path} has format version ${version}, this Inkling reads up to ${VERSION}; update Inkling, or train into another directory.`,
    );
  }
  if (version !== VERSION) {
    throw root.field("version").mismatch(String(VERSION));
  }
}

function readManifest(root: PlainValue): Parsed {
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
  return {
    labeller: { spec, units, labels, stretchUnits, origin: root.field("origin").scalars() },
    binary: readBinary(root.field("weights"), 4 * labellerParameterCount(spec)),
  };
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

function readBinary(value: PlainValue, expectedBytes: number): Parsed["binary"] {
  const [name, sha256] = [value.field("name").string(), value.field("sha256").string()];
  if (!WEIGHTS_NAME.test(name)) {
    throw value.field("name").mismatch("the name of a binary of ours");
  }
  const bytes = value.field("bytes").integer();
  if (bytes !== expectedBytes) {
    throw value.field("bytes").mismatch(`${expectedBytes}, which the sizes of the model ask for`);
  }
  return { name, bytes, sha256 };
}

function entriesOf(spec: LabellerSpec): readonly { readonly name: string; readonly length: number }[] {
  return labellerShapes(spec).map(({ name, shape }) => ({ name, length: shape.reduce((a, b) => a * b, 1) }));
}

function damaged(path: string, what: string): LmError {
  return new LmError(
    "checkpointCorrupt",
    describeDamage(path, what).replace("or train again without resuming to replace the model", "or train it again"),
  );
}
