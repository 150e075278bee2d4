/**
 * The real `qwen` 0.12.0 with several logins at the same time. Their tokens
 * expire so early that nearly every run refreshes one, at a service that
 * accepts each refresh token once.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { answerResponse, type ChatRequest } from "../support/chat_wire.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { runCli, type RunResult } from "../support/cli.ts";
import { type TestHome, testHome } from "../support/home.ts";
import {
  type OneTimeService,
  oneTimeService,
} from "../support/one_time_service.ts";
import { realQwen } from "../support/real_qwen.ts";

const ANSWER = "The capital of France is Paris.";

/** qwen refreshes a token that expires within 30 s, so two seconds are left. */
const LIFETIME_S = 32;

/** How long each answer takes. */
const ANSWER_MS = 500;

const ROUNDS = 3;
const PARALLEL = 4;
const DEADLINE_MS = 60_000;

Deno.test("parallel runs and switches leave every account usable when tokens expire within seconds", async () => {
  await using scene = await setScene(3);
  const ended: RunResult[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const runs = Array.from({ length: PARALLEL }, () => scene.exec());
    // With a few of them in progress, or when all have ended.
    await Promise.race([scene.begun(1 + round), Promise.all(runs)]);
    const next = await scene.cli(["next"]);
    assertEquals(next.code, 0, next.stderr);
    ended.push(...await Promise.all(runs));
  }
  const said = ended.map((it) => it.stderr).join("\n");
  assertEquals(ended.map((it) => it.code), ended.map(() => 0), said);
  assertEquals(ended.map((it) => it.stdout), ended.map(() => ANSWER));
  const { stdout } = await scene.cli(["list", "--json"]);
  const { accounts }: { accounts: { blocked?: string }[] } = JSON.parse(stdout);
  assertEquals(
    accounts.map((it) => it.blocked ?? null),
    [null, null, null],
    said,
  );
  assertEquals(await namesIn(`${scene.home.dir}/accounts/stash`), []);
  for (const index of [1, 2, 3]) {
    const text = await Deno.readTextFile(scene.home.slot(index));
    const { refresh_token } = JSON.parse(text);
    assertEquals(scene.service.ownerOf(refresh_token), `a${index}`);
    assertEquals(scene.service.isGood(refresh_token), true, `slot ${index}`);
  }
});

interface Scene extends AsyncDisposable {
  service: OneTimeService;
  home: TestHome;
  exec(): Promise<RunResult>;
  cli(args: readonly string[]): Promise<RunResult>;
  /** Resolves when this many runs are in progress. */
  begun(count: number): Promise<void>;
}

async function setScene(accounts: number): Promise<Scene> {
  const qwen = await realQwen();
  await using owned = new AsyncDisposableStack();
  const service = owned.use(
    oneTimeService({ lifetimeS: LIFETIME_S, answer: answerSlowly }),
  );
  const { baseUrl, origin } = service;
  const home = owned.use(await testHome({ accounts, baseUrl }));
  for (let index = 1; index <= accounts; index++) {
    await Deno.writeTextFile(home.slot(index), service.login(`a${index}`));
  }
  const env = {
    PATH: qwen.path,
    NODE_OPTIONS: `--require "${CHECKOUT}/tests/fixtures/redirect_oauth.cjs"`,
    TEST_OAUTH_ORIGIN: origin,
    ACCOUNT_QWEN_OAUTH_URL: `${origin}/api/v1/oauth2`,
  };
  const cli = (args: readonly string[]) =>
    runCli(args, { home: home.path, env });
  const disposables = owned.move();
  return {
    service,
    home,
    cli,
    exec: () => cli(["exec", "--bin", qwen.bin, "--", "What is it?"]),
    async begun(count) {
      const deadline = Date.now() + DEADLINE_MS;
      while (await countRuns(home) < count) {
        if (Date.now() > deadline) throw new Error("too few runs have begun");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

/** Answers slowly, so that the runs are in progress at the same time. */
async function answerSlowly(request: ChatRequest): Promise<Response> {
  await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  return answerResponse(ANSWER, request);
}

/** The runs that are in progress. */
async function countRuns({ dir }: TestHome): Promise<number> {
  const names = await namesIn(`${dir}/accounts/runs`);
  const ids = names.filter((it) => it.startsWith("run_"))
    .map((it) => it.slice(it.lastIndexOf("_")));
  return new Set(ids).size;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder), (it) => it.name);
  } catch {
    return [];
  }
}
