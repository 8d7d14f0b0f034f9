// One scan goes to one place. The page does not know what a code means: the server tells, at one address.
//
//   route(scan, screen, first) => fields for POST …/scan
//
// scan     {data, aim} typed by a scanner, or {heard} by number from the station's own scanner
// screen   what is shown now
// first    the fields of the scan just before, where its code waits for the one beside it; or null

export function route(scan, screen, first = null) {
  const fields = { command_id: screen.command_id, expected_version: screen.version };
  const showing = document.getElementById("verdict")?.dataset.verdict;
  if (showing === "wrong" || showing === "check") fields.showing = "wrong";
  if (scan.heard) fields.heard = scan.heard;
  else fields.raw = (scan.aim ?? "") + scan.data;
  if (screen.note) fields.note = screen.note.id; // BACK takes a message off the glass, and nothing else
  if (first?.heard) fields.first_heard = first.heard;
  else if (first) fields.first_raw = first.raw;
  return fields;
}
