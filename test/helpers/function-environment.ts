/** The variables that every function starts with; nothing is called by a start alone. */
export const FUNCTION_ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  HYDRANT_ACCOUNT_ID: "000000000000",
  HYDRANT_CONSUME_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/consume",
  HYDRANT_CONSUME_ROLE_ARN: "arn:aws:iam::000000000000:role/consume",
  HYDRANT_DELIVERY_BUCKET: "deliveries",
  HYDRANT_DELIVER_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/deliver",
  HYDRANT_LOG_BUCKET: "log-bucket",
  HYDRANT_LOG_TABLE: "log",
  HYDRANT_OWN_STREAM_KEY: "alias/streams",
  HYDRANT_RING_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/rings",
  HYDRANT_STACK: "hydrant-dev",
  HYDRANT_STATE_TABLE: "state",
  HYDRANT_SWEEP_RULE: "sweep",
};
