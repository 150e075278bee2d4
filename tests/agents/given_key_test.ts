import { assertEquals } from "@std/assert";
import {
  cleanBaseUrl,
  cleanKey,
  describeCleaned,
  problemOfGivenKey,
} from "../../lib/agents/given_key.ts";

const KEY = "sk-0123456789abcdef";

/** Texts that a user may paste, and what is said to be removed. */
const PASTED: Record<string, string[]> = {
  [`  ${KEY}\r`]: [],
  [`\ufeff${KEY}`]: [],
  [`"${KEY}"`]: ["quotes"],
  [`'${KEY}'`]: ["quotes"],
  [`“${KEY}”`]: ["quotes"],
  [`"${KEY}`]: ["quotes"],
  [`${KEY};`]: ["a comma or a semicolon"],
  [`Bearer ${KEY}`]: ['"Bearer"'],
  [`Authorization: Bearer ${KEY}`]: ["a header's name", '"Bearer"'],
  [`OPENAI_API_KEY=${KEY}`]: ["a variable's name"],
  [`export OPENAI_API_KEY='${KEY}'`]: ["quotes", "a variable's name"],
  [`"apiKey": "${KEY}",`]: ["quotes", "a variable's name"],
  [`$env:OPENAI_API_KEY = "${KEY}"`]: ["quotes", "a variable's name"],
};

for (const [text, removed] of Object.entries(PASTED)) {
  Deno.test(`cleanKey() returns the key in ${JSON.stringify(text)}`, () => {
    assertEquals(cleanKey(text), { text: KEY, removed });
  });
}

const KEPT = [
  "YWJjZGVmZ2g=",
  "eyJhbGciOi.eyJzdWIi.sig-_x",
  "sk-api-key-99",
  "secret-api-key-1-x7Kq",
  "ms-1234-5678-abcd",
  "ollama",
  "EMPTY",
  "none",
  "sk-1234",
  "sk-no-key-required",
];

for (const key of KEPT) {
  Deno.test(`cleanKey() does not change ${key}, which can be a key`, () => {
    assertEquals(cleanKey(key), { text: key, removed: [] });
    assertEquals(problemOfGivenKey(key), undefined);
  });
}

const PLACEHOLDERS = [
  "your-api-key-here",
  "YOUR_API_KEY",
  "'YourApiKey'",
  "sk-your-key",
  "<your key>",
  "<API_KEY>",
  "${OPENAI_API_KEY}",
  "$OPENAI_API_KEY",
  "OPENAI_API_KEY",
  "OPENAI_API_KEY=",
  "{{ key }}",
  "%KEY%",
  "sk-xxxx",
  "sk-XXXX-XXXX",
  "sk-...",
  "sk-ab***cd",
  "********",
  "changeme",
  "REPLACE_ME",
  "insert-key-here",
  "TODO",
  "placeholder",
  "null",
  "Bearer",
];

for (const text of PLACEHOLDERS) {
  Deno.test(`problemOfGivenKey() recognizes the placeholder ${text}`, () => {
    assertEquals(problemOfGivenKey(text), "is a placeholder, not a key");
  });
}

for (const text of ["https://a.example/v1", "'http://x'", "a.example/v1"]) {
  Deno.test(`problemOfGivenKey() recognizes the URL ${text}`, () => {
    assertEquals(problemOfGivenKey(text), "is a URL, not a key");
  });
}

const PATH = "the path of a request";

const URLS: Record<string, string[]> = {
  "https://a.example/v1": [],
  "https://a.example/v1/": ["a slash at the end"],
  "https://a.example/v1/chat/completions": [PATH],
  "https://a.example/v1/chat/completions/": [PATH],
  "https://a.example/v1/CHAT/completions": [PATH],
  "https://a.example/v1/responses": [PATH],
  "https://a.example/v1/models/": [PATH],
  "https://a.example/v1/v1/messages": [PATH],
  " 'https://a.example/v1' ": ["quotes"],
  'export OPENAI_BASE_URL="https://a.example/v1/";': [
    "quotes",
    "a variable's name",
    "a slash at the end",
  ],
};

for (const [text, removed] of Object.entries(URLS)) {
  Deno.test(`cleanBaseUrl() returns the base of ${JSON.stringify(text)}`, () => {
    assertEquals(cleanBaseUrl(text), { text: "https://a.example/v1", removed });
  });
}

for (
  const text of [
    "https://a.example/v1",
    "https://a.example/v1/",
    "https://a.example/v1/messages",
    "https://a.example",
  ]
) {
  Deno.test(`cleanBaseUrl() returns ${text} without the path that requests add`, () => {
    assertEquals(
      cleanBaseUrl(text, { ownPath: "/v1" }).text,
      "https://a.example",
    );
  });
}

Deno.test("describeCleaned() says what was removed, and nothing about the key", () => {
  const key = cleanKey(`export K_TOKEN="Bearer ${KEY}"`);
  const url = cleanBaseUrl("https://a.example/v1/models");
  assertEquals(describeCleaned({ "the key": key, "the base URL": url }), [
    'removed quotes, a variable\'s name and "Bearer" from the key',
    "removed the path of a request from the base URL: https://a.example/v1",
  ]);
  assertEquals(describeCleaned({ "the key": cleanKey(KEY) }), []);
});
