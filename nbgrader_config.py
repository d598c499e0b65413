"""nbgrader's settings for this course; every nbgrader command and the Formgrader read them here."""

import os
import sys

import nbgrader

try:
    import course
    from course import nbgrader_hooks
except Exception as error:  # nbgrader would go on without these settings, and run submissions with all your rights
    sys.exit(
        f"The course's package `course` cannot be imported ({type(error).__name__}: {error}). "
        "Is there a file of that name on PYTHONPATH or in this folder?"
    )

c = get_config()  # noqa: F821  (nbgrader provides it)

# nbgrader looks for its `alembic` on the PATH, which lacks an environment that is not activated.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])

# Masters are texts too, with solutions: they must never be copied along with a notebook.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", ".pytest_cache", "*.md"]

# An unanswered cell has to run: the check says what is missing, not a traceback.
c.ClearSolutions.code_stub = {"python": "# Your answer here"}
c.ClearSolutions.text_stub = "*Your answer here.*"

c.Execute.timeout = 60  # seconds per cell
c.Execute.extra_arguments = ["--HistoryManager.hist_file=:memory:", "--IPKernelApp.log_level=ERROR"]
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "course.grading.restore.RestoreCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "course.grading.execute.GradedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# What being late costs: `course due`.
c.AssignLatePenalties.plugin_class = "course.nbgrader_hooks.late.LatePenalty"
c.LatePenalty.root = os.path.dirname(os.path.abspath(__file__))

# Nothing that a student wrote runs on a page, and pages are read offline: texts become HTML by the course's own renderer.
c.GenerateFeedback.exporter_class = "course.reporting.feedback.FeedbackExporter"
c.HTMLExporter.preprocessors = ["course.reporting.rendering.WithoutScripts"]
c.HTMLExporter.filters = {
    "highlight_code": "course.reporting.rendering.coloured",
    "markdown2html": "course.reporting.rendering.markdown_filter",
    # nbconvert's own take time with the square of what they are given.
    "strip_files_prefix": "course.reporting.rendering.as_it_is",
    "ansi2html": "course.reporting.rendering.without_colours",
}
c.HTMLExporter.extra_template_basedirs = [
    os.path.join(os.path.dirname(course.__file__), "reporting", "templates"),
    os.path.join(os.path.dirname(nbgrader.__file__), "server_extensions", "formgrader", "templates"),
]

# What no setting reaches: links in submissions, saves of two people at once, lists of students, new questions.
nbgrader_hooks.install()
c.ExportApp.plugin_class = "course.nbgrader_hooks.export.Export"

# Downloads of learning platforms: sorted into one folder per student, with a list of what was not understood.
c.ZipCollectApp.extractor_plugin = "course.grading.collect.DownloadExtractor"
c.ZipCollectApp.collector_plugin = "course.grading.collect.TimedCollector"
c.FileNameCollectorPlugin.named_regexp = r".*/extracted/(?P<student_id>[^/]+)/(?P<file_id>[^/]+)\.ipynb$"

# nbgrader's exchange, as on a JupyterHub: what comes in passes the gate; pages go back under the secret of what was graded.
c.ExchangeFactory.collect = "course.grading.exchange.GatedCollect"
c.ExchangeFactory.release_feedback = "course.reporting.exchange.GatedReleaseFeedback"
