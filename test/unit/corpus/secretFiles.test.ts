import assert from "node:assert/strict";
import { hasRegistryCredentials, isSecretFile } from "../../../src/corpus/secretFiles.ts";

describe("isSecretFile", () => {
  const secret =
    ".env .env.local app/.env.production prod.env .envrc id_rsa keys/id_ed25519 id_ecdsa_sk id_rsa.bak server.pem tls.KEY " +
    "cert.p12 cert.pfx store.jks pass.kdbx key.ppk .pypirc .netrc _netrc .git-credentials .pgpass .htpasswd kubeconfig " +
    "prod.kubeconfig .kube/config .aws/credentials .aws/config .ssh/config .docker/config.json credentials " +
    "credentials.json secrets.yml .streamlit/secrets.toml terraform.tfstate terraform.tfstate.backup prod.tfvars " +
    "client_secret_123.json service-account.json my-firebase-adminsdk-x.json master.key .bash_history vpn.ovpn " +
    "x\\.ssh\\known_hosts .vault-token .dev.vars ssh_host_rsa_key AuthKey.p8";
  for (const path of secret.split(" ")) {
    it(`holds back ${path}`, () => {
      assert.equal(isSecretFile(path), true);
    });
  }

  const harmless =
    ".env.example .env.sample .env.template .env.dist example.env id_rsa.pub .ssh/id_rsa.pub secrets.ts credentials.ts " +
    "src/auth/password.py keyboard.ts monkey.js environment.ts .npmrc docker/config.json config.json public.crt " +
    "docs/secrets.md token.go keys.rs env.ts .envoy.yaml tfvars.go credentials.example.json variables.tf";
  for (const path of harmless.split(" ")) {
    it(`passes ${path}`, () => {
      assert.equal(isSecretFile(path), false);
    });
  }
});

describe("hasRegistryCredentials", () => {
  const rows: readonly (readonly [name: string, text: string, isSecret: boolean])[] = [
    [".npmrc", "//registry/:_authToken=abcdef0123456789\n", true],
    [".npmrc", "//registry/:_authToken=${NPM_TOKEN}\nignore-scripts=true\n", false],
    [".npmrc", "save-exact=true\n", false],
    [".yarnrc.yml", 'npmAuthToken: "abcdef0123456789"\n', true],
    [".yarnrc.yml", "nodeLinker: node-modules\n", false],
    ["pip.conf", "[global]\nindex-url = https://me:s3cretword@packages/simple\n", true],
    ["nuget.config", '<add key="ClearTextPassword" value="hunter22" />', true],
    ["notes.txt", "_authToken=abcdef0123456789", false],
  ];
  for (const [name, text, isSecret] of rows) {
    it(`${isSecret ? "holds back" : "passes"} ${name} with ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.equal(hasRegistryCredentials(name, text), isSecret);
    });
  }
});
