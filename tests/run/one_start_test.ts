/**
 * Starts of `codex` whose token expires soon, by a stand-in that refreshes a
 * login as `codex` does, and a service that accepts each refresh token once.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { accountQwen } from "../support/cli.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { accessTokenUntil, loginOf } from "../support/codex_login.ts";
import { spawn, until } from "../support/deadline.ts";
import { coveredDenoEnv } from "../support/deno_env.ts";
import { type LoginScene, loginScene } from "../support/login_run_scene.ts";

const FIXTURE = `${CHECKOUT}/tests/fixtures/refreshing_agent.ts`;
const REFRESHES = `'${Deno.execPath()}' run --cached-only -A '${FIXTURE}' ||
  exit 1`;

Deno.test("exec --cli codex at the same time spends a refresh token once", async () => {
  await using scene = await dueScene();
  const runs = await Promise.all(
    [1, 2].map(() => scene.exec({ script: REFRESHES, env: scene.env })),
  );
  assertEquals(
    runs.map((it) => [it.code, it.stdout]),
    runs.map(() => [0, "Paris\n"]),
    runs.map((it) => it.stderr).join(),
  );
  assertEquals(scene.sent.length, 1);
});

Deno.test("exec --cli codex waits for the agent of a run that was killed", async () => {
  await using scene = await dueScene();
  const [program = "", ...first] = accountQwen();
  const killed = spawn(program, {
    args: [...first, "--cli=codex", "exec", `--bin=${scene.bin}`, "--", "hi"],
    clearEnv: true,
    env: {
      ...await coveredDenoEnv(),
      ...scene.env,
      HOME: scene.home,
      PATH: `${Deno.env.get("PATH")}`,
      STAND_IN: REFRESHES,
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  await until(() => scene.sent.length > 0, { what: "the refresh" });
  killed.kill("SIGKILL");
  await killed.status;
  const { code, stdout, stderr } = await scene.exec({
    script: REFRESHES,
    env: scene.env,
  });
  assertEquals([code, stdout], [0, "Paris\n"], stderr);
  assertEquals(scene.sent.length, 1);
});

Deno.test("exec --cli codex does not start beside plain codex with the same login, unless --force", async () => {
  await using scene = await dueScene();
  const program = `${scene.home}/codex`;
  await Deno.symlink("/bin/sh", program); // so that it is not run by another
  const plain = spawn(program, {
    args: ["-c", "read -r _"],
    clearEnv: true,
    env: { HOME: scene.home },
    stdin: "piped",
  });
  const exec = ["exec", `--bin=${scene.bin}`, "--", "hi"];
  const { code, stdout, stderr } = await scene.cli(exec);
  assertEquals([code, stdout], [75, ""]);
  assertMatch(
    stderr,
    /^account-qwen: error: Cannot use account 1, whose token must be refreshed: plain codex is running \(process \d+\)\n/,
  );
  assertMatch(stderr, /hint: end it, or use --force/);
  const other = await scene.exec({ options: ["--account=2"] });
  assertEquals(other.code, 0, other.stderr);
  const forced = await scene.exec({ options: ["--force"] });
  assertEquals(forced.code, 0, forced.stderr);
  await plain.stdin.close();
  await plain.status;
});

/** How long a refresh takes: a start that does not wait asks meanwhile. */
const LATENCY_MS = 2_000;

interface DueScene extends LoginScene {
  /** The refresh tokens that the service got. */
  sent: readonly string[];
  /** The variables of the stand-in. */
  env: Record<string, string>;
}

/** Sets a scene in which the token of account 1, plain codex's, has expired. */
async function dueScene(): Promise<DueScene> {
  const scene = await loginScene("codex", { version: "0.171.0" });
  const past = Math.floor(Date.now() / 1000) - 60;
  for (const account of [1, 2]) {
    const path = `${scene.folder(account)}/auth.json`;
    const exp = account === 1 ? past : undefined;
    await Deno.writeFile(path, loginOf(`account-${account}`, { exp }).bytes);
  }
  await Deno.symlink("accounts/1/auth.json", `${scene.agentHome}/auth.json`);
  const sent: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { refresh_token } = await request.json();
      const isSpent = sent.includes(refresh_token);
      sent.push(refresh_token);
      await until(() => holds(), { what: "two runs with account 1" });
      await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
      if (isSpent) return Response.json({ error: "reused" }, { status: 401 });
      return Response.json({
        access_token: accessTokenUntil(4_102_444_800),
        refresh_token: "refresh-2",
      });
    },
  );
  const holds = () => areHeldTwice(`${scene.agentHome}/accounts/runs`);
  const TOKEN_URL = `http://127.0.0.1:${server.addr.port}/token`;
  return {
    ...scene,
    sent,
    env: { TOKEN_URL },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await scene[Symbol.asyncDispose]();
    },
  };
}

/** Whether two or more runs have a record for account 1. */
async function areHeldTwice(runs: string): Promise<boolean> {
  const names = await Array.fromAsync(Deno.readDir(runs), (it) => it.name);
  return names.filter((it) => it.startsWith("key_run_1_")).length >= 2;
}
