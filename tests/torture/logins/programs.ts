import { CHECKOUT } from "../../support/checkout.ts";

/** An agent that has a fake. */
export type AgentName = "codex" | "claude";

/** The versions that each fake can be. */
export const VERSIONS: Readonly<Record<AgentName, readonly [string, string]>> =
  {
    codex: ["0.171.0", "0.100.0"],
    claude: ["2.1.332", "2.0.77"],
  };

/**
 * Writes the program that stands in for `agent` to `folder`, and its version, as
 * npm installs it; returns its path.
 */
export async function putFake(
  folder: string,
  { agent, version }: { agent: AgentName; version: string },
): Promise<string> {
  const module = new URL(
    `file://${CHECKOUT}/tests/torture/logins/fake_${agent}.ts`,
  );
  const program =
    `#!/usr/bin/env -S "${Deno.execPath()}" run -A --no-config --no-check --ext=ts
import { ${agent} } from "${module}";
await ${agent}("${version}");
`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/${agent}`, program, { mode: 0o700 });
  const itsPackage = JSON.stringify({ version });
  await Deno.writeTextFile(`${folder}/package.json`, itsPackage);
  return `${folder}/${agent}`;
}
