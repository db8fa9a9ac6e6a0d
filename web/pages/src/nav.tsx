/** The way from page to page, language and theme kept. */

import type { JSX } from "preact";

import type { Language } from "./format";

const PAGES: readonly { readonly path: string; readonly id: string; readonly en: string }[] = [
  { path: "/", id: "Dinding alarm", en: "Alarm wall" },
  { path: "/gareng-mesem", id: "Gareng Mesem", en: "Gareng Mesem" },
  { path: "/tata-kelola", id: "Tata kelola", en: "Governance" },
];

const KEPT = ["lang", "theme"];

/** Links to every page; the one that is open is marked. */
export function Navigation({ language }: { language: Language }): JSX.Element {
  const asked = new URLSearchParams(location.search);
  const kept = new URLSearchParams(KEPT.flatMap((key) => (asked.has(key) ? [[key, asked.get(key) ?? ""]] : [])));
  const query = kept.size === 0 ? "" : `?${kept.toString()}`;
  return (
    <nav class="pages" aria-label={language === "id" ? "Halaman" : "Pages"}>
      {PAGES.map((page) => (
        <a key={page.path} href={page.path + query} aria-current={location.pathname === page.path ? "page" : undefined}>
          {page[language]}
        </a>
      ))}
    </nav>
  );
}
