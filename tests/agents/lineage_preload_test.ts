import { assertEquals } from "@std/assert";
import { layoutAt } from "../../lib/disk/layout.ts";
import { tokenMark } from "../support/told.ts";
import { lineageOption } from "./lineage_module.ts";
import { namesIn } from "../support/account_folder.ts";
import { run } from "../support/cli.ts";
import { coveredDenoEnv } from "../support/deno_env.ts";
import { tempDir } from "../support/temp_dir.ts";

const RUN = "0123456789abcdef";

const GRANTED = JSON.stringify({
  access_token: "access 2",
  refresh_token: "refresh 2",
});

/** The request, the answer, and the notes about them. */
const CASES: Record<
  string,
  { body: string; status: number; reply: string; notes: string[][] }
> = {
  "notes which tokens were granted for which": {
    body: "grant_type=refresh_token&refresh_token=refresh+1",
    status: 200,
    reply: GRANTED,
    notes: [["lineage", "refresh 1", "access 2", "refresh 2"]],
  },
  "notes that the refresh token stays": {
    body: "grant_type=refresh_token&refresh_token=refresh+1",
    status: 200,
    reply: JSON.stringify({ access_token: "access 2" }),
    notes: [["lineage", "refresh 1", "access 2", "refresh 1"]],
  },
  "notes that a token was refused": {
    body: "grant_type=refresh_token&refresh_token=refresh+1",
    status: 400,
    reply: JSON.stringify({ error: "invalid_grant" }),
    notes: [["refused", "refresh 1"]],
  },
  "notes nothing about a service that is broken": {
    body: "grant_type=refresh_token&refresh_token=refresh+1",
    status: 502,
    reply: "<html>",
    notes: [],
  },
  "notes nothing about a new login": {
    body: "grant_type=device_code&device_code=1",
    status: 200,
    reply: GRANTED,
    notes: [],
  },
};

for (const [what, { body, status, reply, notes }] of Object.entries(CASES)) {
  Deno.test(`the lineage module ${what}`, async () => {
    await using dir = await tempDir();
    const { runs, told, stdout } = await runModule(dir.path, {
      program: "@qwen-code/qwen-code/cli.js",
      code: `const body = ${JSON.stringify(body)};
        const options = { status: ${status} };
        globalThis.fetch = () =>
          Promise.resolve(new Response(${JSON.stringify(reply)}, options));
        load();
        const answer = await fetch("http://127.0.0.1/token", { body });
        console.log(answer.status, await answer.text());`,
    });
    assertEquals(stdout, `${status} ${reply}\n`);
    assertEquals(told, [`tells_${RUN}`]);
    const names = await Promise.all(
      notes.map(async ([kind, ...tokens]) =>
        [kind, ...await Promise.all(tokens.map(tokenMark))].join("_")
      ),
    );
    assertEquals(runs, names);
  });
}

Deno.test("the lineage module leaves a program alone that is not qwen", async () => {
  await using dir = await tempDir();
  const { told, stdout } = await runModule(dir.path, {
    program: "npx",
    code: `load(); console.log(process.env.NODE_OPTIONS);`,
  });
  assertEquals(told, []);
  assertEquals(stdout, `${await lineageOption(layoutAt(dir.path))}\n`);
});

Deno.test("the lineage module claims nothing about another program that is called qwen", async () => {
  await using dir = await tempDir();
  const { told } = await runModule(dir.path, {
    program: "qwen",
    code: "load();",
  });
  assertEquals(told, []);
});

Deno.test("the lineage module is not loaded into programs that qwen starts", async () => {
  await using dir = await tempDir();
  const { stdout } = await runModule(dir.path, {
    program: "qwen",
    code: `process.env.NODE_OPTIONS += " --no-warnings";
      load(); console.log(process.env.NODE_OPTIONS);`,
  });
  assertEquals(stdout, "--no-warnings\n");
});

/** Runs `code`, which can load the module, as a script called `program`. */
async function runModule(
  path: string,
  { program, code }: { program: string; code: string },
): Promise<{ runs: string[]; told: string[]; stdout: string }> {
  const layout = layoutAt(path);
  await Deno.mkdir(layout.runs, { recursive: true });
  const option = await lineageOption(layout);
  const module = /"(.*)"/.exec(option)?.[1] ?? "";
  await Deno.mkdir(`${path}/@qwen-code/qwen-code`, { recursive: true });
  await Deno.writeTextFile(`${path}/${program}`, "");
  const script = `${path}/main.mjs`;
  await Deno.writeTextFile(
    script,
    `import { createRequire } from "node:module";
    import process from "node:process";
    globalThis.process = process;
    process.argv[1] = ${JSON.stringify(`${path}/${program}`)};
    process.env.NODE_OPTIONS = ${JSON.stringify(option)};
    process.env.ACCOUNT_QWEN_RUN = "fedcba9876543210:${RUN}";
    const load = () => createRequire(import.meta.url)(${
      JSON.stringify(module)
    });
    ${code}`,
  );
  const { code: exitCode, stdout, stderr } = await run(
    Deno.execPath(),
    ["run", "-A", "--no-config", script],
    { home: path, env: await coveredDenoEnv() },
  );
  assertEquals(exitCode, 0, stderr);
  const names = await namesIn(layout.runs);
  const isTeller = (it: string) => it.startsWith("tells_");
  return {
    runs: names.filter((it) => !isTeller(it)),
    told: names.filter(isTeller),
    stdout,
  };
}
