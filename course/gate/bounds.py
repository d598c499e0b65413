"""How much of each thing the gate lets through; an honest submission stays far below every one of these numbers."""

MAX_NOTEBOOK_BYTES = 20 << 20
MAX_CELLS = 20_000
MAX_SUBMISSION_BYTES = 100 << 20
MAX_FILES = 2_000
MAX_PATH_BYTES = 1_000  # of a path within a submission; the system's own limit is 4,095 for the whole path
MAX_NAME_BYTES = 250  # of one part of a path; most file systems take 255, and a suffix has to fit
MAX_DEPTH = 20  # folders within folders
MAX_TIME_BYTES = 200  # of timestamp.txt

MAX_PICTURES = 20  # pasted into the cells of a notebook
MAX_PICTURE_BYTES = 2 << 20

MAX_MESSAGE_BYTES = 8 << 20  # of a kernel's message; JSON of this size takes at most some 200 MB as objects
MAX_CELL_OUTPUT = 2 << 20  # characters
MAX_NOTEBOOK_OUTPUT = 16 << 20
MAX_TRACEBACK_LINES = 500
MAX_NOTES = 20  # sentences about what was left out, for one submission

MAX_VALUES = 200_000  # in the JSON of one output
MAX_NESTING = 40
MAX_INTEGER = 2**63
