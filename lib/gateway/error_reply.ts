/** What an error reply says, in the form of the OpenAI API. */
export interface ErrorReply {
  /** The HTTP status. */
  status: number;
  /** One line for people, without secrets. */
  message: string;
  /** What kind of error it is, for programs. */
  type: string;
  /** Headers beside that of the content. */
  headers?: Record<string, string>;
}

/** Makes an error reply of our own. */
export function errorReply(
  { status, message, type, headers }: ErrorReply,
): Response {
  const error = { message, type, code: type, param: null };
  return Response.json({ error }, { status, ...(headers ? { headers } : {}) });
}
