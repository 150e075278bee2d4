/** Names account `index`, with its label if it has one. */
export function nameOf(index: number, label: string | undefined): string {
  return `account ${index}${label === undefined ? "" : ` (${label})`}`;
}
