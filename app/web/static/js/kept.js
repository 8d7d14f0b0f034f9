// Evidence that could not be sent: kept in the browser until the server has answered it, each under its own command id.
// One step deep, nothing is judged here. A photo keeps its bytes.

const NAME = "vialtrace";
const STORE = "waiting";

function opened() {
  return new Promise((done, failed) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function within(mode, work) {
  const base = await opened();
  try {
    return await new Promise((done, failed) => {
      const transaction = base.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => failed(transaction.error);
    });
  } finally {
    base.close();
  }
}

export const keep = (entry) => within("readwrite", (store) => store.put(entry));
export const drop = (id) => within("readwrite", (store) => store.delete(id));
export const waiting = () => within("readonly", (store) => store.getAll());
