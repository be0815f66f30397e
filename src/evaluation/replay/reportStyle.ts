/** The style of the report: follows the reader's light or dark theme, needs no font or file. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1f2328; --quiet: #59636e; --grid: #d1d9e0; --code: #f6f8fa; --ghost: #59636e; --ghost-back: #ddf4e4;
  --series-0: #0a5dc2; --series-1: #bc4c00; --series-2: #8250df; --series-3: #1a7f37; --series-4: #9a6700;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #1b1f24; --text: #e6edf3; --quiet: #9da7b1; --grid: #3a424c; --code: #22272e; --ghost: #b3bdc7; --ghost-back: #24432f;
    --series-0: #5aa9ff; --series-1: #f0883e; --series-2: #c297ff; --series-3: #56d364; --series-4: #e3b341;
  }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 960px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 24px; margin: 0 0 8px; }
h2 { font-size: 18px; margin: 36px 0 8px; }
p { margin: 4px 0; }
.quiet { color: var(--quiet); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 8px 0; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px; text-align: right; border-bottom: 1px solid var(--grid); white-space: nowrap; font-weight: normal; }
th:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--quiet); }
.first tbody tr:first-child th, .first tbody tr:first-child td { font-weight: 600; }
svg { width: 100%; max-width: 860px; height: auto; display: block; margin: 8px 0; }
svg .grid { stroke: var(--grid); }
svg text { font: 12px system-ui, sans-serif; fill: var(--text); }
svg .tick { fill: var(--quiet); }
figure { margin: 12px 0; }
figcaption { font-size: 13px; }
pre { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; background: var(--code); padding: 10px 12px; margin: 4px 0; border-radius: 6px; overflow-x: auto; }
.ghost { color: var(--ghost); background: var(--ghost-back); border-radius: 3px; font-style: italic; }
.truth { color: var(--text); opacity: 0.75; }
`;
