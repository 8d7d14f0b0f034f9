// One scan goes to one place. The page does not know what a code means: the server tells, at one address.
//
//   route(scan, screen) => fields for POST …/scan
//
// scan     {data, aim} typed by a scanner, or {heard} by number from the station's own scanner
// screen   what is shown now

export function route(scan, screen) {
  const fields = { command_id: screen.command_id, expected_version: screen.version };
  const showing = document.getElementById("verdict")?.dataset.verdict;
  if (showing === "wrong" || showing === "check") fields.showing = "wrong";
  if (scan.heard) fields.heard = scan.heard;
  else fields.raw = (scan.aim ?? "") + scan.data;
  return fields;
}
