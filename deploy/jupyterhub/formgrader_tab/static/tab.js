/**
 * "Nbgrader → Formgrader" in a tab of the browser's own. nbgrader shows it in a frame, which a hub forbids for a good reason:
 * a page that may be framed by its own host may be framed by a student's page, and be used from there.
 */

function openFormgrader() {
  const { baseUrl } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  window.open(`${baseUrl}formgrader/manage_assignments`, "_blank", "noopener");
}

const PLUGIN = {
  id: "course-formgrader-tab:plugin",
  autoStart: true,
  activate: (app) =>
    void app.commands.addCommand("nbgrader:open-formgrader", { label: "Formgrader", execute: openFormgrader }),
};
window._JUPYTERLAB = window._JUPYTERLAB ?? {};
window._JUPYTERLAB["course-formgrader-tab"] = {
  init: () => {},
  get: async () => () => ({ __esModule: true, default: PLUGIN }),
};
