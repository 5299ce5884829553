/**
 * Definitions that a program is compiled behind. The module counts seconds in 32 bits, so its own dates end in January
 * 2038, and a time in milliseconds taken for seconds comes out as 1901. What lies beyond is calculated here; what does
 * not is left to the module. `now` is the time of the call.
 */
import { jqTokens } from "./tokens.ts";

/**
 * Days are counted from 1 March of the year 0, in eras of 400 years, so that a leap day is the last of its year.
 * Whatever is defined in jq by one of these words is defined anew behind them.
 */
const DATES = `
def _gmtime: gmtime; def _mktime: mktime; def _strftime(f): strftime(f);
def _localtime: localtime; def _strflocaltime(f): strflocaltime(f);
def _isbeyond: . >= 2147483648 or . < -2147483648;
def _daysto($y; $m; $d):
  (if $m < 2 then $y - 1 else $y end) as $year | ($year / 400 | floor) as $era | ($year - $era * 400) as $yoe
  | (((153 * ($m + (if $m < 2 then 10 else -2 end)) + 2) / 5 | floor) + $d - 1) as $doy
  | $era * 146097 + $yoe * 365 + ($yoe / 4 | floor) - ($yoe / 100 | floor) + $doy - 719468;
def gmtime: if type != "number" then _gmtime elif _isbeyond | not then _gmtime else
  . as $given | (if . < 0 then -(-. | floor) else floor end) as $s | ($s / 86400 | floor) as $days
  | ($s - $days * 86400) as $rest | ($days + 719468) as $z | ($z / 146097 | floor) as $era
  | ($z - $era * 146097) as $doe
  | (($doe - ($doe / 1460 | floor) + ($doe / 36524 | floor) - ($doe / 146096 | floor)) / 365 | floor) as $yoe
  | ($doe - (365 * $yoe + ($yoe / 4 | floor) - ($yoe / 100 | floor))) as $doy
  | ((5 * $doy + 2) / 153 | floor) as $mp
  | (if $mp < 10 then $mp + 2 else $mp - 10 end) as $m
  | ($yoe + $era * 400 + (if $m < 2 then 1 else 0 end)) as $y
  | [$y, $m, $doy - ((153 * $mp + 2) / 5 | floor) + 1, ($rest / 3600 | floor), ($rest / 60 | floor) - ($rest / 3600 | floor) * 60,
     $rest - ($rest / 60 | floor) * 60 + ($given - ($given | floor)),
     ($days + 4) - (($days + 4) / 7 | floor) * 7, $days - _daysto($y; 0; 1)] end;
def mktime: if type == "array" and length >= 8 and all(.[0:8][]; type == "number") and (.[0] > 2037 or .[0] < 1902) then
  _daysto(.[0]; .[1]; .[2]) * 86400 + .[3] * 3600 + .[4] * 60 + (.[5] | floor) else _mktime end;
def strftime(f): if type == "number" then gmtime | _strftime(f) else _strftime(f) end;
def localtime: if type == "number" then gmtime else _localtime end;
def strflocaltime(f): if type == "number" then gmtime | _strflocaltime(f) else _strflocaltime(f) end;
def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ"); def todate: todateiso8601; def date: todate;
def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime; def fromdate: fromdateiso8601;
`.replaceAll("\n", " ");

const DATE_WORDS = new Set(
  "gmtime mktime strftime localtime strflocaltime todateiso8601 todate date fromdateiso8601 fromdate".split(
    " ",
  ),
);

export function prelude(program: string, nowMs: number): string {
  // What cannot be read jq will refuse. Words may also stand in what is put into a string.
  const tokens = jqTokens(program) ?? [];
  const texts = tokens
    .filter(({ kind }) => kind === "word" || kind === "string")
    .flatMap(({ text }) => text.match(/\w+/g) ?? []);
  const dates = texts.some((text) => DATE_WORDS.has(text)) ? DATES : "";
  return texts.includes("now") ? `def now: ${nowMs / 1000}; ${dates}` : dates;
}
