/** What callers may do: policies. */
import { isDeepStrictEqual } from "node:util";
import type { Policy } from "../../../src/auth/policy.ts";
import { verdictOfKey } from "../../../src/auth/decide.ts";
import { documentOf, parsePolicy } from "../../../src/auth/policy-document.ts";
import { matchesWildcard } from "../../../src/wildcard.ts";
import { factsOf } from "../../unit/auth/facts.ts";
import { mutateTree, printTree, treeOf } from "../json-tree.ts";
import { mutateText } from "../mutate.ts";
import { fuzzTarget, hold } from "../target.ts";

const POLICY = {
  Version: "2012-10-17",
  Id: "producers",
  Statement: [
    {
      Sid: "Put",
      Effect: "Allow",
      Action: ["kinesis:Put*", "firehose:PutRecord"],
      Resource: "arn:aws:kinesis:eu-west-1:123456789012:stream/logs-*",
    },
    {
      Effect: "Deny",
      Action: "kinesis:*",
      Resource: ["arn:aws:kinesis:*:*:stream/logs-secret"],
      Condition: {
        NotIpAddress: { "aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"] },
        StringLikeIfExists: { "aws:ResourceTag/team": "a*" },
        DateGreaterThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" },
        Bool: { "aws:SecureTransport": "false" },
      },
    },
  ],
};
const ACTIONS = ["kinesis:PutRecord", "firehose:PutRecord", "kinesis:GetRecords", "hydrant:X", "*"];
const RESOURCES = [
  "arn:aws:kinesis:eu-west-1:123456789012:stream/logs-a",
  "arn:aws:kinesis:eu-west-1:123456789012:stream/logs-secret",
  "*",
];
const WORDS = [
  "*",
  "?",
  "${aws:username}",
  "Allow",
  "NotAction",
  "Condition",
  "StringEquals",
  "ForAllValues:",
  "IfExists",
  ":",
  "arn:aws:",
  '"',
  "{",
  "}",
];
const SENTENCE_MAX_LENGTH = 4000;
const DENY_ALL = { Effect: "Deny", Action: "*", Resource: "*" };

export const policies = () =>
  fuzzTarget({
    draw(chance) {
      const text = printTree(mutateTree(chance, treeOf(POLICY)));
      return {
        text: chance.may(0.2) ? mutateText(chance, text, WORDS) : text,
        action: chance.may(0.8) ? chance.pick(ACTIONS) : mutateText(chance, "kinesis:PutRecord"),
        resource: chance.pick(RESOURCES),
        pattern: mutateText(chance, "a*b?c*", ["*", "?", "a"]).slice(0, 512),
        subject: mutateText(chance, "abc", ["a", "b", "c"]).slice(0, 512),
      };
    },
    check({ text, action, resource, pattern, subject }) {
      const isMatch = matchesWildcard(pattern, subject);
      hold(isMatch === globMatches(pattern, subject), "wildcards mean what they say");
      let policy: Policy;
      try {
        policy = parsePolicy(text);
      } catch (error) {
        const { constructor, message } = error as Error;
        hold(constructor === Error, `a policy that is none is told, not ${String(error)}`);
        hold(message.length < SENTENCE_MAX_LENGTH, "no sentence grows with the policy");
        return "refused";
      }
      hold(!hasTwins(text), "no member is there twice");
      const again = parsePolicy(JSON.stringify(documentOf(policy)));
      hold(isDeepStrictEqual(again, policy), "what is kept can be written and read again");
      const access = { action, resource };
      const facts = factsOf({ sourceIp: "10.1.2.3" });
      const { Statement } = documentOf(policy) as { readonly Statement: readonly object[] };
      const denied = parsePolicy(JSON.stringify({ Statement: [...Statement, DENY_ALL] }));
      hold(verdictOfKey(denied, access, facts) === "deny", "what denies wins");
      const bare = parsePolicy('{"Statement":[]}');
      hold(verdictOfKey(bare, access, facts) === "nothing", "nothing allows by itself");
      return verdictOfKey(policy, access, facts);
    },
  });

/** Of JSON: it has more names than members came of it. */
function hasTwins(text: string): boolean {
  const nameCount = text.replaceAll(/"(?:[^"\\]|\\.)*"|[^:]/gs, "").length;
  return nameCount !== memberCount(JSON.parse(text));
}

function memberCount(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, one) => sum + memberCount(one), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}

/** By dynamic programming, where the code goes back to the last star. */
function globMatches(pattern: string, text: string): boolean {
  let reached = [true, ...Array<boolean>(text.length).fill(false)];
  for (const sign of pattern.split("")) {
    const next = Array<boolean>(text.length + 1).fill(false);
    for (let at = 0; at <= text.length; at++) {
      if (sign === "*") next[at] = reached[at]! || (at > 0 && next[at - 1]!);
      else if (at > 0) next[at] = reached[at - 1]! && (sign === "?" || sign === text[at - 1]);
    }
    reached = next;
  }
  return reached[text.length]!;
}
