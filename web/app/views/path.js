// The path from server to server, with what is known of each part of it.

import { el, part, replace, svg } from "../dom.js";
import { badge } from "../icons.js";
import { told } from "../scrub.js";

/** @import { State } from "../state.js" */

const NAMES = {
  your_server: "your server",
  your_network: "your network",
  internet: "the Internet",
  their_network: "their network",
  their_server: "their server",
};
const WORDS = { good: "works", bad: "fault here", suspect: "may be here", unknown: "not known" };

/** The part "The path". */
export function createPath() {
  const { body, show } = part("path");
  return (/** @type {State} */ state) => {
    const { path } = state.check;
    show(Boolean(path));
    if (!path) return;
    replace(
      body,
      el(
        "p",
        { class: "direction" },
        "The way of a message: first ",
        el("strong", {}, "outbound from you"),
        ", then ",
        el("strong", {}, "inbound to them"),
        ".",
      ),
      drawing(path.places),
      el("ol", { class: "stations" }, ...path.places.map(station)),
    );
  };
}

const station = (place) =>
  el(
    "li",
    { class: `station ${place.state}` },
    el("span", { class: "station-name" }, NAMES[place.place]),
    badge(place.state, WORDS[place.state]),
    el("p", { class: "quiet" }, told(place.because)),
  );

// Five stations on one line; the way between two is as good as the worse of them.
function drawing(places) {
  const at = (index) => 100 + index * 200;
  const ways = places.slice(1).map((place, index) => {
    const state = worse(places[index].state, place.state);
    return svg("path", { class: `way ${state}`, d: `M${at(index) + 30} 40H${at(index + 1) - 30}` });
  });
  const stops = places.map((place, index) => {
    const mark = {
      good: "M-8 0l6 6 11-13",
      bad: "M-7 -7l14 14M7 -7l-14 14",
      suspect: "M0 -9v10M0 7v.5",
      unknown: "M-4 -4a5 5 0 1 1 6.500 5c-1.800.8-2.500 1.800-2.500 3.400M0 9v.5",
    }[place.state];
    return svg(
      "g",
      { class: `stop ${place.state}`, transform: `translate(${at(index)} 40)` },
      svg("circle", { r: 22 }),
      svg("path", { d: mark }),
    );
  });
  return svg(
    "svg",
    { class: "path-diagram", viewBox: "0 0 1000 80", "aria-hidden": "true", focusable: "false" },
    ...ways,
    ...stops,
  );
}

const RANK = ["good", "unknown", "suspect", "bad"];
const worse = (one, other) => (RANK.indexOf(one) > RANK.indexOf(other) ? one : other);
