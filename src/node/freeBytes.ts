import { freemem, totalmem } from "node:os";

/**
 * Memory that this process may still take: what is free, and at least half of what it may have at all, because some systems count the files that
 * they keep in memory as taken.
 */
export function freeBytes(): number {
  const limit = process.constrainedMemory();
  const all = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return Math.max(Math.min(freemem(), all), all / 2);
}
