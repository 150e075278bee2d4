import { apiKey, writeKeySlot } from "../../tests/support/account_folder.ts";
import { testHome } from "../../tests/support/home.ts";
import type { Api } from "../first_byte.ts";
import type { Programs } from "./programs.ts";

/**
 * Stands in for `qwen`: prints the address of the gateway, and runs until told.
 */
const STAND_IN = `#!/bin/sh
echo "$OPENAI_BASE_URL $OPENAI_API_KEY" >"$STAND_IN_FILE.new"
mv "$STAND_IN_FILE.new" "$STAND_IN_FILE"
while [ -e "$STAND_IN_FILE" ]; do sleep 0.1; done
echo done
`;

/** How long the gateway may take to start, milliseconds. */
const LONGEST_START_MS = 30_000;

/** A server in a process of its own. */
export interface Server extends Api, AsyncDisposable {
  /** The id of the process. */
  pid: number;
}

/** Starts `exec` of a program with one key account for `baseUrl`. */
export async function startGateway(
  way: "binary" | "bundle" | "checkout",
  { programs, baseUrl }: { programs: Programs; baseUrl: string },
): Promise<Server> {
  const { folder, env } = programs;
  await using owned = new AsyncDisposableStack();
  const home = owned.use(await testHome({ accounts: 1, baseUrl }));
  await Deno.remove(home.slot(1));
  await Deno.remove(`${home.dir}/oauth_creds.json`);
  await writeKeySlot(home.dir, 1, baseUrl);
  const standIn = `${folder}/stand-in-qwen`;
  const file = `${folder}/gateway-${way}`;
  await Deno.writeTextFile(standIn, STAND_IN, { mode: 0o755 });
  const [program = "", ...words] = programs[way];
  const child = new Deno.Command(program, {
    args: [...words, "exec", "--bin", standIn, "--", "x"],
    env: {
      ...env,
      HOME: home.path,
      PATH: "/usr/bin:/bin",
      STAND_IN_FILE: file,
    },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
  }).spawn();
  let hasEnded = false;
  const ended = child.status.then(() => hasEnded = true);
  owned.defer(async () => {
    await Deno.remove(file).catch(() => {}); // ends the program
    await ended;
  });
  const deadline = performance.now() + LONGEST_START_MS;
  while (!hasEnded && performance.now() < deadline) {
    const text = await Deno.readTextFile(file).catch(() => "");
    const [url, key] = text.trim().split(" ");
    if (url && key && key !== apiKey(1)) {
      const all = owned.move();
      return {
        url,
        key,
        pid: child.pid,
        [Symbol.asyncDispose]: () => all.disposeAsync(),
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("Cannot start the gateway: it gave no address");
}
