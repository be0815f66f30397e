import { isAbsolute } from "node:path";
import * as vscode from "vscode";
import { LmError } from "../base/errors.ts";
import type { UnsavedDocument, WorkspaceFolder } from "../corpus/corpus.ts";
import type { CompareJob } from "../protocol/compareMessages.ts";
import type { TrainJob } from "../protocol/engineMessages.ts";
import type { GradientJob } from "../protocol/gradientMessages.ts";
import { buildCompareJob, type CompareChoice } from "./compareJob.ts";
import { buildGradientJob, type GradientChoice } from "./gradientJob.ts";
import { excludingGlobs, readSettings, type InklingSettings } from "./settings.ts";
import { buildTrainJob, type TrainOverrides } from "./trainJob.ts";

/** The settings of Inkling as they are now. */
export function currentSettings(): InklingSettings {
  const section = vscode.workspace.getConfiguration("inkling");
  return readSettings((key) => section.get(key));
}

/** The folders of the workspace that are on this machine's disk. */
export function diskFolders(): readonly WorkspaceFolder[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.filter(({ uri }) => uri.scheme === "file").map(({ uri, name }) => ({ path: uri.fsPath, name }));
}

/**
 * The job that trains on the workspace as it is now, unsaved editors included.
 * @param out directory of the checkpoint; `undefined` where the editor has no place for this workspace
 */
export function workspaceTrainJob(out: string | undefined, overrides: TrainOverrides): TrainJob {
  const folders = diskFolders();
  if (out === undefined || folders.length === 0) {
    throw noFolder();
  }
  return buildTrainJob({
    folders,
    unsaved: unsavedDocuments(),
    editorExcludes: editorExcludes(),
    settings: currentSettings(),
    overrides,
    out,
  });
}

/** The comparison of models on the workspace, as it is on the disk. */
export function workspaceCompareJob(choice: CompareChoice): CompareJob {
  const folders = diskFolders();
  if (folders.length === 0) {
    throw noFolder();
  }
  return buildCompareJob({ folders, editorExcludes: editorExcludes(), settings: currentSettings(), choice });
}

/** The look at gradients on the workspace as it is on the disk, or on one file. */
export function workspaceGradientJob(choice: GradientChoice): GradientJob {
  const folders = diskFolders();
  if (choice.path === null && folders.length === 0) {
    throw noFolder();
  }
  return buildGradientJob({ folders, editorExcludes: editorExcludes(), settings: currentSettings(), choice });
}

function noFolder(): LmError {
  const isVirtual = (vscode.workspace.workspaceFolders ?? []).length > 0;
  const message = isVirtual
    ? "The open folder is not on this machine's disk: Inkling trains on local folders. Open one, then train again."
    : "No folder is open: Inkling learns from the files of a folder. Open one, then train again.";
  return new LmError("noDocuments", message, { facts: { hasFolder: false } });
}

/** The Python that the user chose for the workspace, as an absolute path. */
export function chosenPython(): string | null {
  const folder = vscode.workspace.workspaceFolders?.[0];
  const path: unknown = vscode.workspace.getConfiguration("python", folder).get("defaultInterpreterPath");
  return typeof path === "string" && isAbsolute(path) ? path : null;
}

function unsavedDocuments(): readonly UnsavedDocument[] {
  return vscode.workspace.textDocuments
    .filter(
      ({ isDirty, isClosed, uri }) =>
        isDirty && !isClosed && uri.scheme === "file" && vscode.workspace.getWorkspaceFolder(uri) !== undefined,
    )
    .map((document) => ({ path: document.uri.fsPath, text: document.getText() }));
}

/** What the editor hides in any of the folders; a folder's own settings count for all, since the job has one list. */
function editorExcludes(): readonly string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const globs = folders.flatMap((folder) => [
    ...excludingGlobs(vscode.workspace.getConfiguration("files", folder).get("exclude")),
    ...excludingGlobs(vscode.workspace.getConfiguration("search", folder).get("exclude")),
  ]);
  return [...new Set(globs)];
}
