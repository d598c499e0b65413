"""The gate: everything that comes from a submission or from its kernel passes here, and comes out plain, valid and bounded.

`download` unpacks what a platform gives, `worksheet` and `moodle` read its tables, `files` reads what was handed in, `notebooks`
turns bytes into cells, `times` reads when it was handed in, `names` says who by, and `messages` reads what a kernel
sends; `plain` holds what they share. Each says what it left out. Code behind the gate may rely on its
promises: texts are valid Unicode, numbers are finite, names are safe to use as paths, sizes are within `bounds`.
"""
