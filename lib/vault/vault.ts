import type { LoginIdentity } from "../agents/home_login.ts";
import type { Move } from "../disk/names.ts";
import type { Memory } from "../ledger/ledger.ts";
import {
  type State,
  withAccount,
  withLogins,
  withMove,
  withoutBlock,
} from "../ledger/state.ts";
import type { Leftover } from "./settle/leftovers.ts";
import type { Run } from "./settle/runs.ts";
import type { Snapshot } from "./snapshot.ts";

/** What is on disk, as far as an update keeps track of it. */
export interface OnDisk
  extends Pick<Snapshot, "slots" | "keys" | "live" | "doubtful"> {
  /** The processes that may have an account's login in memory. */
  runs: readonly Run[];
  /** What killed processes left behind, and links that were moved aside. */
  leftovers: readonly Leftover[];
}

/**
 * Records what an update has done to the credentials on disk, and which account
 * is active or blocked. Call a method that notes something after the disk has
 * changed.
 */
export class Vault {
  readonly #memory: Memory;
  readonly #disk: OnDisk;

  constructor(memory: Memory, disk: OnDisk) {
    const { slots, keys, live, doubtful, runs, leftovers } = disk;
    this.#memory = memory;
    this.#disk = { slots, keys, live, doubtful, runs, leftovers };
  }

  get disk(): Readonly<OnDisk> {
    return this.#disk;
  }

  /** Notes that account `index` has a slot. */
  addSlot(index: number): void {
    this.#disk.slots = withNumber(this.#disk.slots, index);
  }

  /** Notes which accounts have logins. */
  setSlots(slots: readonly number[]): void {
    this.#disk.slots = slots;
  }

  /** Remembers what is known about the logins in folders. */
  setLogins(known: Parameters<typeof withLogins>[1]): void {
    this.#put(withLogins(this.#state, known));
  }

  /** Remembers whose login the plain agent kept after a removal. */
  noteRemoved(index: number, login: LoginIdentity | undefined): void {
    this.#put(withAccount(this.#state, index, { removed: login }));
  }

  /** Notes that account `index` has a slot with a key. */
  addKey(index: number): void {
    this.#disk.keys = withNumber(this.#disk.keys, index);
  }

  /** Notes that the slot of account `index` is gone. */
  removeAccount(index: number): void {
    const isOther = (it: number) => it !== index;
    this.#disk.slots = this.#disk.slots.filter(isOther);
    this.#disk.keys = this.#disk.keys.filter(isOther);
    this.deactivate(index);
  }

  /** Notes that the files of account `from` were renamed to number `to`. */
  moveAccount(move: Move): void {
    const { from, to } = move;
    const renumber = (all: Iterable<number>) =>
      [...all].map((it) => it === from ? to : it).sort((a, b) => a - b);
    const { slots, keys, doubtful, live } = this.#disk;
    this.#disk.slots = renumber(slots);
    this.#disk.keys = renumber(keys);
    this.#disk.doubtful = new Set(renumber(doubtful));
    if (live.kind === "slot" && live.index === from) {
      this.#disk.live = { kind: "slot", index: to };
    }
    this.#put(withMove(this.#state, move));
  }

  /** Remembers that an account is about to be renumbered. */
  beginMove(moving: Move): void {
    this.#put({ ...this.#state, moving });
  }

  /** Notes that the link points to account `index`. */
  link(index: number): void {
    this.#disk.live = { kind: "slot", index };
    this.#put({ ...this.#state, linked: true, currentIndex: index });
  }

  /** Notes that nothing is at the path of the live file. */
  unlink(): void {
    this.#disk.live = { kind: "absent" };
    this.forgetLink();
  }

  /** Remembers that the link is gone. */
  forgetLink(): void {
    this.#put({ ...this.#state, linked: false });
  }

  /** Notes that a file has replaced the link. */
  replaceLink(): void {
    this.#disk.live = { kind: "file" };
  }

  /** Remembers whose login the agent reads; `undefined` if that is unknown. */
  rememberLinked(currentIndex: number | undefined): void {
    this.#put({ ...this.#state, currentIndex });
  }

  /** Makes the API-key account `index` the active one; the link stays. */
  activateKey(index: number): void {
    this.#put({ ...this.#state, activeKey: index });
  }

  /** Makes the account of the link the active one. */
  activateLink(): void {
    this.#put({ ...this.#state, activeKey: undefined });
  }

  /** Deactivates account `index`, if it is active. */
  deactivate(index: number): void {
    const unless = (it: number | undefined) => it === index ? undefined : it;
    const { currentIndex, activeKey } = this.#state;
    this.#put({
      ...this.#state,
      currentIndex: unless(currentIndex),
      activeKey: unless(activeKey),
    });
  }

  /** Makes rotation skip account `index` from `time` on, for `reason`. */
  block(index: number, reason: string, time: string): void {
    const change = { blocked: reason, blockedSince: time };
    this.#put(withAccount(this.#state, index, change));
  }

  /** Lets rotation use account `index` again. */
  unblock(index: number): void {
    this.#put(withoutBlock(this.#state, index));
  }

  /** Notes which accounts are doubtful. */
  setDoubtful(doubtful: ReadonlySet<number>): void {
    this.#disk.doubtful = doubtful;
  }

  /** Notes that a process may have an account's login in memory. */
  addReader(reader: Run): void {
    this.#disk.runs = [...this.#disk.runs, reader];
  }

  /** Notes that the records of run `id` are gone. */
  removeRun(id: string): void {
    this.#disk.runs = this.#disk.runs.filter((it) => it.id !== id);
  }

  /** Notes that `leftover` is under a temporary name. */
  addLeftover(leftover: Leftover): void {
    this.#disk.leftovers = [...this.#disk.leftovers, leftover];
  }

  get #state(): State {
    return this.#memory.state;
  }

  #put(state: State): void {
    this.#memory.state = state;
  }
}

function withNumber(all: readonly number[], index: number): readonly number[] {
  if (all.includes(index)) return all;
  return [...all, index].sort((a, b) => a - b);
}
