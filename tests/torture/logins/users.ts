import type { Random } from "../random.ts";
import type { LoginArena } from "./login_arena.ts";
import { OWNERS, promptArgs, usedBy } from "./login_operations.ts";

/** Runs the plain agent, or logs in or out with it. */
export async function actAsUser(
  arena: LoginArena,
  random: Random,
  number: number,
): Promise<void> {
  const draw = random.next();
  const inAuth = arena.agent === "claude" ? ["auth"] : [];
  const args = draw < 0.8
    ? promptArgs(arena, random)
    : draw < 0.9
    ? [...inAuth, "login"]
    : draw < 0.95 || arena.agent === "claude"
    ? [...inAuth, "logout"]
    : ["login", "--with-api-key"];
  const delayMs = random.between(0, 800);
  const owner = random.pick(OWNERS);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  const child = new Deno.Command(arena.bin, {
    args,
    clearEnv: true,
    env: {
      ...arena.env,
      TORTURE_ACTOR: `plain ${number}, ${args.join(" ")}`,
      TORTURE_LOGIN: owner,
      TORTURE_USES: usedBy(arena, "plain"),
    },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("sk-proj-0123456789\n"))
    .catch(() => {});
  await writer.close().catch(() => {});
  await child.status;
}
