import * as tf from "@tensorflow/tfjs-core";
import type { LabelBatch } from "../batches/labelBatches.ts";
import type { LabelTensors } from "../models/neural/labelling/labelTensors.ts";

/** A batch of labelled sequences as tensors; the caller disposes them, by `tf.tidy` for instance. */
export function packTensors(batch: LabelBatch): LabelTensors {
  const { stepCount, laneCount, lengths, ids, mirrored, ends, mask, targets, weights } = batch;
  return {
    stepCount,
    laneCount,
    keep: tf.ones<tf.Rank.R2>([stepCount, laneCount]),
    lengths: tf.tensor1d(lengths, "int32"),
    ids: tf.tensor1d(ids, "int32"),
    mirrored: tf.tensor1d(mirrored, "int32"),
    ends: tf.tensor1d(ends, "int32"),
    mask: tf.tensor3d(mask, [stepCount, laneCount, 1]),
    targets: tf.tensor1d(targets, "int32"),
    weights: tf.tensor1d(weights),
  };
}
