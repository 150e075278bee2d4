/**
 * The URL of the file that this code runs from: this file, or the bundle that
 * contains it.
 *
 * Only `entry.ts` may import this, so that a bundler always puts the two together,
 * also where it splits a program into several files.
 */
export const fileUrl: string = import.meta.url;
