export interface Template {
  Conditions?: Record<string, unknown>;
  Resources: Record<string, { Type: string; DependsOn?: unknown; Properties?: unknown }>;
  Outputs?: Record<string, unknown>;
}
export function completeTemplate(template: Template): void;
