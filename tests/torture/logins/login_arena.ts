import { denoDir } from "../../../scripts/deno_dir.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { until } from "../../support/deadline.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { FILES, formatLogin, HOMES, putLogin } from "./login_file.ts";
import { type AgentName, putFake } from "./programs.ts";
import { startTokenService, type TokenService } from "./token_service.ts";

/** The paths in an arena. */
export interface LoginPlace {
  /** The agent. */
  agent: AgentName;
  /** The folder that is `HOME`. */
  home: string;
  /** The home of the agent. */
  dir: string;
  /** The folder with a folder for each account. */
  accounts: string;
  /** The file of the plain agent. */
  plain: string;
  /** What the fakes have noted. */
  notes: string;
  /** The fake. */
  bin: string;
}

/** A home with plan logins of one agent, and the service that grants them. */
export interface LoginArena extends LoginPlace, AsyncDisposable {
  /** The service. */
  service: TokenService;
  /** The environment of a process in the arena, without its actor. */
  env: Record<string, string>;
}

/** How to set up an arena. */
export interface LoginArenaOptions {
  /** The agent. */
  agent: AgentName;
  /** Its version. */
  version: string;
  /** The owners of the accounts, from 1. */
  owners: readonly string[];
  /** How long an access token lives. @default an hour */
  lifetimeS?: () => number;
  /** Whether the logins are due by their age (codex 0.100.0). @default false */
  isAged?: boolean;
}

/** Returns the paths in the arena of `home`. */
export function loginPlace(home: string, agent: AgentName): LoginPlace {
  const dir = `${home}/${HOMES[agent]}`;
  return {
    agent,
    home,
    dir,
    accounts: `${dir}/accounts`,
    plain: `${dir}/${FILES[agent]}`,
    notes: `${home}/notes`,
    bin: `${home}/bin/${agent}`,
  };
}

/** Makes an arena, whose logins are in the folders of the accounts. */
export async function makeLoginArena(
  { agent, version, owners, lifetimeS, isAged = false }: LoginArenaOptions,
): Promise<LoginArena> {
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(await tempDir({ inMemory: true }));
  const place = loginPlace(folder.path, agent);
  const service = owned.use(startTokenService());
  const { book } = service;
  if (lifetimeS) book.lifetimeS = lifetimeS;
  for (const [at, owner] of owners.entries()) {
    const path = `${place.accounts}/${at + 1}/${FILES[agent]}`;
    putLogin(path, formatLogin(agent, book.login(owner), { isAged }));
  }
  Deno.mkdirSync(place.dir, { recursive: true });
  await putFake(`${place.home}/bin`, { agent, version });
  Deno.writeTextFileSync(place.notes, "");
  const env = {
    PATH: `${place.home}/bin:${Deno.env.get("PATH")}`,
    HOME: place.home,
    DENO_DIR: Deno.env.get("DENO_DIR") ?? await denoDir(),
    NO_COLOR: "1",
    TORTURE_HOME: place.home,
    TORTURE_NOTES: place.notes,
    TORTURE_SERVICE: service.url,
  };
  const disposables = owned.move();
  return {
    ...place,
    service,
    env,
    async [Symbol.asyncDispose]() {
      await endProcesses(place);
      await disposables.disposeAsync();
    },
  };
}

/** Waits until no process of the arena is left, such as an agent. */
export async function awaitAgents({ home }: LoginPlace): Promise<void> {
  const { host } = runtime;
  let looks = 0;
  await until(async () => {
    const left = await host.processesOf(-1, "TORTURE_HOME", home);
    looks = left.length === 0 ? looks + 1 : 0;
    // A process has no environment for a moment while it becomes another program.
    return looks === 2;
  }, { what: "the end of all agents" });
}

/** Ends all processes of an arena, such as an agent. */
export async function endProcesses(
  { home }: Pick<LoginPlace, "home">,
): Promise<void> {
  const { host } = runtime;
  await until(async () => {
    const left = await host.processesOf(-1, "TORTURE_HOME", home);
    for (const { pid } of left) host.kill(pid, "SIGKILL");
    return left.length === 0;
  }, { what: "the end of all processes" });
}
