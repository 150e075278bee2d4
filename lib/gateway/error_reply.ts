/** The content of an error reply, in the format of the OpenAI API. */
export interface ErrorReply {
  /** The HTTP status. */
  status: number;
  /** A one-line message for people, without secrets. */
  message: string;
  /** The kind of error, for programs. */
  type: string;
  /** Headers besides the content headers. */
  headers?: Record<string, string>;
}

/** Creates an error reply of our own. */
export function errorReply(
  { status, message, type, headers }: ErrorReply,
): Response {
  const error = { message, type, code: type, param: null };
  return Response.json({ error }, { status, ...(headers ? { headers } : {}) });
}
