/**
 * Stands in the bundles for the SDK's chain of credential providers (`alias` in serverless.yml): Lambda hands its
 * functions the role's credentials as variables, fresh for each execution environment and good for longer than it lives. Profiles,
 * single sign-on, processes, web identities and instance metadata are nothing a function could have.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
import type { AwsCredentialIdentity } from "@smithy/types";

export const defaultProvider = () => (): Promise<AwsCredentialIdentity> => {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env;
  if (!accessKeyId || !secretAccessKey) {
    const missing = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set";
    return Promise.reject(new Error(missing));
  }
  return Promise.resolve({ accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) });
};
