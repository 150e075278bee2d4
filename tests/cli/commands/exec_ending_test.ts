import { assertEquals, assertMatch } from "@std/assert";
import { exec } from "../../support/fake_exec.ts";
import {
  fakeHome,
  OUT_OF_QUOTA,
  WAITS_FOR_LOGIN,
} from "../../support/fake_qwen.ts";
import { processesOf } from "../../support/processes.ts";

interface Ending {
  play: string;
  args?: string[];
  code: number;
  stderr: RegExp;
}

const QUOTA_ERROR = /error: No account is ready: account 1 is out of quota\n/;

const ENDINGS: Record<string, Ending> = {
  "qwen fails with a code of its own": {
    play: "echo half; echo broken >&2; exit 56",
    code: 56,
    stderr:
      /^broken\nhalf\naccount-qwen: error: .* account 1 failed: broken\n$/,
  },
  "qwen fails with code 0 (0.5.2)": {
    play: 'echo; echo "[API Error: 404 No model]" >&2',
    code: 1,
    stderr: /error: The request was refused: 404 No model\n/,
  },
  "qwen ends by its own --max-wall-time (0.24.4)": {
    play: "echo Run aborted: wall-clock budget exceeded >&2; exit 55",
    code: 124,
    stderr: /error: Account 1 did not answer within .* s: Run aborted/,
  },
  "qwen refuses accounts of its kind (0.24.4)": {
    play:
      "echo Qwen OAuth free tier was discontinued on 2026-04-15. >&2; exit 1",
    code: 4,
    stderr:
      /error: The service has discontinued this type of account: .*\n.*hint: /,
  },
  "the service is broken": {
    play: 'echo "[API Error: 503 Unavailable]" >&2; exit 1',
    code: 1,
    stderr: /error: Cannot reach the service of account 1: 503 /,
  },
  "the key is refused": {
    play: 'echo "[API Error: 401 Incorrect API key]" >&2; exit 1',
    code: 4,
    stderr: /error: No account is ready: account 1 was refused\n/,
  },
  "the account is rate-limited": {
    play: 'echo "[API Error: 429 Slow down]" >&2; exit 1',
    code: 75,
    stderr: /error: No account is ready: account 1 is rate-limited\n/,
  },
  "no account has quota": {
    play: OUT_OF_QUOTA,
    code: 75,
    stderr: QUOTA_ERROR,
  },
  "the login is dead": {
    play: WAITS_FOR_LOGIN,
    code: 4,
    stderr:
      /account 1 needs a new login\naccount-qwen: hint: account-qwen login 1\n/,
  },
  "the time is up": {
    play: "echo half; for _ in 1 2 3; do sleep 20; done",
    args: ["--timeout", "100ms"],
    code: 124,
    stderr:
      /account 1 did not answer within .*\naccount-qwen: hint: .*--timeout/i,
  },
  "the program is missing": {
    play: "exit 0",
    args: ["--bin", "no-such-qwen"],
    code: 127,
    stderr: /error: Cannot run "no-such-qwen".*\n.*hint: npm install -g /,
  },
  "the account is missing": {
    play: "exit 0",
    args: ["--account", "9"],
    code: 2,
    stderr: /error: Cannot use account 9: it does not exist \(have: 1\)\n/,
  },
  "a flag is unknown": {
    play: "exit 0",
    args: ["--timeuot", "5s"],
    code: 2,
    stderr:
      /error: .*did you mean "--timeout"\?\)\n.*hint: .* exec --timeout 2m/,
  },
  "SIGTERM ends qwen": {
    play: "kill -TERM $$",
    code: 143,
    stderr: /error: The run with account 1 failed: exit code 143\n/,
  },
  "SIGKILL ends qwen": {
    play: "kill -KILL $$",
    code: 137,
    stderr: /error: The run with account 1 failed: exit code 137\n/,
  },
};

for (
  const [when, { play, args = [], code, stderr }] of Object.entries(ENDINGS)
) {
  Deno.test(`exec exits with ${code} and an empty stdout when ${when}`, async () => {
    await using home = await fakeHome({ 1: play });
    const result = await exec(home, [...args, "--", "hello"]);
    assertEquals({ code: result.code, stdout: result.stdout }, {
      code,
      stdout: "",
    });
    assertMatch(result.stderr, stderr);
    assertEquals(await processesOf(home.path), []);
  });

  if (code === 2) continue;
  Deno.test(`exec --fallback prints its text with code 0 when ${when}`, async () => {
    await using home = await fakeHome({ 1: play });
    const fallback = ["--fallback", "(nothing today)"];
    const result = await exec(home, [...args, ...fallback, "--", "hello"]);
    assertEquals({ code: result.code, stdout: result.stdout }, {
      code: 0,
      stdout: "(nothing today)\n",
    });
    assertMatch(result.stderr, /account-qwen: error: /);
  });
}

Deno.test("exec exits with 75 when some account has no quota and the others have no login", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: WAITS_FOR_LOGIN });
  const { code, stdout } = await exec(home, ["--", "hello"]);
  assertEquals({ code, stdout }, { code: 75, stdout: "" });
});

for (const word of ["9", "nobody"]) {
  Deno.test(`exec --fallback does not hide that no account is called ${word}`, async () => {
    await using home = await fakeHome({ 1: "exit 0" });
    const args = ["--account", word, "--fallback", "(nothing)", "--", "hello"];
    const { code, stdout } = await exec(home, args);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
  });
}
