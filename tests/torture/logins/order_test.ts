/**
 * The fakes do what the real programs do to a login, in the same order. The real
 * ones are looked at by `strace`, with a service on loopback.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { testWith } from "../../support/needs.ts";
import { realClaude } from "../../support/real_claude.ts";
import { realCodex } from "../../support/real_codex.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { FILES, formatLogin, HOMES, putLogin } from "./login_file.ts";
import { fakeSteps, type TracedRun, traceSteps } from "./order.ts";
import { type Case, CASES, SLOT, STORED } from "./order_cases.ts";
import { putFake } from "./programs.ts";
import { startTlsProxy } from "./tls_proxy.ts";
import { startTokenService } from "./token_service.ts";

const isTraceable = Deno.build.os === "linux";
const testTraced = {
  claude: await testWith("openssl", "strace"),
  codex: await testWith("strace"),
};

for (const [name, it] of Object.entries(CASES)) {
  const { agent, version, isReal = true } = it;
  Deno.test(`the fake ${agent} ${version}: ${name}`, async () => {
    assertEquals(await stepsOf(it, "fake"), it.steps);
  });

  if (!isReal || !isTraceable) continue;
  testTraced[agent](
    `the real ${agent} ${version}: ${name}`,
    async () => assertEquals(await stepsOf(it, "real"), it.steps),
  );
}

/** Separates a request from the steps around it in the trace. */
const LATENCY_MS = 200;

async function stepsOf(it: Case, which: "fake" | "real"): Promise<string[]> {
  const { agent, version, isDue = false, refuse, withToken, input } = it;
  await using dir = await tempDir();
  await using service = startTokenService();
  await using proxy = which === "real" && agent === "claude"
    ? await startTlsProxy(service.url)
    : undefined;
  const home = await Deno.realPath(dir.path);
  service.latencyMs = LATENCY_MS;
  service.refuse = refuse;
  const { book } = service;
  book.lifetimeS = () => isDue && book.families.size === 1 ? 60 : 3_600;
  const granted = book.login("anna");
  book.lifetimeS = () => 3_600;
  const text = formatLogin(agent, granted, { isAged: isDue });
  const plain = `${home}/${HOMES[agent]}/${FILES[agent]}`;
  if (agent === "codex") {
    putLogin(`${home}/${SLOT}`, text);
    Deno.symlinkSync("accounts/1/auth.json", plain);
  } else {
    putLogin(plain, text);
  }
  const run: TracedRun = {
    bin: which === "fake"
      ? await putFake(`${home}/bin`, { agent, version })
      : agent === "codex"
      ? await realCodex(version)
      : await realClaude(version),
    args: [
      ...(which === "real" ? optionsOf(it, service.url) : []),
      ...it.args.map((arg) => arg === "URL" ? service.url : arg),
    ],
    env: {
      ...environment(home, service.url),
      ...proxy?.env,
      ...(withToken && which === "real"
        ? {
          CLAUDE_CODE_OAUTH_REFRESH_TOKEN: book.login("ben").refresh,
          CLAUDE_CODE_OAUTH_SCOPES: "user:inference user:profile",
        }
        : {}),
    },
    ...(input === undefined ? {} : { input }),
  };
  const steps = which === "fake"
    ? await fakeSteps(run)
    : await traceSteps(run, service);
  return agent === "claude" ? readUnderLock(steps) : steps;
}

/** What the real codex needs to ask the service of the test. */
function optionsOf({ agent, version }: Case, url: string): string[] {
  if (agent !== "codex" || version === "0.100.0") return [];
  return ["-c", `openai_base_url="${url}/codex"`];
}

function environment(home: string, url: string): Record<string, string> {
  return {
    HOME: home,
    PATH: Deno.env.get("PATH") ?? "",
    DENO_DIR: Deno.env.get("DENO_DIR") ?? "",
    TORTURE_SERVICE: url,
    CODEX_REFRESH_TOKEN_URL_OVERRIDE: `${url}/codex/token`,
    CODEX_REVOKE_TOKEN_URL_OVERRIDE: `${url}/codex/revoke`,
    OPENAI_BASE_URL: `${url}/codex`,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_MAX_RETRIES: "0",
  };
}

/**
 * The threads of claude read its file at any time. What matters is one of these
 * reads: between the last lock and the request.
 */
function readUnderLock(steps: readonly string[]): string[] {
  const request = steps.indexOf("request /v1/oauth/token");
  const locked = steps.lastIndexOf("lock .claude.lock", request);
  const read = steps.lastIndexOf(`read ${STORED}`, request);
  assert(locked < 0 || read > locked, "the file is not read under the lock");
  return steps.filter((it, at) =>
    !it.startsWith("read ") || at === read && locked >= 0
  );
}
