/** A stretch of text between two marks. */
export interface Enclosure {
  readonly open: string;
  readonly close: string;
  /** Whether it goes on over line ends; else a line's end closes it, too. */
  readonly isMultiline: boolean;
  /** Whether a backslash inside takes the next character's meaning away. */
  readonly hasEscapes: boolean;
}

/** By which marks comments and strings of a language are told. */
export interface LanguageSyntax {
  /** What begins a comment that ends with its line. */
  readonly lineComments: readonly string[];
  /** Whether those count only at a line's beginning and behind white space or `;`, so that `$#` is none. */
  readonly isLineCommentApart: boolean;
  readonly blockComments: readonly Enclosure[];
  /** Longer marks stand before shorter ones that they begin with. */
  readonly strings: readonly Enclosure[];
}

/** How comments and strings are told in a language; undefined where that is not known. */
export function languageSyntax(languageId: string): LanguageSyntax | undefined {
  return SYNTAXES.get(languageId);
}

function line(mark: string): Enclosure {
  return { open: mark, close: mark, isMultiline: false, hasEscapes: true };
}

function long(mark: string): Enclosure {
  return { open: mark, close: mark, isMultiline: true, hasEscapes: true };
}

function raw(open: string, close: string): Enclosure {
  return { open, close, isMultiline: true, hasEscapes: false };
}

const SLASH_STAR = raw("/*", "*/");
const MARKUP_COMMENT = raw("<!--", "-->");

function syntax(parts: Partial<LanguageSyntax>): LanguageSyntax {
  return { lineComments: [], isLineCommentApart: false, blockComments: [], strings: [line('"'), line("'")], ...parts };
}

const C_LIKE = syntax({ lineComments: ["//"], blockComments: [SLASH_STAR] });
const SCRIPT = syntax({ ...C_LIKE, strings: [line('"'), line("'"), long("`")] });
const TEXT_BLOCKS = syntax({ ...C_LIKE, strings: [long('"""'), line('"'), line("'")] });
const HASH = syntax({ lineComments: ["#"], isLineCommentApart: true });
const TRIPLE_HASH = syntax({ lineComments: ["#"], strings: [long('"""'), long("'''"), line('"'), line("'")] });
const MARKUP = syntax({
  blockComments: [MARKUP_COMMENT],
  // Elsewhere a quote is an apostrophe or stands for itself.
  strings: [
    { ...raw('="', '"'), isMultiline: false },
    { ...raw("='", "'"), isMultiline: false },
  ],
});
const LISP = syntax({ lineComments: [";"], blockComments: [raw("#|", "|#")], strings: [long('"')] });
const PERCENT = syntax({ lineComments: ["%"], strings: [] });

/** By the editor's language ids. */
const SYNTAXES: ReadonlyMap<string, LanguageSyntax> = new Map(
  [
    { ids: "javascript javascriptreact typescript typescriptreact", is: SCRIPT },
    {
      ids: "c cpp cuda-cpp objective-c objective-cpp json jsonc json5 proto proto3 glsl hlsl zig solidity",
      is: C_LIKE,
    },
    { ids: "java kotlin scala swift csharp groovy", is: TEXT_BLOCKS },
    { ids: "dart", is: syntax({ ...C_LIKE, strings: TRIPLE_HASH.strings }) },
    { ids: "go", is: syntax({ ...C_LIKE, strings: [line('"'), line("'"), raw("`", "`")] }) },
    // A single quote begins a lifetime as often as a character; of characters only the quotation mark matters.
    { ids: "rust", is: syntax({ ...C_LIKE, strings: [{ ...line("'\""), close: "'" }, long('"')] }) },
    { ids: "php", is: syntax({ lineComments: ["//", "#"], blockComments: [SLASH_STAR] }) },
    { ids: "css", is: syntax({ blockComments: [SLASH_STAR] }) },
    { ids: "scss less", is: C_LIKE },
    { ids: "python toml julia", is: TRIPLE_HASH },
    { ids: "elixir", is: syntax({ ...TRIPLE_HASH, strings: [long('"""'), line('"'), line("'")] }) },
    { ids: "ruby perl r shellscript dockerfile makefile cmake nix dotenv", is: HASH },
    // Unquoted text has apostrophes.
    { ids: "yaml dockercompose properties", is: syntax({ ...HASH, strings: [line('"')] }) },
    { ids: "powershell", is: syntax({ ...HASH, blockComments: [raw("<#", "#>")] }) },
    { ids: "ini", is: syntax({ lineComments: [";", "#"], isLineCommentApart: true, strings: [line('"')] }) },
    { ids: "sql", is: syntax({ lineComments: ["--"], blockComments: [SLASH_STAR], strings: [raw("'", "'")] }) },
    {
      ids: "lua",
      is: syntax({
        lineComments: ["--"],
        blockComments: [raw("--[[", "]]")],
        strings: [raw("[[", "]]"), line('"'), line("'")],
      }),
    },
    {
      ids: "haskell elm",
      is: syntax({ lineComments: ["--"], blockComments: [raw("{-", "-}")], strings: [line('"')] }),
    },
    { ids: "ada", is: syntax({ lineComments: ["--"], strings: [line('"')] }) },
    { ids: "lisp clojure scheme racket", is: LISP },
    { ids: "asm", is: syntax({ lineComments: [";"] }) },
    { ids: "tex latex bibtex", is: PERCENT },
    { ids: "erlang", is: syntax({ ...PERCENT, strings: [long('"')] }) },
    { ids: "prolog", is: syntax({ ...PERCENT, blockComments: [SLASH_STAR], strings: [line('"'), line("'")] }) },
    { ids: "vb", is: syntax({ lineComments: ["'"], strings: [{ ...line('"'), hasEscapes: false }] }) },
    { ids: "html xml xsl vue svelte", is: MARKUP },
    { ids: "markdown", is: syntax({ blockComments: [MARKUP_COMMENT], strings: [] }) },
  ].flatMap(({ ids, is }) => ids.split(" ").map((id) => [id, is] as const)),
);
