/**
 * What a look at other processes asks of a JavaScript runtime, in one step
 * each: with 100 processes a walk through `/proc` takes 3 ms, against 20 when
 * awaited.
 */
export interface Kernel {
  /** Our process id. */
  readonly pid: number;
  /** Our user id. */
  readonly uid: number;
  /** The text of a file; `undefined` if it is gone or not ours to read. */
  readText(path: string): string | undefined;
  /** The text of a link; `undefined` if it is gone or not ours to read. */
  readLink(path: string): string | undefined;
  /** The names in a folder. */
  namesIn(folder: string): string[];
  /** Where a file is kept, and whose it is; `undefined` if it is gone. */
  stat(path: string): FileIdentity | undefined;
  /** Whether a signal could be sent to a process, or with `-id` to a group. */
  probe(pid: number): "present" | "absent" | "denied";
}

/** Which file it is, whatever its name. */
export interface FileIdentity {
  /** As stat(2) numbers the device. */
  device: number;
  /** The inode number. */
  inode: number;
  /** The owner's user id. */
  uid: number;
  /** The id of its group. */
  gid: number;
}
