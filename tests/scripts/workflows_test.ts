import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import config from "../../deno.json" with { type: "json" };
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
  needs?: string;
  steps?: Step[];
  permissions?: Record<string, string>;
  strategy?: { matrix: { os?: string[] } };
  "timeout-minutes"?: number;
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
  Deno.test(`the workflow ${name} takes each action by its major version`, async () => {
    const steps = stepsOf(await workflow(name));
    const actions = steps.flatMap((it) => it.uses ?? []);
    assert(actions.length > 1);
    for (const it of actions) assertMatch(it, /^actions\/[a-z-]+@v\d+$/);
  });

  Deno.test(`the workflow ${name} may only read, unless a job says else, and ends in time`, async () => {
    const { permissions, jobs } = await workflow(name);
    assertEquals(permissions, { contents: "read" });
    for (const job of Object.values(jobs)) {
      assert(job.uses ?? job["timeout-minutes"]);
    }
  });

  Deno.test(`the workflow ${name} uses the Deno of the gate`, async () => {
    const used = await versionsIn(`${FOLDER}/${name}.yml`);
    const [expected] = await versionsIn(`${CHECKOUT}/.ci/run`);
    assert(expected);
    assertEquals(used.filter((it) => it !== expected), []);
  });
}

Deno.test("the workflow gate runs .ci/run on Linux and macOS for each change", async () => {
  const { on, jobs } = await workflow("gate");
  assertEquals(Object.keys(on), ["push", "pull_request", "workflow_call"]);
  const { strategy, steps = [] } = jobs.gate ?? {};
  assertEquals(strategy?.matrix.os, ["ubuntu-latest", "macos-latest"]);
  assertEquals(steps.at(-1)?.run, ".ci/run");
  const { mode } = await Deno.stat(`${CHECKOUT}/.ci/run`);
  assertEquals((mode ?? 0) & 0o111, 0o111);
});

Deno.test("the workflow release publishes what went through the gate, when a version is tagged", async () => {
  const { on, jobs } = await workflow("release");
  assertEquals(on, { push: { tags: ["v*"] } });
  assertEquals(jobs.gate?.uses, "./.github/workflows/gate.yml");
  const order = Object.entries(jobs).map(([name, { needs }]) => [name, needs]);
  assertEquals(order, [
    ["gate", undefined],
    ["build", "gate"],
    ["try", "build"],
    ["publish", "try"],
  ]);
  const writers = Object.keys(jobs).filter((it) => jobs[it]?.permissions);
  assertEquals(writers, ["publish"]);
});

Deno.test("the workflow release calls tasks and names files that there are", async () => {
  const scripts = stepsOf(await workflow("release")).map((it) => it.run ?? "");
  const tasks = scripts.flatMap((it) =>
    Array.from(it.matchAll(/ task (\S+)/g), ([, task = ""]) => task)
  );
  assertEquals(tasks, ["compile"]);
  assertEquals(tasks.filter((it) => !(it in config.tasks)), []);
});

Deno.test("the workflow release proves where everything comes from that has a checksum", async () => {
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

async function versionsIn(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path);
  return Array.from(text.matchAll(/deno@([\d.]+)/g), ([, it = ""]) => it);
}
