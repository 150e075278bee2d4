import type { AuditEvent } from "../disk/audit_log.ts";
import type { Layout } from "../disk/layout.ts";
import { allAccounts } from "../disk/names.ts";
import { Ledger, type Memory } from "../ledger/ledger.ts";
import type { State } from "../ledger/state.ts";
import { type LoadedState, saveState } from "../ledger/state_file.ts";
import type { Notify } from "../system/system.ts";
import type { LiveFile } from "./logins/live_file.ts";
import type { Leftover } from "./settle/leftovers.ts";
import type { Run } from "./settle/runs.ts";
import {
  activeAccount,
  type AgentVersion,
  type ReservedFor,
  type Snapshot,
} from "./snapshot.ts";
import { type OnDisk, Vault } from "./vault.ts";

/** What an update has done; the time is added when it is written. */
export interface UntimedEvent {
  event: string;
  /** @default "info" */
  level?: AuditEvent["level"];
  /** The account before. @default none */
  from?: number | undefined;
  /** The account after. @default none */
  to?: number | undefined;
  /** @default "asked for" */
  reason?: string | undefined;
}

interface Circumstances
  extends
    Pick<OnDisk, "runs" | "leftovers">,
    Pick<Locked, "agentVersion" | "clock" | "notify" | "record"> {
  /** Called before the state is saved. */
  beforeSave: (locked: Locked) => Promise<void>;
}

/**
 * The folder of the accounts while an update holds the lock. The properties
 * show its content; only operations of `ledger` and `vault` change it.
 */
export class Locked implements Readonly<Snapshot>, Readonly<OnDisk> {
  readonly layout: Layout;
  readonly loaded: LoadedState;
  readonly rotatesLogins: boolean | undefined;
  readonly reserved: ReservedFor | undefined;
  /** When the update began, epoch milliseconds. */
  readonly now: number;
  readonly clock: () => number;
  readonly notify: Notify;
  readonly agentVersion: AgentVersion | undefined;
  /** Adds an event to the audit log, which is written after the state. */
  readonly record: (event: UntimedEvent) => void;
  /** Counts, cooldowns, and what the user says about the accounts. */
  readonly ledger: Ledger;
  readonly vault: Vault;

  readonly #memory: Memory;
  readonly #beforeSave: (locked: Locked) => Promise<void>;
  readonly #successors = new Map<number, number>();
  #savedText: string | undefined;

  constructor(snapshot: Snapshot, circumstances: Circumstances) {
    const { clock, notify, record, beforeSave } = circumstances;
    this.layout = snapshot.layout;
    this.rotatesLogins = snapshot.rotatesLogins;
    this.reserved = snapshot.reserved;
    this.loaded = snapshot.loaded;
    this.now = clock();
    this.clock = clock;
    this.notify = notify;
    this.agentVersion = circumstances.agentVersion;
    this.record = record;
    this.#memory = { state: snapshot.state };
    this.#beforeSave = beforeSave;
    this.#savedText = snapshot.loaded.text;
    this.ledger = new Ledger(this.#memory, this.now);
    this.vault = new Vault(this.#memory, { ...snapshot, ...circumstances });
  }

  /**
   * The state, saved when the change is done. Until the update has settled,
   * `currentIndex` is the account that was active at the last save: the link
   * does not show whose login was written before it moved.
   */
  get state(): State {
    return this.#memory.state;
  }

  get active(): number | undefined {
    return activeAccount(this);
  }

  get slots(): readonly number[] {
    return this.vault.disk.slots;
  }

  get keys(): readonly number[] {
    return this.vault.disk.keys;
  }

  get live(): LiveFile {
    return this.vault.disk.live;
  }

  get doubtful(): ReadonlySet<number> {
    return this.vault.disk.doubtful;
  }

  get runs(): readonly Run[] {
    return this.vault.disk.runs;
  }

  get leftovers(): readonly Leftover[] {
    return this.vault.disk.leftovers;
  }

  /** The accounts that runs continue with, by the account that each replaces. */
  get successors(): ReadonlyMap<number, number> {
    return this.#successors;
  }

  /**
   * Notes that runs continue with account `to`, only so that targets are told.
   */
  noteSuccessor({ from, to }: { from: number; to: number }): void {
    this.#successors.set(from, to);
  }

  /**
   * Saves the state. Every update ends with this; call it earlier for what must
   * survive a kill.
   */
  async save(): Promise<void> {
    await this.#beforeSave(this);
    const totalAccounts = allAccounts(this).length;
    const state = { ...this.state, totalAccounts };
    this.#savedText = await saveState(this.layout, state, this.#savedText);
  }
}

/** What an update can read before it has settled; it cannot change anything. */
export type Before = Omit<
  Locked,
  "ledger" | "vault" | "record" | "save" | "noteSuccessor"
>;
