/* Names that the theme leaves out, for readers who hear the page. */
document.addEventListener("DOMContentLoaded", function () {
  "use strict";
  const search = document.querySelector('.md-search[role="dialog"]');
  if (search && !search.hasAttribute("aria-label")) search.setAttribute("aria-label", "Search");
});
