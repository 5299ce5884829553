import { expect, it, test } from "vitest";
import { completeTemplate } from "../../../offline/deployment.mjs";
import { declaredChoice, readResources, readTemplate } from "../../helpers/resources.ts";

const certificate = "arn:aws:acm:us-east-1:123456789012:certificate/1f2e";
const DOMAIN = { domainName: "kinesis.example.com", domainCertificate: certificate };

test("nobody has a domain who names none", () => {
  const { Resources, Outputs } = readTemplate();
  expect(Object.keys(Resources).filter((id) => id.startsWith("ApiDomain"))).toEqual([]);
  expect(Object.keys(Outputs).filter((id) => id.startsWith("Domain"))).toEqual([]);
});

it.each([
  ["EDGE", "CertificateArn", "Distribution"],
  ["REGIONAL", "RegionalCertificateArn", "Regional"],
])("%s takes its certificate as %s, and answers at the domain's root", (type, member, kind) => {
  const params = { ...DOMAIN, domainZone: "Z1", endpointType: type };
  const { Resources, Outputs } = readTemplate(params);
  const attribute = (name: string) => ({ "Fn::GetAtt": `ApiDomain.${kind}${name}` });
  expect(Resources["ApiDomain"]!.Properties).toEqual({
    DomainName: "kinesis.example.com",
    [member]: certificate,
    EndpointConfiguration: { Types: [type] },
    SecurityPolicy: "TLS_1_2",
  });
  const { Properties: mapping } = Resources["ApiDomainMapping"]!;
  expect(mapping).toMatchObject({ RestApiId: { Ref: "ApiGatewayRestApi" }, Stage: "dev" });
  expect(mapping).not.toHaveProperty("BasePath");
  const AliasTarget = {
    DNSName: attribute("DomainName"),
    HostedZoneId: attribute("HostedZoneId"),
  };
  const record = { HostedZoneId: "Z1", Name: "kinesis.example.com", Type: "A", AliasTarget };
  expect(Resources["ApiDomainRecord"]!.Properties).toEqual(record);
  // A regional domain has no address of IPv6 to point to.
  const ipv6 = type === "EDGE" ? { ...record, Type: "AAAA" } : undefined;
  expect(Resources["ApiDomainRecordIpv6"]?.Properties).toEqual(ipv6);
  expect(Outputs).toMatchObject({
    DomainEndpoint: { Value: "https://kinesis.example.com" },
    DomainTarget: { Value: attribute("DomainName") },
  });
});

test("records are made in no zone that was not named", () => {
  expect(readResources(DOMAIN)).not.toHaveProperty("ApiDomainRecord");
});

test("a domain without a certificate is refused before anything is deployed", () => {
  expect(() => readTemplate({ domainName: "kinesis.example.com" })).toThrow(
    "domainName needs domainCertificate",
  );
});

test("the mapping waits for the deployment that makes the stage, whatever its id", () => {
  const template = {
    Resources: {
      ApiGatewayDeployment1796073380622: { Type: "AWS::ApiGateway::Deployment" },
      ApiDomainMapping: readResources(DOMAIN)["ApiDomainMapping"]!,
    },
  };
  completeTemplate(template);
  expect(template.Resources.ApiDomainMapping).toMatchObject({
    DependsOn: ["ApiGatewayDeployment1796073380622"],
  });
});

test("API Gateway's own name is closed for `off` alone", () => {
  const closed = ["on", "off"].map((choice) => declaredChoice("defaultEndpoint", choice));
  expect(closed).toEqual([false, true]);
});
