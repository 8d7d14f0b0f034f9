// Sends what a page has, and keeps it when it cannot: a form, its command id, the answer as JSON.

import { keep } from "./kept.js";

const LIMIT = 10000; // ms that an answer may take
const LIMIT_PHOTO = 30000; // the same for what carries pictures
const token = () => document.querySelector('meta[name="csrf-token"]').content;

function form(entry) {
  const data = new FormData();
  for (const [name, value] of Object.entries(entry.fields)) data.append(name, value);
  for (const [name, file] of entry.files ?? []) data.append(name, file, `${name}.jpg`);
  return data;
}

// What a page says where nobody answered: the server may have heard it all the same.
export const PERHAPS = "No answer. It may have been done: look, when the server answers, before you do it again.";

async function asked(entry) {
  const answer = await fetch(entry.url, {
    method: "POST", body: form(entry), cache: "no-store",
    headers: { Accept: "application/json, text/html;q=0.5", "X-CSRFToken": token() },
    signal: AbortSignal.timeout(entry.files ? LIMIT_PHOTO : LIMIT),
  });
  const door = answer.status === 401 && answer.headers.get("X-Sign-In");
  return door ? { door } : { status: answer.status, body: await answer.json() };
}

// Returns {body, status}, or {lost: true} when nobody answered, or {gone: true} when the sign-in has ended.
export async function post(entry) {
  // A proxy that answers for a server that is away has no JSON.
  const heard = await asked(entry).catch(() => ({ lost: true }));
  if (entry.evidence && (heard.lost || heard.door)) await keep(entry);
  if (!heard.door) return heard;
  window.location.assign(heard.door);
  return { gone: true };
}

// What an answer without a verdict of its own says: an error page's words.
export function trouble({ status, body }) {
  if (!body.error) return null;
  const kind = status >= 500 ? "wrong" : "check";
  return { kind, word: status >= 500 ? "NOT SAVED" : "CHECK", says: `${body.error.title}. ${body.error.says}`, note: `Number ${body.error.id}` };
}
