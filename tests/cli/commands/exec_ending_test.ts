import { assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import {
  FAKE_QWEN,
  type FakeHome,
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
    play: "echo half; echo broken >&2; exit 55",
    code: 55,
    stderr:
      /^broken\nhalf\naccount-qwen: error: .* account 1 failed: broken\n$/,
  },
  "qwen fails with code 0 (0.5.2)": {
    play: 'echo; echo "[API Error: 404 No model]" >&2',
    code: 1,
    stderr: /error: The run with account 1 failed: \[API Error: 404 No model\]/,
  },
  "no account has quota": {
    play: OUT_OF_QUOTA,
    code: 75,
    stderr: QUOTA_ERROR,
  },
  "the login is dead": {
    play: WAITS_FOR_LOGIN,
    code: 4,
    stderr: /account 1 needs a new login\naccount-qwen: hint: log in again/,
  },
  "the time is up": {
    play: "echo half; while :; do sleep 600; done",
    args: ["--timeout", "100ms"],
    code: 124,
    stderr:
      /account 1 gave no answer within .*\naccount-qwen: hint: .*--timeout/i,
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
    code: 1,
    stderr: /error: Cannot use account 9: present are 1\n/,
  },
  "a flag is unknown": {
    play: "exit 0",
    args: ["--timeuot", "5s"],
    code: 2,
    stderr:
      /error: .*nearest is "--timeout"\n.*hint: account-qwen exec --help\n/,
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
  Deno.test(`exec ends with ${code} and an empty stdout when ${when}`, async () => {
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

Deno.test("exec ends with 75 when some account has no quota and the others no login", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: WAITS_FOR_LOGIN });
  const { code, stdout } = await exec(home, ["--", "hello"]);
  assertEquals({ code, stdout }, { code: 75, stdout: "" });
});

async function exec(home: FakeHome, args: readonly string[]) {
  const all = ["exec", "--bin", FAKE_QWEN, ...args];
  return await runCli(all, { home: home.path });
}
