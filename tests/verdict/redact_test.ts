import { assertEquals, assertMatch } from "@std/assert";
import { redact } from "../../lib/verdict/redact.ts";

const SECRETS = {
  "an API key": "sk-1a2B3c",
  "a long API key": `sk-proj-${"aB3_".repeat(20)}`,
  "a short key": "AIzaSyA1234567890",
  "a short key without a prefix": "a1B2c3D4e5F6g7H8",
  "an opaque token": "q7ZkP0sVt3LxW9nYc2RbG5mJd8HfTa1E",
  "a token in base64": `${"Zm9v/+".repeat(8)}==`,
  "a token in base64url": "m0-_".repeat(12),
  "a token in hexadecimal": "0123456789abcdef".repeat(2),
  "the signature of a JWT": "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
};

for (const [what, secret] of Object.entries(SECRETS)) {
  Deno.test(`redact() removes ${what}`, () => {
    assertEquals(
      redact(`401 for Bearer ${secret} (sorry)`),
      "401 for Bearer [redacted] (sorry)",
    );
  });

  Deno.test(`redact() removes ${what} in quotes`, () => {
    assertEquals(redact(`{"token":"${secret}`), '{"token":"[redacted]');
  });
}

const HARMLESS = [
  "[API Error: 429 Free allocated quota exceeded.]",
  "Qwen OAuth quota exceeded: Your free daily quota has been reached.",
  "Quota exhausted: It will reset at 2026-11-22T00:00:00Z.",
  "insufficient_quota: You exceeded your current quota",
  "404 The model qwen3-coder-plus does not exist",
  "Connection error. (cause: ECONNREFUSED 127.0.0.1:8080)",
  "InternalError.Algo.InvalidParameter: Range of input length",
  "see https://bailian.console.aliyun.com/?tab=model#/efm/model_experience_center",
  "at https://openrouter.ai/settings/credits?tab=usage.",
  "at https://a.example/x?page=2&view=by-model#limits",
];

const SECRET_PARTS: Record<string, string> = {
  "https://a.example/x?tab=model&sig=abc": "https://a.example/x?[redacted]",
  "https://a.example/x?key=hunter": "https://a.example/x?[redacted]",
  "https://a.example/x?tab=aB3dE5f": "https://a.example/x?[redacted]",
  "https://a.example/x?hunter": "https://a.example/x?[redacted]",
  "https://a.example/#/reset/a1B2c3D4e5F6":
    "https://a.example/#/reset/[redacted]",
  "https://a.example/#access_token=abc": "https://a.example/#[redacted]",
};

for (const [address, shown] of Object.entries(SECRET_PARTS)) {
  Deno.test(`redact() removes possible secrets from ${address}`, () => {
    assertEquals(redact(`see ${address} now`), `see ${shown} now`);
  });
}

for (const text of HARMLESS) {
  Deno.test(`redact() keeps: ${text}`, () => {
    assertEquals(redact(text), text);
  });
}

const CONTROLS: Record<string, [string, string]> = {
  "line breaks": ["one\r\ntwo\n\nthree", "one two three"],
  "a bell and a backspace": ["one\x07two\x08", "one two"],
  "colours": ["\x1b[1;31m429\x1b[0m Too many", "429 Too many"],
  "a cursor movement": ["\x1b[2J\x1b[1A429", "429"],
  "the title of a window": ["\x1b]0;owned\x07429", "429"],
  "controls of 8 bits": ["one\x9b31mtwo", "one 31mtwo"],
  "a null": ["one\0two", "one two"],
  "blanks around it": ["  \t429 \n", "429"],
};

for (const [what, [text, expected]] of Object.entries(CONTROLS)) {
  Deno.test(`redact() removes ${what}`, () => {
    assertEquals(redact(text), expected);
  });
}

Deno.test("redact() removes a key that an escape sequence cuts in two", () => {
  assertEquals(redact("key sk-abc\x1b[0mdef."), "key [redacted]");
});

for (const length of [159, 160]) {
  Deno.test(`redact() keeps ${length} characters`, () => {
    const text = "word ".repeat(40).slice(0, length - 1) + "x";
    assertEquals(redact(text), text);
  });
}

Deno.test("redact() cuts text longer than 160 characters", () => {
  const text = redact("word ".repeat(33));
  assertEquals(text.length, 160);
  assertMatch(text, /^(?:word ){31}word…$/);
});

Deno.test("redact() removes a secret at the cut", () => {
  const text = redact(`${"word ".repeat(30)}sk-${"x".repeat(60)}`);
  assertEquals(text, `${"word ".repeat(30)}[redacted]`.slice(0, 160));
});

const SHORT_SECRETS = [
  "Bearer eyJhbGci.eyJzdWIi.abcdef",
  "Bearer short1",
  '"access_token":"SECRETa2"',
  "refresh_token=tiny",
];

for (const text of SHORT_SECRETS) {
  Deno.test(`redact() removes the short secret of ${text}`, () => {
    const shown = redact(`429 ${text} x`);
    for (const part of ["eyJ", "abcdef", "short1", "SECRET", "tiny"]) {
      assertEquals(shown.includes(part), false, shown);
    }
  });
}

const PERCENT: Record<string, string> = {
  "refused: sk%2Dproj%2D0123": "refused: [redacted]",
  "refused: %73%6b%2d%61%62%63!": "refused: [redacted]!",
  "100%25 of 20%": "100%25 of 20%",
};

for (const [text, shown] of Object.entries(PERCENT)) {
  Deno.test(`redact() removes a key that is percent-encoded: ${text}`, () => {
    assertEquals(redact(text), shown);
  });
}

const ADDRESSES: Record<string, string> = {
  "For details, see: https://help.aliyun.com/zh/model-studio/error-code#token-limit":
    "For details, see: https://help.aliyun.com/zh/model-studio/error-code#token-limit",
  "(https://www.kimi.com/code/docs/kimi-code/community-guidelines.html)":
    "(https://www.kimi.com/code/docs/kimi-code/community-guidelines.html)",
  "https://platform.openai.com/docs/guides/error-codes/api-errors.":
    "https://platform.openai.com/docs/guides/error-codes/api-errors.",
  "metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 20":
    "metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 20",
  "POST https://ark.cn-beijing.volces.com/api/v3/chat/completions 429":
    "POST https://ark.cn-beijing.volces.com/api/v3/chat/completions 429",
  "https://openrouter.ai/qwen/qwen3-coder-480b-a35b-07-25:free":
    "https://openrouter.ai/qwen/qwen3-coder-480b-a35b-07-25:free",
  "see https://a.example/pay?key=a1b2c3&x=1#top":
    "see https://a.example/pay?[redacted]#top",
  "https://user:pass@a.example/x": "https://[redacted]@a.example/x",
  "https://a.example/bot123456:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc/send":
    "https://a.example/[redacted]/send",
  "https://a.example/sk-abc": "https://a.example/[redacted]",
  "https://a.example/v1/0123456789abcdef0123456789abcdef":
    "https://a.example/v1/[redacted]",
  "a.example/v1/m0-xYz1aB3dEfGh": "a.example/v1/[redacted]",
};

for (const [text, shown] of Object.entries(ADDRESSES)) {
  Deno.test(`redact() keeps what is not secret in: ${text}`, () => {
    assertEquals(redact(text), shown);
  });
}

Deno.test("redact() removes a key right after an address", () => {
  const text = redact("https://a.example/v1/sk-0123456789abcdef, sk-abc");
  assertEquals(text, "https://a.example/v1/[redacted] [redacted]");
});
