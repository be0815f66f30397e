export interface OpenColumns {
  /** Column of the active editor where that holds a text somebody writes. */
  readonly writtenColumn: number | undefined;
  /** Column in which the text of Inkling's own has its tab. */
  readonly shownColumn: number | undefined;
}

/**
 * Where a text of Inkling's own is opened: in the active column, in the tab that is `there`, `beside` the active column, or beside it
 * and `moved` there, because its tab would cover what is written and each text has one tab at most.
 */
export type TextPlace = "active" | "there" | "beside" | "moved";

/** Where to open a text of Inkling's own so that it never covers the text that it is about. */
export function textPlace({ writtenColumn, shownColumn }: OpenColumns): TextPlace {
  if (shownColumn === undefined) {
    return writtenColumn === undefined ? "active" : "beside";
  }
  return shownColumn === writtenColumn ? "moved" : "there";
}
