import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Disposable } from "../base/disposable.ts";
import { LmError } from "../base/errors.ts";
import type { Environment } from "../node/tensorflow/runCommand.ts";

export interface PythonScript {
  /** Program of a Python of the user's. */
  readonly python: string;
  /** Says a JSON line once it is ready, then answers each JSON line with one. */
  readonly source: string;
  readonly arguments?: readonly string[];
  /** The whole environment; default: our own. */
  readonly environment?: Environment;
  /** What it is for, as in "cannot train". */
  readonly verb: string;
  /** The package that it needs. */
  readonly packageName: string;
}

/** A script in another process that is asked line by line. Throws `LmError` where that Python cannot be run or the script ends. */
export class PythonPeer implements Disposable {
  readonly #script: PythonScript;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string, undefined>;
  /** When everything that it wrote has come, on either stream. */
  readonly #closed: Promise<void>;
  #errors = "";

  public constructor(script: PythonScript) {
    this.#script = script;
    const child = spawn(
      script.python,
      ["-c", script.source, ...(script.arguments ?? [])],
      script.environment === undefined ? {} : { env: { ...script.environment } },
    );
    this.#child = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
    // What it could not be told, its silence tells.
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => (this.#errors += error.message));
    this.#closed = new Promise((resolve) => {
      child.on("close", () => {
        resolve();
      });
    });
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  public write(message: object): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  /** Its next line; the process is ended where there is none. */
  public async read(): Promise<unknown> {
    const next = await this.#lines.next();
    if (next.done === true) {
      this.dispose();
      await this.#closed;
      const { python, verb, packageName } = this.#script;
      const why = this.#errors.trim().split("\n").at(-1) ?? "";
      throw new LmError(
        "badArgument",
        `${python} cannot ${verb}: ${why}. Name a Python with the package ${packageName}.`,
      );
    }
    return JSON.parse(next.value);
  }

  public dispose(): void {
    this.#child.kill();
  }
}
