/** What a command of the SDK needs, where it is not the action of its own name. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  AssumeRole: ["sts:AssumeRole"],
  CompleteMultipartUpload: ["s3:PutObject"],
  CopyObject: ["s3:GetObject", "s3:PutObject"],
  CreateMultipartUpload: ["s3:PutObject"],
  HeadBucket: ["s3:ListBucket"],
  HeadObject: ["s3:GetObject"],
  Invoke: ["lambda:InvokeFunction"],
  ListObjectsV2: ["s3:ListBucket"],
  // Its parts are actions of their own.
  TransactWriteItems: [],
  UploadPart: ["s3:PutObject"],
};

export function actionsNeeded(service: string, command: string): readonly string[] {
  return NEEDS[command] ?? [`${service}:${command}`];
}
