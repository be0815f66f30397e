/**
 * Where, in one line, a secret may begin of which too little is written yet to be told by its form: what comes behind an issuer's mark, strings assigned to a
 * password that are no words, and long runs of letters that spell nothing. Stricter than what is left out of training, for there a false alarm costs a line
 * of the corpus, and here a suggestion.
 * @param from what ends before it is not told
 * @returns UTF-16 offsets, in no order
 */
export function secretBeginnings(line: string, from: number): readonly number[] {
  return [...issuedBeginnings(line, from), ...assignedBeginnings(line, from), ...letterRuns(line, from)];
}

/** Marks that stand in nothing else, each with what goes on with it: with four characters of it a secret has begun. */
const SURE_MARK =
  /(?<![\w-])(?:gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas)-|xox[abeoprs]-|xapp-\d-|[sr]k_(?:live|test|prod)_|whsec_|AIza|GOCSPX-|ya29\.|sk-ant-|sk-proj-|sk-svcacct-|pypi-AgE|rubygems_|dckr_[po]at_|do[opr]_v1_|shp(?:at|ca|pa|ss)_|sq0(?:atp|csp|idp)-|hvs\.|lin_api_|NRAK-|ops_eyJ|ATATT3|AGE-SECRET-KEY-1)([\w+/-]{4,})|(?<![A-Za-z0-9])AKIA([A-Z2-7]{4,})/g;

/** Marks that begin names as well: what comes behind them must not be words. */
const UNSURE_MARK = /(?<![\w-])(?:npm_|hf_|sk-|SG\.|dapi|eyJ|(?:ASIA|ABIA|ACCA)(?=[A-Z2-7]{4}))([A-Za-z0-9]{4,})/g;

/** What stands behind a mark where it is only shown how the secret looks. */
const SHOWN_ONLY =
  /^(?:your|my|the|an?_|some|token|key|secret|example|sample|test|fake|dummy|mock|abc|123|xxx|\.\.\.)/i;

function* issuedBeginnings(line: string, from: number): Generator<number> {
  for (const match of line.matchAll(SURE_MARK)) {
    const rest = match[1] ?? match[2] ?? "";
    if (match.index + match[0].length > from && !SHOWN_ONLY.test(rest) && new Set(rest).size > 1) {
      yield match.index;
    }
  }
  for (const match of line.matchAll(UNSURE_MARK)) {
    if (match.index + match[0].length > from && !isMadeOfWords(match[1] ?? "")) {
      yield match.index;
    }
  }
}

/** A name of a password, token or key, what assigns, and a quote that opens; those of a page or a request open nothing. */
const ASSIGNED =
  /(?:passw(?:or)?d|passphrase|pwd|secret|(?<!(?:next|page|paging|pagination|continuation|request|change|action|idempotency|csrf|xsrf|sync|cursor|marker)[_-]?)token|(?:api|access|auth|private|account|encryption|signing|secret)[_-]?key|credentials?)(?:[_-]?(?:key|value|hash|string|str))?\d?["'`]?\s{0,4}(?::=|=>|[:=,])\s{0,4}(["'`])/gi;

/** Of a shorter value nothing can be told. */
const MIN_VALUE_CHARS = 4;

function* assignedBeginnings(line: string, from: number): Generator<number> {
  for (const match of line.matchAll(ASSIGNED)) {
    const start = match.index + match[0].length;
    const close = line.indexOf(match[1] ?? "", start);
    const end = close < 0 ? line.length : close;
    if (end > from && end - start >= MIN_VALUE_CHARS && !isWritten(line.slice(start, end))) {
      yield start;
    }
  }
}

/** What is filled in, a path or an address. */
const NO_VALUE =
  /\$\{|\$\(|^\$\w+$|\{\{|\{\w*\}|#\{|%[sdv(]|%\w+%|<[^>]*>|\\[ntr]|\*{3}|\.{3}|^\.{0,2}\/|^\w+:\/\/|^urn:/;

/** Whether a value is what people write: words, names, numbers, `Password1!`. */
function isWritten(value: string): boolean {
  if (NO_VALUE.test(value) || /[^\0-\x7f]/.test(value)) {
    return true;
  }
  return value.split(/\s+/).every((word) => {
    const plain = /^["'`(<[]*(.*?)[!?.,:;)>\]]*$/.exec(word)?.[1] ?? "";
    return !/[#!$%^&*?~+=|]/.test(plain) && plain.split(/[-_./:@,\\]/).every(isMadeOfWords);
  });
}

/** Longer letters without a vowel are no abbreviation. */
const MAX_ABBREVIATION_CHARS = 5;
const LEAST_VOWEL_SHARE = 0.15;

/** Letters as in words, in capitals or camel case, with a number at the end at most; or a number. */
function isMadeOfWords(text: string): boolean {
  const letters = /^((?:[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])|[A-Z](?=[A-Z][a-z]))*[A-Za-z]?)\d{0,4}$|^\d+$/.exec(text);
  if (letters === null) {
    return false;
  }
  const word = letters[1] ?? "";
  const vowelCount = word.match(/[aeiouy]/gi)?.length ?? 0;
  return (
    word.length <= MAX_ABBREVIATION_CHARS || (vowelCount >= LEAST_VOWEL_SHARE * word.length && !isUnspeakable(word))
  );
}

/** Names of one word are hardly longer. */
const MIN_RUN_CHARS = 20;

function* letterRuns(line: string, from: number): Generator<number> {
  for (const match of line.matchAll(/[A-Za-z]+/g)) {
    const isLong = match[0].length >= MIN_RUN_CHARS;
    if (isLong && match.index + match[0].length > from && new Set(match[0]).size > 5 && isUnspeakable(match[0])) {
      yield match.index;
    }
  }
}

/**
 * By its first letter, the 200 commonest pairs of letters in the words of 5,700 source and documentation files: 88 % of all there. Of letters drawn by chance
 * three pairs in ten are among them or follow one another in the alphabet.
 */
const COMMON_PAIRS: ReadonlyMap<string, string> = new Map(
  "abcdgilmnprstuy baeilou caehiklortu dadeiors eabcdefgilmnpqrstvxy faefilor geilnr haeio iabcdefglmnoprstvz ke ladeilostuy mabeilop nacdefgiostuv obcdklmnoprstuw paeiloprtu qu racdegimnorstuy sacehiopstuy tacefhilmoprstuy ubelmnprst vaei wi xpt yp ze"
    .split(" ")
    .map((pairs) => [pairs.charAt(0), pairs.slice(1)] as const),
);

/** Of 12,153 runs of twenty letters or more in those files, 134 have less, all but a handful base64; of those drawn by chance 97 % have less. */
const LEAST_COMMON_SHARE = 0.55;

function isUnspeakable(letters: string): boolean {
  const lower = letters.toLowerCase();
  let commonCount = 0;
  for (let at = 1; at < lower.length; at++) {
    const isNextLetter = lower.charCodeAt(at) - lower.charCodeAt(at - 1) === 1;
    if (isNextLetter || COMMON_PAIRS.get(lower.charAt(at - 1))?.includes(lower.charAt(at)) === true) {
      commonCount++;
    }
  }
  // Few pairs say little.
  return letters.length >= MIN_SPOKEN_CHARS && commonCount < LEAST_COMMON_SHARE * (lower.length - 1);
}

const MIN_SPOKEN_CHARS = 12;
