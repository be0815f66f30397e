import type { FileReader } from "../base/ports.ts";

/** Whether `A.txt` and `a.txt` are two files. */
export interface CaseRule {
  readonly isCaseSensitive: boolean;
}

/** What the corpus has to know about the paths of the machine it runs on. */
export interface PlatformPaths {
  /** The path without a separator at its end, and with the platform's own separators. */
  normalize(path: string): string;
  /** The directory that holds a path, or `undefined` at the root. */
  parent(path: string): string | undefined;
  /** The last segment of a path. */
  name(path: string): string;
  /** The way from a directory down to a path, joined with `/`; empty where they are the same, `undefined` outside. */
  relative(directory: string, path: string): string | undefined;
  /** A name in the form in which two names of one file are equal. */
  nameKey(name: string): string;
  /** A path in the form in which two paths of one file are equal, links aside. */
  key(path: string): string;
}

/** Path arithmetic for the platform whose separator `reader` joins with. */
export function createPlatformPaths(reader: Pick<FileReader, "join">, { isCaseSensitive }: CaseRule): PlatformPaths {
  const separator = reader.join("a", "b").slice(1, -1);
  // Where names are compared regardless of case, they are so regardless of the Unicode form too (macOS).
  const nameKey = (name: string): string => (isCaseSensitive ? name : name.normalize("NFC").toLowerCase());
  const normalize = (path: string): string => {
    const own = separator === "\\" ? path.replaceAll("/", "\\") : path;
    const end = own.length - 1;
    return end > 0 && own.endsWith(separator) && own[end - 1] !== ":" ? normalize(own.slice(0, end)) : own;
  };
  return {
    normalize,
    nameKey,
    key: (path) => nameKey(normalize(path)),
    parent(path) {
      const normal = normalize(path);
      const cut = normal.lastIndexOf(separator);
      if (cut < 0 || cut === normal.length - 1) {
        return undefined;
      }
      const isTop = cut === 0 || normal[cut - 1] === ":";
      const parent = normal.slice(0, isTop ? cut + 1 : cut);
      // The share of `\\server\share` is the root of what can be listed.
      return parent.startsWith("\\\\") && !parent.slice(2).includes("\\") ? undefined : parent;
    },
    name: (path) => path.slice(path.lastIndexOf(separator) + 1),
    relative(directory, path) {
      const from = normalize(directory);
      const to = normalize(path);
      if (nameKey(from) === nameKey(to)) {
        return "";
      }
      const prefix = from.endsWith(separator) ? from : from + separator;
      // Lower case can be longer than upper case, so the beginnings are compared and not cut from the keys.
      return nameKey(to.slice(0, prefix.length)) === nameKey(prefix)
        ? to.slice(prefix.length).replaceAll(separator, "/")
        : undefined;
    },
  };
}
