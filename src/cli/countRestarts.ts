import type { FileStore } from "../base/ports.ts";
import { DEFAULT_CORPUS_SETTINGS, type WorkspaceFolder } from "../corpus/corpus.ts";
import { findGlobalGitignore } from "../node/globalGitignore.ts";
import { sha256 } from "../node/sha256.ts";
import { WorkspaceScanner } from "../predictor/counting/workspaceScanner.ts";
import type { CommandContext } from "./commandContext.ts";

/** What one session with an index on the disk did until all was counted. */
export interface SessionFigures {
  readonly seconds: number;
  readonly readFileCount: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** Sessions one after the other over the same index. */
export interface RestartFigures {
  readonly fileCount: number;
  /** Without an index; counting and joining. */
  readonly first: SessionFigures;
  /** Nothing has changed. */
  readonly unchanged: SessionFigures;
  /** One file has changed. */
  readonly changed: SessionFigures;
  /** Bytes of the index on the disk. */
  readonly storedBytes: number;
}

/** Counts folders, and again as after restarts of the editor; the second time one file seems to have changed. What was written is removed. */
export async function measureRestarts(
  given: { readonly folders: readonly WorkspaceFolder[]; readonly maxBytes: number; readonly scratch: string },
  context: CommandContext,
): Promise<RestartFigures> {
  const storage = context.files.join(context.resolvePath(given.scratch), "counts-bench");
  try {
    const first = await runSession({ ...given, storage, changedPath: null }, context);
    const unchanged = await runSession({ ...given, storage, changedPath: null }, context);
    const changed = await runSession({ ...given, storage, changedPath: first.somePath }, context);
    return {
      fileCount: first.fileCount,
      first: first.figures,
      unchanged: unchanged.figures,
      changed: changed.figures,
      storedBytes: await storedBytes(storage, context.files),
    };
  } finally {
    await removeAll(storage, context.files);
  }
}

interface Session {
  readonly figures: SessionFigures;
  readonly fileCount: number;
  /** A file of the middle of the list that was read. */
  readonly somePath: string | null;
}

async function runSession(
  {
    folders,
    maxBytes,
    storage,
    changedPath,
  }: {
    readonly folders: readonly WorkspaceFolder[];
    readonly maxBytes: number;
    readonly storage: string;
    readonly changedPath: string | null;
  },
  { files, clock, signal }: CommandContext,
): Promise<Session> {
  const watched = new WatchedFiles(files, { storage, changedPath });
  const scanner = new WorkspaceScanner({
    files: watched.store,
    sha256,
    clock,
    globalIgnoreFile: () => findGlobalGitignore(),
    isCaseSensitive: true,
  });
  const job = {
    folders,
    corpus: { ...DEFAULT_CORPUS_SETTINGS, maxCorpusBytes: maxBytes },
    unsaved: [],
    first: [],
    storage,
    vocabulary: null,
  };
  const options = { emit: () => undefined, signal };
  const startMs = clock.nowMs();
  const { fileCount } = await scanner.scan(job, options);
  const seconds = (clock.nowMs() - startMs) / 1000;
  await scanner.join(options);
  const { readPaths, readBytes, writtenBytes } = watched;
  return {
    figures: { seconds, readFileCount: readPaths.length, readBytes, writtenBytes },
    fileCount,
    somePath: readPaths[readPaths.length >> 1] ?? null,
  };
}

/** Files, with what was read of the workspace and written to the index. */
class WatchedFiles {
  public readonly store: FileStore;
  public readonly readPaths: string[] = [];
  public readBytes = 0;
  public writtenBytes = 0;

  /** @param changedPath a file that seems to have got one more line just now */
  public constructor(
    files: FileStore,
    { storage, changedPath }: { readonly storage: string; readonly changedPath: string | null },
  ) {
    const line = new TextEncoder().encode("\nchanged since\n");
    this.store = {
      listDirectory: (path) => files.listDirectory(path),
      realPath: (path) => files.realPath(path),
      join: (...segments) => files.join(...segments),
      makeDirectory: (path) => files.makeDirectory(path),
      removeFile: (path) => files.removeFile(path),
      removeEmptyDirectory: (path) => files.removeEmptyDirectory(path),
      claim: (path) => files.claim(path),
      stat: async (path) => {
        const stat = await files.stat(path);
        return stat === undefined || path !== changedPath
          ? stat
          : { ...stat, sizeBytes: stat.sizeBytes + line.length, modifiedEpochMs: stat.modifiedEpochMs + 1 };
      },
      readFile: async (path, maxBytes) => {
        const bytes = await files.readFile(path, maxBytes);
        if (!path.startsWith(storage)) {
          this.readPaths.push(path);
          this.readBytes += bytes.length;
        }
        return path === changedPath ? Uint8Array.from([...bytes, ...line]) : bytes;
      },
      writeFileAtomically: (path, chunks) => {
        this.writtenBytes += chunks.reduce((sum, { length }) => sum + length, 0);
        return files.writeFileAtomically(path, chunks);
      },
    };
  }
}

async function storedBytes(directory: string, files: FileStore): Promise<number> {
  const entries = await files.listDirectory(directory);
  const stats = await Promise.all(entries.map(({ name }) => files.stat(files.join(directory, name))));
  return stats.reduce((sum, stat) => sum + (stat?.sizeBytes ?? 0), 0);
}

async function removeAll(directory: string, files: FileStore): Promise<void> {
  if ((await files.stat(directory))?.kind === "directory") {
    for (const { name } of await files.listDirectory(directory)) {
      await files.removeFile(files.join(directory, name));
    }
  }
}
