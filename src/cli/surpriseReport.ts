import { readableCount, readableFigure, readablePerplexity } from "../base/readableNumbers.ts";
import { escapeHtml } from "../evaluation/replay/escapeHtml.ts";
import { REPORT_STYLE } from "../evaluation/replay/reportStyle.ts";
import type { EvaluateResult } from "../protocol/engineMessages.ts";
import type { ExpertFigures } from "../protocol/expertFigures.ts";
import type { SurpriseToken } from "../protocol/surpriseMessages.ts";
import { bitsOf, stepText, SURPRISE_STEPS, surpriseLines, surpriseStep } from "../protocol/surpriseWords.ts";

export interface ShownSurprise {
  /** What the file is called. */
  readonly name: string;
  readonly tokens: readonly SurpriseToken[];
  readonly result: EvaluateResult;
}

/** How much of the colour each step has. */
const SHARES = [0, 0.14, 0.28, 0.45, 0.65, 0.9] as const;

const STYLE = `
:root { --heat: 255, 145, 40; }
@media (prefers-color-scheme: dark) { :root { --heat: 190, 75, 10; } }
${SHARES.map((share, step) => `.s${step} { background: rgba(var(--heat), ${share}); }`).join("\n")}
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.text span { border-radius: 2px; }
.legend span { padding: 2px 8px; margin-right: 4px; border: 1px solid var(--grid); border-radius: 4px; }
`;

/** A page that needs nothing but itself: the text, coloured by how surprising each token is. */
export function surpriseReport({ name, tokens, result }: ShownSurprise): string {
  const bits = tokens.reduce((sum, token) => sum + bitsOf(token), 0);
  const legend = [0, ...SURPRISE_STEPS].map((_, step) => `<span class="s${step}">${stepText(step)}</span>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Surprise: ${escapeHtml(name)}</title><style>${REPORT_STYLE}${STYLE}</style></head>
<body>
<h1>${escapeHtml(name)}</h1>
<p>${readableCount(Math.round(bits))} bits for ${readableCount(result.tokens)} tokens and ${readableCount(result.bytes)} bytes: ${readableFigure(result.bitsPerByte)} bits a byte, perplexity
${readablePerplexity(result.perplexity)}. The workspace's counts alone need ${expert(result.experts.counts)} bits a byte, with what this text says itself ${expert(result.experts.cache)}, the network ${expert(result.experts.lstm)}.</p>
<p class="legend">Bits of a token: ${legend.join("")}</p>
<pre class="text">${tokens.map(shown).join("")}</pre>
</body>
</html>
`;
}

function expert(figures: ExpertFigures | null): string {
  return figures === null ? "–" : readableFigure(figures.bitsPerByte);
}

function shown(token: SurpriseToken): string {
  const step = surpriseStep(bitsOf(token));
  const text = token.isEnd ? "◆" : token.text;
  return text === ""
    ? ""
    : `<span class="s${step}" title="${escapeHtml(surpriseLines(token).join("\n"))}">${escapeHtml(text)}</span>`;
}
