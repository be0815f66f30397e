import assert from "node:assert/strict";
import fc from "fast-check";
import { findSecrets, redactSecrets } from "../../../src/corpus/secrets.ts";

// Made-up values, put together here so that no scanner of repositories takes this file for a leak.
const MIXED = "aB3dE5gH7jK9mN1pQ4sT6vW8yZ0bC2eF4hJ6kL8nP1qR3tU5wX7zA9cD2fG4iJ6lM8oQ1rS3uV5xY7bE9dH2gK4jN6mP8qT1sW3vZ5y";
const HEX = "9f2c7a1b4e8d3065c7f1a9e2b4d80736f5c1e9a7b3d2046c8e1f5a7b9c3d2e40";
const mixed = (length: number): string => MIXED.slice(0, length);
const hex = (length: number): string => HEX.slice(0, length);
const letters = (length: number): string => MIXED.replace(/\d/g, "").slice(0, length);
const upper = (length: number): string =>
  MIXED.toUpperCase()
    .replace(/[0189]/g, "K")
    .slice(0, length);
const PEM_BODY = `${mixed(64)}\n${mixed(64)}\n${mixed(30)}==`;

describe("findSecrets", () => {
  const secrets: readonly (readonly [rule: string, text: string])[] = [
    ["awsAccessKey", `key = AKIA${upper(16)}`],
    ["githubToken", `ghp_${mixed(36)}`],
    ["githubToken", `github_pat_${mixed(22)}_${mixed(59)}`],
    ["gitlabToken", `glpat-${mixed(20)}`],
    ["slackToken", `xoxb-1234509876-2345609871-${mixed(24)}`],
    ["slackWebhook", `https://hooks.slack.com/services/T${upper(9)}/B${upper(9)}/${mixed(24)}`],
    ["stripeKey", `sk_live_${mixed(24)}`],
    ["googleKey", `AIza${mixed(35)}`],
    ["googleSecret", `GOCSPX-${mixed(28)}`],
    ["anthropicKey", `sk-ant-api03-${mixed(93)}AA`],
    ["openaiKey", `sk-proj-${mixed(48)}`],
    ["openaiKey", `sk-${mixed(48)}`],
    ["huggingFaceToken", `hf_${letters(34)}`],
    ["npmToken", `npm_${mixed(36)}`],
    ["pypiToken", `pypi-AgEIcHlwaS5vcmc${mixed(60)}`],
    ["azureKey", `DefaultEndpointsProtocol=https;AccountName=n;AccountKey=${mixed(86)}==;`],
    ["sendgridKey", `SG.${mixed(22)}.${mixed(43)}`],
    ["twilioKey", `SK${hex(32)}`],
    ["telegramToken", `987650432:AA${mixed(33)}`],
    ["jsonWebToken", `eyJhbGciOiJIUzI1NiJ9.eyJ${mixed(30)}.${mixed(43)}`],
    ["privateKey", `-----BEGIN RSA PRIVATE KEY-----\n${PEM_BODY}\n-----END RSA PRIVATE KEY-----`],
    ["privateKey", `-----BEGIN PRIVATE KEY-----\\n${mixed(64)}\\n${mixed(64)}\\n-----END PRIVATE KEY-----\\n`],
    ["privateKey", `"-----BEGIN EC PRIVATE KEY-----\\n" +\n  "${mixed(64)}\\n" +\n  "${mixed(40)}==\\n"`],
    ["assignedSecret", `const password = "k9#Vq2!xLw7Z";`],
    ["assignedSecret", `  "client_secret": "${mixed(32)}",`],
    ["assignedSecret", `API_KEY=${hex(32)}`],
    ["assignedSecret", `aws_secret_access_key = ${mixed(20)}/${mixed(19)}`],
    ["assignedSecret", `    password: ${mixed(20)}`],
    ["assignedSecret", `export DB_PASSWORD='${mixed(18)}'`],
    ["assignedSecret", `config.set("authToken", "${mixed(30)}")`],
    ["urlPassword", `postgres://admin:${mixed(16)}@db.internal:5432/app`],
    ["authorizationHeader", `-H "Authorization: Bearer ${mixed(40)}"`],
  ];
  for (const [rule, text] of secrets) {
    it(`finds a secret of the kind ${rule} in ${JSON.stringify(text.slice(0, 24))}…`, () => {
      assert.deepEqual(
        findSecrets(`before\n${text}\nafter\n`).map((finding) => finding.rule),
        [rule],
      );
    });
  }

  const harmless: readonly string[] = [
    `const password = process.env.DB_PASSWORD2;`,
    `password: "correct-horse-battery-staple"`,
    `password = "changeme12345678"`,
    `const token = parser.nextToken(tokenKind2);`,
    `"tokenizer": "AutoTokenizer2V3"`,
    `const apiKey = "your-api-key-1234";`,
    `const apiKey = "YOUR_API_KEY_2024";`,
    `SECRET_KEY = os.environ["SECRET_KEY_V2"]`,
    `"password": "<PASSWORD-1234-ABCD>"`,
    `DkimSigningKeyLength = "RSA_1024_BIT"`,
    `"NextToken": "${mixed(40)}"`,
    `"clientRequestToken": "550e8400-e29b-41d4-a716-446655440002"`,
    `"integrity": "sha512-${mixed(86)}=="`,
    `const sha = "${hex(40)}";`,
    `https://user:password@localhost/`,
    `http://user:pass1234@example.com/`,
    `redis://:\${REDIS_PASSWORD}@host:6379`,
    `if (pem.startsWith("-----BEGIN PRIVATE KEY-----")) { return readThePrivateKeyFromItsPemEncodedContainerFile(pem); }`,
    `-----BEGIN CERTIFICATE-----\n${PEM_BODY}\n-----END CERTIFICATE-----`,
    `-----BEGIN PUBLIC KEY-----\n${PEM_BODY}\n-----END PUBLIC KEY-----`,
    `aws_access_key_id = AKIAIOSFODNN7EXAMPLE`,
    `token: "xxxxxxxxxxxxxxxx1234"`,
    `secretKeyRef: my-app-secrets-v2`,
    `passwordHashAlgorithm: "argon2id_v19_sha256"`,
    `const tokenUrl = "https://login.example.org/oauth2/v2.0/token";`,
    `task-bsk-abcdefghijklmnop-risk-analysis`,
    `font-family: "sk-learn-icons"`,
  ];
  for (const text of harmless) {
    it(`passes ${JSON.stringify(text.slice(0, 60))}`, () => {
      assert.deepEqual(findSecrets(`before\n${text}\nafter\n`), []);
    });
  }

  it("says where the secret stands, in order and without overlaps", () => {
    const text = `a = 1\nAPI_TOKEN="ghp_${mixed(36)}" # twice a secret\nurl = "postgres://me:${mixed(14)}@h/d"\n`;
    const findings = findSecrets(text);
    assert.deepEqual(
      findings.map(({ start, end }) => text.slice(start, end)),
      [`ghp_${mixed(36)}`, mixed(14)],
    );
  });

  it("finds most random strings of 20 characters where a password is assigned", () => {
    const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".split("");
    const passwords = fc.array(fc.constantFrom(...characters), { minLength: 20, maxLength: 20 });
    const samples = fc.sample(passwords, { numRuns: 500, seed: 7 });
    const foundCount = samples.filter((sample) => findSecrets(`password = "${sample.join("")}"`).length === 1).length;
    assert.ok(foundCount > 425, `found ${String(foundCount)} of 500`);
  });

  it("takes time in proportion to the text, whatever it is made of", () => {
    for (const unit of ["password", "a:", "://", "x.y-", "-----BEGIN PRIVATE KEY-----", "token = ", "eyJ", "A"]) {
      const text = unit.repeat(Math.floor(400_000 / unit.length));
      assert.ok(Array.isArray(findSecrets(text)));
    }
    // A pattern that goes back over what it has read would take minutes.
  }).timeout(10_000);
});

describe("redactSecrets", () => {
  const filler = "a line of ordinary code that says nothing of interest\n".repeat(30);

  it("leaves a text without secrets as it is", () => {
    assert.deepEqual(redactSecrets(filler), { text: filler, redactedCount: 0, isSecretStore: false });
  });

  it("drops the whole lines of secrets, a key's block among them", () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${PEM_BODY}\n-----END PRIVATE KEY-----`;
    const redacted = redactSecrets(`${filler}const key = \`${key}\`;\n${filler}x = "ghp_${mixed(36)}" // end`);
    assert.deepEqual(redacted, { text: filler + filler, redactedCount: 2, isSecretStore: false });
  });

  it("drops a line once when two secrets stand in it", () => {
    const line = `a = "ghp_${mixed(36)}", b = "npm_${mixed(36)}"\n`;
    assert.deepEqual(redactSecrets(`${filler}${line}${filler}`), {
      text: filler + filler,
      redactedCount: 2,
      isSecretStore: false,
    });
  });

  it("calls a text that consists of secrets a store of them", () => {
    assert.equal(redactSecrets(`[default]\naws_access_key_id = AKIA${upper(16)}\n`).isSecretStore, true);
  });

  it("calls a text with many different secrets a store of them, but not one that repeats its sample", () => {
    const many = Array.from({ length: 11 }, (_, i) => `${filler}t = "npm_${MIXED.slice(i, i + 36)}"\n`).join("");
    const repeated = `${filler}t = "npm_${mixed(36)}"\n`.repeat(11);
    assert.equal(redactSecrets(many).isSecretStore, true);
    assert.equal(redactSecrets(repeated).isSecretStore, false);
  });

  it("leaves nothing to find", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("x = 1\n", `ghp_${mixed(36)}`, `password="${mixed(20)}"`, "\n", " ", PEM_BODY), {
          maxLength: 12,
        }),
        (parts) => {
          assert.deepEqual(findSecrets(redactSecrets(parts.join("")).text), []);
        },
      ),
    );
  });
});
