/**
 * One suite over all agents whose accounts have logins, by the command and
 * stand-in programs. Its rows that other files have as well:
 *
 * - a login that fails, is cancelled or has no owner: `tests/cli/agent_login_test.ts`;
 * - a session of `qwen` is resumed: `tests/run/resume_test.ts`; the real programs
 *   with keys: `tests/e2e/resume_test.ts`;
 * - runs of `qwen` at the same time: `tests/e2e/two_logins_test.ts`,
 *   `tests/e2e/parallel_logins_test.ts`;
 * - kills at every step: `tests/torture`, `tests/torture/logins`;
 * - hostile projects, with the real programs: `tests/e2e/claude_projects_test.ts`,
 *   `tests/e2e/claude_plans_test.ts`, `tests/e2e/codex_plans_test.ts`,
 *   `tests/e2e/other_agents_test.ts`;
 * - starts at the same time whose token expires soon:
 *   `tests/run/one_start_test.ts`, `tests/e2e/codex_start_test.ts`.
 *
 * @module
 */

import "../support/load_libc.ts";
import { assertEquals, assertMatch } from "@std/assert";
import { until } from "../support/deadline.ts";
import {
  AGENTS,
  FIRST_PLACE,
  type LoginAgent,
  type LoginsScene,
  setLogins,
} from "./logins/scene.ts";

/** The command that takes the login of the plain agent. */
const MOVE_IN: Readonly<Record<LoginAgent, string>> = {
  qwen: "setup",
  codex: "import --yes",
  claude: "import --yes",
};

for (const agent of AGENTS) {
  Deno.test(`${MOVE_IN[agent]} --cli ${agent} makes the plain login an account, in one place`, async () => {
    await using scene = await setLogins(agent);
    scene.logInPlain("anna");
    const { code, stderr } = await scene.cli(...MOVE_IN[agent].split(" "));
    assertEquals(code, 0, stderr);
    assertEquals((await scene.list()).map(numberAndState), ["1 ready active"]);
    assertEquals(await scene.places("anna"), [FIRST_PLACE[agent]]);
    assertEquals(await scene.runPlain(), "answer of anna\n");
    assertEquals(await answer(scene), "answer of anna\n");
  });

  Deno.test(`login --cli ${agent} adds an account, which plain ${agent} uses after switch`, async () => {
    await using scene = await withAnnaAndBen(agent);
    const { code, stderr } = await scene.logIn("carla", "--label=work");
    assertEquals(code, 0, stderr);
    await switchTo(scene, "1");
    assertEquals(await scene.runPlain(), "answer of anna\n");
    await switchTo(scene, "work");
    assertEquals(await scene.runPlain(), "answer of carla\n");
    assertEquals((await scene.list()).map(numberAndState), [
      "1 ready",
      "2 ready",
      "3 ready active",
    ]);
    for (const owner of ["anna", "ben", "carla"]) {
      assertEquals((await scene.places(owner)).length, 1, owner);
    }
  });

  Deno.test(`exec --cli ${agent} uses the active account, or the one that is asked for`, async () => {
    await using scene = await withAnnaAndBen(agent);
    assertEquals(await answer(scene), "answer of anna\n");
    assertEquals(await answer(scene, "--account=2"), "answer of ben\n");
  });

  Deno.test(
    `exec --cli ${agent} ${
      agent === "qwen"
        ? "continues with the next account"
        : "ends with 75 and names the next account"
    } when one is out of quota`,
    async () => {
      await using scene = await withAnnaAndBen(agent);
      scene.service.limited.add("anna");
      const { code, stdout, stderr } = await scene.cli("exec", "--", PROMPT);
      if (agent === "qwen") {
        assertEquals([code, stdout], [0, "answer of ben\n"], stderr);
        return;
      }
      assertEquals([code, stdout], [75, ""], stderr);
      assertMatch(
        stderr,
        new RegExp(
          `account 2 is ready: account-qwen --cli ${agent} switch 2`,
        ),
      );
      assertEquals(
        await answer(scene, "--rotate-logins"),
        "answer of ben\n",
      );
      assertEquals(await scene.places("anna"), [FIRST_PLACE[agent]]);
    },
  );

  Deno.test(`exec --cli ${agent} --rotate-at leaves a login before its limit, a plan login only with --rotate-logins`, async () => {
    await using scene = await withAnnaAndBen(agent);
    await noteNearlyFull(`${scene.home}/.${agent}/accounts/usage`);
    const expected = agent === "qwen" ? "ben" : "anna";
    const args = ["--rotate-at", "90%"];
    assertEquals(await answer(scene), "answer of anna\n");
    assertEquals(await answer(scene, ...args), `answer of ${expected}\n`);
    const isKept = await answer(scene, ...args, "--rotate-logins");
    assertEquals(isKept, "answer of ben\n");
    const [anna, ben] = await scene.list();
    assertEquals([anna?.active, ben?.active], [false, true]);
  });

  if (agent !== "qwen") {
    Deno.test(`exec --cli ${agent} without a rerun names the account that is ready, and a run without a request ends no cooldown`, async () => {
      await using scene = await withAnnaAndBen(agent);
      scene.service.limited.add("anna");
      const { code, stderr } = await scene.cli(
        "exec",
        "--rotate-logins",
        "--rerun=never",
        "--",
        PROMPT,
      );
      assertEquals(code, 75, stderr);
      assertMatch(
        stderr,
        new RegExp(
          `account 2 is ready: account-qwen --cli ${agent} exec --account 2`,
        ),
      );
      const version = await scene.cli("exec", "--account=1", "--", "--version");
      assertEquals(version.code, 0, version.stderr);
      const [anna] = await scene.list();
      assertEquals(anna?.state, "resting");
    });
  }

  Deno.test(`exec --cli ${agent} ends with 75 when all accounts are out of quota`, async () => {
    await using scene = await withAnnaAndBen(agent);
    scene.service.limited.add("anna").add("ben");
    const { code, stdout, stderr } = await scene.cli(
      "exec",
      ...ROTATES[agent],
      "--",
      PROMPT,
    );
    assertEquals([code, stdout], [75, ""], stderr);
    const states = (await scene.list()).map((it) => it.state);
    assertEquals(states, ["resting", "resting"]);
  });

  Deno.test(`exec --cli ${agent} keeps the login that the agent refreshes in the middle of a run`, async () => {
    await using scene = await withAnnaAndBen(agent);
    scene.service.expired.add("anna");
    assertEquals(await answer(scene), "answer of anna\n");
    assertEquals(scene.service.book.refreshes, 1);
    assertEquals(await answer(scene), "answer of anna\n");
    assertEquals(await scene.places("anna"), [FIRST_PLACE[agent]]);
    assertEquals(await scene.runPlain(), "answer of anna\n");
  });

  Deno.test(`exec --cli ${agent} ends with 4 when the login is dead, until the next login`, async () => {
    await using scene = await setLogins(agent, ["anna"]);
    await switchTo(scene, "1");
    const [family] = scene.service.book.families.values();
    if (family) family.revoked = true;
    const { code, stdout, stderr } = await scene.cli("exec", "--", PROMPT);
    assertEquals([code, stdout], [4, ""], stderr);
    const [listed] = await scene.list();
    assertEquals(listed?.state, "login-needed");
    const again = await scene.logIn("anna", "1");
    assertEquals(again.code, 0, again.stderr);
    assertEquals(await answer(scene), "answer of anna\n");
    assertEquals(await scene.places("anna"), [FIRST_PLACE[agent]]);
  });

  Deno.test(`exec --cli ${agent} that is killed in the middle of a run leaves a login that works`, async () => {
    await using scene = await withAnnaAndBen(agent);
    const { service } = scene;
    const asked = service.requests.length;
    service.expired.add("anna");
    const running = await scene.start("exec", "--", "turns=2 pause=500");
    await until(() => service.book.refreshes === 1, { what: "the refresh" });
    running.kill("SIGKILL");
    await running.status;
    const { code, stdout, stderr } = await scene.cli("exec", "--", PROMPT);
    assertEquals([code, stdout], [0, "answer of anna\n"], stderr);
    assertEquals(service.requests.length > asked, true);
    assertEquals(service.book.spentTwice, []);
    assertEquals(await scene.places("anna"), [FIRST_PLACE[agent]]);
  });

  Deno.test(`remove --cli ${agent} is undone by restore, with number, label and login`, async () => {
    await using scene = await withAnnaAndBen(agent);
    await scene.cli("label", "2", "ben");
    const removed = await scene.cli("remove", "ben");
    assertEquals(removed.code, 0, removed.stderr);
    assertEquals((await scene.list()).map(numberAndState), ["1 ready active"]);
    const restored = await scene.cli("restore", "2");
    assertEquals(restored.code, 0, restored.stderr);
    const [, ben] = await scene.list();
    assertEquals([ben?.index, ben?.label, ben?.state], [2, "ben", "ready"]);
    assertEquals((await scene.places("ben")).length, 1);
    assertEquals(await answer(scene, "--account=2"), "answer of ben\n");
  });
}

for (const agent of ["codex", "claude"] as const) {
  Deno.test(`exec --cli ${agent} runs two accounts at the same time`, async () => {
    await using scene = await withAnnaAndBen(agent);
    scene.service.expired.add("anna").add("ben");
    const outputs = await Promise.all(
      ["1", "2"].map((it) => answer(scene, `--account=${it}`)),
    );
    assertEquals(outputs, ["answer of anna\n", "answer of ben\n"]);
    assertEquals(scene.service.book.spentTwice, []);
    for (const owner of ["anna", "ben"]) {
      assertEquals((await scene.places(owner)).length, 1, owner);
    }
    const again = [await answer(scene, "--account=1")];
    again.push(await answer(scene, "--account=2"));
    assertEquals(again, outputs);
  });

  Deno.test(`exec --cli ${agent} --rotate-logins resumes the session with the next account after an answer`, async () => {
    await using scene = await withAnnaAndBen(agent);
    scene.service.answersLeft.set("anna", 1);
    const { code, stdout, stderr } = await scene.cli(
      "exec",
      "--rotate-logins",
      "--",
      "turns=2",
    );
    assertEquals([code, stdout], [0, "answer of ben\n"], stderr);
    const logs = await scene.sessionLogs();
    assertEquals(logs.length, 1);
    assertMatch(`${logs}`, /answer of anna[^]*answer of ben/);
  });
}

Deno.test("exec --cli codex --rotate-logins resumes the session under the conditions of its first turn", async () => {
  await using scene = await withAnnaAndBen("codex");
  scene.service.answersLeft.set("anna", 1);
  const conditions = ["-s", "workspace-write", "-C", scene.home, "-m", "coder"];
  const { code, stderr } = await scene.cli(
    ...["exec", "--rotate-logins", "--", "exec"],
    ...[...conditions, "--", "turns=2"],
  );
  assertEquals(code, 0, stderr);
  const [log = ""] = await scene.sessionLogs();
  const turns = log.trimEnd().split("\n").map((it) => JSON.parse(it))
    .filter((it) => it.type === "turn_context").map((it) => it.payload);
  const first = {
    cwd: scene.home,
    model: "coder",
    approval_policy: "never",
    sandbox_policy: { type: "workspace-write" },
  };
  assertEquals(turns, [first, first]);
});

const PROMPT = "Say hello";

/** The option with which a run continues with the next account. */
const ROTATES: Readonly<Record<LoginAgent, readonly string[]>> = {
  qwen: [],
  codex: ["--rotate-logins"],
  claude: ["--rotate-logins"],
};

/** Sets a scene with two accounts, the first of which is the plain agent's. */
async function withAnnaAndBen(agent: LoginAgent): Promise<LoginsScene> {
  const scene = await setLogins(agent, ["anna", "ben"]);
  await switchTo(scene, "1");
  return scene;
}

async function switchTo(scene: LoginsScene, account: string): Promise<void> {
  const { code, stderr } = await scene.cli("switch", account);
  assertEquals(code, 0, stderr);
}

/** Runs the agent with a prompt, and returns the answer. */
async function answer(
  scene: LoginsScene,
  ...options: readonly string[]
): Promise<string> {
  const { code, stdout, stderr } = await scene.cli(
    "exec",
    ...options,
    "--",
    PROMPT,
  );
  assertEquals(code, 0, stderr);
  return stdout;
}

function numberAndState(
  { index, state, active }: { index: number; state: string; active: boolean },
): string {
  return `${index} ${state}${active ? " active" : ""}`;
}

/** Notes in the folder `usage/` that account 1 has used 95 % of a window. */
async function noteNearlyFull(usage: string): Promise<void> {
  const now = Date.now();
  const resetsAt = now + 3_600_000;
  const line = ["r", now, 1, null, "5h", "percent", 100, 95, resetsAt, "agent"];
  await Deno.mkdir(usage, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(
    `${usage}/${new Date(now).toISOString().slice(0, 10)}.jsonl`,
    `${JSON.stringify(line)}\n`,
    { mode: 0o600 },
  );
}
