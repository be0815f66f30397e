/** One kind of secret that can be told by its form. */
export interface SecretRule {
  readonly name: string;
  /** One of these stands in every match; a text without them is not searched. */
  readonly keywords: readonly string[];
  /** Global; group 1, or else the whole match, is the secret. */
  readonly pattern: RegExp;
}

/**
 * Secrets whose issuers gave them a form of their own, so that hardly anything else looks like them. Forms are from the
 * issuers' documentation, GitHub's list of secret-scanning patterns and the rules of gitleaks 8 (MIT).
 *
 * Each pattern begins behind a character that cannot belong to the secret: else it would start anew inside every long word.
 */
export const ISSUED_SECRET_RULES: readonly SecretRule[] = [
  // The markers alone are what code that reads keys holds; a key follows them, perhaps as a string over several lines.
  rule(
    "privateKey",
    ["PRIVATE KEY"],
    /-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[\s"'`+,#*|>]|\\[nr]|[A-Za-z-]{3,30}: [^\n\\]{0,100})*[A-Za-z0-9+/=]{40}(?:[A-Za-z0-9+/=\s"'`,#*|>]|\\[nr])*(?:-----END[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----)?/g,
  ),
  rule("puttyKey", ["PuTTY-User-Key-File-"], /PuTTY-User-Key-File-\d[^]*?Private-MAC: ?[0-9a-f]+/g),
  rule("ageKey", ["AGE-SECRET-KEY-1"], /AGE-SECRET-KEY-1[0-9A-Z]{58}/g),
  rule(
    "awsAccessKey",
    ["AKIA", "ASIA", "ABIA", "ACCA"],
    /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/g,
  ),
  rule("githubToken", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36,255}/g),
  rule("githubToken", ["github_pat_"], /(?<![A-Za-z0-9])github_pat_\w{60,255}/g),
  rule("gitlabToken", ["gl"], /(?<![A-Za-z0-9])gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas)-[\w-]{20,}/g),
  rule("slackToken", ["xox"], /(?<![A-Za-z0-9])xox[abeoprs]-(?:\d-)?[0-9A-Za-z]{8,}-[0-9A-Za-z-]{8,}/g),
  rule("slackToken", ["xapp-"], /(?<![A-Za-z0-9])xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20,}/gi),
  rule("slackWebhook", ["hooks.slack.com"], /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9+/]{40,}/g),
  rule("stripeKey", ["k_live_", "k_test_", "k_prod_"], /(?<![A-Za-z0-9])[sr]k_(?:live|test|prod)_[A-Za-z0-9]{16,}/g),
  rule("stripeKey", ["whsec_"], /(?<![A-Za-z0-9])whsec_[A-Za-z0-9+/=]{32,}/g),
  rule("googleKey", ["AIza"], /(?<![\w-])AIza[\w-]{35}(?![\w-])/g),
  rule("googleSecret", ["GOCSPX-"], /(?<![\w-])GOCSPX-[\w-]{28}/g),
  rule("googleToken", ["ya29."], /(?<![\w-])ya29\.[\w-]{30,}/g),
  rule("anthropicKey", ["sk-ant-"], /(?<![\w-])sk-ant-[a-z0-9]+-[\w-]{24,}/g),
  rule(
    "openaiKey",
    ["sk-"],
    /(?<![\w-])sk-(?:(?:proj|svcacct|admin|or-v1)-[\w-]{32,}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|[A-Za-z0-9]{48})(?![A-Za-z0-9])/g,
  ),
  rule("huggingFaceToken", ["hf_"], /(?<![A-Za-z0-9_])hf_[A-Za-z]{34}(?![A-Za-z0-9])/g),
  rule("npmToken", ["npm_"], /(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/g),
  rule("pypiToken", ["pypi-AgE"], /pypi-AgE[\w-]{50,}/g),
  rule("rubygemsKey", ["rubygems_"], /(?<![A-Za-z0-9])rubygems_[a-f0-9]{48}/g),
  rule("dockerToken", ["dckr_"], /(?<![A-Za-z0-9])dckr_[po]at_[\w-]{27,}/g),
  rule("azureKey", ["AccountKey=", "SharedAccessKey="], /(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{43,86}={1,2})/g),
  rule("azureSecret", ["8Q~"], /(?<![\w~.-])[\w~.-]{3}8Q~[\w~.-]{31,34}(?![\w~.-])/g),
  rule("digitaloceanToken", ["_v1_"], /(?<![A-Za-z0-9])do[opr]_v1_[a-f0-9]{64}/g),
  rule("sendgridKey", ["SG."], /(?<![\w.-])SG\.[\w-]{22}\.[\w-]{43}/g),
  rule("twilioKey", ["SK"], /(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])/g),
  rule("mailgunKey", ["key-"], /(?<![\w-])key-[0-9a-f]{32}(?![A-Za-z0-9])/g),
  rule("shopifyToken", ["shp"], /(?<![A-Za-z0-9])shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}/g),
  rule("squareToken", ["EAAA", "sq0"], /(?<![\w-])(?:EAAA[\w-]{60}|sq0(?:atp|csp|idp)-[\w-]{22,43})(?![\w-])/g),
  rule("databricksToken", ["dapi"], /(?<![A-Za-z0-9])dapi[a-f0-9]{32}(?![A-Za-z0-9])/g),
  rule("vaultToken", ["hvs.", "hvb."], /(?<![\w.])hv[sb]\.[\w-]{24,}/g),
  rule("terraformToken", [".atlasv1."], /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,}/g),
  rule("telegramToken", [":AA"], /(?<![A-Za-z0-9])\d{8,10}:AA[\w-]{33}(?![\w-])/g),
  rule("discordWebhook", ["/api/webhooks/"], /discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/[\w-]{60,}/g),
  rule("linearKey", ["lin_api_"], /(?<![A-Za-z0-9])lin_api_[A-Za-z0-9]{40}/g),
  rule("newRelicKey", ["NRAK-"], /(?<![A-Za-z0-9])NRAK-[A-Z0-9]{27}/g),
  rule("onePasswordToken", ["ops_eyJ"], /(?<![A-Za-z0-9])ops_eyJ[A-Za-z0-9+/]{100,}={0,2}/g),
  rule("atlassianToken", ["ATATT3"], /(?<![A-Za-z0-9])ATATT3[\w=-]{100,}/g),
  rule("jsonWebToken", ["eyJ"], /(?<![\w.-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{16,}/g),
];

/**
 * Places where any string may be a secret; what group 1 holds still has to look random. Names of the key are those of
 * gitleaks' and detect-secrets' keyword rules; tokens that mark a page or a request open nothing.
 */
export const ASSIGNED_SECRET_RULES: readonly SecretRule[] = [
  // password = "…", apiKey: '…', "client_secret": "…", SECRET => `…`
  rule(
    "assignedSecret",
    [],
    /(?:passw(?:or)?d|passwd|passphrase|pwd|secret|(?<!(?:next|page|paging|pagination|continuation|request|change|action|idempotency|csrf|xsrf|sync|cursor|marker)[_-]?)token|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|account[_-]?key|encryption[_-]?key|signing[_-]?key|credential)\w{0,20}["'`]?\s{0,4}(?::=|=>|[:=,])\s{0,4}["'`]([^"'`\s]{10,512})["'`]/gi,
  ),
  // PASSWORD=… alone on a line, as in shell, ini, properties and YAML
  rule(
    "assignedSecret",
    [],
    /^[ \t]*(?:-[ \t]+|export[ \t]+|set[ \t]+|ENV[ \t]+)?[\w.-]{0,60}(?:passw(?:or)?d|passwd|passphrase|pwd|secret|(?<!(?:next|page|paging|pagination|continuation|request|change|action|idempotency|csrf|xsrf|sync|cursor|marker)[_-]?)token|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|account[_-]?key|encryption[_-]?key|signing[_-]?key|credential)[\w.-]{0,20}[ \t]{0,4}[:=][ \t]{0,4}([^\s"'`;,(){}[\]<>$]{12,512})[ \t]*$/gim,
  ),
  // scheme://user:password@host
  rule("urlPassword", ["://"], /:\/\/[^\s:/@"'`<>{}$]{1,80}:([^\s:/@"'`<>{}$]{8,128})@[\w.-]/gi),
  // Authorization: Basic …, Bearer …
  rule(
    "authorizationHeader",
    ["uthorization"],
    /\bauthorization["'`]?\s{0,4}[:=,]\s{0,4}["'`]?(?:basic|bearer|token)\s+([\w+/=.~-]{16,512})/gi,
  ),
];

function rule(name: string, keywords: readonly string[], pattern: RegExp): SecretRule {
  return { name, keywords, pattern };
}
