/**
 * What the framework cannot say of a deployment, as its plugin: resources that parameters leave out, the dashboard's JSON, and
 * what needs the API's stage. Plain JavaScript without packages of its own, for every command of the framework loads it.
 */
import { settleConditions } from "./constant-conditions.mjs";
import { throttleOperations, throttleStage } from "./stage-throttle.mjs";

export default class Deployment {
  constructor(serverless) {
    const stageThrottle = () => serverless.service.custom.stageThrottle;
    this.hooks = {
      // Behind the merge of what resources/ declares.
      "before:aws:package:finalize:stripNullPropsFromTemplateResources": () => {
        try {
          throttleOperations(stageThrottle());
          completeTemplate(serverless.service.provider.compiledCloudFormationTemplate);
        } catch (error) {
          throw new serverless.classes.Error(error.message);
        }
      },
      "after:deploy:deploy": () => throttleStage(serverless, stageThrottle()),
    };
  }
}

/** Changes the template to what CloudFormation takes. */
export function completeTemplate(template) {
  settleConditions(template);
  showAlarms(template.Resources);
  // The framework makes another deployment of the API each time, with another id.
  const deployment = Object.entries(template.Resources).find(
    ([, { Type }]) => Type === "AWS::ApiGateway::Deployment",
  );
  const idOf = (id) => (id === "ApiGatewayDeployment" && deployment ? deployment[0] : id);
  for (const resource of Object.values(template.Resources)) {
    if (Array.isArray(resource.DependsOn)) resource.DependsOn = resource.DependsOn.map(idOf);
    COMPLETE[resource.Type]?.(resource.Properties);
  }
}

/** Alarms come from several places, those of bridges among them. */
function showAlarms(resources) {
  const { Dashboard: dashboard } = resources;
  if (dashboard === undefined) return;
  const [status] = dashboard.Properties.DashboardBody.widgets;
  status.properties.alarms = Object.entries(resources)
    .filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm")
    .map(([id]) => ({ "Fn::GetAtt": [id, "Arn"] }));
}

const COMPLETE = {
  "AWS::CloudWatch::Dashboard": (properties) => {
    properties.DashboardBody = { "Fn::Sub": JSON.stringify(properties.DashboardBody, asVariable) };
  },
  "AWS::ApiGateway::DomainName": ({ CertificateArn, RegionalCertificateArn }) => {
    if (CertificateArn || RegionalCertificateArn) return;
    throw new Error("domainName needs domainCertificate: the ARN of its certificate in ACM");
  },
};

/** What `Fn::Sub` replaces within a text. */
function asVariable(_, value) {
  if (typeof value?.Ref === "string") return `\${${value.Ref}}`;
  const attribute = value?.["Fn::GetAtt"];
  return attribute === undefined ? value : `\${${[attribute].flat().join(".")}}`;
}
