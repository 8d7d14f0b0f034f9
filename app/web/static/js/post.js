// Sends what a page has, and keeps it when it cannot: a form, its command id, the answer as JSON.

import { keep } from "./kept.js";

const token = () => document.querySelector('meta[name="csrf-token"]').content;

function form(entry) {
  const data = new FormData();
  for (const [name, value] of Object.entries(entry.fields)) data.append(name, value);
  for (const [name, file] of entry.files ?? []) data.append(name, file, `${name}.jpg`);
  return data;
}

// Returns {body, status}, or {lost: true} when nobody answered, or {gone: true} when the sign-in has ended.
export async function post(entry) {
  let answer;
  try {
    answer = await fetch(entry.url, {
      method: "POST", body: form(entry), cache: "no-store",
      headers: { Accept: "application/json, text/html;q=0.5", "X-CSRFToken": token() },
    });
  } catch {
    if (entry.evidence) await keep(entry);
    return { lost: true };
  }
  const door = answer.headers.get("X-Sign-In");
  if (answer.status === 401 && door) {
    if (entry.evidence) await keep(entry);
    window.location.assign(door);
    return { gone: true };
  }
  return { status: answer.status, body: await answer.json() };
}

// What an answer without a verdict of its own says: an error page's words.
export function trouble({ status, body }) {
  if (!body.error) return null;
  const kind = status >= 500 ? "wrong" : "check";
  return { kind, word: status >= 500 ? "NOT SAVED" : "CHECK", says: `${body.error.title}. ${body.error.says}`, note: `Number ${body.error.id}` };
}
