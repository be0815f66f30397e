import assert from "node:assert/strict";
import { openCheckpointStore, type CheckpointStore } from "../../../src/checkpoints/checkpointStore.ts";
import { sha256 } from "../../../src/node/sha256.ts";
import { MemoryFileStore } from "../../fakes/memoryFileStore.ts";
import type { Checkpoint, ResumeState } from "../../../src/checkpoints/checkpoint.ts";
import { parameterShapes, type NetworkSpec, type WeightMap } from "../../../src/models/neural/networkSpec.ts";

export const SPEC: NetworkSpec = { cell: "lstm", vocabularySize: 5, hiddenSize: 2, layerCount: 1 };

/** Weights that all derive from `base`, so that equal bases give equal weights. */
export function makeWeights(base: number, spec: NetworkSpec = SPEC): WeightMap {
  return new Map(
    parameterShapes(spec).map(({ name, shape }, index) => {
      const length = shape.reduce((a, b) => a * b, 1);
      return [name, Float32Array.from({ length }, (_, i) => base + index * 100 + i)];
    }),
  );
}

export function makeCheckpoint(base: number, overrides: Partial<Checkpoint> = {}): Checkpoint {
  return {
    spec: SPEC,
    vocabulary: {
      kind: "char",
      pieces: [{ mark: "start" }, { mark: "end" }, { mark: "unknown" }, { text: "a" }, { text: "ä" }],
      merges: [],
    },
    weights: makeWeights(base),
    progress: {
      step: base,
      epoch: 1,
      trainedTokens: 640,
      elapsedSeconds: 2.5,
      validation: { tokens: 10, bytes: 20, nats: 30.5 },
      sample: { tokens: 5, bytes: 10, nats: 16.5 },
    },
    origin: {
      seed: 7,
      corpusFingerprint: "abc",
      vocabularyFingerprint: "ab",
      options: { hidden: 2, name: "x", isResume: false, budget: null },
      backend: "portable",
      device: "cpu",
      createdEpochMs: 1234,
    },
    trainingPaths: ["work/a.ts", "work/b.ts"],
    validationPaths: ["work/c.ts"],
    gate: null,
    ...overrides,
  };
}

export function makeResume(base: number): ResumeState {
  return {
    weights: makeWeights(base + 0.5),
    optimizer: new Map([
      ["embedding/m", Float32Array.of(base, 1, 2)],
      ["embedding/v", Float32Array.of(base, 3, 4)],
    ]),
    carried: new Map([["h/0", Float32Array.of(base, 9)]]),
    trainer: { position: { epoch: 1, windowIndex: base }, rng: [1, 2, 3, 4] },
  };
}

export const DIRECTORY = "/models/one";
export const MANIFEST = `${DIRECTORY}/checkpoint.json`;

export function open(files: MemoryFileStore): CheckpointStore {
  return openCheckpointStore(DIRECTORY, files, sha256);
}

/** A file system that holds checkpoint 1 with resume state. */
export async function written(): Promise<MemoryFileStore> {
  const files = new MemoryFileStore();
  await open(files).write(makeCheckpoint(1), makeResume(1));
  return files;
}

export function binaryPath(files: MemoryFileStore, role: "weights" | "resume" | "documents"): string {
  const name = files.names(DIRECTORY).find((candidate) => candidate.startsWith(role));
  assert.ok(name !== undefined, `no ${role} binary`);
  return `${DIRECTORY}/${name}`;
}
