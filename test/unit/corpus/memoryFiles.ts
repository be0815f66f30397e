import { LmError } from "../../../src/base/errors.ts";
import type { DirectoryEntry, FileClaim, FileStat, FileStore } from "../../../src/base/ports.ts";

interface Node {
  bytes: Uint8Array | undefined;
  link: string | undefined;
  sizeBytes: number | undefined;
  modifiedEpochMs: number;
  isUnreadable: boolean;
}

/** Files in memory behind the port, with faults on demand. Paths are absolute and use `/`. */
export class MemoryFiles implements FileStore {
  /** Bytes handed out so far, by path. */
  public readonly readBytes = new Map<string, number>();
  /** Called before each read, for mishaps in between. */
  public onWillRead: (path: string) => void = () => undefined;
  /** Writes beyond this many bytes fail as on a full disk. */
  public freeBytes = Infinity;
  public isReadOnly = false;
  readonly #nodes = new Map<string, Node>([["/", directoryNode()]]);

  public constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    for (const [path, content] of Object.entries(files)) {
      this.add(path, content);
    }
  }

  /** Adds or replaces a file, with the directories above it. */
  public add(path: string, content: string | Uint8Array, modifiedEpochMs = 0): this {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    return this.#put(path, { ...directoryNode(), bytes, modifiedEpochMs });
  }

  /** Adds an empty directory. */
  public addDirectory(path: string): this {
    return this.#put(path, directoryNode());
  }

  /** Adds a symbolic link to an absolute path. */
  public addLink(path: string, target: string): this {
    return this.#put(path, { ...directoryNode(), link: target });
  }

  /** Adds a file that says to be of a size without having it; reading it gives as many spaces as are asked for. */
  public addGiant(path: string, sizeBytes: number): this {
    return this.#put(path, { ...directoryNode(), bytes: new Uint8Array(0), sizeBytes });
  }

  public makeUnreadable(path: string): this {
    this.#node(path).isUnreadable = true;
    return this;
  }

  public delete(path: string): void {
    this.#nodes.delete(path);
  }

  public text(path: string): string | undefined {
    const bytes = this.#nodes.get(path)?.bytes;
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
  public async listDirectory(path: string): Promise<readonly DirectoryEntry[]> {
    const real = this.#resolve(path);
    const node = real === undefined ? undefined : this.#nodes.get(real);
    if (real === undefined || node === undefined || node.isUnreadable || kindOf(node) !== "directory") {
      throw unreadable(path);
    }
    const prefix = real === "/" ? "/" : `${real}/`;
    return [...this.#nodes]
      .filter(([other]) => other.startsWith(prefix) && other !== "/" && !other.slice(prefix.length).includes("/"))
      .map(([other, child]) => ({ name: other.slice(prefix.length), kind: kindOf(child) }))
      .reverse();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
  public async stat(path: string): Promise<FileStat | undefined> {
    const real = this.#resolve(path);
    const node = real === undefined ? undefined : this.#nodes.get(real);
    return node === undefined
      ? undefined
      : {
          kind: kindOf(node),
          sizeBytes: node.sizeBytes ?? node.bytes?.length ?? 0,
          modifiedEpochMs: node.modifiedEpochMs,
        };
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
  public async realPath(path: string): Promise<string | undefined> {
    return this.#resolve(path);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
  public async readFile(path: string, maxBytes = Infinity): Promise<Uint8Array> {
    this.onWillRead(path);
    const real = this.#resolve(path);
    const node = real === undefined ? undefined : this.#nodes.get(real);
    if (node?.bytes === undefined || node.isUnreadable) {
      throw unreadable(path);
    }
    const bytes =
      node.sizeBytes === undefined
        ? node.bytes.slice(0, Math.min(maxBytes, node.bytes.length))
        : new Uint8Array(Math.min(maxBytes, node.sizeBytes)).fill(32);
    this.readBytes.set(path, (this.readBytes.get(path) ?? 0) + bytes.length);
    return bytes;
  }

  public join(...segments: readonly string[]): string {
    const parts: string[] = [];
    for (const part of segments.join("/").split("/")) {
      if (part === "..") {
        parts.pop();
      } else if (part !== "" && part !== ".") {
        parts.push(part);
      }
    }
    return `${segments[0]?.startsWith("/") === true ? "/" : ""}${parts.join("/")}`;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
  public async makeDirectory(path: string): Promise<void> {
    this.#checkWritable(path);
    if (!this.#nodes.has(path)) {
      this.addDirectory(path);
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
  public async writeFileAtomically(path: string, chunks: readonly Uint8Array[]): Promise<void> {
    this.#checkWritable(path);
    const bytes = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
    if (bytes.length > this.freeBytes) {
      throw new LmError("diskFull", `No room to write ${path}.`, { facts: { path, errno: "ENOSPC" } });
    }
    this.add(path, bytes);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
  public async removeFile(path: string): Promise<void> {
    this.#checkWritable(path);
    this.#nodes.delete(path);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
  public async removeEmptyDirectory(path: string): Promise<void> {
    this.#checkWritable(path);
    if (![...this.#nodes.keys()].some((other) => other.startsWith(`${path}/`))) {
      this.#nodes.delete(path);
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
  public async claim(path: string): Promise<FileClaim> {
    if (this.#nodes.has(path)) {
      return { kind: "held", holder: "process 1" };
    }
    this.#checkWritable(path);
    this.add(path, "claimed");
    return { kind: "claimed", renew: () => Promise.resolve(), release: () => this.removeFile(path) };
  }

  #put(path: string, node: Node): this {
    for (let cut = path.indexOf("/", 1); cut > 0; cut = path.indexOf("/", cut + 1)) {
      const above = path.slice(0, cut);
      if (!this.#nodes.has(above)) {
        this.#nodes.set(above, directoryNode());
      }
    }
    this.#nodes.set(path, node);
    return this;
  }

  #node(path: string): Node {
    const node = this.#nodes.get(path);
    if (node === undefined) {
      throw new RangeError(`Expected ${path} to exist`);
    }
    return node;
  }

  /** The path with its links followed, or `undefined` where it leads nowhere. */
  #resolve(path: string): string | undefined {
    let pending = path.split("/").filter((part) => part !== "");
    let resolved = "";
    for (let followedCount = 0; pending.length > 0;) {
      const [name = "", ...rest] = pending;
      const node = this.#nodes.get(`${resolved}/${name}`);
      if (node === undefined || followedCount > 40) {
        return undefined;
      }
      if (node.link === undefined) {
        resolved = `${resolved}/${name}`;
        pending = rest;
      } else {
        followedCount++;
        pending = [...node.link.split("/").filter((part) => part !== ""), ...rest];
        resolved = "";
      }
    }
    return resolved === "" ? "/" : resolved;
  }

  #checkWritable(path: string): void {
    if (this.isReadOnly) {
      throw new LmError("fileUnwritable", `Cannot write ${path}.`, { facts: { path, errno: "EROFS" } });
    }
  }
}

function directoryNode(): Node {
  return { bytes: undefined, link: undefined, sizeBytes: undefined, modifiedEpochMs: 0, isUnreadable: false };
}

function kindOf(node: Node): "file" | "directory" | "symbolicLink" {
  if (node.link !== undefined) {
    return "symbolicLink";
  }
  return node.bytes === undefined ? "directory" : "file";
}

function unreadable(path: string): LmError {
  return new LmError("fileUnreadable", `Cannot read ${path}.`, { facts: { path, errno: "EACCES" } });
}
