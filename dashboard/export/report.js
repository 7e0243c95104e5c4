"use strict";
const hand = document.querySelector(".hand");
const [input, description, resetButton] = ["input", "output", "button"].map((name) => hand.querySelector(name));
const words = JSON.parse(hand.dataset.words);
const chosen = Number(input.defaultValue); // a browser may restore an earlier position of the slider

function shape(svg, name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.classList.add("hand-mark");
  svg.append(element);
  return element;
}

const drawings = [...document.querySelectorAll("figure[data-dots]")].map((figure) => {
  const { dots, upright } = JSON.parse(figure.dataset.dots);
  const svg = figure.querySelector("svg");
  const line = upright && shape(svg, "line", { y1: upright[0], y2: upright[1] });
  return { dots, line, circles: dots.map(() => shape(svg, "circle", { r: 6 })) };
});

function show() {
  const at = Number(input.value);
  const moved = at !== chosen;
  for (const { dots, line, circles } of drawings) {
    circles.forEach((circle, k) => {
      const place = dots[k][at];
      circle.style.display = place && moved ? "" : "none";
      if (place) circle.setAttribute("cx", place[0]), circle.setAttribute("cy", place[1]);
    });
    const along = dots.map((dot) => dot[at]).find(Boolean);
    if (line) line.style.display = along && moved ? "" : "none";
    if (line && along) line.setAttribute("x1", along[0]), line.setAttribute("x2", along[0]);
  }
  description.textContent = words[at];
  input.setAttribute("aria-valuetext", words[at]);
  resetButton.hidden = !moved;
}

input.addEventListener("input", show);
resetButton.addEventListener("click", () => ((input.value = chosen), show(), input.focus()));
addEventListener("pageshow", show);
show();
hand.hidden = false;
