import { describe, expect, test } from "vitest";
import type { ConditionFacts } from "../../../src/auth/conditions.ts";
import { verdictOfKey } from "../../../src/auth/decide.ts";
import { parsePolicy } from "../../../src/auth/policy-document.ts";
import { principalOfArn } from "../../../src/auth/principal.ts";
import { factsOf } from "./facts.ts";

const ACCESS = {
  action: "kinesis:PutRecord",
  resource: "arn:aws:kinesis:us-east-1:123456789012:stream/clicks",
};

function holds(Condition: object, facts: Partial<ConditionFacts> = {}): boolean {
  const Statement = { Effect: "Allow", Action: "*", Resource: "*", Condition };
  const policy = parsePolicy(JSON.stringify({ Statement }));
  return verdictOfKey(policy, ACCESS, factsOf(facts)) === "allow";
}

type Row = readonly [condition: object, facts: Partial<ConditionFacts>, isTrue: boolean];

const at = (sourceIp: string) => ({ sourceIp });
const OFFICE = ["203.0.113.0/24", "198.51.100.7", "2001:db8::/32"];

describe.each<[string, readonly Row[]]>([
  [
    "an address",
    [
      [{ IpAddress: { "aws:SourceIp": OFFICE } }, at("203.0.113.200"), true],
      [{ IpAddress: { "aws:SourceIp": OFFICE } }, at("198.51.100.7"), true],
      [{ IpAddress: { "aws:SourceIp": OFFICE } }, at("198.51.100.8"), false],
      [{ IpAddress: { "aws:SourceIp": OFFICE } }, at("2001:db8:1::5"), true],
      [{ IpAddress: { "aws:SourceIp": OFFICE } }, at("2001:db9::5"), false],
      // A socket for both families has IPv4 like this.
      [{ IpAddress: { "aws:SourceIp": OFFICE } }, at("::ffff:203.0.113.9"), true],
      [{ IpAddress: { "AWS:SOURCEIP": "0.0.0.0/0" } }, at("203.0.113.9"), true],
      [{ IpAddress: { "aws:SourceIp": "0.0.0.0/0" } }, at("no address"), false],
      [{ IpAddress: { "aws:SourceIp": OFFICE } }, {}, false],
      [{ IpAddressIfExists: { "aws:SourceIp": OFFICE } }, {}, true],
      [{ NotIpAddress: { "aws:SourceIp": OFFICE } }, at("203.0.113.9"), false],
      [{ NotIpAddress: { "aws:SourceIp": OFFICE } }, at("192.0.2.1"), true],
      [{ NotIpAddress: { "aws:SourceIp": OFFICE } }, {}, true],
    ],
  ],
  [
    "the transport",
    [
      [{ Bool: { "aws:SecureTransport": "true" } }, { isSecure: true }, true],
      [{ Bool: { "aws:SecureTransport": true } }, { isSecure: false }, false],
      [{ Bool: { "aws:SecureTransport": false } }, { isSecure: false }, true],
    ],
  ],
  [
    "the time",
    [
      [{ DateGreaterThan: { "aws:CurrentTime": "2026-11-30T08:14:59Z" } }, {}, true],
      [{ DateGreaterThan: { "aws:CurrentTime": "2026-11-30T08:15:00Z" } }, {}, false],
      [{ DateGreaterThanEquals: { "aws:CurrentTime": "2026-11-30T09:15+01:00" } }, {}, true],
      [{ DateLessThan: { "aws:CurrentTime": "2026-12-01" } }, {}, true],
      [{ DateLessThanEquals: { "aws:CurrentTime": "2026-11-30" } }, {}, false],
      [{ DateLessThan: { "aws:EpochTime": 1_796_026_501 } }, {}, true],
      [{ DateEquals: { "aws:EpochTime": "1796026500" } }, {}, true],
      [{ DateNotEquals: { "aws:EpochTime": "1796026500" } }, {}, false],
    ],
  ],
  [
    "who calls",
    [
      [{ StringEquals: { "aws:username": ["bob", "alice"] } }, {}, true],
      [{ StringEquals: { "aws:username": "Alice" } }, {}, false],
      [{ StringEqualsIgnoreCase: { "aws:username": "Alice" } }, {}, true],
      [{ StringNotEqualsIgnoreCase: { "aws:username": "Alice" } }, {}, false],
      [{ StringLike: { "aws:PrincipalAccount": "123*" } }, {}, true],
      [{ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:user/a*" } }, {}, true],
      [{ ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:user/a*" } }, {}, false],
      [
        { ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::123456789012:role/writer" } },
        { principal: principalOfArn("arn:aws:sts::123456789012:assumed-role/writer/i-0") },
        true,
      ],
      [
        { Null: { "aws:username": "true" } },
        { principal: principalOfArn("arn:aws:sts::123456789012:assumed-role/writer/i-0") },
        true,
      ],
      [{ Null: { "aws:username": true } }, {}, false],
      [{ Null: { "aws:username": "False" } }, {}, true],
    ],
  ],
  [
    "tags",
    [
      [
        { StringEquals: { "aws:ResourceTag/Team": "web" } },
        { resourceTags: { team: "web" } },
        true,
      ],
      [
        { StringEquals: { "aws:ResourceTag/team": "web" } },
        { resourceTags: { team: "Web" } },
        false,
      ],
      [{ StringEquals: { "aws:ResourceTag/team": "web" } }, {}, false],
      [{ StringNotEquals: { "aws:ResourceTag/team": "web" } }, {}, true],
      [{ StringEqualsIfExists: { "aws:ResourceTag/team": "web" } }, {}, true],
      [
        { StringLike: { "aws:RequestTag/cost/centre": "4?" } },
        { requestTags: { "cost/centre": "42" } },
        true,
      ],
      [{ StringNotLike: { "aws:RequestTag/a": "4?" } }, { requestTags: { a: "42" } }, false],
      [
        { "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } },
        { requestTagKeys: ["a"] },
        true,
      ],
      [
        { "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } },
        { requestTagKeys: ["a", "b"] },
        false,
      ],
      [{ "ForAllValues:StringEquals": { "aws:TagKeys": ["a"] } }, {}, true],
      [
        { "ForAnyValue:StringLike": { "aws:TagKeys": ["b*"] } },
        { requestTagKeys: ["a", "bc"] },
        true,
      ],
      [{ "ForAnyValue:StringLike": { "aws:TagKeys": ["b*"] } }, {}, false],
      [
        { "ForAnyValue:StringNotEquals": { "aws:TagKeys": ["a"] } },
        { requestTagKeys: ["a"] },
        false,
      ],
      [{ Null: { "aws:TagKeys": "true" } }, { requestTagKeys: ["a"] }, false],
    ],
  ],
  [
    "all conditions together",
    [
      [
        { Bool: { "aws:SecureTransport": true }, StringEquals: { "aws:username": "alice" } },
        {},
        true,
      ],
      [
        { Bool: { "aws:SecureTransport": true }, StringEquals: { "aws:username": "bob" } },
        {},
        false,
      ],
      [{ StringEquals: { "aws:username": "alice", "aws:PrincipalAccount": "0" } }, {}, false],
      [{}, {}, true],
    ],
  ],
])("of %s", (_, rows) => {
  test.each(rows)("%j with %j is %s", (condition, facts, isTrue) => {
    expect(holds(condition, facts)).toBe(isTrue);
  });
});
