import type { DocumentWindow } from "./contextTrail.ts";

/** The beginning of a window is looked for in the document: so much of it stands in one place only. */
const SOUGHT_CHARS = 1_000;

/**
 * The window with all that stands above it in the document, so that what is kept in mind of it begins where the counts of the workspace end.
 * @param text the document as it was last told of, line ends normalised; near the caret it may be older than the window
 * @returns the window itself where it is whole, or stands nowhere in the text
 */
export function wholeAbove(window: DocumentWindow, text: string | undefined): DocumentWindow {
  if (window.isFromStart || text === undefined) {
    return window;
  }
  const at = text.indexOf(window.text.slice(0, SOUGHT_CHARS));
  return at < 0 ? window : { text: text.slice(0, at) + window.text, isFromStart: true };
}
