/** API Gateway: every Firehose, Kinesis and Hydrant call, and the health check. */
import middy from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { fromApiGateway, toApiGateway } from "../src/wire/api-gateway.ts";
import { dispatch, isStorageHealthy } from "./front-door.ts";

export const handler = middy<APIGatewayProxyEvent, APIGatewayProxyResult>().handler(
  async (event) => {
    if (event.httpMethod === "GET" && event.path.endsWith("/health")) {
      const isHealthy = await isStorageHealthy();
      return { statusCode: isHealthy ? 200 : 503, body: JSON.stringify({ healthy: isHealthy }) };
    }
    return toApiGateway(await dispatch(fromApiGateway(event)));
  },
);
