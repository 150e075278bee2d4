import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import "../support/load_libc.ts";
import { AccountManager } from "../../lib/mod.ts";
import { accountQwen } from "../support/cli.ts";
import { startCli } from "../support/cli_process.ts";
import { within } from "../support/deadline.ts";
import { testHome } from "../support/home.ts";
import { testWith } from "../support/needs.ts";
import { Typist } from "../support/typist.ts";

const test = await testWith("script");

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";

for (
  const [key, keys, code] of [["q", "q", 0], ["Ctrl-C", "\x03", 130]] as const
) {
  test(`status --watch exits with ${code} after ${key} and restores the terminal`, async () => {
    await using home = await testHome(ACCOUNTS);
    const line =
      'trap : INT; stty -g > before; "$@" status --watch; code=$?; ' +
      "stty -g > after; exit $code";
    const { path } = home;
    const script = `set -- ${commandLine()}; ${line}`;
    await using typist = await Typist.startLine(script, { home: path });
    await typist.answer("press q to end", keys);
    assertEquals(await typist.end(), code);
    assertStringIncludes(typist.seen, ENTER);
    assert(typist.seen.trimEnd().endsWith(LEAVE), typist.seen);
    assertStringIncludes(typist.seen, "next: account 1 (active;");
    const [before, after] = await Promise.all(
      ["before", "after"].map((it) => Deno.readTextFile(`${path}/${it}`)),
    );
    assertEquals(before, after);
  });
}

test("status --watch shows changes", async () => {
  await using home = await testHome(ACCOUNTS);
  const options = { home: home.path };
  await using typist = await Typist.start(["status", "--watch"], options);
  await typist.answer("press q to end", "");
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.setCooldown(1, 3_600_000);
  await typist.answer("next: account 2 (account 1 is resting)", "q");
  assertEquals(await typist.end(), 0);
});

test("status --watch fits 60 columns and 12 rows with many accounts", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 30 });
  const script = `stty columns 60 rows 12; ${commandLine()}` +
    " status --watch";
  const options = { home: home.path };
  await using typist = await Typist.startLine(script, options);
  await typist.answer("press q to end", "q");
  await typist.end();
  const [, shown = ""] = typist.seen.split(ENTER);
  const [screen = ""] = shown.split("\x1b[J");
  const lines = screen.split("\r\n");
  assert(lines.length <= 12, screen);
  assertStringIncludes(screen, "more lines: account-qwen status");
});

Deno.test("status --watch --json prints a line for each change", async () => {
  await using home = await testHome(ACCOUNTS);
  const child = await startCli(["status", "--watch", "--json"], {
    home: home.path,
  });
  const lines = child.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(lineBreaks()).getReader();
  const next = async () => {
    const { value } = await within(lines.read(), { what: "a line" });
    return JSON.parse(value ?? "").next.index;
  };
  assertEquals(await next(), 1);
  const accounts = new AccountManager({ dir: home.dir });
  await accounts.setCooldown(1, 3_600_000);
  assertEquals(await next(), 2);
  child.kill("SIGTERM");
  await lines.cancel();
  await child.stderr.cancel();
  await child.status;
});

Deno.test("status --watch --json ends at once when nobody reads it", async () => {
  await using home = await testHome(ACCOUNTS);
  const waits: number[] = [];
  // It looked each second. On a busy machine, any of these may be late.
  while (waits.length < 10 && !waits.some((it) => it < 900)) {
    const child = await startCli(["status", "--watch", "--json"], {
      home: home.path,
    });
    const output = child.stdout.getReader();
    await within(output.read(), { what: "a line" });
    await output.cancel();
    const start = performance.now();
    await child.stderr.cancel();
    await within(child.status, { what: "the end" });
    waits.push(performance.now() - start);
  }
  assert(waits.some((it) => it < 900), `${waits} ms`);
});

function lineBreaks(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(chunk, controller) {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop() ?? "";
      for (const it of lines) controller.enqueue(it);
    },
  });
}

/** The words that start `account-qwen`, as sh(1) reads them. */
function commandLine(): string {
  return accountQwen().map((it) => `'${it}'`).join(" ");
}
