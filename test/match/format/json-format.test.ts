import { expect, test } from "vitest";
import { HeaderBlock } from "../../../src/http/header-block.ts";
import { compileSubstitutionFormat, contentTypeOf } from "../../../src/match/format/substitution-format.ts";
import { simulatedContext, simulatedStream } from "../../../src/router/simulated-stream.ts";

test("a JSON format keeps types, sorts keys and escapes text", () => {
  const config = { json_format: { z: "%RESPONSE_CODE%", a: { text: "code %RESPONSE_CODE%", none: "%REQ(x)%", part: "%REQ(x)%!" }, list: ["%REQ(:path)%", 1.5, true, null, "é\""] } };
  const format = compileSubstitutionFormat(config, { report: ({ message }) => { throw new Error(message); } });
  const context = simulatedContext(simulatedStream({ responseCode: 404 }), HeaderBlock.of([[":path", '/"']]));
  expect(format?.format(context)).toBe('{"a":{"none":null,"part":"-!","text":"code 404"},"list":["/\\"",1.5,true,null,"\xc3\xa9\\""],"z":404}\n'.replace('"/\\""', '"/\\""'));
  expect(contentTypeOf(config)).toBe("application/json");
  expect(contentTypeOf({ text_format: "x" })).toBe("text/plain");
});
