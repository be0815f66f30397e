import { PlainValueError } from "../base/plainValue.ts";
import { CHECKPOINT_FORMAT, CHECKPOINT_VERSION, readManifest, type CheckpointManifest } from "./checkpointManifest.ts";

/** A manifest, or why its text is none; the message names the file and says what to do. */
export type ManifestParse =
  | { readonly kind: "found"; readonly manifest: CheckpointManifest }
  | { readonly kind: "corrupt" | "foreign" | "version"; readonly message: string };

/** @param path of the file that holds `text`, for messages */
export function parseManifest(text: string, path: string): ManifestParse {
  try {
    const json: unknown = JSON.parse(text);
    return refuseForeign(json, path) ?? { kind: "found", manifest: readManifest(json) };
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { kind: "corrupt", message: describeDamage(path, "it is no complete JSON") };
    }
    if (error instanceof PlainValueError) {
      return { kind: "corrupt", message: describeDamage(path, describeField(error)) };
    }
    throw error;
  }
}

/** What to say of a file of a checkpoint that is not as it was written. */
export function describeDamage(path: string, what: string): string {
  return (
    `${path} is damaged or was changed by hand: ${what}. ` +
    "Put back a copy of the model's directory, or train again without resuming to replace the model."
  );
}

/** `spec.hiddenSize` is "abc" in place of a whole number of at least 1 */
export function describeField({ path, expected, found }: PlainValueError): string {
  return `\`${path.replace(/^checkpoint\./, "")}\` is ${found} in place of ${expected}`;
}

function refuseForeign(json: unknown, path: string): ManifestParse | undefined {
  const marks = typeof json === "object" && json !== null ? (json as Readonly<Record<string, unknown>>) : {};
  if (marks["format"] !== CHECKPOINT_FORMAT) {
    return { kind: "foreign", message: `${path} is not an Inkling checkpoint; name another directory for the model.` };
  }
  const version = marks["version"];
  if (typeof version === "number" && version > CHECKPOINT_VERSION) {
    const message =
      `${path} has format version ${version}, this Inkling reads up to ${CHECKPOINT_VERSION}; ` +
      "update Inkling, or train into another directory.";
    return { kind: "version", message };
  }
  return version === CHECKPOINT_VERSION
    ? undefined
    : { kind: "corrupt", message: describeDamage(path, "its version is none that ever was") };
}
