/** Why there is no reply, or only the beginning of one. */
export const CUT = "the connection was cut";
const FAILED = "the connection failed";
const TOO_LARGE = "its header has too many fields or is not valid";

/** What a service sends, and what the client returns. */
export interface SentReply {
  /** All of its bytes, as ASCII. */
  reply: string;
  /** The method of the request. @default "GET" */
  method?: string;
  /** The status and the body, or the error. */
  wanted: string;
  /** Whether the next request uses the same connection. @default false */
  isReused?: boolean;
  /** Whether the service ends the connection after the reply. @default false */
  ends?: boolean;
}

/** The first line of a reply. */
export const OK = "HTTP/1.1 200 OK\r\n";
/** A head before chunks. */
export const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** Replies by what they are. */
export const REPLIES: Readonly<Record<string, SentReply>> = {
  "a body with a length": {
    reply: `${OK}Content-Length: 3\r\n\r\nabc`,
    wanted: "200 abc",
    isReused: true,
  },
  "an empty body": {
    reply: `${OK}Content-Length: 0\r\n\r\n`,
    wanted: "200",
    isReused: true,
  },
  "chunks with extensions and a trailer": {
    reply:
      `${CHUNKED}3;x="y"\r\nabc\r\n0A \t;z\r\n0123456789\r\n000\r\nA: b\r\n` +
      "C: d\r\n\r\n",
    wanted: "200 abc0123456789",
    isReused: true,
  },
  "a chunk whose size begins with zeros": {
    reply: `${CHUNKED}${"0".repeat(20)}3\r\nabc\r\n0\r\n\r\n`,
    wanted: "200 abc",
    isReused: true,
  },
  "a body up to the end of the connection": {
    reply: `${OK}\r\nabc`,
    ends: true,
    wanted: "200 abc",
  },
  "a reply of HTTP/1.0": {
    reply: "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    wanted: "200 abc",
  },
  "a reply with Connection: close": {
    reply: `${OK}Connection: Close\r\nContent-Length: 3\r\n\r\nabc`,
    wanted: "200 abc",
  },
  "interim replies": {
    reply: "HTTP/1.1 100 Continue\r\n\r\n" +
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
      `${OK}Content-Length: 3\r\n\r\nabc`,
    wanted: "200 abc",
    isReused: true,
  },
  "a status without a reason": {
    reply: "HTTP/1.1 429\r\nContent-Length: 3\r\n\r\nabc",
    wanted: "429 abc",
    isReused: true,
  },
  "no body for 204": {
    reply: "HTTP/1.1 204 No Content\r\n\r\n",
    wanted: "204",
    isReused: true,
  },
  "no body for 304, despite a length": {
    reply: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    wanted: "304",
    isReused: true,
  },
  "no body for HEAD, despite a length": {
    reply: `${OK}Content-Length: 9\r\n\r\n`,
    method: "HEAD",
    wanted: "200",
    isReused: true,
  },
  "another protocol": {
    reply: "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
    wanted: "101",
  },
  "a redirect": {
    reply:
      "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 3\r\n\r\nabc",
    wanted: "302 abc",
    isReused: true,
  },
  "bytes after a body with a length": {
    reply:
      `${OK}Content-Length: 3\r\n\r\nabc${OK}Content-Length: 4\r\n\r\nevil`,
    wanted: "200 abc",
  },
  "bytes after the last chunk": {
    reply: `${CHUNKED}3\r\nabc\r\n0\r\n\r\n${OK}Content-Length: 4\r\n\r\nevil`,
    wanted: "200 abc",
  },
  "bytes after a reply without a body": {
    reply: `HTTP/1.1 204 No Content\r\n\r\n${OK}Content-Length: 4\r\n\r\nevil`,
    wanted: "204",
  },

  "nothing": { reply: "", ends: true, wanted: CUT },
  "half a head": { reply: `${OK}Content-`, ends: true, wanted: CUT },
  "a body that is too short": {
    reply: `${OK}Content-Length: 9\r\n\r\nabc`,
    ends: true,
    wanted: CUT,
  },
  "chunks without the last one": {
    reply: `${CHUNKED}3\r\nabc\r\n`,
    ends: true,
    wanted: CUT,
  },
  "half a chunk": { reply: `${CHUNKED}9\r\nabc`, ends: true, wanted: CUT },
  "a last chunk without its end": {
    reply: `${CHUNKED}3\r\nabc\r\n0\r\n`,
    ends: true,
    wanted: CUT,
  },
  "interim replies without end": {
    reply: "HTTP/1.1 100 Continue\r\n\r\n".repeat(2_000),
    ends: true,
    wanted: FAILED,
  },
  "no HTTP": { reply: "220 hello\r\n\r\n", wanted: FAILED },
  "another version": { reply: "HTTP/2.0 200 OK\r\n\r\n", wanted: FAILED },
  "a status of two digits": { reply: "HTTP/1.1 20 OK\r\n\r\n", wanted: FAILED },
  "a length and chunks": {
    reply: `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n` +
      "3\r\nabc\r\n0\r\n\r\n",
    wanted: FAILED,
  },
  "two lengths": {
    reply: `${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
    wanted: FAILED,
  },
  "a length that is not a number": {
    reply: `${OK}Content-Length: 0x3\r\n\r\nabc`,
    wanted: FAILED,
  },
  "an unknown coding": {
    reply: `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    wanted: FAILED,
  },
  "a folded field": {
    reply: `${OK}A: b\r\n c: d\r\nContent-Length: 3\r\n\r\nabc`,
    wanted: FAILED,
  },
  "a blank before a colon": {
    reply: `${OK}Content-Length : 3\r\n\r\nabc`,
    wanted: FAILED,
  },
  "a NUL in a field": {
    reply: `${OK}A: \0\r\nContent-Length: 3\r\n\r\nabc`,
    wanted: FAILED,
  },
  "a carriage return alone": {
    reply: `${OK}A: b\rContent-Length: 3\r\n\r\nabc`,
    wanted: FAILED,
  },
  "line feeds alone": {
    reply: "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
    wanted: FAILED,
  },
  "a line feed alone in a field": {
    reply: `${OK}A: b\nContent-Length: 3\r\n\r\nabc`,
    wanted: FAILED,
  },
  "a head that is too long": {
    reply: `${OK}A: ${"b".repeat(300_000)}\r\n\r\n`,
    wanted: TOO_LARGE,
  },
  "a head that never ends": {
    reply: OK + "A: b\r\n".repeat(60_000),
    wanted: TOO_LARGE,
  },
  "a chunk without a size": { reply: `${CHUNKED}\r\nabc`, wanted: FAILED },
  "a chunk with a wrong size": {
    reply: `${CHUNKED}0x3\r\nabc\r\n0\r\n\r\n`,
    wanted: FAILED,
  },
  "a chunk with a negative size": {
    reply: `${CHUNKED}-3\r\nabc\r\n0\r\n\r\n`,
    wanted: FAILED,
  },
  "a chunk of more bytes than can be counted": {
    reply: `${CHUNKED}${"f".repeat(17)}\r\nabc`,
    wanted: FAILED,
  },
  "a chunk that is longer than its size": {
    reply: `${CHUNKED}2\r\nabc\r\n0\r\n\r\n`,
    wanted: FAILED,
  },
  "line feeds alone around a chunk": {
    reply: `${CHUNKED}3\nabc\n0\n\n`,
    wanted: FAILED,
  },
  "a line feed alone in an extension": {
    reply: `${CHUNKED}3;a\nabc\r\n0\r\n\r\n`,
    wanted: FAILED,
  },
  "an extension that is too long": {
    reply: `${CHUNKED}3;${"x".repeat(20_000)}\r\nabc\r\n0\r\n\r\n`,
    wanted: FAILED,
  },
  "a trailer that is too long": {
    reply: `${CHUNKED}0\r\n${"A: b\r\n".repeat(10_000)}\r\n`,
    wanted: FAILED,
  },
};
