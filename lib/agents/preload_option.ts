/**
 * Returns the Node option that loads the module at `path`, for `NODE_OPTIONS`.
 */
export function preloadOption(path: string): string {
  return `--require "${path.replace(/["\\]/g, "\\$&")}"`;
}
