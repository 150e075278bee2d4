/** How long a request may take, to the end of its reply. */
export const REQUEST_LIMIT_MS = 30_000;
