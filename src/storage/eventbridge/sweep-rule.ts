/** Switches the rule that calls the sweep, so that an idle system does not even have that. */
import {
  DisableRuleCommand,
  EnableRuleCommand,
  type EventBridgeClient,
} from "@aws-sdk/client-eventbridge";
import type { SweepRule } from "../../readers/sweep-switch.ts";

export function eventBridgeSweepRule(client: EventBridgeClient, ruleName: string): SweepRule {
  return {
    async enable() {
      await client.send(new EnableRuleCommand({ Name: ruleName }));
    },
    async disable() {
      await client.send(new DisableRuleCommand({ Name: ruleName }));
    },
  };
}
