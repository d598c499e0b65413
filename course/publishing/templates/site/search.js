/** Search the sections of the lectures: all words have to begin a word of a section. */

const AROUND = 90; // letters shown on each side of a word
const SHOWN = 40; // sections at most

/** Letters without accents or capitals, as many as there were. */
function plain(text) {
  return [...text].map((letter) => letter.normalize("NFD")[0].toLowerCase().slice(0, 1)).join("");
}

function pattern(words) {
  const escaped = words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return escaped.map((word) => new RegExp(`(?<![\\p{L}\\p{N}])${word}`, "gu"));
}

/** Sections that hold all words, the best first: { section, score, at }. */
function search(sections, asked) {
  const words = pattern(plain(asked).split(/\s+/).filter(Boolean));
  if (!words.length) return [];
  const found = [];
  for (const section of sections) {
    const [title, text] = [plain(section.title), plain(section.text)];
    const hits = words.map((word) => [title.match(word)?.length ?? 0, text.match(word)?.length ?? 0]);
    if (hits.some(([inTitle, inText]) => !inTitle && !inText)) continue;
    const score = hits.reduce((sum, [inTitle, inText]) => sum + 20 * inTitle + Math.min(inText, 10), 0);
    found.push({ section, score, at: Math.max(0, text.search(words[0])), words });
  }
  return found.sort((one, other) => other.score - one.score);
}

/** What stands around the first word, with all words marked. */
function snippet({ section, at, words }) {
  const from = Math.max(0, section.text.lastIndexOf(" ", Math.max(0, at - AROUND)) + 1);
  const cut = section.text.slice(from, at + 2 * AROUND);
  const marks = words.flatMap((word) => [...plain(cut).matchAll(word)].map((hit) => [hit.index, hit.index + hit[0].length]));
  const line = document.createElement("p");
  let done = 0;
  if (from) line.append("… ");
  for (const [start, end] of marks.sort((one, other) => one[0] - other[0])) {
    if (start < done) continue;
    const mark = document.createElement("mark");
    mark.textContent = cut.slice(start, end);
    line.append(cut.slice(done, start), mark);
    done = end;
  }
  line.append(`${cut.slice(done)} …`);
  return line;
}

function show(asked) {
  const found = search(window.courseSections, asked);
  const lines = found.slice(0, SHOWN).map((one) => {
    const link = document.createElement("a");
    link.href = one.section.page;
    link.textContent = one.section.title === one.section.lecture ? one.section.title : `${one.section.lecture}: ${one.section.title}`;
    const line = document.createElement("li");
    line.append(link, snippet(one));
    return line;
  });
  document.querySelector("#search-results").replaceChildren(...lines);
  document.querySelector("#search-count").textContent = asked && (found.length ? `${found.length} sections` : `No section has all of: ${asked}`);
}

const asked = new URLSearchParams(location.search).get("q") ?? "";
const field = document.querySelector(".course-search input");
field.value = asked;
field.addEventListener("input", () => show(field.value.trim()));
show(asked.trim());
