/** The environment, parsed once. A variable that is missing fails at start and is named. */

type Environment = Readonly<Record<string, string | undefined>>;

/** `requireVariable(process.env, "HYDRANT_LOG_TABLE")` → its value, or an error that names it. */
function requireVariable(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === "") throw new Error(`${name} must be set`);
  return value;
}

export interface TableConfig {
  readonly logTable: string;
  readonly stateTable: string;
}

export interface ApiConfig extends TableConfig {
  readonly region: string;
  /** Twelve digits. */
  readonly accountId: string;
  readonly logBucket: string;
}

export interface WakeConfig extends TableConfig {
  readonly deliverQueueUrl: string;
  readonly sweepRule: string;
}

export interface DeliverConfig extends ApiConfig {
  readonly deliverQueueUrl: string;
}

function tableConfig(environment: Environment): TableConfig {
  return {
    logTable: requireVariable(environment, "HYDRANT_LOG_TABLE"),
    stateTable: requireVariable(environment, "HYDRANT_STATE_TABLE"),
  };
}

export function apiConfig(environment: Environment): ApiConfig {
  return Object.freeze({
    ...tableConfig(environment),
    region: requireVariable(environment, "AWS_REGION"),
    accountId: requireVariable(environment, "HYDRANT_ACCOUNT_ID"),
    logBucket: requireVariable(environment, "HYDRANT_LOG_BUCKET"),
  });
}

export function wakeConfig(environment: Environment): WakeConfig {
  return Object.freeze({
    ...tableConfig(environment),
    deliverQueueUrl: requireVariable(environment, "HYDRANT_DELIVER_QUEUE_URL"),
    sweepRule: requireVariable(environment, "HYDRANT_SWEEP_RULE"),
  });
}

export function deliverConfig(environment: Environment): DeliverConfig {
  return Object.freeze({
    ...apiConfig(environment),
    deliverQueueUrl: requireVariable(environment, "HYDRANT_DELIVER_QUEUE_URL"),
  });
}
