/** Which bodies API Gateway takes for binary: those whose media type the API lists. */

/**
 * `binaryMediaTypes` against a Content-Type, or against an Accept, of which only the first type counts.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
 */
export function isBinary(binaryMediaTypes: readonly string[], header: string | undefined): boolean {
  const mediaType = header?.split(",")[0]?.split(";")[0]?.trim().toLowerCase() ?? "";
  return binaryMediaTypes.some((listed) => listed === "*/*" || listed.toLowerCase() === mediaType);
}
