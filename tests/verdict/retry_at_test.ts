import { assert, assertEquals } from "@std/assert";
import { findRetryAt, parseRetryAfter } from "../../lib/verdict/retry_at.ts";
import { NOW } from "../support/account_folder.ts";
import { seeded } from "../torture/random.ts";

const DAY_MS = 86_400_000;
const FARTHEST_MS = 32 * DAY_MS;

/** Milliseconds after 2026-11-21T08:35:00.123Z. */
const HEADERS: Record<string, number | undefined> = {
  "20": 20_000,
  " 30 ": 30_000,
  "1.5": 1_500,
  "Sat, 21 Nov 2026 08:36:00 GMT": 60_000,
  "Saturday, 21-Nov-26 08:36:00 GMT": 60_000, // RFC 850
  "Sat Nov 21 08:36:00 2026 GMT": 60_000,
  "2764800": FARTHEST_MS,
  "2764801": undefined,
  "0": undefined,
  "-5": undefined,
  "1e3": undefined,
  "Infinity": undefined,
  "9999999999999999999999": undefined,
  "Sat, 21 Nov 2026 08:34:00 GMT": undefined, // past
  "Fri, 21 Nov 2036 08:36:00 GMT": undefined,
  "5 minutes": 300_000,
  "1500ms": 1_500,
  "5 apples": undefined,
  "Sat Nov 21 08:36:00 2026": 60_000, // asctime
  "soon": undefined,
  "": undefined,
};

for (const [value, ms] of Object.entries(HEADERS)) {
  Deno.test(`parseRetryAfter() returns ${ms} ms from now for "${value}"`, () => {
    assertEquals(parseRetryAfter(value, NOW), ms && NOW + ms);
  });
}

const MESSAGES: Record<string, number | undefined> = {
  "Please try again in 20s.": 20_000,
  "Please try again in 1m30.5s.": 90_500,
  "Please try again in 6m0s. Visit https://a.example": 360_000,
  "Please retry in 37.5 seconds": 37_500,
  "retry after 2 hours": 7_200_000,
  "available in 500ms": 500,
  "wait 5 minutes": 300_000,
  "Your limit resets in 1 hour 5 minutes": 3_900_000,
  "quota will reset after 3 days": 3 * DAY_MS,
  "It will reset at 2026-11-22T00:00:00Z.": 55_500_000,
  "It will reset at 2026-11-22 00:00:00 UTC.": 55_500_000,
  "It will reset at 2026-11-22 00:00:00": 55_500_000, // without a zone
  "resets 2026-11-22T00:00:00+08:00": 26_700_000,
  "reset at 2026-11-22 08:00:00 +0800": 55_500_000,
  "wait until 2026-11-21T09:00Z": 1_500_000,
  "reset at 2026-11-20T00:00:00Z": undefined, // past
  "reset at 2099-01-01T00:00:00Z": undefined,
  "reset at 2026-13-45T99:99:99Z": undefined,
  "try again in 33 days": undefined,
  "try again in 99999999999999999999999h": undefined,
  "retry in 10 apples": undefined,
  "retry attempt 3 m": undefined,
  "reset every 24 hours": undefined,
  "again in 1e5 s": undefined,
  "retry after 30": 30_000,
  "Retry-After: 120": 120_000,
  "Retry-After: 1500ms": 1_500,
  "retry_after 12.5": 12_500,
  "retryDelay: 34s": 34_000,
  "请在 60 秒后重试": 60_000,
  "请 2 分钟后再试": 120_000,
  "reset at 2026/11/22 00:00": 55_500_000,
  "reset on 2026-11-22": 55_500_000,
  "resets at 2026-11-21 18:00:00 UTC+8": 5_100_000,
  "resets 2026-11-22T00:00:00+08": 26_700_000,
  "将于 2026-11-22 00:00:00 重置": 55_500_000,
  "will reset at 00:00 UTC": 55_500_000,
  "resets at midnight UTC": 55_500_000,
  "will reset at 08:00 UTC": 84_300_000, // tomorrow
  "will reset at 99:99 UTC": undefined,
  "x-ratelimit-reset: 1795305600": 55_500_000,
  "x-ratelimit-reset: 1795305600000": 55_500_000,
  "try again tomorrow": 55_500_000,
  "请明天再试": 55_500_000,
  "您的用量将在 11月23日 08:30 重置，已达上限": 172_500_000,
  "将于11月23日下午3点重置": 195_900_000,
  "配额将于北京时间2026年11月22日0点恢复": 26_700_000,
  "请在北京时间 11月22日 0时 后重试": 26_700_000,
  "將於11月23日8點30分重置": 172_500_000,
  "利用枠は11月23日8時30分にリセットされます": 172_500_000,
  "한국시간 11월 22일 0시 30분에 초기화됩니다": 24_900_000,
  "将于 11-23 08:30 重置": 172_500_000,
  "将于明天20点重置": 127_500_000,
  "try again tomorrow at 20:00": 127_500_000,
  "8小时后重置": 28_800_000,
  "请在 8 時間後に再試行": 28_800_000,
  "Vuelve a intentarlo en 2 horas": 7_200_000,
  "Riprova tra 2 ore": 7_200_000,
  "Please try again later": undefined,
  "429 of 500 tokens in 3s": undefined,
  "": undefined,
};

for (const [message, ms] of Object.entries(MESSAGES)) {
  Deno.test(`findRetryAt() returns ${ms} ms from now for "${message}"`, () => {
    assertEquals(findRetryAt(message, NOW), ms && NOW + ms);
  });
}

Deno.test("findRetryAt() starts tomorrow with the service's day", () => {
  const message = "try again tomorrow";
  const dayBeginsMs = 16 * 3_600_000; // midnight in China
  assertEquals(
    findRetryAt(message, NOW, { dayBeginsMs }),
    Date.parse("2026-11-21T16:00:00Z"),
  );
});

const PIECES: [string, ...string[]] = [
  "again",
  ...["retry", "reset at", "until", "wait", "in", "after", "."],
  ...["2026-11-22T00:00:00Z", "2026-11-22 10:00", "99:99", "T", "Z", "+0800"],
  ...["Sat, 21 Nov 2026 08:36:00 GMT", "Nov", "GMT", "9".repeat(30), "-1"],
  ...["tomorrow", "midnight", "1795305600", "1795305600000", "retry_after"],
  ...["UTC+8", "GMT", "2026/1/1", "秒", "后", "1e5", "毫毫"],
  ...["1", "30", "1.5", "0", "s", "m", "h", "d", "ms", "min", "hours", "days"],
  ...[" ", "\n", "\0", "ü", "🙂", "\ud800", "(", "]", "\\", "e9", ":", ","],
];

const READERS = { parseRetryAfter, findRetryAt };

for (const [name, read] of Object.entries(READERS)) {
  Deno.test(`${name}() returns no time out of range for arbitrary texts`, () => {
    const random = seeded(4);
    let given = 0;
    for (let turn = 0; turn < 20_000; turn++) {
      const length = random.between(0, 8);
      const text = Array.from({ length }, () => random.pick(PIECES)).join(
        random.chance(0.5) ? " " : "",
      );
      const at = read(text, NOW);
      if (at === undefined) continue;
      given++;
      const isInRange = at > NOW && at <= NOW + FARTHEST_MS;
      assert(isInRange && Number.isInteger(at), `${at} for "${text}"`);
    }
    assert(given > 100, `only ${given} of the texts gave a time`);
  });
}
