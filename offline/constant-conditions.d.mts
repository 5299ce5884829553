import type { Template } from "./deployment.mjs";

export function settleConditions(template: Template): void;
