import { createHash } from "node:crypto";
import { workspace } from "vscode";

/**
 * A name for the open workspace that is the same in every window on it; `undefined` where no folder is open.
 * The editor's own storage for a workspace is not: a second window, or one opened while the first still lingers, gets another.
 */
export function workspaceIdentity(): string | undefined {
  const folders = workspace.workspaceFolders ?? [];
  if (folders.length === 0) {
    return undefined;
  }
  const { workspaceFile } = workspace;
  // An untitled workspace's file is made anew for every window; its folders say what it is.
  const isSaved = workspaceFile !== undefined && workspaceFile.scheme !== "untitled";
  const identity = isSaved ? workspaceFile.toString() : folders.map(({ uri }) => uri.toString()).join("\n");
  return createHash("sha256").update(identity).digest("hex").slice(0, 16);
}
