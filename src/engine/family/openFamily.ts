import { LmError } from "../../base/errors.ts";
import { type FamilyManifest, type StoredFamily, readFamily } from "../../checkpoints/familyStore.ts";
import { FamilyModel } from "../../models/neural/family/familyModel.ts";
import { familyShapes } from "../../models/neural/family/familyShapes.ts";
import { sha256 } from "../../node/sha256.ts";
import type { JobContext } from "../jobContext.ts";
import type { Backend } from "../selectBackend.ts";

/** Does something with the network in a directory, which is then put away. Throws `LmError` where there is none. */
export async function withFamily<T>(
  directory: string,
  context: JobContext,
  work: (stored: FamilyManifest, model: FamilyModel) => Promise<T>,
): Promise<T> {
  const stored = await readFamily(directory, { files: context.files, sha256 });
  return withStored(stored, await context.backend("auto"), (model) => work(stored, model));
}

/** Does something with a network as it was stored. Throws `LmError("checkpointCorrupt")` where its tensors are not those that its specification asks for. */
export async function withStored<T>(
  { spec, weights }: Pick<StoredFamily, "spec" | "weights">,
  { kernels }: Pick<Backend, "kernels">,
  work: (model: FamilyModel) => Promise<T>,
): Promise<T> {
  const shapes = familyShapes(spec);
  const stranger = shapes.find(({ name, shape }) => weights.get(name)?.length !== shape.reduce((a, b) => a * b, 1));
  if (stranger !== undefined || shapes.length !== weights.size) {
    throw new LmError(
      "checkpointCorrupt",
      `The model does not hold the tensors that its sizes ask for${stranger === undefined ? "" : ` (${stranger.name})`}, so its manifest was changed by hand. Train it again.`,
    );
  }
  const model = new FamilyModel(spec, weights, kernels);
  try {
    return await work(model);
  } finally {
    model.dispose();
  }
}
