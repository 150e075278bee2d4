import { orUndefined } from "../kernel.ts";
import { offsetIn, type ZoneOffset } from "../zone_file.ts";
import { builtin, bun } from "./modules.ts";

/** A name in the list of time zones, such as `America/Port-au-Prince`. */
const ZONE_NAME = /^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/;

let file: Uint8Array | undefined;

/** Most times that are asked for are close together. */
let last: ZoneOffset | undefined;

/** Returns how far local time is from UTC at `timeMs`, milliseconds. */
export function utcOffset(timeMs: number): number {
  if (last && last.from <= timeMs && timeMs < last.until) return last.offsetMs;
  file ??= zoneFile() ?? new Uint8Array();
  last = offsetIn(file, timeMs);
  return last?.offsetMs ?? new Date(timeMs).getTimezoneOffset() * -60_000;
}

/** Returns the file of the zone of `TZ` or of the machine, if there is one. */
function zoneFile(): Uint8Array | undefined {
  const { TZ: zone } = bun.process.env;
  if (zone !== undefined && !ZONE_NAME.test(zone)) return undefined;
  const path = zone === undefined
    ? "/etc/localtime"
    : `/usr/share/zoneinfo/${zone}`;
  return orUndefined(() => builtin("node:fs").readFileSync(path));
}
