import { CHECKOUT } from "../../support/checkout.ts";

/**
 * Puts a program `account-qwen` of this checkout, and a `qwen` that only prints
 * its version, into the folder `path`/bin; returns a `PATH` that finds both.
 */
export async function installPrograms(path: string): Promise<string> {
  const bin = `${path}/bin`;
  const main = `'${Deno.execPath()}' run -A '${CHECKOUT}/main.ts'`;
  await Deno.mkdir(bin);
  const programs = {
    "account-qwen": `exec ${main} "$@"`,
    "qwen": "echo 0.12.0",
  };
  for (const [name, script] of Object.entries(programs)) {
    await Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\n${script}\n`);
    await Deno.chmod(`${bin}/${name}`, 0o755);
  }
  return `${bin}:${Deno.env.get("PATH")}`;
}
