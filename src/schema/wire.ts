/** Messages that are sent but never configured, and that no module of the API holds. */
import { TypeTable, V3 } from "./table.ts";

/** gRPC's health checking protocol; OTLP's collectors are in the v3 table already. */
const WIRE_TABLE = `
@grpc/health/v1/health.proto\t{"l":1}
grpc.health.v1.HealthCheckRequest\t{"f":[{"n":"service","i":1,"k":"string"}]}
grpc.health.v1.HealthCheckResponse\t{"f":[{"n":"status","i":1,"k":"enum","t":"grpc.health.v1.HealthCheckResponse.ServingStatus"}]}
grpc.health.v1.HealthCheckResponse.ServingStatus\t{"v":{"UNKNOWN":0,"SERVING":1,"NOT_SERVING":2,"SERVICE_UNKNOWN":3}}
`;

export const WIRE: TypeTable = new TypeTable(WIRE_TABLE, V3);
