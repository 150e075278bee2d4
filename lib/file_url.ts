/**
 * The URL of the file that contains this code: this file, or a bundle.
 *
 * Only `entry.ts` may import it, so that a bundler keeps the two together even
 * if it splits a program into several files.
 */
export const fileUrl: string = import.meta.url;
