import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type ApiKey,
  formatApiKey,
  parseApiKey,
  problemOfBaseUrl,
} from "../../lib/agents/api_key.ts";
import { DEFAULT_AGENT } from "../../lib/agents/registry.ts";

const { names } = DEFAULT_AGENT.keys;

const ACCOUNT: ApiKey = {
  apiKey: "sk-secret",
  baseUrl: "https://example.com/v1",
  model: "qwen3-coder-plus",
  others: {},
};

Deno.test("parseApiKey() reads the three variables and keeps the others", async () => {
  const text = [
    "# work",
    "OPENAI_API_KEY=sk-secret",
    'export OPENAI_BASE_URL="https://example.com/v1"',
    "OPENAI_MODEL='模型 #1'",
    "HTTPS_PROXY=http://127.0.0.1:3128",
  ].join("\n");
  assertEquals(await parseApiKey(bytesOf(text), names), {
    ...ACCOUNT,
    model: "模型 #1",
    others: { HTTPS_PROXY: "http://127.0.0.1:3128" },
  });
});

Deno.test("formatApiKey() writes what parseApiKey() reads", async () => {
  const account = {
    apiKey: `sk-$x"\\#;&|<>()*?[]{}~%!secret`,
    baseUrl: "https://example.com/it's/v1",
    model: '模型/Größe $HOME `x` "y" \\z #1',
    others: { LINES: "a\nb", EMPTY: "" },
  };
  assertEquals(await parseApiKey(formatApiKey(account, names), names), account);
});

Deno.test("formatApiKey() keeps other variables when the key changes", async () => {
  const before = bytesOf(
    "A=1\nOPENAI_API_KEY=sk-old\nOPENAI_BASE_URL=https://example.com\nOPENAI_MODEL=m\nB='2 #'\n",
  );
  const after = formatApiKey({
    ...await parseApiKey(before, names),
    apiKey: "sk-new",
  }, names);
  const account = await parseApiKey(after, names);
  assertEquals(account.others, { A: "1", B: "2 #" });
  assertEquals(account.apiKey, "sk-new");
  assert(!new TextDecoder().decode(after).includes("sk-old"));
});

Deno.test("formatApiKey() lets no other variable replace one of its own", async () => {
  const others = { OPENAI_API_KEY: "sk-other" };
  const account = await parseApiKey(
    formatApiKey({ ...ACCOUNT, others }, names),
    names,
  );
  assertEquals(account, ACCOUNT);
});

const UNUSABLE: Record<string, [Partial<ApiKey>, string]> = {
  "the key is empty": [{ apiKey: "" }, "OPENAI_API_KEY"],
  "the key has a blank": [{ apiKey: "sk secret" }, "OPENAI_API_KEY that has"],
  "the key has a line break": [{ apiKey: "sk-secret\n" }, "OPENAI_API_KEY"],
  "the key is not ASCII": [{ apiKey: "sk-secret-ü" }, "OPENAI_API_KEY"],
  "the URL is missing": [{ baseUrl: "" }, "OPENAI_BASE_URL"],
  "the URL is invalid": [
    { baseUrl: "secret" },
    "OPENAI_BASE_URL that is not a URL",
  ],
  "the URL is http": [{ baseUrl: "http://secret.org" }, "is not https"],
  "the URL has a login": [{ baseUrl: "https://u:secret@a.b" }, "a user name"],
  "the model is missing": [{ model: "" }, "OPENAI_MODEL"],
  "the model is blank": [{ model: " " }, "OPENAI_MODEL that is empty"],
  "the model has ESC": [{ model: "\x1bsecret" }, "a control character"],
};

for (const [when, [changes, problem]] of Object.entries(UNUSABLE)) {
  Deno.test(`parseApiKey() throws when ${when}`, async () => {
    const { apiKey, baseUrl, model } = { ...ACCOUNT, ...changes };
    const text =
      `OPENAI_API_KEY="${apiKey}"\nOPENAI_BASE_URL="${baseUrl}"\nOPENAI_MODEL="${model}"\n`;
    const error = await assertRejects(
      () => parseApiKey(bytesOf(text), names),
      SyntaxError,
      problem,
    );
    assert(!error.message.includes("secret"), "it shows a value");
  });

  Deno.test(`formatApiKey() throws when ${when}`, () => {
    const error = assertThrows(
      () => formatApiKey({ ...ACCOUNT, ...changes }, names),
      SyntaxError,
    );
    assert(!error.message.includes("secret"), "it shows a value");
  });
}

Deno.test("parseApiKey() throws when the file is empty", async () => {
  await assertRejects(
    () => parseApiKey(bytesOf(""), names),
    SyntaxError,
    "is empty",
  );
});

const URLS: Record<string, string | undefined> = {
  "https://example.com/v1": undefined,
  "https://例え.jp/v1": undefined,
  "http://localhost:8080/v1": undefined,
  "http://127.0.0.1:8080/v1": undefined,
  "http://127.1.2.3/v1": undefined,
  "http://[::1]:8080/v1": undefined,
  "http://127.0.0.1.example.com/v1": "is not https",
  "http://localhost.example.com/v1": "is not https",
  "http://0.0.0.0/v1": "is not https",
  "ftp://localhost/v1": "is not https",
  "file:///etc/passwd": "is not https",
  "javascript:alert(1)": "is not https",
  "https://user@example.com": "has a user name or password",
  "https://example.com/v1?key=1": "has more than a host and a path",
  "https://example.com/v1#x": "has more than a host and a path",
  "https://exam\nple.com": "is not a URL",
  " https://example.com": "is not a URL",
  "example.com/v1": "is not a URL",
};

for (const [url, problem] of Object.entries(URLS)) {
  Deno.test(`problemOfBaseUrl() returns "${problem}" for ${JSON.stringify(url)}`, () => {
    assertEquals(problemOfBaseUrl(url), problem);
  });
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
