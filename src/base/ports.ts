import type { Disposable } from "./disposable.ts";

/** Time, as a port: tests bring their own. */
export interface Clock {
  /** Milliseconds on a monotonic clock with an arbitrary origin. */
  nowMs(): number;
  /** Milliseconds since 1970-01-01 UTC. */
  epochMs(): number;
}

export type FileKind = "file" | "directory" | "symbolicLink" | "other";

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: FileKind;
}

export interface FileStat {
  readonly kind: FileKind;
  readonly sizeBytes: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly modifiedEpochMs: number;
}

/** Read access to files. Paths are absolute and use the platform's separator. */
export interface FileReader {
  /** Entries in no particular order; throws `LmError("fileUnreadable")`. */
  listDirectory(path: string): Promise<readonly DirectoryEntry[]>;
  /** Facts of the file a path leads to, links followed; `undefined` where there is none. */
  stat(path: string): Promise<FileStat | undefined>;
  /** The path with every link resolved, or `undefined` where there is none. */
  realPath(path: string): Promise<string | undefined>;
  /** The bytes of a file, at most `maxBytes` of them; throws `LmError("fileUnreadable")`. */
  readFile(path: string, maxBytes?: number): Promise<Uint8Array>;
  /** Joins segments with the platform's separator. */
  join(...segments: readonly string[]): string;
}

/** A path as this thread's alone until it is released, or who has it, for people: `process 1234`. */
export type FileClaim =
  | {
      readonly kind: "claimed";
      /** Shows to other machines on a shared disk that this one is still at it. Never rejects. */
      renew(): Promise<void>;
      /** Never rejects: a claim that stays ends with its process. */
      release(): Promise<void>;
    }
  | { readonly kind: "held"; readonly holder: string };

/** Write access to files. Failures throw `LmError` with `diskFull` or `fileUnwritable`. */
export interface FileStore extends FileReader {
  /** Creates a directory and its parents; an existing one is left as it is. */
  makeDirectory(path: string): Promise<void>;
  /**
   * Replaces a file so that a reader, a crash or a power cut sees the old bytes or the new ones, never a mixture:
   * temporary file beside it, flush to the device, rename.
   * @param chunks written one after the other; borrowed
   */
  writeFileAtomically(path: string, chunks: readonly Uint8Array[]): Promise<void>;
  /** Removes a file; a missing one is no error. */
  removeFile(path: string): Promise<void>;
  /** Removes a directory that is empty; one that is missing or holds something stays as it is. */
  removeEmptyDirectory(path: string): Promise<void>;
  /** Claims a path for this thread with a small file there; the claim of a process that died is taken over. */
  claim(path: string): Promise<FileClaim>;
}

/** A duplex channel of structured-clone messages: a worker thread, a child process, or a pair made for a test. */
export interface MessagePortLike {
  postMessage(message: unknown): void;
  onDidReceive(listener: (message: unknown) => void): Disposable;
  /** Fires once when the other side is gone; `reason` is for people. */
  onDidClose(listener: (reason: string) => void): Disposable;
}

export type LogLevel = "debug" | "info" | "warning" | "error";

/** Where lines for people who look for the cause go. */
export interface Log {
  write(level: LogLevel, message: string): void;
}
