import { diffArrays } from "diff";

/** Lines [newFrom, newTo) of the new text stand where [oldFrom, oldTo) of the old one stood; one of the two may be empty. */
export interface LineChange {
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/**
 * Edits beyond which two texts count as one replaced by the other: finding the shortest way (Myers 1986) takes time proportional to
 * their number squared.
 */
const MAX_EDITS = 10_000;

/** What changed from one text to another, line by line, in order. */
export function diffLines(oldLines: readonly string[], newLines: readonly string[]): readonly LineChange[] {
  const parts = diffArrays([...oldLines], [...newLines], { maxEditLength: MAX_EDITS });
  if (parts === undefined) {
    return [{ oldFrom: 0, oldTo: oldLines.length, newFrom: 0, newTo: newLines.length }];
  }
  const changes: LineChange[] = [];
  let at = { oldFrom: 0, newFrom: 0 };
  let open = { oldTo: 0, newTo: 0 };
  const close = (): void => {
    if (open.oldTo > at.oldFrom || open.newTo > at.newFrom) {
      changes.push({ ...at, ...open });
    }
  };
  for (const { added, removed, value } of parts) {
    if (added) {
      open = { ...open, newTo: open.newTo + value.length };
    } else if (removed) {
      open = { ...open, oldTo: open.oldTo + value.length };
    } else {
      close();
      at = { oldFrom: open.oldTo + value.length, newFrom: open.newTo + value.length };
      open = { oldTo: at.oldFrom, newTo: at.newFrom };
    }
  }
  close();
  return changes;
}
