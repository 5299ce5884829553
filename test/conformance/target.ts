/** What the conformance tests speak to, and as whom: the local stack, or whatever `HYDRANT_ENDPOINT` names. */
import { inject } from "vitest";
import { requestHandlerOf } from "../helpers/target.ts";

declare module "vitest" {
  export interface ProvidedContext {
    apiEndpoint: string;
    /** What calls are signed for, and what stands in ARNs. */
    apiRegion: string;
    apiAccountId: string;
    /** A key of Hydrant's that may do everything. */
    apiKey: { readonly accessKeyId: string; readonly secretAccessKey: string };
    /** The deployment's, which its functions and buckets are named by. */
    apiStage: string;
    /** Of KMS, that streams may be encrypted with. */
    streamKey: string;
    isHttp1: boolean;
  }
}

export const ENDPOINT = inject("apiEndpoint");
export const REGION = inject("apiRegion");
export const ACCOUNT_ID = inject("apiAccountId");
export const KEY = inject("apiKey");

export const STAGE = inject("apiStage");
export const STREAM_KEY = inject("streamKey");

/** For one client of the SDK, which ends what is its own. */
export const clientConfig = () => ({
  endpoint: ENDPOINT,
  region: REGION,
  credentials: KEY,
  ...requestHandlerOf({ isHttp1: inject("isHttp1") }),
});

/** In the environment of programs. */
export const AS_CALLER = {
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: KEY.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey,
};

export const WHERE = { endpoint: ENDPOINT, env: AS_CALLER };
