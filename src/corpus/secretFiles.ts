/**
 * Whether a file is kept out by its name or place alone, because such files hold keys, passwords or tokens: names are
 * those of GitHub's gitignore templates, gitleaks and the programs' own manuals. Examples meant for sharing
 * (`.env.example`) and public keys (`id_rsa.pub`) pass.
 * @param path inside the workspace, joined with `/` or `\`
 */
export function isSecretFile(path: string): boolean {
  const segments = path.toLowerCase().split(/[/\\]/);
  const name = segments.at(-1) ?? "";
  if (SHARED_EXAMPLE.test(name)) {
    return false;
  }
  if (segments.slice(0, -1).some((segment) => SECRET_FOLDERS.has(segment)) && !name.endsWith(".pub")) {
    return true;
  }
  const place = segments.slice(-2).join("/");
  return SECRET_NAMES.has(name) || SECRET_PLACES.has(place) || SECRET_NAME_PATTERN.test(name);
}

/**
 * Whether a file that is usually harmless holds credentials: package managers' settings, which most projects share and
 * some people put their token into.
 */
export function hasRegistryCredentials(name: string, text: string): boolean {
  const lower = name.toLowerCase();
  if (![".npmrc", ".yarnrc", ".yarnrc.yml", "pip.conf", "nuget.config", "bunfig.toml"].includes(lower)) {
    return false;
  }
  // A reference to an environment variable is how the shared ones are meant to be written.
  return /(?:_authtoken|_auth|_password|npmauthtoken|npmauthident|cleartextpassword|\btoken)"?\s*(?:=|:|value=)\s*["']?(?!["']?\$)[^\s"'$]{6,}|:\/\/[^\s/:@$]+:[^\s/@$]+@/i.test(
    text,
  );
}

const SHARED_EXAMPLE =
  /[._-](?:example|examples|sample|template|tmpl|dist|defaults?|schema|tpl)(?:\.[a-z]+)?$|^(?:example|sample|template)\.env$|\.pub$/;

const SECRET_FOLDERS: ReadonlySet<string> = new Set([".ssh", ".gnupg", ".aws", ".azure", ".kube", ".password-store"]);

const SECRET_NAMES: ReadonlySet<string> = new Set([
  ".pypirc",
  ".netrc",
  "_netrc",
  ".git-credentials",
  ".pgpass",
  "pgpass.conf",
  ".my.cnf",
  ".mylogin.cnf",
  ".htpasswd",
  ".dockercfg",
  ".dockerconfigjson",
  ".s3cfg",
  ".boto",
  ".rclone.conf",
  "rclone.conf",
  ".vault_pass",
  ".vault-token",
  "kubeconfig",
  "credentials",
  "credentials.json",
  "credentials.ini",
  "credentials.csv",
  "credentials.xml",
  "credentials.toml",
  "credentials.yml",
  "credentials.yaml",
  "application_default_credentials.json",
  "secrets.json",
  "secrets.yml",
  "secrets.yaml",
  "secrets.toml",
  "secrets.ini",
  "secrets.env",
  "secret.json",
  "secret.yml",
  "secret.yaml",
  "master.key",
  "shadow",
  "terraform.rc",
  ".terraformrc",
  ".bash_history",
  ".zsh_history",
  ".sh_history",
  ".python_history",
  ".node_repl_history",
  ".psql_history",
  ".mysql_history",
  ".sqlite_history",
  ".rediscli_history",
]);

/** Names that mean credentials in one folder only. */
const SECRET_PLACES: ReadonlySet<string> = new Set([
  ".docker/config.json",
  ".cargo/credentials",
  ".gem/credentials",
  ".config/hub",
  "gh/hosts.yml",
  "filezilla/recentservers.xml",
  "filezilla/sitemanager.xml",
]);

const SECRET_NAME_PATTERN = new RegExp(
  [
    // .env, .env.local, production.env, .envrc, .dev.vars
    String.raw`^\.env(?:\..+)?$|^[^.].*\.env$|^\.envrc$|^\.dev\.vars$`,
    String.raw`^id_(?:rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk|xmss)(?:$|[._-])`,
    String.raw`^ssh_host_.*_key$`,
    String.raw`\.(?:pem|key|p8|p12|pfx|pkcs12|jks|keystore|bks|ppk|kdb|kdbx|agekey|asc|gpg|pgp|ovpn|tfstate|tfvars|mobileprovision|keychain|publishsettings|rdp|cscfg)$`,
    String.raw`\.tfstate\.backup$|\.tfvars\.json$|\.kubeconfig$`,
    String.raw`^client_secrets?.*\.json$|^service[-_]?account.*\.json$|^gcp[-_]?(?:key|credentials).*\.json$|-firebase-adminsdk-.*\.json$`,
    String.raw`^(?:gha-)?creds(?:-.*)?\.json$`,
  ].join("|"),
);
