import { assert, assertEquals } from "@std/assert";
import { readingsIn } from "../../lib/quota/headers.ts";
import type { WindowReading } from "../../lib/quota/types.ts";
import { seeded } from "../torture/random.ts";

/** 2026-11-21T08:35:00.123Z */
const NOW = Date.UTC(2026, 10, 21, 8, 35, 0, 123);
const DAY_MS = 86_400_000;
const MIDNIGHT = Date.UTC(2026, 10, 22);

/** What a reply says, in short: window, unit, limit, used, ms to the reset. */
type Short = [
  window: string,
  unit: string,
  limit: number | undefined,
  used: number | undefined,
  resetMs?: number,
];

function read(headers: Record<string, string>): WindowReading[] {
  return readingsIn(new Headers(headers), { account: 3, now: NOW });
}

function short(it: WindowReading): Short {
  const { window, unit, limit, used, resetsAt } = it;
  return resetsAt === undefined
    ? [window, unit, limit, used]
    : [window, unit, limit, used, resetsAt - NOW];
}

const REPLIES: Record<string, [Record<string, string>, ...Short[]]> = {
  "a minute whose bucket refills evenly": [
    {
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-remaining-requests": "59",
      "x-ratelimit-reset-requests": "1s",
    },
    ["minute", "requests", 60, 1, 1_000],
  ],
  "a day whose bucket refills evenly": [
    {
      "x-ratelimit-limit-requests": "14400",
      "x-ratelimit-remaining-requests": "14370",
      "x-ratelimit-reset-requests": "2m59.56s",
    },
    ["day", "requests", 14_400, 30, 179_560],
  ],
  "tokens, with a reset in milliseconds": [
    {
      "x-ratelimit-limit-tokens": "150000",
      "x-ratelimit-remaining-tokens": "149950",
      "x-ratelimit-reset-tokens": "20ms",
    },
    ["minute", "tokens", 150_000, 50, 20],
  ],
  "a reset that is too late for a minute": [
    {
      "x-ratelimit-limit-tokens": "150000",
      "x-ratelimit-remaining-tokens": "149984",
      "x-ratelimit-reset-tokens": "6m0s",
    },
    ["hour", "tokens", 150_000, 16, 360_000],
  ],
  "a period in the name": [
    {
      "x-ratelimit-limit-requests-day": "14400",
      "x-ratelimit-remaining-requests-day": "14399",
      "x-ratelimit-reset-requests-day": "33011.382867",
      "x-ratelimit-limit-tokens-per-minute": "60000",
      "x-ratelimit-remaining-tokens-per-minute": "59000",
      "x-ratelimit-reset-tokens-per-minute": String(
        Math.floor(NOW / 1_000) + 12,
      ),
    },
    ["day", "requests", 14_400, 1, 33_011_383],
    ["minute", "tokens", 60_000, 1_000, 11_877],
  ],
  "no unit, and a reset in milliseconds since the epoch": [
    {
      "X-RateLimit-Limit": "50",
      "X-RateLimit-Remaining": "0",
      "X-RateLimit-Reset": String(MIDNIGHT),
    },
    ["day", "requests", 50, 50, MIDNIGHT - NOW],
  ],
  "a named policy of the draft": [
    {
      "RateLimit-Policy": '"burst";q=100;w=60,"daily";q=1000;w=86400',
      "RateLimit": '"burst";r=50;t=30, "daily";r=900;t=3600',
    },
    ["minute", "requests", 100, 50, 30_000],
    ["day", "requests", 1_000, 100, 3_600_000],
  ],
  "a policy of tokens in five hours": [
    {
      "RateLimit-Policy": '"plan";q=5000;w=18000;qu="tokens"',
      "RateLimit": '"plan";r=4000',
    },
    ["5h", "tokens", 5_000, 1_000],
  ],
  "the draft before names": [
    {
      "RateLimit-Policy": "100;w=10",
      "RateLimit": "limit=100, remaining=40, reset=7",
    },
    ["10s", "requests", 100, 60, 7_000],
  ],
  "the draft of three headers": [
    {
      "RateLimit-Limit": "100, 100;w=3600",
      "RateLimit-Remaining": "99",
      "RateLimit-Reset": "50",
    },
    ["hour", "requests", 100, 1, 50_000],
  ],
  "times of RFC 3339": [
    {
      "anthropic-ratelimit-requests-limit": "1000",
      "anthropic-ratelimit-requests-remaining": "999",
      "anthropic-ratelimit-requests-reset": "2026-11-21T08:35:59Z",
      "anthropic-ratelimit-input-tokens-limit": "80000",
      "anthropic-ratelimit-input-tokens-remaining": "79000",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-21T08:36:00Z",
      "anthropic-ratelimit-output-tokens-limit": "16000",
      "anthropic-ratelimit-output-tokens-remaining": "16000",
      "anthropic-ratelimit-tokens-limit": "96000",
      "anthropic-ratelimit-tokens-remaining": "95000",
    },
    ["minute", "requests", 1_000, 1, 58_877],
    ["minute", "tokens", 96_000, 1_000],
    ["minute", "input_tokens", 80_000, 1_000, 59_877],
    ["minute", "output_tokens", 16_000, 0],
  ],
  "shares of the windows of a plan": [
    {
      "anthropic-ratelimit-unified-status": "allowed",
      "anthropic-ratelimit-unified-5h-utilization": "0.25",
      "anthropic-ratelimit-unified-5h-reset": String(
        Math.ceil(NOW / 1_000) + 60,
      ),
      "anthropic-ratelimit-unified-7d-utilization": "0.5",
    },
    ["5h", "percent", 100, 25, 60_877],
    ["week", "percent", 100, 50],
  ],
  "a day, for the model and for all": [
    {
      "modelscope-ratelimit-requests-limit": "2000",
      "modelscope-ratelimit-requests-remaining": "1895",
      "modelscope-ratelimit-model-requests-limit": "500",
      "modelscope-ratelimit-model-requests-remaining": "477",
    },
    ["day", "requests", 500, 23],
    ["day", "requests", 2_000, 105],
  ],
  "more left than the limit": [
    {
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-remaining-requests": "61",
    },
    ["minute", "requests", 60, 0],
  ],
  "nothing about a limit": [{ "retry-after": "20", "x-ratelimit-foo": "1" }],
};

for (const [name, [headers, ...expected]] of Object.entries(REPLIES)) {
  Deno.test(`readingsIn() reads ${name}`, () => {
    assertEquals(read(headers).map(short), expected);
  });
}

Deno.test("readingsIn() names the model, but not for what counts all models", () => {
  const headers = new Headers(REPLIES["a day, for the model and for all"]![0]);
  const readings = readingsIn(headers, {
    account: 3,
    model: "model-a",
    now: NOW,
  });
  assertEquals(readings, [{
    account: 3,
    model: "model-a",
    window: "day",
    unit: "requests",
    limit: 500,
    used: 23,
    observedAt: NOW,
    source: "header",
  }, {
    account: 3,
    window: "day",
    unit: "requests",
    limit: 2_000,
    used: 105,
    observedAt: NOW,
    source: "header",
  }]);
});

const HOSTILE = [
  "-1",
  "1e300",
  "NaN",
  "Infinity",
  "0x10",
  "",
  "  ",
  "99999999999999999999",
  "9999999999999999",
  "twelve",
];

for (const value of HOSTILE) {
  Deno.test(`readingsIn() ignores the limit "${value}"`, () => {
    assertEquals(
      read({
        "x-ratelimit-limit-requests": value,
        "x-ratelimit-remaining-requests": "1",
        "anthropic-ratelimit-requests-limit": value,
        "ratelimit-limit": value,
        "ratelimit-remaining": "1",
        "ratelimit": `"a";r=1;t=1`,
        "ratelimit-policy": `"a";q=${value};w=60`,
      }),
      [],
    );
  });
}

const RESETS: readonly string[] = [
  "0",
  "-1",
  "1e300",
  "36d",
  "999999999999d",
  String(Math.floor(NOW / 1_000) - 1), // past
  String(NOW - 1),
  String(NOW + 100 * 365 * DAY_MS),
  "2020-01-01T00:00:00Z",
  "2126-01-01T00:00:00Z",
  "soon",
];

for (const value of RESETS) {
  Deno.test(`readingsIn() leaves out the reset "${value}"`, () => {
    const [reading] = read({
      "x-ratelimit-limit-requests": "10",
      "x-ratelimit-remaining-requests": "1",
      "x-ratelimit-reset-requests": value,
    });
    assertEquals(reading?.used, 9);
    assertEquals(reading?.resetsAt, undefined);
  });
}

Deno.test("readingsIn() returns only finite amounts and near resets, whatever it reads", () => {
  const random = seeded(1);
  const pick = <T>(all: readonly T[]) =>
    all[Math.floor(random.next() * all.length)]!;
  const names = Object.values(REPLIES).flatMap(([it]) => Object.keys(it));
  const values = [
    ...Object.values(REPLIES).flatMap(([it]) => Object.values(it)),
    ...HOSTILE,
    ...RESETS,
    ";;;,,,===",
    '"'.repeat(5_000),
    "a;".repeat(5_000),
  ];
  let count = 0;
  for (let round = 0; round < 3_000; round++) {
    const headers: Record<string, string> = {};
    for (let each = 0; each < 8; each++) headers[pick(names)] = pick(values);
    for (const it of read(headers)) {
      count++;
      assert(it.limit === undefined || it.limit >= 0 && it.limit <= 1e15);
      assert(it.used === undefined || it.used >= 0 && it.used <= 1e17);
      assert(it.window.length <= 24);
      const { resetsAt = NOW + 1 } = it;
      assert(resetsAt > NOW && resetsAt <= NOW + 35 * DAY_MS);
    }
  }
  assert(count > 1_000, `only ${count} readings`);
});
