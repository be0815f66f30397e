import { LmError } from "../../src/base/errors.ts";
import type { DirectoryEntry, FileClaim, FileStat, FileStore } from "../../src/base/ports.ts";

export type FileOperation =
  | "listDirectory"
  | "stat"
  | "readFile"
  | "makeDirectory"
  | "writeFileAtomically"
  | "removeFile"
  | "removeEmptyDirectory"
  | "claim";

/** A file system in memory with `/` as separator, whose operations can be observed and made to fail. */
export class MemoryFileStore implements FileStore {
  public readonly files = new Map<string, { bytes: Uint8Array; modifiedEpochMs: number }>();
  public readonly directories = new Set<string>(["/"]);
  /** The time that new files get. */
  public epochMs = 1_000_000;
  /** Called before every operation; what it throws is what the operation throws. */
  public before: (operation: FileOperation, path: string) => void = () => undefined;

  public text(path: string): string {
    return new TextDecoder().decode(this.files.get(path)?.bytes);
  }

  public put(path: string, content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
    this.#addDirectory(path.slice(0, path.lastIndexOf("/")));
    this.files.set(path, { bytes, modifiedEpochMs: this.epochMs });
  }

  /** Names in a directory, sorted. */
  public names(directory: string): readonly string[] {
    return this.#entries(directory)
      .map(({ name }) => name)
      .sort();
  }

  public listDirectory(path: string): Promise<readonly DirectoryEntry[]> {
    return this.#run("listDirectory", path, () => {
      if (!this.directories.has(path)) {
        throw new LmError("fileUnreadable", `cannot list ${path}`);
      }
      return this.#entries(path);
    });
  }

  public stat(path: string): Promise<FileStat | undefined> {
    return this.#run("stat", path, () => {
      const file = this.files.get(path);
      if (file !== undefined) {
        return { kind: "file", sizeBytes: file.bytes.byteLength, modifiedEpochMs: file.modifiedEpochMs } as const;
      }
      return this.directories.has(path)
        ? ({ kind: "directory", sizeBytes: 0, modifiedEpochMs: 0 } as const)
        : undefined;
    });
  }

  public realPath(path: string): Promise<string | undefined> {
    return Promise.resolve(this.files.has(path) || this.directories.has(path) ? path : undefined);
  }

  public readFile(path: string, maxBytes = Infinity): Promise<Uint8Array> {
    return this.#run("readFile", path, () => {
      const file = this.files.get(path);
      if (file === undefined) {
        throw new LmError("fileUnreadable", `cannot read ${path}`);
      }
      return file.bytes.slice(0, Math.min(maxBytes, file.bytes.byteLength));
    });
  }

  public join(...segments: readonly string[]): string {
    return segments.join("/").replaceAll(/\/+/g, "/");
  }

  public makeDirectory(path: string): Promise<void> {
    return this.#run("makeDirectory", path, () => {
      this.#addDirectory(path);
    });
  }

  public writeFileAtomically(path: string, chunks: readonly Uint8Array[]): Promise<void> {
    return this.#run("writeFileAtomically", path, () => {
      const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
      let offset = 0;
      for (const chunk of chunks) {
        bytes.set(chunk, offset);
        offset += chunk.byteLength;
      }
      this.put(path, bytes);
    });
  }

  public removeFile(path: string): Promise<void> {
    return this.#run("removeFile", path, () => {
      this.files.delete(path);
    });
  }

  public removeEmptyDirectory(path: string): Promise<void> {
    return this.#run("removeEmptyDirectory", path, () => {
      if (this.#entries(path).length === 0) {
        this.directories.delete(path);
      }
    });
  }

  public claim(path: string): Promise<FileClaim> {
    return this.#run("claim", path, () => {
      if (this.files.has(path)) {
        return { kind: "held", holder: "process 1" };
      }
      this.put(path, "claimed");
      const release = (): Promise<void> => this.removeFile(path);
      return { kind: "claimed", renew: () => Promise.resolve(), release };
    });
  }

  async #run<T>(operation: FileOperation, path: string, action: () => T): Promise<T> {
    await Promise.resolve();
    this.before(operation, path);
    return action();
  }

  #addDirectory(path: string): void {
    for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
      this.directories.add(at);
    }
  }

  #entries(directory: string): readonly DirectoryEntry[] {
    const prefix = directory === "/" ? "/" : `${directory}/`;
    const children = (paths: Iterable<string>, kind: "file" | "directory"): DirectoryEntry[] =>
      [...paths]
        .filter(
          (path) => path.startsWith(prefix) && path.length > prefix.length && !path.slice(prefix.length).includes("/"),
        )
        .map((path) => ({ name: path.slice(prefix.length), kind }));
    return [...children(this.files.keys(), "file"), ...children(this.directories, "directory")];
  }
}
