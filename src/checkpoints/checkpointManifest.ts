import { PlainValue, PlainValueError } from "../base/plainValue.ts";
import type { Calibration, CalibrationMap } from "../models/calibration/calibration.ts";
import {
  EARLIER_GATE_SIZES,
  EARLIER_GATE_VERSION,
  type EarlierGate,
  upgradeGate,
} from "../models/mixture/earlierGate.ts";
import { GATE_SIZES, GATE_VERSION, type GateParameters } from "../models/mixture/gateParameters.ts";
import { CELL_KINDS, parameterCount, type NetworkSpec } from "../models/neural/networkSpec.ts";
import type { SerializedPiece, SerializedVocabulary } from "../tokens/vocabulary.ts";
import type { Checkpoint, CheckpointOrigin, CheckpointProgress, CheckpointTally, ResumeState } from "./checkpoint.ts";

/** What the `format` field of our manifests says. */
export const CHECKPOINT_FORMAT = "inkling-checkpoint";

/** The version of the layout that this code writes and the newest it reads. */
export const CHECKPOINT_VERSION = 1;

/** A binary file beside the manifest and what it must hold. */
export interface BinaryEntry {
  /** File name without folder. */
  readonly name: string;
  readonly bytes: number;
  /** Hex digest. */
  readonly sha256: string;
}

/** Name and number of float32 values of one tensor in a binary file. */
export interface TensorEntry {
  readonly name: string;
  readonly length: number;
}

/** The trainer's part: one binary that holds weights, optimizer and carried state one after the other. */
export interface ResumeEntry extends BinaryEntry {
  readonly optimizer: readonly TensorEntry[];
  readonly carried: readonly TensorEntry[];
  readonly trainer: ResumeState["trainer"];
}

/** What was trained on: one binary that `documentBytes.ts` describes. */
export interface DocumentsEntry extends BinaryEntry {
  readonly documentCount: number;
  readonly tokenCount: number;
}

/** Everything of a checkpoint but its tensors, as it stands in `checkpoint.json`. */
export interface CheckpointManifest extends Omit<Checkpoint, "weights"> {
  readonly format: typeof CHECKPOINT_FORMAT;
  readonly version: typeof CHECKPOINT_VERSION;
  readonly weights: BinaryEntry;
  readonly resume: ResumeEntry | null;
  /** Null in checkpoints that were written before there were counting models. */
  readonly documents: DocumentsEntry | null;
}

/** The names that binaries of a checkpoint may have; nothing else in the directory is ever removed. */
export const BINARY_NAME = /^(?:weights|resume|documents)-[0-9a-f]{16}\.bin$/;

/**
 * The manifest in `json`, every field checked, and every size against the others.
 * Throws `PlainValueError` that names the first field that is wrong; the format and version are not looked at.
 */
export function readManifest(json: unknown): CheckpointManifest {
  const root = new PlainValue(json, "checkpoint");
  const spec = readSpec(root.field("spec"));
  const vocabulary = readVocabulary(root.field("vocabulary"), spec);
  return {
    format: CHECKPOINT_FORMAT,
    version: CHECKPOINT_VERSION,
    spec,
    vocabulary,
    progress: readProgress(root.field("progress")),
    origin: readOrigin(root.field("origin")),
    trainingPaths: root.field("trainingPaths").strings(),
    validationPaths: root.field("validationPaths").strings(),
    weights: readBinary(root.field("weights"), 4 * parameterCount(spec)),
    resume: root.field("resume").nullable((value) => readResumeEntry(value, spec)),
    // Checkpoints of the first versions do not have these.
    gate: root.object()["gate"] === undefined ? null : root.field("gate").nullable(readGate),
    ...readCalibration(root),
    documents: root.object()["documents"] === undefined ? null : root.field("documents").nullable(readDocumentsEntry),
  };
}

/** The mixture's parameters; null where they are of a version that nobody knows, or of the first, whose numbers mean something else. */
function readGate(value: PlainValue): GateParameters | null {
  const read = <N extends string>(name: N, sizes: Readonly<Record<N, number>>): readonly number[] => {
    const numbers = value.field(name).items();
    if (numbers.length !== sizes[name]) {
      throw value.field(name).mismatch(`a list of ${sizes[name]} numbers`);
    }
    return numbers.map(readGateNumber);
  };
  const common = (sizes: Readonly<Record<keyof EarlierGate, number>>): EarlierGate => ({
    trust: read("trust", sizes),
    emphasis: read("emphasis", sizes),
    powers: read("powers", sizes),
    weights: read("weights", sizes),
  });
  switch (value.field("version").integer()) {
    case GATE_VERSION:
      return { version: GATE_VERSION, ...common(GATE_SIZES), leanings: read("leanings", GATE_SIZES) };
    case EARLIER_GATE_VERSION:
      return upgradeGate(common(EARLIER_GATE_SIZES));
    default:
      return null;
  }
}

/** Log odds, exponents and weights are small; what is not would make probabilities that are no numbers. */
const MOST_GATE_NUMBER = 1e4;

function readGateNumber(value: PlainValue): number {
  const number = value.number();
  if (Math.abs(number) > MOST_GATE_NUMBER) {
    throw value.mismatch(`a number between −${MOST_GATE_NUMBER} and ${MOST_GATE_NUMBER}`);
  }
  return number;
}

/** Not given in the first versions, and where nothing was fitted. */
function readCalibration(root: PlainValue): { readonly calibration?: Calibration } {
  if (root.object()["calibration"] === undefined) {
    return {};
  }
  const value = root.field("calibration");
  const languages = value.field("languages");
  return {
    calibration: {
      all: readCalibrationMap(value.field("all")),
      languages: Object.fromEntries(
        Object.keys(languages.object()).map((language) => [language, readCalibrationMap(languages.field(language))]),
      ),
    },
  };
}

/** A slope that is not above 0 would take the surest for the least sure. */
function readCalibrationMap(value: PlainValue): CalibrationMap {
  const slope = value.field("slope").number(0);
  if (slope === 0 || slope > MOST_CALIBRATION_NUMBER) {
    throw value.field("slope").mismatch(`a number above 0 and at most ${MOST_CALIBRATION_NUMBER}`);
  }
  const offset = value.field("offset").number();
  if (Math.abs(offset) > MOST_CALIBRATION_NUMBER) {
    throw value.field("offset").mismatch(`a number between −${MOST_CALIBRATION_NUMBER} and ${MOST_CALIBRATION_NUMBER}`);
  }
  return { slope, offset };
}

const MOST_CALIBRATION_NUMBER = 100;

function readDocumentsEntry(value: PlainValue): DocumentsEntry {
  const documentCount = value.field("documentCount").integer();
  const tokenCount = value.field("tokenCount").integer();
  return { ...readBinary(value, 4 * documentCount + 2 * tokenCount), documentCount, tokenCount };
}

function readSpec(value: PlainValue): NetworkSpec {
  const readsMatches = value.object()["readsMatches"] !== undefined && value.field("readsMatches").boolean();
  if (readsMatches && value.field("cell").raw !== "lstm") {
    throw value.field("readsMatches").mismatch("false for a network that is no LSTM");
  }
  // The bounds keep a damaged manifest from asking for more memory than any machine has.
  return {
    cell: value.field("cell").oneOf(CELL_KINDS),
    vocabularySize: value.field("vocabularySize").integer({ least: 2, most: 1 << 24 }),
    hiddenSize: value.field("hiddenSize").integer({ least: 1, most: 1 << 16 }),
    layerCount: value.field("layerCount").integer({ least: 1, most: 1 << 10 }),
    // Not in manifests of before there were any.
    ...(readsMatches ? { readsMatches } : {}),
  };
}

function readVocabulary(value: PlainValue, spec: NetworkSpec): SerializedVocabulary {
  const pieces = value.field("pieces").items().map(readPiece);
  if (pieces.length !== spec.vocabularySize) {
    throw new PlainValueError(
      "checkpoint.vocabulary.pieces.length",
      `\`spec.vocabularySize\`, ${spec.vocabularySize}`,
      pieces.length,
    );
  }
  return {
    kind: value.field("kind").oneOf(["char", "bpe"]),
    pieces,
    merges: readMerges(value.field("merges"), pieces.length),
  };
}

function readPiece(value: PlainValue): SerializedPiece {
  const piece = value.object();
  if (piece["text"] !== undefined) {
    return { text: value.field("text").string() };
  }
  if (piece["byte"] !== undefined) {
    return { byte: value.field("byte").integer({ most: 255 }) };
  }
  return { mark: value.field("mark").oneOf(["start", "end", "unknown"]) };
}

function readMerges(value: PlainValue, size: number): readonly (readonly [number, number])[] {
  return value.items().map((pair) => {
    const [left, right, ...rest] = pair.items().map((id) => id.integer({ most: size - 1 }));
    if (left === undefined || right === undefined || rest.length > 0) {
      throw pair.mismatch("a pair of piece ids");
    }
    return [left, right];
  });
}

function readProgress(value: PlainValue): CheckpointProgress {
  return {
    step: value.field("step").integer(),
    epoch: value.field("epoch").number(0),
    trainedTokens: value.field("trainedTokens").integer(),
    elapsedSeconds: value.field("elapsedSeconds").number(0),
    validation: value.field("validation").nullable(readTally),
    // Checkpoints of the first versions do not have it.
    sample: value.object()["sample"] === undefined ? null : value.field("sample").nullable(readTally),
  };
}

function readTally(value: PlainValue): CheckpointTally {
  return {
    tokens: value.field("tokens").integer(),
    bytes: value.field("bytes").integer(),
    nats: value.field("nats").number(0),
  };
}

function readOrigin(value: PlainValue): CheckpointOrigin {
  return {
    seed: value.field("seed").number(),
    corpusFingerprint: value.field("corpusFingerprint").string(),
    // Checkpoints of the first versions do not have it.
    ...(value.object()["vocabularyFingerprint"] === undefined
      ? {}
      : { vocabularyFingerprint: value.field("vocabularyFingerprint").string() }),
    options: value.field("options").scalars(),
    backend: value.field("backend").string(),
    device: value.field("device").string(),
    createdEpochMs: value.field("createdEpochMs").number(),
  };
}

function readResumeEntry(value: PlainValue, spec: NetworkSpec): ResumeEntry {
  const optimizer = value.field("optimizer").items().map(readTensor);
  const carried = value.field("carried").items().map(readTensor);
  const values = [...optimizer, ...carried].reduce((sum, tensor) => sum + tensor.length, parameterCount(spec));
  return { ...readBinary(value, 4 * values), optimizer, carried, trainer: value.field("trainer").object() };
}

function readTensor(value: PlainValue): TensorEntry {
  return { name: value.field("name").string(), length: value.field("length").integer() };
}

function readBinary(value: PlainValue, expectedBytes: number): BinaryEntry {
  const name = value.field("name").string();
  if (!BINARY_NAME.test(name)) {
    throw value.field("name").mismatch("the name of a binary of ours");
  }
  const bytes = value.field("bytes").integer();
  if (bytes !== expectedBytes) {
    throw value.field("bytes").mismatch(`${expectedBytes}, which the sizes of the model ask for`);
  }
  const sha256 = value.field("sha256").string();
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw value.field("sha256").mismatch("a SHA-256 digest in hex");
  }
  return { name, bytes, sha256 };
}
