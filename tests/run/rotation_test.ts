import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import {
  answers,
  fakeHome,
  OUT_OF_QUOTA,
  WAITS_FOR_LOGIN,
} from "../support/fake_qwen.ts";
import { noSpace } from "../support/files.ts";
import { processesOf } from "../support/processes.ts";
import { wrapperFor } from "./fake_wrapper.ts";

const EMPTY_ACCOUNTS = { 1: OUT_OF_QUOTA, 2: OUT_OF_QUOTA, 5: OUT_OF_QUOTA };

const ORDERS: Record<number, number[]> = {
  1: [1, 2, 5],
  2: [2, 5, 1],
  5: [5, 1, 2],
};

for (const [first, order] of Object.entries(ORDERS)) {
  Deno.test(`call() tries each account once when ${first} is active`, async () => {
    await using home = await fakeHome(EMPTY_ACCOUNTS);
    const wrapper = wrapperFor(home);
    await wrapper.accounts.switchTo(Number(first));
    const { success, attempts, accountsTried } = await wrapper.call("hello");
    assertEquals(success, false);
    assertEquals(accountsTried, order);
    assertEquals(attempts, 3);
    assertEquals(await home.asked(), order);
  });

  Deno.test(`call() begins with account ${first} if requested`, async () => {
    await using home = await fakeHome(EMPTY_ACCOUNTS);
    const account = Number(first);
    const { accountsTried } = await wrapperFor(home).call("hi", { account });
    assertEquals(accountsTried, order);
    assertEquals(await home.asked(), order);
  });
}

Deno.test("call() returns what the next account answers when one is out of quota", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 3: answers("Paris") });
  assertEquals(await wrapperFor(home).call("hello"), {
    success: true,
    output: "Paris",
    error: undefined,
    verdict: "ok",
    exitCode: 0,
    attempts: 2,
    accountsTried: [1, 3],
  });
  assertEquals(await home.link(), "accounts/oauth_creds_3.json");
});

Deno.test("call() does not keep the next account in use when the user cannot be told of it", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 3: answers("Paris") });
  const wrapper = wrapperFor(home, {
    notify: () => {
      throw new Error("nobody listens");
    },
  });
  const { error } = await wrapper.call("hello");
  assertEquals(error, "nobody listens");
  assertEquals(await home.asked(), [1]);
  await wrapper.accounts.moveAccount(3, 9);
});

Deno.test("call() takes the lock once to leave an account for the next one", async () => {
  await using home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: OUT_OF_QUOTA,
    3: answers("Paris"),
  });
  const wrapper = wrapperFor(home);
  await wrapper.call("hello", { account: 3 }); // writes the settings
  await wrapper.accounts.switchTo(1);
  using locks = countLocks(`${home.dir}/state.yaml.lock`);
  assertEquals((await wrapper.call("hello")).accountsTried, [1, 2, 3]);
  assertEquals(locks.count, 4, "to begin, to leave each of two, and to end");
});

Deno.test("call() takes the lock once to leave an account for later calls", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  const wrapper = wrapperFor(home);
  await wrapper.call("hello", { account: 2 }); // writes the settings
  await wrapper.accounts.switchTo(1);
  using locks = countLocks(`${home.dir}/state.yaml.lock`);
  const { success } = await wrapper.call("hello", { rerun: "never" });
  assertEquals(success, false);
  assertEquals(locks.count, 2, "to begin, and to end and leave");
  assertEquals(await home.link(), "accounts/oauth_creds_2.json");
});

/** Counts how often this process gets the lock at `path`. */
function countLocks(path: string): Disposable & { count: number } {
  const { files } = runtime;
  const counted = {
    count: 0,
    [Symbol.dispose]: () => void (runtime.files = files),
  };
  runtime.files = {
    ...files,
    async tryLock(asked, mode) {
      const lock = await files.tryLock(asked, mode);
      if (lock && asked === path) counted.count++;
      return lock;
    },
  };
  return counted;
}

Deno.test("call() logs the switch and its reason", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  await wrapperFor(home).call("hello");
  const [switched, ...others] = await home.events("account_switch");
  const { event, from, to } = switched ?? {};
  assertEquals({ event, from, to }, {
    event: "account_switch",
    from: 1,
    to: 2,
  });
  assertMatch(String(switched?.reason), /quota/);
  assertEquals(others, []);
});

Deno.test("call() names the account whose login cannot be saved, and returns the answer", async () => {
  const said: string[] = [];
  await using home = await fakeHome({ 1: answers("Paris") });
  const wrapper = wrapperFor(home, { notify: (text) => said.push(text) });
  wrapper.accounts.endRun = () => Promise.reject(noSpace());
  assertEquals((await wrapper.call("hello")).output, "Paris");
  assertEquals(said, [
    "account 1: cannot save its login; the next command tries again: " +
    "No space left on device",
  ]);
});

Deno.test("call() names the accounts by their labels when none is left", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: OUT_OF_QUOTA });
  const wrapper = wrapperFor(home);
  await wrapper.accounts.setLabel(1, "work");
  await wrapper.accounts.setLabel(2, "home");
  assertEquals(
    (await wrapper.call("hello")).error,
    "No account is ready: work (account 1) is out of quota, " +
      "home (account 2) is out of quota",
  );
});

Deno.test("call() says which account is out of quota and which is next", async () => {
  const said: string[] = [];
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  const notify = (text: string) => said.push(text);
  await wrapperFor(home, { notify }).call("hello");
  assertEquals(said, [
    "account 1 is out of quota (429 Free allocated quota exceeded): " +
    "continuing with account 2",
  ]);
});

Deno.test("call() copies back the login that each run has refreshed", async () => {
  const refresh = `
    live="$HOME/.qwen/oauth_creds.json"
    sed 's/secret-refresh-token/new-refresh-token/' "$live" >"$live.new"
    mv "$live.new" "$live";`;
  await using home = await fakeHome({
    1: refresh + OUT_OF_QUOTA,
    2: refresh + answers("Paris"),
  });
  await wrapperFor(home).call("hello");
  assertEquals(await home.link(), "accounts/oauth_creds_2.json");
  for (const index of [1, 2]) {
    const slot = await Deno.readTextFile(home.slot(index));
    assertStringIncludes(slot, `new-refresh-token-${index}`);
  }
});

Deno.test("call() gives the prompt as one argument to every account", async () => {
  const note = 'printf "%s|" "$@" >>"$HOME/arguments";';
  await using home = await fakeHome({
    1: note + OUT_OF_QUOTA,
    2: note + answers("Paris"),
  });
  await wrapperFor(home).call("-a 'b' $HOME\nc");
  const noted = await Deno.readTextFile(`${home.path}/arguments`);
  assertEquals(noted, "--prompt=-a 'b' $HOME\nc|".repeat(2));
});

Deno.test("call() stays with the account when that answers", async () => {
  await using home = await fakeHome({ 1: answers("Paris"), 2: answers("no") });
  const { accountsTried } = await wrapperFor(home).call("hello");
  assertEquals(accountsTried, [1]);
  assertEquals(await home.events(), []);
});

Deno.test("call() does not continue when the failure has another reason", async () => {
  await using home = await fakeHome({
    1: 'echo "[API Error: 500 Internal error]" >&2; exit 3',
    2: answers("no"),
  });
  assertEquals(await wrapperFor(home).call("hello"), {
    success: false,
    output: "",
    error: "Cannot reach the service of account 1: 500 Internal error",
    verdict: "transient",
    exitCode: 3,
    attempts: 1,
    accountsTried: [1],
  });
  assertEquals(await home.link(), "accounts/oauth_creds_1.json");
});

Deno.test("call() does not continue when the time is up", async () => {
  await using home = await fakeHome({
    1: "for _ in 1 2 3; do sleep 20; done",
    2: answers("no"),
  });
  const result = await wrapperFor(home).call("hello", { timeoutMs: 50 });
  assertEquals(result.verdict, "timeout");
  assertEquals(result.accountsTried, [1]);
  assertMatch(
    result.error ?? "",
    /^Account 1 did not answer within \d+\.\d s$/,
  );
});

const RETRIES = [
  { maxRetries: 0, attempts: 1 },
  { maxRetries: 1, attempts: 2 },
  { maxRetries: 5, attempts: 6 },
  { maxRetries: undefined, attempts: 6 },
  { maxRetries: 99, attempts: 8 },
];

for (const { maxRetries, attempts } of RETRIES) {
  Deno.test(`call() runs ${attempts} of 8 accounts when maxRetries is ${maxRetries}`, async () => {
    const indexes = Array.from({ length: 8 }, (_, at) => at + 1);
    await using home = await fakeHome(
      Object.fromEntries(indexes.map((it) => [it, OUT_OF_QUOTA])),
    );
    const result = await wrapperFor(home).call("hello", { maxRetries });
    assertEquals(result.attempts, attempts);
    assertEquals(result.accountsTried, indexes.slice(0, attempts));
    assertEquals(await home.asked(), indexes.slice(0, attempts));
  });
}

Deno.test("call() continues when a login is dead and SIGTERM is ignored", async () => {
  await using home = await fakeHome({
    1: WAITS_FOR_LOGIN,
    2: answers("Paris"),
  });
  const said: string[] = [];
  const notify = (text: string) => said.push(text);
  const result = await wrapperFor(home, { notify }).call("hello");
  assertEquals(result.output, "Paris");
  assertEquals(result.accountsTried, [1, 2]);
  assertMatch(
    said.join(),
    /^account 1 needs a new login .*continuing with account 2$/,
  );
  assertEquals(await processesOf(home.path), []);
});

Deno.test("call() says what each account lacks when none is ready", async () => {
  await using home = await fakeHome({ 1: WAITS_FOR_LOGIN, 2: OUT_OF_QUOTA });
  const { error, verdict } = await wrapperFor(home).call("hello");
  assertEquals(verdict, "quota");
  assertEquals(
    error,
    "No account is ready: account 1 needs a new login, " +
      "account 2 is out of quota",
  );
});

Deno.test("call() uses the given patterns instead of its own", async () => {
  await using home = await fakeHome({
    1: 'echo "Sorry, no TOKENS left" >&2; exit 1',
    2: 'echo "Insufficient balance" >&2; exit 1',
    3: answers("no"),
  });
  const quotaPatterns = ["no tokens left"];
  const result = await wrapperFor(home, { quotaPatterns }).call("hello");
  assertEquals(result.accountsTried, [1, 2]);
  assertEquals(result.verdict, "failed");
});
