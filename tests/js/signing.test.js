import assert from "node:assert/strict";
import { test } from "node:test";

import { readAnswer } from "../../web/static/js/signing.js";

test("the signing program's word is read, and anything else is a failure", () => {
  assert.deepEqual(readAnswer('{"Status":0,"Message":""}'), { ok: true, message: "" });
  assert.deepEqual(readAnswer('{"Status":11,"Message":"Người dùng hủy"}'), { ok: false, message: "Người dùng hủy" });
  for (const wrong of ["", "null", "[]", "{", '{"Status":"0"}']) assert.equal(readAnswer(wrong).ok, false);
});
