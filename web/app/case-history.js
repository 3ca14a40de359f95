// A case survives reload, back and forward: the address shows the domain, and this tab's own storage keeps the rest.
// Nothing of it is sent: the domain stands behind the `#`.

const PREFIX = "case:";
const KEPT = 12;

/** Keeps `{text, domain, report}` under this entry of the tab's history. A check of another domain is a new entry. */
export function keepCase(kept) {
  const hash = `#${new URLSearchParams({ domain: kept.domain })}`;
  const fresh = location.hash !== hash || !history.state?.case;
  const id = fresh ? String(Date.now()) : history.state.case;
  if (fresh) history.pushState({ case: id }, "", hash);
  try {
    sessionStorage.setItem(PREFIX + id, JSON.stringify(kept));
    forget();
  } catch {
    // Without storage, or with a full one, the address still brings the domain back.
  }
}

/** What this entry of the history was about, where it is still kept. */
export function keptCase() {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + history.state?.case) ?? "null");
  } catch {
    return null;
  }
}

function forget() {
  const ids = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
  for (const old of ids.sort().slice(0, -KEPT)) sessionStorage.removeItem(old);
}
