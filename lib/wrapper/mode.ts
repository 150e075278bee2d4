import { GatewayBlockedError } from "../run_errors.ts";
import type { Provider } from "../providers/provider.ts";
import type { AccountKind } from "../rotation/account.ts";
import { findCliProxy } from "./cli_proxy.ts";
import { findCliVersion } from "./cli_version.ts";

/** How the CLI reaches an account. */
export type ModeName =
  /** Through the gateway where the account has a key. */
  | "auto"
  /** By an address of ours, which passes each request on to an account. */
  | "gateway"
  /** With the login of the link, or with the key itself. */
  | "link";

/** What the way to an account depends on. */
export interface WayOptions {
  /** What was asked for. */
  mode: ModeName;
  /** The CLI. */
  provider: Provider;
  /** The program to start. */
  bin: string;
  /** The CLI's arguments. */
  args: readonly string[];
  /** The folder of the accounts. */
  dir: string;
}

/** The way to an account. */
export interface Way {
  /** Whether it leads through the gateway. */
  isGateway: boolean;
  /** Why it is another way than asked for. */
  notice?: string;
}

/** What goes through the gateway. */
const KINDS: Readonly<Record<ModeName, readonly AccountKind[]>> = {
  auto: ["api-key"],
  gateway: ["api-key", "oauth"],
  link: [],
};

/**
 * Decides how the CLI reaches accounts, by how they log in.
 *
 * @throws {GatewayBlockedError} If the gateway was asked for by its name, and
 * the CLI would not find it.
 */
export async function findWays(
  options: WayOptions,
): Promise<(kind: AccountKind) => Way> {
  const { mode } = options;
  const kinds = KINDS[mode];
  const obstacle = kinds.length > 0 ? await findObstacle(options) : undefined;
  if (obstacle === undefined) {
    return (kind) => ({ isGateway: kinds.includes(kind) });
  }
  if (mode === "gateway") throw new GatewayBlockedError(obstacle);
  const notice =
    `without the gateway, as ${obstacle}: qwen gets the API key directly, as with --mode link`;
  return (kind) =>
    kinds.includes(kind) ? { isGateway: false, notice } : { isGateway: false };
}

async function findObstacle(
  { provider, bin, args, dir }: WayOptions,
): Promise<string | undefined> {
  const version = await findCliVersion(bin);
  if (provider.sparesLoopback(version)) return undefined;
  const proxy = await findCliProxy({ provider, version, args, dir });
  if (!proxy) return undefined;
  return `qwen ${version ?? "of an unknown version"} would send its requests ` +
    `to the proxy (${proxy.origin})`;
}
