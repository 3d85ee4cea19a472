/* What the theme leaves out for readers who hear the page or use the keyboard. */
(function () {
  "use strict";

  function nameSearch() {
    const search = document.querySelector('.md-search[role="dialog"]');
    if (search && !search.hasAttribute("aria-label")) search.setAttribute("aria-label", "Search");
  }

  function nameCode() {
    document.querySelectorAll("nav.md-code__nav").forEach((bar, index) => bar.setAttribute("aria-label", "Code " + (index + 1)));
  }

  /* Whatever scrolls can be scrolled from the keyboard. */
  function reachScrolling() {
    document.querySelectorAll(".md-typeset pre > code, .md-typeset__scrollwrap, .plot-frame").forEach((box) => {
      if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
    });
  }

  document.addEventListener("DOMContentLoaded", nameSearch);
  window.addEventListener("load", nameCode);
  window.addEventListener("load", reachScrolling);
  window.addEventListener("resize", reachScrolling);
})();
