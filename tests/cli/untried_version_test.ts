import { assertEquals, assertStringIncludes } from "@std/assert";
import { tempDir } from "../support/temp_dir.ts";
import { addKey, call } from "./more_agents.ts";

/** Adds a key, and a `nest` of this version. */
async function homeWith(version: string) {
  const home = await tempDir();
  const { path } = home;
  await addKey("nest", path);
  await Deno.mkdir(`${path}/bin`);
  await Deno.writeTextFile(
    `${path}/bin/package.json`,
    JSON.stringify({ version }),
  );
  const program = `${path}/bin/nest`;
  await Deno.writeTextFile(
    program,
    `#!/bin/sh\ncase $1 in --version) echo ${version} ;; *) echo Hi ;; esac\n`,
  );
  await Deno.chmod(program, 0o755);
  const env = { PATH: `${path}/bin:${Deno.env.get("PATH")}` };
  return {
    nest: (...args: string[]) =>
      call(["--cli", "nest", ...args], { home: path, env }),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

const UNTRIED = "nest 3.0.0 was not tried with this program: " +
  "the newest version that was is 2.0.0\n";

Deno.test("exec says once that a version was not tried", async () => {
  await using home = await homeWith("3.0.0");
  const { code, stderr } = await home.nest("exec", "--", "Hi");
  assertEquals(code, 0, stderr);
  assertEquals(stderr.split(UNTRIED).length - 1, 1, stderr);
});

for (const command of ["status", "doctor"]) {
  Deno.test(`${command} shows both versions when the installed one was not tried`, async () => {
    await using home = await homeWith("3.0.0");
    assertStringIncludes((await home.nest(command)).stdout, UNTRIED);
    const { stdout } = await home.nest(command, "--json");
    const { agent_version, newest_tried } = JSON.parse(stdout);
    assertEquals([agent_version, newest_tried], ["3.0.0", "2.0.0"]);
  });
}

for (const args of [["exec", "--", "Hi"], ["status"], ["doctor"]]) {
  Deno.test(`${args[0]} says nothing of a version that was tried`, async () => {
    await using home = await homeWith("1.5.0");
    const { stdout, stderr } = await home.nest(...args);
    assertEquals(/not tried/.test(stdout + stderr), false);
  });
}
