import type { Log, LogLevel } from "../../src/base/ports.ts";

/** A log that keeps its entries. */
export class RecordingLog implements Log {
  public readonly entries: { readonly level: LogLevel; readonly message: string }[] = [];

  public write(level: LogLevel, message: string): void {
    this.entries.push({ level, message });
  }
}
