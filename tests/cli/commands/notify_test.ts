import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { answers, OUT_OF_QUOTA } from "../../support/fake_qwen.ts";
import { exec } from "../../support/fake_exec.ts";
import {
  type NotifyHome,
  notifyHome,
  SECRET,
} from "../../support/notify_home.ts";
import type { Treatment } from "../../support/receiver.ts";
import { until } from "../../support/until.ts";
import { exists } from "../../support/exists.ts";

import "../../support/load_libc.ts";

const PLAYS = { 1: OUT_OF_QUOTA, 2: answers("Paris") };
const CI = { env: { CI: "true" } };

async function notify(
  home: NotifyHome,
  args: readonly string[],
  env: Record<string, string> = {},
) {
  return await runCli(["notify", ...args], { home: home.path, env });
}

/** Writes a file that only we may read, and returns its path. */
async function secretFile(home: NotifyHome, name: string, text: string) {
  const path = `${home.path}/${name}`;
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  return path;
}

/** Writes a program into `bin/`; returns a `PATH` that finds it first. */
async function program(home: NotifyHome, name: string, script: string) {
  await Deno.mkdir(`${home.path}/bin`, { recursive: true });
  const path = `${home.path}/bin/${name}`;
  await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return `${home.path}/bin:${Deno.env.get("PATH")}`;
}

Deno.test("notify test sends a signed message to a webhook", async () => {
  await using home = await notifyHome(PLAYS);
  const { code, stdout } = await notify(home, ["test"]);
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "hook: sent (HTTP 204)\n",
  });
  const [{ line = "", headers, body = "" } = {}] = home.receiver.received;
  assertEquals(line, "POST /hook");
  assertEquals(JSON.parse(body).type, "test");
  const [id, timestamp, signature] = ["id", "timestamp", "signature"]
    .map((it) => headers?.get(`webhook-${it}`) ?? "");
  assertMatch(id ?? "", /^msg_[0-9a-f]{32}$/);
  const key = await crypto.subtle.importKey(
    "raw",
    Uint8Array.fromBase64(SECRET.slice("whsec_".length)),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  const isSigned = await crypto.subtle.verify(
    "HMAC",
    key,
    Uint8Array.fromBase64((signature ?? "").replace(/^v1,/, "")),
    new TextEncoder().encode(`${id}.${timestamp}.${body}`),
  );
  assertEquals(isSigned, true);
});

Deno.test("notify test reaches services in their own forms", async () => {
  await using home = await notifyHome(PLAYS);
  const { url } = home.receiver;
  const slack = await secretFile(home, "slack", `${url}/T0KEN\n`);
  const token = await secretFile(home, "token", "123:T0KEN");
  await home.configure(`notify:
  targets:
    a: {type: slack, url_file: ${slack}}
    b: {type: telegram, url: ${url}, chat: -100, token_file: ${token}}
    c: {type: ntfy, url: "${url}/topic", token_file: ${token}}
    d: {type: plain, url: "${url}/plain"}
    e: {type: discord, url: "${url}/discord?wait=true"}
`);
  const { code, stdout, stderr } = await notify(home, ["test"]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertNotMatch(stdout, /T0KEN/);
  const lines = home.receiver.received.map((it) => it.line).sort();
  assertEquals(lines, [
    "POST /T0KEN",
    "POST /bot123:T0KEN/sendMessage",
    "POST /discord?wait=true",
    "POST /plain",
    "POST /topic",
  ]);
  const ntfy = home.receiver.received.find((it) => it.line.endsWith("/topic"));
  assertEquals(ntfy?.headers.get("authorization"), "Bearer 123:T0KEN");
});

const REFUSALS: [treatment: Treatment, said: RegExp][] = [
  [500, /^hook: not sent \(HTTP 500\)\n$/],
  [
    { status: 302, headers: { location: "/elsewhere" } },
    /^hook: not sent \(HTTP 302: it redirects elsewhere, which is not followed\)\n$/,
  ],
];

for (const [treatment, said] of REFUSALS) {
  Deno.test(`notify test exits with 1 when the receiver says ${JSON.stringify(treatment)}`, async () => {
    await using home = await notifyHome(PLAYS, [treatment]);
    const { code, stdout } = await notify(home, ["test", "hook"]);
    assertEquals(code, 1);
    assertMatch(stdout, said);
    assertEquals(home.receiver.received.length, 1);
  });
}

Deno.test("notify test says why a receiver cannot be reached, without its address", async () => {
  await using home = await notifyHome(PLAYS);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await home.configure(
    `notify: {targets: {a: {type: slack, url: "http://127.0.0.1:${port}/T0KEN"}}}\n`,
  );
  const { code, stdout } = await notify(home, ["test"]);
  assertEquals({ code, stdout }, {
    code: 1,
    stdout: "a: not sent (it refuses the connection)\n",
  });
});

const SECRET_FILES: Record<
  string,
  { mode: number; text: string; said: RegExp }
> = {
  "that others may read": {
    mode: 0o644,
    text: SECRET,
    said: /is open to others \(0644\): chmod 600 /,
  },
  "without a secret": {
    mode: 0o600,
    text: "T0KEN-in-plain",
    said: /does not begin with whsec_/,
  },
};

for (const [name, { mode, text, said }] of Object.entries(SECRET_FILES)) {
  Deno.test(`notify test sends nothing with a file ${name}`, async () => {
    await using home = await notifyHome(PLAYS);
    await Deno.writeTextFile(`${home.path}/hook-secret`, text);
    await Deno.chmod(`${home.path}/hook-secret`, mode);
    const { code, stdout } = await notify(home, ["test"]);
    assertEquals(code, 1);
    assertMatch(stdout, said);
    assertNotMatch(stdout, /T0KEN|whsec_[A-Za-z0-9]{8}/);
    assertEquals(home.receiver.received, []);
  });
}

for (const type of ["ntfy", "telegram"]) {
  Deno.test(`notify test names the file of ${type} whose token has an invisible character`, async () => {
    await using home = await notifyHome(PLAYS);
    const { url } = home.receiver;
    const token = await secretFile(home, "token", "123:\u200bT0KEN\n");
    const chat = type === "telegram" ? "chat: -100, " : "";
    await home.configure(
      `notify: {targets: {a: {type: ${type}, ${chat}url: "${url}/x", token_file: ${token}}}}\n`,
    );
    const { code, stdout } = await notify(home, ["test"]);
    assertEquals({ code, stdout }, {
      code: 1,
      stdout:
        `a: not sent (Cannot use "${token}": it has a character that no token has)\n`,
    });
    assertEquals(home.receiver.received, []);
  });
}

Deno.test("a program gets the message as JSON on stdin, its arguments as they are, and no secret", async () => {
  await using home = await notifyHome(PLAYS);
  const PATH = await program(
    home,
    "record",
    `cat >"$HOME/stdin"; printf '%s\\n' "$@" >"$HOME/args"; env >"$HOME/env"`,
  );
  await home.configure(
    `notify:\n  targets:\n    p: {type: program, command: [record, "$(id)", "a b"]}\n`,
  );
  const { stdout } = await notify(home, ["test"], {
    PATH,
    OPENAI_API_KEY: "T0KEN",
    LANG: "C",
  });
  assertEquals(stdout, "p: sent (exit code 0)\n");
  const read = (name: string) => Deno.readTextFile(`${home.path}/${name}`);
  assertEquals(await read("args"), "$(id)\na b\n");
  const { id, type, data } = JSON.parse(await read("stdin"));
  assertMatch(id, /^msg_/);
  assertEquals([type, data.command], ["test", "account-qwen notify list"]);
  assertNotMatch(await read("env"), /T0KEN|OPENAI/);
  assertStringIncludes(await read("env"), "LANG=C\n");
});

Deno.test("a program that hangs is ended with everything that it has started", async () => {
  await using home = await notifyHome(PLAYS);
  const script = 'sleep 300 & echo $! >"$HOME/child"; wait';
  const PATH = await program(home, "hang", script);
  await home.configure(
    "notify:\n  targets:\n    p: {type: program, command: [hang]}\n",
  );
  const { code, stdout } = await notify(home, ["test"], { PATH });
  assertEquals({ code, stdout }, {
    code: 1,
    stdout: "p: not sent (no answer within 10 s)\n",
  });
  const child = (await Deno.readTextFile(`${home.path}/child`)).trim();
  await until("the child ends", async () => !await exists(`/proc/${child}`));
});

Deno.test("a missing program is reported", async () => {
  await using home = await notifyHome(PLAYS);
  await home.configure(
    "notify:\n  targets:\n    p: {type: program, command: [no-such-program]}\n",
  );
  const { code, stdout } = await notify(home, ["test"]);
  assertEquals({ code, stdout }, {
    code: 1,
    stdout: 'p: not sent (there is no program "no-such-program")\n',
  });
});

Deno.test("the desktop gets the title as it is, and the rest as markup", async () => {
  await using home = await notifyHome(PLAYS);
  const PATH = await program(
    home,
    "notify-send",
    `printf '%s\\n' "$@" >"$HOME/shown"`,
  );
  await home.configure("notify:\n  targets:\n    desk: {type: desktop}\n");
  await runCli(["label", "1", "R&D <b>"], { home: home.path });
  await exec(home, ["--", "hello"], { env: { CI: "true", PATH } });
  const shown = await Deno.readTextFile(`${home.path}/shown`);
  assertEquals(
    shown,
    "--app-name=account-qwen\n--\n" +
      "qwen: account 2 is in use now\n" +
      "It replaces R&amp;D &lt;b&gt; (account 1).\naccount-qwen log\n",
  );
});

Deno.test("notify list shows where targets are without their secrets, and what waits", async () => {
  await using home = await notifyHome(PLAYS, [500, 500, 500, 500, 500]);
  const url = `${home.receiver.url}/T0KEN`;
  await home.configure(`notify:
  targets:
    team: {type: slack, url: "${url}", events: [account.exhausted]}
    desk: {type: desktop, events: [pool.exhausted]}
`);
  await exec(home, ["--", "hello"], CI);
  const { code, stdout, stderr } = await notify(home, ["list"]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertNotMatch(stdout, /T0KEN/);
  assertMatch(
    stdout,
    /^team +slack +127\.0\.0\.1:\d+ +1 +.* not sent yet: HTTP 500$/m,
  );
  assertMatch(stdout, /^desk +desktop +desktop +0 +-$/m);
  assertMatch(stdout, /^waiting, due .*: qwen: account 1 is out of quota$/m);
});

Deno.test("notify flush sends what waits for its next try", async () => {
  await using home = await notifyHome(PLAYS, Array(8).fill(503));
  await exec(home, ["--", "hello"], CI);
  home.receiver.treatments.splice(0);
  const { code, stdout } = await notify(home, ["flush"], { CI: "true" });
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "sent 2, failed 0, waiting 0\n",
  });
  const again = await notify(home, ["flush", "--json"], { CI: "true" });
  const { sent, failed, waiting } = JSON.parse(again.stdout);
  assertEquals({ sent, failed, waiting }, { sent: 0, failed: 0, waiting: 0 });
});

Deno.test("an answer that is final ends a message, and is in the log", async () => {
  await using home = await notifyHome(PLAYS, [410, 410]);
  const { stderr } = await exec(home, ["--", "hello"], CI);
  assertStringIncludes(stderr, "cannot tell hook: HTTP 410");
  const events = await home.events("notify_dropped");
  assertEquals(events.map(({ from, reason }) => [from, reason]), [
    [1, "account.exhausted: hook: HTTP 410"],
    [2, "account.switched: hook: HTTP 410"],
  ]);
  const { stdout } = await notify(home, ["flush"], { CI: "true" });
  assertEquals(stdout, "sent 0, failed 0, waiting 0\n");
});

Deno.test("a message that was due a day ago is tried once more, and then dropped", async () => {
  await using home = await notifyHome(PLAYS, Array(8).fill(500));
  await exec(home, ["--", "hello"], CI);
  const before = new Date(Date.now() - 25 * 3_600_000).toISOString();
  for (const name of await home.outbox()) {
    if (!name.startsWith("msg_")) continue;
    const path = `${home.dir}/outbox/${name}`;
    const message = JSON.parse(await Deno.readTextFile(path));
    const late = { ...message, created_at: before, due_at: before };
    await Deno.writeTextFile(path, JSON.stringify(late));
  }
  const { code, stdout } = await notify(home, ["flush"], { CI: "true" });
  assertEquals({ code, stdout }, {
    code: 1,
    stdout: "sent 0, failed 2, waiting 0\n",
  });
  const [event] = await home.events("notify_dropped");
  assertEquals(
    event?.reason,
    "account.exhausted: hook: gave up after a day: HTTP 500",
  );
});

Deno.test("messages for a target that is no longer in the settings are dropped", async () => {
  await using home = await notifyHome(PLAYS, Array(8).fill(500));
  await exec(home, ["--", "hello"], CI);
  const { length } = home.receiver.received;
  await home.configure("notify: {targets: {desk: {type: desktop}}}\n");
  const { stdout } = await notify(home, ["flush"], { CI: "true" });
  assertEquals(stdout, "sent 0, failed 0, waiting 0\n");
  assertEquals(home.receiver.received.length, length);
});

Deno.test("messages stay while the settings cannot be used", async () => {
  await using home = await notifyHome(PLAYS, Array(8).fill(500));
  const valid = await Deno.readTextFile(`${home.dir}/account-qwen.yaml`);
  await exec(home, ["--", "hello"], CI);
  await home.configure("notify: [\n");
  const { code } = await notify(home, ["flush"], { CI: "true" });
  assertEquals(code, 2);
  await runCli(["label", "1", "work"], { home: home.path, ...CI });
  await home.configure(valid);
  home.receiver.treatments.splice(0);
  const { stdout } = await notify(home, ["flush"], { CI: "true" });
  assertEquals(stdout, "sent 2, failed 0, waiting 0\n");
});

Deno.test("a target that asks for patience gets it", async () => {
  const busy = { status: 429, headers: { "retry-after": "3" } };
  await using home = await notifyHome(PLAYS, [busy, busy]);
  await exec(home, ["--", "hello"], CI);
  const triedBefore = Date.now();
  const { stdout } = await notify(home, ["list", "--json"]);
  const { waiting } = JSON.parse(stdout);
  const [{ created_at, targets: [{ next_at, said }] }] = waiting;
  assertEquals(said, "HTTP 429");
  const nextAt = Date.parse(next_at);
  assert(nextAt - Date.parse(created_at) >= 3_000, stdout);
  assert(nextAt - triedBefore < 6_000, stdout);
});

const MISTAKES: [args: string[], message: RegExp][] = [
  [["tests"], /unknown action "tests" \(did you mean "test"\?\)/],
  [["test", "hok"], /there is no target "hok" \(did you mean "hook"\?\)/],
  [["list", "x"], /unexpected argument "x"/],
  [["list", "--drain"], /--drain belongs to flush/],
];

for (const [args, message] of MISTAKES) {
  Deno.test(`notify ${args.join(" ")} is a mistake`, async () => {
    await using home = await notifyHome(PLAYS);
    const { code, stderr } = await notify(home, args);
    assertEquals(code, 2);
    assertMatch(stderr, message);
  });
}

Deno.test("a mistake in a target names its place, and the nearest key", async () => {
  await using home = await notifyHome(PLAYS);
  await home.configure(
    "strategy: sticky\nnotify:\n  targets:\n    team: {type: slack, url_fil: /x}\n",
  );
  const { code, stderr } = await notify(home, ["list"]);
  assertEquals(code, 2);
  assertMatch(
    stderr,
    /line 2, column 1: notify: targets\.team\.url_fil: unknown key \(did you mean "url_file"\?\)/,
  );
});

Deno.test("config set and unset keep the targets", async () => {
  await using home = await notifyHome(PLAYS);
  const path = `${home.dir}/account-qwen.yaml`;
  const targets = `notify: # who is told
  targets:
    # the team
    team:
      type: slack
      url_file: /run/slack
      events:
      - pool.exhausted
`;
  await home.configure(`timeout: 5m\n${targets}strategy: sticky\n`);
  const config = (...args: string[]) =>
    runCli(["config", ...args], { home: home.path });
  await config("set", "strategy", "fill-first");
  await config("unset", "timeout");
  await config("set", "max_retries", "3");
  assertEquals(
    await Deno.readTextFile(path),
    `${targets}strategy: fill-first\nmax_retries: 3\n`,
  );
  const { code, stderr } = await config("set", "notify", "x");
  assertEquals(code, 2);
  assertMatch(stderr, /notify is a section of the file/);
});

Deno.test("messages and the outbox are closed to others, and have no secret", async () => {
  await using home = await notifyHome(PLAYS, Array(8).fill(500));
  await exec(home, ["--", "hello"], CI);
  const folder = `${home.dir}/outbox`;
  assertEquals((await Deno.stat(folder)).mode! & 0o777, 0o700);
  for (const name of await home.outbox()) {
    const path = `${folder}/${name}`;
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    assertNotMatch(await Deno.readTextFile(path), /secret|127\.0\.0\.1/);
  }
});

Deno.test("doctor finds an outbox that others may read, and --fix closes it", async () => {
  await using home = await notifyHome(PLAYS, Array(8).fill(500));
  await exec(home, ["--", "hello"], CI);
  await Deno.chmod(`${home.dir}/outbox`, 0o755);
  const found = await runCli(["doctor"], { home: home.path });
  assertMatch(found.stdout, /outbox is open to others \(0755\)/);
  await runCli(["doctor", "--fix"], { home: home.path, ...CI });
  assertEquals((await Deno.stat(`${home.dir}/outbox`)).mode! & 0o777, 0o700);
});
