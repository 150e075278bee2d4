import type { SignalName } from "./contract.ts";

/**
 * The calls with which we look at other processes. They are synchronous: with
 * 100 processes a walk through `/proc` takes 3 ms, and 20 ms with awaits.
 */
export interface Kernel {
  /** Our process id. */
  readonly pid: number;
  /** Our user id. */
  readonly uid: number;
  /** Returns the text of a file; `undefined` if it is gone or unreadable. */
  readText(path: string): string | undefined;
  /** Returns the target of a link; `undefined` if it is gone or unreadable. */
  readLink(path: string): string | undefined;
  /** Returns the names in a folder. */
  namesIn(folder: string): string[];
  /** Identifies a file and its owner; `undefined` if it is gone. */
  stat(path: string): FileIdentity | undefined;
  /**
   * Sends a signal to a process, or to a group by `-id`; 0 only tells whether it
   * could be sent.
   */
  signal(pid: number, signal: SignalName | 0): "sent" | "absent" | "denied";
}

/** Identifies a file independently of its name. */
export interface FileIdentity {
  /** The device number, as in stat(2). */
  device: number;
  /** The inode number. */
  inode: number;
  /** The user id of the owner. */
  uid: number;
  /** The id of the group. */
  gid: number;
}

/** Returns what `read` returns, or `undefined` if it throws. */
export function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
