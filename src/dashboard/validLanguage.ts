/**
 * Imported before uPlot, which formats numbers by `navigator.language` while it is loaded: under the POSIX locale that is
 * `en-US@posix`, which `Intl` refuses, and nothing would be drawn at all.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
}
