import type { Sign } from "../../ledger/settle_traffic.ts";
import type { Ticket } from "../../ledger/traffic.ts";

/** A request that is under way, until disposed of. */
export interface Pass extends Disposable {
  /** Its account. */
  readonly account: number;
  /** Tells the other requests what this one has learned of the account. */
  tell(kind: Sign["kind"]): void;
}

/** Which accounts a request may use. */
export type EnterOptions = Pick<Ticket, "accounts" | "asOf" | "rivals"> & {
  /** The longest wait, milliseconds. */
  timeoutMs: number;
  /** Aborts when the client leaves. @default never */
  signal?: AbortSignal | undefined;
};

/**
 * Why a request may not go: its account was refused meanwhile, so that the
 * caller must look again, or it has waited for too long.
 */
export type Denial = "look again" | "too late";
