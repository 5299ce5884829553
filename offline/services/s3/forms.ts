/** PostObject: an HTML form's upload. Its policy is not looked at, as no signature of an unknown key is. */
import { createHash } from "node:crypto";
import { refusal } from "./errors.ts";
import { describe } from "./described.ts";
import { quoted } from "./objects.ts";
import { KEY_MAX_BYTES, type Call, type S3Answer } from "./request.ts";
import { readTagging, OBJECT_TAGS_MAX_COUNT } from "./tags.ts";
import { printXml } from "./xml.ts";

interface Form {
  readonly fields: ReadonlyMap<string, string>;
  readonly file: Buffer;
  readonly fileName: string;
}

export function postForm({ request, store, nowMs }: Call): S3Answer {
  const { fields, file, fileName } = readForm(request.headers["content-type"] ?? "", request.body);
  const key = fields.get("key")?.replaceAll("${filename}", fileName) ?? "";
  if (key === "") {
    const message =
      "Bucket POST must contain a field named 'key'. If it is specified, please check the order of the fields.";
    throw refusal("InvalidArgument", { ArgumentName: "key" }, message);
  }
  if (Buffer.byteLength(key) > KEY_MAX_BYTES) throw refusal("KeyTooLongError");
  const tagging = fields.get("tagging");
  const etag = createHash("md5").update(file).digest("hex");
  const { bucket } = request;
  store.putObject(
    bucket,
    key,
    file,
    { ...describe(Object.fromEntries(fields)), etag, lastModifiedMs: nowMs },
    tagging === undefined ? undefined : readTagging(Buffer.from(tagging), OBJECT_TAGS_MAX_COUNT),
  );
  const location = `http://${request.headers.host ?? ""}/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
  const headers = { etag: quoted(etag), location };
  const redirect = fields.get("success_action_redirect") ?? fields.get("redirect") ?? "";
  if (URL.canParse(redirect)) {
    const url = new URL(redirect);
    for (const [name, value] of Object.entries({ bucket, key, etag: quoted(etag) })) {
      url.searchParams.set(name, value);
    }
    return { status: 303, headers: { ...headers, location: url.href } };
  }
  const status = fields.get("success_action_status");
  if (status === "200") return { status: 200, headers };
  if (status !== "201") return { status: 204, headers };
  const body = printXml("PostResponse", {
    Location: location,
    Bucket: bucket,
    Key: key,
    ETag: quoted(etag),
  });
  return { status: 201, headers: { ...headers, "content-type": "application/xml" }, body };
}

/** https://datatracker.ietf.org/doc/html/rfc7578: parts between `--boundary` lines; the file is the last one. */
function readForm(contentType: string, body: Buffer): Form {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]{1,70})"?/i.exec(contentType)?.[1];
  if (boundary === undefined) {
    const message = "A POST of a bucket needs ?delete, or a body of the type multipart/form-data";
    throw refusal("NotImplemented", {}, message);
  }
  const fields = new Map<string, string>();
  const line = Buffer.from(`\r\n--${boundary}`);
  const whole = Buffer.concat([Buffer.from("\r\n"), body]);
  let start = whole.indexOf(line);
  while (start !== -1) {
    const end = whole.indexOf(line, start + line.length);
    if (end === -1) break;
    const part = whole.subarray(start + line.length, end);
    const blank = part.indexOf("\r\n\r\n");
    if (blank === -1) break;
    const head = part.toString("utf8", 0, blank);
    const name = /\bname="([^"]*)"/i.exec(head)?.[1] ?? "";
    const content = part.subarray(blank + 4);
    if (name === "file") {
      const fileName = /\bfilename="([^"]*)"/i.exec(head)?.[1]?.split(/[/\\]/).at(-1) ?? "";
      return { fields, file: content, fileName };
    }
    fields.set(name.toLowerCase(), content.toString());
    start = end;
  }
  throw refusal("InvalidArgument", {}, "POST requires exactly one file upload per request.");
}
