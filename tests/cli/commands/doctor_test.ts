import { assertEquals, assertMatch } from "@std/assert";
import { describeTree } from "../../support/describe_tree.ts";
import { runCli, type RunResult } from "../../support/cli.ts";
import { type TestHome, testHome } from "../../support/home.ts";

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

const WELL = "echo 0.12.0";

Deno.test("doctor exits with 0 and prints the version of qwen when all is well", async () => {
  await using home = await healthyHome();
  const { code, stdout, stderr } = await doctor(home, WELL);
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: "all is well; qwen 0.12.0\n",
    stderr: "",
  });
});

Deno.test("doctor --json prints one object when all is well", async () => {
  await using home = await healthyHome();
  const { code, stdout } = await doctor(home, WELL, ["--json"]);
  assertEquals({ code, answer: JSON.parse(stdout) }, {
    code: 0,
    answer: {
      schema_version: 1,
      well: true,
      agent: "qwen",
      agent_version: "0.12.0",
      newest_tried: "0.24.4",
      qwen_version: "0.12.0",
      ready_at: null,
      findings: [],
    },
  });
});

Deno.test("doctor exits with 1 and says what is wrong and how to fix it", async () => {
  await using home = await healthyHome();
  await Deno.chmod(home.slot(2), 0o644);
  const { code, stdout, stderr } = await doctor(home, WELL);
  assertEquals({ code, stdout, stderr }, {
    code: 1,
    stdout: `modes: ${home.slot(2)} is open to others (0644)\n` +
      "  fix: account-qwen doctor --fix\n",
    stderr: "",
  });
});

Deno.test("doctor --json says what is wrong and how to fix it", async () => {
  await using home = await healthyHome();
  await Deno.remove(`${home.dir}/oauth_creds.json`);
  const { code, stdout } = await doctor(home, WELL, ["--json"]);
  assertEquals({ code, answer: JSON.parse(stdout) }, {
    code: 1,
    answer: {
      schema_version: 1,
      well: false,
      agent: "qwen",
      agent_version: "0.12.0",
      newest_tried: "0.24.4",
      qwen_version: "0.12.0",
      ready_at: null,
      findings: [{
        check: "link",
        problem: "oauth_creds.json does not exist",
        mend: "account-qwen doctor --fix",
      }],
    },
  });
});

Deno.test("doctor changes nothing", async () => {
  await using home = await healthyHome();
  await Deno.chmod(home.slot(2), 0o644);
  const before = await describeTree(home.dir);
  await doctor(home, WELL);
  assertEquals(await describeTree(home.dir), before);
});

Deno.test("doctor --fix says what it did and exits with 0 when nothing is left", async () => {
  await using home = await healthyHome();
  await Deno.chmod(home.slot(2), 0o644);
  const { code, stdout, stderr } = await doctor(home, WELL, ["--fix"]);
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: "all is well; qwen 0.12.0\n",
    stderr: `account-qwen: tightened ${home.slot(2)} from 0644 to 0600\n`,
  });
});

Deno.test("doctor --fix changes nothing more when it is run again", async () => {
  await using home = await healthyHome();
  await doctor(home, WELL, ["--fix"]);
  const before = await describeTree(home.dir);
  const { code, stderr } = await doctor(home, WELL, ["--fix"]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(await describeTree(home.dir), before);
});

Deno.test("doctor --fix exits with 1 when a decision is needed", async () => {
  await using home = await healthyHome();
  await Deno.mkdir(`${home.dir}/accounts/stash`, { mode: 0o700 });
  const stashed = `${home.dir}/accounts/stash/oauth_creds.20261121T1-ab.json`;
  const slot = await Deno.readTextFile(home.slot(2));
  await Deno.writeTextFile(stashed, slot.replaceAll("token-2", "token-9"), {
    mode: 0o600,
  });
  const { code, stdout } = await doctor(home, WELL, ["--fix"]);
  assertEquals(code, 1);
  assertMatch(
    stdout,
    /^stash: .*\n {2}fix: account-qwen setup .* # or, .* restore N --stash /,
  );
});

const UNWELL: Record<string, { script: string; problem: RegExp }> = {
  "fails": { script: "exit 3", problem: /--version ends with code 3$/m },
  "prints no version": {
    script: "echo hello",
    problem: /^qwen: (?!.*ends with code 0).*version/m,
  },
  "is ended by a signal": {
    script: "kill -KILL $$",
    problem: /--version ends with code 137$/m,
  },
};

for (const [what, { script, problem }] of Object.entries(UNWELL)) {
  Deno.test(`doctor exits with 1 and says how to install qwen when it ${what}`, async () => {
    await using home = await healthyHome();
    const { code, stdout } = await doctor(home, script);
    assertEquals(code, 1);
    assertMatch(stdout, problem);
    assertMatch(
      stdout,
      /\n {2}fix: npm install -g @qwen-code\/qwen-code\n$/,
    );
  });
}

Deno.test("doctor exits with 1 when there is no qwen on the PATH", async () => {
  await using home = await healthyHome();
  const { code, stdout } = await runCli(["doctor", "--json"], {
    home: home.path,
    env: { PATH: "/nowhere" },
  });
  assertEquals({ code, answer: JSON.parse(stdout) }, {
    code: 1,
    answer: {
      schema_version: 1,
      well: false,
      agent: "qwen",
      agent_version: null,
      newest_tried: "0.24.4",
      qwen_version: null,
      ready_at: null,
      findings: [{
        check: "qwen",
        problem: "qwen is not found",
        mend: "npm install -g @qwen-code/qwen-code",
      }],
    },
  });
});

Deno.test("doctor --fix repairs although there is no qwen on the PATH", async () => {
  await using home = await healthyHome();
  await Deno.remove(`${home.dir}/oauth_creds.json`);
  await Deno.symlink("settings.json", `${home.dir}/oauth_creds.json`);
  const { code } = await runCli(["doctor", "--fix"], {
    home: home.path,
    env: { PATH: "/nowhere" },
  });
  assertEquals(code, 1);
  assertEquals(await home.link(), "accounts/oauth_creds_1.json");
});

Deno.test("doctor asks for the version with --version and nothing else", async () => {
  await using home = await healthyHome();
  const { code } = await doctor(home, '[ "$*" = --version ] && echo 0.24.4');
  assertEquals(code, 0);
});

Deno.test("doctor names the folder in the fix when it is not the default one", async () => {
  await using home = await healthyHome();
  await Deno.chmod(home.slot(2), 0o644);
  const dir = `${home.path}/elsewhere`;
  await Deno.rename(home.dir, dir);
  const { stdout } = await doctor(home, WELL, ["--dir", dir]);
  const command = `account-qwen --dir ${dir} doctor --fix`;
  assertEquals(stdout.split("\n")[1], `  fix: ${command}`);
});

Deno.test("doctor --fix --json says what cannot be repaired and how to fix it", async () => {
  await using home = await healthyHome();
  await Deno.remove(`${home.dir}/oauth_creds.json`);
  await Deno.mkdir(`${home.dir}/oauth_creds.json`);
  const { code, stdout } = await doctor(home, WELL, ["--fix", "--json"]);
  const { findings } = JSON.parse(stdout);
  assertEquals(code, 1);
  assertEquals(findings[0], {
    check: "fix",
    problem: `Cannot use "${home.dir}/oauth_creds.json": ` +
      "it is a directory, not a file",
    mend: "move it away, or make yourself its owner",
  });
  assertEquals(findings[1].problem, "oauth_creds.json is a folder");
});

Deno.test("doctor prints one line for each finding and each fix when a name has a line break", async () => {
  await using home = await healthyHome();
  await Deno.mkdir(`${home.dir}/accounts/stash`, { mode: 0o700 });
  const forged = "x\nmodes: forged\n  fix: forged";
  await Deno.writeTextFile(`${home.dir}/accounts/stash/${forged}`, "{}", {
    mode: 0o600,
  });
  const { stdout } = await doctor(home, WELL);
  assertEquals(stdout.trimEnd().split("\n").length, 2);
});

Deno.test("doctor --json prints names in the form of JSON", async () => {
  await using home = await healthyHome();
  await Deno.mkdir(`${home.dir}/accounts/stash`, { mode: 0o700 });
  const name = "x\n\t\x9b\u202e.json";
  await Deno.writeTextFile(`${home.dir}/accounts/stash/${name}`, "{}", {
    mode: 0o600,
  });
  const { stdout } = await doctor(home, WELL, ["--json"]);
  const [finding] = JSON.parse(stdout).findings;
  assertEquals(finding.problem.startsWith(`${name} in the stash`), true);
  assertEquals(/[\t\x9b\u202e]/.test(stdout), false);
});

Deno.test("doctor prints at most 20 problems of a kind, and how many more there are", async () => {
  await using home = await healthyHome();
  const stash = `${home.dir}/accounts/stash`;
  await Deno.mkdir(stash, { mode: 0o700 });
  for (let at = 0; at < 23; at++) {
    await Deno.writeTextFile(`${stash}/${at}.json`, "{}", { mode: 0o600 });
  }
  const { code, stdout } = await doctor(home, WELL);
  const lines = stdout.split("\n").filter((it) => it.startsWith("stash: "));
  assertEquals({ code, count: lines.length }, { code: 1, count: 21 });
  assertEquals(lines.at(-1), "stash: 3 more problems of this kind");
});

/** Accounts without a problem. */
async function healthyHome(): Promise<TestHome> {
  const home = await testHome(ACCOUNTS);
  await runCli(["switch", "1"], { home: home.path });
  return home;
}

/** Runs doctor with a `qwen` that is this script of sh(1). */
async function doctor(
  home: TestHome,
  script: string,
  args: readonly string[] = [],
): Promise<RunResult> {
  const bin = `${home.path}/qwen`;
  await Deno.writeTextFile(bin, `#!/bin/sh\n${script}\n`);
  await Deno.chmod(bin, 0o755);
  return await runCli(["doctor", "--bin", bin, ...args], { home: home.path });
}
