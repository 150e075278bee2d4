import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import config from "../../deno.json" with { type: "json" };
import { TARGETS } from "../../scripts/targets.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { run } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

const curlTest = await testWith("bash", "curl");

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  uses?: string;
  needs?: string | string[];
  if?: string;
  steps?: Step[];
  permissions?: Record<string, string>;
  strategy?: {
    "fail-fast": boolean;
    matrix: { os?: string[]; include?: Record<string, string>[] };
  };
  "timeout-minutes"?: number;
}

interface LockedPackage {
  version?: string;
  integrity?: string;
  resolved?: string;
  dependencies?: Record<string, string>;
}

interface Workflow {
  on: Record<string, { tags?: string[] } | null>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const FOLDER = `${CHECKOUT}/.github/workflows`;

async function workflow(name: string): Promise<Workflow> {
  return parse(await Deno.readTextFile(`${FOLDER}/${name}.yml`)) as Workflow;
}

function stepsOf({ jobs }: Workflow): Step[] {
  return Object.values(jobs).flatMap((it) => it.steps ?? []);
}

for (const name of ["gate", "release"]) {
  Deno.test(`the workflow ${name} pins each action to its commit, and names the version`, async () => {
    const actions = (await actionsOf(name)).filter((it) =>
      !it.startsWith("./")
    );
    assert(actions.length > 1);
    for (const it of actions) {
      assertMatch(it, /^actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  Deno.test(`the workflow ${name} may only read, unless a job says otherwise, and has a time limit`, async () => {
    const { permissions, jobs } = await workflow(name);
    assertEquals(permissions, { contents: "read" });
    for (const job of Object.values(jobs)) {
      assert(job.uses ?? job["timeout-minutes"]);
    }
  });
}

Deno.test("the workflows use the same commit of each action", async () => {
  const actions = [...await actionsOf("gate"), ...await actionsOf("release")];
  const names = new Set(actions.map((it) => it.split("@")[0]));
  assertEquals(new Set(actions).size, names.size);
});

Deno.test("a release is made with the Deno of the gate, whose checksums are known", async () => {
  const folder = `${CHECKOUT}/.github/deno`;
  const { dependencies } = JSON.parse(
    await Deno.readTextFile(`${folder}/package.json`),
  );
  const [expected] = await versionsIn(`${CHECKOUT}/.ci/run`);
  assert(expected);
  assertEquals(dependencies, { deno: expected });
  const text = await Deno.readTextFile(`${folder}/package-lock.json`);
  const lock: { packages: Record<string, LockedPackage> } = JSON.parse(text);
  const { "": root, ...packages } = lock.packages;
  assertEquals(root?.dependencies, dependencies);
  for (const { version, integrity, resolved } of Object.values(packages)) {
    assertEquals(version, expected);
    assertMatch(integrity ?? "", /^sha512-/);
    assertEquals(resolved, undefined); // the address of a registry
  }
  for (
    const { steps = [] } of Object.values((await workflow("release")).jobs)
  ) {
    const calls = steps.map((it) => it.run ?? "");
    const first = calls.findIndex((it) => /\bdeno (?:task|run)\b/.test(it));
    const installs = calls.findIndex((it) =>
      it.startsWith("npm ci --prefix .github/deno --ignore-scripts\n")
    );
    assert(first === -1 || (installs !== -1 && installs < first));
    assertEquals(calls.filter((it) => it.includes("npx")), []);
  }
});

Deno.test("the workflow gate runs .ci/run on Linux and macOS for each change", async () => {
  const { on, jobs } = await workflow("gate");
  assertEquals(Object.keys(on), ["push", "pull_request", "workflow_call"]);
  const { strategy, steps = [] } = jobs.gate ?? {};
  assertEquals(strategy?.matrix.os, ["ubuntu-latest", "macos-latest"]);
  assertEquals(steps.at(-1)?.run, ".ci/run");
  const { mode } = await Deno.stat(`${CHECKOUT}/.ci/run`);
  assertEquals((mode ?? 0) & 0o111, 0o111);
});

Deno.test("the workflow release publishes what passed the gate, when a version is tagged", async () => {
  const { on, jobs } = await workflow("release");
  assertEquals(on, { push: { tags: ["v*"] } });
  assertEquals(jobs.gate?.uses, "./.github/workflows/gate.yml");
  const order = Object.entries(jobs).map(([name, { needs }]) => [name, needs]);
  assertEquals(order, [
    ["gate", undefined],
    ["binary", "gate"],
    ["publish", ["gate", "binary"]],
  ]);
  assertMatch(jobs.publish?.if ?? "", /needs\.gate\.result == 'success'/);
  const writers = Object.keys(jobs).filter((it) => jobs[it]?.permissions);
  assertEquals(writers, ["publish"]);
});

Deno.test("the workflow release calls tasks and names files that exist", async () => {
  const scripts = stepsOf(await workflow("release")).map((it) => it.run ?? "");
  const tasks = scripts.flatMap((it) =>
    Array.from(it.matchAll(/ task (\S+)/g), ([, task = ""]) => task)
  );
  assertEquals(tasks, ["compile", "bundle"]);
  assertEquals(tasks.filter((it) => !(it in config.tasks)), []);
});

Deno.test("the workflow release makes and runs each binary on its own system, and keeps the others when one fails", async () => {
  const { strategy, steps = [] } = (await workflow("release")).jobs.binary ??
    {};
  assertEquals(strategy?.["fail-fast"], false);
  const rows = strategy?.matrix.include ?? [];
  assertEquals(rows.map((it) => it.target), [...TARGETS]);
  for (const { os = "", target = "", "run-with": runWith } of rows) {
    const [system = "", processor, libc] = target.split("-");
    assertEquals(
      os.startsWith({ linux: "ubuntu", darwin: "macos" }[system]!),
      true,
    );
    const isArm = os.endsWith("-arm") || os === "macos-latest";
    assertEquals(isArm, processor === "arm64");
    assertEquals(runWith, libc ? ".github/run_in_alpine" : undefined);
  }
  const [compile] = steps.filter((it) => it.run?.includes(" task compile"));
  assertEquals(/--all|--engine/.test(compile?.run ?? ""), false);
});

Deno.test("run_in_alpine runs a program in a container with our home, folder and arguments", async () => {
  await using dir = await tempDir();
  const docker = '#!/bin/sh\nfor it in "$@"; do echo "$it"; done\n';
  await Deno.writeTextFile(`${dir.path}/docker`, docker, { mode: 0o755 });
  const PATH = `${dir.path}:${Deno.env.get("PATH")}`;
  const args = ["/x/account-qwen", "exec", "--", "two words", ""];
  const { code, stdout } = await run(
    `${CHECKOUT}/.github/run_in_alpine`,
    args,
    { home: dir.path, env: { PATH } },
  );
  assertEquals(code, 0);
  const told = stdout.split("\n").slice(0, -1);
  assertEquals(told.slice(-args.length), args);
  const flags = told.slice(0, -args.length).join(" ");
  assert(flags.startsWith("run --rm --init --interactive --network host"));
  assert(flags.includes(` --env HOME --workdir ${dir.path} `), flags);
  assert(flags.includes(` --volume ${CHECKOUT}:${CHECKOUT}:ro `), flags);
});

Deno.test("the workflow release attests everything that has a checksum", async () => {
  const { jobs } = await workflow("release");
  const steps = jobs.publish?.steps ?? [];
  const proof = steps.find((it) => it.uses?.includes("attest-build"));
  assertEquals(proof?.with, { "subject-checksums": "dist/SHA256SUMS" });
  const writes = { contents: "write", attestations: "write" };
  assertEquals(jobs.publish?.permissions, { ...writes, "id-token": "write" });
});

curlTest(
  "the workflow release makes an install.sh that knows where the releases are",
  async () => {
    const steps = stepsOf(await workflow("release"));
    const step = steps.find((it) => it.name?.endsWith("install.sh"));
    await using dir = await tempDir();
    await Deno.mkdir(`${dir.path}/scripts`);
    await Deno.mkdir(`${dir.path}/dist`);
    const source = `${CHECKOUT}/scripts/install.sh`;
    await Deno.copyFile(source, `${dir.path}/scripts/install.sh`);
    const { code, stderr } = await run("bash", ["-ec", step?.run ?? ""], {
      home: dir.path,
      env: {
        GITHUB_SERVER_URL: "http://127.0.0.1:9",
        GITHUB_REPOSITORY: "somebody/account-qwen",
      },
    });
    assertEquals(code, 0, stderr);
    const installed = await run("sh", ["dist/install.sh"], { home: dir.path });
    const releases = "http://127.0.0.1:9/somebody/account-qwen/releases";
    const url = `${releases}/latest/download/SHA256SUMS`;
    assert(
      installed.stderr.includes(`Cannot download ${url}:`),
      installed.stderr,
    );
    const sums = await Deno.readTextFile(`${dir.path}/dist/SHA256SUMS`);
    assertMatch(sums, /^[0-9a-f]{64} {2}install\.sh\n$/);
  },
);

/** The text after each `uses:` of a workflow, with its comment. */
async function actionsOf(name: string): Promise<string[]> {
  const text = await Deno.readTextFile(`${FOLDER}/${name}.yml`);
  return Array.from(
    text.matchAll(/^\s*(?:- )?uses: *(.*)$/gm),
    ([, it = ""]) => it,
  );
}

async function versionsIn(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path);
  return Array.from(text.matchAll(/deno@([\d.]+)/g), ([, it = ""]) => it);
}
