import { type DEBIAN_TOOLS, installDebianTool } from "./debian_tools.ts";
import { findProgram } from "./find_program.ts";
import { namespaceProblem } from "./namespace.ts";
import { exists } from "./exists.ts";

/**
 * A program that tests run, or something else that they need from the system.
 */
export type Need = keyof typeof DEBIAN_TOOLS | "namespace" | Address;

/** An address of this machine, which some containers lack. */
type Address = "localhost" | "::1";

/** Registers a test, as `Deno.test` does. */
export type RegisterTest = (
  name: string,
  test: (t: Deno.TestContext) => void | Promise<void>,
) => void;

/**
 * Returns a function that registers tests which need `names`. A program that is
 * not on the `PATH` is installed below `.cache/` and put there. If that is not
 * possible, the tests are ignored, and the runner reports them as not run.
 * Only Linux has namespaces: elsewhere such tests are ignored and not reported.
 */
export async function testWith(...names: Need[]): Promise<RegisterTest> {
  const missing: string[] = [];
  for (const name of names) {
    if (!await provide(name)) missing.push(name);
  }
  const isForLinux = names.includes("namespace");
  if (isForLinux && Deno.build.os !== "linux") {
    return (name, fn) => Deno.test({ name, fn, ignore: true });
  }
  return (name, fn) => {
    if (missing.length > 0) noteNotRun(missing);
    Deno.test({ name, fn, ignore: missing.length > 0 });
  };
}

async function provide(name: Need): Promise<boolean> {
  if (name === "namespace") return await namespaceProblem() === undefined;
  if (name === "localhost" || name === "::1") return isOurs(name);
  if (await findProgram(name)) return true;
  const { TEST_RUN_FOLDER: folder } = Deno.env.toObject();
  const failed = folder && `${folder}/cannot-install-${name}`;
  if (failed && await exists(failed)) return false;
  try {
    const bin = await installDebianTool(name);
    const path = Deno.env.get("PATH") ?? "";
    // The files of a parallel run share one environment.
    if (!path.split(":").includes(bin)) Deno.env.set("PATH", `${path}:${bin}`);
    return true;
  } catch (error) {
    if (failed) await Deno.writeTextFile(failed, `${error}\n`);
    return false;
  }
}

function isOurs(hostname: Address): boolean {
  try {
    Deno.listen({ hostname, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

/** Tells the runner; see `scripts/test.ts`. */
function noteNotRun(missing: readonly string[]): void {
  const folder = Deno.env.get("TEST_RUN_FOLDER");
  if (!folder) return;
  const line = `${missing.join(", ")}\n`;
  Deno.writeTextFileSync(`${folder}/not-run`, line, { append: true });
}
